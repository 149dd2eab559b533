/* A real PostgreSQL that is killed, that refuses, and that is asked what it holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "base/mem.h"
#include "time/clock.h"
#include "tests/lib/server.h"
#include "tests/lib/sink_alone.h"
#include "tests/lib/sink_contract.h"

extern const struct sink_type sink_postgres_type;

static struct server one = { "postgres" };
static char conninfo[256];
static struct {
	const char *conninfo, *schema;
	bool record;
} settings = { conninfo, "news", true };

/* ---- what a reader sees ---- */

static PGconn *
connect(void)
{
	PGconn *conn = PQconnectdb(conninfo);

	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	PQclear(PQexec(conn, "SET search_path TO news; SET client_min_messages TO error"));
	return conn;
}

static void
look_at(PGconn *conn, const char *sql, bool tombstones, struct buf *out)
{
	PGresult *rows = PQexec(conn, sql);

	/* Killed before there were tables: none. */
	for (int i = 0; i < PQntuples(rows); i++)
		if (tombstones)
			sink_line_tombstone(out, PQgetvalue(rows, i, 0),
					    PQgetvalue(rows, i, 1));
		else
			sink_line_article(out, PQgetvalue(rows, i, 0),
					  PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2),
					  atoi(PQgetvalue(rows, i, 3)),
					  atoi(PQgetvalue(rows, i, 4)));
	PQclear(rows);
}

static void
look(struct buf *out)
{
	PGconn *conn = connect();

	look_at(conn,
		"SELECT uri, version, headline,"
		" (SELECT count(*) FROM events WHERE article = a.id),"
		" (SELECT count(*) FROM actors WHERE article = a.id) FROM articles a",
		false, out);
	look_at(conn, "SELECT uri, version FROM tombstones", true, out);
	PQfinish(conn);
}

static void
wipe(void)
{
	PGconn *conn = connect();

	PQclear(PQexec(conn, "DROP SCHEMA IF EXISTS news CASCADE"));
	PQfinish(conn);
}

/* All rows of a query, cells parted by '|', rows by newlines. */
static const char *
ask(const char *sql)
{
	static char text[8192];
	PGconn *conn = connect();
	PGresult *rows = PQexec(conn, sql);
	size_t n = 0;

	text[0] = '\0';
	if (PQresultStatus(rows) != PGRES_TUPLES_OK &&
	    PQresultStatus(rows) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQresultErrorMessage(rows));
	for (int i = 0; i < PQntuples(rows); i++)
		for (int c = 0; c < PQnfields(rows); c++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      PQgetvalue(rows, i, c),
					      c + 1 < PQnfields(rows) ? "|" : "\n");
	assert_true(n < sizeof(text));
	PQclear(rows);
	PQfinish(conn);
	return text;
}

static struct sink *
open_sink(void)
{
	struct err err = { ERR_FATAL, "" };
	struct sink *s = alone_open(&sink_postgres_type, &settings, 5000, &err);

	must(!s, &err);
	return s;
}

static struct sink *
ready_sink(void)
{
	return alone_ready(&sink_postgres_type, &settings, 5000);
}

#define EARLY "2026-11-24T08:00:00Z"

/* ---- */

/* A name of 4,000 letters that no compression makes short is more than an index takes. */
static void
print_refusable(char *text, size_t size)
{
	char name[4001];
	unsigned seed = 1;

	for (size_t i = 0; i < sizeof(name) - 1; i++) {
		seed = seed * 1103515245 + 12345;
		name[i] = (char)('a' + (seed >> 16) % 26);
	}
	name[sizeof(name) - 1] = '\0';
	snprintf(text, size,
		 "{\"article\":{\"uri\":\"u:0\",\"version\":\"1\",\"pubstatus\":\"usable\"},"
		 "\"meta\":{},\"events\":[],\"times\":[],\"quotes\":[],\"entities\":[{\"text\":"
		 "\"x\",\"in\":\"body\",\"start\":0,\"end\":1,\"type\":\"PER\",\"name\":\"%s\","
		 "\"country\":null,\"lat\":null,\"lon\":null,\"id\":null,\"mentions\":[]}],"
		 "\"extractor\":{\"version\":\"1\",\"epoch\":1,\"model\":null,\"lexicon\":null}}",
		 name);
}

static void
assert_refused_at_7_and_13(void)
{
	static const char seventh[] = "7: PostgreSQL: ERROR: ",
			  thirteenth[] = "\n13: PostgreSQL: ERROR: ";
	const char *second = strstr(alone_refused(), thirteenth);

	assert_memory_equal(alone_refused(), seventh, sizeof(seventh) - 1);
	assert_non_null(second);
	assert_string_equal(strchr(second + 1, '\n'), "\n");
}

static void
a_value_that_the_server_refuses_costs_its_record_only(void **state)
{
	char refusable[8192];
	char uris[20][8];
	struct sink *s;
	struct err err;
	int64_t offset;

	(void)state;
	print_refusable(refusable, sizeof(refusable));
	wipe();
	s = ready_sink();
	for (int i = 0; i < 20; i++) {
		snprintf(uris[i], sizeof(uris[i]), "u:%d", i + 1);
		struct sink_article a = { uris[i], "1", EARLY, "good", 1, 1 };

		must(i == 7 || i == 13 ? alone_write(s, i, refusable, &err)
				       : alone_write_article(s, i, &a, &err),
		     &err);
	}
	must(alone_flush(s, 20, &err), &err);
	assert_refused_at_7_and_13();
	sink_close(s);
	assert_string_equal(ask("SELECT count(*) FROM articles"), "18\n");
	assert_string_equal(ask("SELECT \"offset\" FROM positions"), "20\n");

	/* Read again, since the dead letters were lost: the same records are refused. */
	s = open_sink();
	must(alone_claim(s, &offset, &err), &err);
	assert_int_equal(offset, 20);
	assert_int_equal(alone_write(s, 7, refusable, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	must(alone_write_article(s, 8, &(struct sink_article){ "u:9", "1", EARLY, "x", 1, 1 }, &err),
	     &err);
	sink_close(s);
}

static void
a_batch_that_outgrows_its_buffers_is_still_one(void **state)
{
	static char headline[3 << 20];
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = ready_sink();
	memset(headline, 'x', sizeof(headline) - 1);
	for (int i = 0; i < 9; i++) {
		char uri[] = { 'u', ':', (char)('0' + i), 0 };
		struct sink_article a = { uri, "1", EARLY, headline, 1, 1 };

		must(alone_write_article(s, i, &a, &err), &err);
	}
	assert_string_equal(ask("SELECT count(*) FROM articles"), "0\n");
	must(alone_flush(s, 9, &err), &err);
	sink_close(s);
	assert_string_equal(ask("SELECT count(*), min(length(headline)) FROM articles"),
			    "9|3145727\n");
}

static void
a_server_that_dies_in_mid_batch_is_waited_for(void **state)
{
	static const struct sink_article a = { "u:1", "1", EARLY, "one", 2, 1 },
					 b = { "u:2", "1", EARLY, "two", 1, 1 };
	struct sink *s;
	struct err err;
	int64_t began;

	(void)state;
	wipe();
	s = ready_sink();
	must(alone_write_article(s, 0, &a, &err), &err);
	server(&one, "kill", NULL, 0);
	assert_int_equal(alone_flush(s, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	/* As long as it is away each try says so, at once. */
	for (int i = 0; i < 3; i++) {
		began = mono_now().ms;
		assert_int_equal(alone_write_article(s, 0, &a, &err), -1);
		assert_int_equal(err.class, ERR_RETRY);
		assert_true(mono_now().ms - began < 5000);
		sink_undo(s);
	}
	server(&one, "restart", NULL, 0);
	must(alone_write_article(s, 0, &a, &err), &err);
	must(alone_write_article(s, 1, &b, &err), &err);
	must(alone_flush(s, 2, &err), &err);
	sink_close(s);
	assert_string_equal(ask("SELECT uri, version FROM articles ORDER BY 1"),
			    "u:1|1\nu:2|1\n");
}

static void
a_full_disk_passes(void **state)
{
	static const struct sink_article a = { "u:1", "1", EARLY, "one", 2, 1 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = ready_sink();
	ask("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
	    " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';"
	    " END $$");
	ask("CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION full_disk()");
	must(alone_write_article(s, 0, &a, &err), &err);
	assert_int_equal(alone_flush(s, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	assert_string_equal(ask("SELECT count(*) FROM articles"), "0\n");
	ask("DROP TRIGGER full_disk ON events");
	must(alone_write_article(s, 0, &a, &err), &err);
	must(alone_flush(s, 1, &err), &err);
	sink_close(s);
	assert_string_equal(ask("SELECT count(*) FROM articles"), "1\n");
}

static void
who_is_not_let_in_is_told_what_to_do(void **state)
{
	static const struct {
		const char *more, *schema, *says;
	} cases[] = {
		{ "password=wrong", "news", "the password in ~/.pgpass" },
		{ "user=stranger", "news", "the right user in `conninfo`" },
		{ "dbname=none", "news", "name another in `conninfo`" },
		{ "colour=red", "news", "invalid connection option" },
		{ "", "News; DROP", "small letters" },
	};
	char info[400];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink *s;
		struct err err;
		int64_t offset;
		bool failed;

		snprintf(info, sizeof(info), "%s %s", conninfo, cases[i].more);
		settings.conninfo = info;
		settings.schema = cases[i].schema;
		s = alone_open(&sink_postgres_type, &settings, 5000, &err);
		failed = !s || alone_claim(s, &offset, &err);
		sink_close(s);
		settings.conninfo = conninfo;
		settings.schema = "news";
		if (!failed || err.class != ERR_USAGE || !strstr(err.text, cases[i].says))
			fail_msg("'%s': %s", cases[i].more, failed ? err.text : "let in");
	}
}

static void
a_schema_that_is_not_ours_is_refused(void **state)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
		{ "CREATE SCHEMA news; CREATE TABLE news.articles(x int)",
		  "belongs to another program" },
		{ "CREATE SCHEMA news; CREATE TABLE news.newswire_schema(version int);"
		  "INSERT INTO news.newswire_schema VALUES(99)",
		  "was written by a newer newswire (version 99" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink *s;
		struct err err;
		int64_t offset;

		wipe();
		ask(cases[i].sql);
		s = open_sink();
		assert_int_equal(alone_claim(s, &offset, &err), -1);
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
		sink_close(s);
	}
}

static void
what_is_stored_reads_as_a_sentence_and_is_found_by_its_words(void **state)
{
	static const struct sink_article a = { "u:\"1\\\t", "1", EARLY, "Told\nin \\N lines", 1,
					       1 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = ready_sink();
	must(alone_write_article(s, 0, &a, &err), &err);
	must(alone_flush(s, 1, &err), &err);
	sink_close(s);
	assert_string_equal(ask("SELECT sentence FROM who_did_what"),
			    "Testers accused the tested on 2026-11-24\n");
	assert_string_equal(ask("SELECT actor, recipient, events FROM actor_pairs"),
			    "Testers|the tested|1\n");
	assert_string_equal(ask("SELECT uri, headline, created = '" EARLY "' FROM articles"
				" WHERE search @@ plainto_tsquery('accuses testers')"),
			    "");
	assert_string_equal(ask("SELECT uri, headline, created = '" EARLY "' FROM articles"
				" WHERE search @@ plainto_tsquery('simple', 'accused')"),
			    "u:\"1\\\t|Told\nin \\N lines|t\n");
	assert_string_equal(ask("SELECT record->'events'->0->>'type' FROM articles"),
			    "ACCUSE\n");
}

static int
begin_all(void **state)
{
	static struct sink_subject subject = { .type = &sink_postgres_type,
					       .conf = &settings,
					       .wipe = wipe,
					       .look = look };

	(void)state;
	setenv("PGPASSWORD", "secret", 1);
	server(&one, "start", conninfo, sizeof(conninfo));
	sink_subject = &subject;
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	server(&one, "stop", NULL, 0);
	alone_end();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SINK_STATE_CONTRACT,
		cmocka_unit_test(a_former_owner_stores_nothing),
		cmocka_unit_test(
		    what_is_stored_of_a_log_goes_on_where_that_was_carried_to),
		cmocka_unit_test(a_value_that_the_server_refuses_costs_its_record_only),
		cmocka_unit_test(a_batch_that_outgrows_its_buffers_is_still_one),
		cmocka_unit_test(a_server_that_dies_in_mid_batch_is_waited_for),
		cmocka_unit_test(a_full_disk_passes),
		cmocka_unit_test(who_is_not_let_in_is_told_what_to_do),
		cmocka_unit_test(a_schema_that_is_not_ours_is_refused),
		cmocka_unit_test(what_is_stored_reads_as_a_sentence_and_is_found_by_its_words),
	};

	sink_contract_arguments(argc, argv);
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
