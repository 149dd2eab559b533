/* The rows of a statement as a table for a terminal, as CSV or as JSON Lines. */
#ifndef SINK_ANSWER_H
#define SINK_ANSWER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "text/grid.h"

/* Articles and the schema have a table of their own shape; their columns are ask.h's. */
enum answer_kind { ANSWER_ROWS, ANSWER_ARTICLES, ANSWER_SCHEMA };

struct answer {
	FILE *out;
	sqlite3_stmt *row;
	enum answer_kind kind;
	const struct answer_format *format;
	int columns; /* of the terminal */
	size_t count;
	const char **names;
	const char **cells;
	struct grid grid;
	struct buf line;
};

/* ERR_USAGE: no such format.  Writes what stands above the rows. */
int answer_begin(struct answer *a, sqlite3_stmt *row, enum answer_kind kind,
		 const char *format, FILE *out, int columns, struct err *err) MUST_CHECK;
int answer_row(struct answer *a, struct err *err) MUST_CHECK;
void answer_end(struct answer *a); /* also after a failure */

#endif
