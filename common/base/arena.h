/*
 * Memory for one record.  Everything a stage makes of a record lives in its
 * arena and dies at arena_reset(); nothing in it is freed one by one.
 *
 * The arena has a ceiling.  Running into it gives NULL and sets `full`, so a
 * chain of calls may be made first and checked once at its end.  Pages are
 * the kernel's until they are touched, so a high ceiling costs nothing.
 * An arena belongs to one thread.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena {
	char *base;
	size_t used, size;
	size_t high; /* most ever used since the pages were last given back */
	bool full;
};

/* A place to come back to: arena_rewind() frees all that was taken since. */
struct arena_mark {
	size_t used;
};

void arena_init(struct arena *a, size_t size); /* exits if there is no address space */
void arena_release(struct arena *a);
void arena_reset(struct arena *a);

struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

void *arena_alloc(struct arena *a, size_t size);  /* not zeroed, aligned to 16 */
void *arena_calloc(struct arena *a, size_t size); /* zeroed */

/* Room for `count` more than `count` used of `*room` items: doubles in place or by a copy. */
void *arena_grow(struct arena *a, void *items, size_t count, size_t *room, size_t item_size);

char *arena_copy(struct arena *a, const void *bytes, size_t n); /* NUL added */
char *arena_strdup(struct arena *a, const char *s);             /* NULL for NULL */
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* -1 and ERR_REJECT if the arena ran full. */
int arena_check(const struct arena *a, struct err *err) MUST_CHECK;

#endif
