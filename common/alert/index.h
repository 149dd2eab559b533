/*
 * What rules ask for, numbered, and for each number the rules that cannot hold
 * without it: between match.c and index.c.  Never changes after index_init().
 */
#ifndef ALERT_INDEX_H
#define ALERT_INDEX_H

#include "alert/rule.h"
#include "base/map.h"

enum { NOT_ASKED = -1 };

struct numbers {
	int *items;
	size_t count, room;
};

/* What a rule needs besides what it stands under: one of these. */
struct guard {
	const int *items; /* NULL: nothing that can be looked up */
	int count;
	bool is_term;
};

struct index {
	const struct rules *rules;
	struct arena arena;
	struct map atoms; /* "a" + part and a code, to number + 1 */
	size_t atom_count;
	struct numbers (*parts)[PARTS];    /* of each rule: its atoms */
	struct guard *guards;              /* of each rule */
	bool *is_of_events;                /* of each rule */
	struct numbers *of_atom, *of_term; /* rules, rising */
	struct numbers always;
};

void index_init(struct index *x, const struct rules *rules);
void index_release(struct index *x);

/* The number of a code of a part; NOT_ASKED: no rule has it. */
int index_atom(const struct index *x, enum rule_part part, const char *code);

/* Of the square of one degree round a point. */
int index_square(const struct index *x, double lat, double lon);

double circle_km(const struct circle *c, double lat, double lon); /* to its middle */

#endif
