/*
 * Which stories may be meant: rare terms point to the stories that had them
 * last, and a run of words to the article that had it first.  Both tables have
 * a size given at birth and forget the oldest, so what an article costs stays
 * flat as the window grows.  What is forgotten is not told: a story that is
 * named may have ended, and another may stand in its place; ask the measure.
 */
#ifndef STORY_INDEX_H
#define STORY_INDEX_H

#include "story/measure.h"
#include "story/sketch.h"
#include "story/undo.h"

enum { CANDIDATES = 40 };

struct posting_block;

struct index {
	struct undo *undo;
	struct posting_block *blocks; /* a ring: the oldest is taken anew */
	uint32_t *heads;	      /* by term: block + 1 */
	uint32_t block_count, next;
	uint64_t *runs; /* by hash: the hash, article + 1 */
	uint32_t run_mask;
};

void index_init(struct index *x, struct undo *undo, uint32_t articles);
void index_release(struct index *x);

void index_add(struct index *x, const struct vector *article, uint32_t story);
/* The stories that share most with it, best first; gives how many. */
size_t index_find(const struct index *x, const struct vector *article,
		  uint32_t stories[CANDIDATES]);

void index_add_runs(struct index *x, const struct sketch *s, uint32_t article);
size_t index_find_runs(const struct index *x, const struct sketch *s,
		       uint32_t articles[SKETCH_MOST]);

#endif
