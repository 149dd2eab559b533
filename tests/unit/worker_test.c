/* The loop of every consumer, on the embedded log: what becomes of records when things go
 * wrong. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "ops/stop.h"
#include "time/clock.h"
#include "work/worker.h"

enum { RECORDS = 40 };

static char directory[] = "/tmp/worker_test.XXXXXX";
static struct program program;
static struct conf *conf;

static void
open_program(const char *name)
{
	static char state[100], log[120];

	snprintf(state, sizeof(state), "%s/%s", directory, name);
	snprintf(log, sizeof(log), "%s/log.db", state);
	mkdir(state, 0700);
	program = (struct program){ .prefix = "t", .state = state, .log = log, .conf = conf };
}

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
make_topics(struct bus *bus)
{
	struct bus_topic topics[] = { { "t.in", 2, -1, false },
				      { "t.out", 2, -1, false },
				      { "t.deadletter", 1, -1, false } };
	struct err err;

	if (bus_topics(bus, topics, 3, false, say, NULL, &err))
		fail_msg("%s", err.text);
}

static void
make_topics_alone(void)
{
	struct bus *bus = open_bus();

	make_topics(bus);
	bus_close(bus);
}

/* Records "0" .. "39"; the one at `odd` has the value `word`. */
static void
fill(const char *name, int odd, const char *word)
{
	struct bus *bus;
	struct bus_member *m;
	struct bus_role role = { .id = "t.filler" };
	struct err err;

	open_program(name);
	bus = open_bus();
	make_topics(bus);
	assert_int_equal(bus_join(bus, &role, &m, &err), 0);
	assert_int_equal(bus_begin(m, &err), 0);
	for (int i = 0; i < RECORDS; i++) {
		char key[16], value[16];
		struct bus_record r = {
			.topic = "t.in", .partition = -1, .key = key, .value = value
		};

		r.key_size = (size_t)sprintf(key, "%d", i);
		r.value_size = (size_t)sprintf(value, "%s", i == odd ? word : key);
		assert_int_equal(bus_send(m, &r, &err), 0);
	}
	assert_int_equal(bus_commit(m, NULL, 0, &err), 0);
	bus_leave(m);
	bus_close(bus);
}

/* ---- a toy consumer: copies t.in to t.out and does what the odd record says ---- */

struct toy {
	int retries;    /* how often the odd record fails before it passes */
	int held, kept; /* records in this batch; in committed ones */
	bool idle;
};

static int
toy_process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct toy *t = self;
	struct bus_record out = *r;
	char word[16];

	snprintf(word, sizeof(word), "%.*s", (int)r->value_size, (const char *)r->value);
	if (!strcmp(word, "bad"))
		return err_set(err, ERR_REJECT, "it says that it is bad");
	if (!strcmp(word, "crash"))
		raise(SIGSEGV);
	if (!strcmp(word, "hang"))
		for (atomic_int i = 0; i >= 0; i ^= 1) /* TSan hands signals over there */
			;
	if (!strcmp(word, "kill"))
		raise(SIGKILL);
	if (!strcmp(word, "later") && t->retries-- > 0)
		return err_set(err, ERR_RETRY, "not yet");
	if (!strcmp(word, "fatal"))
		return err_set(err, ERR_FATAL, "no way on");
	t->held++;
	out.topic = "t.out";
	out.partition = -1;
	return worker_send(w, &out, err);
}

static void
toy_committed(void *self)
{
	struct toy *t = self;

	t->kept += t->held;
	t->held = 0;
}

static void
toy_aborted(void *self)
{
	((struct toy *)self)->held = 0;
}

/* Nothing came: all is through. */
static int
toy_tick(void *self, int64_t now, struct worker *w, struct err *err)
{
	struct toy *t = self;

	(void)now, (void)w, (void)err;
	if (t->idle)
		raise(SIGTERM);
	t->idle = true;
	return 0;
}

static const struct consumer_type toy_type = { .name = "toy",
					       .process = toy_process,
					       .committed = toy_committed,
					       .aborted = toy_aborted,
					       .tick = toy_tick };

static int
work(struct toy *t)
{
	const char *in = "t.in", *sends[] = { "t.out", "t.deadletter" };
	struct worker_start start = { .program = &program,
				      .group = "toy",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = 2 };

	stop_open();
	return worker_run(&toy_type, t, &start);
}

/* Starts the worker in a child until it ends by itself; the number of starts. */
static int
work_until_done(int most)
{
	for (int i = 1; i <= most; i++) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			struct toy t = { 0 };

			_exit(work(&t));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			return i;
	}
	fail_msg("it did not end after %d starts", most);
	return 0;
}

/* How often each number stands in the topic; others in *odd. */
static void
read_all(const char *topic, int seen[RECORDS], int *odd, char reason[32])
{
	struct bus *bus = open_bus();
	struct bus_reader *r;
	struct err err;
	bool end = false;

	memset(seen, 0, RECORDS * sizeof(*seen));
	*odd = 0;
	assert_int_equal(bus_read_open(bus, topic, &r, &err), 0);
	while (!end) {
		const struct bus_record *records;
		size_t n;

		assert_int_equal(bus_read(r, &records, &n, 100, 0, &end, &err), 0);
		for (size_t i = 0; i < n; i++) {
			char word[16], *rest;
			const char *why;
			size_t size;
			long number;

			snprintf(word, sizeof(word), "%.*s", (int)records[i].value_size,
				 (const char *)records[i].value);
			number = strtol(word, &rest, 10);
			if (*rest)
				++*odd;
			else
				seen[number]++;
			why = bus_header(&records[i], "nw-dlq-reason", &size);
			if (why && reason)
				snprintf(reason, 32, "%.*s", (int)size, why);
		}
	}
	bus_read_close(r);
	bus_close(bus);
}

static void
assert_once(int odd)
{
	int seen[RECORDS], others;

	read_all("t.out", seen, &others, NULL);
	for (int i = 0; i < RECORDS; i++)
		if (seen[i] != (i != odd))
			fail_msg("record %d is there %d times", i, seen[i]);
}

static void
every_record_passes_once_and_a_second_run_finds_nothing(void **state)
{
	(void)state;
	fill("plain", -1, "");
	work_until_done(1);
	assert_once(-1);
	work_until_done(1);
	assert_once(-1);
}

static void
a_rejected_record_goes_to_the_dead_letters_and_the_rest_passes(void **state)
{
	int seen[RECORDS], odd;
	char reason[32] = "";

	(void)state;
	fill("bad", 7, "bad");
	work_until_done(1);
	assert_once(7);
	read_all("t.deadletter", seen, &odd, reason);
	assert_int_equal(odd, 1);
	assert_string_equal(reason, "reject");
}

static void
send_back(const char *value, const char *stage)
{
	struct bus_header to = { DEADLETTER_FOR, stage, strlen(stage) };
	struct bus_record r = { .topic = "t.in",
				.partition = -1,
				.key = value,
				.key_size = strlen(value),
				.value = value,
				.value_size = strlen(value),
				.headers = &to,
				.header_count = 1 };
	struct bus_role role = { .id = "t.dlq" };
	struct bus *bus = open_bus();
	struct bus_member *m;
	struct err err;

	assert_int_equal(bus_join(bus, &role, &m, &err), 0);
	assert_int_equal(bus_begin(m, &err), 0);
	assert_int_equal(bus_send(m, &r, &err), 0);
	assert_int_equal(bus_commit(m, NULL, 0, &err), 0);
	bus_leave(m);
	bus_close(bus);
}

static void
what_was_sent_back_is_for_the_stage_that_it_names(void **state)
{
	(void)state;
	fill("for", 7, "bad");
	work_until_done(1);
	send_back("7", "toy");
	send_back("8", "to");
	send_back("9", "sink.toy");
	work_until_done(1);
	assert_once(-1);
}

static void
a_record_that_kills_its_worker_is_set_aside(void **state)
{
	static const struct {
		const char *word;
		int starts;
	} cases[] = { { "crash", 3 }, { "hang", 3 }, { "kill", 7 } };

	(void)state;
	setenv("NEWSWIRE_WORKER_BUDGET_MS", "300", 1);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		int seen[RECORDS], odd, starts;
		char reason[32] = "";

		fill(cases[i].word, 11, cases[i].word);
		starts = work_until_done(10);
		assert_once(11);
		read_all("t.deadletter", seen, &odd, reason);
		if (odd != 1 || strcmp(reason, cases[i].word) ||
		    starts != cases[i].starts)
			fail_msg("%s: %d dead letters, reason %s, %d starts",
				 cases[i].word, odd, reason, starts);
	}
	unsetenv("NEWSWIRE_WORKER_BUDGET_MS");
}

/* One start, which the record kills. */
static void
die_once(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct toy t = { 0 };

		_exit(work(&t));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void
a_death_at_a_place_of_another_log_does_not_count(void **state)
{
	char *command;

	(void)state;
	fill("other", 11, "crash");
	die_once();
	command = must_printf("rm %s*", program.log);
	assert_int_equal(system(command), 0);
	free(command);
	fill("other", 11, "crash");
	assert_int_equal(work_until_done(10), 3);
	assert_once(11);
}

static void
what_must_wait_is_tried_again_and_memory_follows_the_commits(void **state)
{
	struct toy t = { .retries = 2 };
	pid_t pid;
	int status;

	(void)state;
	fill("later", 20, "later");
	pid = fork();
	if (!pid) {
		status = work(&t);
		_exit(status ? status : t.kept == RECORDS ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_once(20); /* its value is a word, so it is not among the numbers */
}

/* ---- a consumer that stores positions itself ---- */

static int64_t
committed(struct bus *bus)
{
	int64_t sum = 0;

	for (int i = 0; i < 2; i++) {
		struct err err;
		int64_t offset;

		assert_int_equal(bus_committed(bus, "t.toy", "t.in", i, &offset, &err), 0);
		sum += offset > 0 ? offset : 0;
	}
	return sum;
}

struct keeper {
	struct toy toy; /* its tick */
	int64_t stored, behind; /* records; the most that the group was behind */
	int64_t after_bad;	/* that the group had at the flush after the bad one */
	bool bad;
};

static int
keeper_open(void *self, struct worker *w, struct err *err)
{
	(void)self, (void)err;
	worker_keeps_positions(w);
	return 0;
}

/* Each record takes longer than a piece may. */
static int
keeper_process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct keeper *k = self;

	(void)w;
	usleep(2000);
	if (r->value_size == 3 && !memcmp(r->value, "bad", 3)) {
		k->bad = true;
		return err_set(err, ERR_REJECT, "it says that it is bad");
	}
	return 0;
}

static int
keeper_flush(void *self, const struct bus_position *positions, size_t n, struct worker *w,
	     struct err *err)
{
	struct keeper *k = self;
	int64_t behind = k->stored - committed(worker_bus(w));

	(void)positions, (void)err;
	assert_int_equal(n, 1);
	if (k->bad && k->after_bad < 0)
		k->after_bad = 0;
	else if (k->bad && !k->after_bad)
		k->after_bad = k->stored - behind;
	k->stored++;
	k->behind = behind > k->behind ? behind : k->behind;
	return 0;
}

static const struct consumer_type keeper_type = { .name = "keeper",
						  .open = keeper_open,
						  .process = keeper_process,
						  .flush = keeper_flush,
						  .tick = toy_tick };

static void
positions_that_are_kept_elsewhere_are_committed_now_and_then(void **state)
{
	const char *in = "t.in", *dead = "t.deadletter";
	struct worker_start start = { .program = &program,
				      .group = "toy",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = &dead,
				      .send_count = 1 };
	struct keeper k = { .after_bad = -1 };
	struct bus *bus;
	int status;

	(void)state;
	fill("keeper", 20, "bad");
	setenv("NEWSWIRE_WORKER_COMMIT_MS", "1", 1);
	if (!fork()) {
		stop_open();
		if (worker_run(&keeper_type, &k, &start) || k.stored != RECORDS)
			_exit(1);
		if (k.behind < 2) /* unless each of them took a second */
			_exit(2);
		_exit(k.after_bad > 1 ? 0 : 3); /* a dead letter takes them along */
	}
	unsetenv("NEWSWIRE_WORKER_COMMIT_MS");
	wait(&status);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	bus = open_bus();
	assert_int_equal(committed(bus), RECORDS);
	bus_close(bus);
}

static void
a_fatal_error_ends_the_worker_with_75(void **state)
{
	struct toy t = { 0 };
	pid_t pid;
	int status;

	(void)state;
	fill("fatal", 3, "fatal");
	pid = fork();
	if (!pid)
		_exit(work(&t));
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 75);
}

/* ---- readiness ---- */

struct patient {
	int unassigned, unticked; /* how often each fails */
	int port, ticks;
	char first[64], last[64]; /* what /readyz says between, and afterwards */
};

static void
ask_readyz(int port, char line[64])
{
	static const char get[] = "GET /readyz HTTP/1.0\r\n\r\n";
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n = -1;

	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) &&
	    write(fd, get, sizeof(get) - 1) > 0)
		n = read(fd, line, 63);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
}

static int
patient_assigned(void *self, struct bus_position *p, size_t n, struct err *err)
{
	struct patient *t = self;

	(void)p, (void)n;
	return t->unassigned-- > 0 ? err_set(err, ERR_RETRY, "the store is away") : 0;
}

static int
patient_tick(void *self, int64_t now, struct worker *w, struct err *err)
{
	struct patient *t = self;

	(void)now, (void)w;
	if (t->unticked-- > 0)
		return err_set(err, ERR_RETRY, "the disk is full");
	ask_readyz(t->port, t->last);
	if (t->unticked == -1)
		memcpy(t->first, t->last, sizeof(t->first));
	if (++t->ticks == 3)
		raise(SIGTERM);
	return 0;
}

static int
patient_process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	(void)self, (void)r, (void)w, (void)err;
	return 0;
}

static const struct consumer_type patient_type = { .name = "patient",
						   .process = patient_process,
						   .assigned = patient_assigned,
						   .tick = patient_tick };

static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	close(fd);
	return ntohs(at.sin_port);
}

/* 0: the worker is ready at the end, and was not while it failed at a tick. */
static int
nurse(struct patient *t)
{
	const char *in = "t.in", *dead = "t.deadletter";
	struct worker_start start = { .program = &program,
				      .group = "patient",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = &dead,
				      .send_count = 1 };
	bool ticks = t->unticked > 0;
	char port[16];

	t->port = free_port();
	snprintf(port, sizeof(port), "%d", t->port);
	setenv("NEWSWIRE_WORKER_HEALTH_PORT", port, 1);
	stop_open();
	if (worker_run(&patient_type, t, &start))
		return 1;
	fprintf(stderr, "then '%s', at last '%s'\n", t->first, t->last);
	return !strstr(t->first, ticks ? " 503 " : " 200 ") || !strstr(t->last, " 200 ");
}

static void
a_worker_that_failed_is_ready_again_with_nothing_to_read(void **state)
{
	static const struct patient cases[] = { { .unassigned = 3 }, { .unticked = 2 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		pid_t pid;
		int status;

		open_program(i ? "ticks" : "polls");
		make_topics_alone();
		pid = fork();
		if (!pid) {
			struct patient t = cases[i];

			_exit(nurse(&t));
		}
		waitpid(pid, &status, 0);
		assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	}
}

static void
two_workers_share_a_state_directory_by_their_slots(void **state)
{
	pid_t pids[2];

	(void)state;
	fill("two", -1, "");
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			struct toy t = { 0 };

			_exit(work(&t));
		}
	}
	for (int i = 0; i < 2; i++) {
		int status;

		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	assert_once(-1);
}

static int
make_directory(void **state)
{
	struct err err;

	(void)state;
	return mkdtemp(directory) && !conf_open(&conf, NULL, &err) ? 0 : -1;
}

static int
remove_directory(void **state)
{
	char *command = must_printf("rm -rf %s", directory);
	int failed = system(command);

	(void)state;
	free(command);
	conf_close(conf);
	return failed;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_passes_once_and_a_second_run_finds_nothing),
		cmocka_unit_test(
		    a_rejected_record_goes_to_the_dead_letters_and_the_rest_passes),
		cmocka_unit_test(what_was_sent_back_is_for_the_stage_that_it_names),
		cmocka_unit_test(a_record_that_kills_its_worker_is_set_aside),
		cmocka_unit_test(a_death_at_a_place_of_another_log_does_not_count),
		cmocka_unit_test(
		    what_must_wait_is_tried_again_and_memory_follows_the_commits),
		cmocka_unit_test(
		    positions_that_are_kept_elsewhere_are_committed_now_and_then),
		cmocka_unit_test(a_fatal_error_ends_the_worker_with_75),
		cmocka_unit_test(a_worker_that_failed_is_ready_again_with_nothing_to_read),
		cmocka_unit_test(two_workers_share_a_state_directory_by_their_slots),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
