/* What is said of an article and its story. */
#ifndef STORY_SAY_H
#define STORY_SAY_H

#include "story/window_in.h"

void say_matches(struct adding *x); /* what of the article is in the story too */

/* Its own statement, then those of the articles that moved. */
int say_all(struct adding *x) MUST_CHECK;
int say_known(struct adding *x, uint32_t member) MUST_CHECK; /* it is not newer */
int say_left(struct adding *x, uint64_t story) MUST_CHECK;   /* withdrawn */

#endif
