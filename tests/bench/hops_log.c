/*
 * The log as one table in WAL mode.  Who has committed wakes the next by a pipe.
 */
#include "tests/bench/hops.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static const char log_tables[] =
    "CREATE TABLE IF NOT EXISTS log(id INTEGER PRIMARY KEY, topic, key, headers, value);"
    "CREATE TABLE IF NOT EXISTS positions(topic, part, at, PRIMARY KEY(topic, part))";

static void
db_put(void *to, const char *topic, const char *key, const void *value, size_t size)
{
	static sqlite3_stmt *insert;
	struct db *d = to;

	if (!insert)
		insert = db_prepare(d, "INSERT INTO log(topic, key, headers, value)"
				       " VALUES(?, ?, ?, ?)");
	sqlite3_bind_text(insert, 1, topic, -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 2, key, -1, SQLITE_STATIC);
	sqlite3_bind_blob(insert, 3, filler, HEADER_BYTES, SQLITE_STATIC);
	sqlite3_bind_blob(insert, 4, value, (int)size, SQLITE_STATIC);
	db_step(d, insert);
}

/* What a copier has read, as it must not write while it reads. */
struct read_rows {
	struct {
		char *value;
		size_t size;
	} items[MOST];
	size_t count;
	int64_t last;
};

static void
read_rows(struct db *d, const char *topic, struct read_rows *r)
{
	static sqlite3_stmt *next;

	if (!next)
		next =
		    db_prepare(d, "SELECT id, value FROM log WHERE id > ? AND topic = ?"
				  " LIMIT 64");
	sqlite3_bind_int64(next, 1, r->last);
	sqlite3_bind_text(next, 2, topic, -1, SQLITE_STATIC);
	for (r->count = 0; sqlite3_step(next) == SQLITE_ROW; r->count++) {
		size_t n = (size_t)sqlite3_column_bytes(next, 1);

		r->last = sqlite3_column_int64(next, 0);
		r->items[r->count].size = n;
		r->items[r->count].value = must_alloc(n + 1);
		memcpy(r->items[r->count].value, sqlite3_column_blob(next, 1), n);
	}
	sqlite3_reset(next);
}

static void
wait_for(int bell)
{
	char some[64];

	if (read(bell, some, sizeof(some)) <= 0)
		exit(0);
}

static void
copy_log(struct db *d, int bell)
{
	struct read_rows r = { .last = 0 };
	size_t size;

	for (;; wait_for(bell)) {
		for (read_rows(d, "articles", &r); r.count;
		     read_rows(d, "articles", &r)) {
			db_begin(d);
			for (size_t i = 0; i < r.count; i++) {
				size = grow(r.items[i].value, r.items[i].size);
				db_put(d, "enriched", "key", filler, size);
				free(r.items[i].value);
			}
			set_position(d, "articles", 0, r.last);
			db_commit(d);
		}
	}
}

static void
store_log(struct db *from, struct db *to, int bell)
{
	struct read_rows r = { .last = 0 };

	for (;; wait_for(bell)) {
		for (read_rows(from, "enriched", &r); r.count;
		     read_rows(from, "enriched", &r)) {
			db_begin(to);
			for (size_t i = 0; i < r.count; i++) {
				insert_row(to, r.items[i].value,
					   r.items[i].size / GROWTH);
				free(r.items[i].value);
			}
			set_position(to, "enriched", 0, r.last);
			db_commit(to);
		}
	}
}

void
run_log(const char *spool, const char *sink, const char *path)
{
	const struct taker take = { db_begin, db_put, db_commit, &(struct db){ 0 } };
	struct db log, rows;
	int articles[2], enriched[2];

	db_open(&log, path, log_tables);
	sqlite3_close(log.db);
	if (pipe2(articles, O_CLOEXEC) || pipe2(enriched, O_CLOEXEC))
		stop("pipe");
	if (start()) {
		db_open(&rows, sink, row_tables);
		db_open(&log, path, log_tables);
		store_log(&log, &rows, enriched[0]);
	}
	if (start()) {
		db_open(&log, path, log_tables);
		log.bell = enriched[1];
		copy_log(&log, articles[0]);
	}
	if (start()) {
		db_open(take.to, path, log_tables);
		((struct db *)take.to)->bell = articles[1];
		watch(spool, &take);
	}
}
