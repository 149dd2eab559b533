/*
 * A stretch of an archive of JSON Lines: for each partition its files in order,
 * turn and turn about.  A file's name says which hour and from which offset
 * on, so what lies outside of the stretch is not opened; within, each line
 * says its own time.  The end of a partition is its last file's last line as
 * it was at the start: the sink that writes there may go on.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/lines.h"
#include "replay/archive_files.h"
#include "replay/source.h"
#include "sink/line.h"
#include "time/clock.h"

#define HOUR_MS INT64_C(3600000)

enum { BATCH_BYTES = 8 << 20, BATCH_ARENA = 512 << 20, TURN = 250 };

struct stream {
	int partition;
	size_t first, count; /* its files, among those of the archive */
	struct replay_place place;
	size_t file; /* the one that is read; first + count: none is left */
	struct lines lines;
	struct buf line;
	bool has_line; /* read, and not given yet */
};

struct archive {
	char *path;
	int64_t from_ms, to_ms, until_ms;
	bool bare;
	struct archive_files files;
	struct stream *streams;
	size_t stream_count, turn;
	struct arena arena; /* of the batch */
	struct bus_record *records;
	size_t room;
};

/* ---- which files are in the stretch ---- */

static bool
is_in_stretch(const struct archive *a, const struct archive_file *f)
{
	return a->files.is_one ||
	       ((a->to_ms == INT64_MAX || f->hour_ms < a->to_ms) &&
		(a->from_ms == INT64_MIN || f->hour_ms + HOUR_MS > a->from_ms));
}

static void
part_into_streams(struct archive *a)
{
	const struct archive_files *all = &a->files;

	for (size_t i = 0; i < all->count; i++) {
		struct stream *s = &a->streams[a->stream_count];

		if (i > 0 && all->items[i].partition == all->items[i - 1].partition) {
			s[-1].count++;
			continue;
		}
		*s = (struct stream){ .partition = all->items[i].partition,
				      .first = i,
				      .count = 1 };
		buf_init(&s->line, LINE_CEILING);
		a->stream_count++;
	}
}

static int
archive_open(void *state, const struct source_start *start, struct err *err)
{
	struct archive *a = state;

	a->path = must_strdup(start->name);
	a->from_ms = start->from_ms;
	a->to_ms = start->to_ms;
	a->until_ms = INT64_MAX;
	a->bare = start->bare;
	arena_init(&a->arena, BATCH_ARENA);
	if (archive_files_find(&a->files, a->path, err))
		return -1;
	a->streams = must_alloc(a->files.count * sizeof(*a->streams));
	part_into_streams(a);
	return 0;
}

static void
archive_close(void *state)
{
	struct archive *a = state;

	for (size_t i = 0; i < a->stream_count; i++) {
		lines_close(&a->streams[i].lines);
		buf_release(&a->streams[i].line);
	}
	free(a->streams);
	free(a->records);
	archive_files_release(&a->files);
	if (a->arena.base)
		arena_release(&a->arena);
	free(a->path);
}

/* ---- a record of a line ---- */

/* Of a file alone the lines are counted: who made it knows what its offsets mean. */
static int
parse(struct archive *a, const struct lines *l, int partition, const char *text, size_t n,
      struct bus_record *r, struct err *err)
{
	if (line_parse(r, text, n, &a->arena, err)) {
		if (!a->bare || !a->files.is_one) {
			err->class = ERR_FATAL;
			return err_context(err, "%s line %" PRId64, l->path, l->number);
		}
		*r = (struct bus_record){ .value = text, .value_size = n };
	}
	if (a->files.is_one) {
		r->partition = 0;
		r->offset = l->number - 1;
	} else if (r->partition != partition) {
		return err_set(err, ERR_FATAL,
			       "%s line %" PRId64 " is of partition %d, its file of %d",
			       l->path, l->number, r->partition, partition);
	}
	return 0;
}

/* The first or the last record of a file; *found: false where it has no line. */
static int
look(struct archive *a, const struct archive_file *f, bool last, struct bus_record *r,
     bool *found, struct err *err)
{
	struct lines l;
	struct buf line;
	int rc = 1;

	*found = false;
	buf_init(&line, LINE_CEILING);
	if (lines_open(&l, f->path, err))
		rc = -1;
	while (rc > 0 && (last || !*found)) {
		rc = lines_next(&l, &line, err);
		if (rc <= 0)
			break;
		*found = true;
		arena_reset(&a->arena);
		if (parse(a, &l, f->partition, line.data, line.size, r, err))
			rc = -1;
	}
	lines_close(&l);
	buf_release(&line);
	return rc < 0 ? -1 : 0;
}

/* ---- the stretch ---- */

/* An archive that begins in the middle of its topic may lack what was asked for. */
static int
check_beginning(struct archive *a, const struct stream *s, struct err *err)
{
	const struct archive_file *f = &a->files.items[s->first];
	char there[WALL_TEXT], asked[WALL_TEXT];
	struct bus_record r;
	bool found;

	if (a->files.is_one || a->from_ms == INT64_MIN || f->first == 0 ||
	    a->from_ms >= f->hour_ms + HOUR_MS)
		return 0;
	if (look(a, f, false, &r, &found, err))
		return -1;
	if (!found || a->from_ms >= r.time_ms)
		return 0;
	wall_text((struct wall){ r.time_ms + 999 }, there);
	wall_text((struct wall){ a->from_ms }, asked);
	return err_set(
	    err, ERR_USAGE,
	    "%s has partition %d from %s on only: what was asked for from %s on "
	    "is not all there. Say --from %s",
	    a->path, s->partition, there, asked, there);
}

static int
fix_stream(struct archive *a, const struct stream *s, struct replay_place *p,
	   struct err *err)
{
	const struct archive_file *files = &a->files.items[s->first];
	size_t from = 0, to = s->count;
	struct bus_record r;
	bool found;

	*p = (struct replay_place){ .partition = s->partition };
	while (from < to && !is_in_stretch(a, &files[from]))
		from++;
	while (to > from && !is_in_stretch(a, &files[to - 1]))
		to--;
	if (from == to)
		return 0;
	if (look(a, &files[to - 1], true, &r, &found, err))
		return -1;
	p->from = p->next = files[from].first;
	p->end = found ? r.offset + 1 : files[to - 1].first;
	return check_beginning(a, s, err);
}

static int
archive_fix(void *state, struct replay_place **places, size_t *n, struct err *err)
{
	struct archive *a = state;

	*places = must_alloc((a->stream_count + 1) * sizeof(**places));
	*n = a->stream_count;
	for (size_t i = 0; i < a->stream_count; i++) {
		if (!fix_stream(a, &a->streams[i], *places + i, err))
			continue;
		free(*places);
		*places = NULL;
		return -1;
	}
	return 0;
}

static struct stream *
find_stream(struct archive *a, int partition)
{
	for (size_t i = 0; i < a->stream_count; i++)
		if (a->streams[i].partition == partition)
			return &a->streams[i];
	return NULL;
}

static int
archive_check(void *state, const struct replay_place *places, size_t n, struct err *err)
{
	struct archive *a = state;

	for (size_t i = 0; i < n; i++) {
		struct stream *s = find_stream(a, places[i].partition);

		if (places[i].next >= places[i].end)
			continue;
		if (!s || a->files.items[s->first].first > places[i].next)
			return err_set(err, ERR_FATAL,
				       "%s has no file any more with partition %d offset "
				       "%ld, which is the next to read",
				       a->path, places[i].partition, places[i].next);
	}
	return 0;
}

/* The last file that begins at or before the place; later ones follow. */
static int
archive_begin(void *state, const struct replay_place *places, size_t n, struct err *err)
{
	struct archive *a = state;

	(void)err;
	for (size_t i = 0; i < a->stream_count; i++) {
		struct stream *s = &a->streams[i];

		lines_close(&s->lines);
		s->has_line = false;
		s->file = s->first + s->count;
	}
	for (size_t i = 0; i < n; i++) {
		struct stream *s = find_stream(a, places[i].partition);

		if (!s || places[i].next >= places[i].end)
			continue;
		s->place = places[i];
		s->file = s->first + s->count - 1;
		while (s->file > s->first &&
		       a->files.items[s->file].first > places[i].next)
			s->file--;
	}
	return 0;
}

static bool
is_read(const struct archive *a)
{
	for (size_t i = 0; i < a->stream_count; i++)
		if (a->streams[i].file < a->streams[i].first + a->streams[i].count)
			return false;
	return true;
}

static int
archive_until(void *state, int64_t ms, bool *all, struct err *err)
{
	struct archive *a = state;

	(void)err;
	a->until_ms = ms;
	*all = is_read(a) || ms == INT64_MAX;
	return 0;
}

/* ---- reading ---- */

static void
end_stream(struct stream *s)
{
	lines_close(&s->lines);
	s->has_line = false;
	s->file = s->first + s->count;
}

/* 1: its line is there; 0: nothing is left in it. */
static int
need_line(struct archive *a, struct stream *s, struct err *err)
{
	while (!s->has_line && s->file < s->first + s->count) {
		const struct archive_file *f = &a->files.items[s->file];
		int rc;

		if (!is_in_stretch(a, f)) {
			s->file++;
			continue;
		}
		if (!s->lines.from && lines_open(&s->lines, f->path, err))
			return -1;
		rc = lines_next(&s->lines, &s->line, err);
		if (rc < 0)
			return -1;
		s->has_line = rc > 0;
		if (rc > 0)
			break;
		lines_close(&s->lines);
		s->file++;
	}
	return s->has_line;
}

/* 1: *r is the next; 0: there is none for now.  It lives in the batch's arena. */
static int
next_record(struct archive *a, struct stream *s, struct bus_record *r, struct err *err)
{
	for (;;) {
		struct arena_mark mark = arena_mark(&a->arena);
		const char *text;
		int rc = need_line(a, s, err);

		if (rc <= 0)
			return rc;
		text = arena_copy(&a->arena, s->line.data, s->line.size);
		if (arena_check(&a->arena, err) ||
		    parse(a, &s->lines, s->partition, text, s->line.size, r, err))
			return -1;
		if (r->offset >= s->place.end) {
			end_stream(s);
			return 0;
		}
		if (r->offset >= s->place.next && r->time_ms >= a->until_ms) {
			arena_rewind(&a->arena, mark);
			return 0;
		}
		s->has_line = false;
		if (r->offset >= s->place.next && r->time_ms >= a->from_ms &&
		    r->time_ms < a->to_ms)
			return 1;
		arena_rewind(&a->arena, mark);
	}
}

static int
read_turn(struct archive *a, struct stream *s, size_t *n, size_t max, struct err *err)
{
	size_t stop = *n + TURN < max ? *n + TURN : max;
	int rc = 1;

	while (*n < stop && a->arena.used < BATCH_BYTES) {
		rc = next_record(a, s, &a->records[*n], err);
		if (rc <= 0)
			break;
		++*n;
	}
	return rc;
}

static int
archive_read(void *state, const struct bus_record **records, size_t *n, size_t max,
	     int timeout_ms, bool *end, struct err *err)
{
	struct archive *a = state;
	size_t dry = 0; /* streams in a row that had nothing */

	(void)timeout_ms;
	if (max > a->room) {
		a->records = must_realloc(a->records, max * sizeof(*a->records));
		a->room = max;
	}
	arena_reset(&a->arena);
	*n = 0;
	while (*n < max && dry < a->stream_count && a->arena.used < BATCH_BYTES) {
		struct stream *s = &a->streams[a->turn++ % a->stream_count];
		int rc = read_turn(a, s, n, max, err);

		if (rc < 0)
			return -1;
		dry = rc ? 0 : dry + 1;
	}
	*records = a->records;
	*end = dry >= a->stream_count;
	return 0;
}

const struct source_type source_files = {
	.state_size = sizeof(struct archive),
	.open = archive_open,
	.fix = archive_fix,
	.begin = archive_begin,
	.until = archive_until,
	.read = archive_read,
	.check = archive_check,
	.close = archive_close,
};
