#include "work/supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ops/log.h"

enum { PAUSE_MS = 100, PAUSE_MOST_MS = 10000, STEADY_MS = 30000, USAGE = 2 };

static void
on_child(int signal)
{
	(void)signal; /* it ends poll() */
}

void
supervise_wait(int timeout_ms)
{
	struct sigaction act = { .sa_handler = on_child };

	sigaction(SIGCHLD, &act, NULL);
	poll(NULL, 0, timeout_ms);
}

static int
start(struct child *c, struct err *err)
{
	char parent[32];

	snprintf(parent, sizeof(parent), "%d", (int)getpid());
	c->pid = fork();
	if (c->pid < 0) {
		c->pid = 0;
		return err_errno(err, ERR_RETRY, "cannot start %s", c->name);
	}
	if (!c->pid) {
		setenv("NEWSWIRE_SUPERVISOR", parent, 1);
		if (c->board)
			board_give(c->board, c->row);
		execv(c->argv[0], (char *const *)c->argv);
		_exit(127);
	}
	c->since = mono_now();
	return 0;
}

static int
pause_ms(const struct child *c)
{
	int ms = PAUSE_MS << (c->failures < 8 ? c->failures : 8);

	return !c->failures ? 0 : ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
}

/* What an end means: 0, or -1 if there is no use in going on. */
static int
bury(struct child *c, int status, struct err *err)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	c->pid = 0;
	c->status = code;
	c->failures = mono_since(c->since) > STEADY_MS ? 1 : c->failures + 1;
	c->since = mono_now();
	if (code == USAGE || code == 127)
		return err_set(err, ERR_USAGE,
			       "%s ended with status %d; see its message above", c->name,
			       code);
	if (c->once && code <= 1) {
		c->ended = true;
		return 0;
	}
	if (WIFSIGNALED(status))
		log_warn("%s was killed by signal %d; starting it again", c->name,
			 WTERMSIG(status));
	else
		log_warn("%s ended with status %d; starting it again", c->name, code);
	return 0;
}

int
supervise(struct child *children, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct child *c = &children[i];
		int status;

		if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid &&
		    bury(c, status, err))
			return -1;
		if (!c->pid && !c->ended && mono_since(c->since) >= pause_ms(c) &&
		    start(c, err))
			log_warn("%s", err->text);
	}
	return 0;
}

static size_t
collect(struct child *children, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		int status;

		if (children[i].pid &&
		    waitpid(children[i].pid, &status, WNOHANG) == children[i].pid)
			children[i].pid = 0;
		left += children[i].pid != 0;
	}
	return left;
}

static void
send_all(const struct child *children, size_t n, int signal)
{
	for (size_t i = 0; i < n; i++)
		if (children[i].pid)
			kill(children[i].pid, signal);
}

void
supervise_stop(struct child *children, size_t n, int deadline_ms)
{
	struct mono start_of_end = mono_now();

	send_all(children, n, SIGTERM);
	while (collect(children, n) && mono_since(start_of_end) < deadline_ms)
		supervise_wait(100);
	if (collect(children, n))
		log_warn("some workers did not stop in %d ms and are killed",
			 deadline_ms);
	send_all(children, n, SIGKILL);
	while (collect(children, n))
		supervise_wait(100);
}
