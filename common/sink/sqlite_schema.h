/*
 * The tables of the SQLite sink.  Steps are only ever added: step N brings a
 * file from user_version N - 1 to N.  Views are made anew with each step: to
 * change one, change sqlite_views.sql and add a step, if need be of a comment.
 */
#ifndef SINK_SQLITE_SCHEMA_H
#define SINK_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "base/err.h"

enum { SQLITE_APPLICATION = 0x6e777372 }; /* "nwsr": says whose file it is, to file(1) too */

extern const char *const sqlite_steps[]; /* NULL-ended, generated */
int sqlite_schema_version(void);	 /* what this program knows */

/*
 * In one transaction.  ERR_USAGE for a database of another program or of a
 * newer newswire.
 */
int sqlite_schema_update(sqlite3 *db, const char *path, struct err *err) MUST_CHECK;

/* ERR_USAGE for a database of another program; looks at nothing else. */
int sqlite_schema_check(sqlite3 *db, const char *path, struct err *err) MUST_CHECK;

/* -1: full disk, busy, I/O are ERR_RETRY; a damaged file or a bug ERR_FATAL. */
int sqlite_failed(sqlite3 *db, const char *path, const char *doing, struct err *err);

#endif
