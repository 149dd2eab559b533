/*
 * The records of one file, gathered first and sent then: a file that turns out
 * to be bad half-way has sent nothing.  Everything lies in the arena.
 */
#ifndef SPOOL_BATCH_H
#define SPOOL_BATCH_H

#include "base/arena.h"
#include "bus/bus.h"

enum { BATCH_HEADERS = 24 };

struct batch_record {
	struct bus_record record;
	struct bus_header headers[BATCH_HEADERS];
	struct batch_record *next;
};

struct batch {
	struct arena arena;
	struct batch_record *first, **last;
	size_t count;
};

void batch_init(struct batch *b, size_t size);
void batch_release(struct batch *b);
void batch_reset(struct batch *b);

/* Copies key and value (NULL: a tombstone); NULL if the arena is full. */
struct batch_record *batch_add(struct batch *b, const char *topic, const void *key,
			       size_t key_size, const void *value, size_t value_size);

/* Copies the value, keeps key and headers, which are in the arena. */
int batch_put(struct batch *b, const struct bus_record *r, struct err *err) MUST_CHECK;

/* Copies the value; a NULL value is left out, a NULL record passed over. */
void batch_header(struct batch *b, struct batch_record *r, const char *name,
		  const char *value);
void batch_header_bytes(struct batch *b, struct batch_record *r, const char *name,
			const void *value, size_t n);

/* To take back what was added since. */
struct batch_mark {
	struct arena_mark arena;
	struct batch_record **last;
	size_t count;
};
struct batch_mark batch_mark(const struct batch *b);
void batch_rewind(struct batch *b, struct batch_mark mark);

/* All of them, in the transaction that the member has open. */
int
batch_send(const struct batch *b, struct bus_member *member, struct err *err) MUST_CHECK;

#endif
