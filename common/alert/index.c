/*
 * Every rule is entered under one of its conditions: the one that fewest
 * records are expected to meet.  The expectations are rough and fixed; a
 * wrong one costs looks, never a match.
 */
#include "alert/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ATOMS_MOST = 1 << 22, ARENA_MB = 1024, SQUARES_MOST = 400 };

/* How common a code is, in records of a hundred thousand, roughly. */
enum {
	COMMON_NAME = 50,
	COMMON_WORD = 500,
	COMMON_SQUARE = 100,
	COMMON_STATE_SECTOR = 500,
	COMMON_STATE = 1500,
	COMMON_MODE = 1500,
	COMMON_TYPE = 8000,
	COMMON_CONTEXT = 12000,
	COMMON_SECTOR = 20000,
	COMMON_SOURCE = 20000,
};

static const char squares = 'a' + PARTS;

static int
atom_number(struct index *x, char part, const char *code)
{
	char *key = arena_printf(&x->arena, "%c%s", part, code);
	void **at = key ? map_put(&x->atoms, key, strlen(key)) : NULL;

	if (!at)
		return NOT_ASKED;
	if (!*at)
		*at = (void *)(uintptr_t)++x->atom_count;
	return (int)((uintptr_t)*at - 1);
}

static int
find_atom(const struct index *x, char part, const char *code)
{
	char key[CODE_BYTES + 1];
	size_t n = strlen(code);

	if (n > sizeof(key) - 1)
		n = sizeof(key) - 1;
	key[0] = part;
	memcpy(key + 1, code, n);
	return (int)((uintptr_t)map_get(&x->atoms, key, n + 1) - 1);
}

int
index_atom(const struct index *x, enum rule_part part, const char *code)
{
	return find_atom(x, (char)('a' + part), code);
}

static const char *
square_code(int lat, int lon, char code[32])
{
	snprintf(code, 32, "%d %d", lat, ((lon + 180) % 360 + 360) % 360 - 180);
	return code;
}

int
index_square(const struct index *x, double lat, double lon)
{
	char code[32];

	return find_atom(x, squares, square_code((int)floor(lat), (int)floor(lon), code));
}

double
circle_km(const struct circle *c, double lat, double lon)
{
	static const double radius = 6371, degree = M_PI / 180;
	double s = sin((lat - c->lat) * degree / 2), t = sin((lon - c->lon) * degree / 2);
	double a = s * s + cos(lat * degree) * cos(c->lat * degree) * t * t;

	return 2 * radius * asin(a < 1 ? sqrt(a) : 1);
}

static void
add(struct index *x, struct numbers *l, int number)
{
	int *items = arena_grow(&x->arena, l->items, l->count, &l->room, sizeof(*items));

	if (!items)
		return;
	l->items = items;
	l->items[l->count++] = number;
}

/* The squares that a circle touches; false: too many, as at a pole. */
static bool
add_squares(struct index *x, const struct circle *c, struct numbers *out)
{
	double up = c->km / 111, most = fabs(c->lat) + up, across;
	char code[32];

	if (most > 85)
		return false;
	across = up / cos(most * M_PI / 180);
	if (across >= 180 || (2 * up + 2) * (2 * across + 2) > SQUARES_MOST)
		return false;
	for (int lat = (int)floor(c->lat - up); lat <= (int)floor(c->lat + up); lat++)
		for (int lon = (int)floor(c->lon - across);
		     lon <= (int)floor(c->lon + across); lon++)
			add(x, out, atom_number(x, squares, square_code(lat, lon, code)));
	return true;
}

static int
commonness(enum rule_part part, const char *code)
{
	switch (part) {
	case PART_TYPE:
		return COMMON_TYPE;
	case PART_MODE:
		return COMMON_MODE;
	case PART_CONTEXT:
		return COMMON_CONTEXT;
	case PART_SOURCE:
		return COMMON_SOURCE;
	case PART_ACTOR:
	case PART_RECIPIENT:
	case PART_PLACE:
	case PARTS:
		break;
	}
	return code[0] == '='      ? COMMON_NAME
	       : code[0] == '/'    ? COMMON_SECTOR
	       : strchr(code, '/') ? COMMON_STATE_SECTOR
				   : COMMON_STATE;
}

struct choice {
	struct numbers *lists; /* of_atom or of_term */
	const int *items;
	size_t count;
	long common;
};

/* The best and the next best. */
static void
consider(struct choice best[2], struct numbers *lists, const int *items, size_t count,
	 long common)
{
	struct choice c = { lists, items, count, common };

	if (!count)
		return;
	if (!best[0].count || common < best[0].common) {
		best[1] = best[0];
		best[0] = c;
	} else if (!best[1].count || common < best[1].common) {
		best[1] = c;
	}
}

static long
sum_of_part(const struct rule *r, enum rule_part part)
{
	long sum = 0;

	for (size_t i = 0; i < r->parts[part].count; i++)
		sum += commonness(part, r->parts[part].items[i]);
	return sum;
}

static void
consider_words(struct index *x, const struct rule *r, struct choice best[2])
{
	int needs[QUERY_NEEDS], other[QUERY_NEEDS];
	const struct terms *t = &x->rules->terms;
	size_t n = query_needs(r->words, t, needs, QUERY_NEEDS), more;

	if (!n)
		return;
	consider(best, x->of_term,
		 (const int *)arena_copy(&x->arena, needs, n * sizeof(*needs)), n,
		 (long)n * COMMON_WORD);
	more = query_needs_too(r->words, t, needs[0], other, QUERY_NEEDS);
	if (more)
		consider(best, x->of_term,
			 (const int *)arena_copy(&x->arena, other, more * sizeof(*other)),
			 more, (long)more * COMMON_WORD);
}

static void
consider_places(struct index *x, int number, struct choice best[2])
{
	const struct rule *r = &x->rules->items[number];
	const struct numbers *codes = &x->parts[number][PART_PLACE];
	struct numbers places = { 0 };

	for (size_t i = 0; i < codes->count; i++)
		add(x, &places, codes->items[i]);
	for (const struct circle *c = r->near; c; c = c->next)
		if (!add_squares(x, c, &places))
			return;
	consider(best, x->of_atom, places.items, places.count,
		 sum_of_part(r, PART_PLACE) + (long)places.count * COMMON_SQUARE);
}

static void
enter(struct index *x, int number)
{
	const struct rule *r = &x->rules->items[number];
	struct choice best[2] = { 0 };

	if (r->expect.every_ms)
		return; /* no article is asked */
	if (r->words)
		consider_words(x, r, best);
	for (int p = 0; p < PARTS; p++)
		if (p != PART_PLACE || !r->near)
			consider(best, x->of_atom, x->parts[number][p].items,
				 x->parts[number][p].count,
				 sum_of_part(r, (enum rule_part)p));
	if (r->near)
		consider_places(x, number, best);
	for (size_t i = 0; i < best[0].count; i++) {
		struct numbers *l = &best[0].lists[best[0].items[i]];

		if (!l->count || l->items[l->count - 1] != number)
			add(x, l, number);
	}
	if (!best[0].count)
		add(x, &x->always, number);
	x->guards[number] = (struct guard){ best[1].items, (int)best[1].count,
					    best[1].lists == x->of_term };
	x->is_of_events[number] = rule_is_of_events(r);
}

/* Numbers of all squares are needed before lists by number are made. */
static void
number_squares(struct index *x)
{
	struct numbers unused = { 0 };

	for (size_t i = 0; i < x->rules->count; i++)
		for (const struct circle *c = x->rules->items[i].near; c; c = c->next)
			add_squares(x, c, &unused);
}

void
index_init(struct index *x, const struct rules *rules)
{
	*x = (struct index){ .rules = rules };
	arena_init(&x->arena, (size_t)ARENA_MB << 20);
	map_init(&x->atoms, ATOMS_MOST);
	x->parts = must_alloc((rules->count + 1) * sizeof(*x->parts));
	for (size_t i = 0; i < rules->count; i++)
		for (int p = 0; p < PARTS; p++) {
			const struct code_list *l = &rules->items[i].parts[p];

			for (size_t k = 0; k < l->count; k++)
				add(x, &x->parts[i][p],
				    atom_number(x, (char)('a' + p), l->items[k]));
		}
	number_squares(x);
	x->guards = must_alloc((rules->count + 1) * sizeof(*x->guards));
	x->is_of_events = must_alloc((rules->count + 1) * sizeof(*x->is_of_events));
	x->of_atom = must_alloc((x->atom_count + 1) * sizeof(*x->of_atom));
	x->of_term = must_alloc((rules->terms.count + 1) * sizeof(*x->of_term));
	for (size_t i = 0; i < rules->count; i++)
		enter(x, (int)i);
}

void
index_release(struct index *x)
{
	map_release(&x->atoms);
	arena_release(&x->arena);
	free(x->parts);
	free(x->guards);
	free(x->is_of_events);
	free(x->of_atom);
	free(x->of_term);
}
