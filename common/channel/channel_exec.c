/*
 * A command for each alert: the alert is a line on its standard input, its id
 * in NEWSWIRE_ALERT_ID.  Status 0: it is done; 75: another time; others: never.
 * What is killed, or takes too long, may have done it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/channel.h"
#include "time/clock.h"

enum { LATER = 75, TURN_MS = 5 };

struct exec_conf {
	const char *command;
};

static const struct opt exec_opts[] = {
	OPT(struct exec_conf, command, "", 0, 0,
	    "run by sh -c, with the alert as a line of JSON on its standard input"),
	{ 0 },
};

struct runner {
	const char *command;
	int timeout_ms;
};

static int
exec_open(void *state, const void *conf, int timeout_ms, struct err *err)
{
	struct runner *r = state;

	r->command = ((const struct exec_conf *)conf)->command;
	r->timeout_ms = timeout_ms;
	return *r->command
		   ? 0
		   : err_set(err, ERR_USAGE, "it needs a `command`, as ./ring.sh");
}

/* A group of its own, so that all that it started ends with it. */
static void
become(const struct runner *r, const struct letter *l, int in)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	setenv("NEWSWIRE_ALERT_ID", l->alert->id, 1);
	setenv("NEWSWIRE_ALERT_REPEATED", l->maybe_repeated ? "1" : "0", 1);
	if (dup2(in, STDIN_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", r->command, (char *)NULL);
	_exit(127);
}

/* As much as the pipe takes now; a command need not read at all. */
static void
feed(int *to, const struct letter *l, size_t *written)
{
	while (*to >= 0) {
		bool is_end = *written >= l->size;
		ssize_t n = write(*to, is_end ? "\n" : l->json + *written,
				  is_end ? 1 : l->size - *written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		*written += n > 0 ? (size_t)n : 0;
		if (n < 0 || *written > l->size) {
			close(*to);
			*to = -1;
		}
	}
}

/* 0: it has ended by itself; -1: it was too slow, and was ended. */
static int
await(const struct runner *r, pid_t pid, int to, const struct letter *l, int *status)
{
	struct mono start = mono_now();
	size_t written = 0;
	pid_t ended;

	for (;;) {
		feed(&to, l, &written);
		ended = waitpid(pid, status, WNOHANG);
		if (ended || mono_since(start) >= r->timeout_ms)
			break;
		poll(NULL, 0, TURN_MS);
	}
	if (to >= 0)
		close(to);
	kill(-pid, SIGKILL);
	if (ended)
		return 0;
	waitpid(pid, status, 0);
	return -1;
}

static enum channel_answer
judge(int status, struct err *err)
{
	if (!WIFEXITED(status)) {
		err_set(err, ERR_RETRY, "the command was ended by signal %d",
			WTERMSIG(status));
		return CHANNEL_UNKNOWN;
	}
	if (!WEXITSTATUS(status))
		return CHANNEL_SENT;
	err_set(err, ERR_RETRY, "the command ended with status %d%s", WEXITSTATUS(status),
		WEXITSTATUS(status) == 127 ? ": is there such a command?" : "");
	return WEXITSTATUS(status) == LATER || WEXITSTATUS(status) == 127
		   ? CHANNEL_AWAY
		   : CHANNEL_REFUSED;
}

static enum channel_answer
exec_send(void *state, const struct letter *l, struct err *err)
{
	const struct runner *r = state;
	int in[2], status;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC)) {
		err_errno(err, ERR_RETRY, "no pipe");
		return CHANNEL_AWAY;
	}
	pid = fork();
	if (!pid)
		become(r, l, in[0]);
	close(in[0]);
	if (pid < 0) {
		close(in[1]);
		err_errno(err, ERR_RETRY, "no process for the command");
		return CHANNEL_AWAY;
	}
	setpgid(pid, pid);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	if (!await(r, pid, in[1], l, &status))
		return judge(status, err);
	err_set(err, ERR_RETRY, "the command took longer than %d ms", r->timeout_ms);
	return CHANNEL_UNKNOWN;
}

static void
exec_close(void *state)
{
	(void)state;
}

extern const struct channel_type channel_exec_type;
const struct channel_type channel_exec_type = {
	.name = "exec",
	.help = "a command for each alert; at least once, or on_unknown = hold",
	.state_size = sizeof(struct runner),
	.conf_size = sizeof(struct exec_conf),
	.opts = exec_opts,
	.open = exec_open,
	.send = exec_send,
	.close = exec_close,
};
