/*
 * Lines to standard output, for pipes.  Written at the flush, before the
 * group's positions are committed; a pipe keeps no positions, so what was
 * written and not committed before a kill comes once more.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "record/json.h"
#include "sink/line.h"
#include "sink/sink.h"

enum { SPILL = 1 << 20 }; /* bytes; a batch above it goes out in parts */

struct stdout_conf {
	const char *values;
};

struct stdout_sink {
	struct buf lines;
	size_t owed; /* bytes at the start of lines: a line begun and not ended */
	bool bare;
};

static const struct opt stdout_opts[] = {
	OPT(struct stdout_conf, values, "lines", 0, 0,
	    "lines: of the log; bare: values alone"),
	{ 0 },
};

static int
stdout_open(void *state, const struct sink_start *start, struct err *err)
{
	struct stdout_sink *s = state;
	const struct stdout_conf *conf = start->conf;

	buf_init(&s->lines, LINE_CEILING + SPILL);
	return line_format(conf->values, &s->bare, err);
}

/* What was written goes; the rest of a line that was begun is owed, whatever comes. */
static void
written(struct stdout_sink *s, size_t n)
{
	const char *stop;

	if (n == 0)
		return;
	stop = memchr(s->lines.data + n - 1, '\n', s->lines.size - n + 1);
	s->owed = stop ? (size_t)(stop + 1 - s->lines.data) - n : 0;
	memmove(s->lines.data, s->lines.data + n, s->lines.size - n);
	s->lines.size -= n;
}

static int
spill(struct stdout_sink *s, struct err *err)
{
	struct pollfd room = { STDOUT_FILENO, POLLOUT, 0 };
	size_t done = 0;

	while (done < s->lines.size) {
		ssize_t n =
		    write(STDOUT_FILENO, s->lines.data + done, s->lines.size - done);

		if (n < 0 && errno == EAGAIN)
			poll(&room, 1,
			     1000); /* whoever gave us the pipe made it non-blocking */
		else if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (done < s->lines.size)
		err_errno(err, errno == EPIPE ? ERR_FATAL : ERR_RETRY,
			  "cannot write to standard output");
	written(s, done);
	return s->lines.size > 0 ? -1 : 0;
}

static int
stdout_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct stdout_sink *s = state;

	(void)stored;
	line_print(r, s->bare, &s->lines);
	if (buf_check(&s->lines, err))
		return -1;
	return s->lines.size > SPILL ? spill(s, err) : 0;
}

static int
stdout_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	(void)places;
	(void)n;
	return spill(state, err);
}

static void
stdout_undo(void *state)
{
	struct stdout_sink *s = state;

	s->lines.size = s->owed;
	s->lines.full = false;
}

static void
stdout_close(void *state)
{
	struct stdout_sink *s = state;

	buf_release(&s->lines);
}

const struct sink_type sink_stdout_type;
const struct sink_type sink_stdout_type = {
	.name = "stdout",
	.help = "lines to standard output; at least once: after a kill the last batch "
		"may come again",
	.kind = SINK_APPEND,
	.effect = SINK_EXTERNAL,
	.state_size = sizeof(struct stdout_sink),
	.conf_size = sizeof(struct stdout_conf),
	.opts = stdout_opts,
	.open = stdout_open,
	.write = stdout_write,
	.flush = stdout_flush,
	.undo = stdout_undo,
	.close = stdout_close,
};
