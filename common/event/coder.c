/*
 * A document to events.  Each sentence is cut into chunks; each word that a
 * row of triggers.tsv knows is tried; what fits becomes an event, and then
 * gets its date, place, source and numbers.
 *
 * A verb under another is not always an event of its own: what one urges,
 * threatens or refuses to do is the content of that event and gives it its
 * mode; of what one accuses somebody, the accuser is the source.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/digest.h"
#include "event/event.h"
#include "event/frame.h"

#define PIECE        300 /* tokens of a sentence looked at together */
#define MAX_EVENTS   400 /* of one article */
#define CONTEXTS     4
#define DATELINE_MAX 14 /* tokens */

struct coder {
	struct lexicon *lexicon;
	struct builtin classes;
};

struct coder *
coder_new(const char *lexicon, const struct language *l, struct err *err)
{
	struct coder *c = must_alloc(sizeof(*c));

	(void)l; /* the coder's tables are its own */
	c->lexicon = lexicon_new(lexicon, err);
	if (!c->lexicon) {
		free(c);
		return NULL;
	}
	c->classes.person = lexicon_class(c->lexicon, "person");
	c->classes.body = lexicon_class(c->lexicon, "body");
	c->classes.place = lexicon_class(c->lexicon, "place");
	c->classes.country = lexicon_class(c->lexicon, "country");
	c->classes.number = lexicon_class(c->lexicon, "number");
	c->classes.measure = lexicon_class(c->lexicon, "measure");
	return c;
}

void
coder_free(struct coder *c)
{
	if (!c)
		return;
	lexicon_free(c->lexicon);
	free(c);
}

const char *
coder_lexicon(const struct coder *c)
{
	return lexicon_hash(c->lexicon);
}

static struct utf8_cursor
cursor_of(const char *text)
{
	return (struct utf8_cursor){ .text = text ? text : "",
				     .size = text ? strlen(text) : 0 };
}

static size_t
count_pieces(const struct document *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->sentence_count; i++)
		n += (size_t)(d->sentences[i].count + PIECE - 1) / PIECE;
	return n;
}

/* Sentences as they are, those over PIECE tokens in parts, so that no walk is long. */
static int
cut_pieces(struct coding *g, struct err *err)
{
	const struct document *d = g->document;
	size_t n = count_pieces(d);

	g->pieces = arena_alloc(g->arena, (n + 1) * sizeof(*g->pieces));
	g->sentence_of = arena_alloc(g->arena, (n + 1) * sizeof(*g->sentence_of));
	g->chunks = arena_calloc(g->arena, (n + 1) * sizeof(*g->chunks));
	g->roles = arena_calloc(g->arena, (d->entity_count + 1) * sizeof(*g->roles));
	if (arena_check(g->arena, err))
		return -1;
	for (size_t i = 0; i < d->sentence_count; i++)
		for (int from = 0; from < d->sentences[i].count; from += PIECE) {
			struct sentence *s = &g->pieces[g->piece_count];

			*s = d->sentences[i];
			s->first += from;
			s->count = s->count - from < PIECE ? s->count - from : PIECE;
			g->sentence_of[g->piece_count++] = (int)i;
		}
	return 0;
}

static int
read_pieces(struct coding *g, struct err *err)
{
	if (cut_pieces(g, err))
		return -1;
	for (size_t i = 0; i < g->piece_count; i++) {
		struct chunks *c = &g->chunks[i];

		c->lexicon = g->lexicon;
		c->document = g->document;
		c->sentence = &g->pieces[i];
		c->text = g->pieces[i].in_headline ? &g->headline : &g->body;
		if (chunks_read(c, g->arena, err))
			return -1;
	}
	return 0;
}

/* SANTIAGO (Own Wire) -: the place in the sentence that is one, where nobody has said it.
 */
static int
dateline_entity(const struct document *d)
{
	const struct sentence *s = d->sentences;
	int end;

	while (s < d->sentences + d->sentence_count && s->in_headline)
		s++;
	if (s == d->sentences + d->sentence_count)
		return -1;
	end = s->first + s->count - 1;
	if (s->count < 2 || s->count > DATELINE_MAX ||
	    (strcmp(d->tokens[end].norm, "-") && strcmp(d->tokens[end].norm, "--")))
		return -1;
	for (int i = s->first; i < end; i++) {
		int e = d->tokens[i].entity;

		if (e >= 0 && d->entities[e].type == ENTITY_LOC)
			return e;
	}
	return -1;
}

/* The place of the dateline, and the country that the article is from or most about. */
static void
find_home(struct coding *g)
{
	const struct document *d = g->document;
	const char *located = d->article->located;
	size_t most = 0;

	g->home = g->dateline = -1;
	for (size_t i = 0; i < d->entity_count && located; i++) {
		const struct entity *e = &d->entities[i];

		if (e->type == ENTITY_LOC &&
		    (strcasestr(located, e->span.text) ||
		     (e->name && strcasestr(located, e->name)))) {
			g->dateline = (int)i;
			if (e->country)
				g->home = (int)i;
			break;
		}
	}
	if (!located) {
		g->dateline = dateline_entity(d);
		if (g->dateline >= 0 && d->entities[g->dateline].country)
			g->home = g->dateline;
	}
	for (size_t i = 0; i < d->entity_count && g->home < 0; i++)
		if (d->entities[i].country && d->entities[i].mention_count + 1 > most)
			most = d->entities[i].mention_count + 1;
	for (size_t i = 0; i < d->entity_count && g->home < 0; i++)
		if (d->entities[i].country && d->entities[i].mention_count + 1 == most)
			g->home = (int)i;
}

static struct found *
event_at(struct coding *g, const struct chunks *c, int chunk)
{
	for (size_t i = g->count; chunk >= 0 && i-- > 0 && g->found[i].chunks == c;)
		if (g->found[i].chunk == chunk)
			return &g->found[i];
	return NULL;
}

static bool
is_type(const struct found *f, const char *name)
{
	return !strcmp(f->event.type, name);
}

/* A type by itself, without the pattern's modes and code. */
static void
set_type(struct coding *g, struct event *e, const struct type *type, const char *cameo)
{
	e->type = type->name;
	e->modes.count = 0;
	e->score = type->score;
	e->quad = type->quad;
	e->medtop = type->medtop;
	e->cameo = cameo;
	e->goldstein = cameo ? lexicon_goldstein(g->lexicon, cameo) : 0;
}

static void
set_mode(struct coding *g, struct event *e, const struct mode *mode)
{
	const char **items = mode ? arena_alloc(g->arena, sizeof(*items)) : NULL;

	if (!items)
		return;
	items[0] = mode->name;
	e->modes = (struct names){ items, 1 };
	if (mode->score != 0)
		e->score = mode->score;
}

static void
set_outcome(struct coding *g, struct found *outer, const struct found *inner)
{
	const struct outcome *o =
	    lexicon_nested(g->lexicon, outer->pattern->type, inner->pattern->type);

	if (!o)
		return;
	if (strcmp(o->type->name, outer->event.type))
		set_type(g, &outer->event, o->type, o->type->cameo);
	if (!outer->event.modes.count)
		set_mode(g, &outer->event, o->mode);
}

/* Whom "agreed to send troops to X" is about was guessed before the inner verb was known.
 */
static bool
is_from_infinitive(const struct found *f)
{
	for (int i = 0; i < SLOT_CHOICES; i++)
		if (f->clause.slots[f->pattern->recipient[i]].count)
			return f->pattern->recipient[i] == SLOT_INFINITIVE;
	return false;
}

/* What is urged, threatened, refused, agreed: no event of its own. */
static bool
is_absorbed(struct coding *g, struct found *outer, const struct found *inner)
{
	static const char *const types[] = { "REQUEST", "THREATEN", "REJECT", "AGREE",
					     "CONCEDE" };
	struct actors to_whom;
	bool absorbs = false;

	for (size_t i = 0; i < LENGTH(types); i++)
		absorbs |= is_type(outer, types[i]);
	if (!absorbs)
		return false;
	set_outcome(g, outer, inner);
	to_whom = frame_actors(g, inner, inner->pattern->recipient, true);
	if (to_whom.count && (!outer->event.recipient.count || is_from_infinitive(outer)))
		outer->event.recipient = to_whom;
	return true;
}

/* Is the noun an object of the verb, or hung on it by "for" and the like? */
static bool
is_content(const struct found *outer, int noun)
{
	static const enum slot slots[] = { SLOT_OBJECT, SLOT_FOR, SLOT_TO, SLOT_WITH };

	for (size_t i = 0; i < LENGTH(slots); i++) {
		const struct group *s = &outer->clause.slots[slots[i]];

		for (int k = 0; k < s->count; k++)
			if (s->items[k] == noun)
				return true;
	}
	return false;
}

/* signed an agreement, imposed sanctions: the frame of the verb asked for this object. */
static bool
is_consumed(const struct found *outer)
{
	for (int i = 0; i < NEEDS; i++)
		if (outer->pattern->needs[i].slot == SLOT_OBJECT &&
		    outer->pattern->needs[i].classes)
			return true;
	return false;
}

/* ordered an investigation: the phrase has it already. */
static bool
is_word_of(const struct pattern *p, const struct found *f)
{
	for (int i = 1; i < p->count; i++)
		if (!strcmp(p->words[i], f->chunks->document->tokens[f->token].norm))
			return true;
	return false;
}

/* A nested event of an accusation is told by the accuser. */
static bool
is_governed(struct coding *g, struct found *f)
{
	struct found *outer = event_at(g, f->chunks, f->clause.governor);

	if (!outer || outer->clause.noun >= 0)
		return false;
	if (f->pattern->is_noun && is_word_of(outer->pattern, f))
		return true;
	if (f->pattern->is_noun)
		return is_content(outer, f->chunk) &&
		       (is_consumed(outer) || is_absorbed(g, outer, f) ||
			!strcmp(outer->event.type, f->event.type));
	if (f->chunks->items[f->chunk].is_infinitive || f->clause.is_direct)
		return is_absorbed(g, outer, f);
	if (is_type(outer, "ACCUSE") && outer->event.actor.count)
		f->event.attribution = &outer->event.actor.items[0];
	return false;
}

static void
set_participants(struct coding *g, struct found *f)
{
	const struct pattern *p = f->pattern;
	struct event *e = &f->event;
	enum slot others[SLOT_CHOICES] = { SLOT_WITH, SLOT_OBJECT, SLOT_BETWEEN,
					   SLOT_TO };

	e->actor = frame_actors(g, f, p->actor, false);
	if (!e->actor.count && !p->type->is_political)
		e->actor = frame_words(g, f, p->actor);
	if (!p->is_reciprocal) {
		e->recipient = frame_actors(g, f, p->recipient, true);
		return;
	}
	if (e->actor.count) /* X met Y: X and Y; X and Y met: both, and nobody else */
		others[2] = SLOT_NONE;
	if (e->actor.count)
		e->recipient = frame_actors(g, f, others, true);
	else
		e->actor = frame_actors(g, f, others, true);
}

/* One cannot be both who does it and whom it is done to. */
static void
drop_twins(struct event *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->recipient.count; i++) {
		const struct actor *r = &e->recipient.items[i];
		bool is_twin = false;

		for (size_t k = 0; k < e->actor.count; k++)
			is_twin |=
			    r->span.start == e->actor.items[k].span.start &&
			    r->span.in_headline == e->actor.items[k].span.in_headline;
		if (!is_twin)
			e->recipient.items[kept++] = *r;
	}
	e->recipient.count = kept;
}

/* X and Y drew closer: PLOVER wants a recipient of cooperation and aid. */
static void
part_partners(struct event *e)
{
	if (strcmp(e->type, "COOPERATE") || e->recipient.count || e->actor.count < 2)
		return;
	e->recipient.items = e->actor.items + 1;
	e->recipient.count = e->actor.count - 1;
}

static void
set_codes(struct coding *g, struct found *f)
{
	const struct pattern *p = f->pattern;
	struct event *e = &f->event;
	const char **modes = arena_calloc(g->arena, MODES * sizeof(*modes));

	e->type = p->type->name;
	e->score = p->type->score;
	e->modes.items = modes;
	for (int i = 0; modes && i < MODES && p->modes[i]; i++) {
		modes[e->modes.count++] = p->modes[i]->name;
		if (i == 0 && p->modes[i]->score != 0)
			e->score = p->modes[i]->score;
	}
	e->cameo = p->cameo && *p->cameo ? p->cameo : NULL;
	e->quad = p->type->quad;
	e->has_score = p->type->is_political;
	e->goldstein = e->cameo ? lexicon_goldstein(g->lexicon, e->cameo) : 0;
	e->medtop = p->type->medtop;
	e->pattern = p->id;
	e->lemma = p->words[p->is_noun ? p->count - 1 : 0];
	e->dead = e->injured = e->arrested = -1;
}

/* PLOVER's rule: a meeting, support or help to come is an agreement; a retreat to come
 * concedes. */
static void
turn_future(struct coding *g, struct found *f)
{
	static const struct {
		const char *from, *to, *cameo;
	} rows[] = {
		{ "CONSULT", "AGREE", "036" },   { "SUPPORT", "AGREE", "032" },
		{ "COOPERATE", "AGREE", "031" }, { "AID", "AGREE", "033" },
		{ "RETREAT", "CONCEDE", "080" },
	};

	if (!(f->aux & AUX_FUTURE) || f->aux & (AUX_NEGATION | AUX_HYPOTHETICAL))
		return;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct type *to = lexicon_type(g->lexicon, rows[i].to);

		if (strcmp(f->event.type, rows[i].from) || !to)
			continue;
		set_type(g, &f->event, to, rows[i].cameo);
		return;
	}
}

/* will not give way, will no longer let them in: what would have been a favour is
 * refused. */
static void
turn_refusal(struct coding *g, struct found *f)
{
	static const char *const types[] = { "AGREE", "CONSULT",   "SUPPORT", "CONCEDE",
					     "AID",   "COOPERATE", "RETREAT" };
	const struct type *to = lexicon_type(g->lexicon, "REJECT");

	if ((f->aux & (AUX_FUTURE | AUX_NEGATION)) != (AUX_FUTURE | AUX_NEGATION) ||
	    f->aux & AUX_HYPOTHETICAL || !f->event.actor.count || f->pattern->is_noun ||
	    !to)
		return;
	for (size_t i = 0; i < LENGTH(types); i++) {
		const struct outcome *o;

		if (!is_type(f, types[i]))
			continue;
		o = lexicon_nested(g->lexicon, to, f->pattern->type);
		set_type(g, &f->event, to, to->cameo);
		if (o)
			set_mode(g, &f->event, o->mode);
		f->aux &= ~(unsigned)(AUX_FUTURE | AUX_NEGATION);
		return;
	}
}

/* will detain them if they publish it: not done, but held over somebody. */
static void
turn_threat(struct coding *g, struct found *f)
{
	static const char *const types[] = { "COERCE", "SANCTION", "ASSAULT" };
	const struct type *to = lexicon_type(g->lexicon, "THREATEN");
	const struct outcome *o;

	if (!(f->aux & AUX_FUTURE) || !(f->aux & AUX_HYPOTHETICAL) ||
	    f->aux & AUX_NEGATION || !to)
		return;
	for (size_t i = 0; i < LENGTH(types); i++) {
		if (!is_type(f, types[i]))
			continue;
		o = lexicon_nested(g->lexicon, to, f->pattern->type);
		set_type(g, &f->event, to, to->cameo);
		if (o)
			set_mode(g, &f->event, o->mode);
		return;
	}
}

static void
set_aux(struct coding *g, struct found *f)
{
	static const char *const names[] = { "future", "hypothetical", "negation",
					     "historical" };
	const char **items = arena_alloc(g->arena, LENGTH(names) * sizeof(*items));

	f->event.aux.items = items;
	for (size_t i = 0; items && i < LENGTH(names); i++)
		if (f->aux & 1u << i)
			items[f->event.aux.count++] = names[i];
}

static void
widen(struct event *e, const struct span *s)
{
	if (s->in_headline != e->in_headline)
		return;
	if (s->start < e->start && e->start - s->start < 400)
		e->start = s->start;
	if (s->end > e->end && s->end - e->end < 400)
		e->end = s->end;
}

/* From its first word to its last, within the sentence. */
static void
set_span(struct coding *g, struct found *f)
{
	struct event *e = &f->event;
	const struct sentence *s = &g->document->sentences[e->sentence];
	const struct actors *lists[] = { &e->actor, &e->recipient };

	e->start = e->trigger.start;
	e->end = e->trigger.end;
	for (size_t i = 0; i < LENGTH(lists); i++)
		for (size_t k = 0; k < lists[i]->count; k++)
			if (lists[i]->items[k].span.start >= s->start &&
			    lists[i]->items[k].span.end <= s->end)
				widen(e, &lists[i]->items[k].span);
}

/* How much was found: docs/events.md states the scale. */
static double
confidence(const struct found *f)
{
	const struct event *e = &f->event;
	double c = f->pattern->is_noun ? 0.4 : 0.5;

	if (f->pattern->count > 1 || f->pattern->needs[0].classes)
		c += 0.1;
	if (e->actor.count)
		c += e->actor.items[0].country || e->actor.items[0].name ? 0.2 : 0.1;
	if (e->recipient.count ||
	    (!f->pattern->recipient[0] && !f->pattern->is_reciprocal))
		c += 0.1;
	if (e->date_text)
		c += 0.05;
	return c;
}

static void
set_contexts(struct coding *g, struct found *f)
{
	const struct chunks *c = f->chunks;
	uint64_t seen = 0;
	const char **items = arena_calloc(g->arena, CONTEXTS * sizeof(*items));
	size_t n = 0;

	if (f->pattern->context && items)
		items[n++] = f->pattern->context;
	for (int i = c->sentence->first; i < c->sentence->first + c->sentence->count; i++)
		seen |= chunks_word(c, i)->contexts;
	for (unsigned b = 0;
	     b < lexicon_context_count(g->lexicon) && items && n < CONTEXTS; b++)
		if (seen >> b & 1 &&
		    (!n || strcmp(items[0], lexicon_context(g->lexicon, b))))
			items[n++] = lexicon_context(g->lexicon, b);
	f->event.contexts = (struct names){ items, n };
}

static int
trigger_first(const struct found *f)
{
	return f->pattern->is_noun ? f->token - f->pattern->count + 1 : f->token;
}

/* unrest in Kenya */
static bool
names_place(const struct found *f)
{
	const struct group *in = &f->clause.slots[SLOT_IN];
	const struct document *d = f->chunks->document;

	for (int i = 0; i < in->count; i++) {
		int e = d->tokens[f->chunks->items[in->items[i]].end - 1].entity;

		if (e >= 0 && d->entities[e].type == ENTITY_LOC)
			return true;
	}
	return false;
}

/* A noun that names a deed is one only with somebody in it; a quake needs nobody. */
static bool
is_worth_it(const struct found *f)
{
	const struct event *e = &f->event;
	static const char *const alone[] = { "DISASTER", "ACCIDENT", "OUTBREAK",
					     "RESULT" };

	if (e->actor.count || e->recipient.count)
		return true;
	for (size_t i = 0; i < LENGTH(alone); i++)
		if (is_type(f, alone[i]))
			return true;
	if (f->pattern->is_noun && (names_place(f) || e->in_headline))
		return true;
	return !f->pattern->is_noun && f->clause.verb >= 0 &&
	       (f->clause.slots[SLOT_SUBJECT].count ||
		f->clause.slots[SLOT_OBJECT].count);
}

static void
code_token(struct coding *g, const struct chunks *c, int token, int sentence)
{
	struct found f = { 0 };

	if (!frame_match(g, c, token, &f))
		return;
	set_codes(g, &f);
	f.aux = f.clause.aux;
	set_participants(g, &f);
	f.event.in_headline = c->sentence->in_headline;
	drop_twins(&f.event);
	part_partners(&f.event);
	if (is_governed(g, &f))
		return;
	if (!is_worth_it(&f))
		return;
	f.event.sentence = sentence;
	f.event.trigger = chunks_span(c, trigger_first(&f), token + 1, g->arena);
	g->found = arena_grow(g->arena, g->found, g->count, &g->room, sizeof(*g->found));
	if (g->found)
		g->found[g->count++] = f;
}

static void
code_piece(struct coding *g, size_t piece)
{
	const struct chunks *c = &g->chunks[piece];
	size_t from = g->count;

	for (int i = c->sentence->first; i < c->sentence->first + c->sentence->count; i++)
		if (chunks_word(c, i)->readings && g->count < MAX_EVENTS &&
		    !g->arena->full)
			code_token(g, c, i, g->sentence_of[piece]);
	for (size_t i = from; i < g->count; i++) {
		struct found *f = &g->found[i];

		date_event(g, f);
		place_event(g, f);
		if (!f->event.attribution)
			attribute_event(g, f);
		set_contexts(g, f);
		turn_refusal(g, f);
		turn_future(g, f);
		turn_threat(g, f);
	}
	count_casualties(g, from);
}

static const char *
event_id(struct coding *g, const struct event *e)
{
	const char *text =
	    arena_printf(g->arena, "%s\n%s\n%d %d %d", g->document->article->uri, e->type,
			 e->in_headline, e->trigger.start, e->trigger.end);
	char hex[DIGEST_TEXT];
	struct digest *d = digest_new();

	digest_add(d, text ? text : "", text ? strlen(text) : 0);
	digest_end(d, hex);
	return arena_copy(g->arena, hex, 16);
}

/* The headline's event; else of the first sentence that has one the first that happened.
 */
static void
mark_main(struct coding *g)
{
	struct found *best = NULL;

	for (size_t i = 0; i < g->count; i++) {
		struct found *f = &g->found[i];

		if (f->is_dropped)
			continue;
		if (f->event.main) { /* the headline said it too */
			best = f;
			break;
		}
		if (best && (f->event.sentence > best->event.sentence ||
			     f->event.in_headline != best->event.in_headline))
			break;
		if (!best || (best->aux & (AUX_HYPOTHETICAL | AUX_NEGATION) &&
			      !(f->aux & (AUX_HYPOTHETICAL | AUX_NEGATION))))
			best = f;
	}
	for (size_t i = 0; i < g->count; i++)
		g->found[i].event.main = &g->found[i] == best;
}

static int
give_events(struct coding *g, struct enriched *out, struct err *err)
{
	out->events = arena_calloc(g->arena, (g->count + 1) * sizeof(*out->events));
	if (arena_check(g->arena, err))
		return -1;
	out->event_count = 0;
	for (size_t i = 0; i < g->count; i++) {
		struct found *f = &g->found[i];

		if (f->is_dropped)
			continue;
		set_aux(g, f);
		set_span(g, f);
		f->event.confidence = confidence(f);
		f->event.id = event_id(g, &f->event);
		out->events[out->event_count++] = f->event;
	}
	return arena_check(g->arena, err);
}

static void
mark_headline(struct coding *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->found[i].event.in_headline && !(g->found[i].aux & AUX_NEGATION)) {
			g->found[i].event.main = true;
			return;
		}
}

static struct coding
coding_of(const struct coder *coder, const struct document *d, struct arena *arena)
{
	return (struct coding){ .lexicon = coder->lexicon,
				.document = d,
				.classes = coder->classes,
				.arena = arena,
				.body = cursor_of(d->article->body_text),
				.headline = cursor_of(d->article->headline) };
}

int
coder_why(const struct coder *coder, const struct document *d, int token, why_f *say,
	  void *arg, struct arena *arena, struct err *err)
{
	struct coding g = coding_of(coder, d, arena);
	size_t i = 0;

	if (read_pieces(&g, err))
		return -1;
	while (i + 1 < g.piece_count && token >= g.pieces[i + 1].first)
		i++;
	if (i < g.piece_count)
		frame_why(&g, &g.chunks[i], token, say, arg);
	return arena_check(arena, err);
}

int
coder_code(const struct coder *coder, const struct document *d, struct enriched *out,
	   struct arena *arena, struct err *err)
{
	struct coding g = coding_of(coder, d, arena);
	const char *language = d->article->language;

	out->times = d->times;
	out->time_count = d->time_count;
	out->quotes = d->quotes;
	out->quote_count = d->quote_count;
	out->entities = d->entities;
	out->entity_count = d->entity_count;
	out->event_count = 0;
	if (language && strncmp(language, "en", 2))
		return 0;
	if (read_pieces(&g, err))
		return -1;
	find_home(&g);
	roles_read(&g);
	for (size_t i = 0; i < g.piece_count; i++)
		code_piece(&g, i);
	if (arena_check(arena, err))
		return -1;
	mark_headline(&g);
	dedup_events(&g);
	mark_main(&g);
	return give_events(&g, out, err);
}
