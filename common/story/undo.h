/*
 * What an aborted batch did to memory is undone: before bytes of the window
 * change, they are kept here.  The window's arrays never move, so an address
 * is enough to put them back.
 */
#ifndef STORY_UNDO_H
#define STORY_UNDO_H

#include <stddef.h>

struct undo {
	char *bytes; /* old bytes, then where they stood and how many; newest last */
	size_t used, room;
};

void undo_release(struct undo *u);
void undo_keep(struct undo *u, void *at, size_t n);
void undo_forget(struct undo *u); /* the batch is committed */
void undo_all(struct undo *u);
/* What was kept since `used` stood so; for a part of a batch that failed. */
void undo_since(struct undo *u, size_t used);

#endif
