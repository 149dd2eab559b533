/* A matcher from inside: between match.c, holds.c and why.c. */
#ifndef ALERT_MATCH_IN_H
#define ALERT_MATCH_IN_H

#include "alert/index.h"
#include "alert/match.h"

struct matcher {
	const struct rules *rules;
	struct index index;
	struct scan scan;
	struct rule_cost *costs;

	/* of the record in hand; sets are in its arena */
	uint64_t **sets;    /* of each atom: its events; NULL: none */
	struct numbers has; /* atoms that are not NULL */
	uint32_t *seen,
	    now;          /* of each rule: the last record in which it was a candidate */
	size_t set_words; /* words of a set */
	struct numbers candidates;
	uint64_t *all, *left; /* the record's events; those left of them by a rule */
	long records;
};

struct record {
	const struct enriched *e;
	const char *json;
	size_t size;
	struct arena *arena;
};

/* Of one rule, in holds.c: the events that it holds of, one bit each. */
uint64_t *
all_events(const struct matcher *m, const struct enriched *e, struct arena *arena);
static inline bool
has_event(const uint64_t *set, size_t i)
{
	return set[i / 64] >> i % 64 & 1;
}

/* Leaves those that have the rule's codes; the first part that leaves none, or PARTS. */
enum rule_part narrow_parts(const struct matcher *m, const struct rule *r,
			    const struct enriched *e, uint64_t *left);

/* The key of what is wrong with an event that has all codes, or with the article; NULL:
 * nothing. */
const char *wrong_event(const struct rule *r, const struct event *e);
const char *wrong_aux(const struct rule *r, const struct event *e);
const char *
wrong_article(struct matcher *m, const struct rule *r, const struct record *x);

void try_rule(struct matcher *m, const struct rule *r, const struct record *x,
	      struct matches *out);

#endif
