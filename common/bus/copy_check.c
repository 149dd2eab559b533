/*
 * What is looked at before a copy and after it.  A topic is read on both
 * sides, each partition into a sum and into runs of offsets; laid side by
 * side, the runs say where each offset went.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/copy_parts.h"
#include "bus/sum.h"
#include "ops/stop.h"
#include "time/clock.h"

enum { WAIT_MS = 100, SEEN_MS = 30000 };

/* ---- before ---- */

static int
begin_of(struct bus *log, const struct log_topic *t, int partition, int64_t *begin,
	 struct err *err)
{
	struct log_lane lane;
	char group[256];
	int64_t kept, slowest;

	if (log_lane_get(log, t->lane + partition, &lane, err))
		return -1;
	*begin = lane.first;
	if (t->compacted || t->retention_ms < 0)
		return 0;
	if (log_lane_at(log, t->lane + partition, wall_now().ms - t->retention_ms, &kept,
			err) ||
	    log_lane_slowest(log, t->lane + partition, group, &slowest, err))
		return -1;
	slowest = slowest < lane.first ? lane.first : slowest;
	if (slowest < kept)
		return err_set(
		    err, ERR_USAGE,
		    "the group %s has not read %" PRId64
		    " records of %s/%d that are older than its retention: a cluster "
		    "would "
		    "throw them away. Start the line on the log until it has, or end the "
		    "group with `newswire topics forget %s`",
		    group, kept - slowest, t->name, partition, group);
	*begin = kept;
	return 0;
}

int
copy_begin(struct copy *c, struct copy_topic *t, struct err *err)
{
	int n = t->from->partitions;
	size_t size = (size_t)n * sizeof(int64_t);

	t->records = 0;
	t->at = (struct copied_topic){ .begin = arena_alloc(&c->arena, size),
				       .next = arena_alloc(&c->arena, size),
				       .partitions = n };
	if (arena_check(&c->arena, err))
		return -1;
	for (int i = 0; i < n; i++) {
		struct log_lane lane;

		if (begin_of(c->conf->from, t->from, i, &t->at.begin[i], err) ||
		    log_lane_get(c->conf->from, t->from->lane + i, &lane, err))
			return -1;
		t->at.next[i] = t->at.begin[i];
		t->records += lane.next - t->at.begin[i];
	}
	return 0;
}

/* ---- one side of a topic ---- */

struct run {
	int64_t first, count;
};

struct side {
	struct bus_sum sum;
	int64_t count, times;
	struct run *runs;
	size_t run_count, room;
};

static void
add(struct side *s, const struct bus_record *r)
{
	struct run *last = s->run_count ? &s->runs[s->run_count - 1] : NULL;

	bus_sum_add(&s->sum, r);
	s->count++;
	s->times += r->time_ms;
	if (last && r->offset == last->first + last->count) {
		last->count++;
		return;
	}
	if (s->run_count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->runs = must_realloc(s->runs, s->room * sizeof(*s->runs));
	}
	s->runs[s->run_count++] = (struct run){ r->offset, 1 };
}

static struct side *
sides_new(int n)
{
	struct side *sides = must_alloc((size_t)n * sizeof(*sides));

	for (int i = 0; i < n; i++)
		bus_sum_begin(&sides[i].sum);
	return sides;
}

static void
sides_free(struct side *sides, int n)
{
	unsigned char digest[BUS_SUM];

	for (int i = 0; sides && i < n; i++) {
		if (sides[i].sum.context)
			bus_sum_end(&sides[i].sum, digest);
		free(sides[i].runs);
	}
	free(sides);
}

/* What the log has, but for the first `skip` records of each partition. */
static int
read_log(struct copy *c, const struct copy_topic *t, const int64_t *skip,
	 struct side *sides, struct err *err)
{
	int64_t *left = must_alloc((size_t)t->at.partitions * sizeof(*left));
	const struct bus_record *r;
	struct bus_reader *reader;
	bool end = false;
	int failed = 0;
	size_t n = 0;

	memcpy(left, skip, (size_t)t->at.partitions * sizeof(*left));
	if (bus_read_open(c->conf->from, t->from->name, &reader, err)) {
		free(left);
		return -1;
	}
	for (int i = 0; i < t->at.partitions && !failed; i++)
		failed = bus_read_seek(reader, i, t->at.begin[i], err);
	while (!end && !failed) {
		failed = bus_read(reader, &r, &n, 5000, 0, &end, err);
		for (size_t i = 0; i < n && !failed; i++)
			if (left[r[i].partition]-- <= 0)
				add(&sides[r[i].partition], &r[i]);
	}
	bus_read_close(reader);
	free(left);
	return failed;
}

static int64_t
total(const struct side *sides, int n)
{
	int64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += sides[i].count;
	return sum;
}

static bool
is_ours(const struct copy *c, const struct copy_topic *t, const struct bus_record *r)
{
	size_t n = strlen(c->kind);

	return !strcmp(t->from->name, c->states) && r->key_size >= n &&
	       !memcmp(r->key, c->kind, n);
}

/* The last commit is seen a moment later: it is waited for until there are so many. */
static int
read_cluster(struct copy *c, const struct copy_topic *t, int64_t least,
	     struct side *sides, struct err *err)
{
	struct mono start = mono_now();
	const struct bus_record *r;
	struct bus_reader *reader;
	bool end = false;
	int failed = 0;
	int64_t seen = 0;
	size_t n = 1;

	if (bus_read_open(c->conf->to, t->from->name, &reader, err))
		return -1;
	while (!failed && (!end || (seen < least && mono_since(start) < SEEN_MS))) {
		failed = bus_read(reader, &r, &n, 5000, n ? 0 : WAIT_MS, &end, err);
		for (size_t i = 0; i < n && !failed; i++)
			if (!is_ours(c, t, &r[i]))
				add(&sides[r[i].partition], &r[i]), seen++;
		c->conf->count(c->conf->arg, t->from->name, seen, least);
		if (n)
			start = mono_now();
		if (stop_asked() && !failed)
			failed = err_set(err, ERR_RETRY,
					 "told to stop; the same command goes on");
	}
	bus_read_close(reader);
	return failed;
}

/* ---- both ---- */

/* Record by record, the offset here and the offset there. */
static void
pair(const struct side *from, const struct side *to, struct copied_place *place)
{
	int64_t i = 0, k = 0;

	for (size_t a = 0, b = 0; a < from->run_count && b < to->run_count;) {
		const struct run *f = &from->runs[a], *t = &to->runs[b];

		copied_place_add(place, f->first + i++, t->first + k++);
		if (i == f->count)
			i = 0, a++;
		if (k == t->count)
			k = 0, b++;
	}
}

static int
differs(const struct copy_topic *t, int partition, const char *what, int64_t here,
	int64_t there, struct err *err)
{
	return err_set(
	    err, ERR_FATAL,
	    "%s/%d is not the same on both sides: %s (%" PRId64
	    " records on the log, %" PRId64
	    " on the cluster); did somebody publish there meanwhile? Delete the "
	    "topics on the cluster and carry the log again",
	    t->from->name, partition, what, here, there);
}

static int
compare(const struct copy_topic *t, int partition, struct side *from, struct side *to,
	struct err *err)
{
	unsigned char here[BUS_SUM], there[BUS_SUM];

	bus_sum_end(&from->sum, here);
	bus_sum_end(&to->sum, there);
	if (from->count != to->count)
		return differs(t, partition, "counts differ", from->count, to->count,
			       err);
	if (memcmp(here, there, BUS_SUM))
		return differs(t, partition, "keys, values or headers differ",
			       from->count, to->count, err);
	return 0;
}

static void
say_alike(const struct copy *c, const struct copy_topic *t, const struct side *from,
	  const struct side *to)
{
	int n = t->from->partitions;
	bool times = true;

	for (int i = 0; i < n; i++)
		times &= from[i].times == to[i].times;
	copy_say(c, "%s: %" PRId64 " records in %d partitions, the same on both sides%s",
		 t->from->name, total(from, n), n,
		 times ? ""
		       : "; their times differ, as the cluster sets its own "
			 "(message.timestamp.type)");
}

/* Records that retention took away on the cluster meanwhile, of each partition: none of
 * them is missed, as every group has read them.  -1: it was not retention. */
static int
count_expired(struct copy *c, const struct copy_topic *t, const struct side *from,
	      const struct side *to, int64_t *skip, bool *any, struct err *err)
{
	for (int i = 0; i < t->from->partitions; i++) {
		int64_t first;

		skip[i] = 0;
		if (from[i].count <= to[i].count)
			continue;
		if (bus_offset(c->conf->to, t->from->name, i, BUS_FIRST, &first, err))
			return -1;
		if (t->from->compacted || !first)
			return differs(t, i, "counts differ", from[i].count, to[i].count,
				       err);
		skip[i] = from[i].count - to[i].count;
		*any = true;
		copy_say(c, "%s/%d: %" PRId64 " old records have expired on the cluster",
			 t->from->name, i, skip[i]);
	}
	return 0;
}

static int
compare_all(struct copy *c, struct copy_topic *t, struct side **from, struct side *to,
	    struct err *err)
{
	int n = t->from->partitions;
	int64_t *skip = must_alloc((size_t)n * sizeof(*skip));
	bool again = false;
	int failed = read_log(c, t, skip, *from, err) ||
		     read_cluster(c, t, total(*from, n), to, err) ||
		     count_expired(c, t, *from, to, skip, &again, err);

	if (!failed && again) {
		sides_free(*from, n);
		*from = sides_new(n);
		failed = read_log(c, t, skip, *from, err);
	}
	for (int i = 0; i < n && !failed; i++)
		failed = compare(t, i, &(*from)[i], &to[i], err);
	free(skip);
	return failed;
}

int
copy_compare(struct copy *c, struct copy_topic *t, struct err *err)
{
	int n = t->from->partitions;
	struct side *from = sides_new(n), *to = sides_new(n);
	int failed = compare_all(c, t, &from, to, err);

	if (!failed)
		say_alike(c, t, from, to);
	if (!failed && !t->from->compacted) {
		t->places = must_alloc((size_t)n * sizeof(*t->places));
		for (int i = 0; i < n; i++)
			pair(&from[i], &to[i], &t->places[i]);
	}
	sides_free(from, n);
	sides_free(to, n);
	return failed;
}

/* ---- groups ---- */

struct group {
	char *name;
	const struct copy_topic *topic;
	int partition;
	int64_t offset;
};

struct groups {
	struct copy *copy;
	struct group *items;
	size_t count;
};

static int
note_position(void *arg, const char *name, int64_t lane, int64_t offset)
{
	struct groups *g = arg;
	struct copy *c = g->copy;

	for (size_t i = 0; i < c->count; i++) {
		const struct log_topic *t = c->topics[i].from;

		if (lane < t->lane || lane >= t->lane + t->partitions || t->compacted)
			continue;
		g->items = must_realloc(g->items, (g->count + 1) * sizeof(*g->items));
		g->items[g->count++] = (struct group){ must_strdup(name), &c->topics[i],
						       (int)(lane - t->lane), offset };
	}
	return 0;
}

/* One that has a position there has it from us, or has gone on since. */
static int
place(struct copy *c, void *arg, struct err *err)
{
	const struct group *g = arg;
	const char *topic = g->topic->from->name;
	struct bus_position p = { topic, g->partition,
				  copied_offset(&g->topic->places[g->partition],
						g->offset) };
	int64_t now;

	if (bus_committed(c->conf->to, g->name, topic, g->partition, &now, err))
		return -1;
	return now >= 0 ? 0 : bus_place(c->conf->to, g->name, &p, 1, err);
}

int
copy_positions(struct copy *c, struct err *err)
{
	struct groups g = { .copy = c };
	int failed = log_each_position(c->conf->from, note_position, &g, err);

	for (size_t i = 0; i < g.count && !failed; i++) {
		failed = copy_insist(place, c, &g.items[i], err);
		if (!failed &&
		    (i + 1 == g.count || strcmp(g.items[i].name, g.items[i + 1].name)))
			copy_say(c, "%s stands where it stood", g.items[i].name);
	}
	for (size_t i = 0; i < g.count; i++)
		free(g.items[i].name);
	free(g.items);
	return failed;
}
