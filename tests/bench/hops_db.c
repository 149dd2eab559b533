/* SQLite as the bare hops use it: for the rows, and for the log. */
#include "tests/bench/hops.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"

const char row_tables[] =
    "CREATE TABLE IF NOT EXISTS articles(id INTEGER PRIMARY KEY, body TEXT);"
    "CREATE TABLE IF NOT EXISTS positions(topic, part, at, PRIMARY KEY(topic, part))";
static void
sql(struct db *d, const char *text)
{
	if (sqlite3_exec(d->db, text, NULL, NULL, NULL))
		stop(sqlite3_errmsg(d->db));
}

sqlite3_stmt *
db_prepare(struct db *d, const char *text)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(d->db, text, -1, &s, NULL))
		stop(sqlite3_errmsg(d->db));
	return s;
}

void
db_open(struct db *d, const char *path, const char *tables)
{
	char *lock = must_printf("%s-lock", path);

	*d = (struct db){ .lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600),
			  .bell = -1 };
	free(lock);
	if (d->lock < 0 || sqlite3_open(path, &d->db))
		stop(path);
	sqlite3_busy_timeout(d->db, 10000);
	sql(d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	sql(d, tables);
}

void
db_begin(void *to)
{
	struct db *d = to;

	flock(d->lock, LOCK_EX);
	sql(d, "BEGIN IMMEDIATE");
}

void
db_commit(void *to)
{
	struct db *d = to;

	sql(d, "COMMIT");
	flock(d->lock, LOCK_UN);
	if (d->bell >= 0 && write(d->bell, "!", 1) != 1)
		stop("nobody listens");
}

void
db_step(struct db *d, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		stop(sqlite3_errmsg(d->db));
	sqlite3_reset(s);
}

void
set_position(struct db *d, const char *topic, int partition, int64_t offset)
{
	static sqlite3_stmt *set;

	if (!set)
		set = db_prepare(d, "INSERT OR REPLACE INTO positions VALUES(?, ?, ?)");
	sqlite3_bind_text(set, 1, topic, -1, SQLITE_STATIC);
	sqlite3_bind_int(set, 2, partition);
	sqlite3_bind_int64(set, 3, offset);
	db_step(d, set);
}

void
insert_row(struct db *d, const void *text, size_t size)
{
	static sqlite3_stmt *insert;

	if (!insert)
		insert = db_prepare(d, "INSERT INTO articles(body) VALUES(?)");
	sqlite3_bind_text(insert, 1, text, (int)size, SQLITE_STATIC);
	db_step(d, insert);
}
