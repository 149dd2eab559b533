#include "bus/log_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS log(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS topics(name TEXT PRIMARY KEY, lane INTEGER NOT NULL,"
    " partitions INTEGER NOT NULL, retention_ms INTEGER NOT NULL, compacted INTEGER NOT "
    "NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS lanes(id INTEGER PRIMARY KEY, first INTEGER NOT NULL "
    "DEFAULT 0,"
    " next INTEGER NOT NULL DEFAULT 0, time_ms INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS records(id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " key BLOB, headers BLOB, value BLOB);"
    "CREATE INDEX IF NOT EXISTS tombstones ON records(time_ms) WHERE value IS NULL;"
    "CREATE TABLE IF NOT EXISTS newest(lane INTEGER, key BLOB, id INTEGER NOT NULL,"
    " PRIMARY KEY(lane, key)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS members(epoch INTEGER PRIMARY KEY, id TEXT NOT NULL "
    "UNIQUE,"
    " member_of TEXT, topics TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS positions(member_of TEXT, lane INTEGER,"
    " position INTEGER NOT NULL DEFAULT -1, holder INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(member_of, lane)) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO log VALUES('schema', 1), ('epoch', 1),"
    " ('cluster', lower(hex(randomblob(16))));";

static const char *const texts[LOG_TEXTS] = {
	[LOG_GET] = "SELECT value FROM log WHERE name = ?1",
	[LOG_SET] = "INSERT OR REPLACE INTO log VALUES(?1, ?2)",
	[LOG_UNSET] = "DELETE FROM log WHERE name = ?1",
	[TOPIC_NAMES] = "SELECT name FROM topics ORDER BY name",
	[LOG_EPOCH] =
	    "UPDATE log SET value = value + 1 WHERE name = 'epoch' RETURNING value",
	[TOPIC_GET] = "SELECT lane, partitions, retention_ms, compacted FROM topics "
		      "WHERE name = ?1",
	[TOPIC_ADD] = "INSERT INTO topics VALUES(?1, ?2, ?3, ?4, ?5)",
	[LANE_END] = "SELECT coalesce(max(id), 0) + 1 FROM lanes",
	[LANE_ADD] = "INSERT INTO lanes(id) VALUES(?1)",
	[LANE_GET] = "SELECT first, next, time_ms FROM lanes WHERE id = ?1",
	[LANE_SET] = "UPDATE lanes SET first = ?2, next = ?3, time_ms = ?4 WHERE id = ?1",
	[RECORD_ADD] = "INSERT INTO records(id, time_ms, key, headers, value)"
		       " VALUES(?1, ?2, ?3, ?4, ?5)",
	[RECORD_AT] = "SELECT id, time_ms FROM records WHERE id >= ?1 AND id < ?2 ORDER "
		      "BY id LIMIT 1",
	[RECORDS] = "SELECT id, time_ms, key, headers, value FROM records"
		    " WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
	[NEWEST_ADD] = "INSERT OR IGNORE INTO newest VALUES(?1, ?2, ?3)",
	[NEWEST_GET] = "SELECT id FROM newest WHERE lane = ?1 AND key = ?2",
	[NEWEST_SET] = "UPDATE newest SET id = ?3 WHERE lane = ?1 AND key = ?2",
	[NEWEST_DELETE] = "DELETE FROM newest WHERE lane = ?1 AND key = ?2 AND id = ?3",
	[RECORD_DELETE] = "DELETE FROM records WHERE id = ?1",
	[TOPICS_KEPT] = "SELECT lane, partitions, retention_ms FROM topics"
			" WHERE NOT compacted AND retention_ms >= 0",
	[LANE_SAFE] = "SELECT min(position) FROM positions WHERE lane = ?1",
	[LANE_SLOWEST] = "SELECT member_of, position FROM positions WHERE lane = ?1"
			 " ORDER BY position LIMIT 1",
	[RANGE_DELETE] = "DELETE FROM records WHERE id >= ?1 AND id < ?2",
	[LANE_FIRST] = "UPDATE lanes SET first = max(first, ?2) WHERE id = ?1",
	[TOMBSTONES] = "SELECT id, key FROM records WHERE value IS NULL AND time_ms < ?1"
		       " ORDER BY time_ms LIMIT ?2",
	[PAGES] = "SELECT (page_count - freelist_count) * page_size"
		  " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
	[LAGGARD] =
	    "SELECT member_of, sum(next - max(position, 0)) AS lag FROM positions"
	    " JOIN lanes ON id = lane GROUP BY member_of ORDER BY lag DESC LIMIT 1",
	[POSITION_GET] =
	    "SELECT position, holder FROM positions WHERE member_of = ?1 AND lane = ?2",
	[POSITION_HOLD] =
	    "INSERT INTO positions(member_of, lane, holder) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT DO UPDATE SET holder = excluded.holder",
	[POSITION_SET] =
	    "UPDATE positions SET position = ?3 WHERE member_of = ?1 AND lane = ?2",
	[POSITIONS] = "SELECT member_of, lane, position FROM positions"
		      " WHERE position >= 0 ORDER BY member_of, lane",
	[POSITIONS_FORGET] = "DELETE FROM positions WHERE member_of = ?1",
	[MEMBERS] =
	    "SELECT epoch, id, topics FROM members WHERE ?1 IS NULL OR member_of = ?1"
	    " ORDER BY id",
	[MEMBER_DROP] = "DELETE FROM members WHERE id = ?1",
	[MEMBER_ADD] = "INSERT INTO members VALUES(?1, ?2, ?3, ?4)",
	[MEMBER_REMOVE] = "DELETE FROM members WHERE epoch = ?1",
	[MEMBER_IS] = "SELECT 1 FROM members WHERE epoch = ?1",
};

int
log_sql_open(struct bus *b, const char *path, struct err *err)
{
	return log_db_open(&b->db, path, schema, texts, LOG_TEXTS, err);
}

sqlite3_stmt *
log_ask(struct bus *b, enum log_text text)
{
	return log_db_query(&b->db, (int)text);
}

void
log_bind_bytes(sqlite3_stmt *s, int at, const void *bytes, size_t n)
{
	if (bytes)
		sqlite3_bind_blob(s, at, n ? bytes : "", (int)n, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

/* What the caller binds must live until the statement is done: all are reset below. */
void
log_bind(sqlite3_stmt *s, const char *kinds, ...)
{
	va_list ap;

	va_start(ap, kinds);
	for (int i = 1; *kinds; kinds++, i++) {
		if (*kinds == 'i') {
			sqlite3_bind_int64(s, i, va_arg(ap, int64_t));
		} else {
			const char *text = va_arg(ap, const char *);

			assert(*kinds == 's');
			sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC);
		}
	}
	va_end(ap);
}

/* 1: a row stands ready; 0: none (and the statement is reset); -1: failed. */
int
log_step(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err)
{
	int rc = s ? sqlite3_step(s) : SQLITE_ERROR;

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE) {
		sqlite3_reset(s);
		return 0;
	}
	log_db_failed(&b->db, doing, err);
	if (s)
		sqlite3_reset(s);
	return -1;
}

/* A statement that gives nothing. */
int
log_done(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err)
{
	return log_step(b, s, doing, err) < 0 ? -1 : 0;
}

/* A row that must be there. */
int
log_row(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err)
{
	int rc = log_step(b, s, doing, err);

	return rc ? rc
		  : err_set(err, ERR_FATAL, "%s is damaged: %s: no row", b->db.path,
			    doing);
}

/* One number: *value stays as it is if there is no row. */
int
log_number(struct bus *b, sqlite3_stmt *s, const char *doing, int64_t *value,
	   struct err *err)
{
	int rc = log_step(b, s, doing, err);

	if (rc > 0) {
		*value = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int64_t
log_record_id(int64_t lane, int64_t offset)
{
	return lane << OFFSET_BITS | offset;
}

int64_t
log_offset_of(int64_t id)
{
	return id & ((INT64_C(1) << OFFSET_BITS) - 1);
}
