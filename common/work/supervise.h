/*
 * Child processes that are kept alive: what dies is started again, after a
 * pause that doubles while it keeps dying at once.  They die with us.
 */
#ifndef WORK_SUPERVISE_H
#define WORK_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "ops/board.h"
#include "time/clock.h"

struct child {
	const char *name;        /* for messages */
	const char *const *argv; /* argv[0] is the program's path */
	const struct board
	    *board; /* where its counters go, at place `row`; NULL: nowhere */
	size_t row;
	bool once;  /* its end is an end: not started again after status 0 or 1 */
	pid_t pid;  /* 0: not running */
	bool ended; /* of `once` */
	int status, failures;
	struct mono since; /* started, or died */
};

/* Starts what is due, collects what has died.  ERR_USAGE: a child said that starting is
 * no use. */
int supervise(struct child *children, size_t n, struct err *err) MUST_CHECK;

/* SIGTERM, and SIGKILL for what is still there after the deadline. */
void supervise_stop(struct child *children, size_t n, int deadline_ms);

/* Waits until a child has ended, a signal has come or the time is over. */
void supervise_wait(int timeout_ms);

#endif
