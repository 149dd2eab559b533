/*
 * Dead letters on both buses: sent back once, whatever is killed when.  The
 * bus's calls are wrapped (see the Makefile), so that a child can be killed
 * before and after each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "record/ledger.h"
#include "tests/lib/broker.h"
#include "tests/lib/bus_steps.h"
#include "tests/lib/kill_steps.h"
#include "work/dlq.h"

enum { LETTERS = 4 };

/* ---- a line of its own for each test ---- */

static char prefix[64];

static const char *
name_of(const char *topic)
{
	return of_line(prefix, topic);
}

static void
send_letter(struct bus_member *m, const struct bus_record *r, const char *stage)
{
	struct deadletter d = { .topic = name_of("deadletter"),
				.stage = stage,
				.reason = "reject",
				.text = "of the test" };
	struct bus_record letter;
	struct arena arena;

	arena_init(&arena, 64 << 20);
	OK(deadletter_make(&letter, r, &d, &arena, &err));
	OK(bus_send(m, &letter, &err));
	arena_release(&arena);
}

static void
send_letters(struct bus_member *m)
{
	struct bus_record article = { .topic = name_of("articles"),
				      .key = "urn:0",
				      .key_size = 5,
				      .value = "0",
				      .value_size = 1 };
	struct bus_record enriched = { .topic = name_of("enriched"),
				       .key = "urn:1",
				       .key_size = 5,
				       .value = "1",
				       .value_size = 1 };
	struct bus_record nowhere = { .topic = "gone.articles",
				      .value = "2",
				      .value_size = 1 };
	struct bus_record file = { .value = "3", .value_size = 1 };
	struct buf key;

	buf_init(&key, 100);
	ledger_key_print(&key, 'f', "wires", "a.txt", 5);
	file.key = key.data;
	file.key_size = key.size;
	OK(bus_begin(m, &err));
	send_letter(m, &article, "enrich");
	send_letter(m, &enriched, "sink.db");
	send_letter(m, &nowhere, "enrich");
	send_letter(m, &file, "watch.wires");
	OK(bus_commit(m, NULL, 0, &err));
	buf_release(&key);
}

/* Topics, and these letters: one each that enrich, a sink and watch set aside, and one
 * whose topic is not there. */
static struct bus *
open_line(void)
{
	struct bus *bus = bus_for(false);
	struct bus_member *m;

	snprintf(prefix, sizeof(prefix), "%s", fresh("line"));
	make_topic(bus, name_of("articles"), 2, false);
	make_topic(bus, name_of("enriched"), 2, false);
	make_topic(bus, name_of("deadletter"), 2, false);
	make_topic(bus, name_of("ledger"), 2, true);
	make_topic(bus, name_of("state"), 2, true);
	m = sender(bus, fresh("filler"), name_of("deadletter"));
	send_letters(m);
	bus_leave(m);
	return bus;
}

/* How many records a topic has, once there are so many, and the beginning of the last. */
static size_t
count(struct bus *bus, const char *topic, size_t least, char begins[2])
{
	struct until u = WITHIN(30000);
	const char *name = name_of(topic);
	const struct bus_record *r;
	struct bus_reader *reader;
	size_t n, found = 0;
	bool end = false;

	OK(bus_read_open(bus, name, &reader, &err));
	for (; !end || found < least; found += n, wait_on(&u)) {
		OK(bus_read(reader, &r, &n, 100, 100, &end, &err));
		if (n) {
			begins[0] = *(const char *)r[n - 1].key;
			begins[1] = *(const char *)r[n - 1].value;
		}
	}
	bus_read_close(reader);
	return found;
}

/* ---- what is done to the letters ---- */

static void
say_nothing(void *arg, const struct dlq_done *done)
{
	(void)done;
	++*(size_t *)arg;
}

static size_t
settle_some(struct bus *bus, const struct dlq_filter *f, enum letter_state to)
{
	struct dlq *d;
	size_t failed, said = 0;

	OK(dlq_open(&d, bus, prefix, true, &err));
	OK(dlq_settle(d, f, to, false, say_nothing, &said, &failed, &err));
	CHECK(said >= failed);
	dlq_close(d);
	return said - failed;
}

static void
retry_all(int who, void *arg)
{
	static const struct dlq_filter all;
	struct bus *bus = bus_for(false);

	(void)who;
	kill_steps_counted = arg != NULL;
	settle_some(bus, &all, LETTER_RETRIED);
	bus_close(bus);
}

static int
count_state(void *arg, const struct letter *l, enum letter_state state, struct err *e)
{
	(void)l;
	(void)e;
	((size_t *)arg)[state]++;
	return 0;
}

static void
check_states(struct bus *bus, size_t new, size_t retried, size_t dropped)
{
	struct dlq_filter all = { .any_state = true };
	size_t n[3] = { 0 };
	struct dlq *d;

	OK(dlq_open(&d, bus, prefix, false, &err));
	OK(dlq_each(d, &all, count_state, n, &err));
	dlq_close(d);
	CHECK(n[LETTER_NEW] == new &&n[LETTER_RETRIED] == retried &&n[LETTER_DROPPED] ==
	      dropped);
}

/* Each where it belongs, once; the one without a topic is still new. */
static void
check_sent_once(struct bus *bus)
{
	char begins[2];

	CHECK(count(bus, "articles", 1, begins) == 1 && !memcmp(begins, "u0", 2));
	CHECK(count(bus, "enriched", 1, begins) == 1 && !memcmp(begins, "u1", 2));
	CHECK(count(bus, "ledger", 1, begins) == 1 && !memcmp(begins, "r{", 2));
	check_states(bus, 1, LETTERS - 1, 0);
}

/* ---- tests ---- */

static void
a_letter_goes_back_once_wherever_the_sender_is_killed(void **state)
{
	bool was_killed = true;

	(void)state;
	for (common->kill_at = 1; was_killed; common->kill_at++) {
		struct bus *bus = open_line();

		bus_close(bus);
		common->step = 0;
		was_killed = is_killed(child(retry_all, 0, common), 60000);
		ends(child(retry_all, 0, NULL), 60000);
		bus = bus_for(false);
		check_sent_once(bus);
		bus_close(bus);
	}
	CHECK(common->kill_at > 2 + 2 * (LETTERS - 1) + 2); /* each step was one */
}

static void
of_two_at_once_the_former_is_fenced(void **state)
{
	static const struct dlq_filter all;
	struct bus *bus = open_line();
	struct dlq *former, *latter;
	size_t failed, said = 0;

	(void)state;
	OK(dlq_open(&former, bus, prefix, true, &err));
	OK(dlq_open(&latter, bus, prefix, true, &err));
	FAILS(dlq_settle(former, &all, LETTER_RETRIED, false, say_nothing, &said, &failed,
			 &err),
	      ERR_FATAL);
	CHECK(said == 0);
	OK(dlq_settle(latter, &all, LETTER_RETRIED, false, say_nothing, &said, &failed,
		      &err));
	dlq_close(former);
	dlq_close(latter);
	check_sent_once(bus);
	bus_close(bus);
}

static void
what_was_dropped_may_be_sent_back_after_all_but_nothing_twice(void **state)
{
	static const struct dlq_filter any = { .any_state = true };
	static const struct dlq_filter sinks = { .stage = "sink" };
	struct bus *bus = open_line();

	(void)state;
	CHECK(settle_some(bus, &sinks, LETTER_DROPPED) == 1);
	check_states(bus, LETTERS - 1, 0, 1);
	CHECK(settle_some(bus, &sinks, LETTER_RETRIED) == 0); /* it is not new */
	CHECK(settle_some(bus, &any, LETTER_RETRIED) == LETTERS - 1);
	CHECK(settle_some(bus, &any, LETTER_RETRIED) == 0);
	CHECK(settle_some(bus, &any, LETTER_DROPPED) == 1); /* the one without a topic */
	check_states(bus, 0, LETTERS - 1, 1);
	bus_close(bus);
}

static void
put_state(struct bus *bus, const char *id)
{
	struct bus_member *m = sender(bus, fresh("state"), name_of("state"));
	char *key = must_printf("dlq/%s", id);
	struct bus_record r = { .topic = name_of("state"), .partition = -1, .key = key };
	struct buf value;

	buf_init(&value, 1000);
	letter_state_print(&value, id, LETTER_RETRIED, 0, NULL);
	r.key_size = strlen(key);
	r.value = value.data;
	r.value_size = value.size;
	OK(bus_begin(m, &err));
	OK(bus_send(m, &r, &err));
	OK(bus_commit(m, NULL, 0, &err));
	bus_leave(m);
	buf_release(&value);
	free(key);
}

static int
count_gone(void *arg, const struct bus_record *r, struct err *e)
{
	(void)e;
	*(size_t *)arg += !r->value && r->key_size == 8 && !memcmp(r->key, "dlq/gone", 8);
	return 0;
}

/* Of letters that are there nothing is forgotten, nor what was done not long ago. */
static void
what_was_done_to_a_letter_that_is_gone_is_forgotten_in_time(void **state)
{
	static const struct dlq_filter all, sinks = { .stage = "sink" };
	const int64_t past = 1000, future = INT64_MAX;
	struct bus *bus = open_line();
	size_t n, failed, said = 0, gone = 0;
	struct dlq *d;

	(void)state;
	put_state(bus, "gone");
	OK(dlq_open(&d, bus, prefix, true, &err));
	OK(dlq_settle(d, &sinks, LETTER_DROPPED, false, say_nothing, &said, &failed,
		      &err));
	OK(dlq_forget(d, past, &n, &err));
	CHECK(n == 0);
	OK(dlq_forget(d, future, &n, &err));
	CHECK(n == 1);
	OK(dlq_forget(d, future, &n, &err));
	CHECK(n == 0);
	OK(dlq_settle(d, &all, LETTER_RETRIED, false, say_nothing, &said, &failed, &err));
	dlq_close(d);
	OK(bus_read_all(bus, name_of("state"), count_gone, &gone, &err));
	CHECK(gone == 1);
	check_states(bus, 1, LETTERS - 2, 1);
	bus_close(bus);
}

/* The letter holds the first 64 kB; the whole lies where it came from, or nowhere. */
static void
a_letter_that_was_cut_goes_back_whole_or_not_at_all(void **state)
{
	static char large[BUS_MAX_RECORD - 1000];
	static const struct dlq_filter all = { .stage = "enrich" };
	struct bus *bus = open_line();
	const char *articles = name_of("articles");
	struct bus_member *m = sender(bus, fresh("large"), articles);
	struct bus_header header = { "nw-meta", "{}", 2 };
	struct bus_record r = { .topic = articles,
				.partition = 1,
				.key = "large",
				.key_size = 5,
				.value = large,
				.value_size = sizeof(large),
				.headers = &header,
				.header_count = 1 };
	const struct bus_record *got;
	struct bus_reader *reader;
	size_t n = 0, found = 0;
	bool end = false;

	(void)state;
	memset(large, 'x', sizeof(large));
	OK(bus_begin(m, &err));
	OK(bus_send(m, &r, &err));
	send_letter(m, &r, "enrich"); /* of offset 0: there it lies */
	large[7] = 'y';
	send_letter(m, &r, "enrich"); /* there lies another */
	large[7] = 'x';
	OK(bus_commit(m, NULL, 0, &err));
	bus_leave(m);

	CHECK(settle_some(bus, &all, LETTER_RETRIED) == 2); /* the small one too */
	OK(bus_read_open(bus, articles, &reader, &err));
	while (!end || found < 2) {
		OK(bus_read(reader, &got, &n, 10, 100, &end, &err));
		for (size_t i = 0; i < n; i++) {
			if (got[i].key_size != 5 || memcmp(got[i].key, "large", 5))
				continue;
			found++;
			CHECK(got[i].value_size == sizeof(large));
			CHECK(!memcmp(got[i].value, large, sizeof(large)));
			CHECK(bus_header(&got[i], "nw-meta", NULL));
		}
	}
	CHECK(found == 2);
	bus_read_close(reader);
	bus_close(bus);
}

/* ---- on both buses ---- */

static char directory[] = "/tmp/dlq_test.XXXXXX", path[64], brokers[64];

static void
conf_of_log(struct bus_conf *conf, bool quick)
{
	(void)quick;
	snprintf(path, sizeof(path), "%s/log", directory);
	*conf = (struct bus_conf){ .log = path, .cluster = "test" };
}

static void
conf_of_kafka(struct bus_conf *conf, bool quick)
{
	static const struct bus_setting setting = { "bootstrap.servers", brokers };

	(void)quick;
	*conf =
	    (struct bus_conf){ .cluster = "test", .kafka = &setting, .kafka_count = 1 };
}

static const struct bus_world embedded = { .conf = conf_of_log },
			      kafka = { .conf = conf_of_kafka };

static int
test(const struct bus_world *w)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_goes_back_once_wherever_the_sender_is_killed),
		cmocka_unit_test(of_two_at_once_the_former_is_fenced),
		cmocka_unit_test(
		    what_was_dropped_may_be_sent_back_after_all_but_nothing_twice),
		cmocka_unit_test(
		    what_was_done_to_a_letter_that_is_gone_is_forgotten_in_time),
		cmocka_unit_test(a_letter_that_was_cut_goes_back_whole_or_not_at_all),
	};

	steps_start(w);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	char command[64];
	int failed;

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	if (!mkdtemp(directory))
		return 1;
	failed = test(&embedded);
	broker("start", brokers, sizeof(brokers));
	failed += test(&kafka);
	broker("stop", NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		fprintf(stderr, "%s stays\n", directory);
	return failed;
}
