/*
 * What every sink promises, as one suite: a script of records, written by a
 * process that is killed at random points, by two owners at once, on a full
 * disk, and twice.  A test gives a subject and names the suite's tests.
 */
#ifndef TESTS_SINK_CONTRACT_H
#define TESTS_SINK_CONTRACT_H

#include "base/buf.h"
#include "sink/sink.h"

struct sink_subject {
	const struct sink_type *type;
	const void *conf;   /* of the type; its path lies in a directory of the test */
	void (*wipe)(void); /* the store was never there */
	void (*look)(
	    struct buf *out); /* what a reader sees: a line for each thing, any order */
	long full_at; /* bytes of one file at which the disk is full, after the first
			 opening */
};

extern const struct sink_subject *sink_subject;

/* Lines of look(): an append sink's records, a state sink's articles and tombstones. */
void sink_line_record(struct buf *out, int partition, int64_t offset);
void sink_line_article(struct buf *out, const char *uri, const char *version,
		       const char *headline, int events, int actors);
void sink_line_tombstone(struct buf *out, const char *uri, const char *version);

void each_record_is_held_once_whatever_is_killed(void **state);
void a_former_owner_stores_nothing(void **state);
void a_full_disk_is_tried_again_and_nothing_is_half_stored(void **state);
void records_that_come_again_change_nothing(void **state);
void what_was_undone_was_never_there(void **state);

#define SINK_CONTRACT                                                                \
	cmocka_unit_test(each_record_is_held_once_whatever_is_killed),               \
	    cmocka_unit_test(a_former_owner_stores_nothing),                         \
	    cmocka_unit_test(a_full_disk_is_tried_again_and_nothing_is_half_stored), \
	    cmocka_unit_test(records_that_come_again_change_nothing),                \
	    cmocka_unit_test(what_was_undone_was_never_there)

/* An enriched record, made as the program makes it. */
struct sink_article {
	const char *uri, *version, *created, *headline;
	int events; /* each with an actor and a recipient */
	long epoch;
	bool withdrawn;
};
void sink_article_print(const struct sink_article *a, struct buf *out);

#endif
