/* What a SQLite sink holds, as a table for a terminal. */
#ifndef SINK_SUMMARY_H
#define SINK_SUMMARY_H

#include <stdio.h>

#include "base/err.h"

/*
 * Who did what to whom, one event a line, the main events first, in at most
 * `columns` columns; then how much there is of everything.  Only reads.
 */
int
summary_print(const char *db_path, FILE *out, int columns, struct err *err) MUST_CHECK;

/* Where a SQLite sink keeps its file; `own` is the conf of its type.  Gives. */
char *sink_sqlite_path(const void *own, const char *state, const char *name);

#endif
