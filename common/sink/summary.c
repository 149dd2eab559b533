#include "sink/summary.h"

#include <sqlite3.h>

#include "base/mem.h"
#include "sink/sqlite_schema.h"
#include "text/grid.h"

enum { CELLS = 7, ROWS = 40 };

static const char *const titles[CELLS] = { "date",  "who",      "did what", "to whom",
					   "where", "says who", "article" };

static int
read_rows(sqlite3 *db, const char *path, struct grid *g, struct err *err)
{
	static const char sql[] =
	    "SELECT coalesce(date, ''), coalesce(who, ''), did, coalesce(whom, ''),"
	    " coalesce(place, ''), coalesce(says, ''), coalesce(headline, '') FROM "
	    "who_did_what"
	    " WHERE who IS NOT NULL OR whom IS NOT NULL"
	    " ORDER BY main DESC, date DESC, uri, number LIMIT ?";
	sqlite3_stmt *st;
	int said;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL))
		return sqlite_failed(db, path, "reading", err);
	sqlite3_bind_int(st, 1, ROWS);
	while ((said = sqlite3_step(st)) == SQLITE_ROW) {
		const char *cells[CELLS];

		for (int i = 0; i < CELLS; i++)
			cells[i] = (const char *)sqlite3_column_text(st, i);
		grid_row(g, cells);
	}
	if (said != SQLITE_DONE)
		sqlite_failed(db, path, "reading", err);
	sqlite3_finalize(st);
	return said == SQLITE_DONE ? 0 : -1;
}

static int
print_counts(sqlite3 *db, const char *path, FILE *out, struct err *err)
{
	static const char *const tables[] = { "articles",  "events", "actors",
					      "times",     "quotes", "entities",
					      "tombstones" };

	for (size_t i = 0; i < LENGTH(tables); i++) {
		char *sql = sqlite3_mprintf("SELECT count(*) FROM %s", tables[i]);
		sqlite3_stmt *st = NULL;
		bool there = sql && !sqlite3_prepare_v2(db, sql, -1, &st, NULL) &&
			     sqlite3_step(st) == SQLITE_ROW;

		if (there)
			fprintf(out, "%s%lld %s", i ? ", " : "",
				(long long)sqlite3_column_int64(st, 0), tables[i]);
		else
			sqlite_failed(db, path, "counting", err);
		sqlite3_finalize(st);
		sqlite3_free(sql);
		if (!there)
			return -1;
	}
	fputc('\n', out);
	return 0;
}

static int
print_grid(sqlite3 *db, const char *path, FILE *out, int columns, struct err *err)
{
	struct grid g;
	int failed;

	grid_begin(&g, titles, CELLS, out, columns);
	g.fixed = 1; /* the date */
	failed = read_rows(db, path, &g, err);
	grid_end(&g);
	if (!failed && g.rows > 0)
		fputc('\n', out);
	return failed;
}

int
summary_print(const char *path, FILE *out, int columns, struct err *err)
{
	sqlite3 *db;
	int failed;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL))
		failed = sqlite_failed(db, path, "opening", err);
	else {
		sqlite3_busy_timeout(db, 10000);
		failed = print_grid(db, path, out, columns, err) ||
			 print_counts(db, path, out, err);
	}
	sqlite3_close(db);
	return failed ? -1 : 0;
}
