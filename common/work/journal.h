/*
 * Which record was in hand when the worker died: a small mapped file for each
 * slot, so what is written in it outlives any death of the process.
 *
 * A record that crashed a worker (SEGV, BUS, ILL, FPE, ABRT) or hung past its
 * budget twice is set aside; a death without a word (kill -9, which the OOM
 * killer sends too) counts only from the sixth.  What the other slots of the
 * group have seen counts along: the record may have moved between them.
 */
#ifndef WORK_JOURNAL_H
#define WORK_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct journal;

/*
 * Installs the signal handlers.  A record still in hand drain_ms after the stop was asked
 * for is given up: the process ends.  `group` and `slot` name the file in `state`.
 */
int journal_open(struct journal **j, const char *state, const char *group, int slot,
		 int budget_ms, int drain_ms, struct err *err) MUST_CHECK;
void journal_close(struct journal *j);

/* Whose offsets these are: what was written of another log is forgotten. */
void journal_of(struct journal *j, const char *cluster);

/* "crash", "hang", "kill" if the record is to be set aside, else NULL. */
const char *journal_verdict(const struct journal *j, const char *topic, int partition,
			    int64_t offset);

void journal_enter(struct journal *j, const char *topic, int partition, int64_t offset);
void journal_leave(struct journal *j);

/* All below `offset` is done for good. */
void journal_forget(struct journal *j, const char *topic, int partition, int64_t offset);

/* Takes in what other slots have written since; at a rebalance. */
void journal_learn(struct journal *j);

/* The hang clock runs between these two. */
void journal_watch(struct journal *j, bool on);

#endif
