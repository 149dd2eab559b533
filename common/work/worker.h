/*
 * The loop of every consumer: poll a batch, process each record, commit what
 * came of it and the positions together.  Dead letters, retry with back-off,
 * the crash journal, metrics, health, signals and shutdown live here.
 * One thread.
 */
#ifndef WORK_WORKER_H
#define WORK_WORKER_H

#include "base/arena.h"
#include "bus/bus.h"
#include "ops/command.h"

struct worker;

struct consumer_type {
	const char *name;
	/* One record; w's arena is its memory.  ERR_REJECT: to the dead letters. */
	int (*process)(void *self, const struct bus_record *r, struct worker *w,
	    struct err *err);
	/* The rest may be NULL. */
	int (*open)(void *self, struct worker *w, struct err *err); /* once there is a bus */
	void (*close)(void *self); /* also after a failed open, or none */
	int (*assigned)(void *self, struct bus_position *positions, size_t n, struct err *err);
	int (*flush)(void *self, const struct bus_position *positions, size_t n,
	    struct worker *w, struct err *err); /* before the commit */
	void (*committed)(void *self); /* a piece, or what tick() sent */
	void (*aborted)(void *self); /* undo what the batch did to memory */
	void (*revoked)(void *self, const struct bus_position *positions, size_t n);
	int (*tick)(void *self, int64_t now_ms, struct worker *w, struct err *err);
};

struct worker_conf { /* the rows of [worker] */
	int batch, commit_ms, budget_ms, drain_ms, health_port, slot;
};

struct worker_start {
	const struct program *program;
	const char *group; /* without prefix: "enrich", "sink.NAME" */
	const char *const *topics; /* whole names */
	size_t topic_count;
	const char *const *sends;
	size_t send_count;
	int batch;           /* most records in a transaction; 0: as [worker] says */
	int64_t batch_bytes; /* it ends after so many bytes of records; 0: no bound */
	bool alone; /* one worker of the group reads all, the others stand by */
	int linger_ms;       /* from a batch with fewer records to the next, unless as
				many wait */
};

extern const struct conf_section worker_section;

/* Runs until told to stop; gives the exit status. */
int worker_run(const struct consumer_type *type, void *self, const struct worker_start *start);

struct bus *worker_bus(struct worker *w); /* from open() on; for questions */

/*
 * From open(): positions are stored with the records by flush(), and
 * assigned() gives them, so that the group's may stand behind them.
 */
void worker_keeps_positions(struct worker *w);

struct arena *worker_arena(struct worker *w); /* reset before each record */

/*
 * In the batch's transaction.  What a process() has sent goes out even if it
 * then rejects its record, so sending comes last.  nw-replay and traceparent of the record
 * in hand go with it.
 */
int worker_send(struct worker *w, const struct bus_record *r, struct err *err) MUST_CHECK;

/*
 * What was sent so far commits by itself, before the records in hand are done; for
 * flush().  An abort does not take it back, and gives the records again.
 */
int worker_commit_sent(struct worker *w, struct err *err) MUST_CHECK;

/* To the dead letters of this transaction, with the reason; for flush(). */
int worker_reject(struct worker *w, const struct bus_record *r, const struct err *why,
    struct err *err) MUST_CHECK;

/* Records between the group's positions and the ends of its topics, some seconds ago. */
int64_t worker_lag(const struct worker *w);

/* Alive, though one call takes long; for flush(), which no hang clock watches. */
void worker_beat(struct worker *w);

#endif
