/*
 * The replays that PREFIX.state tells of: the newest state of each, and what
 * each was asked.  One thread.
 */
#ifndef REPLAY_BOOK_H
#define REPLAY_BOOK_H

#include "bus/bus.h"
#include "record/replay.h"

struct book_entry {
	char *id;
	char *state; /* JSON; NULL: nobody has run it */
	size_t size;
	enum replay_wish wish;
};

struct book {
	struct bus_reader *reader;
	const char *only;
	struct book_entry *entries; /* in the order in which they were first met */
	size_t count;
	struct arena arena;
};

/* Reads the topic to its end.  only: of this id alone; NULL: of all. */
int book_open(struct book *b, struct bus *bus, const char *topic, const char *only,
	      struct err *err) MUST_CHECK;
void book_close(struct book *b); /* also one that is zeroed */

/* What has come since. */
int book_read(struct book *b, struct err *err) MUST_CHECK;

struct book_entry *book_find(const struct book *b, const char *id); /* or NULL */

/* The bytes of this record are the value of KIND/ID; the record borrows them. */
struct bus_record
book_record(const char *topic, const char *key, const struct buf *value);

#endif
