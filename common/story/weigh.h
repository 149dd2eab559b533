/*
 * What a term is worth: seldom seen is much.  In how many articles a term
 * stands is learnt from the stream; a table of common words stands in for what
 * a stream of yesterday would have taught.
 */
#ifndef STORY_WEIGH_H
#define STORY_WEIGH_H

#include "story/measure.h"
#include "story/undo.h"

struct weigh {
	struct undo *undo;
	uint32_t *seen; /* articles by term; a title's words count as words */
	uint32_t articles;
};

/* With frequencies.tsv of the lexicon. */
int weigh_init(struct weigh *w, struct undo *undo, const char *lexicon, struct err *err) MUST_CHECK;
void weigh_release(struct weigh *w);

/* The article's rarest terms, each kind of unit length; learns nothing. */
void weigh_article(const struct weigh *w, const struct terms *t, struct vector *v);
void weigh_learn(struct weigh *w, const struct terms *t);
void weigh_age(struct weigh *w); /* between batches: what was long ago counts half */

#endif
