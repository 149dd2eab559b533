/*
 * Names are kept as a trie over words, one hash table of (node, word) for all
 * of it: a walk costs one probe a token, whatever the number of names.
 */
#include "language/roster_build.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/parser.h"
#include "language/reader.h"
#include "text/utf8.h"

enum { NAME_WORDS_MAX = 12, THINGS_MAX = 1 << 20, NAME_ROOM = 1 << 20 };

struct edge {
	uint64_t key; /* node << 32 | word; 0: empty */
	int to;
};

struct roster {
	struct words *words;
	const struct splitter *splitter;
	struct arena arena; /* for one name */
	struct edge *edges;
	size_t edge_count, edge_room;
	struct way **at; /* of each node */
	size_t node_count, node_room;
	struct map things; /* by name and country: a person's terms come together */
};

static struct edge *
edge_find(const struct roster *n, uint64_t key)
{
	uint64_t h = key * 0x9e3779b97f4a7c15u;
	size_t mask = n->edge_room - 1;

	for (size_t i = (h >> 32) & mask;; i = (i + 1) & mask)
		if (!n->edges[i].key || n->edges[i].key == key)
			return &n->edges[i];
}

static void
edges_grow(struct roster *n)
{
	struct edge *old = n->edges;
	size_t room = n->edge_room;

	n->edge_room = room ? room * 2 : 1 << 15;
	n->edges = must_alloc(n->edge_room * sizeof *n->edges);
	for (size_t i = 0; i < room; i++)
		if (old[i].key)
			*edge_find(n, old[i].key) = old[i];
	free(old);
}

int
roster_step(const struct roster *n, int node, const struct word *word)
{
	const struct edge *e;

	if (!word->id)
		return -1;
	e = edge_find(n, (uint64_t)node << 32 | word->id);
	return e->key ? e->to : -1;
}

const struct way *
roster_at(const struct roster *n, int node)
{
	return node > 0 ? n->at[node] : NULL;
}

static int
new_node(struct roster *n)
{
	if (n->node_count == n->node_room) {
		n->node_room = n->node_room ? n->node_room * 2 : 1 << 14;
		n->at = must_realloc(n->at, n->node_room * sizeof *n->at);
	}
	n->at[n->node_count] = NULL;
	return (int)n->node_count++;
}

static int
step_or_add(struct roster *n, int node, const struct word *word)
{
	uint64_t key = (uint64_t)node << 32 | word->id;
	struct edge *e;

	if (n->edge_count * 2 >= n->edge_room)
		edges_grow(n);
	e = edge_find(n, key);
	if (!e->key) {
		*e = (struct edge){ key, new_node(n) };
		n->edge_count++;
	}
	return e->to;
}

static bool
is_capital(const char *form)
{
	int used;

	return *form && utf8_is_upper(utf8_decode(form, strlen(form), &used));
}

/* Short names in capitals alone are meant as they stand: US is no us, WHO no who. */
static bool
is_exact(const char *text)
{
	size_t capitals = 0;

	for (const char *p = text; *p; p++) {
		if (islower((unsigned char)*p) || *p == ' ')
			return false;
		capitals += isupper((unsigned char)*p) != 0;
	}
	return capitals >= 2 && strlen(text) <= 6;
}

struct walk {
	int node, words;
	uint32_t capitals;
};

static void
walk_word(struct roster *n, struct walk *w, const char *form, size_t size)
{
	char norm[NORM_MAX];
	const struct word *word;

	size = fold(form, size, norm, sizeof norm);
	if (w->words == NAME_WORDS_MAX || !strcmp(norm, "-"))
		return;
	word = words_add(n->words, norm, size);
	if (is_capital(form) && !(word->classes & WORD_PARTICLE)) /* al-Assad, Al-Assad */
		w->capitals |= (uint32_t)1 << w->words;
	w->words++;
	w->node = step_or_add(n, w->node, word);
}

/* In words as a text has them.  Most names are letters and blanks, and need no splitter. */
static void
walk_name(struct roster *n, struct walk *w, const char *name)
{
	struct parsed d = { 0 };
	struct err err;
	const char *p = name;

	while (isalpha((unsigned char)*p) || *p == ' ' || *p & 0x80)
		p++;
	if (!*p) {
		for (p = name; *(p += strspn(p, " ")); p += strcspn(p, " "))
			walk_word(n, w, p, strcspn(p, " "));
		return;
	}
	arena_reset(&n->arena);
	if (parser_cut(n->splitter, name, strlen(name), TEXT_HEADLINE, &d, &n->arena,
		       &err))
		return; /* it is longer than a name can be */
	for (size_t i = 0; i < d.token_count; i++)
		walk_word(n, w, d.tokens[i].form, strlen(d.tokens[i].form));
}

static void
add_way(struct roster *n, const struct thing *t, const char *text, size_t size)
{
	bool is_doubtful = size > 1 && text[size - 1] == '?';
	char *name = must_alloc(size + 1);
	struct walk w = { 0 };
	struct way *way;

	memcpy(name, text, size - is_doubtful);
	walk_name(n, &w, name);
	for (way = n->at[w.node]; way; way = way->next)
		if (way->thing == t && !way->exact && way->is_doubtful <= is_doubtful &&
		    !(way->capitals & ~w.capitals))
			break; /* it fits wherever this one would */
	if (!w.node || way) {
		free(name);
		return;
	}
	way = must_alloc(sizeof *way);
	*way = (struct way){ .thing = t, .capitals = w.capitals, .next = n->at[w.node] };
	way->is_doubtful = is_doubtful;
	way->is_short = w.words == 1 && strcmp(name, t->name);
	if (is_exact(name))
		way->exact = name;
	else
		free(name);
	n->at[w.node] = way;
}

void
roster_name(struct roster *n, const struct thing *t, const char *list)
{
	while (*(list += strspn(list, "; "))) {
		size_t size = strcspn(list, ";");

		add_way(n, t, list, size);
		list += size;
	}
}

struct thing *
roster_add(struct roster *n, enum known_kind kind, const char *name, const char *country,
	   const char *state)
{
	char *key = must_printf("%d\t%s\t%s\t%s", (int)kind, name,
				kind == KNOWN_PERSON ? "" : country, state);
	struct thing *t = map_get(&n->things, key, strlen(key));

	if (t) {
		free(key);
		return t;
	}
	t = must_alloc(sizeof *t);
	*t = (struct thing){ .kind = kind, .type = ENTITY_LOC };
	t->name = must_strdup(name);
	t->country = *country ? must_strdup(country) : NULL;
	t->state = must_strdup(state);
	*map_put(&n->things, key, strlen(key)) = t;
	if (kind != KNOWN_NATIONALITY)
		add_way(n, t, name, strlen(name));
	return t;
}

struct roster *
roster_new(struct words *w, const struct splitter *s, const char *lexicon,
	   struct err *err)
{
	struct roster *n = must_alloc(sizeof *n);

	n->words = w;
	n->splitter = s;
	arena_init(&n->arena, NAME_ROOM);
	map_init(&n->things, THINGS_MAX);
	new_node(n);
	edges_grow(n);
	if (roster_read(n, lexicon, err)) {
		roster_free(n);
		return NULL;
	}
	return n;
}

static void
thing_free(struct thing *t)
{
	for (size_t i = 0; i < t->term_count; i++) {
		free((char *)t->terms[i].sectors);
		free((char *)t->terms[i].country);
	}
	free(t->terms);
	free((char *)t->name);
	free((char *)t->country);
	free((char *)t->id);
	free((char *)t->sectors);
	free((char *)t->state);
	free(t);
}

void
roster_free(struct roster *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->node_count; i++)
		for (struct way *w = n->at[i], *next; w; w = next) {
			next = w->next;
			free((char *)w->exact);
			free(w);
		}
	for (size_t i = 0; i < n->things.count; i++) {
		free((char *)n->things.entries[i].key);
		thing_free(n->things.entries[i].value);
	}
	map_release(&n->things);
	arena_release(&n->arena);
	free(n->edges);
	free(n->at);
	free(n);
}

const struct term *
thing_term(const struct thing *t, const struct date *day, bool *is_over)
{
	long days = day ? date_days(*day) : LONG_MAX;
	const struct term *last = NULL;

	*is_over = false;
	for (size_t i = 0; i < t->term_count; i++) {
		const struct term *term = &t->terms[i];

		if (days >= term->from && days <= term->to)
			return term;
		if (days > term->to && (!last || term->to > last->to))
			last = term;
	}
	*is_over = last != NULL;
	return last;
}
