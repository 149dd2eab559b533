/*
 * Cells are cut by what they take up on a terminal, not by bytes: a Chinese
 * character takes two columns, an accent none.  A control character in a
 * cell would be obeyed by the terminal, so it becomes a blank.
 */
#include "sink/summary.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "sink/sqlite_schema.h"
#include "text/utf8.h"

enum { CELLS = 7, ROWS = 40, GAP = 2, NARROWEST = 7 };

static const char *const titles[CELLS] = { "date",  "who",      "did what", "to whom",
					   "where", "says who", "article" };

struct grid {
	char *cells[ROWS][CELLS];
	size_t rows;
	int widths[CELLS];
};

static int
width_of(uint32_t c)
{
	int w = utf8proc_charwidth((utf8proc_int32_t)c);

	return c < 0x20 || (c >= 0x7f && c < 0xa0) ? 1 : w;
}

static int
width(const char *text)
{
	const char *end = text + strlen(text);
	int sum = 0;

	while (text < end)
		sum += width_of(utf8_next(&text, end));
	return sum;
}

static void
print_character(FILE *out, uint32_t c)
{
	char bytes[4];

	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		c = ' ';
	fwrite(bytes, 1, (size_t)utf8_encode(c, bytes), out);
}

/* The text in exactly w columns, the last of them an ellipsis if it was cut. */
static void
print_cell(FILE *out, const char *text, int w)
{
	const char *end = text + strlen(text);
	int left = width(text) > w ? w - 1 : w;
	bool cut = left < w;

	while (text < end) {
		uint32_t c = utf8_next(&text, end);

		if (width_of(c) > left)
			break;
		left -= width_of(c);
		print_character(out, c);
	}
	if (cut)
		print_character(out, 0x2026);
	fprintf(out, "%*s", left, "");
}

/* As wide as its widest cell; where the line is too long, the widest columns give way. */
static void
fit(struct grid *g, int columns)
{
	int sum = 0;

	for (int i = 0; i < CELLS; i++) {
		g->widths[i] = width(titles[i]);
		for (size_t r = 0; r < g->rows; r++) {
			int w = width(g->cells[r][i]);

			g->widths[i] = w > g->widths[i] ? w : g->widths[i];
		}
		if (g->widths[i] > columns)
			g->widths[i] = columns;
		sum += g->widths[i] + GAP;
	}
	for (sum -= GAP; sum > columns; sum--) {
		int widest = 1; /* never the date */

		for (int i = 2; i < CELLS; i++)
			if (g->widths[i] > g->widths[widest])
				widest = i;
		if (g->widths[widest] <= NARROWEST)
			break;
		g->widths[widest]--;
	}
}

static void
print_row(const struct grid *g, const char *const *cells, FILE *out)
{
	int last = CELLS - 1;

	while (last > 0 && !cells[last][0])
		last--;
	for (int i = 0; i < last; i++) {
		print_cell(out, cells[i], g->widths[i]);
		fprintf(out, "%*s", GAP, "");
	}
	print_cell(out, cells[last],
		   width(cells[last]) > g->widths[last] ? g->widths[last]
							: width(cells[last]));
	fputc('\n', out);
}

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
		for (int i = 0; i < CELLS; i++)
			g->cells[g->rows][i] =
			    must_strdup((const char *)sqlite3_column_text(st, i));
		g->rows++;
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
	struct grid g = { 0 };
	int failed = read_rows(db, path, &g, err);

	fit(&g, columns);
	if (!failed && g.rows > 0)
		print_row(&g, titles, out);
	for (size_t r = 0; r < g.rows; r++) {
		if (!failed)
			print_row(&g, (const char *const *)g.cells[r], out);
		for (int i = 0; i < CELLS; i++)
			free(g.cells[r][i]);
	}
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
