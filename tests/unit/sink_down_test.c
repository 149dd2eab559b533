/*
 * A store that is away for an hour.  The clock is the test's: each look at it
 * moves it on while the store is away, so that the hour passes in seconds and
 * every wait of the worker is as long as it thinks.
 */
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ops/metric.h"
#include "ops/stop.h"
#include "time/clock.h"
#include "work/sink_worker.h"

enum {
	RECORDS = 3000,
	VALUE = 2000,
	HOUR_MS = 3600 * 1000,
	LOOK_MS = 250,
	KEPT = 1 << 10
};

static char directory[] = "/tmp/sink_down_test.XXXXXX";

/* ---- the clock ---- */

static bool away, working; /* a batch is in hand: that takes no time */
static int64_t skew_ms;

int
clock_gettime(clockid_t id, struct timespec *t)
{
	if (away && !working)
		skew_ms += LOOK_MS;
	if (syscall(SYS_clock_gettime, id, t))
		return -1;
	if (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME)
		return 0;
	t->tv_sec += skew_ms / 1000;
	t->tv_nsec += skew_ms % 1000 * 1000000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
	return 0;
}

/* ---- the store ---- */

/* In memory that outlives the worker's process. */
static struct store {
	struct mono gone, first_after;
	int stored, batch, tries, owners;
	size_t writes, memory_first, memory_most;
	int64_t since_seen, since_after, lag_seen;
	char *copies[KEPT]; /* of this batch, as a sink keeps what it will send */
} * store;

static const char since[] = "newswire_sink_failing_since_timestamp_seconds";

static int64_t
shown(const char *name)
{
	struct buf out;
	char *row;
	int64_t value;

	buf_init(&out, 1 << 20);
	metric_write(&out);
	for (row = strstr(out.data, name); row && row[-1] != '\n';)
		row = strstr(row + 1, name);
	value = row ? strtoll(strchr(row, ' ') + 1, NULL, 10) : -1;
	buf_release(&out);
	return value;
}

static int
store_open(void *state, const struct sink_start *start, struct err *err)
{
	(void)state, (void)start, (void)err;
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
store_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	(void)state, (void)err;
	working = true;
	assert_false(stored);
	assert_true(store->batch < KEPT);
	store->copies[store->batch] = must_alloc(r->value_size);
	memcpy(store->copies[store->batch++], r->value, r->value_size);
	store->writes++;
	return 0;
}

static void
store_undo(void *state)
{
	(void)state;
	working = false;
	while (store->batch > 0)
		free(store->copies[--store->batch]);
}

/* Away from the third batch on, for an hour. */
static bool
is_away(void)
{
	if (!store->gone.ms && store->stored > 2 * VALUE / 100) {
		store->gone = mono_now();
		away = true;
	}
	if (away && mono_since(store->gone) >= HOUR_MS)
		away = false;
	return away;
}

static void
look_at_a_try(void)
{
	size_t used = mallinfo2().uordblks;

	store->tries++;
	if (store->tries == 10)
		store->memory_first = used;
	if (store->tries > 10 && used > store->memory_most)
		store->memory_most = used;
	store->since_seen = shown(since);
	store->lag_seen = shown("newswire_lag_records");
}

static int
store_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	(void)places, (void)n;
	if (is_away()) {
		look_at_a_try();
		return err_set(err, ERR_RETRY, "the store is away");
	}
	if (store->gone.ms && !store->first_after.ms)
		store->first_after = mono_now();
	store->stored += store->batch;
	store_undo(state);
	if (store->stored == RECORDS)
		raise(SIGTERM);
	return 0;
}

static const struct sink_type away_type = { .name = "away",
					    .kind = SINK_APPEND,
					    .state_size = 1,
					    .open = store_open,
					    .claim = store_claim,
					    .write = store_write,
					    .flush = store_flush,
					    .undo = store_undo,
					    .close = store_undo };

/* ---- the line ---- */

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
	char value[VALUE];
	struct err err;

	assert_int_equal(program_bus(program, &bus, &err), 0);
	assert_int_equal(bus_topics(bus, topics, 2, false, say, NULL, &err), 0);
	assert_int_equal(bus_join(bus, &role, &m, &err), 0);
	assert_int_equal(bus_begin(m, &err), 0);
	memset(value, 'x', sizeof(value));
	for (int i = 0; i < RECORDS; i++) {
		struct bus_record r = { .topic = "t.enriched",
					.partition = i % 2,
					.value = value,
					.value_size = sizeof(value) };

		assert_int_equal(bus_send(m, &r, &err), 0);
	}
	assert_int_equal(bus_commit(m, NULL, 0, &err), 0);
	bus_leave(m);
	bus_close(bus);
}

static void
a_store_that_is_away_for_an_hour_costs_nothing_but_time(void **state)
{
	struct sink_conf sink = { .chosen = &away_type,
				  .flush_ms = 10000,
				  .batch_bytes = 16 << 20 };
	struct program program = { .prefix = "t",
				   .state = directory,
				   .log = must_printf("%s/log.db", directory) };
	struct err err;
	int status;
	pid_t pid;

	(void)state;
	setenv("NEWSWIRE_WORKER_HEALTH_PORT", "0", 1);
	setenv("NEWSWIRE_WORKER_COMMIT_MS", "60000", 1);
	assert_int_equal(conf_open(&program.conf, NULL, &err), 0);
	fill(&program);
	store = mmap(NULL, sizeof(*store), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(store != MAP_FAILED);
	pid = fork();
	if (!pid) {
		stop_open();
		status = sink_worker_run(&program, "away", &sink);
		store->since_after = shown(since);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	/* An hour of tries, at most ten seconds apart, and not one after another. */
	assert_in_range(store->tries, 300, 1000);
	/* It was one owner's all the time, and all of it came once. */
	assert_int_equal(store->owners, 2);
	assert_int_equal(store->stored, RECORDS);
	/* What it holds at the last try it held at the tenth. */
	assert_in_range(store->memory_most, 0, store->memory_first + (64 << 10));
	/* It could be seen, and how much waits. */
	assert_in_range(store->since_seen, 1, wall_now().ms / 1000);
	assert_in_range(store->lag_seen, RECORDS / 2, RECORDS);
	assert_int_equal(store->since_after, 0);
	/* And when the store was back it went on at the next try: ten seconds, and a
	 * quarter for each look at the clock on the way there. */
	assert_in_range(store->first_after.ms - store->gone.ms - HOUR_MS, 0, 20000);
	munmap(store, sizeof(*store));
	conf_close(program.conf);
	free((char *)program.log);
}

static int
make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int
remove_directory(void **state)
{
	char *command = must_printf("rm -rf %s", directory);
	int failed = system(command);

	(void)state;
	free(command);
	return failed;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_that_is_away_for_an_hour_costs_nothing_but_time),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
