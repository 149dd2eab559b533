/*
 * What a term is worth: seldom seen is much.  In how many articles of the
 * window a term weighs is learnt from the stream and forgotten with them, so a
 * restart that reads the window knows the same; a table of common words stands
 * in for what a stream of yesterday would have taught.
 */
#ifndef STORY_WEIGH_H
#define STORY_WEIGH_H

#include "story/measure.h"
#include "story/undo.h"

struct weigh {
	struct undo *undo;
	uint32_t *seen;	     /* articles by term */
	uint16_t *common;    /* of a thousand, from the table */
	uint32_t articles;
};

/* With frequencies.tsv of the lexicon. */
int weigh_init(struct weigh *w, struct undo *undo, const char *lexicon, struct err *err) MUST_CHECK;
void weigh_release(struct weigh *w);

/* The article's rarest terms; learns nothing. */
void weigh_article(const struct weigh *w, const struct terms *t, struct vector *v);

void weigh_learn(struct weigh *w, const uint32_t *items, uint32_t count);
void weigh_forget(struct weigh *w, const uint32_t *items, uint32_t count);

#endif
