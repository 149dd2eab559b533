/*
 * Which stories may be meant: rare terms point to the stories that had them
 * last, and a run of words to the article that had it first.  Both tables have
 * a size given at birth and forget the oldest, so what an article costs stays
 * flat as the window grows.  What is forgotten is not told: a story that is
 * named may have ended, and another may stand in its place; ask the measure.
 */
#ifndef STORY_POSTINGS_H
#define STORY_POSTINGS_H

#include "story/measure.h"
#include "story/sketch.h"
#include "story/undo.h"

enum { CANDIDATES = 64, POSTINGS_BITS = 31 }; /* of a story, as store_handle() names it */

struct posting_block;

struct postings {
	struct undo *undo;
	struct posting_block *blocks; /* a ring: the oldest is taken anew */
	uint32_t *heads;	      /* by term: block + 1 */
	uint32_t block_count, next;
	uint64_t *runs; /* by hash: the hash, article + 1 */
	uint32_t run_mask;
};

void postings_init(struct postings *x, struct undo *undo, uint32_t articles);
void postings_release(struct postings *x);

void postings_add(struct postings *x, const struct vector *article, uint32_t story);
/* The stories that share most with it, best first; gives how many. */
size_t postings_find(const struct postings *x, const struct vector *article,
		  uint32_t stories[CANDIDATES]);

void postings_add_runs(struct postings *x, const struct sketch *s, uint32_t article);
size_t postings_find_runs(const struct postings *x, const struct sketch *s,
		       uint32_t articles[SKETCH_MOST]);

#endif
