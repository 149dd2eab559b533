/* The worker that groups articles: PREFIX.enriched to PREFIX.stories. */
#ifndef WORK_STORY_H
#define WORK_STORY_H

#include "ops/command.h"
#include "ops/opt.h"

struct story_conf { /* [story] */
	int64_t articles;
	int window_hours;
};

extern const struct opt story_opts[];

int story_run(const struct program *p, const struct story_conf *conf); /* its exit status */

#endif
