/*
 * The window of the last days: articles in, decisions out.  Which story an
 * article belongs to is decided when it arrives; what it shows of others (two
 * stories are one, an article fits elsewhere) is decided then too and said of
 * each article concerned.  Knows no bus.  One thread.
 *
 * Method: one-pass grouping by the mean chance over a story's newest articles
 * (average link), as a logistic model over cosines gives it; joining and
 * merging are two decisions, as in Miranda et al. 2018; then single articles
 * move where they fit better, so that the order of arrival matters less.
 */
#ifndef STORY_WINDOW_H
#define STORY_WINDOW_H

#include "record/story.h"
#include "story/article.h"
#include "story/remember.h"

struct window;

struct window_conf {
	uint32_t articles; /* the most that are kept; memory is taken for so many */
	int hours;	   /* of event time, that a story waits for its next article */
};

struct statement {
	const char *uri;
	int32_t partition; /* where its record lies */
	int64_t offset;
	bool arrived; /* it is the article's own; else it is stated again */
	struct story story;
};

/*
 * What an article's arrival says, and what is to be remembered instead of what
 * was.  All lives for the call.  keep and note may be NULL.
 */
struct window_out {
	int (*say)(void *arg, const struct statement *s, struct err *err);
	/* r NULL: it is forgotten */
	int (*keep)(void *arg, const char *uri, const struct remembered *r, struct err *err);
	int (*note)(void *arg, uint64_t id, const struct story_note *n, struct err *err);
	void *arg;
};

struct window *window_new(const struct window_conf *conf, const char *lexicon,
			  struct err *err); /* gives; NULL: failed */
void window_free(struct window *w);

/* After a failure the article never was; what was said of it by then is the caller's to undo. */
int window_add(struct window *w, const struct story_article *a, struct arena *arena,
	       const struct window_out *out, struct err *err) MUST_CHECK;

/*
 * Into an empty window: what was remembered, in any order.  What lies too far
 * back for its room is left out.
 */
void window_restore(struct window *w, struct remembered *const *articles, size_t n,
		    struct story_note *const *notes, size_t note_count);

/* Where the article stands, as its statement has it; false: it is not known. */
bool window_ask(const struct window *w, const char *uri, struct story *story,
		struct arena *arena);

/* The name that a story would have of its first article. */
const char *window_id(const char *uri, struct arena *arena);

void window_committed(struct window *w);
void window_aborted(struct window *w); /* as it was at the last commit */

struct window_size {
	uint32_t articles, stories;
};
struct window_size window_size(const struct window *w);

#endif
