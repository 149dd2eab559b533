/*
 * When a rule that holds is told of: at first sight of its subject, and again
 * only as it asks.  The subject is a story, an article of it or an event of
 * it, as the rule's `on` says; the key names rule and subject by their
 * content, so that it is the same in every run and for every extractor.
 */
#ifndef ALERT_WHEN_H
#define ALERT_WHEN_H

#include "alert/rule.h"
#include "record/enriched.h"

/* What was last told of a subject; zeroed: nothing. */
struct told {
	int times;
	int articles, sources; /* then */
	int casualties;
	double score; /* without its sign */
};

/* Of an event NULL: casualties and score are 0. */
struct sight {
	const struct story *story; /* NULL: the article stands alone */
	const struct event *event;
};

/*
 * Whether it is told of now, and why, in the arena: "first sight", "again:
 * sources 3".  If so told says what is told.
 */
bool when_tells(const struct rule *r, const struct sight *s, struct told *told,
		struct arena *arena, const char **why);

/* RULE NUL STORY, for articles NUL URI, for events NUL TYPE NUL ACTOR ... */
struct when_key {
	const char *bytes; /* in the arena; NULL: it is full */
	size_t size;
};
struct when_key when_key(const struct rule *r, const struct enriched *e,
			 const struct event *event, struct arena *arena);

/*
 * Whether an article is of now: younger than the rule's max_age, and not from
 * a day after tomorrow.  Without a time of its own it is of `published_ms`.
 */
bool when_is_fresh(const struct rule *r, const struct article *a, int64_t published_ms,
		   int64_t now_ms);

int event_casualties(const struct event *e); /* dead and injured, where told */

#endif
