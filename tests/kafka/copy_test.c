/*
 * bus copy: an embedded log on a real cluster, once, whatever is killed when.
 * The bus's calls are wrapped (see the Makefile), so that a child can be
 * killed before and after each.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "bus/copy.h"
#include "bus/moves.h"
#include "tests/lib/broker.h"
#include "tests/lib/bus_steps.h"
#include "tests/lib/kill_steps.h"
#include "time/clock.h"

enum { ARTICLES = 6 }; /* of each of two partitions */

static char directory[] = "/tmp/copy_test.XXXXXX", path[64], brokers[64], prefix[64];
static char said[4096];

/* ---- a log of its own for each test ---- */

static struct bus *
open_log(void)
{
	struct bus_conf conf = { .log = path, .cluster = "log" };
	struct bus *bus;

	OK(bus_open(&bus, &conf, &err));
	return bus;
}

static const char *
name_of(const char *topic)
{
	return of_line(prefix, topic);
}

static void
make(struct bus *log, const char *topic, int64_t retention_ms, bool compacted)
{
	struct bus_topic t = { name_of(topic), 2, retention_ms, compacted };

	OK(bus_topics(log, &t, 1, false, NULL, NULL, &err));
}

static void
send_article(struct bus_member *m, int partition, int number)
{
	char value[16];
	struct bus_header headers[] = { { "ce_id", value, 0 }, { "nothing", NULL, 0 } };
	struct bus_record r = { .topic = name_of("articles"),
				.partition = partition,
				.key = value,
				.value = value,
				.headers = headers,
				.header_count = 2 };

	r.key_size = r.value_size = headers[0].size =
	    (size_t)snprintf(value, sizeof(value), "%d", partition * ARTICLES + number);
	if (number == 3)
		r.value = NULL;
	OK(bus_send(m, &r, &err));
}

/* Of a compacted topic the log has the newest of each key only: offsets have gaps. */
static void
fill(struct bus *log)
{
	struct bus_member *m = sender(log, fresh("filler"), name_of("articles"));

	for (int i = 0; i < ARTICLES; i++) {
		OK(bus_begin(m, &err));
		send_article(m, 0, i);
		send_article(m, 1, i);
		send_text(m, name_of("state"), i % 2, "story/1", i % 2 ? "odd" : "even");
		send_text(m, name_of("state"), 0, i % 2 ? "mute/a" : "mute/b", NULL);
		OK(bus_commit(m, NULL, 0, &err));
	}
	bus_leave(m);
}

static struct bus *
make_log(int64_t retention_ms)
{
	struct bus *log;

	snprintf(prefix, sizeof(prefix), "%s", fresh("line"));
	snprintf(path, sizeof(path), "%s/%s", directory, prefix);
	log = open_log();
	make(log, "articles", retention_ms, false);
	make(log, "state", -1, true);
	make(log, "empty", -1, false);
	fill(log);
	return log;
}

/* The group has done 4 of partition 0 and all of 1. */
static void
place_group(struct bus *log)
{
	struct bus_position p[] = { { name_of("articles"), 0, 4 },
				    { name_of("articles"), 1, ARTICLES } };

	OK(bus_place(log, name_of("enrich"), p, 2, &err));
}

/* ---- the copy ---- */

static void
say(void *arg, const char *text)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static void
no_count(void *arg, const char *doing, int64_t done, int64_t of)
{
	(void)arg, (void)doing, (void)done, (void)of;
}

static int
copy(bool dry)
{
	struct copy_conf conf = { .from = open_log(),
				  .to = bus_for(false),
				  .prefix = prefix,
				  .dry = dry,
				  .say = say,
				  .count = no_count };
	int failed;

	*said = '\0';
	failed = bus_copy(&conf, &err);
	bus_close(conf.from);
	bus_close(conf.to);
	return failed;
}

static void
copy_in_child(int who, void *arg)
{
	(void)who;
	kill_steps_counted = arg != NULL;
	OK(copy(false));
}

/* ---- what must be there ---- */

static const char *
begins(const struct bus_record *r, const char *what)
{
	size_t n = strlen(what);

	return r->key_size >= n && !memcmp(r->key, what, n) ? what : NULL;
}

/* Of a topic, each record in a line: partition, time, key, value, headers. */
static void
print_topic(struct bus *bus, const char *topic, char *out, size_t room)
{
	const char *name = name_of(topic);
	char *lines[2] = { must_strdup(""), must_strdup("") };
	const struct bus_record *r;
	struct bus_reader *reader;
	bool end = false;
	size_t n;

	OK(bus_read_open(bus, name, &reader, &err));
	while (!end) {
		OK(bus_read(reader, &r, &n, 100, 100, &end, &err));
		for (size_t i = 0; i < n; i++) {
			char **line = &lines[r[i].partition], *was = *line;

			if (begins(&r[i], "copy/"))
				continue;
			*line = must_printf("%s%d %lld %.*s=%.*s %zu%s\n", was,
					    r[i].partition, (long long)r[i].time_ms,
					    (int)r[i].key_size, (const char *)r[i].key,
					    (int)r[i].value_size,
					    r[i].value ? (const char *)r[i].value : "",
					    r[i].header_count,
					    r[i].value ? "" : " tombstone");
			free(was);
		}
	}
	bus_read_close(reader);
	snprintf(out, room, "%s%s", lines[0], lines[1]);
	free(lines[0]);
	free(lines[1]);
}

static void
check_same(struct bus *log, struct bus *there, const char *topic)
{
	static char a[1 << 16], b[1 << 16];

	print_topic(log, topic, a, sizeof(a));
	print_topic(there, topic, b, sizeof(b));
	if (strcmp(a, b))
		fprintf(stderr, "%s is\n%snot\n%s", topic, b, a);
	CHECK(!strcmp(a, b));
}

/* The group goes on with the fifth of partition 0 and has no more of partition 1. */
static void
check_group(struct bus *there)
{
	struct bus_member *m =
	    consumer(there, fresh("id"), name_of("enrich"), name_of("articles"), NULL);
	const struct bus_record *r;
	int next = 4;

	while (next < ARTICLES) {
		size_t n = poll_some(m, &r, 100);

		for (size_t i = 0; i < n; i++) {
			CHECK(r[i].partition == 0);
			CHECK(atoi((const char *)r[i].key) == next);
			next++;
		}
	}
	bus_leave(m);
}

static void
check_all(void)
{
	struct bus *log = open_log(), *there = bus_for(false);

	check_same(log, there, "articles");
	check_same(log, there, "state");
	check_same(log, there, "empty");
	check_group(there);
	bus_close(log);
	bus_close(there);
}

/* ---- tests ---- */

static void
a_log_is_there_once_wherever_the_copy_is_killed(void **state)
{
	bool was_killed = true;

	(void)state;
	for (common->kill_at = 1; was_killed; common->kill_at++) {
		struct bus *log = make_log(-1);

		place_group(log);
		bus_close(log);
		common->step = 0;
		was_killed = is_killed(child(copy_in_child, 0, common), 120000);
		ends(child(copy_in_child, 0, NULL), 120000);
		check_all();
	}
	CHECK(common->kill_at > 2 * ARTICLES + 10); /* each step was one */
}

static void
a_copy_that_is_done_does_nothing_and_the_log_stays_sealed(void **state)
{
	struct bus *log = make_log(-1);
	struct bus_member *m;
	struct bus_role role = { .id = "late" };

	(void)state;
	place_group(log);
	OK(copy(true));
	CHECK(strstr(said, "articles would be carried: 12 records in 2 partitions"));
	OK(bus_join(log, &role, &m, &err)); /* nothing is sealed by a dry run */
	FAILS(copy(false), ERR_RETRY);
	CHECK(strstr(err.text, "stop them first"));
	bus_leave(m);
	OK(copy(false));
	CHECK(
	    strstr(said, "articles: 12 records in 2 partitions, the same on both sides"));
	OK(copy(false));
	CHECK(strstr(said, "already"));
	FAILS(bus_join(log, &role, &m, &err), ERR_USAGE);
	CHECK(strstr(err.text, "bus unseal"));
	OK(bus_unseal(log, &err));
	FAILS(bus_unseal(log, &err), ERR_USAGE);
	OK(bus_join(log, &role, &m, &err));
	bus_leave(m);
	bus_close(log);
}

static void
what_is_old_and_read_is_left_and_what_is_unread_is_not_lost(void **state)
{
	struct bus *log = make_log(1), *there;
	struct bus_position all[] = { { name_of("articles"), 0, ARTICLES },
				      { name_of("articles"), 1, ARTICLES } };
	struct until u = WITHIN(1000);
	int64_t offset, now = wall_now().ms;

	(void)state;
	while (wall_now().ms < now + 5)
		wait_on(&u);
	place_group(log);
	FAILS(copy(false), ERR_USAGE);
	CHECK(strstr(err.text, "enrich has not read 2 records"));
	OK(bus_place(log, name_of("enrich"), all, 2, &err));
	OK(copy(false));
	there = bus_for(false);
	OK(bus_offset(there, name_of("articles"), 0, BUS_END, &offset, &err));
	CHECK(offset == 0);
	check_same(log, there, "state");
	bus_close(there);
	bus_close(log);
}

static void
topics_that_are_in_use_are_not_written_to(void **state)
{
	struct bus *log = make_log(-1), *there = bus_for(false);
	struct bus_topic parted = { name_of("articles"), 3, -1, false };
	struct bus_member *m;

	(void)state;
	OK(bus_topics(there, &parted, 1, false, NULL, NULL, &err));
	FAILS(copy(false), ERR_USAGE);
	CHECK(strstr(err.text, "has 3 partitions, on the log 2"));
	bus_close(log);

	log = make_log(-1);
	make_topic(there, name_of("articles"), 2, false);
	m = sender(there, fresh("id"), name_of("articles"));
	send_one(m, name_of("articles"), 0, "k", "of somebody else");
	FAILS(copy(false), ERR_USAGE);
	CHECK(strstr(err.text, "has records already"));
	bus_leave(m);
	bus_close(there);
	bus_close(log);
}

/* One who publishes on the cluster before the copy is done is found out. */
static void
a_difference_is_found(void **state)
{
	struct bus *log = make_log(-1), *there;
	struct bus_member *m;

	(void)state;
	place_group(log);
	bus_close(log);
	common->step = 0;
	common->kill_at = 12; /* the topics are there, and how far it is */
	CHECK(is_killed(child(copy_in_child, 0, common), 60000));
	there = bus_for(false);
	m = sender(there, fresh("id"), name_of("articles"));
	send_one(m, name_of("articles"), 0, "k", "of somebody else");
	bus_leave(m);
	FAILS(copy(false), ERR_FATAL);
	CHECK(strstr(err.text, "not the same on both sides"));
	bus_close(there);
}

/* It would be refused again and again; records stamped two hours ahead are. */
static void
a_time_that_the_cluster_refuses_is_said(void **state)
{
	struct bus *log = make_log(-1);
	const char *articles = name_of("articles");
	struct bus_role role = {
		.id = "ahead", .sends = &articles, .send_count = 1, .keeps_time = true
	};
	struct bus_record r = { .topic = articles,
				.value = "x",
				.value_size = 1,
				.time_ms = wall_now().ms + 7200000 };
	struct bus_member *m;

	(void)state;
	OK(bus_join(log, &role, &m, &err));
	OK(bus_begin(m, &err));
	OK(bus_send(m, &r, &err));
	OK(bus_commit(m, NULL, 0, &err));
	bus_leave(m);
	FAILS(copy(false), ERR_USAGE);
	CHECK(strstr(err.text, "message.timestamp"));
	bus_close(log);
}

static void
offsets_of_the_log_are_found_on_the_cluster(void **state)
{
	struct bus *log = make_log(-1), *there;
	struct moves *moves;
	const char *states = name_of("state"), *articles = name_of("articles");
	int64_t offset = 5;
	bool known;

	(void)state;
	place_group(log);
	OK(copy(false));
	there = bus_for(false);
	moves = moves_new(there, states);
	OK(moves_find(moves, bus_cluster(log), articles, 1, &offset, &known, &err));
	CHECK(known && offset == 5);
	offset = 400;
	OK(moves_find(moves, bus_cluster(log), articles, 1, &offset, &known, &err));
	CHECK(known && offset == ARTICLES);
	OK(moves_find(moves, "log-another", articles, 1, &offset, &known, &err));
	CHECK(!known);
	OK(moves_find(moves, bus_cluster(log), states, 1, &offset, &known, &err));
	CHECK(!known);
	moves_free(moves);
	bus_close(there);
	bus_close(log);
}

/* ---- */

static void
conf_of_kafka(struct bus_conf *conf, bool quick)
{
	static const struct bus_setting setting = { "bootstrap.servers", brokers };

	(void)quick;
	*conf =
	    (struct bus_conf){ .cluster = "test", .kafka = &setting, .kafka_count = 1 };
}

static const struct bus_world kafka = { .conf = conf_of_kafka };

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_copy_that_is_done_does_nothing_and_the_log_stays_sealed),
		cmocka_unit_test(
		    what_is_old_and_read_is_left_and_what_is_unread_is_not_lost),
		cmocka_unit_test(topics_that_are_in_use_are_not_written_to),
		cmocka_unit_test(a_difference_is_found),
		cmocka_unit_test(a_time_that_the_cluster_refuses_is_said),
		cmocka_unit_test(offsets_of_the_log_are_found_on_the_cluster),
		cmocka_unit_test(a_log_is_there_once_wherever_the_copy_is_killed),
	};
	char command[64];
	int failed;

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	if (!mkdtemp(directory))
		return 1;
	broker("start", brokers, sizeof(brokers));
	steps_start(&kafka);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	broker("stop", NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		fprintf(stderr, "%s stays\n", directory);
	return failed;
}
