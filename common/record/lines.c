#include "record/lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { CHUNK = 1 << 16 };

int
lines_open(struct lines *l, const char *path, struct err *err)
{
	*l = (struct lines){ .path = path };
	if (unpacker_open(&l->from, path, err))
		return -1;
	l->chunk = must_alloc(CHUNK);
	return 0;
}

void
lines_close(struct lines *l)
{
	unpacker_close(l->from);
	free(l->chunk);
	*l = (struct lines){ 0 };
}

/* 1: there is more; 0: it is the end. */
static int
fill(struct lines *l, struct err *err)
{
	long n = unpacker_read(l->from, l->chunk, CHUNK, err);

	if (n < 0)
		return err->class == ERR_FATAL
			   ? err_context(err, "after line %" PRId64, l->number)
			   : -1;
	l->at = 0;
	l->have = (size_t)n;
	return n > 0;
}

int
lines_next(struct lines *l, struct buf *line, struct err *err)
{
	buf_reset(line);
	for (;;) {
		const char *start = l->chunk + l->at, *stop;
		int more;

		stop = l->at < l->have ? memchr(start, '\n', l->have - l->at) : NULL;
		buf_add(line, start, stop ? (size_t)(stop - start) : l->have - l->at);
		l->at = stop ? (size_t)(stop + 1 - l->chunk) : l->have;
		if (buf_check(line, err)) {
			err->class = ERR_FATAL;
			return err_context(err, "%s line %" PRId64, l->path,
					   l->number + 1);
		}
		if (stop) {
			l->number++;
			return 1;
		}
		more = fill(l, err);
		if (more < 0)
			return -1;
		if (!more) {
			l->number += line->size > 0;
			return line->size > 0;
		}
	}
}
