/*
 * Each token gets the word that its group hangs on, by the tree; runs of
 * tokens of one group are its chunk.  A name of several words is one group
 * whatever the tree makes of it.
 */
#include "event/chunk.h"

#include <ctype.h>
#include <string.h>

#define CLIMB 24 /* words up the tree within a group */

struct grouping {
	struct chunks *c;
	int base, count;
	struct label {
		signed char kind; /* enum chunk_kind; -1: belongs to no chunk */
		int root;         /* token that the group hangs on */
	} * labels;
};

static const struct word nothing;

const struct word *
chunks_word(const struct chunks *c, int token)
{
	int i = token - c->sentence->first;

	return i < 0 || i >= c->sentence->count ? &nothing : c->words[i];
}

const struct chunk *
chunks_at(const struct chunks *c, int index)
{
	return index < 0 || index >= c->count ? NULL : &c->items[index];
}

int
chunks_of(const struct chunks *c, int token)
{
	int i = token - c->sentence->first;

	return i < 0 || i >= c->sentence->count ? -1 : c->of_token[i];
}

bool
chunks_is_kind(const struct chunks *c, int token, uint32_t kind)
{
	return chunks_word(c, token)->kinds & kind;
}

bool
chunks_is(const struct chunks *c, int token, const char *norm)
{
	int i = token - c->sentence->first;

	return i >= 0 && i < c->sentence->count &&
	       !strcmp(c->document->tokens[token].norm, norm);
}

struct span
chunks_span(const struct chunks *c, int first, int end, struct arena *arena)
{
	const struct token *tokens = c->document->tokens;
	/* Between a determiner and a mark nothing may be left: then the mark it is. */
	int last = end > first ? end - 1 : first;
	struct span s = { .in_headline = c->sentence->in_headline,
			  .start = tokens[first].start,
			  .end = tokens[last].end };
	size_t from = utf8_byte(c->text, (size_t)s.start);

	s.text = arena_copy(arena, c->text->text + from,
			    utf8_byte(c->text, (size_t)s.end) - from);
	return s;
}

static const struct token *
token_at(const struct chunks *c, int token)
{
	return &c->document->tokens[token];
}

/* ---- what a word belongs to ---- */

static bool
is_name(const struct chunks *c, int token)
{
	int e = token_at(c, token)->entity;

	return e >= 0 && c->document->known[e].kind != KNOWN_NATIONALITY;
}

static bool
is_same_name(const struct chunks *c, int a, int b)
{
	int from = a < b ? a : b, to = a < b ? b : a;

	if (!is_name(c, a))
		return false;
	for (int i = from; i <= to; i++)
		if (token_at(c, i)->entity != token_at(c, a)->entity)
			return false;
	return true;
}

static bool
is_number_word(const struct syntax *s, int token)
{
	return syntax_is(s, token, "NUM") || syntax_is(s, token, "ADJ") ||
	       syntax_is(s, token, "DET") || syntax_rel(s, token) == REL_AMOD;
}

/* its nuclear and missile programs: words of one group; U.S. and Chinese officials: two.
 */
static bool
is_twin_inside(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;
	int first = syntax_head(s, token), noun = syntax_head(s, first);

	return syntax_rel(s, token) == REL_CONJ && noun > token &&
	       (syntax_rel(s, first) == REL_AMOD ||
		syntax_rel(s, first) == REL_COMPOUND) &&
	       token_at(c, first)->entity < 0 && token_at(c, token)->entity < 0;
}

/* Does a word belong to the noun group of its head, as "former" does to "minister"? */
static bool
is_inner(const struct chunks *c, int token, int head)
{
	const struct syntax *s = &c->tree;

	switch (syntax_rel(s, token)) {
	case REL_DET:
	case REL_AMOD:
	case REL_COMPOUND:
	case REL_NUMMOD:
	case REL_POSS:
	case REL_FLAT:
	case REL_DESC:
		/* Lund beat Rey 6-4: no part of the name */
		return !(token > head && syntax_is(s, token, "NUM") &&
			 !syntax_is(s, head, "NUM"));
	case REL_CASE:
		return syntax_is(s, token, "PART") && token > head; /* Iran's */
	case REL_NMOD:                                              /* Friday talks */
		return token < head && syntax_child(s, token, REL_CASE) < 0;
	case REL_ADVMOD: /* newly opened, about 40 */
		return token < head && is_number_word(s, head) &&
		       !syntax_is(s, token, "PART");
	case REL_FIXED:
		return true;
	case REL_CONJ:
		return is_twin_inside(c, token);
	case REL_CC:
		return is_twin_inside(c, head);
	case REL_PUNCT:
		return chunks_is(c, token, "-");
	default:
		return false;
	}
}

/* at least nine, more than 120, up to 30, as many as 50: the word after the phrase. */
static int
number_phrase(const struct chunks *c, int token)
{
	static const char *const rows[][4] = {
		{ "as", "many", "as", NULL }, { "at", "least", NULL },
		{ "at", "most", NULL },       { "more", "than", NULL },
		{ "fewer", "than", NULL },    { "less", "than", NULL },
		{ "up", "to", NULL },
	};

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		int w = 0;

		while (rows[r][w] && chunks_is(c, token + w, rows[r][w]))
			w++;
		if (!rows[r][w] && syntax_is(&c->tree, token + w, "NUM") &&
		    token_at(c, token + w)->time < 0)
			return token + w;
	}
	return -1;
}

static bool
stands_as_noun(const struct syntax *s, int token)
{
	switch (syntax_rel(s, token)) {
	case REL_OBJ:
	case REL_IOBJ:
	case REL_NSUBJ:
	case REL_SUBJECT_PASSIVE:
	case REL_OBL:
	case REL_NMOD:
		return true;
	default:
		return false;
	}
}

/* Samoa accuses Lesotho: the tree may join a name to a verb that is none. */
static bool
may_have_group(const struct chunks *c, int head)
{
	const struct syntax *s = &c->tree;

	return !(syntax_is(s, head, "VERB") || syntax_is(s, head, "AUX")) ||
	       stands_as_noun(s, head) || syntax_rel(s, head) == REL_AMOD ||
	       syntax_rel(s, head) == REL_COMPOUND;
}

static int
noun_root(const struct chunks *c, int token)
{
	for (int steps = 0; steps < CLIMB; steps++) {
		int head = syntax_head(&c->tree, token);

		if (head < 0 || !(is_same_name(c, token, head) ||
				  (is_inner(c, token, head) && may_have_group(c, head))))
			break;
		token = head;
	}
	return token;
}

bool
chunks_is_plural(const struct chunks *c, int token)
{
	return syntax_has(&c->tree, token, "NNS") || syntax_has(&c->tree, token, "NNPS");
}

/* were injured: a participle that the tree takes for an adjective. */
bool
chunks_is_done(const struct chunks *c, int token)
{
	return token >= 0 && syntax_is(&c->tree, token, "ADJ") &&
	       chunks_word(c, token)->forms & FORM_DONE &&
	       syntax_child(&c->tree, token, REL_COP) >= 0;
}

/* has | been | will | not | to: the verb, or the copula that stands for one. */
static int
verb_root(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;
	int head = syntax_head(s, token), copula;

	switch (syntax_rel(s, token)) {
	case REL_AUX:
	case REL_PASSIVE:
		break;
	case REL_COP:
		return chunks_is_done(c, head) ? head : -1;
	case REL_MARK:
		if (!syntax_is(s, token, "PART"))
			return -1;
		break;
	case REL_ADVMOD:
		if (head < token)
			return -1;
		break;
	default:
		return -1;
	}
	if (head < 0 || syntax_is(s, head, "VERB") || chunks_is_done(c, head))
		return head;
	copula = syntax_child(s, head, REL_COP);
	return copula >= 0 && token <= copula + 1 && syntax_rel(s, token) != REL_ADVMOD
		   ? copula
		   : -1;
}

/* stop fighting, shelling kills six: a deed that the sentence names as a thing; but they
 * began shooting. */
static bool
is_gerund(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;
	int rel = syntax_rel(s, token);
	bool opens = rel == REL_ROOT && token == c->sentence->first;
	bool ends = rel == REL_XCOMP &&
		    chunks_word(c, syntax_head(s, token))->effect == EFFECT_NEGATION;

	if (!syntax_has(s, token, "VBG") || !(ends || rel == REL_CSUBJ || opens) ||
	    !(chunks_word(c, token)->classes || chunks_word(c, token)->readings))
		return false;
	for (int k = syntax_first(s, token); k >= 0; k = syntax_next(s, k)) {
		int of = syntax_rel(s, k);

		if (of == REL_OBJ || of == REL_NSUBJ || of == REL_AUX ||
		    of == REL_PASSIVE || of == REL_MARK || of == REL_XCOMP ||
		    of == REL_CCOMP || of == REL_PRT)
			return false;
	}
	return true;
}

/* They began shooting at him: an object of a kind, and yet what they did. */
static bool
is_begun(const struct chunks *c, int token)
{
	static const enum rel of_nouns[] = { REL_DET,  REL_AMOD,     REL_POSS,
					     REL_NMOD, REL_COMPOUND, REL_NUMMOD };
	const struct syntax *s = &c->tree;

	if (syntax_rel(s, token) != REL_OBJ ||
	    chunks_word(c, syntax_head(s, token))->effect == EFFECT_NEGATION)
		return false;
	for (size_t i = 0; i < sizeof(of_nouns) / sizeof(of_nouns[0]); i++)
		if (syntax_child(s, token, of_nouns[i]) >= 0)
			return false;
	return true;
}

/* Words that head a noun group.  An adjective does where it stands for a noun: the
 * wounded. */
static bool
is_nominal(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;

	if (is_name(c, token) || syntax_is(s, token, "NOUN") ||
	    syntax_is(s, token, "PROPN") || syntax_is(s, token, "PRON") ||
	    syntax_is(s, token, "NUM") || syntax_is(s, token, "SYM") ||
	    syntax_is(s, token, "X"))
		return true;
	if (syntax_is(s, token, "DET"))
		return true;
	if (syntax_has(s, token, "VBG") && is_begun(c, token))
		return false;
	if (syntax_is(s, token, "VERB")) /* what stands as a noun is one: pledged aid */
		return stands_as_noun(s, token) || is_gerund(c, token);
	return (syntax_is(s, token, "ADJ") || token_at(c, token)->entity >= 0) &&
	       (syntax_child(s, token, REL_DET) >= 0 ||
		syntax_child(s, token, REL_NUMMOD) >= 0 ||
		syntax_child(s, token, REL_CASE) >= 0 || stands_as_noun(s, token));
}

static bool
is_quote(const char *norm)
{
	return !strcmp(norm, "\"") || !strcmp(norm, "''") || !strcmp(norm, "``") ||
	       !strcmp(norm, "'");
}

static bool
is_time(const struct chunks *c, int token)
{
	int t = token_at(c, token)->time;

	return t >= 0 && c->document->times[t].type != TIMEX_DURATION &&
	       token_at(c, token)->entity < 0;
}

/* ---- the kinds of words ---- */

static struct label
label_of_mark(const struct chunks *c, int token)
{
	const char *norm = token_at(c, token)->norm;

	if (is_quote(norm))
		return (struct label){ -1, token };
	if (!strcmp(norm, ","))
		return (struct label){ CHUNK_COMMA, token };
	if (!strcmp(norm, "-") && noun_root(c, token) != token)
		return (struct label){ CHUNK_NOUN, noun_root(c, token) };
	return (struct label){ CHUNK_BREAK, token };
}

/* of supplying: what opens a participle is a preposition like any other. */
static struct label
label_of_opener(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;
	int root = token, verb;

	if (syntax_rel(s, token) == REL_FIXED)
		root = syntax_head(s, token);
	verb = syntax_head(s, root);
	if (syntax_rel(s, root) == REL_MARK && !chunks_is(c, token, "to") &&
	    !(syntax_has(s, verb, "VBG") && syntax_child(s, verb, REL_AUX) < 0))
		return (struct label){ CHUNK_SUB, root };
	return (struct label){ CHUNK_PREP, root };
}

/* who, which, that, whom: of a clause about the noun before it. */
static bool
is_relative(const struct chunks *c, int token)
{
	return chunks_is_kind(c, token, KIND_REL) &&
	       (syntax_has(&c->tree, token, "WDT") || syntax_has(&c->tree, token, "WP") ||
		syntax_has(&c->tree, token, "WP$"));
}

static struct label
label_of(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;
	int phrase = number_phrase(c, token), root;

	if (phrase >= 0)
		return (struct label){ CHUNK_NOUN, noun_root(c, phrase) };
	if (syntax_is(s, token, "PUNCT") && !is_name(c, token))
		return label_of_mark(c, token);
	root = verb_root(c, token);
	if (root >= 0)
		return (struct label){ CHUNK_VERB, root };
	if (chunks_is_done(c, token))
		return (struct label){ CHUNK_VERB, token };
	root = noun_root(c, token);
	if (is_time(c, root))
		return (struct label){ CHUNK_TIME, root };
	if (is_relative(c, token))
		return (struct label){ CHUNK_REL, token };
	if (root != token ? is_nominal(c, root) : is_nominal(c, token))
		return (struct label){ CHUNK_NOUN, root };
	if (syntax_is(s, token, "VERB") && syntax_rel(s, token) != REL_CASE)
		return (struct label){ CHUNK_VERB, token };
	if (syntax_is(s, token, "AUX"))
		return (struct label){ CHUNK_VERB, token };
	if (syntax_is(s, token, "CCONJ"))
		return (struct label){ CHUNK_AND, token };
	if (syntax_rel(s, token) == REL_CASE || syntax_is(s, token, "ADP") ||
	    syntax_is(s, token, "SCONJ") || syntax_rel(s, token) == REL_FIXED)
		return label_of_opener(c, token);
	if (chunks_is_kind(c, token, KIND_SUB) && syntax_is(s, token, "ADV"))
		return (struct label){ CHUNK_SUB, token }; /* when, where, how */
	return (struct label){ CHUNK_ADVERB, root };
}

/* ---- runs ---- */

static unsigned
form_of(const struct syntax *s, int verb)
{
	static const struct {
		const char *xpos;
		unsigned form;
	} rows[] = { { "VB", FORM_BASE },  { "VBP", FORM_BASE }, { "VBZ", FORM_S },
		     { "VBD", FORM_PAST }, { "VBN", FORM_DONE }, { "VBG", FORM_ING } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (syntax_has(s, verb, rows[i].xpos))
			return rows[i].form;
	return 0;
}

static bool
is_finite(const struct syntax *s, int verb)
{
	return syntax_has(s, verb, "VBD") || syntax_has(s, verb, "VBZ") ||
	       syntax_has(s, verb, "VBP") || syntax_has(s, verb, "MD");
}

/* Of what is made negative, future, passive: all that hangs on the verb, or on the word
 * that its copula serves. */
static void
read_verb(const struct chunks *c, struct chunk *v)
{
	const struct syntax *s = &c->tree;
	bool is_copula = syntax_rel(s, v->head) == REL_COP;
	int node = is_copula ? syntax_head(s, v->head) : v->head;

	v->form = form_of(s, v->head);
	v->is_finite = is_finite(s, v->head);
	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k)) {
		int rel = syntax_rel(s, k);
		uint32_t kinds = chunks_word(c, k)->kinds;

		if (rel == REL_AUX || rel == REL_PASSIVE || rel == REL_COP) {
			v->has_auxiliary = true;
			v->is_finite |= is_finite(s, k);
			v->is_passive |= rel == REL_PASSIVE || chunks_is_done(c, v->head);
			v->is_perfect |= (kinds & KIND_HAVE) != 0;
			v->is_future |= (kinds & KIND_WILL) != 0;
			v->is_modal |= (kinds & KIND_MODAL) != 0;
			v->is_would |= chunks_is(c, k, "would") || chunks_is(c, k, "'d");
		} else if (rel == REL_MARK && syntax_is(s, k, "PART")) {
			v->is_infinitive = true;
		} else if (rel == REL_ADVMOD) {
			v->is_negated |= (kinds & KIND_NOT) != 0 ||
				 (chunks_is(c, k, "longer") && chunks_is(c, k - 1, "no"));
		}
	}
	/* is going to attack: the future of what is to come */
	if (chunks_is(c, v->head, "going") && syntax_child(s, v->head, REL_XCOMP) >= 0)
		v->is_future = true;
}

static void
add_chunk(struct grouping *g, int first, int end)
{
	struct chunk *k = &g->c->items[g->c->count];
	const struct label *l = &g->labels[first];
	int root = l->root - g->base;

	*k = (struct chunk){ .kind = (enum chunk_kind)l->kind,
			     .first = g->base + first,
			     .end = g->base + end,
			     .head = g->base + end - 1,
			     .root = l->root };
	if (k->kind == CHUNK_VERB && root >= first && root < end) {
		k->head = l->root;
		read_verb(g->c, k);
	} else if (k->kind == CHUNK_VERB) { /* has, they say, attacked */
		k->kind = CHUNK_ADVERB;
	}
	for (int i = first; i < end; i++)
		g->c->of_token[i] = g->c->count;
	g->c->count++;
}

/* Sunday's inspection, Friday talks: a time that opens a group stands before it. */
static bool
is_leading_time(const struct grouping *g, int i, int first)
{
	if (g->labels[i].kind != CHUNK_NOUN || !is_time(g->c, g->base + i))
		return false;
	for (int k = first; k < i; k++)
		if (!is_time(g->c, g->base + k) &&
		    !chunks_is_kind(g->c, g->base + k, KIND_DET))
			return false;
	return true;
}

static bool
goes_on(const struct grouping *g, int first, int i)
{
	const struct label *a = &g->labels[first], *b = &g->labels[i];

	return a->kind == b->kind && a->root == b->root && a->kind != CHUNK_COMMA &&
	       a->kind != CHUNK_BREAK;
}

/* From i on to the end of its run; a quotation mark may stand inside. */
static int
read_run(struct grouping *g, int i)
{
	int first = i++, next = i;

	while (next < g->count) {
		if (g->labels[next].kind < 0 && next == i)
			next++;
		else if (g->labels[next].kind >= 0 && goes_on(g, first, next))
			i = ++next;
		else
			break;
	}
	add_chunk(g, first, i);
	return i;
}

static void
mark_times(struct grouping *g)
{
	for (int i = 0, first = 0; i < g->count; i++) {
		if (i == 0 || g->labels[i].root != g->labels[i - 1].root)
			first = i;
		if (!is_leading_time(g, i, first))
			continue;
		for (int k = first; k <= i; k++)
			if (is_time(g->c, g->base + k))
				g->labels[k] =
				    (struct label){ CHUNK_TIME, g->base + first };
	}
}

/* The agency (KCNA) said: what is short and in brackets stands outside of the sentence.
 */
static void
mark_brackets(struct grouping *g)
{
	for (int i = 0; i < g->count; i++) {
		if (!chunks_is(g->c, g->base + i, "("))
			continue;
		for (int end = i + 1; end < g->count && end < i + 8; end++)
			if (chunks_is(g->c, g->base + end, ")"))
				for (; i <= end; i++)
					g->labels[i].kind = -1;
	}
}

int
chunks_read(struct chunks *c, struct arena *arena, struct err *err)
{
	struct grouping g = { .c = c,
			      .base = c->sentence->first,
			      .count = c->sentence->count };
	size_t n = (size_t)g.count + 1;

	if (syntax_read(&c->tree, c->document->tokens, g.base, g.count, arena, err))
		return -1;
	g.labels = arena_alloc(arena, n * sizeof(*g.labels));
	c->words = arena_alloc(arena, n * sizeof(*c->words));
	c->of_token = arena_alloc(arena, n * sizeof(*c->of_token));
	c->items = arena_alloc(arena, n * sizeof(*c->items));
	c->count = 0;
	if (arena_check(arena, err))
		return -1;
	for (int i = 0; i < g.count; i++) {
		const struct word *w =
		    lexicon_word(c->lexicon, token_at(c, g.base + i)->norm);

		c->words[i] = w ? w : &nothing;
		c->of_token[i] = -1;
	}
	for (int i = 0; i < g.count; i++)
		g.labels[i] = label_of(c, g.base + i);
	for (int i = 0, phrase; i < g.count; i++)
		if ((phrase = number_phrase(c, g.base + i)) >= 0)
			for (; i < phrase - g.base; i++)
				g.labels[i] = g.labels[phrase - g.base];
	mark_times(&g);
	mark_brackets(&g);
	for (int i = 0; i < g.count;)
		i = g.labels[i].kind < 0 ? i + 1 : read_run(&g, i);
	return 0;
}
