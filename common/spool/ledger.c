/*
 * Sums are kept as hex, as in the topic, but in `contents` as bytes: its rows
 * lie in no order, and a batch writes most of its pages anew.
 *
 * A row of `files` holds the last word
 * of the topic and, apart from it, what is so for the moment.  ino is NULL
 * where the row came from the topic alone: the file is read once more then,
 * and its sum says that nothing changed.
 */
#include "spool/ledger.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/log.h"
#include "time/clock.h"

#define CACHE_VERSION "3"

enum { READ_MS = 100, SUM = 32 };

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

enum query {
	Q_FIND,
	Q_STAT,
	Q_PUT,
	Q_FROM_TOPIC,
	Q_TOUCH,
	Q_NOW,
	Q_OWNER,
	Q_PUT_OWNER,
	Q_IS_ASKED,
	Q_ASK,
	Q_ANSWERED,
	Q_FACT,
	Q_PUT_FACT,
	Q_POSITION,
	Q_PUT_POSITION,
	Q_EACH,
	Q_EACH_ASKED,
	QUERIES
};

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

struct ledger {
	struct ledger_conf conf;
	char *topic, *path;
	int lock_fd;
	sqlite3 *db;
	sqlite3_stmt *queries[QUERIES];
	struct bus_reader *reader;
	struct arena arena;
	enum { UNKNOWN, NONE, SOME } asked; /* most often nothing is */
};

/* ---- SQLite ---- */

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

static sqlite3_stmt *
query(struct ledger *l, enum query q)
{
	if (!l->queries[q])
		sqlite3_prepare_v3(l->db, texts[q], -1, SQLITE_PREPARE_PERSISTENT,
				   &l->queries[q], NULL);
	else
		sqlite3_reset(l->queries[q]);
	return l->queries[q];
}

static void
bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void
bind_path(sqlite3_stmt *s, const char *path, size_t n)
{
	sqlite3_bind_blob64(s, 1, path, n, SQLITE_STATIC);
}

static void
bind_stat(sqlite3_stmt *s, int at, const struct file_stat *st)
{
	sqlite3_bind_int64(s, at, st->inode);
	sqlite3_bind_int64(s, at + 1, st->size);
	sqlite3_bind_int64(s, at + 2, st->mtime_ns);
	sqlite3_bind_int64(s, at + 3, st->ctime_ns);
}

/* Runs a statement that gives no rows. */
static int
run(struct ledger *l, sqlite3_stmt *s, struct err *err)
{
	int result = s ? sqlite3_step(s) : SQLITE_ERROR;

	if (result != SQLITE_DONE)
		failed(l, err);
	if (s)
		sqlite3_reset(s);
	return result == SQLITE_DONE ? 0 : -1;
}

/* 1: a row, 0: none, -1. */
static int
step(struct ledger *l, sqlite3_stmt *s, struct err *err)
{
	int result = s ? sqlite3_step(s) : SQLITE_ERROR;

	if (result == SQLITE_ROW)
		return 1;
	return result == SQLITE_DONE ? 0 : failed(l, err);
}

static int
exec(struct ledger *l, const char *sql, struct err *err)
{
	return sqlite3_exec(l->db, sql, NULL, NULL, NULL) ? failed(l, err) : 0;
}

static void
close_db(struct ledger *l)
{
	for (int i = 0; i < QUERIES; i++) {
		sqlite3_finalize(l->queries[i]);
		l->queries[i] = NULL;
	}
	sqlite3_close(l->db);
	l->db = NULL;
}

/* ---- opening ---- */

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
	return exec(l,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA "
		    "cache_size = -8000",
		    err);
}

/* An empty cache, whatever was there. */
static int
make_db(struct ledger *l, struct err *err)
{
	close_db(l);
	l->asked = UNKNOWN;
	remove_cache(l);
	return open_db(l, err) || exec(l, "BEGIN", err) || exec(l, schema, err) ||
		       exec(l, "COMMIT", err)
		   ? -1
		   : 0;
}

static int
open_cache(struct ledger *l, struct err *err)
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
	return make_db(l, err);
}

static int
take_lock(struct ledger *l, struct err *err)
{
	char *path = must_printf("%s-lock", l->path), pid[32] = "";
	ssize_t n;

	l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (l->lock_fd < 0) {
		err_errno(err, ERR_USAGE, "cannot open %s", path);
		free(path);
		return -1;
	}
	free(path);
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB)) {
		n = read(l->lock_fd, pid, sizeof(pid) - 1);
		return err_set(err, ERR_USAGE,
			       "spool %s is watched already, by process %s with the same "
			       "state directory",
			       l->conf.spool, n > 0 ? pid : "?");
	}
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (ftruncate(l->lock_fd, 0) || write(l->lock_fd, pid, strlen(pid)) < 0)
		return err_errno(err, ERR_RETRY, "cannot write the lock of spool %s",
				 l->conf.spool);
	return 0;
}

int
ledger_open(struct ledger **ledger, const struct ledger_conf *conf, struct err *err)
{
	struct ledger *l = must_alloc(sizeof(*l));

	l->conf = *conf;
	l->lock_fd = -1;
	l->topic = must_printf("%s.ledger", conf->prefix);
	if (conf->state)
		l->path = must_printf("%s/ledger.%s.%s.db", conf->state, conf->prefix,
				      conf->spool);
	arena_init(&l->arena, BUS_MAX_RECORD);
	if ((l->path && !conf->look && take_lock(l, err)) || open_cache(l, err)) {
		ledger_close(l);
		return -1;
	}
	*ledger = l;
	return 0;
}

void
ledger_close(struct ledger *l)
{
	if (!l)
		return;
	bus_read_close(l->reader);
	close_db(l);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	arena_release(&l->arena);
	free(l->topic);
	free(l->path);
	free(l);
}

const char *
ledger_topic(const struct ledger *l)
{
	return l->topic;
}

const char *
ledger_spool(const struct ledger *l)
{
	return l->conf.spool;
}

/* ---- one transaction ---- */

int
ledger_begin(struct ledger *l, struct err *err)
{
	return exec(l, "BEGIN IMMEDIATE", err);
}

/* A question left open would keep the write-ahead log from starting over. */
int
ledger_commit(struct ledger *l, struct err *err)
{
	for (int i = 0; i < QUERIES; i++)
		sqlite3_reset(l->queries[i]);
	if (!exec(l, "COMMIT", err))
		return 0;
	ledger_rollback(l);
	return -1;
}

void
ledger_rollback(struct ledger *l)
{
	l->asked = UNKNOWN;
	if (!sqlite3_get_autocommit(l->db))
		sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- facts and positions ---- */

static const char *
fact(struct ledger *l, const char *name)
{
	sqlite3_stmt *s = query(l, Q_FACT);

	bind_text(s, 1, name);
	return s && sqlite3_step(s) == SQLITE_ROW
		   ? (const char *)sqlite3_column_text(s, 0)
		   : NULL;
}

static int
put_fact(struct ledger *l, const char *name, const char *value, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_PUT_FACT);

	bind_text(s, 1, name);
	bind_text(s, 2, value);
	return run(l, s, err);
}

bool
ledger_start(struct ledger *l, struct ledger_start *start)
{
	const char *value = fact(l, "start");
	struct err err;

	return value && !ledger_start_parse(start, value, strlen(value), &err);
}

int
ledger_put_start(struct ledger *l, const struct ledger_start *start, struct err *err)
{
	struct buf value;
	int result;

	buf_init(&value, 256);
	ledger_start_print(start, &value);
	result = put_fact(l, "start", value.data, err);
	buf_release(&value);
	return result;
}

const char *
ledger_root(struct ledger *l)
{
	return fact(l, "root");
}

int
ledger_put_root(struct ledger *l, const char *path, struct err *err)
{
	return put_fact(l, "root", path, err);
}

static int64_t
position(struct ledger *l, int partition)
{
	sqlite3_stmt *s = query(l, Q_POSITION);
	int64_t next = -1;

	sqlite3_bind_int(s, 1, partition);
	if (s && sqlite3_step(s) == SQLITE_ROW)
		next = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return next;
}

static int
put_position(struct ledger *l, int partition, int64_t next, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_PUT_POSITION);

	sqlite3_bind_int(s, 1, partition);
	sqlite3_bind_int64(s, 2, next);
	return run(l, s, err);
}

/* ---- from the topic ---- */

static int
put_from_topic(struct ledger *l, const struct ledger_key *key,
	       const struct ledger_file *f, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_FROM_TOPIC);

	bind_path(s, key->rest, key->size);
	sqlite3_bind_int(s, 2, (int)f->state);
	bind_text(s, 3, f->uri);
	sqlite3_bind_int64(s, 4, f->version);
	bind_text(s, 5, f->sha256);
	sqlite3_bind_int64(s, 6, f->size);
	sqlite3_bind_int64(s, 7, f->time_ms);
	bind_text(s, 8, f->reason);
	return run(l, s, err);
}

static int
apply_row(struct ledger *l, const struct ledger_key *key, const struct bus_record *r,
	  struct err *err)
{
	struct ledger_file f;
	struct ledger_start start;
	const char *uri;
	char sha256[65];

	switch (key->kind) {
	case 'f':
		return ledger_file_parse(&f, r->value, r->value_size, &l->arena, err) ||
		       put_from_topic(l, key, &f, err);
	case 'h':
		snprintf(sha256, sizeof(sha256), "%.*s", (int)key->size, key->rest);
		return ledger_content_parse(&uri, r->value, r->value_size, &l->arena,
					    err) ||
		       ledger_put_owner(l, sha256, err);
	default:
		return ledger_start_parse(&start, r->value, r->value_size, err) ||
		       ledger_put_start(l, &start, err);
	}
}

/* A request that nobody can read is one all the same, of which nothing is known. */
static int
apply_asked(struct ledger *l, const struct ledger_key *key, const struct bus_record *r,
	    struct err *err)
{
	sqlite3_stmt *s = query(l, r->value ? Q_ASK : Q_ANSWERED);
	struct ledger_request request = { 0 };

	bind_path(s, key->rest, key->size);
	l->asked = UNKNOWN;
	if (!r->value)
		return run(l, s, err);
	arena_reset(&l->arena);
	if (ledger_request_parse(&request, r->value, r->value_size, &l->arena, err))
		request = (struct ledger_request){ 0 };
	sqlite3_bind_int64(s, 2, request.attempt);
	bind_text(s, 3, request.history);
	return run(l, s, err);
}

/* A row that nobody can read is passed over: it must not stop the spool for ever. */
static int
apply(struct ledger *l, const struct bus_record *r, bool all, struct err *err)
{
	struct ledger_key key;

	if (!ledger_key_parse(&key, r->key, r->key_size) ||
	    key.spool_size != strlen(l->conf.spool) ||
	    memcmp(key.spool, l->conf.spool, key.spool_size))
		return 0;
	if (key.kind == 'r')
		return apply_asked(l, &key, r, err);
	arena_reset(&l->arena);
	if (!all || !r->value || !apply_row(l, &key, r, err))
		return 0;
	if (err->class != ERR_REJECT)
		return -1;
	log_warn("%s partition=%d offset=%lld is left out: %s", r->topic, r->partition,
		 (long long)r->offset, err->text);
	return 0;
}

/* Positions beyond the topic's end, or of another log: this cache is of something else.
 */
static int
is_foreign(struct ledger *l, struct bus *bus, int partitions, struct err *err)
{
	const char *cluster = fact(l, "cluster");
	int64_t end;

	if (!cluster || strcmp(cluster, bus_cluster(bus)))
		return 1;
	for (int i = 0; i < partitions; i++) {
		if (bus_offset(bus, l->topic, i, BUS_END, &end, err))
			return -1;
		if (position(l, i) > end)
			return 1;
	}
	return 0;
}

static int
open_reader(struct ledger *l, struct bus *bus, struct err *err)
{
	int partitions = bus_partitions(bus, l->topic, err), foreign;

	if (partitions < 0)
		return -1;
	foreign = is_foreign(l, bus, partitions, err);
	if (foreign < 0 || (foreign && (make_db(l, err) ||
					put_fact(l, "cluster", bus_cluster(bus), err))))
		return -1;
	if (bus_read_open(bus, l->topic, &l->reader, err))
		return -1;
	for (int i = 0; i < partitions; i++)
		if (position(l, i) >= 0 &&
		    bus_read_seek(l->reader, i, position(l, i), err))
			return -1;
	return 0;
}

static int
take_records(struct ledger *l, const struct bus_record *r, size_t n, bool all,
	     struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n || r[i + 1].partition != r[i].partition;

		if (apply(l, &r[i], all, err) ||
		    (last && put_position(l, r[i].partition, r[i].offset + 1, err)))
			return -1;
	}
	return 0;
}

static int
read_to_end(struct ledger *l, bool all, struct err *err)
{
	const struct bus_record *r;
	bool end = false;
	size_t n = 1;

	while (!end)
		/* At the end there is nothing to wait for; on the way there may be. */
		if (bus_read(l->reader, &r, &n, 1000, n ? 0 : READ_MS, &end, err) ||
		    take_records(l, r, n, all, err))
			return -1;
	return 0;
}

static int
read_so_far(struct ledger *l, struct err *err)
{
	const struct bus_record *r;
	size_t n;

	do
		if (bus_read(l->reader, &r, &n, 1000, 0, NULL, err) ||
		    take_records(l, r, n, false, err))
			return -1;
	while (n > 0);
	return 0;
}

static int
read_topic(struct ledger *l, struct bus *bus, bool all, bool to_end, struct err *err)
{
	if (all) {
		bus_read_close(l->reader);
		l->reader = NULL;
	}
	if ((!l->reader && open_reader(l, bus, err)) || ledger_begin(l, err))
		goto fail;
	if (!(to_end ? read_to_end(l, all, err) : read_so_far(l, err)) &&
	    !ledger_commit(l, err))
		return 0;
	ledger_rollback(l);
fail:
	bus_read_close(l->reader);
	l->reader = NULL;
	return err_context(err, "ledger of spool %s", l->conf.spool);
}

int
ledger_sync(struct ledger *l, struct bus *bus, bool all, struct err *err)
{
	return read_topic(l, bus, all, true, err);
}

int
ledger_look(struct ledger *l, struct bus *bus, struct err *err)
{
	return read_topic(l, bus, false, false, err);
}

/* ---- asking ---- */

static const char *
text(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

static void
read_row(sqlite3_stmt *s, struct ledger_row *row)
{
	*row = (struct ledger_row){
		.file = { .state = (enum ledger_state)sqlite3_column_int(s, 1),
			  .uri = text(s, 2),
			  .version = sqlite3_column_int64(s, 3),
			  .sha256 = text(s, 4),
			  .size = sqlite3_column_int64(s, 5),
			  .time_ms = sqlite3_column_int64(s, 6),
			  .reason = text(s, 7) },
		.now_reason = text(s, 9),
		.since_ms = sqlite3_column_int64(s, 10),
		.has_stat = sqlite3_column_type(s, 11) != SQLITE_NULL,
		.stat = { sqlite3_column_int64(s, 11), sqlite3_column_int64(s, 12),
			  sqlite3_column_int64(s, 13), sqlite3_column_int64(s, 14) },
	};
	row->now = sqlite3_column_type(s, 8) != SQLITE_NULL
		       ? (enum ledger_state)sqlite3_column_int(s, 8)
		       : row->file.state;
	/* Nothing but "for now" was ever said of it. */
	if (sqlite3_column_type(s, 1) == SQLITE_NULL)
		row->file.state = row->now;
}

int
ledger_find(struct ledger *l, const char *path, size_t n, struct ledger_row *row,
	    struct err *err)
{
	sqlite3_stmt *s = query(l, Q_FIND);
	int found;

	bind_path(s, path, n);
	found = step(l, s, err);
	if (found == 1)
		read_row(s, row);
	return found;
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* false: it is no sum. */
static bool
sum_bytes(const char *hex, unsigned char sum[SUM])
{
	for (int i = 0; i < SUM; i++) {
		int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);

		if (low < 0)
			return false;
		sum[i] = (unsigned char)(high << 4 | low);
	}
	return !hex[2 * SUM];
}

int
ledger_owner(struct ledger *l, const char *sha256, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_OWNER);
	unsigned char sum[SUM];
	int found;

	if (!sum_bytes(sha256, sum))
		return 0;
	sqlite3_bind_blob(s, 1, sum, SUM, SQLITE_STATIC);
	found = step(l, s, err);
	sqlite3_reset(s);
	return found;
}

bool
ledger_is_known(struct ledger *l, const char *path, size_t n, const struct file_stat *st)
{
	sqlite3_stmt *s = query(l, Q_STAT);
	struct file_stat was;
	bool known = false;

	bind_path(s, path, n);
	if (s && sqlite3_step(s) == SQLITE_ROW &&
	    sqlite3_column_type(s, 0) != SQLITE_NULL) {
		was = (struct file_stat){ sqlite3_column_int64(s, 0),
					  sqlite3_column_int64(s, 1),
					  sqlite3_column_int64(s, 2),
					  sqlite3_column_int64(s, 3) };
		known = file_stat_equal(&was, st);
	}
	sqlite3_reset(s);
	return known;
}

static bool
has_row(sqlite3_stmt *s)
{
	bool has = s && sqlite3_step(s) == SQLITE_ROW;

	sqlite3_reset(s);
	return has;
}

bool
ledger_is_asked(struct ledger *l, const char *path, size_t n,
		struct ledger_request *request)
{
	sqlite3_stmt *s;

	if (l->asked == UNKNOWN)
		l->asked = has_row(query(l, Q_EACH_ASKED)) ? SOME : NONE;
	if (l->asked == NONE)
		return false;
	s = query(l, Q_IS_ASKED);
	bind_path(s, path, n);
	if (!s || sqlite3_step(s) != SQLITE_ROW) {
		sqlite3_reset(s);
		return false;
	}
	*request = (struct ledger_request){ .attempt = sqlite3_column_int64(s, 0),
					    .history = text(s, 1) };
	return true;
}

static int
each(struct ledger *l, enum query q, ledger_each_f *f, void *arg, struct err *err)
{
	sqlite3_stmt *s = query(l, q);
	struct ledger_row row;
	int found;

	while ((found = step(l, s, err)) == 1) {
		if (q == Q_EACH)
			read_row(s, &row);
		if (f(arg, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0),
		      q == Q_EACH ? &row : NULL))
			break;
	}
	sqlite3_reset(s);
	return found < 0 ? -1 : 0;
}

int
ledger_each(struct ledger *l, ledger_each_f *f, void *arg, struct err *err)
{
	return each(l, Q_EACH, f, arg, err);
}

int
ledger_each_asked(struct ledger *l, ledger_each_f *f, void *arg, struct err *err)
{
	return each(l, Q_EACH_ASKED, f, arg, err);
}

/* ---- saying ---- */

int
ledger_put(struct ledger *l, const char *path, size_t n, const struct ledger_file *f,
	   const struct file_stat *st, bool racy, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_PUT);

	bind_path(s, path, n);
	sqlite3_bind_int(s, 2, (int)f->state);
	bind_text(s, 3, f->uri);
	sqlite3_bind_int64(s, 4, f->version);
	bind_text(s, 5, f->sha256);
	sqlite3_bind_int64(s, 6, f->size);
	sqlite3_bind_int64(s, 7, f->time_ms);
	bind_text(s, 8, f->reason);
	bind_stat(s, 9, st);
	sqlite3_bind_int(s, 13, racy);
	return run(l, s, err);
}

int
ledger_touch(struct ledger *l, const char *path, size_t n, const struct file_stat *st,
	     bool racy, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_TOUCH);

	bind_path(s, path, n);
	bind_stat(s, 2, st);
	sqlite3_bind_int(s, 6, racy);
	return run(l, s, err);
}

int
ledger_put_now(struct ledger *l, const char *path, size_t n, enum ledger_state now,
	       const char *reason, const struct file_stat *st, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_NOW);

	bind_path(s, path, n);
	sqlite3_bind_int(s, 2, (int)now);
	bind_text(s, 3, reason);
	sqlite3_bind_int64(s, 4, wall_now().ms);
	bind_stat(s, 5, st);
	sqlite3_bind_int(s, 9, now == LEDGER_HELD); /* a scan brings it again */
	return run(l, s, err);
}

int
ledger_put_owner(struct ledger *l, const char *sha256, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_PUT_OWNER);
	unsigned char sum[SUM];

	if (!sum_bytes(sha256, sum))
		return err_set(err, ERR_REJECT, "no SHA-256 in small letters: %s", sha256);
	sqlite3_bind_blob(s, 1, sum, SUM, SQLITE_STATIC);
	return run(l, s, err);
}

int
ledger_answered(struct ledger *l, const char *path, size_t n, struct err *err)
{
	sqlite3_stmt *s = query(l, Q_ANSWERED);

	bind_path(s, path, n);
	l->asked = UNKNOWN;
	return run(l, s, err);
}
