/*
 * Steps are only ever added: step N brings a schema from version N - 1 to N.
 * The version stands in a table of its own, which also says whose schema it is.
 */
#include "sink/pg_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"

extern const char *const postgres_views[]; /* generated */

int
pg_schema_name(const char *schema, struct err *err)
{
	size_t n = strspn(schema, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (n > 0 && n < 60 && !schema[n] && (schema[0] < '0' || schema[0] > '9'))
		return 0;
	return err_set(err, ERR_USAGE,
		       "`schema = %s`: small letters, digits and _ only, a letter first",
		       schema);
}

static int
known(void)
{
	int n = 0;

	while (postgres_steps[n])
		n++;
	return n;
}

/* -1: no table of versions; -2: an error. */
static int
ask_number(struct pg *pg, const char *sql, struct err *err)
{
	PGresult *result = pg_ask(pg, sql, 0, NULL, err);
	int n = -2;

	if (result)
		n = PQntuples(result) > 0 && !PQgetisnull(result, 0, 0)
			? atoi(PQgetvalue(result, 0, 0))
			: -1;
	PQclear(result);
	return n;
}

static int
version_of(struct pg *pg, struct err *err)
{
	int there = ask_number(
	    pg, "SELECT 1 WHERE to_regclass('newswire_schema') IS NOT NULL", err);

	return there < 0 ? there
			 : ask_number(pg, "SELECT max(version) FROM newswire_schema", err);
}

static int
run_all(struct pg *pg, const char *const *sql, struct err *err)
{
	for (; *sql; sql++)
		if (pg_run(pg, *sql, err))
			return err_context(err, "making the sink's tables");
	return 0;
}

static int
take_steps(struct pg *pg, int version, struct err *err)
{
	char sql[160];

	if (version < 0 &&
	    pg_run(pg, "CREATE TABLE newswire_schema(version integer NOT NULL)", err))
		return -1;
	if (version > 0)
		log_info("bringing the PostgreSQL sink's schema from %d to %d; this may "
			 "read every article",
			 version, known());
	if (run_all(pg, postgres_steps + (version > 0 ? version : 0), err) ||
	    run_all(pg, postgres_views, err))
		return -1;
	snprintf(sql, sizeof(sql),
		 "DELETE FROM newswire_schema; INSERT INTO newswire_schema VALUES(%d)",
		 known());
	return pg_run(pg, sql, err);
}

static int
is_newer(const char *schema, int version, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "the schema %s was written by a newer newswire (version %d; this "
		       "one knows %d): use that one, or give the sink another `schema`",
		       schema, version, known());
}

int
pg_schema_update(struct pg *pg, const char *schema, struct err *err)
{
	char *sql = must_printf("SET client_min_messages TO error; SET search_path TO \"%s\"",
				schema);
	int failed = pg_run(pg, sql, err), version;

	free(sql);
	if (failed)
		return -1;
	version = version_of(pg, err);
	if (version == -2)
		return -1;
	if (version > known())
		return is_newer(schema, version, err);
	if (version == known())
		return 0;
	/* Whoever comes second finds the work done: the version is read again inside. */
	sql = must_printf("BEGIN; SELECT pg_advisory_xact_lock(hashtext('newswire %s'));"
			  " CREATE SCHEMA IF NOT EXISTS \"%s\"",
			  schema, schema);
	failed = pg_run(pg, sql, err);
	free(sql);
	version = failed ? -2 : version_of(pg, err);
	if (version == -2)
		return -1;
	if (version > known())
		return is_newer(schema, version, err);
	if (version < known() && take_steps(pg, version, err))
		return -1;
	return pg_run(pg, "COMMIT", err);
}
