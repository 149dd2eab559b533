/* What is said of an article and its story. */
#ifndef STORY_SAY_H
#define STORY_SAY_H

#include "story/window_in.h"

void say_matches(struct adding *x); /* what of the article is in the story too */

/* Its own statement, then those of the articles that moved. */
void say_all(struct adding *x);
void say_known(struct adding *x, uint32_t member); /* it is not newer */
void say_left(struct adding *x, uint64_t story);   /* withdrawn */

const char *say_name(uint64_t id, struct arena *arena); /* of a story */

/* Where an article of the window stands, without reasons. */
struct story say_standing(const struct window *w, uint32_t member, struct arena *arena);

#endif
