/*
 * The files that somebody should look at, each once, in the order of the time
 * they are due.  Bounded: what does not fit is refused, and the caller makes
 * sure that a scan finds it again.
 */
#ifndef SPOOL_PENDING_H
#define SPOOL_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending_item {
	struct pending_item *next; /* in the bucket */
	size_t place;              /* in the heap */
	int64_t due_ms;
	uint64_t number;                  /* of arrival: equal times keep their order */
	int64_t seen_ctime_ns, seen_size; /* at the last look; -1: none yet */
	uint32_t hash;
	bool renamed; /* came by a rename: whole already */
	bool waited;  /* an event told of it, and it is due settle_ms later */
	size_t size;
	char path[]; /* NUL-ended */
};

struct pending {
	struct pending_item **heap, **buckets;
	size_t count, ceiling;
	uint64_t arrivals;
};

void pending_init(struct pending *p, size_t ceiling);
void pending_release(struct pending *p);

/* Adds the path, or makes it due at the later time; NULL if there is no room. */
struct pending_item *
pending_put(struct pending *p, const char *path, size_t n, int64_t due_ms);
struct pending_item *pending_first(const struct pending *p); /* NULL: none */
void pending_move(struct pending *p, struct pending_item *item, int64_t due_ms);
void pending_remove(struct pending *p, struct pending_item *item); /* frees it */

#endif
