/*
 * A connection to PostgreSQL that never waits longer than it may.  libpq is
 * used without blocking; each wait ends with the sink's time.  After a
 * failure the connection may be broken: pg_close(), and pg_connect() again.
 */
#ifndef SINK_PG_H
#define SINK_PG_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "base/err.h"
#include "sink/sink.h"

struct pg {
	PGconn *conn;
	struct sink *sink; /* whose time it is */
	bool was_up; /* in this process: settings that worked once are right */
};

/*
 * `conninfo` as libpq takes it: a URI or words, the rest from PGHOST and its
 * like, the password from ~/.pgpass.  ERR_USAGE where the server refuses us by
 * name, password or database and has never let us in; else ERR_RETRY.
 */
int pg_connect(struct pg *pg, const char *conninfo, struct err *err) MUST_CHECK;
void pg_close(struct pg *pg); /* waits for nothing; what was not committed is undone */

/*
 * One command or, without parameters, several.  Gives the last result, which
 * the caller clears; NULL and an error if one failed.  Parameters are text.
 */
PGresult *pg_ask(struct pg *pg, const char *sql, int n, const char *const *values,
		 struct err *err);
int pg_run(struct pg *pg, const char *sql, struct err *err) MUST_CHECK;

/* After pg_run() of COPY ... FROM STDIN: its bytes, then its end. */
int pg_copy_bytes(struct pg *pg, const char *bytes, size_t n, struct err *err) MUST_CHECK;
int pg_copy_end(struct pg *pg, struct err *err) MUST_CHECK;

#endif
