/*
 * Records to somewhere.  One file a sink: sink_NAME.c with one `const struct
 * sink_type sink_NAME_type`; the list is generated.
 *
 * A state sink holds the newest version of each uri and tombstones; an append
 * sink each version once.  Both keep their own positions in what they store,
 * so that a record is stored once whatever is killed.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/arena.h"
#include "bus/bus.h"
#include "ops/opt.h"

struct sink_start {
	const char *name;    /* of the sink: its section, and its group's last part */
	const char *state;   /* directory */
	const char *cluster; /* of the bus: positions belong to it */
	const void *conf;    /* filled from the type's opts */
	struct arena *arena; /* of the record; reset by the worker */
};

struct sink_type {
	const char *name, *help;
	size_t state_size; /* zeroed, owned by the caller */
	size_t conf_size;
	const struct opt *opts;
	int (*open)(void *state, const struct sink_start *start, struct err *err);
	/* Claims these partitions (the former owner's flush fails from now on) and lowers or
	 * raises each offset to where this sink stands; -1 stays: it has none. */
	int (*claim)(void *state, struct bus_position *positions, size_t n, struct err *err);
	/* Borrows r.  ERR_REJECT: this record only. */
	int (*write)(void *state, const struct bus_record *r, struct err *err);
	/* 0: all written so far is durable, and so are these positions. */
	int (*flush)(void *state, const struct bus_position *positions, size_t n,
	    struct err *err);
	void (*undo)(void *state);  /* forgets what was written since the last flush */
	void (*close)(void *state); /* cannot fail, does not flush */
};

extern const struct sink_type *const sink_types[]; /* NULL-ended, generated */
const struct sink_type *sink_find(const char *name);

#endif
