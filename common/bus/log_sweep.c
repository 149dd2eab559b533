/* What is old goes: records past their time, and tombstones that all have seen. */
#include "bus/log_sql.h"

#include "base/mem.h"
#include "time/clock.h"

enum {
	SWEEP = 5000, /* records deleted in one sweep, so that nobody waits long */
	TOMBSTONE_MS = 24 * 3600 * 1000, /* as Kafka's delete.retention.ms */
};

static int
sweep_lane(struct bus *b, int64_t lane, int64_t before_ms, struct err *err)
{
	struct log_lane l;
	int64_t end, safe = INT64_MAX;
	sqlite3_stmt *s = log_ask(b, LANE_SAFE);

	if (s)
		log_bind(s, "i", lane);
	if (log_row(b, s, "asking for positions", err) < 0)
		return -1;
	if (sqlite3_column_type(s, 0) != SQLITE_NULL)
		safe = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	if (log_lane_get(b, lane, &l, err) || log_lane_at(b, lane, before_ms, &end, err))
		return -1;
	end = end < safe ? end : safe;
	end = end < l.first + SWEEP ? end : l.first + SWEEP;
	if (end <= l.first)
		return 0;
	s = log_ask(b, RANGE_DELETE);
	if (s)
		log_bind(s, "ii", log_record_id(lane, l.first), log_record_id(lane, end));
	if (log_done(b, s, "deleting old records", err))
		return -1;
	s = log_ask(b, LANE_FIRST);
	if (s)
		log_bind(s, "ii", lane, end);
	return log_done(b, s, "moving the first offset", err);
}

static int
sweep_topics(struct bus *b, struct err *err)
{
	int64_t now = wall_now().ms, rows[64][3];
	size_t n = 0;
	sqlite3_stmt *s = log_ask(b, TOPICS_KEPT);

	while (n < LENGTH(rows) && log_step(b, s, "asking for topics", err) > 0) {
		for (int i = 0; i < 3; i++)
			rows[n][i] = sqlite3_column_int64(s, i);
		n++;
	}
	if (s)
		sqlite3_reset(s);
	for (size_t i = 0; i < n; i++)
		for (int64_t p = 0; p < rows[i][1]; p++)
			if (sweep_lane(b, rows[i][0] + p, now - rows[i][2], err))
				return -1;
	return 0;
}

/* A tombstone has done its work when every reader has had a day to see it. */
static int
sweep_tombstone(struct bus *b, int64_t id, const void *key, size_t n, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, NEWEST_DELETE);

	if (s) {
		sqlite3_bind_int64(s, 1, id >> OFFSET_BITS);
		log_bind_bytes(s, 2, key, n);
		sqlite3_bind_int64(s, 3, id);
	}
	if (log_done(b, s, "deleting a tombstone", err))
		return -1;
	if (!sqlite3_changes(b->db.db))
		return 0; /* of a topic kept by time: it goes with its neighbours */
	s = log_ask(b, RECORD_DELETE);
	if (s)
		log_bind(s, "i", id);
	return log_done(b, s, "deleting a tombstone", err);
}

static int
sweep_tombstones(struct bus *b, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, TOMBSTONES);
	int rc;

	if (s)
		log_bind(s, "ii", wall_now().ms - TOMBSTONE_MS, (int64_t)SWEEP);
	while ((rc = log_step(b, s, "asking for tombstones", err)) > 0)
		if (sweep_tombstone(b, sqlite3_column_int64(s, 0),
				    sqlite3_column_blob(s, 1),
				    (size_t)sqlite3_column_bytes(s, 1), err)) {
			sqlite3_reset(s);
			return -1;
		}
	return rc;
}

int
log_sweep(struct bus *b, struct err *err)
{
	if (log_db_begin(&b->db, err))
		return -1;
	if (sweep_topics(b, err) || sweep_tombstones(b, err)) {
		log_db_rollback(&b->db);
		return -1;
	}
	return log_db_commit(&b->db, err);
}
