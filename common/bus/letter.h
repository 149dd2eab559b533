/*
 * A dead letter as it lies on its topic: what it says of itself, and the
 * record that it was.  deadletter.h is the other way.
 */
#ifndef BUS_LETTER_H
#define BUS_LETTER_H

#include "base/arena.h"
#include "bus/bus.h"

enum { LETTER_ID = 17 }; /* 16 digits of a sum, and NUL */

struct letter {
	/*
	 * From key, headers and value, not from its place: it is the same where the topic
	 * was copied to another log.  Letters that are alike to the byte are one.
	 */
	char id[LETTER_ID];
	const struct bus_record *record;
	/* NULL: it does not say. */
	const char *stage, *reason, *text;
	const char *source; /* its spool, else its ce_source */
	const char *file;
	const char *topic; /* where it came from; NULL: a file */
	int partition;
	int64_t offset;
	int attempt; /* 0: it does not say */
	/* Of the whole value, where not all is kept; whole: its file. */
	const char *size, *sha256, *whole;
};

/* Any record may be there: what is no dead letter of ours says nothing.  Borrows r. */
int letter_read(struct letter *l, const struct bus_record *r, struct arena *arena,
		struct err *err) MUST_CHECK;

/*
 * The record to send back: to where it came from, for the stage it failed in
 * (nw-dlq-for), with its attempts.  `whole` is where key, value and headers are
 * taken from: the letter's own record, or the one it was cut from.
 */
int letter_restore(struct bus_record *out, const struct letter *l,
		   const struct bus_record *whole, struct arena *arena,
		   struct err *err) MUST_CHECK;

#endif
