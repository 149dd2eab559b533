/*
 * Sums are kept as hex, as in the topic, but in `contents` as bytes: its rows
 * lie in no order, and a batch writes most of its pages anew.
 *
 * A row of `files` holds the last word
 * of the topic and, apart from it, what is so for the moment.  ino is NULL
 * where the row came from the topic alone: the file is read once more then,
 * and its sum says that nothing changed.
 */
#include "spool/ledger_db.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

#define CACHE_VERSION "3"

static const char schema[] =
    "CREATE TABLE files(path BLOB PRIMARY KEY, state INT, uri TEXT, version INT, sha256 "
    "TEXT,"
    " size INT, time INT, reason TEXT, now INT, now_reason TEXT, since INT,"
    " ino INT, bytes INT, mtime INT, ctime INT, racy INT) WITHOUT ROWID;"
    "CREATE TABLE contents(sha256 BLOB PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE asked(path BLOB PRIMARY KEY, attempt INT, history TEXT) WITHOUT ROWID;"
    "CREATE TABLE positions(partition INTEGER PRIMARY KEY, next INT);"
    "CREATE TABLE facts(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "PRAGMA user_version = " CACHE_VERSION;

#define ROW                                                                        \
	"path, state, uri, version, sha256, size, time, reason, now, now_reason, " \
	"since, ino, "                                                             \
	"bytes, mtime, ctime"

static const char *const texts[QUERIES] = {
	[Q_FIND] = "SELECT " ROW " FROM files WHERE path = ?1",
	[Q_STAT] =
	    "SELECT ino, bytes, mtime, ctime FROM files WHERE path = ?1 AND NOT racy",
	[Q_PUT] =
	    "INSERT OR REPLACE INTO files(path, state, uri, version, sha256, size, time, "
	    "reason, ino, bytes, mtime, ctime, racy) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, "
	    "?8, "
	    "?9, ?10, ?11, ?12, ?13)",
	/*
	 * The sum is the same: what the kernel said then still tells this content.
	 * Versions only rise, so a row that is read late cannot take one back.
	 */
	[Q_FROM_TOPIC] =
	    "INSERT INTO files(path, state, uri, version, sha256, size, time, reason, "
	    "racy) "
	    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1) ON CONFLICT DO UPDATE SET state = "
	    "?2, "
	    "uri = ?3, version = ?4, size = ?6, time = ?7, reason = ?8, now = NULL, "
	    "ino = iif(sha256 IS ?5, ino, NULL), sha256 = ?5 WHERE ?4 >= ifnull(version, "
	    "0)",
	[Q_TOUCH] =
	    "UPDATE files SET ino = ?2, bytes = ?3, mtime = ?4, ctime = ?5, racy = ?6, "
	    "now = NULL, now_reason = NULL, since = NULL WHERE path = ?1",
	[Q_NOW] =
	    "INSERT INTO files(path, now, now_reason, since, ino, bytes, mtime, ctime, "
	    "racy) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET "
	    "now = ?2, now_reason = ?3, racy = ?9, since = iif(now IS ?2 AND bytes IS ?6 "
	    "AND "
	    "ctime IS ?8, since, ?4), ino = ?5, bytes = ?6, mtime = ?7, ctime = ?8",
	[Q_OWNER] = "SELECT 1 FROM contents WHERE sha256 = ?1",
	[Q_PUT_OWNER] = "INSERT OR IGNORE INTO contents VALUES(?1)",
	[Q_IS_ASKED] = "SELECT attempt, history FROM asked WHERE path = ?1",
	[Q_ASK] = "INSERT OR REPLACE INTO asked VALUES(?1, ?2, ?3)",
	[Q_ANSWERED] = "DELETE FROM asked WHERE path = ?1",
	[Q_FACT] = "SELECT value FROM facts WHERE name = ?1",
	[Q_PUT_FACT] = "INSERT OR REPLACE INTO facts VALUES(?1, ?2)",
	[Q_POSITION] = "SELECT next FROM positions WHERE partition = ?1",
	[Q_PUT_POSITION] = "INSERT OR REPLACE INTO positions VALUES(?1, ?2)",
	[Q_EACH] = "SELECT " ROW " FROM files ORDER BY path",
	[Q_EACH_ASKED] = "SELECT path FROM asked ORDER BY path",
};

static void
remove_cache(const struct ledger *l)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; l->path && i < LENGTH(ends); i++) {
		char *path = must_printf("%s%s", l->path, ends[i]);

		unlink(path);
		free(path);
	}
}

static int
failed(struct ledger *l, struct err *err)
{
	int code = sqlite3_errcode(l->db);

	if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB)
		return err_set(err, ERR_RETRY, "%s: %s", l->path ? l->path : "ledger",
			       sqlite3_errmsg(l->db));
	err_set(err, ERR_FATAL,
		"%s was damaged (%s); it is made again from the topic at the "
		"next start",
		l->path, sqlite3_errmsg(l->db));
	if (!l->conf.look)
		remove_cache(l);
	return -1;
}

sqlite3_stmt *
ledger_query(struct ledger *l, enum ledger_query q)
{
	if (!l->queries[q])
		sqlite3_prepare_v3(l->db, texts[q], -1, SQLITE_PREPARE_PERSISTENT,
				   &l->queries[q], NULL);
	else
		sqlite3_reset(l->queries[q]);
	return l->queries[q];
}

void
ledger_bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

void
ledger_bind_path(sqlite3_stmt *s, const char *path, size_t n)
{
	sqlite3_bind_blob64(s, 1, path, n, SQLITE_STATIC);
}

void
ledger_bind_stat(sqlite3_stmt *s, int at, const struct file_stat *st)
{
	sqlite3_bind_int64(s, at, st->inode);
	sqlite3_bind_int64(s, at + 1, st->size);
	sqlite3_bind_int64(s, at + 2, st->mtime_ns);
	sqlite3_bind_int64(s, at + 3, st->ctime_ns);
}

/* Runs a statement that gives no rows. */
int
ledger_run(struct ledger *l, sqlite3_stmt *s, struct err *err)
{
	int result = s ? sqlite3_step(s) : SQLITE_ERROR;

	if (result != SQLITE_DONE)
		failed(l, err);
	if (s)
		sqlite3_reset(s);
	return result == SQLITE_DONE ? 0 : -1;
}

/* 1: a row, 0: none, -1. */
int
ledger_step(struct ledger *l, sqlite3_stmt *s, struct err *err)
{
	int result = s ? sqlite3_step(s) : SQLITE_ERROR;

	if (result == SQLITE_ROW)
		return 1;
	return result == SQLITE_DONE ? 0 : failed(l, err);
}

int
ledger_exec(struct ledger *l, const char *sql, struct err *err)
{
	return sqlite3_exec(l->db, sql, NULL, NULL, NULL) ? failed(l, err) : 0;
}

void
ledger_db_close(struct ledger *l)
{
	for (int i = 0; i < QUERIES; i++) {
		sqlite3_finalize(l->queries[i]);
		l->queries[i] = NULL;
	}
	sqlite3_close(l->db);
	l->db = NULL;
}

static int
cache_version(struct ledger *l)
{
	sqlite3_stmt *s = NULL;
	int version = -1;

	if (!sqlite3_prepare_v2(l->db, "PRAGMA user_version", -1, &s, NULL) &&
	    sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

static int
open_db(struct ledger *l, struct err *err)
{
	int flags =
	    SQLITE_OPEN_NOMUTEX |
	    (l->conf.look && l->path ? SQLITE_OPEN_READONLY
				     : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	if (sqlite3_open_v2(l->path ? l->path : ":memory:", &l->db, flags, NULL))
		return failed(l, err);
	sqlite3_busy_timeout(l->db, 10000);
	/* The topic has what a power cut takes away here, and the positions go with it.
	 */
	return ledger_exec(
	    l,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA "
	    "cache_size = -8000",
	    err);
}

/* An empty cache, whatever was there. */
int
ledger_db_make(struct ledger *l, struct err *err)
{
	ledger_db_close(l);
	l->asked = UNKNOWN;
	remove_cache(l);
	return open_db(l, err) || ledger_exec(l, "BEGIN", err) ||
		       ledger_exec(l, schema, err) || ledger_exec(l, "COMMIT", err)
		   ? -1
		   : 0;
}

int
ledger_db_open(struct ledger *l, struct err *err)
{
	int opened = open_db(l, err);

	if (l->conf.look && l->path) {
		if (opened || cache_version(l) != atoi(CACHE_VERSION))
			return err_set(err, ERR_REJECT, "%s is no ledger of this version",
				       l->path);
		return 0;
	}
	if (opened && err->class == ERR_RETRY)
		return -1;
	if (!opened && cache_version(l) == atoi(CACHE_VERSION))
		return 0;
	return ledger_db_make(l, err);
}

const char *
ledger_fact(struct ledger *l, const char *name)
{
	sqlite3_stmt *s = ledger_query(l, Q_FACT);

	ledger_bind_text(s, 1, name);
	return s && sqlite3_step(s) == SQLITE_ROW
		   ? (const char *)sqlite3_column_text(s, 0)
		   : NULL;
}

int
ledger_put_fact(struct ledger *l, const char *name, const char *value, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_PUT_FACT);

	ledger_bind_text(s, 1, name);
	ledger_bind_text(s, 2, value);
	return ledger_run(l, s, err);
}

int64_t
ledger_position(struct ledger *l, int partition)
{
	sqlite3_stmt *s = ledger_query(l, Q_POSITION);
	int64_t next = -1;

	sqlite3_bind_int(s, 1, partition);
	if (s && sqlite3_step(s) == SQLITE_ROW)
		next = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return next;
}

int
ledger_put_position(struct ledger *l, int partition, int64_t next, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_PUT_POSITION);

	sqlite3_bind_int(s, 1, partition);
	sqlite3_bind_int64(s, 2, next);
	return ledger_run(l, s, err);
}
