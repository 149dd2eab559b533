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
 *
 * How a sink whose store is another program does it:
 *
 * - It is down.  open() only looks at the settings; claim(), or without it the
 *   first write(), connects, and again after a failure.  ERR_RETRY ends the
 *   batch: undo(), the bus transaction is aborted, the partitions are paused
 *   and stay ours, since the worker keeps polling; after 0.1 to 10 s the same
 *   batch is read again, as often as it takes.  The log keeps the batch, not the
 *   sink: undo() drops what it holds, so an outage of an hour takes no memory.
 *   Never wait or loop inside for the store to come back.
 * - It is slow.  claim(), write() or flush() asks sink_left_ms() before each wait and
 *   gives it as the time limit: that also tells the supervisor that we live.
 *   At 0 it gives up with ERR_RETRY.  A sink that waits for an answer to each
 *   record does so in write(), as a piece of a batch ends after commit_ms; one
 *   that sends many at once does so in flush().
 * - It refuses some of a batch (a bulk API answers by item).  flush() calls
 *   sink_reject() for each of those and returns 0 if the rest is durable.  With
 *   positions of its own it stores the refusals beside them, for write() with
 *   `stored` must refuse the same records again.
 * - It cannot take back (a call, a message): SINK_EXTERNAL, no claim().  Each
 *   record carries a key that is the same each time: topic, partition, offset.
 *   sink_done() as soon as one has its answer: after a failure write() gets it
 *   with `stored` and must not send it again.  A kill between the answer and the
 *   commit sends it twice; the type's help says so.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <stdio.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "ops/conf.h"

struct sink_start {
	const char *name;    /* of the sink: its section, and its group's last part */
	const char *state;   /* directory */
	const char *cluster; /* of the bus: positions belong to it */
	struct bus *bus;     /* to compare positions with; NULL: not compared */
	const char *states;  /* its topic of states: where positions of other clusters went;
				NULL: nobody asks */
	const void *conf;    /* filled from the type's opts */
	struct arena *arena; /* of the record in hand; reset by the worker */
	bool replayed;       /* records marked nw-replay too, where they are not idempotent */
	int flush_ms;        /* the most that a write() or flush() may take; 0: 10 s */
	const char *where, *fields; /* see sink/shape.h; NULL or "": everything */
	int64_t from;               /* where nothing is stored yet: the first record of
				       this time, as bus_offset() takes it; 0: of all */
	size_t batch_bytes;         /* most bytes between two flushes, but for the last
				       record; 0: 16 MB */
	/*
	 * The caller's part: a record refused at the flush goes to the dead letters in
	 * the transaction of its batch; we are alive, though slow.  NULL: nobody asks.
	 */
	int (*reject)(void *arg, const struct bus_record *r, const struct err *why,
		      struct err *err);
	void (*beat)(void *arg);
	void *arg;
	struct sink *sink; /* set by sink_open(): what the type calls us with */
};

/* How far a partition is stored, and by which of its owners. */
struct sink_place {
	const char *topic;
	int partition;
	int64_t offset; /* the next to store; BUS_FIRST: nothing stored yet */
	int64_t epoch;  /* of this owner; each takes the next one */
};

enum sink_kind { SINK_STATE, SINK_APPEND };

enum sink_effect {
	SINK_IDEMPOTENT, /* the same record again changes nothing */
	SINK_EXTERNAL,   /* somebody sees each: at least once */
};

struct sink_type {
	const char *name, *help;
	enum sink_kind kind;
	enum sink_effect effect;
	/*
	 * Any number of batches may be written before one flush, which is one
	 * transaction: write() keeps nothing of its record.
	 */
	bool at_once;
	bool whole; /* reads records as they are: its settings may say no `fields` */
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
	 * nothing of it is written.  `stored`: it was written and flushed before, or
	 * done; say only whether it is one to reject, since its dead letter may not have
	 * come so far.
	 */
	int (*write)(void *state, const struct bus_record *r, bool stored,
		     struct err *err);
	/* 0: all written so far is durable or refused, and so are these places.  Fails if
	 * one has another owner by now. */
	int (*flush)(void *state, const struct sink_place *places, size_t n,
		     struct err *err);
	void (*undo)(void *state); /* forgets what was written since the last flush; waits
				      for nothing */
	/* Now and then, never between write and flush; may be NULL. */
	int (*tick)(void *state, struct err *err);
	void (*close)(
	    void *state); /* cannot fail, does not flush; also after a failed open */
	/* Is what is stored still what was stored?  Without open(): says on `out` what is
	 * there; ERR_REJECT if it is not as it should be.  NULL: nobody can tell. */
	int (*check)(const struct sink_start *start, FILE *out, struct err *err);
};

extern const struct sink_type *const sink_types[]; /* NULL-ended, generated */
const struct sink_type *sink_find(const char *name);

/* The rows of every [sink NAME]; those of its type follow. */
struct sink_conf {
	const char *type, *topic;
	bool replayed;
	int batch, linger_ms, flush_ms;
	const char *where, *fields, *from, *to;
	int64_t from_at, to_at; /* of these texts; to_at BUS_END: without one */
	int64_t batch_bytes;
	bool dry_run, check;
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

/* What of a sink's start its settings say: all of it that is theirs to say. */
void sink_conf_start(const struct sink_conf *c, struct sink_start *start);

struct sink;

int sink_open(struct sink **sink, const struct sink_type *type,
	      const struct sink_start *start, struct err *err) MUST_CHECK;
void sink_close(struct sink *s);

/* Records of the batches that were flushed since the sink was opened.  refused: by the
 * sink, its store or `where`. */
struct sink_counts {
	int64_t written, filtered, replayed, refused;
};
const struct sink_counts *sink_counts(const struct sink *s);

/*
 * Takes these partitions over.  In: the group's positions.  Out: where to read
 * from, the smaller of the group's and the sink's own: what was stored but not
 * committed is read again and skipped.  A sink that stands beyond the end of
 * the topic belongs to another topic of that name: ERR_FATAL with advice.
 * A sink that has stored nothing of a partition begins at its `from`.
 */
int sink_claim(struct sink *s, struct bus_position *positions, size_t n,
	       struct err *err) MUST_CHECK;
void sink_release(struct sink *s, const struct bus_position *positions, size_t n);

/* After a failure other than ERR_REJECT: sink_undo(), and the records again. */
int sink_write(struct sink *s, const struct bus_record *r, struct err *err) MUST_CHECK;
bool sink_is_full(const struct sink *s); /* batch_bytes are written: flush */
int sink_flush(struct sink *s, const struct bus_position *positions, size_t n,
	       struct err *err) MUST_CHECK;
void sink_undo(struct sink *s);

/* A replay has no effects that nobody asked for: here, or where it was begun. */
bool sink_passes_over(const struct sink_type *type, const char *name, bool replayed,
		      const struct bus_record *r);
int sink_tick(struct sink *s, struct err *err) MUST_CHECK;

/* ---- for the types ---- */

/* The store refuses this record of the batch; -1: the dead letter did not go out. */
int sink_reject(struct sink *s, const struct bus_record *r, const struct err *why,
		struct err *err) MUST_CHECK;

/* This record of the batch has had its effect and must not have it again. */
void sink_done(struct sink *s, const struct bus_record *r);

/* Of this claim(), write() or flush(): 0 is the end of it.  Soon 0 when we are to stop. */
int sink_left_ms(struct sink *s);

/*
 * A place that is stored as one of another cluster: where it lies now, if `bus
 * copy` carried that one to here; else *known is false.  For claim(), which
 * stores it as one of this cluster.
 */
int sink_former(struct sink *s, const char *cluster, struct sink_place *place, bool *known,
		struct err *err) MUST_CHECK;

/* The error of a former owner. */
int sink_fenced(const struct sink_place *place, struct err *err);

#endif
