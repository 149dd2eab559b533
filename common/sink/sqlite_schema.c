/*
 * The SQL lies in sqlite_NN.sql, a step each, and in words.sql and
 * sqlite_views.sql, which are run after the last step, whichever it was.
 */
#include "sink/sqlite_schema.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/mem.h"
#include "ops/log.h"

extern const char *const sqlite_views[]; /* generated */

int
sqlite_failed(sqlite3 *db, const char *path, const char *doing, struct err *err)
{
	int code = sqlite3_errcode(db) & 0xff;
	bool passes = code == SQLITE_FULL || code == SQLITE_IOERR ||
		      code == SQLITE_BUSY || code == SQLITE_LOCKED ||
		      code == SQLITE_NOMEM || code == SQLITE_CANTOPEN;

	return err_set(err, passes ? ERR_RETRY : ERR_FATAL, "%s: %s: %s", path, doing,
		       sqlite3_errmsg(db));
}

int
sqlite_schema_version(void)
{
	int n = 0;

	while (sqlite_steps[n])
		n++;
	return n;
}

static int
number(sqlite3 *db, const char *sql, int *value)
{
	sqlite3_stmt *st;
	int failed =
	    sqlite3_prepare_v2(db, sql, -1, &st, NULL) || sqlite3_step(st) != SQLITE_ROW;

	*value = failed ? -1 : sqlite3_column_int(st, 0);
	return sqlite3_finalize(st) || failed;
}

/* An empty file belongs to whoever comes first. */
int
sqlite_schema_check(sqlite3 *db, const char *path, struct err *err)
{
	int application, things;

	if (number(db, "PRAGMA application_id", &application) ||
	    number(db, "SELECT count(*) FROM sqlite_schema", &things))
		return sqlite_failed(db, path, "reading its version", err);
	if (things > 0 && application != SQLITE_APPLICATION)
		return err_set(err, ERR_USAGE, "%s is a database of another program",
			       path);
	return 0;
}

static int
check(sqlite3 *db, const char *path, int *version, struct err *err)
{
	if (sqlite_schema_check(db, path, err))
		return -1;
	if (number(db, "PRAGMA user_version", version))
		return sqlite_failed(db, path, "reading its version", err);
	if (*version < 0 || *version > sqlite_schema_version())
		return err_set(err, ERR_USAGE,
			       "%s was written by a newer newswire (schema %d; this one "
			       "knows %d): use that one,"
			       " or give the sink a new path",
			       path, *version, sqlite_schema_version());
	return 0;
}

static int
take_steps(sqlite3 *db, const char *path, int version, struct err *err)
{
	char pragmas[96];

	if (version > 0)
		log_info("bringing %s from schema %d to %d; this may read every article",
			 path, version, sqlite_schema_version());
	for (const char *const *step = sqlite_steps + version; *step; step++)
		if (sqlite3_exec(db, *step, NULL, NULL, NULL))
			return sqlite_failed(db, path, "making its tables", err);
	for (const char *const *view = sqlite_views; *view; view++)
		if (sqlite3_exec(db, *view, NULL, NULL, NULL))
			return sqlite_failed(db, path, "making its views", err);
	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 SQLITE_APPLICATION, sqlite_schema_version());
	if (sqlite3_exec(db, pragmas, NULL, NULL, NULL))
		return sqlite_failed(db, path, "writing its version", err);
	return 0;
}

int
sqlite_schema_update(sqlite3 *db, const char *path, struct err *err)
{
	int version, failed;

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return sqlite_failed(db, path, "opening", err);
	failed = check(db, path, &version, err);
	if (!failed && version < sqlite_schema_version())
		failed = take_steps(db, path, version, err);
	if (!failed && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
		failed = sqlite_failed(db, path, "making its tables", err);
	if (failed)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return failed;
}
