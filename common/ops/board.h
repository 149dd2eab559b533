/*
 * The counters of child processes, seen by their supervisor: a page of memory
 * that they inherit.  A metric that is registered in a child is mirrored
 * there under its name, and goes on counting when the child is started again.
 */
#ifndef OPS_BOARD_H
#define OPS_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct board;

int board_open(struct board **board, size_t children, struct err *err) MUST_CHECK;
void board_close(struct board *board);

/* In the child, between fork and exec: its counters go to this place from now on. */
void board_give(const struct board *board, size_t child);

/* The counter of that name in that child, all labels together. */
int64_t board_get(const struct board *board, size_t child, const char *name);

/* In a child: where its counter is mirrored; NULL if nobody looks or the page is full. */
_Atomic int64_t *board_row(const char *name);

#endif
