/*
 * Lines are kept in a file without a name, since any may have to be said again.
 */
#include "work/story_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ops/log.h"
#include "record/enriched.h"
#include "record/lines.h"
#include "time/clock.h"

enum { LINE_MOST = 64 << 20, ARENA = 256 << 20 };

struct run {
	struct window *window;
	struct arena arena;
	FILE *kept;
	int64_t end; /* of it */
	struct buf line, again, out;
	struct enriched *now; /* the article in hand */
};

static int
print(struct run *r, struct enriched *e, const struct story *story, struct err *err)
{
	e->story = story;
	buf_reset(&r->out);
	enriched_print(e, &r->out);
	buf_addc(&r->out, '\n');
	if (buf_check(&r->out, err))
		return -1;
	if (fwrite(r->out.data, 1, r->out.size, stdout) != r->out.size)
		return err_errno(err, ERR_FATAL, "standard output");
	return 0;
}

/* A kept line: its length in eight digits of sixteen, then its bytes. */
static int
keep(struct run *r, struct err *err)
{
	if (fseeko(r->kept, r->end, SEEK_SET) ||
	    fprintf(r->kept, "%08zx", r->line.size) != 8 ||
	    fwrite(r->line.data, 1, r->line.size, r->kept) != r->line.size)
		return err_errno(err, ERR_FATAL, "a temporary file");
	r->end += 8 + (int64_t)r->line.size;
	return 0;
}

static int
fetch(struct run *r, int64_t at, struct err *err)
{
	char head[9] = "";
	size_t n;
	char *to;

	buf_reset(&r->again);
	if (fseeko(r->kept, at, SEEK_SET) || fread(head, 1, 8, r->kept) != 8 ||
	    sscanf(head, "%zx", &n) != 1 || !(to = buf_reserve(&r->again, n)) ||
	    fread(to, 1, n, r->kept) != n)
		return err_errno(err, ERR_FATAL, "a temporary file");
	buf_added(&r->again, n);
	return 0;
}

static int
say(void *arg, const struct statement *s, struct err *err)
{
	struct run *r = arg;
	struct enriched e;

	if (s->arrived)
		return print(r, r->now, &s->story, err);
	if (fetch(r, s->offset, err) ||
	    enriched_parse(&e, r->again.data, r->again.size, &r->arena, err))
		return -1;
	return print(r, &e, &s->story, err);
}

static int
add_line(struct run *r, struct err *err)
{
	struct story_article a;
	struct enriched e;
	int64_t at = r->end;

	arena_reset(&r->arena);
	if (enriched_parse(&e, r->line.data, r->line.size, &r->arena, err) ||
	    story_article_read(&a, &e, wall_now().ms, &r->arena, err))
		return -1;
	if (keep(r, err))
		return -1;
	a.offset = at;
	r->now = &e;
	if (window_add(r->window, &a, &r->arena,
		       &(struct window_out){ .say = say, .arg = r }, err))
		return -1;
	window_committed(r->window);
	return 0;
}

int
story_lines(struct window *w, bool *failed, struct err *err)
{
	struct run r = { .window = w, .kept = tmpfile() };
	struct lines lines;
	int got = -1;

	*failed = false;
	if (!r.kept)
		return err_errno(err, ERR_FATAL, "a temporary file");
	arena_init(&r.arena, ARENA);
	buf_init(&r.line, LINE_MOST);
	buf_init(&r.again, LINE_MOST);
	buf_init(&r.out, LINE_MOST);
	if (!lines_open(&lines, "/dev/stdin", err)) {
		while ((got = lines_next(&lines, &r.line, err)) > 0) {
			if (!r.line.size || !add_line(&r, err))
				continue;
			if (err->class == ERR_FATAL) {
				got = -1;
				break;
			}
			log_warn("line %" PRId64 ": %s", lines.number, err->text);
			*failed = true;
		}
		lines_close(&lines);
	}
	if (!got && fflush(stdout))
		got = err_errno(err, ERR_FATAL, "standard output");
	fclose(r.kept);
	buf_release(&r.line);
	buf_release(&r.again);
	buf_release(&r.out);
	arena_release(&r.arena);
	return got;
}
