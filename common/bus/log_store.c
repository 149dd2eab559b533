#include "bus/log_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/log_sql.h"

enum { SCHEMA = 1 };

/* ---- the log itself ---- */

static int
read_names(struct bus *b, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, LOG_GET);
	int64_t version = 0;

	if (s)
		log_bind(s, "s", "cluster");
	if (log_row(b, s, "reading its name", err) < 0)
		return -1;
	snprintf(b->cluster, sizeof(b->cluster), "log-%s",
		 (const char *)sqlite3_column_text(s, 0));
	sqlite3_reset(s);
	log_bind(s, "s", "schema");
	if (log_number(b, s, "reading its version", &version, err))
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
	if (log_sql_open(b, path, err))
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
	sqlite3_stmt *s = log_ask(b, text ? LOG_SET : LOG_UNSET);

	if (s && text)
		log_bind(s, "ss", "sealed", text);
	else if (s)
		log_bind(s, "s", "sealed");
	return log_done(b, s, "sealing", err);
}

int
log_sealed(struct bus *b, char text[256], struct err *err)
{
	sqlite3_stmt *s = log_ask(b, LOG_GET);
	int rc;

	*text = '\0';
	if (s)
		log_bind(s, "s", "sealed");
	rc = log_step(b, s, "asking whether it is sealed", err);
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

	return log_number(b, log_ask(b, PAGES), "measuring", &size, &err) ? 0 : size;
}

int
log_full(struct bus *b, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, LAGGARD);
	int rc = log_step(b, s, "looking for the slowest group", err);

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
	s = log_ask(b, TOPIC_GET);
	if (s)
		log_bind(s, "s", name);
	rc = log_step(b, s, "looking for a topic", err);
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
	sqlite3_stmt *s = log_ask(b, TOPIC_NAMES);
	int rc, result = 0;

	while (!result && (rc = log_step(b, s, "asking for topics", err))) {
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

	if (log_number(b, log_ask(b, LANE_END), "numbering lanes", &lane, err))
		return -1;
	for (int i = 0; i < t->partitions; i++) {
		s = log_ask(b, LANE_ADD);
		if (s)
			log_bind(s, "i", lane + i);
		if (log_done(b, s, "adding a lane", err))
			return -1;
	}
	s = log_ask(b, TOPIC_ADD);
	if (s)
		log_bind(s, "siiii", t->name, lane, (int64_t)t->partitions, t->retention_ms,
		     (int64_t)t->compacted);
	return log_done(b, s, "adding a topic", err);
}

/* ---- lanes ---- */

int
log_lane_get(struct bus *b, int64_t lane, struct log_lane *l, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, LANE_GET);

	if (s)
		log_bind(s, "i", lane);
	if (log_row(b, s, "reading a lane", err) < 0)
		return -1;
	*l = (struct log_lane){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
				sqlite3_column_int64(s, 2) };
	sqlite3_reset(s);
	return 0;
}

int
log_lane_set(struct bus *b, int64_t lane, const struct log_lane *l, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, LANE_SET);

	if (s)
		log_bind(s, "iiii", lane, l->first, l->next, l->time_ms);
	return log_done(b, s, "writing a lane", err);
}

/* The first record at or after offset: 1, its offset and time; 0: none. */
static int
record_from(struct bus *b, int64_t lane, int64_t offset, int64_t *found, int64_t *time_ms,
	    struct err *err)
{
	sqlite3_stmt *s = log_ask(b, RECORD_AT);
	int rc;

	if (s)
		log_bind(s, "ii", log_record_id(lane, offset), log_record_id(lane + 1, 0));
	rc = log_step(b, s, "looking for a record", err);
	if (rc > 0) {
		*found = log_offset_of(sqlite3_column_int64(s, 0));
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
	sqlite3_stmt *s = log_ask(b, LANE_SLOWEST);
	int rc;

	*position = INT64_MAX;
	if (s)
		log_bind(s, "i", lane);
	rc = log_step(b, s, "asking for the slowest group", err);
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
