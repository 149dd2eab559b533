/*
 * A store that is away, or slow, for longer than Kafka waits for a silent
 * member (10 s) or for an open transaction (15 s): the sink keeps its
 * partitions, and what it had is stored once.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ops/stop.h"
#include "tests/lib/broker.h"
#include "time/clock.h"
#include "work/sink_worker.h"

enum { RECORDS = 200, BATCH = 20, BAD = 30, AWAY_MS = 25000, SLOW_MS = 9000 };

static char directory[] = "/tmp/sink_down_test.XXXXXX";

/* In memory that outlives the worker's process. */
static struct {
	int seen[RECORDS], refused, owners, tries, flushes, longest_ms;
	struct mono gone;
} * store;

struct state {
	struct sink *sink;
	const struct bus_record *batch[BATCH];
	int count;
};

static int
store_open(void *state, const struct sink_start *start, struct err *err)
{
	struct state *s = state;

	(void)err;
	s->sink = start->sink;
	return 0;
}

static int
store_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	(void)state, (void)err;
	for (size_t i = 0; i < n; i++) {
		store->owners += !places[i].epoch;
		places[i].epoch = 1;
	}
	return 0;
}

static int
number(const struct bus_record *r)
{
	char text[8];

	snprintf(text, sizeof(text), "%.*s", (int)r->value_size, (const char *)r->value);
	return atoi(text);
}

static int
store_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct state *s = state;

	if (stored)
		return number(r) == BAD ? err_set(err, ERR_REJECT, "not that one") : 0;
	s->batch[s->count++] = r;
	return 0;
}

/* The refusal comes first: its dead letter is in a transaction while the rest fails. */
static int
refuse(struct state *s, struct err *err)
{
	struct err why;

	err_set(&why, ERR_REJECT, "not that one");
	for (int i = 0; i < s->count; i++)
		if (number(s->batch[i]) == BAD &&
		    sink_reject(s->sink, s->batch[i], &why, err))
			return -1;
	return 0;
}

/* Slow once, with beats as a sink gives them. */
static void
be_slow(struct state *s)
{
	struct mono start = mono_now();

	while (mono_since(start) < SLOW_MS && sink_left_ms(s->sink) > 0)
		usleep(100000);
	store->longest_ms = (int)mono_since(start);
}

static int
store_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct state *s = state;
	bool has_bad = false;

	(void)places, (void)n;
	if (refuse(s, err))
		return -1;
	for (int i = 0; i < s->count; i++)
		has_bad |= number(s->batch[i]) == BAD;
	if (has_bad && !store->gone.ms)
		store->gone = mono_now();
	if (has_bad && mono_since(store->gone) < AWAY_MS) {
		store->tries++;
		return err_set(err, ERR_RETRY, "the store is away");
	}
	if (has_bad)
		be_slow(s);
	for (int i = 0; i < s->count; i++) {
		if (number(s->batch[i]) == BAD)
			store->refused++;
		else
			store->seen[number(s->batch[i])]++;
		store->flushes++;
	}
	s->count = 0;
	if (store->flushes == RECORDS)
		raise(SIGTERM);
	return 0;
}

static void
store_undo(void *state)
{
	((struct state *)state)->count = 0;
}

static const struct sink_type away_type = { .name = "away",
					    .kind = SINK_APPEND,
					    .state_size = sizeof(struct state),
					    .open = store_open,
					    .claim = store_claim,
					    .write = store_write,
					    .flush = store_flush,
					    .undo = store_undo,
					    .close = store_undo };

static void
say(void *arg, const char *topic, const char *text)
{
	(void)arg, (void)topic, (void)text;
}

static void
fill(const struct program *program)
{
	struct bus_topic topics[] = { { "t.enriched", 2, -1, false },
				      { "t.deadletter", 1, -1, false } };
	struct bus_role role = { .id = "t.filler" };
	struct bus_member *m;
	struct bus *bus;
	struct err err;

	assert_int_equal(program_bus(program, &bus, &err), 0);
	assert_int_equal(bus_topics(bus, topics, 2, false, say, NULL, &err), 0);
	assert_int_equal(bus_join(bus, &role, &m, &err), 0);
	assert_int_equal(bus_begin(m, &err), 0);
	for (int i = 0; i < RECORDS; i++) {
		char value[8];
		struct bus_record r = { .topic = "t.enriched",
					.partition = i % 2,
					.value = value };

		r.value_size = (size_t)sprintf(value, "%d", i);
		assert_int_equal(bus_send(m, &r, &err), 0);
	}
	assert_int_equal(bus_commit(m, NULL, 0, &err), 0);
	bus_leave(m);
	bus_close(bus);
}

static int
count_dead_letters(const struct program *program)
{
	struct bus_reader *r;
	struct bus *bus;
	struct err err;
	bool end = false;
	int count = 0;

	assert_int_equal(program_bus(program, &bus, &err), 0);
	assert_int_equal(bus_read_open(bus, "t.deadletter", &r, &err), 0);
	while (!end) {
		const struct bus_record *records;
		size_t n;

		assert_int_equal(bus_read(r, &records, &n, 100, 500, &end, &err), 0);
		count += (int)n;
	}
	bus_read_close(r);
	bus_close(bus);
	return count;
}

static void
a_store_that_is_away_or_slow_for_long_loses_and_doubles_nothing(void **state)
{
	struct sink_conf sink = { .chosen = &away_type,
				  .batch = BATCH,
				  .flush_ms = 14000,
				  .batch_bytes = 1 << 20 };
	struct program program = { .prefix = "t", .state = directory };
	struct err err;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(conf_open(&program.conf, NULL, &err), 0);
	fill(&program);
	pid = fork();
	if (!pid) {
		stop_open();
		_exit(sink_worker_run(&program, "away", &sink));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_in_range(store->tries, 3, 100);
	assert_in_range(store->longest_ms, SLOW_MS, 14000);
	assert_int_equal(store->owners, 2);
	for (int i = 0; i < RECORDS; i++)
		if (store->seen[i] != (i != BAD))
			fail_msg("record %d is stored %d times", i, store->seen[i]);
	assert_int_equal(store->refused, 1);
	assert_int_equal(count_dead_letters(&program), 1);
	conf_close(program.conf);
}

static int
start(void **state)
{
	char address[64];

	(void)state;
	store = mmap(NULL, sizeof(*store), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (store == MAP_FAILED || !mkdtemp(directory))
		return -1;
	broker("start", address, sizeof(address));
	return setenv("NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS", address, 1);
}

static int
stop(void **state)
{
	char *command = must_printf("rm -rf %s", directory);
	int failed = system(command);

	(void)state;
	broker("stop", NULL, 0);
	free(command);
	return failed;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_store_that_is_away_or_slow_for_long_loses_and_doubles_nothing),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
