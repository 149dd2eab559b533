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

enum { RESTARTS = 3 };

/* A worker that copies one topic to another, a record for a record. */
struct copier {
	const char *in, *out, *group, *id[MAX_CHILDREN];
	bool quick;
	size_t batch;
	int last_to_join; /* waits for common->go == 2 */
	int ends_after;   /* batches; 0: when told to stop */
	bool stops;       /* the first one stops itself in its first transaction */
	int64_t within_ms;
};

static struct copier
copier_of(int children)
{
	struct copier c = { .in = fresh("in"),
			    .out = fresh("out"),
			    .group = fresh("group"),
			    .batch = 50,
			    .within_ms = 60000,
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
	struct until u = WITHIN(c->within_ms);
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

/* Children that copy, and what their parent sees of it. */
struct drill {
	struct copier c;
	pid_t pids[MAX_CHILDREN];
	int children;
	struct bus *bus;
	struct bus_member *m; /* feeds */
	struct bus_reader *out;
	int64_t seen;
};

/* The parent's part, once its children are forked. */
static void
open_drill(struct drill *d, int partitions)
{
	const char *feeder = fresh("id");

	d->bus = bus_for(d->c.quick);
	make_topic(d->bus, d->c.in, partitions, false);
	make_topic(d->bus, d->c.out, 2, false);
	d->m = sender(d->bus, feeder, d->c.in);
	OK(bus_read_open(d->bus, d->c.out, &d->out, &err));
}

static void
start_drill(struct drill *d, int children, int partitions)
{
	for (; d->children < children; d->children++)
		d->pids[d->children] = child(copy, d->children, &d->c);
	open_drill(d, partitions);
}

static void
close_drill(struct drill *d)
{
	bus_read_close(d->out);
	bus_leave(d->m);
	bus_close(d->bus);
}

static void
check_copy(const struct drill *d)
{
	static struct seen s;

	see(d->bus, d->c.out, (size_t)common->sent, &s);
	check_each_once(&s, (int)common->sent);
}

/* Those who live end well, and the copy is whole. */
static void
end_drill(struct drill *d)
{
	common->stop = 1;
	for (int i = 0; i < d->children; i++)
		if (d->pids[i])
			ends(d->pids[i], 40000);
	check_copy(d);
	close_drill(d);
}

/* The next n numbers, one partition after another. */
static void
feed(struct drill *d, int n, int partitions)
{
	char text[16];

	OK(bus_begin(d->m, &err));
	for (int i = 0; i < n; i++, common->sent++) {
		snprintf(text, sizeof(text), "%d", (int)common->sent);
		send_text(d->m, d->c.in, (int)(common->sent % partitions), text, text);
	}
	OK(bus_commit(d->m, NULL, 0, &err));
}

/* Until the copy is whole. */
static void
wait_for_copy(struct drill *d, int64_t ms)
{
	struct until u = WITHIN(ms);
	const struct bus_record *r;
	bool end;
	size_t n;

	while (d->seen < common->sent) {
		OK(bus_read(d->out, &r, &n, 500, 100, &end, &err));
		d->seen += (int64_t)n;
		if (d->seen < common->sent)
			wait_on(&u);
	}
}

static void
wait_for_no_lag(const struct drill *d, int64_t ms)
{
	struct until u = WITHIN(ms);
	int64_t lag = 1;

	while (bus_lag(d->bus, d->c.group, d->c.in, &lag, &err) || lag)
		wait_on(&u);
}

static void
a_worker_killed_between_any_two_calls_copies_each_record_once(void **state)
{
	struct drill d = { .c = copier_of(1) };
	int kills = 0;

	(void)state;
	open_drill(&d, 1);
	feed(&d, 120, 1);
	close_drill(&d);
	d.c.batch = 2;
	d.c.ends_after = 2;
	common->go = 1;
	do {
		common->step = 0;
		common->kill_at++;
	} while (is_killed(child(copy, 0, &d.c), 60000) && ++kills);
	CHECK(kills >= 12);
	common->kill_at = 0;
	d.c.ends_after = 0;
	start_drill(&d, 1, 1);
	wait_for_no_lag(&d, 90000);
	end_drill(&d);
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
feed_until(struct drill *d, int children, int each)
{
	struct until u = WITHIN(30000);

	while (!all_own(children, each)) {
		if (common->sent < MAX_SEEN / 2)
			feed(d, 6, 6);
		wait_on(&u);
	}
}

static void
a_group_goes_on_without_the_one_that_was_killed(void **state)
{
	struct drill d = { .c = copier_of(3) };
	struct mono start;

	(void)state;
	start_drill(&d, 3, 6);
	common->go = 1;
	feed_until(&d, 3, 2);
	wait_for_copy(&d, 30000);
	start = mono_now();
	kill(d.pids[0], SIGKILL);
	killed(d.pids[0], 1000);
	d.pids[0] = 0;
	for (int i = 0; i < 5; i++)
		feed(&d, 12, 6);
	wait_for_copy(&d, world->takeover_ms);
	fprintf(stderr, "taken over in %" PRId64 " ms\n", mono_since(start));
	end_drill(&d);
}

static void
one_that_joins_gets_its_share(void **state)
{
	struct drill d = { .c = copier_of(3) };
	struct mono start;

	(void)state;
	d.c.quick = true;
	d.c.last_to_join = 2;
	start_drill(&d, 3, 6);
	common->go = 1;
	feed_until(&d, 2, 3);
	start = mono_now();
	common->go = 2;
	feed_until(&d, 3, 2);
	fprintf(stderr, "joined in %" PRId64 " ms\n", mono_since(start));
	feed(&d, 60, 6);
	wait_for_copy(&d, 30000);
	end_drill(&d);
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
	struct drill d = { .c = copier_of(1) };
	struct mono start;

	(void)state;
	open_drill(&d, 1);
	close_drill(&d);
	killed(child(leave_open, 0, &d.c), 30000);
	start = mono_now();
	d.pids[d.children++] = child(send_the_next, 0, &d.c);
	open_drill(&d, 1);
	send_one(d.m, d.c.out, 0, "k", "0");
	common->sent = 2;
	wait_for_copy(&d, 3000);
	fprintf(stderr, "readers went on in %" PRId64 " ms\n", mono_since(start));
	end_drill(&d);
}

/* A process that slept through its session: others have its partitions when it wakes. */
static void
one_that_slept_through_its_session_commits_nothing(void **state)
{
	struct drill d = { .c = copier_of(2) };
	struct until u = WITHIN(40000);

	(void)state;
	if (!world->restart)
		skip(); /* an owner on the same machine is known to live, so it keeps what
			   it has */
	d.c.quick = d.c.stops = true;
	d.c.last_to_join = 1;
	start_drill(&d, 2, 2);
	feed(&d, 20, 2);
	common->go = 1;
	while (common->owned[1] != 2)
		wait_on(&u);
	kill(d.pids[0], SIGCONT);
	wait_for_copy(&d, 40000);
	feed(&d, 20, 2);
	wait_for_copy(&d, 40000);
	end_drill(&d);
}

/* One batch, with the broker restarted before its records are sent, or before the commit.
 */
static void
copy_over_restart(struct drill *d, struct bus_member *m, bool sent)
{
	const struct bus_record *r;
	size_t n = poll_some(m, &r, d->c.batch);
	int failed = 0;

	OK(bus_begin(m, &err));
	if (!sent)
		world->restart();
	for (size_t i = 0; i < n && !failed; i++) {
		struct bus_record out = { .topic = d->c.out,
					  .partition = -1,
					  .value = r[i].value,
					  .value_size = r[i].value_size };

		failed = bus_send(m, &out, &err);
	}
	if (sent)
		world->restart();
	if (failed || commit_after(m, r, n))
		undo(m);
}

static void
a_broker_killed_in_mid_batch_loses_nothing(void **state)
{
	struct drill d = { .c = copier_of(1) };
	struct until u = WITHIN(120000);
	struct bus_member *m;

	(void)state;
	if (!world->restart)
		skip();
	d.c.quick = true;
	d.c.batch = 10;
	open_drill(&d, 1);
	feed(&d, 60, 1);
	m = join_as(d.bus, &d.c, 0);
	copy_over_restart(&d, m, false);
	copy_over_restart(&d, m, true);
	for (int64_t lag = 1; lag;) {
		copy_batch(m, &d.c);
		if (bus_lag(d.bus, d.c.group, d.c.in, &lag, &err))
			lag = 1;
		if (mono_now().ms > u.ms)
			wait_on(&u);
	}
	bus_leave(m);
	end_drill(&d);
}

/* A sender by itself: each number in a transaction of its own, until told to stop. */
static void
pour(int who, void *arg)
{
	const struct copier *c = arg;
	struct until u = WITHIN(c->within_ms);
	struct bus_member *m;
	struct bus *bus;
	char text[16];

	while (!common->go)
		wait_on(&u);
	bus = bus_for(c->quick);
	m = sender(bus, c->id[who], c->in);
	while (!common->stop_feeding) {
		struct bus_record r = { .topic = c->in, .partition = -1, .value = text };

		r.value_size =
		    (size_t)snprintf(text, sizeof(text), "%d", (int)common->sent);
		if (bus_begin(m, &err) || bus_send(m, &r, &err) ||
		    bus_commit(m, NULL, 0, &err))
			undo(m);
		else
			common->sent++;
	}
	bus_leave(m);
	bus_close(bus);
}

/* Whoever waits for the broker goes on by itself: nobody is told that another has its id.
 */
static void
workers_outlive_the_restarts_of_their_broker(void **state)
{
	struct drill d = { .c = copier_of(2) };
	struct until u = WITHIN(120000);

	(void)state;
	if (!world->restart)
		skip();
	d.c.within_ms = 180000;
	d.pids[d.children++] = child(copy, 0, &d.c);
	d.pids[d.children++] = child(pour, 1, &d.c);
	open_drill(&d, 1);
	common->go = 1;
	for (int i = 0; i < RESTARTS; i++) {
		int64_t sent = common->sent;

		while (common->sent < sent + 20)
			wait_on(&u);
		fprintf(stderr, "restart at %d\n", (int)common->sent);
		world->restart();
	}
	common->stop_feeding = 1;
	ends(d.pids[1], 40000);
	d.pids[1] = 0;
	wait_for_no_lag(&d, 60000);
	end_drill(&d);
}

static const struct CMUnitTest drills[] = {
	cmocka_unit_test(a_worker_killed_between_any_two_calls_copies_each_record_once),
	cmocka_unit_test(readers_go_on_when_a_killed_sender_is_back),
	cmocka_unit_test(one_that_joins_gets_its_share),
	cmocka_unit_test(a_group_goes_on_without_the_one_that_was_killed),
	cmocka_unit_test(one_that_slept_through_its_session_commits_nothing),
	cmocka_unit_test(a_broker_killed_in_mid_batch_loses_nothing),
	cmocka_unit_test(workers_outlive_the_restarts_of_their_broker),
};

const struct CMUnitTest *
bus_drills(size_t *n)
{
	*n = LENGTH(drills);
	return drills;
}
