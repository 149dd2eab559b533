/*
 * The SQL of the embedded log: what it is made of, each statement by its name,
 * and how one is run.  For the files that log_store.h is made of, no others.
 */
#ifndef BUS_LOG_SQL_H
#define BUS_LOG_SQL_H

#include "bus/log_store.h"

enum log_text {
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
	LOG_TEXTS,
};

int log_sql_open(struct bus *b, const char *path, struct err *err) MUST_CHECK;

/* Reset and ready to bind; NULL only if the database is broken. */
sqlite3_stmt *log_ask(struct bus *b, enum log_text text);

/*
 * From the first parameter on: i, an int64_t, or s, a string.  What is bound
 * must live until the statement is done: each is reset by what runs it.
 */
void log_bind(sqlite3_stmt *s, const char *kinds, ...);
void
log_bind_bytes(sqlite3_stmt *s, int at, const void *bytes, size_t n); /* NULL: null */

/* 1: a row stands ready; 0: none (and the statement is reset); -1: failed. */
int
log_step(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err) MUST_CHECK;

/* A statement that gives nothing, one that must give a row, and one that gives a number:
 * *value stays as it is if there is no row. */
int
log_done(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err) MUST_CHECK;
int
log_row(struct bus *b, sqlite3_stmt *s, const char *doing, struct err *err) MUST_CHECK;
int log_number(struct bus *b, sqlite3_stmt *s, const char *doing, int64_t *value,
	       struct err *err) MUST_CHECK;

int64_t log_record_id(int64_t lane, int64_t offset);
int64_t log_offset_of(int64_t id);

#endif
