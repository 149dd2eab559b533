/*
 * What the window must know of an article: all of a record that decides, and
 * nothing else.  Made of an enriched record, in its arena.
 */
#ifndef STORY_ARTICLE_H
#define STORY_ARTICLE_H

#include "story/sketch.h"
#include "story/measure.h"

struct story_article {
	const char *uri, *headline; /* headline: NULL: none */
	const char *version, *versioncreated; /* NULL: none */
	long epoch;
	int64_t time_ms; /* of the event: when the article was made */
	uint32_t source; /* a hash of its name */
	bool withdrawn;
	struct terms terms;
	struct sketch sketch;
	struct happening main;
	int32_t partition;
	int64_t offset; /* where its record lies */
};

/* arrived_ms: a time after it is not believed, and it stands for one that is missing. */
int story_article_read(struct story_article *a, const struct enriched *e, int64_t arrived_ms,
		       struct arena *arena, struct err *err) MUST_CHECK;

#endif
