/*
 * Where a replay reads: a stretch of a topic, or of an archive of JSON Lines.
 * One thread.
 *
 * A stretch is fixed once, at the start; whoever goes on with the replay later
 * has the same ends, whatever has come since.
 */
#ifndef REPLAY_SOURCE_H
#define REPLAY_SOURCE_H

#include "bus/bus.h"
#include "record/replay.h"

struct source_start {
	struct bus *bus;
	const char *name;       /* the topic, or the path */
	int64_t from_ms, to_ms; /* time of production; INT64_MIN, INT64_MAX: no bound */
	bool bare;              /* in a file also lines that are values alone */
};

struct source_type {
	size_t state_size; /* zeroed, owned by the caller */
	int (*open)(void *state, const struct source_start *start, struct err *err);
	/*
	 * Fixes the stretch.  Gives the places, also where the stretch is empty.
	 * ERR_USAGE if its beginning is not there any more: names the oldest time that
	 * is.
	 */
	int (*fix)(void *state, struct replay_place **places, size_t *n, struct err *err);
	/* Goes to `next` of each place; also after a failure. */
	int (*begin)(void *state, const struct replay_place *places, size_t n,
		     struct err *err);
	/* For now only records of before that time.  *all: no others are left. */
	int (*until)(void *state, int64_t ms, bool *all, struct err *err);
	/* As bus_read().  *end: nothing is left, for now. */
	int (*read)(void *state, const struct bus_record **records, size_t *n, size_t max,
		    int timeout_ms, bool *end, struct err *err);
	/* ERR_FATAL if what begins at these places has gone: retention was quicker. */
	int (*check)(void *state, const struct replay_place *places, size_t n,
		     struct err *err);
	void (*close)(void *state); /* also after a failed open */
};

struct source {
	const struct source_type *type;
	void *state;
};

/* A name with a slash in it is an archive, any other a topic. */
int source_open(struct source *s, const struct source_start *start,
		struct err *err) MUST_CHECK;
void source_close(struct source *s);

extern const struct source_type source_bus, source_files;

#endif
