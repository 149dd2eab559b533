/*
 * The class of an error is the SQLSTATE's: a value that the server cannot take
 * is the record's fault, a missing right or table is ours or the operator's,
 * anything else passes.  A failed connection has no SQLSTATE in libpq's
 * interface but has it in its verbose text, which is in no language.
 */
#include "sink/pg.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* One line, without libpq's own end of line. */
static int
said(struct err *err, enum err_class class, const char *text, const char *advice)
{
	char line[400];
	size_t n = 0;

	for (; *text && n < sizeof(line) - 1; text++)
		if (!iscntrl((unsigned char)*text))
			line[n++] = *text;
		else if (n > 0 && line[n - 1] != ' ')
			line[n++] = ' ';
	while (n > 0 && line[n - 1] == ' ')
		n--;
	line[n] = '\0';
	return err_set(err, class, "PostgreSQL: %s%s", line, advice);
}

/* SQLSTATEs by their beginning, the longest first (PostgreSQL's appendix A). */
static const struct {
	const char *state;
	enum err_class class;
	const char *advice;
} states[] = {
	{ "22", ERR_REJECT, "" },  /* data: a number too large, a zero in text */
	{ "23", ERR_RETRY, "" },   /* another writer had this uri first */
	{ "54", ERR_REJECT, "" },  /* too long for an index or a row */
	{ "28", ERR_USAGE,
	  ": give the right user in `conninfo`, and the password in ~/.pgpass or PGPASSWORD" },
	{ "3D", ERR_USAGE, ": create it, or name another in `conninfo`" },
	{ "42501", ERR_USAGE,
	  ": the sink needs CREATE on its schema, or the schema made for it before" },
	{ "42P07", ERR_USAGE,
	  ": the schema belongs to another program: give the sink another `schema`" },
	{ "42", ERR_FATAL, "" }, /* a table that somebody changed */
	{ "0A", ERR_FATAL, "" },
};

static int
failed(struct err *err, const char *state, const char *text)
{
	for (size_t i = 0; state && i < sizeof(states) / sizeof(*states); i++)
		if (!strncmp(states[i].state, state, strlen(states[i].state)))
			return said(err, states[i].class, text, states[i].advice);
	return said(err, ERR_RETRY, text, "");
}

/* Of the first "FATAL:  28P01: ..." in the text. */
static bool
find_state(const char *text, char state[6])
{
	for (const char *p = text; (p = strstr(p, ":  ")); p++) {
		size_t n = strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (n == 5 && p[8] == ':') {
			memcpy(state, p + 3, 5);
			state[5] = '\0';
			return true;
		}
	}
	return false;
}

static int
await(struct pg *pg, short events, struct err *err)
{
	struct pollfd fd = { .fd = PQsocket(pg->conn), .events = events };
	int ms = sink_left_ms(pg->sink), n;

	/* In pieces, since each look at the time also says that we live. */
	do
		n = poll(&fd, 1, ms < 1000 ? ms : 1000);
	while ((n == 0 || (n < 0 && errno == EINTR)) && (ms = sink_left_ms(pg->sink)) > 0);
	if (n > 0)
		return 0;
	if (n < 0)
		return err_errno(err, ERR_RETRY, "waiting for PostgreSQL");
	return err_set(err, ERR_RETRY, "PostgreSQL does not answer in time");
}

static int
refused(struct pg *pg, struct err *err)
{
	const char *text = PQerrorMessage(pg->conn);
	char state[6];
	bool known = find_state(text, state);

	failed(err, known ? state : NULL, text);
	if (PQconnectionNeedsPassword(pg->conn))
		said(err, ERR_USAGE, text, states[3].advice);
	if (err->class != ERR_RETRY && pg->was_up)
		err->class = ERR_RETRY; /* a server that is being set up again */
	pg_close(pg);
	return -1;
}

int
pg_connect(struct pg *pg, const char *conninfo, struct err *err)
{
	static const char *const names[] = { "dbname", "fallback_application_name",
					     "client_encoding", NULL };
	const char *const values[] = { conninfo, "newswire", "UTF8", NULL };
	PostgresPollingStatusType is = PGRES_POLLING_WRITING;

	if (pg->conn)
		return 0;
	pg->conn = PQconnectStartParams(names, values, 1);
	if (!pg->conn)
		return err_set(err, ERR_RETRY, "no memory for a connection");
	PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
	if (PQstatus(pg->conn) == CONNECTION_BAD) {
		/* Nothing was sent yet: the words themselves are wrong. */
		said(err, ERR_USAGE, PQerrorMessage(pg->conn), "");
		pg_close(pg);
		return -1;
	}
	while (is != PGRES_POLLING_OK) {
		if (is == PGRES_POLLING_FAILED)
			return refused(pg, err);
		if (await(pg, is == PGRES_POLLING_READING ? POLLIN : POLLOUT, err)) {
			pg_close(pg);
			return -1;
		}
		is = PQconnectPoll(pg->conn);
	}
	PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
	PQsetnonblocking(pg->conn, 1);
	pg->was_up = true;
	return 0;
}

void
pg_close(struct pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
}

static int
broken(struct pg *pg, struct err *err)
{
	return said(err, ERR_RETRY, PQerrorMessage(pg->conn), "");
}

static int
push(struct pg *pg, struct err *err)
{
	int left;

	while ((left = PQflush(pg->conn)) > 0) {
		if (await(pg, POLLOUT | POLLIN, err))
			return -1;
		if (!PQconsumeInput(pg->conn))
			return broken(pg, err);
	}
	return left < 0 ? broken(pg, err) : 0;
}

static int
next_result(struct pg *pg, PGresult **result, struct err *err)
{
	while (PQisBusy(pg->conn)) {
		if (await(pg, POLLIN, err))
			return -1;
		if (!PQconsumeInput(pg->conn))
			return broken(pg, err);
	}
	*result = PQgetResult(pg->conn);
	return 0;
}

/* The last result of all; the first failure stands. */
static PGresult *
collect(struct pg *pg, struct err *err)
{
	PGresult *last = NULL, *result = NULL;
	bool bad = false;

	if (push(pg, err))
		return NULL;
	for (;;) {
		ExecStatusType is;

		if (next_result(pg, &result, err)) {
			bad = true;
			break;
		}
		if (!result)
			break;
		is = PQresultStatus(result);
		if (!bad && is != PGRES_COMMAND_OK && is != PGRES_TUPLES_OK &&
		    is != PGRES_COPY_IN) {
			failed(err, PQresultErrorField(result, PG_DIAG_SQLSTATE),
			       PQresultErrorMessage(result));
			bad = true;
		}
		PQclear(last);
		last = result;
		if (is == PGRES_COPY_IN)
			break;
	}
	if (!bad && !last)
		bad = broken(pg, err);
	if (!bad)
		return last;
	PQclear(last);
	return NULL;
}

PGresult *
pg_ask(struct pg *pg, const char *sql, int n, const char *const *values, struct err *err)
{
	int sent = n > 0 ? PQsendQueryParams(pg->conn, sql, n, NULL, values, NULL, NULL, 0)
			 : PQsendQuery(pg->conn, sql);

	if (!sent) {
		broken(pg, err);
		return NULL;
	}
	return collect(pg, err);
}

int
pg_run(struct pg *pg, const char *sql, struct err *err)
{
	PGresult *result = pg_ask(pg, sql, 0, NULL, err);

	PQclear(result);
	return result ? 0 : -1;
}

int
pg_copy_bytes(struct pg *pg, const char *bytes, size_t n, struct err *err)
{
	int taken;

	while ((taken = PQputCopyData(pg->conn, bytes, (int)n)) == 0)
		if (push(pg, err))
			return -1;
	return taken < 0 ? broken(pg, err) : 0;
}

int
pg_copy_end(struct pg *pg, struct err *err)
{
	PGresult *result;
	int taken;

	while ((taken = PQputCopyEnd(pg->conn, NULL)) == 0)
		if (push(pg, err))
			return -1;
	if (taken < 0)
		return broken(pg, err);
	result = collect(pg, err);
	PQclear(result);
	return result ? 0 : -1;
}
