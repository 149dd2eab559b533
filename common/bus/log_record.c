/* Records of the embedded log: appended to a lane, and read from it. */
#include "bus/log_sql.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

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
add_key(struct bus *b, int64_t lane, const struct bus_record *r, int64_t id,
	struct err *err)
{
	sqlite3_stmt *s = log_ask(b, NEWEST_ADD);

	if (s) {
		log_bind_bytes(s, 2, r->key, r->key_size);
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int64(s, 3, id);
	}
	return log_done(b, s, "writing a key", err) ? -1 : sqlite3_changes(b->db.db);
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
	s = log_ask(b, NEWEST_GET);
	if (s) {
		log_bind(s, "i", lane);
		log_bind_bytes(s, 2, r->key, r->key_size);
	}
	if (log_number(b, s, "looking for a key", &old, err))
		return -1;
	s = log_ask(b, RECORD_DELETE);
	if (s)
		log_bind(s, "i", old);
	if (old && log_done(b, s, "compacting", err))
		return -1;
	s = log_ask(b, NEWEST_SET);
	if (s) {
		log_bind_bytes(s, 2, r->key, r->key_size);
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int64(s, 3, id);
	}
	return log_done(b, s, "writing a key", err);
}

int
log_append(struct bus *b, const struct log_topic *t, int partition, struct log_lane *l,
	   const struct bus_record *r, struct err *err)
{
	int64_t lane = t->lane + partition, id = log_record_id(lane, l->next);
	int64_t now = r->time_ms ? r->time_ms : wall_now().ms;
	char small[1024], *headers = small;
	size_t size =
	    bus_record_size(r) - r->key_size - r->value_size + r->header_count * 5;
	sqlite3_stmt *s = log_ask(b, RECORD_ADD);
	int failed;

	if (size > sizeof(small))
		headers = must_alloc(size);
	l->time_ms = now > l->time_ms ? now : l->time_ms;
	if (s) {
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, l->time_ms);
		log_bind_bytes(s, 3, r->key, r->key_size);
		log_bind_bytes(s, 4, r->header_count ? headers : NULL,
			       pack_headers(r, headers));
		log_bind_bytes(s, 5, r->value, r->value_size);
	}
	failed = log_done(b, s, "writing a record", err);
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
	r->offset = log_offset_of(sqlite3_column_int64(s, 0));
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
	sqlite3_stmt *s = log_ask(b, RECORDS);
	int rc = 0;

	*n = 0;
	if (s)
		log_bind(s, "iii", log_record_id(lane, *offset),
			 log_record_id(lane + 1, 0), (int64_t)max);
	while (*n < max && (!*n || arena->used - start < max_bytes) &&
	       (rc = log_step(b, s, "reading records", err)) > 0) {
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
