#include "spool/ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "spool/ledger_db.h"
#include "time/clock.h"

enum { SUM = 32 };

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
	if ((l->path && !conf->look && take_lock(l, err)) || ledger_db_open(l, err)) {
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
	ledger_db_close(l);
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
	return ledger_exec(l, "BEGIN IMMEDIATE", err);
}

/* A question left open would keep the write-ahead log from starting over. */
int
ledger_commit(struct ledger *l, struct err *err)
{
	for (int i = 0; i < QUERIES; i++)
		sqlite3_reset(l->queries[i]);
	if (!ledger_exec(l, "COMMIT", err))
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

bool
ledger_start(struct ledger *l, struct ledger_start *start)
{
	const char *value = ledger_fact(l, "start");
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
	result = ledger_put_fact(l, "start", value.data, err);
	buf_release(&value);
	return result;
}

const char *
ledger_root(struct ledger *l)
{
	return ledger_fact(l, "root");
}

int
ledger_put_root(struct ledger *l, const char *path, struct err *err)
{
	return ledger_put_fact(l, "root", path, err);
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
	sqlite3_stmt *s = ledger_query(l, Q_FIND);
	int found;

	ledger_bind_path(s, path, n);
	found = ledger_step(l, s, err);
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
	sqlite3_stmt *s = ledger_query(l, Q_OWNER);
	unsigned char sum[SUM];
	int found;

	if (!sum_bytes(sha256, sum))
		return 0;
	sqlite3_bind_blob(s, 1, sum, SUM, SQLITE_STATIC);
	found = ledger_step(l, s, err);
	sqlite3_reset(s);
	return found;
}

bool
ledger_is_known(struct ledger *l, const char *path, size_t n, const struct file_stat *st)
{
	sqlite3_stmt *s = ledger_query(l, Q_STAT);
	struct file_stat was;
	bool known = false;

	ledger_bind_path(s, path, n);
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
		l->asked = has_row(ledger_query(l, Q_EACH_ASKED)) ? SOME : NONE;
	if (l->asked == NONE)
		return false;
	s = ledger_query(l, Q_IS_ASKED);
	ledger_bind_path(s, path, n);
	if (!s || sqlite3_step(s) != SQLITE_ROW) {
		sqlite3_reset(s);
		return false;
	}
	*request = (struct ledger_request){ .attempt = sqlite3_column_int64(s, 0),
					    .history = text(s, 1) };
	return true;
}

static int
each(struct ledger *l, enum ledger_query q, ledger_each_f *f, void *arg, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, q);
	struct ledger_row row;
	int found;

	while ((found = ledger_step(l, s, err)) == 1) {
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
	sqlite3_stmt *s = ledger_query(l, Q_PUT);

	ledger_bind_path(s, path, n);
	sqlite3_bind_int(s, 2, (int)f->state);
	ledger_bind_text(s, 3, f->uri);
	sqlite3_bind_int64(s, 4, f->version);
	ledger_bind_text(s, 5, f->sha256);
	sqlite3_bind_int64(s, 6, f->size);
	sqlite3_bind_int64(s, 7, f->time_ms);
	ledger_bind_text(s, 8, f->reason);
	ledger_bind_stat(s, 9, st);
	sqlite3_bind_int(s, 13, racy);
	return ledger_run(l, s, err);
}

int
ledger_touch(struct ledger *l, const char *path, size_t n, const struct file_stat *st,
	     bool racy, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_TOUCH);

	ledger_bind_path(s, path, n);
	ledger_bind_stat(s, 2, st);
	sqlite3_bind_int(s, 6, racy);
	return ledger_run(l, s, err);
}

int
ledger_put_now(struct ledger *l, const char *path, size_t n, enum ledger_state now,
	       const char *reason, const struct file_stat *st, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_NOW);

	ledger_bind_path(s, path, n);
	sqlite3_bind_int(s, 2, (int)now);
	ledger_bind_text(s, 3, reason);
	sqlite3_bind_int64(s, 4, wall_now().ms);
	ledger_bind_stat(s, 5, st);
	sqlite3_bind_int(s, 9, now == LEDGER_HELD); /* a scan brings it again */
	return ledger_run(l, s, err);
}

int
ledger_put_owner(struct ledger *l, const char *sha256, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_PUT_OWNER);
	unsigned char sum[SUM];

	if (!sum_bytes(sha256, sum))
		return err_set(err, ERR_REJECT, "no SHA-256 in small letters: %s", sha256);
	sqlite3_bind_blob(s, 1, sum, SUM, SQLITE_STATIC);
	return ledger_run(l, s, err);
}

int
ledger_answered(struct ledger *l, const char *path, size_t n, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_ANSWERED);

	ledger_bind_path(s, path, n);
	l->asked = UNKNOWN;
	return ledger_run(l, s, err);
}
