/*
 * Scores of heads to a tree: each word one head, one word under the root, no
 * circle; and whatever spans were known before stand under one word each.
 */
#ifndef LANGUAGE_TREE_H
#define LANGUAGE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Words [first, last], of which one alone has its head outside: a name, a time, a number.
 */
struct tied {
	int first, last;
};

enum { TREE_NEVER = -(1 << 29) };

/*
 * score[word * width + head] for places 1 to places - 1 as words and 0 to
 * places - 1 as heads, 0 being the root; it is changed to what the spans allow.
 * Places count from 1 in spans too; those that break others are left out.
 * head[word] is filled; false where the arena ran full.
 */
bool tree_of_scores(int32_t *score, int width, int places, const struct tied *spans,
		    int span_count, int *head, struct arena *arena);

/* No arcs cross in it. */
bool tree_is_flat(const int *head, int places);

#endif
