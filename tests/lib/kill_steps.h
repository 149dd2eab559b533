/*
 * The bus's calls as steps, between which a child is killed: common->step
 * counts them where they are counted, and at common->kill_at it is the end.
 * A test that includes this is linked with --wrap (see the Makefile).
 */
#ifndef TESTS_KILL_STEPS_H
#define TESTS_KILL_STEPS_H

#include <signal.h>

#include "tests/lib/bus_steps.h"

static bool kill_steps_counted; /* in a child that may be killed */

static void
kill_step(void)
{
	if (kill_steps_counted && ++common->step == common->kill_at)
		raise(SIGKILL);
}

int __real_bus_begin(struct bus_member *m, struct err *e);
int __real_bus_send(struct bus_member *m, const struct bus_record *r, struct err *e);
int __real_bus_commit(struct bus_member *m, const struct bus_position *p, size_t n,
		      struct err *e);
int __real_bus_place(struct bus *bus, const char *group, const struct bus_position *p,
		     size_t n, struct err *e);
int __wrap_bus_begin(struct bus_member *m, struct err *e);
int __wrap_bus_send(struct bus_member *m, const struct bus_record *r, struct err *e);
int __wrap_bus_commit(struct bus_member *m, const struct bus_position *p, size_t n,
		      struct err *e);
int __wrap_bus_place(struct bus *bus, const char *group, const struct bus_position *p,
		     size_t n, struct err *e);

int
__wrap_bus_begin(struct bus_member *m, struct err *e)
{
	kill_step();
	return __real_bus_begin(m, e);
}

int
__wrap_bus_send(struct bus_member *m, const struct bus_record *r, struct err *e)
{
	kill_step();
	return __real_bus_send(m, r, e);
}

int
__wrap_bus_commit(struct bus_member *m, const struct bus_position *p, size_t n,
		  struct err *e)
{
	int failed;

	kill_step();
	failed = __real_bus_commit(m, p, n, e);
	kill_step();
	return failed;
}

int
__wrap_bus_place(struct bus *bus, const char *group, const struct bus_position *p,
		 size_t n, struct err *e)
{
	int failed;

	kill_step();
	failed = __real_bus_place(bus, group, p, n, e);
	kill_step();
	return failed;
}

#endif
