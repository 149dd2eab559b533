/*
 * What every sink promises, as a suite for each kind: a script of records,
 * written by a process that is killed at random points, by two owners at once,
 * into a store that fails, and twice.  A test gives a subject and names the
 * suite's facts.
 *
 *	SINK_STATE_CONTRACT	the newest version of each, and tombstones
 *	SINK_APPEND_CONTRACT	each record once
 *	SINK_EXTERNAL_CONTRACT	each record at least once; once where nothing is killed
 *
 * and those below them that fit.
 */
#ifndef TESTS_SINK_CONTRACT_H
#define TESTS_SINK_CONTRACT_H

#include "base/buf.h"
#include "sink/sink.h"
#include "tests/lib/sink_script.h"

/* Of a call that says why it failed in `err`. */
#define OK(CALL)                                             \
	do {                                                 \
		if (CALL)                                    \
			fail_msg("%s: %s", #CALL, err.text); \
	} while (0)

struct sink_subject {
	const struct sink_type *type;
	const void *conf;   /* of the type */
	void (*wipe)(void); /* the store was never there */
	/*
	 * What a reader sees, a line for each thing (sink_line_*), in any order.  Called
	 * in the test's own process, also right after the writer was killed: of a store
	 * outside the process it reads what is committed there.
	 */
	void (*look)(struct buf *out);
	int tries;      /* of a batch after ERR_RETRY, for a store outside the process */
	long full_at;   /* bytes of one file at which the disk is full, after the first
			   opening */
	bool takes_any; /* stores what is no article too */
	bool events;    /* stores events alone */
	const char *poison; /* a headline that the store refuses; NULL: there is none */
	/* After so many more answers the store is gone; -1: it is back. */
	void (*away)(int answers);
};

extern const struct sink_subject *sink_subject;

/* Takes --kills N out of a test's arguments: how many kills a suite makes, 100. */
void sink_contract_arguments(int argc, char **argv);

void each_record_is_held_once_whatever_is_killed(void **state);
void records_that_come_again_change_nothing(void **state);
void what_was_undone_was_never_there(void **state);
void where_chooses_and_what_it_cannot_tell_is_a_dead_letter(void **state);

#define SINK_ONCE                                                      \
	cmocka_unit_test(each_record_is_held_once_whatever_is_killed), \
	    cmocka_unit_test(records_that_come_again_change_nothing),  \
	    cmocka_unit_test(what_was_undone_was_never_there),         \
	    cmocka_unit_test(where_chooses_and_what_it_cannot_tell_is_a_dead_letter)

void a_replay_never_beats_an_equal_record(void **state);
#define SINK_STATE_CONTRACT \
	SINK_ONCE, cmocka_unit_test(a_replay_never_beats_an_equal_record)

void a_replay_is_passed_over_unless_asked_for(void **state);
#define SINK_APPEND_CONTRACT \
	SINK_ONCE, cmocka_unit_test(a_replay_is_passed_over_unless_asked_for)

void each_record_comes_at_least_once_whatever_is_killed(void **state);
#define SINK_EXTERNAL_CONTRACT                                                        \
	cmocka_unit_test(each_record_comes_at_least_once_whatever_is_killed),         \
	    cmocka_unit_test(where_chooses_and_what_it_cannot_tell_is_a_dead_letter), \
	    cmocka_unit_test(a_replay_is_passed_over_unless_asked_for)

/* Of a sink with positions of its own, and of one that goes by versions alone. */
void a_former_owner_stores_nothing(void **state);
void what_is_stored_of_a_log_goes_on_where_that_was_carried_to(void **state);
void a_former_owner_changes_nothing_newer(void **state);
/* With full_at; with away. */
void a_full_disk_is_tried_again_and_nothing_is_half_stored(void **state);
void a_store_that_goes_away_is_waited_for_and_nothing_comes_twice(void **state);

#endif
