/*
 * Records to somewhere.  One file a sink: sink_NAME.c with one `const struct
 * sink_type sink_NAME_type`; the list is generated.  Callers go through
 * `struct sink` below, which knows what every sink must do alike: whose a
 * partition is, what is stored already, what to do after a failure.
 *
 * A state sink holds the newest version of each uri and tombstones; an append
 * sink each record once.  Where it can, a sink keeps its own positions in what
 * it stores and sets them together with it, so that a record is stored once
 * whatever is killed.  One thread.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/arena.h"
#include "bus/bus.h"
#include "ops/conf.h"

struct sink_start {
	const char *name;    /* of the sink: its section, and its group's last part */
	const char *state;   /* directory */
	const char *cluster; /* of the bus: positions belong to it */
	struct bus *bus;     /* to compare positions with; NULL: not compared */
	const void *conf;    /* filled from the type's opts */
	struct arena *arena; /* of the record in hand; reset by the worker */
	bool replayed;       /* an append sink takes records marked nw-replay too */
};

/* How far a partition is stored, and by which of its owners. */
struct sink_place {
	const char *topic;
	int partition;
	int64_t offset; /* the next to store; BUS_FIRST: nothing stored yet */
	int64_t epoch;  /* of this owner; each takes the next one */
};

enum sink_kind { SINK_STATE, SINK_APPEND };

struct sink_type {
	const char *name, *help;
	enum sink_kind kind;
	size_t state_size; /* zeroed, owned by the caller */
	size_t conf_size;
	const struct opt *opts;
	int (*open)(void *state, const struct sink_start *start, struct err *err);
	/*
	 * A place with epoch 0 is taken over: it gets the next epoch, and the former
	 * owner's flush fails from now on.  One with an epoch must still have it, else
	 * ERR_FATAL.  Either way the offset becomes what is durable now.  NULL: the sink
	 * keeps no positions, so the group's count.
	 */
	int (*claim)(void *state, struct sink_place *places, size_t n, struct err *err);
	/*
	 * Borrows r, which lives until flush or undo.  ERR_REJECT: this record only, and
	 * nothing of it is written.  `stored`: it was written and flushed before; say
	 * only whether it is one to reject, since its dead letter may not have come so
	 * far.
	 */
	int (*write)(void *state, const struct bus_record *r, bool stored,
		     struct err *err);
	/* 0: all written so far is durable, and so are these places.  Fails if one has
	 * another owner by now. */
	int (*flush)(void *state, const struct sink_place *places, size_t n,
		     struct err *err);
	void (*undo)(void *state); /* forgets what was written since the last flush */
	/* Now and then, never between write and flush; may be NULL. */
	int (*tick)(void *state, struct err *err);
	void (*close)(
	    void *state); /* cannot fail, does not flush; also after a failed open */
};

extern const struct sink_type *const sink_types[]; /* NULL-ended, generated */
const struct sink_type *sink_find(const char *name);

/* The rows of every [sink NAME]; those of its type follow. */
struct sink_conf {
	const char *type, *topic;
	bool replayed;
	const struct sink_type *chosen;
	const void *own; /* of the type */
	void *memory;
};
extern const struct opt sink_opts[];
extern const struct conf_section sink_section;

/*
 * Reads [sink NAME], or takes NAME for a type; then the environment, then the
 * flags, which it takes out of argv.
 */
int sink_configure(struct sink_conf *c, const struct conf *conf, const char *name,
		   int *argc, char **argv, struct err *err) MUST_CHECK;
void sink_conf_release(struct sink_conf *c); /* also after a failure */

struct sink;

int sink_open(struct sink **sink, const struct sink_type *type,
	      const struct sink_start *start, struct err *err) MUST_CHECK;
void sink_close(struct sink *s);

/*
 * Takes these partitions over.  In: the group's positions.  Out: where to read
 * from, the smaller of the group's and the sink's own: what was stored but not
 * committed is read again and skipped.  A sink that stands beyond the end of
 * the topic belongs to another topic of that name: ERR_FATAL with advice.
 */
int sink_claim(struct sink *s, struct bus_position *positions, size_t n,
	       struct err *err) MUST_CHECK;
void sink_release(struct sink *s, const struct bus_position *positions, size_t n);

/* After a failure other than ERR_REJECT: sink_undo(), and the records again. */
int sink_write(struct sink *s, const struct bus_record *r, struct err *err) MUST_CHECK;
int sink_flush(struct sink *s, const struct bus_position *positions, size_t n,
	       struct err *err) MUST_CHECK;
void sink_undo(struct sink *s);
int sink_tick(struct sink *s, struct err *err) MUST_CHECK;

/* For the types: the error of a former owner. */
int sink_fenced(const struct sink_place *place, struct err *err);

#endif
