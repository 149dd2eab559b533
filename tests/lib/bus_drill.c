/*
 * What must hold when processes die: records and positions commit together,
 * a group goes on without the lost one, readers are not left blind.  Parents
 * open no bus before their children are forked.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/bus_steps.h"
#include "time/clock.h"

/* A worker that copies one topic to another, a record for a record. */
struct copier {
	const char *in, *out, *group, *id[MAX_CHILDREN];
	bool quick;
	size_t batch;
	int last_to_join; /* waits for common->go == 2 */
	int ends_after;   /* batches; 0: when told to stop */
	bool stops;       /* the first one stops itself in its first transaction */
};

static struct copier
copier_of(int children)
{
	struct copier c = { .in = fresh("in"),
			    .out = fresh("out"),
			    .group = fresh("group"),
			    .batch = 50,
			    .last_to_join = -1 };

	for (int i = 0; i < children; i++)
		c.id[i] = fresh("id");
	return c;
}

/* Between any two calls. */
static void
step(void)
{
	if (++common->step == common->kill_at)
		raise(SIGKILL);
}

static int
count_assigned(void *arg, struct bus_position *positions, size_t n, struct err *e)
{
	(void)positions;
	(void)e;
	*(_Atomic int *)arg += (int)n;
	return 0;
}

static void
count_revoked(void *arg, const struct bus_position *positions, size_t n)
{
	(void)positions;
	*(_Atomic int *)arg -= (int)n;
}

static struct bus_member *
join_as(struct bus *bus, const struct copier *c, int who)
{
	struct bus_role role = { .id = c->id[who],
				 .group = c->group,
				 .topics = &c->in,
				 .topic_count = 1,
				 .sends = &c->out,
				 .send_count = 1,
				 .assigned = count_assigned,
				 .revoked = count_revoked,
				 .arg = &common->owned[who] };
	struct bus_member *m;

	OK(bus_join(bus, &role, &m, &err));
	return m;
}

static int
copy_all(struct bus_member *m, const struct copier *c, const struct bus_record *r,
	 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct bus_record out = { .topic = c->out,
					  .partition = -1,
					  .key = r[i].key,
					  .key_size = r[i].key_size,
					  .value = r[i].value,
					  .value_size = r[i].value_size };

		if (bus_send(m, &out, &err))
			return -1;
		step();
	}
	if (c->stops && common->go == 1) {
		common->go = 2;
		raise(SIGSTOP);
	}
	return commit_after(m, r, n);
}

/* ERR_RETRY: the batch is undone and comes again. */
static void
undo(struct bus_member *m)
{
	struct until u = WITHIN(60000);

	if (err.class != ERR_RETRY)
		steps_fail(__FILE__, __LINE__, err.text);
	fprintf(stderr, "again: %s\n", err.text);
	while (bus_abort(m, &err)) {
		if (err.class != ERR_RETRY)
			steps_fail(__FILE__, __LINE__, err.text);
		wait_on(&u);
	}
}

static bool
copy_batch(struct bus_member *m, const struct copier *c)
{
	const struct bus_record *r;
	size_t n;

	if (bus_poll(m, &r, &n, c->batch, 100, &err)) {
		undo(m);
		return false;
	}
	step();
	if (!n)
		return false;
	if (bus_begin(m, &err)) {
		undo(m);
		return false;
	}
	step();
	if (copy_all(m, c, r, n)) {
		undo(m);
		return false;
	}
	step();
	return true;
}

static void
copy(int who, void *arg)
{
	const struct copier *c = arg;
	struct until u = WITHIN(60000);
	struct bus_member *m;
	struct bus *bus;
	int done = 0;

	while (common->go < (who == c->last_to_join ? 2 : 1))
		wait_on(&u);
	bus = bus_for(c->quick);
	step();
	m = join_as(bus, c, who);
	step();
	while (!common->stop && !(c->ends_after && done == c->ends_after)) {
		done += copy_batch(m, c);
		if (mono_now().ms > u.ms)
			wait_on(&u);
	}
	bus_leave(m);
	step();
	bus_close(bus);
}

static void
make_topics(struct bus *bus, const struct copier *c, int partitions)
{
	make_topic(bus, c->in, partitions, false);
	make_topic(bus, c->out, 2, false);
}

/* The next n numbers, one partition after another. */
static void
feed(struct bus_member *m, const struct copier *c, int n, int partitions)
{
	char text[16];

	OK(bus_begin(m, &err));
	for (int i = 0; i < n; i++, common->sent++) {
		snprintf(text, sizeof(text), "%d", (int)common->sent);
		send_text(m, c->in, (int)(common->sent % partitions), text, text);
	}
	OK(bus_commit(m, NULL, 0, &err));
}

/* Until the copy is whole. */
static void
wait_for_copy(struct bus_reader *out, int64_t *seen, int64_t ms)
{
	struct until u = WITHIN(ms);
	const struct bus_record *r;
	bool end;
	size_t n;

	while (*seen < common->sent) {
		OK(bus_read(out, &r, &n, 500, 100, &end, &err));
		*seen += (int64_t)n;
		if (*seen < common->sent)
			wait_on(&u);
	}
}

static void
check_copy(struct bus *bus, const struct copier *c)
{
	static struct seen s;

	see(bus, c->out, (size_t)common->sent, &s);
	check_each_once(&s, (int)common->sent);
}

static void
a_worker_killed_between_any_two_calls_copies_each_record_once(void **state)
{
	struct copier c = copier_of(1);
	struct bus_member *m;
	struct until u = WITHIN(90000);
	struct bus *bus = bus_for(false);
	int64_t lag = 1;
	int kills = 0;
	pid_t pid;

	(void)state;
	make_topics(bus, &c, 1);
	m = sender(bus, fresh("id"), c.in);
	feed(m, &c, 120, 1);
	bus_leave(m);
	bus_close(bus);
	c.batch = 2;
	c.ends_after = 2;
	common->go = 1;
	do {
		common->step = 0;
		common->kill_at++;
	} while (is_killed(child(copy, 0, &c), 60000) && ++kills);
	CHECK(kills >= 12);
	common->kill_at = 0;
	c.ends_after = 0;
	pid = child(copy, 0, &c);
	bus = bus_for(false);
	while (lag) {
		OK(bus_lag(bus, c.group, c.in, &lag, &err));
		wait_on(&u);
	}
	common->stop = 1;
	ends(pid, 10000);
	check_copy(bus, &c);
	bus_close(bus);
}

static bool
all_own(int children, int each)
{
	for (int i = 0; i < children; i++)
		if (common->owned[i] != each)
			return false;
	return true;
}

/* Feeds until each of the children owns so many. */
static void
feed_until(struct bus_member *m, const struct copier *c, int children, int each)
{
	struct until u = WITHIN(30000);

	while (!all_own(children, each)) {
		if (common->sent < MAX_SEEN / 2)
			feed(m, c, 6, 6);
		wait_on(&u);
	}
}

static void
a_group_goes_on_without_the_one_that_was_killed(void **state)
{
	struct copier c = copier_of(3);
	pid_t pids[3];
	struct bus_member *m;
	struct bus_reader *out;
	struct bus *bus;
	struct mono start;
	int64_t seen = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		pids[i] = child(copy, i, &c);
	bus = bus_for(false);
	make_topics(bus, &c, 6);
	m = sender(bus, fresh("id"), c.in);
	common->go = 1;
	feed_until(m, &c, 3, 2);
	OK(bus_read_open(bus, c.out, &out, &err));
	wait_for_copy(out, &seen, 30000);
	start = mono_now();
	kill(pids[0], SIGKILL);
	killed(pids[0], 1000);
	for (int i = 0; i < 5; i++)
		feed(m, &c, 12, 6);
	wait_for_copy(out, &seen, world->takeover_ms);
	fprintf(stderr, "taken over in %" PRId64 " ms\n", mono_since(start));
	common->stop = 1;
	ends(pids[1], 10000);
	ends(pids[2], 10000);
	bus_read_close(out);
	check_copy(bus, &c);
	bus_leave(m);
	bus_close(bus);
}

static void
one_that_joins_gets_its_share(void **state)
{
	struct copier c = copier_of(3);
	pid_t pids[3];
	struct bus_member *m;
	struct bus_reader *out;
	struct bus *bus;
	struct mono start;
	int64_t seen = 0;

	(void)state;
	c.quick = true;
	c.last_to_join = 2;
	for (int i = 0; i < 3; i++)
		pids[i] = child(copy, i, &c);
	bus = bus_for(true);
	make_topics(bus, &c, 6);
	m = sender(bus, fresh("id"), c.in);
	common->go = 1;
	feed_until(m, &c, 2, 3);
	start = mono_now();
	common->go = 2;
	feed_until(m, &c, 3, 2);
	fprintf(stderr, "joined in %" PRId64 " ms\n", mono_since(start));
	feed(m, &c, 60, 6);
	OK(bus_read_open(bus, c.out, &out, &err));
	wait_for_copy(out, &seen, 30000);
	common->stop = 1;
	for (int i = 0; i < 3; i++)
		ends(pids[i], 10000);
	bus_read_close(out);
	check_copy(bus, &c);
	bus_leave(m);
	bus_close(bus);
}

/* Its transaction is open, and what it sent is on its way, when the parent looks. */
static void
leave_open(int who, void *arg)
{
	const struct copier *c = arg;
	struct bus *bus = bus_for(false);
	struct bus_member *m = sender(bus, c->id[who], c->out);
	struct mono start = mono_now();

	OK(bus_begin(m, &err));
	while (mono_since(start) < 200)
		send_text(m, c->out, 0, NULL, "of the dead");
	raise(SIGKILL);
}

static void
send_the_next(int who, void *arg)
{
	const struct copier *c = arg;
	struct bus *bus = bus_for(false);
	struct bus_member *m = sender(bus, c->id[who], c->out);

	send_one(m, c->out, 0, "k", "1");
	bus_leave(m);
	bus_close(bus);
}

static void
readers_go_on_when_a_killed_sender_is_back(void **state)
{
	struct copier c = copier_of(1);
	struct bus *bus = bus_for(false);
	struct bus_reader *out;
	struct bus_member *m;
	struct mono start;
	int64_t seen = 0;
	pid_t pid;

	(void)state;
	make_topics(bus, &c, 1);
	bus_close(bus);
	killed(child(leave_open, 0, &c), 30000);
	start = mono_now();
	pid = child(send_the_next, 0, &c);
	bus = bus_for(false);
	m = sender(bus, fresh("id"), c.out);
	send_one(m, c.out, 0, "k", "0");
	OK(bus_read_open(bus, c.out, &out, &err));
	common->sent = 2;
	wait_for_copy(out, &seen, 3000);
	fprintf(stderr, "readers went on in %" PRId64 " ms\n", mono_since(start));
	ends(pid, 10000);
	check_copy(bus, &c);
	bus_read_close(out);
	bus_leave(m);
	bus_close(bus);
}

/* A process that slept through its session: others have its partitions when it wakes. */
static void
one_that_slept_through_its_session_commits_nothing(void **state)
{
	struct copier c = copier_of(2);
	struct until u = WITHIN(40000);
	pid_t pids[2];
	struct bus_member *m;
	struct bus_reader *out;
	struct bus *bus;
	int64_t seen = 0;

	(void)state;
	if (!world->restart)
		skip(); /* an owner on the same machine is known to live, so it keeps what
			   it has */
	c.quick = c.stops = true;
	c.last_to_join = 1;
	for (int i = 0; i < 2; i++)
		pids[i] = child(copy, i, &c);
	bus = bus_for(true);
	make_topics(bus, &c, 2);
	m = sender(bus, fresh("id"), c.in);
	feed(m, &c, 20, 2);
	common->go = 1;
	while (common->owned[1] != 2)
		wait_on(&u);
	kill(pids[0], SIGCONT);
	OK(bus_read_open(bus, c.out, &out, &err));
	wait_for_copy(out, &seen, 40000);
	feed(m, &c, 20, 2);
	wait_for_copy(out, &seen, 40000);
	common->stop = 1;
	for (int i = 0; i < 2; i++)
		ends(pids[i], 20000);
	bus_read_close(out);
	check_copy(bus, &c);
	bus_leave(m);
	bus_close(bus);
}

/*
 * As a supervised worker: what must be tried again is, and what is fatal is a new start under
 * the same id.  (A member whose session ended while the broker was away may be told that it is
 * fenced, by itself.)
 */
static void
go_on(struct bus *bus, const struct copier *c, struct bus_member **m)
{
	struct until u = WITHIN(60000);

	fprintf(stderr, "again: %s\n", err.text);
	if (err.class == ERR_RETRY)
		while (bus_abort(*m, &err) && err.class == ERR_RETRY)
			wait_on(&u);
	if (err.class == ERR_RETRY)
		return;
	bus_leave(*m);
	*m = join_as(bus, c, 0);
}

/* One batch, with the broker restarted before its records are sent, or before the commit. */
static void
copy_over_restart(struct bus *bus, const struct copier *c, struct bus_member **m, bool sent)
{
	const struct bus_record *r;
	size_t n = poll_some(*m, &r, c->batch);

	OK(bus_begin(*m, &err));
	if (!sent)
		world->restart();
	for (size_t i = 0; i < n; i++) {
		struct bus_record out = { .topic = c->out, .partition = -1, .value = r[i].value,
			.value_size = r[i].value_size };

		if (bus_send(*m, &out, &err)) {
			go_on(bus, c, m);
			return;
		}
	}
	if (sent)
		world->restart();
	if (commit_after(*m, r, n))
		go_on(bus, c, m);
}

static void
a_broker_killed_in_mid_batch_loses_nothing(void **state)
{
	struct copier c = copier_of(1);
	struct bus *bus;
	struct bus_member *m, *copying;
	struct until u = WITHIN(120000);

	(void)state;
	if (!world->restart)
		skip();
	bus = bus_for(true);
	make_topics(bus, &c, 1);
	m = sender(bus, fresh("id"), c.in);
	feed(m, &c, 60, 1);
	c.batch = 10;
	copying = join_as(bus, &c, 0);
	copy_over_restart(bus, &c, &copying, false);
	copy_over_restart(bus, &c, &copying, true);
	for (int64_t lag = 1; lag;) {
		const struct bus_record *r;
		size_t n;

		if (bus_poll(copying, &r, &n, c.batch, 100, &err) ||
		    (n && (bus_begin(copying, &err) || copy_all(copying, &c, r, n))))
			go_on(bus, &c, &copying);
		if (bus_lag(bus, c.group, c.in, &lag, &err))
			lag = 1;
		if (mono_now().ms > u.ms)
			wait_on(&u);
	}
	check_copy(bus, &c);
	bus_leave(copying);
	bus_leave(m);
	bus_close(bus);
}

static const struct CMUnitTest drills[] = {
	cmocka_unit_test(a_worker_killed_between_any_two_calls_copies_each_record_once),
	cmocka_unit_test(readers_go_on_when_a_killed_sender_is_back),
	cmocka_unit_test(one_that_joins_gets_its_share),
	cmocka_unit_test(a_group_goes_on_without_the_one_that_was_killed),
	cmocka_unit_test(one_that_slept_through_its_session_commits_nothing),
	cmocka_unit_test(a_broker_killed_in_mid_batch_loses_nothing),
};

const struct CMUnitTest *
bus_drills(size_t *n)
{
	*n = LENGTH(drills);
	return drills;
}
