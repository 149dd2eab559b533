/*
 * All rows whose first word stands at the token are tried; the one with most
 * words and most of its needs said wins, the earlier line among equals.  A row
 * whose needs are not met makes no event: there is no default.
 */
#include "event/frame.h"

#include <string.h>

#define GAP                                                                         \
	3 /* words that may stand between those of a trigger: impose (new economic) \
	     sanctions */

#define VERB_FORMS (FORM_BASE | FORM_S | FORM_PAST | FORM_DONE | FORM_ING)

/* The token of the last word of the trigger, -1 if they are not all there. */
static int
match_verb_words(const struct chunks *c, const struct pattern *p, int token)
{
	int end = c->sentence->first + c->sentence->count;

	for (int w = 1; w < p->count; w++) {
		int next = token + 1, stop = next + GAP, group = -1;

		for (; next < end && next <= stop && !chunks_is(c, next, p->words[w]);
		     next++) {
			int k = c->of_token[next - c->sentence->first];

			if (k >= 0 && c->items[k].kind != CHUNK_NOUN &&
			    c->items[k].kind != CHUNK_ADVERB)
				return -1;
			if (k >= 0 && k == group) /* a long group is one */
				stop++;
			group = k;
		}
		if (next >= end || next > stop)
			return -1;
		token = next;
	}
	return token;
}

/* The words of a noun trigger stand together and end at the token. */
static bool
match_noun_words(const struct chunks *c, const struct pattern *p, int token)
{
	for (int w = p->count - 2, at = token - 1; w >= 0; w--, at--)
		if (!chunks_is(c, at, p->words[w]))
			return false;
	return true;
}

/* "subject of kind person": do the words of the slot fit? */
static bool
fits(const struct coding *g, const struct chunks *c, const struct need *n,
     const struct clause *clause)
{
	const struct group *slot = &clause->slots[n->slot];
	bool met = slot->count > 0;

	if (met && n->classes) {
		met = false;
		for (int i = 0; i < slot->count && !met; i++)
			met = noun_classes(g, c, slot->items[i]) & n->classes;
	}
	if (n->slot == SLOT_INFINITIVE && !n->classes)
		met = clause->has_infinitive;
	if (n->slot == SLOT_OWNER && !n->classes)
		met = clause->owner_end > clause->owner_first;
	return met != n->is_absent;
}

static int
score(const struct coding *g, const struct chunks *c, const struct pattern *p,
      const struct clause *clause)
{
	int points = 7 * p->count;

	for (int i = 0; i < NEEDS && p->needs[i].slot != SLOT_NONE; i++) {
		if (!fits(g, c, &p->needs[i], clause))
			return -1;
		points += p->needs[i].classes ? 3 : 1;
	}
	return points;
}

static bool
read_clause(const struct chunks *c, const struct pattern *p, int token, int chunk,
	    struct clause *out)
{
	int last = p->is_noun ? token : match_verb_words(c, p, token);

	if (last < 0 || (p->is_noun && !match_noun_words(c, p, token)))
		return false;
	if (p->is_noun)
		clause_of_noun(c, chunk, token - p->count + 1, out);
	else
		clause_of_verb(c, chunk, last, out);
	return true;
}

/* Verbs at the head of their group; nouns at the end of theirs, an owner's mark aside. */
static bool
is_in_place(const struct chunks *c, const struct pattern *p, int token, int chunk)
{
	const struct chunk *k = &c->items[chunk];
	int entity = c->document->tokens[token].entity;

	if (!p->is_noun)
		return k->kind == CHUNK_VERB && k->head == token;
	return k->kind == CHUNK_NOUN && entity < 0 && token + 1 == k->end;
}

bool
frame_match(const struct coding *g, const struct chunks *c, int token, struct found *out)
{
	int chunk = c->of_token[token - c->sentence->first], best = -1;

	if (chunk < 0)
		return false;
	for (const struct reading *r = chunks_word(c, token)->readings; r; r = r->next) {
		struct clause clause;
		int points;

		if (!r->pattern->is_noun != !!(r->form & VERB_FORMS) ||
		    !is_in_place(c, r->pattern, token, chunk) ||
		    !read_clause(c, r->pattern, token, chunk, &clause))
			continue;
		points = score(g, c, r->pattern, &clause);
		if (points <= best)
			continue;
		best = points;
		out->pattern = r->pattern;
		out->clause = clause;
	}
	out->chunks = c;
	out->token = token;
	out->chunk = chunk;
	return best >= 0;
}

/* Of the cell "object:weapon, !with" the n-th part. */
static const char *
need_text(struct arena *arena, const char *cell, int n)
{
	while (n-- > 0 && strchr(cell, ','))
		cell = strchr(cell, ',') + 1;
	cell += strspn(cell, " ");
	return arena_printf(arena, "it needs %.*s", (int)strcspn(cell, ","), cell);
}

static const char *
why_not(const struct coding *g, const struct chunks *c, const struct pattern *p,
	int token, int chunk, struct arena *arena)
{
	struct clause clause;

	if (chunk < 0)
		return "the word belongs to no group of the sentence";
	if (c->document->tokens[token].entity >= 0)
		return "the word is part of a name";
	if (!is_in_place(c, p, token, chunk))
		return p->is_noun ? "as a noun it must end its group"
				  : "the sentence has it as no verb";
	if (!read_clause(c, p, token, chunk, &clause))
		return "the trigger's other words are not there";
	for (int i = 0; i < NEEDS && p->needs[i].slot != SLOT_NONE; i++)
		if (!fits(g, c, &p->needs[i], &clause))
			return need_text(arena, p->need, i);
	return NULL;
}

void
frame_why(const struct coding *g, const struct chunks *c, int token, why_f *say,
	  void *arg)
{
	int chunk = chunks_of(c, token);
	const struct pattern *last = NULL; /* a form may be two: condemned */

	for (const struct reading *r = chunks_word(c, token)->readings; r; r = r->next) {
		if (!r->pattern->is_noun == !!(r->form & VERB_FORMS) &&
		    r->pattern != last)
			say(arg, r->pattern,
			    why_not(g, c, r->pattern, token, chunk, g->arena));
		last = r->pattern;
	}
}

struct actors
frame_actors(struct coding *g, const struct found *f,
	     const enum slot choices[SLOT_CHOICES], bool is_loose)
{
	struct actors none = { 0 };

	for (int i = 0; i < SLOT_CHOICES && choices[i] != SLOT_NONE; i++) {
		const struct group *slot = &f->clause.slots[choices[i]];
		struct actors who = choices[i] == SLOT_OWNER
					? actors_of_owner(g, f->chunks, &f->clause)
					: actors_of_group(g, f->chunks, slot, is_loose);

		if (who.count)
			return who;
	}
	return none;
}

struct actors
frame_words(struct coding *g, const struct found *f,
	    const enum slot choices[SLOT_CHOICES])
{
	struct actors out = { 0 };
	const struct actor *whose;

	for (int i = 0; i < SLOT_CHOICES && choices[i] != SLOT_NONE; i++) {
		const struct group *slot = &f->clause.slots[choices[i]];

		if ((choices[i] != SLOT_SUBJECT && choices[i] != SLOT_OBJECT) ||
		    !slot->count)
			continue;
		out.items = arena_calloc(g->arena, sizeof(*out.items));
		if (!out.items)
			return out;
		out.count = 1;
		if (chunks_is_kind(f->chunks, f->chunks->items[slot->items[0]].first,
				   KIND_OWN))
			whose = NULL;
		else
			whose = actor_of_noun(g, f->chunks, slot->items[0], true);
		if (whose)
			out.items[0] = *whose;
		else
			out.items[0].span = noun_words(g, f->chunks, slot->items[0]);
		return out;
	}
	return out;
}
