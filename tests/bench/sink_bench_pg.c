/*
 * The floor of the PostgreSQL sink: the rows that the sink has just made, as
 * text by COPY into tables of the same schema, batch by batch, each in a
 * transaction that first asks for the batch's uris and last sets a position.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/mem.h"
#include "sink/pg_schema.h"
#include "tests/bench/sink_bench.h"

static const char *const tables[] = { "articles", "events",   "actors",   "times",
				      "quotes",   "entities", "mentions", "uris" };

struct rows {
	char *columns;
	struct buf text;
};

static PGconn *
connect_to(void)
{
	PGconn *c = PQconnectdb("");

	if (PQstatus(c) != CONNECTION_OK)
		die(PQerrorMessage(c));
	PQclear(PQexec(c, "SET client_min_messages = warning"));
	return c;
}

static PGresult *
ask(PGconn *c, const char *sql, const char *value)
{
	PGresult *r = PQexecParams(c, sql, value != NULL, NULL, &value, NULL, NULL, 0);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		die(PQerrorMessage(c));
	return r;
}

static void
run(PGconn *c, const char *sql)
{
	PQclear(ask(c, sql, NULL));
}

void
pg_empty(const struct bench *b)
{
	PGconn *c = connect_to();

	(void)b;
	run(c, "DROP SCHEMA IF EXISTS newswire CASCADE");
	run(c, "DROP SCHEMA IF EXISTS bare CASCADE");
	PQfinish(c);
}

/* Those that the server does not make itself. */
static char *
columns_of(PGconn *c, const char *table)
{
	PGresult *r =
	    ask(c,
		"SELECT string_agg(quote_ident(column_name), ',' ORDER BY "
		"ordinal_position) FROM information_schema.columns WHERE table_schema = "
		"'newswire' AND table_name = $1 AND is_generated = 'NEVER'",
		table);
	char *columns = must_strdup(PQgetvalue(r, 0, 0));

	PQclear(r);
	return columns;
}

/* The rows of some articles, as COPY has them, which is not measured. */
static void
take_rows(PGconn *c, const char *table, size_t from, size_t to, struct rows *rows)
{
	char *sql =
	    must_printf("COPY (SELECT %s FROM newswire.%s WHERE %s BETWEEN %zu AND %zu) "
			"TO STDOUT",
			rows->columns, table,
			strcmp(table, "articles") ? "article" : "id", from, to);
	PGresult *r = PQexec(c, sql);
	char *line;
	int n;

	if (PQresultStatus(r) != PGRES_COPY_OUT)
		die(PQerrorMessage(c));
	PQclear(r);
	buf_reset(&rows->text);
	while ((n = PQgetCopyData(c, &line, 0)) > 0) {
		buf_add(&rows->text, line, (size_t)n);
		PQfreemem(line);
	}
	while ((r = PQgetResult(c)))
		PQclear(r);
	free(sql);
}

static char *
digests_of(PGconn *c, size_t from, size_t to)
{
	char *sql = must_printf("SELECT array_agg(digest)::text FROM newswire.uris WHERE "
				"article BETWEEN %zu AND %zu",
				from, to);
	PGresult *r = ask(c, sql, NULL);
	char *digests = must_strdup(PQgetvalue(r, 0, 0));

	PQclear(r);
	free(sql);
	return digests;
}

static void
put_rows(PGconn *c, const char *table, const struct rows *rows)
{
	char *sql = must_printf("COPY bare.%s(%s) FROM STDIN", table, rows->columns);
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_COPY_IN ||
	    PQputCopyData(c, rows->text.data, (int)rows->text.size) != 1 ||
	    PQputCopyEnd(c, NULL) != 1)
		die(PQerrorMessage(c));
	PQclear(r);
	while ((r = PQgetResult(c))) {
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			die(PQerrorMessage(c));
		PQclear(r);
	}
	free(sql);
}

static void
put_batch(PGconn *c, const char *digests, const struct rows *rows, size_t end)
{
	char offset[24];

	snprintf(offset, sizeof(offset), "%zu", end);
	run(c, "BEGIN");
	PQclear(ask(c,
		    "SELECT digest, article, version, versioncreated, epoch FROM "
		    "bare.uris WHERE digest = ANY($1::text[]) ORDER BY digest FOR UPDATE",
		    digests));
	for (size_t t = 0; t < LENGTH(tables); t++)
		put_rows(c, tables[t], &rows[t]);
	PQclear(ask(c,
		    "INSERT INTO bare.positions VALUES('bench', 'bench', 0, $1, 1) ON "
		    "CONFLICT(cluster, topic, partition) DO UPDATE SET \"offset\" = "
		    "excluded.\"offset\"",
		    offset));
	run(c, "COMMIT");
}

static void
make_tables(PGconn *c)
{
	run(c, "CREATE SCHEMA bare");
	run(c, "SET search_path = bare");
	for (const char *const *step = postgres_steps; *step; step++) {
		PGresult *r = PQexec(c, *step); /* several commands */

		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			die(PQerrorMessage(c));
		PQclear(r);
	}
}

struct cost
bare_copy(struct bench *b)
{
	PGconn *from = connect_to(), *to = connect_to();
	struct rows rows[LENGTH(tables)] = { 0 };
	struct cost took = { 0 };

	make_tables(to);
	for (size_t t = 0; t < LENGTH(tables); t++) {
		rows[t].columns = columns_of(from, tables[t]);
		buf_init(&rows[t].text, (size_t)1 << 30);
	}
	for (size_t i = 0; i < b->count; i += BENCH_BATCH) {
		char *digests = digests_of(from, i + 1, i + BENCH_BATCH);
		struct cost start;

		for (size_t t = 0; t < LENGTH(tables); t++)
			take_rows(from, tables[t], i + 1, i + BENCH_BATCH, &rows[t]);
		start = cost_now();
		put_batch(to, digests, rows, i + BENCH_BATCH);
		cost_since(&took, start);
		free(digests);
	}
	for (size_t t = 0; t < LENGTH(tables); t++) {
		free(rows[t].columns);
		buf_release(&rows[t].text);
	}
	PQfinish(from);
	PQfinish(to);
	return took;
}
