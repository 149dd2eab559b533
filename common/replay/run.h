/* A replay that runs.  For start.c, run.c and transfer.c. */
#ifndef REPLAY_RUN_H
#define REPLAY_RUN_H

#include "base/buf.h"
#include "replay/book.h"
#include "replay/replay.h"
#include "replay/source.h"
#include "work/journal.h"

enum { TRANSFER_RECORDS = 1000, STATE_CEILING = 1 << 20, RECORD_ARENA = 512 << 20 };

struct replay_run {
	const struct replay_job *job;
	struct bus_member *member;
	struct source source;
	struct book book;
	struct pace pace;
	struct arena memory; /* of the state */
	struct arena arena;  /* of the record in hand */
	struct arena batch;  /* what a sink may look at until its flush */

	struct replay_state state;     /* how far this transaction has come */
	struct replay_state committed; /* its counts; its places are of their own */
	bool has_limit_come;

	const char *id, *topic, *deadletter, *stage;
	char *key;   /* in topic */
	char *role;  /* of the member */
	char *alias; /* the topic that a sink is told: its places are the replay's own */
	struct sink *sink;
	struct journal *journal; /* of what is made of the records; NULL: nothing is */
	int partitions;          /* of the target */
	struct buf mark, value;
	bool is_open;    /* a transaction is */
	bool is_written; /* the sink has records that are not flushed */
	struct mono committed_at, opened_at;
	size_t open_bytes; /* of the transaction */
};

/* Knows what it is, and joins; one that is new is written down. */
int run_begin(struct replay_run *run, const struct replay_job *job,
	      struct err *err) MUST_CHECK;
int run_make_ready(struct replay_run *run, struct err *err) MUST_CHECK;
int run_go_to_places(struct replay_run *run, struct err *err) MUST_CHECK;
void run_end(struct replay_run *run);

/*
 * Some of the records, *taken of them.  What came of them and the state are
 * one transaction, which may wait for more.  After a failure: transfer_undo().
 */
int transfer(struct replay_run *run, const struct bus_record *records, size_t n,
	     size_t *taken, struct err *err) MUST_CHECK;

/* Whether something waits. */
bool transfer_is_open(const struct replay_run *run);

/* Commits the state, with what waits. */
int transfer_state(struct replay_run *run, struct err *err) MUST_CHECK;

/* For a sink that refuses a record at its flush. */
int transfer_reject(void *arg, const struct bus_record *r, const struct err *why,
		    struct err *err);

/* Back to what was committed; ERR_RETRY goes away, others stay. */
int transfer_undo(struct replay_run *run, struct err *err) MUST_CHECK;

#endif
