#include "tests/lib/bus_steps.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "time/clock.h"

const struct bus_world *world;
struct common *common;
struct err err;

static pid_t tester;

void
steps_start(const struct bus_world *w)
{
	world = w;
	tester = getpid();
	common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (common == MAP_FAILED)
		abort();
}

void
steps_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	if (getpid() != tester)
		_exit(1);
	_fail(file, line);
}

struct until
until_in(int64_t ms, const char *file, int line)
{
	return (struct until){ mono_now().ms + ms, file, line };
}

void
wait_on(const struct until *u)
{
	if (mono_now().ms > u->ms)
		steps_fail(u->file, u->line, "it did not come in time");
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

const char *
fresh(const char *what)
{
	static char names[64][64];
	static unsigned count;
	char *name = names[count % LENGTH(names)];

	snprintf(name, sizeof(names[0]), "t%d.%u.%s", (int)tester, count++, what);
	return name;
}

const char *
of_line(const char *prefix, const char *name)
{
	static char names[100][128];
	static unsigned count;
	char *to = names[count++ % LENGTH(names)];

	snprintf(to, sizeof(names[0]), "%s.%s", prefix, name);
	return to;
}

struct bus *
bus_for(bool quick)
{
	struct bus_conf conf = { 0 };
	struct bus *bus;

	world->conf(&conf, quick);
	OK(bus_open(&bus, &conf, &err));
	return bus;
}

static void
nothing_to_say(void *arg, const char *topic, const char *text)
{
	(void)arg;
	fail_msg("%s %s", topic, text);
}

void
make_topic(struct bus *bus, const char *name, int partitions, bool compacted)
{
	struct bus_topic t = { name, partitions, -1, compacted };

	OK(bus_topics(bus, &t, 1, false, nothing_to_say, NULL, &err));
}

const char *
topic_of(struct bus *bus, const char *what, int partitions)
{
	const char *name = fresh(what);

	make_topic(bus, name, partitions, false);
	return name;
}

const char *
compacted_topic_of(struct bus *bus, const char *what, int partitions)
{
	const char *name = fresh(what);

	make_topic(bus, name, partitions, true);
	return name;
}

struct bus_member *
sender(struct bus *bus, const char *id, const char *topic)
{
	struct bus_role role = { .id = id, .sends = &topic, .send_count = 1 };
	struct bus_member *m;

	OK(bus_join(bus, &role, &m, &err));
	return m;
}

struct bus_member *
consumer(struct bus *bus, const char *id, const char *group, const char *topic,
	 const char *sends)
{
	struct bus_role role = { .id = id,
				 .group = group,
				 .topics = &topic,
				 .topic_count = 1,
				 .sends = &sends,
				 .send_count = sends ? 1 : 0 };
	struct bus_member *m;

	OK(bus_join(bus, &role, &m, &err));
	return m;
}

void
send_text(struct bus_member *m, const char *topic, int partition, const char *key,
	  const char *value)
{
	struct bus_record r = { .topic = topic,
				.partition = partition,
				.key = key,
				.key_size = key ? strlen(key) : 0,
				.value = value,
				.value_size = value ? strlen(value) : 0 };

	OK(bus_send(m, &r, &err));
}

void
send_one(struct bus_member *m, const char *topic, int partition, const char *key,
	 const char *value)
{
	OK(bus_begin(m, &err));
	send_text(m, topic, partition, key, value);
	OK(bus_commit(m, NULL, 0, &err));
}

size_t
poll_some(struct bus_member *m, const struct bus_record **r, size_t max)
{
	struct until u = WITHIN(30000);
	size_t n = 0;

	while (!n) {
		if (bus_poll(m, r, &n, max, 200, &err) && err.class != ERR_RETRY)
			steps_fail(__FILE__, __LINE__, err.text);
		if (!n)
			wait_on(&u);
	}
	CHECK(n <= max);
	return n;
}

int
commit_after(struct bus_member *m, const struct bus_record *r, size_t n)
{
	struct bus_position p[MAX_PARTITIONS];
	size_t count = 0, i;

	for (; n; r++, n--) {
		for (i = 0; i < count && (p[i].partition != r->partition ||
					  strcmp(p[i].topic, r->topic));
		     i++)
			;
		if (i == count)
			CHECK(count++ < MAX_PARTITIONS);
		p[i] = (struct bus_position){ r->topic, r->partition, r->offset + 1 };
	}
	return bus_commit(m, p, count, &err);
}

static void
copy_text(char *to, size_t room, const void *bytes, size_t n)
{
	if (!bytes)
		bytes = "(null)", n = 6;
	CHECK(n < room);
	memcpy(to, bytes, n);
	to[n] = 0;
}

void
see(struct bus *bus, const char *topic, size_t least, struct seen *s)
{
	struct until u = WITHIN(30000);
	const struct bus_record *r;
	struct bus_reader *reader;
	bool end = false;
	size_t n;

	s->count = 0;
	OK(bus_read_open(bus, topic, &reader, &err));
	while (!end || s->count < least) {
		OK(bus_read(reader, &r, &n, 500, 200, &end, &err));
		for (; n; r++, n--, s->count++) {
			CHECK(s->count < MAX_SEEN);
			copy_text(s->items[s->count].key, sizeof(s->items[0].key), r->key,
				  r->key_size);
			copy_text(s->items[s->count].value, sizeof(s->items[0].value),
				  r->value, r->value_size);
			s->items[s->count].partition = r->partition;
			s->items[s->count].offset = r->offset;
		}
		wait_on(&u);
	}
	bus_read_close(reader);
}

void
check_each_once(const struct seen *s, int n)
{
	int *times = must_alloc(sizeof(int) * (size_t)(n + 1)), bad = 0;

	for (size_t i = 0; i < s->count; i++) {
		int v = atoi(s->items[i].value);

		if (v < 0 || v >= n)
			fprintf(stderr, "%s is none of ours\n", s->items[i].value), bad++;
		else
			times[v]++;
	}
	for (int v = 0; v < n; v++)
		if (times[v] != 1)
			fprintf(stderr, "%d is there %d times\n", v, times[v]), bad++;
	free(times);
	CHECK(bad == 0);
}

pid_t
child(void (*body)(int who, void *arg), int who, void *arg)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(who, arg);
	_exit(0);
}

static int
status_of(pid_t pid, int64_t ms)
{
	struct until u = WITHIN(ms);
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (mono_now().ms > u.ms)
			kill(pid, SIGKILL);
		wait_on(&u);
	}
	return status;
}

void
ends(pid_t pid, int64_t ms)
{
	CHECK(status_of(pid, ms) == 0);
}

bool
is_killed(pid_t pid, int64_t ms)
{
	int status = status_of(pid, ms);

	CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	return status != 0;
}

void
killed(pid_t pid, int64_t ms)
{
	CHECK(is_killed(pid, ms));
}
