/*
 * The dead letters of a line: which there are, what became of each, and back
 * to the stage they failed in.
 *
 * Nothing is taken off the topic.  What was done to a letter is a record of
 * its own, `dlq/ID` in the topic of states, in the transaction of what was
 * sent: killed anywhere, a letter was sent back once or is still new.  A file
 * goes back by asking its spool to look at it again.  A state is kept for as
 * long as its letter, so that nothing goes back twice.
 */
#ifndef WORK_DLQ_H
#define WORK_DLQ_H

#include "bus/letter.h"
#include "record/attempts.h"

struct dlq_filter {        /* all that is given must hold; NULL, 0: any */
	const char *stage; /* whole, or what stands before its dot: "sink" */
	const char *reason, *source, *topic;
	int64_t from_ms, to_ms; /* set aside at or after; before */
	bool any_state;
	enum letter_state state;
	const char *const *ids; /* or their beginnings */
	size_t id_count;
};

struct dlq;

/* changes: joins the bus too, which fences whoever did before. */
int dlq_open(struct dlq **dlq, struct bus *bus, const char *prefix, bool changes,
	     struct err *err) MUST_CHECK;
void dlq_close(struct dlq *d);

/* Each letter that was there at the start, of a partition in order; not 0 ends it. */
typedef int
dlq_each_f(void *arg, const struct letter *l, enum letter_state state, struct err *err);
int dlq_each(struct dlq *d, const struct dlq_filter *filter, dlq_each_f *each, void *arg,
	     struct err *err) MUST_CHECK;

/* From here on the letters of this file, which `dlq export` wrote, or a sink jsonl of
 * their topic; borrowed. */
void dlq_read_file(struct dlq *d, const char *path);

/* ERR_REJECT if one of the ids is of no letter, or of several. */
int
dlq_check_ids(struct dlq *d, const struct dlq_filter *filter, struct err *err) MUST_CHECK;

/* What was done, once it is committed (dry: what would be).  why: it cannot be; NULL. */
struct dlq_done {
	const char *id, *stage, *to, *why;
};
typedef void dlq_say_f(void *arg, const struct dlq_done *done);

/* Sends letters that are new back, or drops them.  *failed: those that could not be. */
int dlq_settle(struct dlq *d, const struct dlq_filter *filter, enum letter_state state,
	       bool dry, dlq_say_f *say, void *arg, size_t *failed,
	       struct err *err) MUST_CHECK;

/*
 * Forgets what was done before this time to letters that are no longer on their
 * topic: how many.  Of one that changes, and of the topic.
 */
int dlq_forget(struct dlq *d, int64_t before_ms, size_t *n, struct err *err) MUST_CHECK;

#endif
