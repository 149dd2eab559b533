/*
 * Records to a command of the user's: a line of JSON to its standard input for
 * each, a line from its standard output for each, in the same order.
 *
 * Many lines may be on their way at once.  As both pipes are finite and the
 * command may answer late, we read whenever we write.  A command that ended,
 * hung, or said what is no answer is begun anew with the next batch; which of
 * the lines on their way it had taken nobody knows, so they come again.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/log.h"
#include "sink/line.h"
#include "sink/sink.h"
#include "time/clock.h"

enum { MOST = 1024, WAITING = 1 << 20, ANSWER = 64 << 10, END_MS = 2000 };

struct exec_conf {
	const char *command, *values;
};

static const struct opt exec_opts[] = {
	OPT(struct exec_conf, command, "", 0, 0,
	    "run by sh -c; takes a line of JSON and answers a line, for each record"),
	OPT(struct exec_conf, values, "lines", 0, 0,
	    "lines: of the log; bare: values alone"),
	{ 0 },
};

struct exec_sink {
	const char *command;
	bool bare;
	struct sink *sink;
	pid_t pid; /* 0: not running */
	int to, from;
	struct buf lines;  /* not yet taken */
	struct buf answers; /* not yet a whole line */
	const struct bus_record *asked[MOST];
	size_t count;	   /* of those that are not answered; the oldest first */
	struct err again;  /* the first "retry" of this batch */
	bool wants_again;
};

static int
exec_open(void *state, const struct sink_start *start, struct err *err)
{
	struct exec_sink *s = state;
	const struct exec_conf *conf = start->conf;

	s->command = conf->command;
	s->sink = start->sink;
	s->to = s->from = -1;
	buf_init(&s->lines, LINE_CEILING + WAITING);
	buf_init(&s->answers, ANSWER);
	if (!*s->command)
		return err_set(err, ERR_USAGE,
			       "an exec sink needs a `command`, as ./take.py");
	return line_format(conf->values, &s->bare, err);
}

/* ---- the command ---- */

static void
become(const char *command, int in, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int
begin(struct exec_sink *s, struct err *err)
{
	int in[2], out[2];

	if (s->pid > 0)
		return 0;
	if (pipe2(in, O_CLOEXEC))
		return err_errno(err, ERR_RETRY, "no pipe");
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return err_errno(err, ERR_RETRY, "no pipe");
	}
	s->pid = fork();
	if (s->pid == 0)
		become(s->command, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	s->to = in[1];
	s->from = out[0];
	fcntl(s->to, F_SETFL, O_NONBLOCK);
	fcntl(s->from, F_SETFL, O_NONBLOCK);
	if (s->pid > 0)
		return 0;
	s->pid = 0;
	return err_errno(err, ERR_RETRY, "no process for the command");
}

static void
close_pipe(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Waits for nothing but the kernel: it was killed. */
static void
end(struct exec_sink *s)
{
	close_pipe(&s->to);
	close_pipe(&s->from);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
	buf_reset(&s->answers);
}

static int
ended(struct exec_sink *s, struct err *err)
{
	int status = 0;

	/* Its output is closed; if it lives on it is of no more use. */
	if (waitpid(s->pid, &status, WNOHANG) != s->pid) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, &status, 0);
	}
	s->pid = 0;
	if (WIFEXITED(status))
		return err_set(err, ERR_RETRY,
			       "the command ended with %d, %zu records unanswered%s",
			       WEXITSTATUS(status), s->count,
			       WEXITSTATUS(status) == 127 ? ": is it there?" : "");
	return err_set(err, ERR_RETRY,
		       "the command was ended by signal %d, %zu records unanswered",
		       WTERMSIG(status), s->count);
}

/* ---- answers ---- */

/* What follows the word, safe for a log. */
static const char *
reason(char *line, size_t word)
{
	char *why = line + word + strspn(line + word, " \t:");

	for (char *c = why; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	return why;
}

static bool
begins(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && (!line[n] || strchr(" \t:", line[n]));
}

static int
take_answer(struct exec_sink *s, char *line, struct err *err)
{
	const struct bus_record *r = s->asked[0];
	struct err why;

	if (s->count == 0)
		return err_set(err, ERR_RETRY, "the command answers without a record: %.80s",
			       reason(line, 0));
	if (begins(line, "ok")) {
		sink_done(s->sink, r);
	} else if (begins(line, "reject")) {
		err_set(&why, ERR_REJECT, "the command refused it: %.400s", reason(line, 6));
		if (sink_reject(s->sink, r, &why, err))
			return -1;
	} else if (begins(line, "retry")) {
		if (!s->wants_again)
			err_set(&s->again, ERR_RETRY, "the command wants it again: %.400s",
				reason(line, 5));
		s->wants_again = true;
	} else {
		return err_set(err, ERR_RETRY,
			       "the command said \"%.80s\": it is to say ok, reject REASON "
			       "or retry REASON for each record",
			       reason(line, 0));
	}
	memmove(s->asked, s->asked + 1, --s->count * sizeof(*s->asked));
	return 0;
}

static int
take_answers(struct exec_sink *s, struct err *err)
{
	char *line = s->answers.data, *stop, *end = line + s->answers.size;

	while (line < end && (stop = memchr(line, '\n', (size_t)(end - line)))) {
		*stop = '\0';
		if (take_answer(s, line, err))
			return -1;
		line = stop + 1;
	}
	s->answers.size = (size_t)(end - line);
	memmove(s->answers.data, line, s->answers.size);
	return 0;
}

static int
read_answers(struct exec_sink *s, struct err *err)
{
	char *room = buf_reserve(&s->answers, 4096);
	ssize_t n = room ? read(s->from, room, 4096) : -1;

	if (!room)
		return err_set(err, ERR_RETRY, "the command answers without an end of line");
	if (n == 0)
		return ended(s, err);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			   ? 0
			   : err_errno(err, ERR_RETRY, "reading from the command");
	buf_added(&s->answers, (size_t)n);
	return take_answers(s, err);
}

static int
write_lines(struct exec_sink *s, struct err *err)
{
	ssize_t n = write(s->to, s->lines.data, s->lines.size);

	if (n < 0 && errno == EPIPE)
		return 0; /* its end is read from its output */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			   ? 0
			   : err_errno(err, ERR_RETRY, "writing to the command");
	s->lines.size -= (size_t)n;
	memmove(s->lines.data, s->lines.data + n, s->lines.size);
	return 0;
}

/* Until no more than these wait for an answer, and no more bytes to be taken. */
static int
pump(struct exec_sink *s, size_t unanswered, size_t untaken, struct err *err)
{
	while (s->count > unanswered || s->lines.size > untaken) {
		struct pollfd fds[] = { { s->from, POLLIN, 0 },
					{ s->lines.size ? s->to : -1, POLLOUT, 0 } };
		int left = sink_left_ms(s->sink);

		if (left == 0)
			return err_set(err, ERR_RETRY,
				       "the command does not answer in time, %zu records "
				       "unanswered",
				       s->count);
		if (poll(fds, 2, left < 1000 ? left : 1000) < 0 && errno != EINTR)
			return err_errno(err, ERR_RETRY, "waiting for the command");
		if ((fds[1].revents & POLLOUT) && write_lines(s, err))
			return -1;
		if (fds[0].revents && read_answers(s, err))
			return -1;
		if ((fds[1].revents & POLLERR) && !fds[0].revents)
			return ended(s, err);
	}
	return 0;
}

static int
exec_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct exec_sink *s = state;

	if (stored)
		return 0;
	if (begin(s, err) || pump(s, MOST - 1, WAITING, err))
		return -1;
	line_print(r, s->bare, &s->lines);
	if (buf_check(&s->lines, err))
		return -1;
	s->asked[s->count++] = r;
	return 0;
}

static int
exec_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct exec_sink *s = state;

	(void)places;
	(void)n;
	if (pump(s, 0, 0, err))
		return -1;
	if (!s->wants_again)
		return 0;
	*err = s->again;
	return -1;
}

static void
exec_undo(void *state)
{
	struct exec_sink *s = state;

	/* Its answers to come would be taken for those to other records. */
	if (s->count > 0)
		end(s);
	s->count = 0;
	s->wants_again = false;
	buf_reset(&s->lines);
}

/* The end of its input tells it to end; not at once, it is killed. */
static void
exec_close(void *state)
{
	struct exec_sink *s = state;
	struct mono began = mono_now();

	close_pipe(&s->to);
	while (s->pid > 0 && waitpid(s->pid, NULL, WNOHANG) == 0 &&
	       mono_since(began) < END_MS)
		poll(NULL, 0, 5);
	if (s->pid > 0 && mono_since(began) < END_MS)
		s->pid = 0;
	end(s);
	buf_release(&s->lines);
	buf_release(&s->answers);
}

const struct sink_type sink_exec_type;
const struct sink_type sink_exec_type = {
	.name = "exec",
	.help = "lines to a command, which answers each; at least once: after a kill what "
		"was on its way comes again",
	.kind = SINK_APPEND,
	.effect = SINK_EXTERNAL,
	.state_size = sizeof(struct exec_sink),
	.conf_size = sizeof(struct exec_conf),
	.opts = exec_opts,
	.open = exec_open,
	.write = exec_write,
	.flush = exec_flush,
	.undo = exec_undo,
	.close = exec_close,
};
