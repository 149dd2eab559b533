/*
 * Three fences, each enough by itself: a connection that cannot write, an
 * authorizer that knows what reading is, and a look at whether SQLite calls
 * the statement read-only.  ATTACH is why one is not enough: it reads, and
 * makes a file.
 */
#include "sink/ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ops/stop.h"
#include "sink/sqlite_schema.h"
#include "sink/words.h"
#include "time/clock.h"

enum { STEPS = 10000, BUSY_MS = 5000, LONGEST = 64 << 20, TEXT = 256 << 10 };

static const int64_t heap_bytes = 512 << 20;

struct ask {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statement;
	int64_t left_ms, most_ms;
	struct mono since; /* the step in hand */
};

static const char find_words[] =
    "SELECT substr(coalesce(a.versioncreated, a.firstcreated), 1, 10) AS date, "
    "a.headline,"
    "  snippet(search, -1, '[', ']', '\xe2\x80\xa6', 24) AS snippet,"
    "  (SELECT group_concat(sentence, char(10)) FROM ("
    "    SELECT sentence FROM who_did_what WHERE article = a.id"
    "      ORDER BY main DESC, number LIMIT 3)) AS events,"
    "  a.uri"
    " FROM search JOIN articles a ON a.id = search.rowid"
    " WHERE search MATCH ?1 ORDER BY rank LIMIT ?2";

static bool
is_harmless_pragma(const char *name)
{
	/* The first is FTS5's own. */
	static const char *const names[] = { "data_version", "table_info", "table_xinfo",
					     "table_list",   "index_list", "index_info" };

	for (size_t i = 0; i < LENGTH(names); i++)
		if (!sqlite3_stricmp(name, names[i]))
			return true;
	return false;
}

static int
authorize(void *arg, int action, const char *a, const char *b, const char *db,
	  const char *trigger)
{
	bool fine = false;

	(void)arg, (void)db, (void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		fine = true;
		break;
	case SQLITE_FUNCTION:
		fine = sqlite3_stricmp(b, "load_extension") != 0;
		break;
	case SQLITE_PRAGMA:
		fine = is_harmless_pragma(a);
		break;
	case SQLITE_UPDATE:
		/* So a virtual table comes to be; nothing else may write there. */
		fine = !strcmp(a, "sqlite_master");
		break;
	}
	return fine ? SQLITE_OK : SQLITE_DENY;
}

/* Called every so many steps of SQLite's machine. */
static int
is_over(void *arg)
{
	const struct ask *a = arg;

	return stop_asked() || mono_since(a->since) > a->left_ms;
}

static int
failed(struct ask *a, const char *doing, struct err *err)
{
	switch (sqlite3_errcode(a->db) & 0xff) {
	case SQLITE_ERROR:
		return err_set(err, ERR_USAGE,
			       "%s: %s; `newswire query --schema` lists what "
			       "there is",
			       doing, sqlite3_errmsg(a->db));
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return err_set(err, ERR_USAGE,
			       "a query only reads; this would do more (%s)",
			       sqlite3_errmsg(a->db));
	case SQLITE_INTERRUPT:
		if (stop_asked())
			return err_set(err, ERR_REJECT, "stopped");
		return err_set(err, ERR_REJECT,
			       "stopped after %lld s: ask for less, or give a longer "
			       "--timeout",
			       (long long)a->most_ms / 1000);
	case SQLITE_TOOBIG:
		return err_set(err, ERR_REJECT,
			       "a value of more than %d MB: ask for less", LONGEST >> 20);
	case SQLITE_NOMEM:
		return err_set(err, ERR_REJECT,
			       "this takes more than %lld MB of memory: ask "
			       "for less",
			       (long long)heap_bytes >> 20);
	default:
		return sqlite_failed(a->db, a->path, doing, err);
	}
}

static int
open_file(struct ask *a, struct err *err)
{
	if (access(a->path, F_OK))
		return err_set(err, ERR_USAGE,
			       "there is no %s yet: `newswire run DIR` or "
			       "`newswire sink NAME` fills one",
			       a->path);
	if (sqlite3_open_v2(a->path, &a->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			    NULL))
		return err_set(err, ERR_USAGE, "cannot open %s: %s", a->path,
			       sqlite3_errmsg(a->db));
	sqlite3_busy_timeout(a->db, BUSY_MS);
	if (sqlite_schema_check(a->db, a->path, err)) {
		int code = sqlite3_errcode(a->db) & 0xff;

		/* Readers share memory beside the file, which somebody must make. */
		if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN)
			return err_set(err, ERR_USAGE,
				       "%s: while its sink rests it can be asked only by who "
				       "may write its directory",
				       a->path);
		return -1;
	}
	sqlite3_hard_heap_limit64(heap_bytes);
	sqlite3_limit(a->db, SQLITE_LIMIT_LENGTH, LONGEST);
	sqlite3_set_authorizer(a->db, authorize, NULL);
	sqlite3_progress_handler(a->db, STEPS, is_over, a);
	return 0;
}

int
ask_open(struct ask **ask, const char *path, int most_ms, struct err *err)
{
	struct ask *a = must_alloc(sizeof(*a));

	a->path = must_strdup(path);
	a->left_ms = a->most_ms = most_ms;
	a->since = mono_now();
	if (open_file(a, err)) {
		ask_close(a);
		return -1;
	}
	*ask = a;
	return 0;
}

void
ask_close(struct ask *a)
{
	if (!a)
		return;
	sqlite3_finalize(a->statement);
	sqlite3_close(a->db);
	free(a->path);
	free(a);
}

static int
prepare(struct ask *a, const char *sql, const char **tail)
{
	sqlite3_finalize(a->statement);
	a->statement = NULL;
	a->left_ms = a->most_ms;
	a->since = mono_now();
	return sqlite3_prepare_v2(a->db, sql, -1, &a->statement, tail);
}

int
ask_words(struct ask *a, const char *words, int limit, struct err *err)
{
	struct buf match;
	int rc;

	if (sqlite3_table_column_metadata(a->db, NULL, "search", NULL, NULL, NULL, NULL,
					  NULL, NULL))
		return err_set(err, ERR_USAGE,
			       "%s is of an older newswire, without full text: start its "
			       "sink once, or ask in SQL",
			       a->path);
	buf_init(&match, TEXT);
	rc = words_match(words, &match, err);
	if (!rc && prepare(a, find_words, NULL))
		rc = failed(a, "looking for words", err);
	if (!rc) {
		sqlite3_bind_text(a->statement, 1, match.data, (int)match.size,
				  SQLITE_TRANSIENT);
		sqlite3_bind_int(a->statement, 2, limit);
	}
	buf_release(&match);
	return rc;
}

/* Statements begin with these, and seldom anything that one looks for. */
static bool
begins_as_sql(const char *text)
{
	static const char *const verbs[] = { "SELECT", "WITH", "VALUES", "EXPLAIN" };
	size_t n = strcspn(text, " \t\r\n(*;");

	for (size_t i = 0; i < LENGTH(verbs); i++)
		if (n == strlen(verbs[i]) && !sqlite3_strnicmp(text, verbs[i], (int)n))
			return true;
	return false;
}

static int
check_statement(struct ask *a, const char *tail, struct err *err)
{
	sqlite3_stmt *second = NULL;
	int rc;

	if (!a->statement || !sqlite3_column_count(a->statement) ||
	    !sqlite3_stmt_readonly(a->statement))
		return err_set(err, ERR_USAGE,
			       "a query only reads; this does something else");
	/* A comment is no second statement. */
	rc = sqlite3_prepare_v2(a->db, tail, -1, &second, NULL);
	sqlite3_finalize(second);
	return rc || second
		   ? err_set(err, ERR_USAGE, "one statement at a time; what is '%.40s'?",
			     tail + strspn(tail, " \t\r\n"))
		   : 0;
}

int
ask_sql(struct ask *a, const char *text, bool *is_sql, struct err *err)
{
	const char *tail;
	int rc;

	text += strspn(text, " \t\r\n");
	rc = prepare(a, text, &tail);
	*is_sql = begins_as_sql(text);
	if (!rc && a->statement)
		*is_sql = true;
	else if (rc == SQLITE_AUTH) /* DROP TABLE, not "drop in prices" */
		*is_sql = true;
	if (!*is_sql)
		return 0;
	if (!rc)
		return check_statement(a, tail, err);
	return rc == SQLITE_ERROR
		   ? err_set(err, ERR_USAGE,
			     "SQL: %s; see --schema, or say --words to look "
			     "for the words themselves",
			     sqlite3_errmsg(a->db))
		   : failed(a, "SQL", err);
}

int
ask_next(struct ask *a, struct err *err)
{
	int said;

	a->since = mono_now();
	said = sqlite3_step(a->statement);
	a->left_ms -= mono_since(a->since);
	return said == SQLITE_ROW ? 1 : said == SQLITE_DONE ? 0 : failed(a, "SQL", err);
}

sqlite3_stmt *
ask_row(const struct ask *a)
{
	return a->statement;
}
