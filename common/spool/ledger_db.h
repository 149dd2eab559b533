/*
 * The cache of a ledger: the SQLite file, its statements by their names and
 * how one is run, for ledger.c and ledger_topic.c alone.
 */
#ifndef SPOOL_LEDGER_DB_H
#define SPOOL_LEDGER_DB_H

#include <sqlite3.h>

#include "spool/ledger.h"

enum ledger_query {
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

/* Opens l->path, or makes it if it is not there, not whole or of another version. */
int ledger_db_open(struct ledger *l, struct err *err) MUST_CHECK;
int ledger_db_make(struct ledger *l,
		   struct err *err) MUST_CHECK; /* empty, whatever was there */
void ledger_db_close(struct ledger *l);

sqlite3_stmt *ledger_query(struct ledger *l, enum ledger_query q);
void ledger_bind_text(sqlite3_stmt *s, int at, const char *text);
void ledger_bind_path(sqlite3_stmt *s, const char *path, size_t n); /* the first */
void ledger_bind_stat(sqlite3_stmt *s, int at, const struct file_stat *st);

/* Runs a statement that gives no rows. */
int ledger_run(struct ledger *l, sqlite3_stmt *s, struct err *err) MUST_CHECK;
/* 1: a row, 0: none, -1. */
int ledger_step(struct ledger *l, sqlite3_stmt *s, struct err *err) MUST_CHECK;
int ledger_exec(struct ledger *l, const char *sql, struct err *err) MUST_CHECK;

/* NULL, -1: there is none. */
const char *ledger_fact(struct ledger *l, const char *name);
int ledger_put_fact(struct ledger *l, const char *name, const char *value,
		    struct err *err) MUST_CHECK;
int64_t ledger_position(struct ledger *l, int partition);
int ledger_put_position(struct ledger *l, int partition, int64_t next,
			struct err *err) MUST_CHECK;

#endif
