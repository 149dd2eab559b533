/*
 * The worker that groups articles: PREFIX.enriched to PREFIX.stories.  One
 * worker of its group reads all partitions, the others stand by.  What its
 * window knows lies in PREFIX.state, written in the transaction of what it
 * says, and is read back by the next owner.
 */
#ifndef WORK_STORY_H
#define WORK_STORY_H

#include "ops/command.h"
#include "ops/opt.h"
#include "story/window.h"

struct story_conf { /* [story] */
	int64_t articles;
	int window_hours;
};

extern const struct opt story_opts[];

struct window_conf story_window(const struct story_conf *conf);

int
story_run(const struct program *p, const struct story_conf *conf); /* its exit status */

#endif
