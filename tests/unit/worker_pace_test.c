/* How large a transaction is, and when the next one comes. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ops/stop.h"
#include "time/clock.h"
#include "work/worker.h"

enum { RECORDS = 60 };

static char directory[] = "/tmp/worker_pace_test.XXXXXX";
static struct program program;

/* In memory that outlives the worker's process. */
static struct {
	int sizes[RECORDS], count, records;
	struct mono first, last;
} * flushes;

static int
pace_process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	(void)r, (void)w, (void)err;
	++*(int *)self;
	return 0;
}

static int
pace_flush(void *self, const struct bus_position *positions, size_t n, struct worker *w,
	   struct err *err)
{
	int *records = self;

	(void)positions, (void)n, (void)w, (void)err;
	flushes->last = mono_now();
	if (!flushes->count)
		flushes->first = flushes->last;
	flushes->sizes[flushes->count++] = *records;
	flushes->records += *records;
	*records = 0;
	if (flushes->records == RECORDS)
		raise(SIGTERM);
	return 0;
}

static const struct consumer_type pace = { .name = "pace",
					   .process = pace_process,
					   .flush = pace_flush };

static int
keeper_open(void *self, struct worker *w, struct err *err)
{
	(void)self, (void)err;
	worker_keeps_positions(w);
	return 0;
}

static const struct consumer_type keeper = { .name = "pace",
					     .open = keeper_open,
					     .process = pace_process,
					     .flush = pace_flush };

static struct bus *
open_bus(void)
{
	struct bus *bus;
	struct err err;

	if (program_bus(&program, &bus, &err))
		fail_msg("%s", err.text);
	return bus;
}

static void
say(void *arg, const char *topic, const char *text)
{
	(void)arg, (void)topic, (void)text;
}

static void
begin(const char *name)
{
	static char state[100], log[120];
	static const struct bus_topic topics[] = { { "t.in", 1, -1, false },
						   { "t.deadletter", 1, -1, false } };
	struct bus *bus;
	struct err err;

	snprintf(state, sizeof(state), "%s/%s", directory, name);
	snprintf(log, sizeof(log), "%s/log.db", state);
	mkdir(state, 0700);
	program.prefix = "t";
	program.state = state;
	program.log = log;
	bus = open_bus();
	assert_int_equal(bus_topics(bus, topics, 2, false, say, NULL, &err), 0);
	bus_close(bus);
	memset(flushes, 0, sizeof(*flushes));
}

static void
send_marked(int from, int to, int every, int pause_ms, size_t marks)
{
	static const struct bus_header mark = { "nw-replay", "{}", 2 };
	struct bus *bus = open_bus();
	struct bus_role role = { .id = "t.filler" };
	struct bus_record r = {
		.topic = "t.in", .partition = 0, .value = "0123456789", .value_size = 10,
		.headers = &mark, .header_count = marks
	};
	struct bus_member *m;
	struct err err;

	assert_int_equal(bus_join(bus, &role, &m, &err), 0);
	for (int i = from; i < to; i += every) {
		assert_int_equal(bus_begin(m, &err), 0);
		for (int j = 0; j < every; j++)
			assert_int_equal(bus_send(m, &r, &err), 0);
		assert_int_equal(bus_commit(m, NULL, 0, &err), 0);
		usleep((useconds_t)pause_ms * 1000);
	}
	bus_leave(m);
	bus_close(bus);
}

/* Ten bytes each; `every` of them in a transaction, pause_ms after each. */
static void
send(int from, int to, int every, int pause_ms)
{
	send_marked(from, to, every, pause_ms, 0);
}

static pid_t
start(const struct consumer_type *type, int batch, int bytes, int linger_ms)
{
	pid_t pid = fork();

	if (!pid) {
		const char *in = "t.in", *dead = "t.deadletter";
		struct worker_start start = { .program = &program,
					      .group = "pace",
					      .topics = &in,
					      .topic_count = 1,
					      .sends = &dead,
					      .send_count = 1,
					      .batch = batch,
					      .batch_bytes = bytes,
					      .linger_ms = linger_ms };
		int records = 0;

		stop_open();
		_exit(worker_run(type, &records, &start));
	}
	return pid;
}

static pid_t
start_worker(int batch, int bytes, int linger_ms)
{
	return start(&pace, batch, bytes, linger_ms);
}

static void
join(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_int_equal(flushes->records, RECORDS);
}

static void
a_transaction_ends_after_so_many_records_or_bytes(void **state)
{
	static const struct {
		const char *name;
		int batch, bytes, most;
	} cases[] = { { "records", 7, 0, 7 },
		      { "bytes", 0, 50, 5 },
		      { "lone", 1, 0, 1 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		begin(cases[i].name);
		send(0, RECORDS, RECORDS, 0);
		join(start_worker(cases[i].batch, cases[i].bytes, 0));
		for (int j = 0; j < flushes->count; j++)
			assert_in_range(flushes->sizes[j], 1, cases[i].most);
		assert_int_equal(flushes->count,
				 (RECORDS + cases[i].most - 1) / cases[i].most);
	}
}

/* Sixty transactions of others become a few of ours; the first record waits for nothing.
 */
static void
who_lingers_takes_what_has_come_meanwhile_together(void **state)
{
	pid_t pid;

	(void)state;
	begin("linger");
	pid = start_worker(0, 0, 300);
	send(0, RECORDS, 1, 5);
	join(pid);
	assert_in_range(flushes->count, 2, RECORDS / 3);
}

/* Else this would take a minute. */
static void
a_batch_that_is_full_is_not_waited_for(void **state)
{
	pid_t pid;

	(void)state;
	begin("full");
	pid = start_worker(20, 0, 60000);
	send(0, 1, 1, 0);
	while (!flushes->count)
		usleep(1000);
	send(1, RECORDS - 19, RECORDS - 20, 0);
	send(RECORDS - 19, RECORDS, 19, 0);
	join(pid);
	assert_in_range(flushes->last.ms - flushes->first.ms, 0, 30000);
}

/* Milliseconds until the group stands at this offset. */
static int64_t
time_until(int64_t offset)
{
	struct bus *bus = open_bus();
	struct mono start = mono_now();
	int64_t at = -1;
	struct err err;

	while (at < offset && mono_since(start) < 20000) {
		assert_int_equal(bus_committed(bus, "t.pace", "t.in", 0, &at, &err), 0);
		usleep(1000);
	}
	assert_int_equal(at, offset);
	bus_close(bus);
	return mono_since(start);
}

/* Who keeps his positions himself may leave the group's behind, unless somebody waits. */
static void
positions_of_replayed_records_are_committed_at_once(void **state)
{
	enum { TIMES = 5 };
	int64_t ms[2] = { 0 };

	(void)state;
	for (size_t marks = 0; marks < 2; marks++) {
		pid_t pid;

		begin(marks ? "marked" : "unmarked");
		pid = start(&keeper, 0, 0, 0);
		send_marked(0, 1, 1, 0, marks);
		time_until(1);
		for (int i = 1; i <= TIMES; i++) {
			send_marked(i, i + 1, 1, 0, marks);
			ms[marks] += time_until(i + 1);
		}
		send(TIMES + 1, RECORDS, RECORDS - TIMES - 1, 0);
		join(pid);
	}
	assert_in_range(ms[0], TIMES * 150, 60000); /* once there is nothing more to read */
	assert_in_range(ms[1], 0, ms[0] / 2);
}

static int
make_directory(void **state)
{
	struct err err;

	(void)state;
	flushes = mmap(NULL, sizeof(*flushes), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return flushes != MAP_FAILED && mkdtemp(directory) &&
		       !conf_open(&program.conf, NULL, &err)
		   ? 0
		   : -1;
}

static int
remove_directory(void **state)
{
	char *command = must_printf("rm -rf %s", directory);
	int failed = system(command);

	(void)state;
	free(command);
	conf_close(program.conf);
	return failed;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_ends_after_so_many_records_or_bytes),
		cmocka_unit_test(who_lingers_takes_what_has_come_meanwhile_together),
		cmocka_unit_test(a_batch_that_is_full_is_not_waited_for),
		cmocka_unit_test(positions_of_replayed_records_are_committed_at_once),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
