/* The watched directories of a spool: inotify's number to the path below the root. */
#ifndef SPOOL_DIRS_H
#define SPOOL_DIRS_H

#include <stdbool.h>
#include <stddef.h>

struct dirs {
	struct dirs_item {
		int watch;
		char *path; /* NULL: forgotten */
	} * items;          /* by watch, which the kernel counts upwards */
	size_t count, room;
};

void dirs_release(struct dirs *d);
void dirs_put(struct dirs *d, int watch, const char *path); /* also: has a new name now */
const char *dirs_path(const struct dirs *d, int watch);     /* NULL: not ours */
void dirs_remove(struct dirs *d, int watch);

/* Takes out the next directory from *at that is `path` or lies in it; -1: none is left.
 */
int dirs_take(struct dirs *d, const char *path, size_t *at);

#endif
