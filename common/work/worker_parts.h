/*
 * What the files of the worker share: worker.c has the loop, its beginning and
 * its end, worker_piece.c one piece of a batch, which is a transaction, and
 * worker_wait.c what is done while there is nothing to do, or nothing works.
 */
#ifndef WORK_WORKER_PARTS_H
#define WORK_WORKER_PARTS_H

#include "ops/health.h"
#include "time/clock.h"
#include "work/journal.h"
#include "work/positions.h"
#include "work/slot.h"
#include "work/worker.h"

enum { POLL_MS = 200 };

/* Each has its own tries: that the bus answers again says nothing of the store. */
enum act { POLLING, WORKING, TICKING, ACTS };

struct worker {
	const struct consumer_type *type;
	void *self;
	const struct worker_start *start;
	struct worker_conf conf;
	const char *stage, *deadletter;
	struct bus *bus;
	struct bus_member *member;
	struct arena arena;
	struct journal *journal;
	struct health *health;
	char *id, *group;
	struct slot slot;

	const struct bus_record *now; /* in process() */
	struct positions piece;       /* after the records of this piece */
	struct positions owed;        /* stored by the consumer, and not committed yet */
	bool keeps_positions;         /* it stores them itself */
	bool in_txn;
	struct mono settled; /* when positions were committed last */
	bool has_replayed;   /* records since then */
	size_t sent, sent_bytes, read_bytes, dead; /* in this piece */
	size_t batch;                              /* how many to poll next */
	int failures[ACTS];                        /* in a row */
	struct mono lag_asked, looked;
};

/* ---- worker_piece.c ---- */

void worker_piece_metrics(void); /* its rows are registered */

void worker_begin_piece(struct worker *w);

/* As many of these records as make a piece, and all that comes of them. */
int worker_transact(struct worker *w, const struct bus_record *records, size_t n,
		    size_t *taken, struct err *err) MUST_CHECK;

/* What was sent, and the positions, in one transaction. */
int worker_settle(struct worker *w, struct err *err) MUST_CHECK;

/* What tick() sent is committed. */
void worker_ticked(struct worker *w);

/* Takes back what the transaction did; the class of what went wrong stays in *err. */
int worker_take_back(struct worker *w, struct err *err) MUST_CHECK;

/* ---- worker_wait.c ---- */

int worker_back_off_ms(int failures);

/* Keeps the membership by polling without taking records. */
int worker_rest(struct worker *w, int ms, bool (*is_over)(struct worker *),
		struct err *err) MUST_CHECK;

/* 0: it will be tried again; -1: it is the end. */
int worker_recover(struct worker *w, enum act act, struct err *err) MUST_CHECK;

void worker_wait_metrics(void);
void worker_measure_lag(struct worker *w);
bool worker_is_batch_waiting(struct worker *w);

#endif
