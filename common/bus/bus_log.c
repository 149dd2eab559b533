/*
 * The embedded log: topics, groups and transactions in one SQLite file that
 * several processes of one machine share.  log_db.c is the file, its lock and
 * bell; log_store.h what lies in it; log_member.c who sends and consumes.
 * Here: the log as a whole, and readers without a group.
 */
#include "bus/bus_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

struct bus_reader {
	struct bus_head head;
	struct bus *bus;
	const struct log_topic *topic;
	int64_t *at, *until; /* of each partition */
	int turn;
	struct log_batch batch;
};

static int
log_open(struct bus **bus, const struct bus_conf *conf, struct err *err)
{
	struct bus *b = must_alloc(sizeof(*b));

	b->head.type = &bus_log_type;
	b->max_bytes = conf->max_log_bytes;
	if (log_store_open(b, conf->log, err)) {
		free(b);
		return -1;
	}
	*bus = b;
	return 0;
}

static void
log_close(struct bus *b)
{
	log_store_close(b);
	free(b);
}

static const char *
log_cluster(const struct bus *b)
{
	return b->cluster;
}

/* ---- topics and offsets ---- */

static void
say_differences(const struct bus_topic *want, const struct log_topic *have,
		bus_say_f *say, void *arg)
{
	char text[128];

	if (want->partitions != have->partitions) {
		snprintf(text, sizeof(text), "has %d partitions, not %d",
			 have->partitions, want->partitions);
		say(arg, want->name, text);
	}
	if (want->compacted != have->compacted)
		say(arg, want->name,
		    have->compacted ? "is compacted" : "is not compacted");
	if (!want->compacted && want->retention_ms != have->retention_ms) {
		snprintf(text, sizeof(text), "has a retention of %" PRId64 " ms, not %" PRId64,
			 have->retention_ms, want->retention_ms);
		say(arg, want->name, text);
	}
}

/* In a transaction, so that two who start at once make one topic. */
static int
add_topics(struct bus *b, const struct bus_topic *topics, size_t n, struct err *err)
{
	if (log_db_begin(&b->db, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct log_topic *have;

		if (log_topic_find(b, topics[i].name, &have, err) ||
		    (!have && log_topic_add(b, &topics[i], err))) {
			log_db_rollback(&b->db);
			return -1;
		}
	}
	return log_db_commit(&b->db, err);
}

static int
log_topics(struct bus *b, const struct bus_topic *topics, size_t n, bool dry,
	   bus_say_f *say, void *arg, struct err *err)
{
	bool missing = false;

	for (size_t i = 0; i < n; i++) {
		const struct log_topic *have;

		if (log_topic_find(b, topics[i].name, &have, err))
			return -1;
		if (have)
			say_differences(&topics[i], have, say, arg);
		else if (dry)
			say(arg, topics[i].name, "is missing");
		missing |= !have;
	}
	return missing && !dry ? add_topics(b, topics, n, err) : 0;
}

static int
log_partitions(struct bus *b, const char *topic, struct err *err)
{
	const struct log_topic *t;

	if (log_topic_find(b, topic, &t, err))
		return -1;
	return t ? t->partitions : 0;
}

static int
lane_of(struct bus *b, const char *topic, int partition, int64_t *lane, struct err *err)
{
	const struct log_topic *t;

	if (log_topic_need(b, topic, &t, err))
		return -1;
	if (partition < 0 || partition >= t->partitions)
		return err_set(err, ERR_USAGE, "%s has no partition %d", topic,
			       partition);
	*lane = t->lane + partition;
	return 0;
}

static int
log_offset(struct bus *b, const char *topic, int partition, int64_t at, int64_t *offset,
	   struct err *err)
{
	struct log_lane l;
	int64_t lane;

	if (lane_of(b, topic, partition, &lane, err) || log_lane_get(b, lane, &l, err))
		return -1;
	if (at >= 0)
		return log_lane_at(b, lane, at, offset, err);
	*offset = at == BUS_FIRST ? l.first : l.next;
	return 0;
}

static int
log_committed(struct bus *b, const char *group, const char *topic, int partition,
	      int64_t *offset, struct err *err)
{
	struct log_position p;
	int64_t lane;
	bool exists;

	if (lane_of(b, topic, partition, &lane, err) ||
	    log_position_get(b, group, lane, &p, &exists, err))
		return -1;
	*offset = p.offset;
	return 0;
}

static int
log_lag(struct bus *b, const char *group, const char *topic, int64_t *lag,
	struct err *err)
{
	int partitions = log_partitions(b, topic, err);

	*lag = 0;
	for (int i = 0; i < partitions; i++) {
		int64_t first, end, at, lane;
		bool more;

		if (log_offset(b, topic, i, BUS_END, &end, err) ||
		    log_offset(b, topic, i, BUS_FIRST, &first, err) ||
		    log_committed(b, group, topic, i, &at, err))
			return -1;
		at = at < first ? first : at;
		if (lane_of(b, topic, i, &lane, err) ||
		    log_lane_has(b, lane, at, &more, err))
			return -1;
		*lag += more ? end - at : 0;
	}
	return partitions < 0 ? -1 : 0;
}

/* A transaction is a record's offset and its commit in one. */
static int
log_settled(struct bus *b, const char *topic, bool *settled, struct err *err)
{
	*settled = true;
	return log_partitions(b, topic, err) < 0 ? -1 : 0;
}

static int
log_standing(struct bus *b, const char *group, const char *topic, int64_t *at,
	     int64_t *end, struct err *err)
{
	int partitions = log_partitions(b, topic, err);
	bool has_position = false;

	*at = *end = 0;
	for (int i = 0; i < partitions; i++) {
		int64_t first, last, position;

		if (log_committed(b, group, topic, i, &position, err) ||
		    log_offset(b, topic, i, BUS_FIRST, &first, err) ||
		    log_offset(b, topic, i, BUS_END, &last, err))
			return -1;
		has_position |= position >= 0;
		*at += position < first ? first : position;
		*end += last;
	}
	if (!has_position)
		*at = -1;
	return partitions < 0 ? -1 : 0;
}

static int
place_one(struct bus *b, const char *group, const struct bus_position *p, struct err *err)
{
	struct log_position now;
	int64_t lane;
	bool exists;

	if (lane_of(b, p->topic, p->partition, &lane, err) ||
	    log_position_get(b, group, lane, &now, &exists, err) ||
	    (!exists && log_position_hold(b, group, lane, 0, err)))
		return -1;
	return log_position_set(b, group, lane, p->offset, err);
}

static int
log_place(struct bus *b, const char *group, const struct bus_position *positions, size_t n,
	  struct err *err)
{
	int failed;

	if (log_db_begin(&b->db, err))
		return -1;
	failed = log_group_empty(b, group, err);
	for (size_t i = 0; i < n && !failed; i++)
		failed = place_one(b, group, &positions[i], err);
	if (!failed)
		return log_db_commit(&b->db, err);
	log_db_rollback(&b->db);
	return -1;
}

static int
log_forget(struct bus *b, const char *group, bool *known, struct err *err)
{
	if (log_db_begin(&b->db, err))
		return -1;
	if (log_group_empty(b, group, err) || log_group_forget(b, group, known, err)) {
		log_db_rollback(&b->db);
		return -1;
	}
	return log_db_commit(&b->db, err);
}

/* ---- batches: what a poll or a read gave lives until the next one ---- */

void
log_batch_init(struct log_batch *batch)
{
	*batch = (struct log_batch){ 0 };
	arena_init(&batch->arena, LOG_BATCH_BYTES + 3 * (size_t)BUS_MAX_RECORD);
}

void
log_batch_release(struct log_batch *batch)
{
	arena_release(&batch->arena);
	free(batch->records);
}

void
log_batch_reset(struct log_batch *batch, size_t max)
{
	arena_reset(&batch->arena);
	batch->count = 0;
	if (max > batch->room) {
		batch->records =
		    must_realloc(batch->records, max * sizeof(*batch->records));
		batch->room = max;
	}
}

int
log_batch_fetch(struct log_batch *batch, struct bus *b, const struct log_topic *t,
		int partition, int64_t *at, size_t max, struct err *err)
{
	size_t n, used = batch->arena.used;

	if (used >= LOG_BATCH_BYTES)
		return 0;
	if (log_fetch(b, t, partition, at, max, LOG_BATCH_BYTES - used, &batch->arena,
		      batch->records + batch->count, &n, err))
		return -1;
	batch->count += n;
	return 0;
}

/* ---- readers ---- */

static int
reader_open(struct bus *b, const char *topic, struct bus_reader **reader, struct err *err)
{
	const struct log_topic *t;
	struct bus_reader *r;

	if (log_topic_need(b, topic, &t, err))
		return -1;
	r = must_alloc(sizeof(*r));
	r->head.type = &bus_log_type;
	r->bus = b;
	r->topic = t;
	r->at = must_alloc((size_t)t->partitions * sizeof(*r->at));
	r->until = must_alloc((size_t)t->partitions * sizeof(*r->until));
	for (int i = 0; i < t->partitions; i++)
		r->until[i] = INT64_MAX;
	log_batch_init(&r->batch);
	*reader = r;
	return 0;
}

static int
reader_seek(struct bus_reader *r, int partition, int64_t offset, struct err *err)
{
	int64_t lane;

	if (lane_of(r->bus, r->topic->name, partition, &lane, err))
		return -1;
	if (offset < 0)
		return log_offset(r->bus, r->topic->name, partition, offset,
				  &r->at[partition], err);
	r->at[partition] = offset;
	return 0;
}

static int
reader_until(struct bus_reader *r, int partition, int64_t offset, struct err *err)
{
	int64_t lane;

	if (lane_of(r->bus, r->topic->name, partition, &lane, err))
		return -1;
	r->until[partition] = offset;
	return 0;
}

static bool
is_done(const struct bus_reader *r)
{
	for (int i = 0; i < r->topic->partitions; i++)
		if (r->at[i] < r->until[i])
			return false;
	return true;
}

/* One partition's; offsets have gaps, so the last of them may lie behind its end. */
static int
fetch_partition(struct bus_reader *r, int p, size_t max, struct err *err)
{
	struct log_batch *b = &r->batch;
	int64_t left = r->until[p] - r->at[p];
	size_t before = b->count;

	if (left <= 0)
		return 0;
	if (log_batch_fetch(b, r->bus, r->topic, p, &r->at[p],
			    (uint64_t)left < max ? (size_t)left : max, err))
		return -1;
	while (b->count > before && b->records[b->count - 1].offset >= r->until[p])
		b->count--;
	if (r->at[p] > r->until[p])
		r->at[p] = r->until[p];
	return 0;
}

static int
reader_fetch(struct bus_reader *r, size_t max, struct err *err)
{
	int n = r->topic->partitions;

	log_batch_reset(&r->batch, max);
	for (int i = 0; i < n && r->batch.count < max; i++) {
		int p = (r->turn + i) % n;

		if (fetch_partition(r, p, max - r->batch.count, err))
			return -1;
	}
	r->turn++;
	return 0;
}

static int
reader_read(struct bus_reader *r, const struct bus_record **records, size_t *n,
	    size_t max, int timeout_ms, bool *end, struct err *err)
{
	struct mono start = mono_now();

	for (;;) {
		uint32_t bell = log_db_bell(&r->bus->db);
		int left;

		if (reader_fetch(r, max, err))
			return -1;
		left = timeout_ms - (int)mono_since(start);
		if (r->batch.count || left <= 0 || is_done(r) || !log_db_wait(&r->bus->db, bell, left))
			break;
	}
	*records = r->batch.records;
	*n = r->batch.count;
	if (end)
		*end = *n < max && r->batch.arena.used < LOG_BATCH_BYTES;
	return 0;
}

static void
reader_close(struct bus_reader *r)
{
	log_batch_release(&r->batch);
	free(r->at);
	free(r->until);
	free(r);
}

static const struct bus_reader_type reader_type = {
	.seek = reader_seek,
	.until = reader_until,
	.read = reader_read,
	.close = reader_close,
};

const struct bus_type bus_log_type = {
	.name = "embedded log",
	.open = log_open,
	.close = log_close,
	.cluster = log_cluster,
	.topics = log_topics,
	.partitions = log_partitions,
	.offset = log_offset,
	.committed = log_committed,
	.lag = log_lag,
	.settled = log_settled,
	.standing = log_standing,
	.place = log_place,
	.forget = log_forget,
	.join = log_join,
	.read_open = reader_open,
	.member = &log_member_type,
	.reader = &reader_type,
};
