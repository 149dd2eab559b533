/*
 * What a window must not forget over a restart: of each article, and of a
 * story what its articles do not say any more.  A worker writes it with what
 * it says, and gives it back to window_restore().
 */
#ifndef STORY_REMEMBER_H
#define STORY_REMEMBER_H

#include "base/arena.h"
#include "base/buf.h"
#include "story/measure.h"
#include "story/sketch.h"

struct remembered { /* an article; texts as in struct story_article, "": none */
	const char *uri, *version, *versioncreated, *headline;
	uint64_t story;             /* 0: it is in none, and only its version is known */
	int64_t order, joined;      /* numbers of arrival, and of joining its story */
	int64_t born;               /* the story's number of arrival */
	int64_t time_ms, type, day; /* of the article; of its main event */
	int64_t epoch, partition, offset, source, central;
	const uint32_t *terms, *runs;
	size_t term_count, run_count;
};

struct story_note { /* a story */
	uint64_t id, twin;
	int64_t gone; /* articles whose time is over */
	int64_t first, last;
	const uint32_t *sources; /* of all its articles */
	size_t source_count;
};

/* As values of news.state, whose keys are member/URI and story/ID. */
void remembered_print(const struct remembered *r, const char *at, struct buf *out);
void note_print(const struct story_note *n, const char *at, struct buf *out);

/* Borrow from json and the arena.  ERR_REJECT: it is none. */
int remembered_parse(struct remembered *r, const char *json, size_t n,
		     struct arena *arena, struct err *err) MUST_CHECK;
int note_parse(struct story_note *note, const char *json, size_t n, struct arena *arena,
	       struct err *err) MUST_CHECK;

/* In one piece of memory, for free(). */
struct remembered *remembered_copy(const struct remembered *r); /* gives */
struct story_note *note_copy(const struct story_note *n);       /* gives */

#endif
