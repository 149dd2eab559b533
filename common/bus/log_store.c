#include "bus/log_store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

enum {
	SWEEP = 5000, /* records deleted in one sweep, so that nobody waits long */
	TOMBSTONE_MS = 24 * 3600 * 1000, /* as Kafka's delete.retention.ms */
	SCHEMA = 1,
};

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

enum text {
	LOG_GET,
	LOG_SET,
	LOG_UNSET,
	LOG_EPOCH,
	TOPIC_NAMES,
	TOPIC_GET,
	TOPIC_ADD,
	LANE_END,
	LANE_ADD,
	LANE_GET,
	LANE_SET,
	RECORD_ADD,
	RECORD_AT,
	RECORDS,
	NEWEST_ADD,
	NEWEST_GET,
	NEWEST_SET,
	NEWEST_DELETE,
	RECORD_DELETE,
	TOPICS_KEPT,
	LANE_SAFE,
	LANE_SLOWEST,
	RANGE_DELETE,
	LANE_FIRST,
	TOMBSTONES,
	PAGES,
	LAGGARD,
	POSITION_GET,
	POSITION_HOLD,
	POSITION_SET,
	POSITIONS_FORGET,
	POSITIONS,
	MEMBERS,
	MEMBER_DROP,
	MEMBER_ADD,
	MEMBER_REMOVE,
	MEMBER_IS,
	TEXTS,
};

static const char *const texts[TEXTS] = {
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

/* ---- statements: bind what the letters say, step once ---- */

static sqlite3_stmt *
ask(struct bus *b, enum text text)
{
	return log_db_query(&b->db, (int)text);
}

static void
bind_bytes(sqlite3_stmt *s, int at, const void *bytes, size_t n)
{
	if (bytes)
		sqlite3_bind_blob(s, at, n ? bytes : "", (int)n, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

/* What the caller binds must live until the statement is done: all are reset below. */
static void
bind(sqlite3_stmt *s, const char *kinds, ...)
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
static int
step(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err)
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
static int
done(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err)
{
	return step(b, s, doing, err) < 0 ? -1 : 0;
}

/* A row that must be there. */
static int
row(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err)
{
	int rc = step(b, s, doing, err);

	return rc ? rc
		  : err_set(err, ERR_FATAL, "%s is damaged: %s: no row", b->db.path,
			    doing);
}

/* One number: *value stays as it is if there is no row. */
static int
number(struct bus *b, sqlite3_stmt *s, const char *doing, int64_t *value, struct err *err)
{
	int rc = step(b, s, doing, err);

	if (rc > 0) {
		*value = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

static int64_t
record_id(int64_t lane, int64_t offset)
{
	return lane << OFFSET_BITS | offset;
}

static int64_t
offset_of(int64_t id)
{
	return id & ((INT64_C(1) << OFFSET_BITS) - 1);
}

/* ---- the log itself ---- */

static int
read_names(struct bus *b, struct err *err)
{
	sqlite3_stmt *s = ask(b, LOG_GET);
	int64_t version = 0;

	if (s)
		bind(s, "s", "cluster");
	if (row(b, s, "reading its name", err) < 0)
		return -1;
	snprintf(b->cluster, sizeof(b->cluster), "log-%s",
		 (const char *)sqlite3_column_text(s, 0));
	sqlite3_reset(s);
	bind(s, "s", "schema");
	if (number(b, s, "reading its version", &version, err))
		return -1;
	if (version > SCHEMA)
		return err_set(err, ERR_USAGE,
			       "%s was written by a newer newswire (schema %" PRId64
			       ", this one knows %d)",
			       b->db.path, version, SCHEMA);
	return 0;
}

int
log_store_open(struct bus *b, const char *path, struct err *err)
{
	if (log_db_open(&b->db, path, schema, texts, TEXTS, err))
		return -1;
	if (read_names(b, err)) {
		log_db_close(&b->db);
		return -1;
	}
	return 0;
}

void
log_store_close(struct bus *b)
{
	for (size_t i = 0; i < b->topic_count; i++) {
		free(b->topics[i]->name);
		free(b->topics[i]);
	}
	free(b->topics);
	log_db_close(&b->db);
}

int
log_seal(struct bus *b, const char *text, struct err *err)
{
	sqlite3_stmt *s = ask(b, text ? LOG_SET : LOG_UNSET);

	if (s && text)
		bind(s, "ss", "sealed", text);
	else if (s)
		bind(s, "s", "sealed");
	return done(b, s, "sealing", err);
}

int
log_sealed(struct bus *b, char text[256], struct err *err)
{
	sqlite3_stmt *s = ask(b, LOG_GET);
	int rc;

	*text = '\0';
	if (s)
		bind(s, "s", "sealed");
	rc = step(b, s, "asking whether it is sealed", err);
	if (rc > 0) {
		snprintf(text, 256, "%s", (const char *)sqlite3_column_text(s, 0));
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int64_t
log_size(struct bus *b)
{
	int64_t size = 0;
	struct err err;

	return number(b, ask(b, PAGES), "measuring", &size, &err) ? 0 : size;
}

int
log_full(struct bus *b, struct err *err)
{
	sqlite3_stmt *s = ask(b, LAGGARD);
	int rc = step(b, s, "looking for the slowest group", err);

	if (rc < 0)
		return -1;
	err_set(err, ERR_RETRY, "%s is full (max_log_bytes %" PRId64 "): %s%s%s",
		b->db.path, b->max_bytes,
		rc ? "waiting for the group " : "no group reads it",
		rc ? (const char *)sqlite3_column_text(s, 0) : "",
		rc ? " to catch up (`newswire topics forget GROUP` ends a group)" : "");
	if (rc)
		sqlite3_reset(s);
	return -1;
}

/* ---- topics ---- */

static const struct log_topic *
remember(struct bus *b, const char *name, sqlite3_stmt *s)
{
	struct log_topic *t = must_alloc(sizeof(*t));

	*t = (struct log_topic){ must_strdup(name), sqlite3_column_int64(s, 0),
				 sqlite3_column_int(s, 1), sqlite3_column_int64(s, 2),
				 sqlite3_column_int(s, 3) };
	b->topics =
	    must_realloc(b->topics, (b->topic_count + 1) * sizeof(struct log_topic *));
	b->topics[b->topic_count++] = t;
	return t;
}

int
log_topic_find(struct bus *b, const char *name, const struct log_topic **topic,
	       struct err *err)
{
	sqlite3_stmt *s;
	int rc;

	*topic = NULL;
	for (size_t i = 0; i < b->topic_count; i++)
		if (!strcmp(b->topics[i]->name, name))
			*topic = b->topics[i];
	if (*topic)
		return 0;
	s = ask(b, TOPIC_GET);
	if (s)
		bind(s, "s", name);
	rc = step(b, s, "looking for a topic", err);
	if (rc > 0) {
		*topic = remember(b, name, s);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int
log_topic_need(struct bus *b, const char *name, const struct log_topic **topic,
	       struct err *err)
{
	if (log_topic_find(b, name, topic, err))
		return -1;
	if (*topic)
		return 0;
	return err_set(err, ERR_USAGE, "%s has no topic %s; `newswire topics` creates it",
		       b->db.path, name);
}

int
log_each_topic(struct bus *b, log_topic_f *f, void *arg, struct err *err)
{
	sqlite3_stmt *s = ask(b, TOPIC_NAMES);
	int rc, result = 0;

	while (!result && (rc = step(b, s, "asking for topics", err))) {
		const struct log_topic *t;

		if (rc < 0 || log_topic_need(b, (const char *)sqlite3_column_text(s, 0),
					     &t, err))
			result = -1;
		else
			result = f(arg, t);
	}
	if (s)
		sqlite3_reset(s);
	return result;
}

int
log_topic_add(struct bus *b, const struct bus_topic *t, struct err *err)
{
	int64_t lane = 0;
	sqlite3_stmt *s;

	if (number(b, ask(b, LANE_END), "numbering lanes", &lane, err))
		return -1;
	for (int i = 0; i < t->partitions; i++) {
		s = ask(b, LANE_ADD);
		if (s)
			bind(s, "i", lane + i);
		if (done(b, s, "adding a lane", err))
			return -1;
	}
	s = ask(b, TOPIC_ADD);
	if (s)
		bind(s, "siiii", t->name, lane, (int64_t)t->partitions, t->retention_ms,
		     (int64_t)t->compacted);
	return done(b, s, "adding a topic", err);
}

/* ---- lanes ---- */

int
log_lane_get(struct bus *b, int64_t lane, struct log_lane *l, struct err *err)
{
	sqlite3_stmt *s = ask(b, LANE_GET);

	if (s)
		bind(s, "i", lane);
	if (row(b, s, "reading a lane", err) < 0)
		return -1;
	*l = (struct log_lane){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
				sqlite3_column_int64(s, 2) };
	sqlite3_reset(s);
	return 0;
}

int
log_lane_set(struct bus *b, int64_t lane, const struct log_lane *l, struct err *err)
{
	sqlite3_stmt *s = ask(b, LANE_SET);

	if (s)
		bind(s, "iiii", lane, l->first, l->next, l->time_ms);
	return done(b, s, "writing a lane", err);
}

/* The first record at or after offset: 1, its offset and time; 0: none. */
static int
record_from(struct bus *b, int64_t lane, int64_t offset, int64_t *found, int64_t *time_ms,
	    struct err *err)
{
	sqlite3_stmt *s = ask(b, RECORD_AT);
	int rc;

	if (s)
		bind(s, "ii", record_id(lane, offset), record_id(lane + 1, 0));
	rc = step(b, s, "looking for a record", err);
	if (rc > 0) {
		*found = offset_of(sqlite3_column_int64(s, 0));
		*time_ms = sqlite3_column_int64(s, 1);
		sqlite3_reset(s);
	}
	return rc;
}

/* Times never fall within a lane, so offsets can be halved. */
int
log_lane_at(struct bus *b, int64_t lane, int64_t time_ms, int64_t *offset,
	    struct err *err)
{
	struct log_lane l;
	int64_t low, high;

	if (log_lane_get(b, lane, &l, err))
		return -1;
	low = l.first;
	high = l.next;
	while (low < high) {
		int64_t middle = low + (high - low) / 2, found, time;
		int rc = record_from(b, lane, middle, &found, &time, err);

		if (rc < 0)
			return -1;
		if (rc && time < time_ms)
			low = found + 1;
		else
			high = middle;
	}
	*offset = low;
	return 0;
}

int
log_lane_slowest(struct bus *b, int64_t lane, char group[256], int64_t *position,
		 struct err *err)
{
	sqlite3_stmt *s = ask(b, LANE_SLOWEST);
	int rc;

	*position = INT64_MAX;
	if (s)
		bind(s, "i", lane);
	rc = step(b, s, "asking for the slowest group", err);
	if (rc > 0) {
		snprintf(group, 256, "%s", (const char *)sqlite3_column_text(s, 0));
		*position = sqlite3_column_int64(s, 1);
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int
log_lane_has(struct bus *b, int64_t lane, int64_t offset, bool *has, struct err *err)
{
	int64_t found, time;
	int rc = record_from(b, lane, offset, &found, &time, err);

	*has = rc > 0;
	return rc < 0 ? -1 : 0;
}

/* ---- records ---- */

/* Headers in one blob: for each the value's size (4 bytes; all ones: null), name, NUL,
 * value. */
static size_t
pack_headers(const struct bus_record *r, char *out)
{
	char *p = out;

	for (size_t i = 0; i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];
		uint32_t size = h->value ? (uint32_t)h->size : UINT32_MAX;
		size_t name = strlen(h->name) + 1;

		memcpy(p, &size, sizeof(size));
		memcpy(p + sizeof(size), h->name, name);
		p += sizeof(size) + name;
		if (h->value && h->size)
			memcpy(p, h->value, h->size);
		p += h->value ? h->size : 0;
	}
	return (size_t)(p - out);
}

/* One header from p, which has `left` bytes; gives its size, 0 if it is cut. */
static size_t
unpack_header(const char *p, size_t left, struct bus_header *h)
{
	uint32_t size;
	const char *end;
	size_t used;

	if (left < sizeof(size) + 1)
		return 0;
	memcpy(&size, p, sizeof(size));
	end = memchr(p + sizeof(size), '\0', left - sizeof(size));
	if (!end)
		return 0;
	used = (size_t)(end + 1 - p);
	h->name = p + sizeof(size);
	h->value = size == UINT32_MAX ? NULL : p + used;
	h->size = size == UINT32_MAX ? 0 : size;
	return h->size > left - used ? 0 : used + h->size;
}

/* 1: nothing had that key before, and this record is where it lies now. */
static int
add_key(struct bus *b, int64_t lane, const struct bus_record *r, int64_t id, struct err *err)
{
	sqlite3_stmt *s = ask(b, NEWEST_ADD);

	if (s) {
		bind_bytes(s, 2, r->key, r->key_size);
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int64(s, 3, id);
	}
	return done(b, s, "writing a key", err) ? -1 : sqlite3_changes(b->db.db);
}

/* The key's former record goes, and this one is where it lies now. */
static int
replace(struct bus *b, int64_t lane, const struct bus_record *r, int64_t id,
	struct err *err)
{
	int64_t old = 0;
	int is_new = add_key(b, lane, r, id, err);
	sqlite3_stmt *s;

	if (is_new)
		return is_new < 0 ? -1 : 0;
	s = ask(b, NEWEST_GET);
	if (s) {
		bind(s, "i", lane);
		bind_bytes(s, 2, r->key, r->key_size);
	}
	if (number(b, s, "looking for a key", &old, err))
		return -1;
	s = ask(b, RECORD_DELETE);
	if (s)
		bind(s, "i", old);
	if (old && done(b, s, "compacting", err))
		return -1;
	s = ask(b, NEWEST_SET);
	if (s) {
		bind_bytes(s, 2, r->key, r->key_size);
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int64(s, 3, id);
	}
	return done(b, s, "writing a key", err);
}

int
log_append(struct bus *b, const struct log_topic *t, int partition, struct log_lane *l,
	   const struct bus_record *r, struct err *err)
{
	int64_t lane = t->lane + partition, id = record_id(lane, l->next);
	int64_t now = r->time_ms ? r->time_ms : wall_now().ms;
	char small[1024], *headers = small;
	size_t size =
	    bus_record_size(r) - r->key_size - r->value_size + r->header_count * 5;
	sqlite3_stmt *s = ask(b, RECORD_ADD);
	int failed;

	if (size > sizeof(small))
		headers = must_alloc(size);
	l->time_ms = now > l->time_ms ? now : l->time_ms;
	if (s) {
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, l->time_ms);
		bind_bytes(s, 3, r->key, r->key_size);
		bind_bytes(s, 4, r->header_count ? headers : NULL,
			   pack_headers(r, headers));
		bind_bytes(s, 5, r->value, r->value_size);
	}
	failed = done(b, s, "writing a record", err);
	if (s)
		sqlite3_clear_bindings(s);
	if (headers != small)
		free(headers);
	if (failed || (t->compacted && r->key && replace(b, lane, r, id, err)))
		return -1;
	l->next++;
	return 0;
}

static const void *
column_bytes(sqlite3_stmt *s, int column, struct arena *a, size_t *n)
{
	*n = (size_t)sqlite3_column_bytes(s, column);
	if (sqlite3_column_type(s, column) == SQLITE_NULL)
		return NULL;
	return arena_copy(a, sqlite3_column_blob(s, column), *n);
}

static int
read_headers(struct bus *b, struct bus_record *r, sqlite3_stmt *s, struct arena *a,
	     struct err *err)
{
	size_t n, room = 0;
	const char *p = column_bytes(s, 3, a, &n);
	struct bus_header *headers = NULL;

	for (size_t used; p && n; p += used, n -= used) {
		headers =
		    arena_grow(a, headers, r->header_count, &room, sizeof(*headers));
		if (!headers)
			break;
		used = unpack_header(p, n, &headers[r->header_count]);
		if (!used)
			return err_set(err, ERR_FATAL,
				       "%s: the headers of %s/%d/%" PRId64 " are damaged",
				       b->db.path, r->topic, r->partition, r->offset);
		r->header_count++;
	}
	r->headers = headers;
	return 0;
}

static int
read_record(struct bus *b, struct bus_record *r, sqlite3_stmt *s, struct arena *a,
	    struct err *err)
{
	r->offset = offset_of(sqlite3_column_int64(s, 0));
	r->time_ms = sqlite3_column_int64(s, 1);
	r->key = column_bytes(s, 2, a, &r->key_size);
	r->value = column_bytes(s, 4, a, &r->value_size);
	return read_headers(b, r, s, a, err);
}

int
log_fetch(struct bus *b, const struct log_topic *t, int partition, int64_t *offset,
	  size_t max, size_t max_bytes, struct arena *arena, struct bus_record *records,
	  size_t *n, struct err *err)
{
	int64_t lane = t->lane + partition;
	size_t start = arena->used;
	sqlite3_stmt *s = ask(b, RECORDS);
	int rc = 0;

	*n = 0;
	if (s)
		bind(s, "iii", record_id(lane, *offset), record_id(lane + 1, 0),
		     (int64_t)max);
	while (*n < max && (!*n || arena->used - start < max_bytes) &&
	       (rc = step(b, s, "reading records", err)) > 0) {
		struct bus_record *r = &records[*n];

		*r = (struct bus_record){ .topic = t->name, .partition = partition };
		if (read_record(b, r, s, arena, err)) {
			rc = -1;
			break;
		}
		if (arena->full) { /* the callers' ceiling is above max_bytes and one
				      record */
			arena->full = false;
			break;
		}
		*offset = r->offset + 1;
		++*n;
	}
	if (s)
		sqlite3_reset(s); /* no snapshot is held over the batch */
	return rc < 0 ? -1 : 0;
}

/* ---- what is old goes ---- */

static int
sweep_lane(struct bus *b, int64_t lane, int64_t before_ms, struct err *err)
{
	struct log_lane l;
	int64_t end, safe = INT64_MAX;
	sqlite3_stmt *s = ask(b, LANE_SAFE);

	if (s)
		bind(s, "i", lane);
	if (row(b, s, "asking for positions", err) < 0)
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
	s = ask(b, RANGE_DELETE);
	if (s)
		bind(s, "ii", record_id(lane, l.first), record_id(lane, end));
	if (done(b, s, "deleting old records", err))
		return -1;
	s = ask(b, LANE_FIRST);
	if (s)
		bind(s, "ii", lane, end);
	return done(b, s, "moving the first offset", err);
}

static int
sweep_topics(struct bus *b, struct err *err)
{
	int64_t now = wall_now().ms, rows[64][3];
	size_t n = 0;
	sqlite3_stmt *s = ask(b, TOPICS_KEPT);

	while (n < LENGTH(rows) && step(b, s, "asking for topics", err) > 0) {
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
	sqlite3_stmt *s = ask(b, NEWEST_DELETE);

	if (s) {
		sqlite3_bind_int64(s, 1, id >> OFFSET_BITS);
		bind_bytes(s, 2, key, n);
		sqlite3_bind_int64(s, 3, id);
	}
	if (done(b, s, "deleting a tombstone", err))
		return -1;
	if (!sqlite3_changes(b->db.db))
		return 0; /* of a topic kept by time: it goes with its neighbours */
	s = ask(b, RECORD_DELETE);
	if (s)
		bind(s, "i", id);
	return done(b, s, "deleting a tombstone", err);
}

static int
sweep_tombstones(struct bus *b, struct err *err)
{
	sqlite3_stmt *s = ask(b, TOMBSTONES);
	int rc;

	if (s)
		bind(s, "ii", wall_now().ms - TOMBSTONE_MS, (int64_t)SWEEP);
	while ((rc = step(b, s, "asking for tombstones", err)) > 0)
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

/* ---- groups ---- */

int
log_position_get(struct bus *b, const char *group, int64_t lane, struct log_position *p,
		 bool *exists, struct err *err)
{
	sqlite3_stmt *s = ask(b, POSITION_GET);
	int rc;

	*p = (struct log_position){ -1, 0 };
	if (s)
		bind(s, "si", group, lane);
	rc = step(b, s, "reading a position", err);
	*exists = rc > 0;
	if (rc > 0) {
		*p = (struct log_position){ sqlite3_column_int64(s, 0),
					    sqlite3_column_int64(s, 1) };
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int
log_position_hold(struct bus *b, const char *group, int64_t lane, int64_t holder,
		  struct err *err)
{
	sqlite3_stmt *s = ask(b, POSITION_HOLD);

	if (s)
		bind(s, "sii", group, lane, holder);
	return done(b, s, "taking a partition", err);
}

int
log_position_set(struct bus *b, const char *group, int64_t lane, int64_t offset,
		 struct err *err)
{
	sqlite3_stmt *s = ask(b, POSITION_SET);

	if (s)
		bind(s, "sii", group, lane, offset);
	return done(b, s, "writing a position", err);
}

int
log_each_position(struct bus *b, log_position_f *f, void *arg, struct err *err)
{
	sqlite3_stmt *s = ask(b, POSITIONS);
	int rc, result = 0;

	while (!result && (rc = step(b, s, "asking for positions", err)))
		result = rc < 0 ? -1
				: f(arg, (const char *)sqlite3_column_text(s, 0),
				    sqlite3_column_int64(s, 1),
				    sqlite3_column_int64(s, 2));
	if (s)
		sqlite3_reset(s);
	return result;
}

int
log_group_forget(struct bus *b, const char *group, bool *known, struct err *err)
{
	sqlite3_stmt *s = ask(b, POSITIONS_FORGET);

	if (s)
		bind(s, "s", group);
	if (done(b, s, "forgetting a group", err))
		return -1;
	*known = sqlite3_changes(b->db.db) > 0;
	return 0;
}

int
log_members(struct bus *b, const char *group, struct log_member **members, size_t *n,
	    struct err *err)
{
	sqlite3_stmt *s = ask(b, MEMBERS);
	struct log_member *list = NULL;
	int rc;

	*n = 0;
	*members = NULL;
	if (s)
		bind(s, "s", group);
	while ((rc = step(b, s, "asking for members", err)) > 0) {
		list = must_realloc(list, (*n + 1) * sizeof(*list));
		list[(*n)++] = (struct log_member){
			sqlite3_column_int64(s, 0),
			must_strdup((const char *)sqlite3_column_text(s, 1)),
			must_strdup((const char *)sqlite3_column_text(s, 2))
		};
	}
	*members = list;
	return rc;
}

void
log_members_free(struct log_member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(members[i].id);
		free(members[i].topics);
	}
	free(members);
}

int
log_member_add(struct bus *b, const char *id, const char *group, const char *topics,
	       int64_t *epoch, struct err *err)
{
	sqlite3_stmt *s;

	*epoch = 0;
	if (number(b, ask(b, LOG_EPOCH), "counting epochs", epoch, err))
		return -1;
	s = ask(b, MEMBER_DROP);
	if (s)
		bind(s, "s", id);
	if (done(b, s, "fencing the former owner", err))
		return -1;
	s = ask(b, MEMBER_ADD);
	if (s)
		bind(s, "isss", *epoch, id, group, topics);
	return done(b, s, "joining", err);
}

int
log_member_remove(struct bus *b, int64_t epoch, struct err *err)
{
	sqlite3_stmt *s = ask(b, MEMBER_REMOVE);

	if (s)
		bind(s, "i", epoch);
	return done(b, s, "removing a member", err);
}

int
log_member_is(struct bus *b, int64_t epoch, bool *is, struct err *err)
{
	sqlite3_stmt *s = ask(b, MEMBER_IS);
	int64_t found = 0;

	if (s)
		bind(s, "i", epoch);
	if (number(b, s, "looking for a member", &found, err))
		return -1;
	*is = found;
	return 0;
}
