/*
 * A stretch of a topic.  Its bounds are offsets: by time they are asked for
 * once, and the trap is a topic whose beginning retention has taken, where the
 * first offset at or after a time is found as if nothing had been before it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "ops/stop.h"
#include "replay/source.h"
#include "time/clock.h"

struct stretch {
	struct bus *bus;
	struct bus_reader *reader;
	char *topic;
	int partitions;
	int64_t from_ms, to_ms;
	struct replay_place *places; /* of the last begin() */
	size_t place_count;
};

static int
stretch_open(void *state, const struct source_start *start, struct err *err)
{
	struct stretch *s = state;

	s->bus = start->bus;
	s->topic = must_strdup(start->name);
	s->from_ms = start->from_ms;
	s->to_ms = start->to_ms;
	s->partitions = bus_partitions(s->bus, s->topic, err);
	if (s->partitions < 0)
		return -1;
	if (s->partitions == 0)
		return err_set(
		    err, ERR_USAGE,
		    "there is no topic '%s'; a path of an archive has a slash: "
		    "./%s",
		    s->topic, s->topic);
	return bus_read_open(s->bus, s->topic, &s->reader, err);
}

/* ---- what is still there ---- */

/* The times of the first records of these partitions; INT64_MIN of an empty one. */
static int
read_first_times(struct stretch *s, int64_t *times, struct err *err)
{
	struct bus_reader *reader;
	bool end = false;
	int failed = bus_read_open(s->bus, s->topic, &reader, err);

	if (failed)
		return -1;
	for (int i = 0; i < s->partitions; i++)
		times[i] = INT64_MIN;
	while (!failed && !end && !stop_asked()) {
		const struct bus_record *r;
		size_t n;

		failed = bus_read(reader, &r, &n, 100, 500, &end, err);
		for (; !failed && n > 0; n--, r++) {
			if (times[r->partition] != INT64_MIN)
				continue;
			times[r->partition] = r->time_ms;
			failed = bus_read_until(reader, r->partition, 0, err);
			break; /* what the reader had is void by now */
		}
	}
	bus_read_close(reader);
	return failed;
}

/* Up to the next second, so that whoever says this time again is not told so again. */
static int
say_oldest(const struct stretch *s, int64_t oldest, struct err *err)
{
	char asked[WALL_TEXT], there[WALL_TEXT];

	wall_text((struct wall){ s->from_ms }, asked);
	wall_text((struct wall){ oldest + 999 }, there);
	return err_set(err, ERR_USAGE,
		       "%s is whole from %s on only: what was asked for from %s on has "
		       "partly been removed by retention. Say --from %s, or replay an "
		       "archive of it",
		       s->topic, there, asked, there);
}

/* Whole from the time of the first record on, in each partition that has lost some. */
static int
check_retention(struct stretch *s, const int64_t *firsts, struct err *err)
{
	int64_t *times, oldest = INT64_MIN;
	bool lost = false;
	int failed;

	for (int i = 0; i < s->partitions; i++)
		lost |= firsts[i] > 0;
	if (!lost || s->from_ms == INT64_MIN)
		return 0;
	times = must_alloc((size_t)s->partitions * sizeof(*times));
	failed = read_first_times(s, times, err);
	for (int i = 0; i < s->partitions; i++)
		if (firsts[i] > 0 && times[i] > oldest)
			oldest = times[i];
	free(times);
	if (failed || s->from_ms >= oldest)
		return failed;
	return say_oldest(s, oldest, err);
}

static int
ask_offset(struct stretch *s, int partition, int64_t at, int64_t *offset, struct err *err)
{
	if (at == INT64_MIN)
		at = BUS_FIRST;
	else if (at == INT64_MAX)
		at = BUS_END;
	else if (at < 0)
		at = 0; /* before the epoch nothing was produced */
	return bus_offset(s->bus, s->topic, partition, at, offset, err);
}

/*
 * What was committed just before may not be seen yet; under live traffic some
 * transaction is always open, so after a while the end is where it is.
 */
static int
wait_settled(struct stretch *s, struct err *err)
{
	static const struct timespec pause = { 0, 50000000 };
	enum { TRIES = 40 };
	bool settled = false;

	for (int i = 0; i < TRIES && !settled && !stop_asked(); i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		if (bus_settled(s->bus, s->topic, &settled, err))
			return -1;
	}
	return 0;
}

static int
fix_partition(struct stretch *s, struct replay_place *p, struct err *err)
{
	int64_t from, to, end;

	if (ask_offset(s, p->partition, s->from_ms, &from, err) ||
	    ask_offset(s, p->partition, s->to_ms, &to, err) ||
	    ask_offset(s, p->partition, INT64_MAX, &end, err))
		return -1;
	to = to < end ? to : end;
	p->from = p->next = from < to ? from : to;
	p->end = to;
	return 0;
}

static int
stretch_fix(void *state, struct replay_place **places, size_t *n, struct err *err)
{
	struct stretch *s = state;
	struct replay_place *p = must_alloc((size_t)s->partitions * sizeof(*p));
	int64_t *firsts = must_alloc((size_t)s->partitions * sizeof(*firsts));
	int failed = s->to_ms == INT64_MAX ? wait_settled(s, err) : 0;

	for (int i = 0; !failed && i < s->partitions; i++) {
		p[i].partition = i;
		failed = ask_offset(s, i, INT64_MIN, &firsts[i], err) ||
			 fix_partition(s, &p[i], err);
	}
	failed = failed || check_retention(s, firsts, err);
	free(firsts);
	if (failed) {
		free(p);
		return -1;
	}
	*places = p;
	*n = (size_t)s->partitions;
	return 0;
}

static int
stretch_check(void *state, const struct replay_place *places, size_t n, struct err *err)
{
	struct stretch *s = state;

	for (size_t i = 0; i < n; i++) {
		int64_t first;

		if (places[i].next >= places[i].end)
			continue;
		if (ask_offset(s, places[i].partition, INT64_MIN, &first, err))
			return -1;
		if (first > places[i].next)
			return err_set(err, ERR_FATAL,
				       "retention was quicker than this replay: %s/%d "
				       "begins at offset %" PRId64
				       " by now, and %ld was the next to read. What is "
				       "left can be replayed under another line",
				       s->topic, places[i].partition, first,
				       places[i].next);
	}
	return 0;
}

/* ---- reading ---- */

static int
stretch_begin(void *state, const struct replay_place *places, size_t n, struct err *err)
{
	struct stretch *s = state;

	free(s->places);
	s->places = must_alloc((n + 1) * sizeof(*places));
	memcpy(s->places, places, n * sizeof(*places));
	s->place_count = n;
	for (int i = 0; i < s->partitions; i++)
		if (bus_read_until(s->reader, i, 0,
				   err)) /* one that is younger than the replay */
			return -1;
	for (size_t i = 0; i < n; i++)
		if (bus_read_seek(s->reader, places[i].partition, places[i].next, err) ||
		    bus_read_until(s->reader, places[i].partition, places[i].end, err))
			return -1;
	return 0;
}

static int
stretch_until(void *state, int64_t ms, bool *all, struct err *err)
{
	struct stretch *s = state;

	*all = true;
	for (size_t i = 0; i < s->place_count; i++) {
		const struct replay_place *p = &s->places[i];
		int64_t until;

		if (ask_offset(s, p->partition, ms, &until, err))
			return -1;
		*all &= until >= p->end;
		if (bus_read_until(s->reader, p->partition,
				   until < p->end ? until : p->end, err))
			return -1;
	}
	return 0;
}

static int
stretch_read(void *state, const struct bus_record **records, size_t *n, size_t max,
	     int timeout_ms, bool *end, struct err *err)
{
	struct stretch *s = state;

	return bus_read(s->reader, records, n, max, timeout_ms, end, err);
}

static void
stretch_close(void *state)
{
	struct stretch *s = state;

	bus_read_close(s->reader);
	free(s->places);
	free(s->topic);
}

const struct source_type source_bus = {
	.state_size = sizeof(struct stretch),
	.open = stretch_open,
	.fix = stretch_fix,
	.begin = stretch_begin,
	.until = stretch_until,
	.read = stretch_read,
	.check = stretch_check,
	.close = stretch_close,
};
