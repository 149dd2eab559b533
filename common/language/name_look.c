/*
 * Atoms are the numbers of one token (its word, shape, ends, class, tag, table
 * ...); templates say which of them, of which neighbours, make a key together.
 */
#include "language/name_look.h"

#include <string.h>

#include "base/mem.h"
#include "language/namer.h"
#include "language/spelling.h"

enum atom {
	NO_ATOM,
	NORM,
	SHAPE,
	FIRST2,
	FIRST3,
	LAST2,
	LAST3,
	LAST4,
	CLASS,
	CLASS6,
	CLASS4,
	XPOS,
	RELATION,
	HEAD,    /* the head's word */
	WORDS,   /* classes of words.tsv */
	PERSON,  /* of them, those of people's names */
	TABLE,   /* which table, and where in its name */
	START,   /* first of its sentence */
	ARTICLE, /* all that the article says of the word */
	ATOMS,
};

struct atoms {
	uint64_t of[ATOMS];
};

struct part {
	signed char at;
	unsigned char atom;
};

static const struct part templates[][3] = {
	{ { 0, NORM } },
	{ { -1, NORM } },
	{ { 1, NORM } },
	{ { -2, NORM } },
	{ { 2, NORM } },
	{ { -1, NORM }, { 0, NORM } },
	{ { 0, NORM }, { 1, NORM } },
	{ { -1, NORM }, { 0, SHAPE } },
	{ { 1, NORM }, { 0, SHAPE } },
	{ { 0, NORM }, { 0, SHAPE } },
	{ { 0, SHAPE }, { 0, START } },
	{ { -1, SHAPE }, { 0, SHAPE } },
	{ { 0, SHAPE }, { 1, SHAPE } },
	{ { -1, SHAPE }, { 0, SHAPE }, { 1, SHAPE } },
	{ { 0, FIRST2 } },
	{ { 0, FIRST3 } },
	{ { 0, LAST2 } },
	{ { 0, LAST3 } },
	{ { 0, LAST4 } },
	{ { 1, LAST3 } },
	{ { -1, LAST3 } },
	{ { 0, CLASS } },
	{ { 0, CLASS6 } },
	{ { 0, CLASS4 } },
	{ { -1, CLASS } },
	{ { 1, CLASS } },
	{ { -2, CLASS } },
	{ { 2, CLASS } },
	{ { -1, CLASS6 } },
	{ { 1, CLASS6 } },
	{ { -1, CLASS6 }, { 0, CLASS6 } },
	{ { 0, CLASS6 }, { 1, CLASS6 } },
	{ { -1, CLASS4 }, { 0, CLASS }, { 1, CLASS4 } },
	{ { 0, CLASS }, { 0, SHAPE } },
	{ { 0, XPOS } },
	{ { -1, XPOS }, { 0, XPOS } },
	{ { 0, XPOS }, { 1, XPOS } },
	{ { -1, XPOS }, { 0, XPOS }, { 1, XPOS } },
	{ { 0, RELATION } },
	{ { 0, RELATION }, { 0, HEAD } },
	{ { 0, WORDS } },
	{ { -1, WORDS } },
	{ { 1, WORDS } },
	{ { 2, WORDS } },
	{ { -1, WORDS }, { 0, WORDS } },
	{ { 0, WORDS }, { 1, WORDS } },
	{ { -1, WORDS }, { 0, SHAPE }, { 1, WORDS } },
	{ { 0, PERSON }, { 0, SHAPE } },
	{ { -1, PERSON }, { 0, PERSON }, { 1, PERSON } },
	{ { 0, TABLE } },
	{ { -1, TABLE } },
	{ { 1, TABLE } },
	{ { 0, TABLE }, { 0, SHAPE }, { 1, SHAPE } },
	{ { 0, TABLE }, { -1, SHAPE } },
	{ { 0, TABLE }, { -1, NORM } },
	{ { 0, TABLE }, { 1, NORM } },
	{ { 0, TABLE }, { 1, TABLE } },
	{ { 0, TABLE }, { 0, NORM } },
	{ { 0, TABLE }, { 0, PERSON } },
	{ { 0, ARTICLE } },
	{ { 0, ARTICLE }, { 0, SHAPE }, { 0, START } },
	{ { -1, ARTICLE }, { 0, ARTICLE } },
	{ { 0, ARTICLE }, { 1, ARTICLE } },
};

/* What a word is elsewhere. */
enum {
	SMALL = 1 << 0,  /* without a capital */
	INSIDE = 1 << 1, /* with one, where no sentence starts */
	AFTER_TITLE = 1 << 2,
	AFTER_FIRST = 1 << 3,
	AFTER_PLACE_WORD = 1 << 4,
	BY_SAYING = 1 << 5,
	BEFORE_BODY = 1 << 6,
	AFTER_THE = 1 << 7,
	ARTICLE_BITS = 8,
};

/* A way fits where its capitals stand in the text, and an acronym letter for letter. */
static bool
way_fits(const struct way *w, const struct token *t, int a, int b)
{
	uint32_t bit = 1;

	if (w->exact && b - a == 1)
		return !strcmp(w->exact, t[a].form);
	for (int i = a; i < b; i++) {
		if (!strcmp(t[i].norm, "-"))
			continue;
		if (w->capitals & bit && !token_is_capital(&t[i]))
			return false;
		bit <<= 1;
	}
	return true;
}

int
table_name(const struct reader *r, int a, int end, const struct way **found)
{
	const struct token *t = r->d->tokens;
	int node = 0, best = a;

	for (int i = a; i < end; i++) {
		if (!strcmp(t[i].norm, "-")) {
			if (i == a || t[i].blank)
				break;
			continue;
		}
		node = roster_step(r->roster, node, r->word[i]);
		if (node < 0)
			break;
		for (const struct way *w = roster_at(r->roster, node); w; w = w->next)
			if (way_fits(w, t, a, i + 1)) {
				*found = w;
				best = i + 1;
				break;
			}
	}
	return best;
}

enum { CITY_SMALL = 100000 };

/* 1 + the kind of thing, a city's by its size, times four places in the name. */
static unsigned char
table_code(const struct way *w, int i, int a, int b)
{
	int place = b - a == 1 ? 0 : i == a ? 1 : i == b - 1 ? 2 : 3;
	int kind = (int)w->thing->kind;

	if (w->thing->kind == KNOWN_PLACE && w->thing->weight < CITY_SMALL)
		kind = KNOWN_ORGANISATION + 1;
	if (w->thing->kind == KNOWN_PERSON && w->is_short)
		kind = KNOWN_ORGANISATION + 2;
	return (unsigned char)(1 + kind * 4 + place);
}

static void
walk_tables(struct look *l, const struct sentence *s)
{
	int end = s->first + s->count;

	for (int i = s->first; i < end;) {
		const struct way *w;
		int b = table_name(l->r, i, end, &w);

		for (int k = i; k < b; k++) {
			l->way[k] = w;
			l->table[k] = table_code(w, k, i, b);
		}
		i = b > i ? b : i + 1;
	}
}

static unsigned
bits_of(const struct look *l, const struct sentence *s, int i)
{
	const struct token *t = l->r->d->tokens;
	const struct word *const *w = l->r->word;
	unsigned bits = 0;
	bool first = i == s->first, last = i + 1 == s->first + s->count;

	if (!token_is_capital(&t[i]))
		return SMALL;
	if (first)
		return 0;
	bits |= INSIDE;
	bits |= w[i - 1]->classes & WORD_TITLE ? AFTER_TITLE : 0;
	bits |= w[i - 1]->classes & WORD_FIRST && token_is_capital(&t[i - 1])
		    ? AFTER_FIRST
		    : 0;
	bits |= w[i - 1]->classes & WORD_PLACE_BEFORE ? AFTER_PLACE_WORD : 0;
	bits |= !strcmp(t[i - 1].norm, "the") ? AFTER_THE : 0;
	if (w[i - 1]->classes & WORD_SAY || (!last && w[i + 1]->classes & WORD_SAY))
		bits |= BY_SAYING;
	if (!last && w[i + 1]->classes & (WORD_COMPANY | WORD_BODY) &&
	    token_is_capital(&t[i + 1]))
		bits |= BEFORE_BODY;
	return bits;
}

/* What each word that may be a name is in all its places together. */
static void
walk_article(struct look *l)
{
	const struct document *d = l->r->d;
	struct map map;

	map_init(&map, d->token_count + 1);
	for (int turn = 0; turn <= 1; turn++)
		for (size_t i = 0; i < d->sentence_count; i++) {
			const struct sentence *s = &d->sentences[i];

			for (int k = s->first; k < s->first + s->count; k++) {
				const char *norm = d->tokens[k].norm;
				void **place;

				if (!l->asked[k] && (turn || token_is_capital(&d->tokens[k])))
					continue;
				place = map_put(&map, norm, strlen(norm));
				if (!place)
					continue;
				if (turn)
					l->article[k] = (uint16_t)(size_t)*place;
				else
					*place = (void *)((size_t)*place |
							  bits_of(l, s, k));
			}
		}
	map_release(&map);
}

bool
look_init(struct look *l, const struct reader *r)
{
	size_t n = r->d->token_count + 1;
	struct arena *arena = r->arena;

	*l = (struct look){ .r = r };
	l->way = arena_calloc(arena, n * sizeof *l->way);
	l->table = arena_calloc(arena, n);
	l->article = arena_calloc(arena, n * sizeof *l->article);
	l->asked = arena_calloc(arena, n * sizeof *l->asked);
	if (arena->full)
		return false;
	for (size_t i = 0; i < r->d->sentence_count; i++) {
		const struct sentence *s = &r->d->sentences[i];

		for (int k = 0; k < s->count; k++)
			l->asked[s->first + k] =
			    namer_asks(r->d->tokens + s->first, s->count, k);
		walk_tables(l, s);
	}
	walk_article(l);
	return true;
}

static uint64_t
text_atom(const char *s)
{
	return s ? spelling_key(1, s, strlen(s)) : 0;
}

static void
fill(const struct look *l, int i, struct atoms *a)
{
	enum { SHOWN = WORD_TITLE | WORD_FIRST | WORD_PARTICLE | WORD_COMPANY | WORD_BODY |
		       WORD_FEATURE | WORD_SAY | WORD_COMMON | WORD_PLACE_BEFORE |
		       WORD_OTHER | WORD_EVENT,
	       PEOPLE = WORD_TITLE | WORD_FIRST | WORD_PARTICLE | WORD_COMMON };
	const struct token *t = &l->r->d->tokens[i];
	const struct word *w = l->r->word[i];
	struct spelling s;
	uint64_t *of = a->of;
	uint32_t people = 0;

	parser_spelling(l->r->parser, t, &s);
	memset(a, 0, sizeof *a);
	of[NORM] = s.word;
	of[SHAPE] = s.part[SPELLING_SHAPE];
	of[FIRST2] = s.part[SPELLING_FIRST2];
	of[FIRST3] = s.part[SPELLING_FIRST3];
	of[LAST2] = s.part[SPELLING_LAST2];
	of[LAST3] = s.part[SPELLING_LAST3];
	of[LAST4] = s.part[SPELLING_LAST4];
	of[CLASS] = s.part[SPELLING_CLASS];
	of[CLASS6] = s.part[SPELLING_CLASS6];
	of[CLASS4] = s.part[SPELLING_CLASS4];
	of[XPOS] = text_atom(t->xpos);
	of[RELATION] = text_atom(t->deprel);
	of[HEAD] = t->head >= 0 ? text_atom(l->r->d->tokens[t->head].norm) : 2;
	of[WORDS] = 1 + (w->classes & SHOWN) + (w->time ? 1u << 31 : 0);
	classes_find(l->r->people, namer_person_key(t->norm), &people);
	of[PERSON] = 1 + (w->classes & PEOPLE) + ((uint64_t)people << 32);
	of[TABLE] = 1 + (uint64_t)l->table[i];
	of[START] = i == l->first ? 2 : 1;
	of[ARTICLE] = 1 + (uint64_t)l->article[i];
}

/* Only what a key may ask for: the tokens that are looked at, and two to each side. */
bool
look_enter(struct look *l, const struct sentence *s)
{
	int filled = 0;

	l->first = s->first;
	l->count = s->count;
	if (s->count > l->room) {
		l->atoms =
		    arena_alloc(l->r->arena, (size_t)s->count * sizeof *l->atoms);
		l->room = l->atoms ? s->count : 0;
	}
	if (!l->atoms)
		return false;
	for (int i = 0; i < s->count; i++) {
		if (!l->asked[s->first + i])
			continue;
		if (filled < i - 2)
			filled = i - 2;
		for (; filled < s->count && filled <= i + 2; filled++)
			fill(l, s->first + filled, &l->atoms[filled]);
	}
	return true;
}

static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

int
look_keys(const struct look *l, int token, uint64_t key[LOOK_KEYS])
{
	unsigned bits = l->article[token];
	int n = 0;

	for (size_t k = 0; k < LENGTH(templates); k++) {
		uint64_t h = mix(0x51ed2701, k + 1);
		bool is_there = true;

		for (int p = 0; p < 3 && templates[k][p].atom; p++) {
			int i = token - l->first + templates[k][p].at;
			uint64_t x = i < 0 || i >= l->count
					 ? 3
					 : l->atoms[i].of[templates[k][p].atom];

			is_there = is_there && x;
			h = mix(h, x);
		}
		if (is_there)
			key[n++] = h ? h : 1;
	}
	for (int b = 0; b < ARTICLE_BITS; b++)
		if (bits & 1u << b)
			key[n++] = mix(0x7a3b, (uint64_t)b + 1);
	return n;
}
