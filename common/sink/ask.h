/*
 * Questions to the file of a SQLite sink, while the sink may be writing it.
 * Nothing that is asked can change anything: the file is opened to be read,
 * statements that do more than read are refused before they run, and one that
 * takes too long is stopped.  One thread.
 */
#ifndef SINK_ASK_H
#define SINK_ASK_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/err.h"

struct ask;

/* ERR_USAGE: no such file, or none of ours.  most_ms: of each answer, without its reader.
 */
int ask_open(struct ask **ask, const char *path, int most_ms, struct err *err) MUST_CHECK;
void ask_close(struct ask *ask);

/*
 * The articles that have these words (sink/words.h), the best first, at most
 * `limit`: date, headline, snippet, events (at most 3, a line each), uri.
 * ERR_USAGE also for a file that an older newswire left without full text.
 */
int ask_words(struct ask *ask, const char *words, int limit, struct err *err) MUST_CHECK;

/* One statement, as written; *is_sql false: this reads as words, and nothing was done. */
int ask_sql(struct ask *ask, const char *text, bool *is_sql, struct err *err) MUST_CHECK;

/* The next row: 1 there is one, 0 there is none, -1. */
int ask_next(struct ask *ask, struct err *err) MUST_CHECK;
sqlite3_stmt *ask_row(const struct ask *ask); /* its columns */

#endif
