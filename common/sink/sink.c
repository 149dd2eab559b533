/*
 * What every sink does alike.  The one idea: a sink's own positions, stored
 * with its records, are the truth, and the group's only say how far back
 * reading may have to begin.  After any failure nobody knows how far the sink
 * came (a COMMIT may have failed on its way back), so the places are read
 * from the sink again before the next record.
 */
#include "sink/sink.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/moves.h"
#include "ops/log.h"
#include "record/replay.h"
#include "ops/stop.h"
#include "sink/shape.h"
#include "time/clock.h"

enum { FLUSH_MS = 10000, STOP_MS = 2000, BATCH_BYTES = 16 << 20 };
enum { ROOM_BESIDE = 64 << 20 }; /* a last record and what each of a batch takes besides */

/* A record that has had its effect, of a batch that is not committed. */
struct done {
	const char *place; /* its topic: each place has a copy of its own */
	int64_t offset;
};

struct sink {
	const struct sink_type *type;
	struct sink_start start;
	void *state;
	bool to_close;
	struct moves *moves; /* read when a type asks */
	bool doubtful; /* places are to be read again */
	struct sink_place *places, *flushed;
	size_t place_count;
	struct done *done;
	size_t done_count, done_room;
	int64_t until; /* CLOCK_MONOTONIC, of this claim, write or flush */
	struct shape shape;
	struct sink_counts now, total; /* of this batch; of all before */
	size_t bytes;                  /* of records in this batch */
};

static int
open_shape(struct sink *s, struct err *err)
{
	const struct sink_start *start = &s->start;

	return shape_open(&s->shape, start->where, start->fields,
			  s->type->kind == SINK_STATE, start->batch_bytes + ROOM_BESIDE,
			  err);
}

static int
open_type(struct sink *s, struct err *err)
{
	s->to_close = true;
	return s->type->open(s->state, &s->start, err);
}

int
sink_open(struct sink **sink, const struct sink_type *type,
	  const struct sink_start *start, struct err *err)
{
	struct sink *s = must_alloc(sizeof(*s));

	s->type = type;
	s->start = *start;
	s->start.sink = s;
	s->start.flush_ms = start->flush_ms ? start->flush_ms : FLUSH_MS;
	if (!s->start.batch_bytes)
		s->start.batch_bytes = BATCH_BYTES;
	s->state = must_alloc(type->state_size);
	if (open_shape(s, err) || open_type(s, err)) {
		sink_close(s);
		return -1;
	}
	*sink = s;
	return 0;
}

/* Those of the place below the offset. */
static void
forget_done(struct sink *s, const struct sink_place *p, int64_t offset)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->done_count; i++)
		if (s->done[i].place != p->topic || s->done[i].offset >= offset)
			s->done[kept++] = s->done[i];
	s->done_count = kept;
}

static void
forget_place(struct sink *s, size_t i)
{
	forget_done(s, &s->places[i], INT64_MAX);
	free((char *)s->places[i].topic);
	s->places[i] = s->places[--s->place_count];
}

void
sink_close(struct sink *s)
{
	if (!s)
		return;
	if (s->to_close)
		s->type->close(s->state);
	shape_close(&s->shape);
	moves_free(s->moves);
	while (s->place_count > 0)
		forget_place(s, 0);
	free(s->places);
	free(s->flushed);
	free(s->done);
	free(s->state);
	free(s);
}

static struct sink_place *
find_place(const struct sink *s, const char *topic, int partition)
{
	for (size_t i = 0; i < s->place_count; i++)
		if (s->places[i].partition == partition &&
		    !strcmp(s->places[i].topic, topic))
			return &s->places[i];
	return NULL;
}

void
sink_release(struct sink *s, const struct bus_position *positions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sink_place *p =
		    find_place(s, positions[i].topic, positions[i].partition);

		if (p)
			forget_place(s, (size_t)(p - s->places));
	}
}

static void
add_places(struct sink *s, const struct bus_position *positions, size_t n)
{
	size_t all = s->place_count + n;

	s->places = must_realloc(s->places, (all + 1) * sizeof(*s->places));
	s->flushed = must_realloc(s->flushed, (all + 1) * sizeof(*s->flushed));
	for (size_t i = 0; i < n; i++)
		s->places[s->place_count++] =
		    (struct sink_place){ .topic = must_strdup(positions[i].topic),
					 .partition = positions[i].partition,
					 .offset = BUS_FIRST };
}

/* Retention may have been quicker than this sink; the log may be another one by now. */
static int
compare_with_log(const struct sink *s, const struct sink_place *p, struct err *err)
{
	int64_t first, end;

	if (!s->start.bus || p->offset == BUS_FIRST)
		return 0;
	if (bus_offset(s->start.bus, p->topic, p->partition, BUS_END, &end, err) ||
	    bus_offset(s->start.bus, p->topic, p->partition, BUS_FIRST, &first, err))
		return -1;
	if (p->offset < first)
		log_warn("%" PRId64
			 " records were removed by retention before they were stored"
			 " topic=%s partition=%d first=%" PRId64,
			 first - p->offset, p->topic, p->partition, first);
	if (p->offset <= end)
		return 0;
	return err_set(err, ERR_FATAL,
		       "this sink has stored %s/%d up to offset %" PRId64
		       ", but the topic ends at %" PRId64
		       ": the topic was made anew or restored from an older copy. Give "
		       "the sink a new path"
		       " (it fills again from the start), or the topic its records back",
		       p->topic, p->partition, p->offset, end);
}

/*
 * Where to read from: what was stored but not committed is read again and passed
 * over.  A group without a position, or a store that has nothing, begins at `from`.
 */
static int
choose_start(const struct sink *s, const struct sink_place *p, struct bus_position *pos,
	     struct err *err)
{
	bool is_new = p->offset == BUS_FIRST && (s->type->claim || pos->offset == BUS_FIRST);

	if (is_new && s->start.bus && s->start.from)
		return bus_offset(s->start.bus, pos->topic, pos->partition, s->start.from,
				  &pos->offset, err);
	if (s->type->claim && p->offset < pos->offset)
		pos->offset = p->offset;
	return 0;
}

int
sink_former(struct sink *s, const char *cluster, struct sink_place *p, bool *known,
	    struct err *err)
{
	*known = false;
	if (!s->start.bus || !s->start.states)
		return 0;
	if (!s->moves)
		s->moves = moves_new(s->start.bus, s->start.states);
	return moves_find(s->moves, cluster, p->topic, p->partition, &p->offset, known, err);
}

int
sink_claim(struct sink *s, struct bus_position *positions, size_t n, struct err *err)
{
	struct sink_place *taken;

	sink_release(s, positions, n);
	add_places(s, positions, n);
	taken = s->places + s->place_count - n;
	s->until = mono_now().ms + s->start.flush_ms;
	if (s->type->claim && n > 0 && s->type->claim(s->state, taken, n, err)) {
		sink_release(s, positions, n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (compare_with_log(s, &taken[i], err) ||
		    choose_start(s, &taken[i], &positions[i], err))
			return -1;
	return 0;
}

/* After a failure: how far is the sink, and is it still ours? */
static int
settle_doubt(struct sink *s, struct err *err)
{
	if (!s->doubtful)
		return 0;
	if (s->type->claim && s->place_count > 0 &&
	    s->type->claim(s->state, s->places, s->place_count, err))
		return -1;
	s->doubtful = false;
	return 0;
}

static bool
is_done(const struct sink *s, const struct sink_place *p, int64_t offset)
{
	for (size_t i = 0; i < s->done_count; i++)
		if (s->done[i].offset == offset && s->done[i].place == p->topic)
			return true;
	return false;
}

bool
sink_passes_over(const struct sink_type *type, const char *name, bool replayed,
		 const struct bus_record *r)
{
	const void *mark;
	size_t size;

	if ((type->kind == SINK_STATE && type->effect == SINK_IDEMPOTENT) || replayed)
		return false;
	mark = bus_header(r, "nw-replay", &size);
	return mark && !replay_mark_names(mark, size, name);
}

static int
write_one(struct sink *s, const struct bus_record *r, struct err *err)
{
	const struct sink_place *p = find_place(s, r->topic, r->partition);
	bool stored;

	assert(p);
	s->until = mono_now().ms + s->start.flush_ms;
	if (settle_doubt(s, err))
		return -1;
	stored = r->offset < p->offset || is_done(s, p, r->offset);
	if (sink_passes_over(s->type, s->start.name, s->start.replayed, r)) {
		s->now.replayed++;
		return 0;
	}
	s->bytes += bus_record_size(r);
	if (shape_apply(&s->shape, &r, err))
		return -1;
	if (!r) {
		s->now.filtered++;
		return 0;
	}
	if (s->type->write(s->state, r, stored, err))
		return -1;
	s->now.written += !stored;
	return 0;
}

int
sink_write(struct sink *s, const struct bus_record *r, struct err *err)
{
	int failed = write_one(s, r, err);

	s->now.refused += failed && err->class == ERR_REJECT;
	return failed;
}

bool
sink_is_full(const struct sink *s)
{
	return s->bytes >= s->start.batch_bytes;
}

const struct sink_counts *
sink_counts(const struct sink *s)
{
	return &s->total;
}

/* The batch has its end: what it counted is true, or was never there. */
static void
end_batch(struct sink *s, bool flushed)
{
	if (flushed) {
		s->total.written += s->now.written;
		s->total.filtered += s->now.filtered;
		s->total.replayed += s->now.replayed;
		s->total.refused += s->now.refused;
	}
	s->now = (struct sink_counts){ 0 };
	s->bytes = 0;
	shape_drop(&s->shape);
}

int
sink_flush(struct sink *s, const struct bus_position *positions, size_t n,
	   struct err *err)
{
	if (n == 0)
		return 0;
	s->until = mono_now().ms + s->start.flush_ms;
	if (settle_doubt(s, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct sink_place *p =
		    find_place(s, positions[i].topic, positions[i].partition);

		assert(p);
		s->flushed[i] = *p;
		if (s->flushed[i].offset < positions[i].offset)
			s->flushed[i].offset = positions[i].offset;
	}
	if (s->type->flush(s->state, s->flushed, n, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct sink_place *p =
		    find_place(s, s->flushed[i].topic, s->flushed[i].partition);

		p->offset = s->flushed[i].offset;
		forget_done(s, p, p->offset);
	}
	end_batch(s, true);
	return 0;
}

void
sink_undo(struct sink *s)
{
	s->type->undo(s->state);
	end_batch(s, false);
	s->doubtful = true;
}

int
sink_tick(struct sink *s, struct err *err)
{
	return s->type->tick ? s->type->tick(s->state, err) : 0;
}

int
sink_reject(struct sink *s, const struct bus_record *r, const struct err *why,
	    struct err *err)
{
	assert(s->start.reject);
	s->now.written--;
	s->now.refused++;
	return s->start.reject(s->start.arg, shape_origin(&s->shape, r), why, err);
}

void
sink_done(struct sink *s, const struct bus_record *r)
{
	const struct sink_place *p = find_place(s, r->topic, r->partition);

	assert(p);
	if (s->done_count == s->done_room) {
		s->done_room = s->done_room ? 2 * s->done_room : 64;
		s->done = must_realloc(s->done, s->done_room * sizeof(*s->done));
	}
	s->done[s->done_count++] = (struct done){ p->topic, r->offset };
}

int
sink_left_ms(struct sink *s)
{
	int64_t now = mono_now().ms;

	if (s->start.beat)
		s->start.beat(s->start.arg);
	if (stop_asked() && s->until > now + STOP_MS)
		s->until = now + STOP_MS;
	return s->until > now ? (int)(s->until - now) : 0;
}

int
sink_fenced(const struct sink_place *p, struct err *err)
{
	return err_set(
	    err, ERR_FATAL,
	    "%s/%d was taken over by another worker of this sink; this one stops",
	    p->topic, p->partition);
}
