/*
 * Records against rules, through an index: a rule is looked at only where a
 * record has one of the codes or words without which it cannot hold.
 *
 *	matcher_new(rules)    matcher_find(record) ... for each record
 *
 * One thread: the one that made it.
 */
#ifndef ALERT_MATCH_H
#define ALERT_MATCH_H

#include "alert/rule.h"
#include "record/enriched.h"

struct match {
	const struct rule *rule;
	const struct event *event; /* NULL: the rule is of the article alone */
};

struct matches {
	struct match *items; /* in the order of the rules, then of the events */
	size_t count, room;
};

/* What a rule has cost. */
struct rule_cost {
	int64_t looks, matches; /* records */
	int64_t ns;             /* estimated: one record of sixteen is timed */
	int64_t gave_up;        /* its pattern or jq went past its bounds */
};

struct matcher;

struct matcher *matcher_new(const struct rules *rules); /* borrows */
void matcher_free(struct matcher *m);

/*
 * json is the record's text, for `where`.  A rule on stories or articles
 * matches once, with the main event where it fits; one on events with each.
 * All in the arena: ERR_REJECT where it does not fit.
 */
int matcher_find(struct matcher *m, const struct enriched *e, const char *json, size_t n,
		 struct arena *arena, struct matches *out, struct err *err) MUST_CHECK;

/* The same by a look at each rule: what the index is measured by. */
int matcher_find_slowly(struct matcher *m, const struct enriched *e, const char *json,
			size_t n, struct arena *arena, struct matches *out,
			struct err *err) MUST_CHECK;

/*
 * Why a rule holds of a record, or the first thing that is missing: items of
 * "type: ACCUSE".  To be called after matcher_find() of the same record.
 * event: of a match, which is not tried again; NULL: not known.
 */
struct reasons {
	const char **items;
	size_t count, room;
};
bool matcher_why(struct matcher *m, const struct enriched *e, const char *json, size_t n,
		 const struct rule *rule, const struct event *event, struct arena *arena,
		 struct reasons *why);

const struct rule_cost *matcher_cost(const struct matcher *m, const struct rule *r);

/* Rules that no index holds: each is looked at for every record. */
size_t matcher_unindexed(const struct matcher *m);

#endif
