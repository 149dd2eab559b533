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

#include "story/article.h"

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
	bool left;    /* it is in no story any more; its state may be forgotten */
	const struct story *story; /* NULL: its time is over, and nothing is to be said */
};

/* Lives for the call. */
typedef int window_say_f(void *arg, const struct statement *s, struct err *err);

struct window *window_new(const struct window_conf *conf, const char *lexicon,
			  struct err *err); /* gives; NULL: failed */
void window_free(struct window *w);

/* What it decides is said in the arena's memory. */
int window_add(struct window *w, const struct story_article *a, struct arena *arena,
	       window_say_f *say, void *arg, struct err *err) MUST_CHECK;

void window_committed(struct window *w);
void window_aborted(struct window *w); /* as it was at the last commit */

struct window_size {
	uint32_t articles, stories;
};
struct window_size window_size(const struct window *w);

#endif
