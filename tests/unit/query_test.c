/* What may be asked of a SQLite store, what is refused, and how answers look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sink/answer.h"
#include "sink/ask.h"
#include "sink/words.h"
#include "tests/lib/sink_contract.h"

extern const struct sink_type sink_sqlite_type;

static char directory[] = "/tmp/newswire-query-test.XXXXXX";
static char path[sizeof(directory) + 8];
static const char *settings[4]; /* the type's one row is a string */
static struct arena arena;
static struct sink *sink;
static struct ask *ask;

static void
store(int64_t offset, const char *uri, const char *headline, int events)
{
	struct sink_article a = { uri, "1", "2026-11-24T08:00:00Z", headline, events };
	struct bus_position p = { "t", 0, offset + 1 };
	struct bus_record r = { .topic = "t", .offset = offset };
	struct buf value;
	struct err err;

	buf_init(&value, 1 << 20);
	sink_article_print(&a, &value);
	r.value = value.data;
	r.value_size = value.size;
	arena_reset(&arena);
	OK(sink_write(sink, &r, &err) || sink_flush(sink, &p, 1, &err));
	buf_release(&value);
}

/* The rows of what was asked, in a format.  Static. */
static const char *
rows(enum answer_kind kind, const char *format)
{
	static char *text;
	struct answer a = { 0 };
	struct err err;
	size_t size;
	FILE *f;
	int more;

	free(text);
	assert_non_null(f = open_memstream(&text, &size));
	OK(answer_begin(&a, ask_row(ask), kind, format, f, 60, &err));
	while ((more = ask_next(ask, &err)) > 0)
		OK(answer_row(&a, &err));
	answer_end(&a);
	fclose(f);
	if (more < 0)
		fail_msg("%s", err.text);
	return text;
}

static const char *
sql(const char *text, const char *format)
{
	struct err err;
	bool is_sql;

	OK(ask_sql(ask, text, &is_sql, &err));
	assert_true(is_sql);
	return rows(ANSWER_ROWS, format);
}

static void
words_become_an_expression(void **state)
{
	static const struct {
		const char *words, *match; /* NULL: refused */
	} cases[] = {
		{ "north korea", "((\"north\") AND (\"korea\"))" },
		{ "\"north korea\"", "((\"north korea\"))" },
		{ "a OR b c", "((\"a\" OR \"b\") AND (\"c\"))" },
		{ "a b OR c OR d", "((\"a\") AND (\"b\" OR \"c\" OR \"d\"))" },
		{ "kim -drill -\"war game\"",
		  "((\"kim\")) NOT \"drill\" NOT \"war game\"" },
		{ "-a b", "((\"b\")) NOT \"a\"" },
		{ "OR a", "((\"a\"))" },
		{ "a OR", "((\"a\"))" },
		{ "a OR -b c", "((\"a\") AND (\"c\")) NOT \"b\"" },
		{ "sanction*", "((\"sanction\"*))" },
		{ "\"arms deal\"*", "((\"arms deal\"*))" },
		{ "headline:kim body:\"the north\"",
		  "((headline:\"kim\") AND (body:\"the north\"))" },
		{ "-headline:kim x", "((\"x\")) NOT headline:\"kim\"" },
		{ "12:30", "((\"12:30\"))" },
		{ "don't U.S. NEAR(a", "((\"don't\") AND (\"U.S.\") AND (\"NEAR(a\"))" },
		{ "a\"b", "((\"a\"\"b\"))" },
		{ "\"no end", "((\"no end\"))" },
		{ "a - & b", "((\"a\") AND (\"b\"))" },
		{ "", NULL },
		{ " \t", NULL },
		{ "-a", NULL },
		{ "...", NULL },
		{ "OR", NULL },
		{ "headline:", NULL },
		{ "\xff", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct buf match;
		struct err err;
		int rc;

		buf_init(&match, 1 << 20);
		rc = words_match(cases[i].words, &match, &err);
		if (rc != (cases[i].match ? 0 : -1))
			fail_msg("'%s' was %s", cases[i].words,
				 rc ? err.text : match.data);
		if (cases[i].match)
			assert_string_equal(match.data, cases[i].match);
		else
			assert_int_equal(err.class, ERR_USAGE);
		buf_release(&match);
	}
}

static void
there_is_an_end_to_words(void **state)
{
	struct buf words, match;
	struct err err;

	(void)state;
	buf_init(&words, 1 << 20);
	buf_init(&match, 1 << 20);
	for (int i = 0; i < 65; i++)
		buf_adds(&words, "a ");
	assert_int_equal(words_match(words.data, &match, &err), -1);
	assert_non_null(strstr(err.text, "more than 64 words"));
	words.data[128] = '\0';
	assert_int_equal(words_match(words.data, &match, &err), 0);
	buf_release(&words);
	buf_release(&match);
}

static void
words_find_articles_and_what_happened_in_them(void **state)
{
	static const char table[] =
	    "2026-11-24  Geese over Accra\n"
	    "            [Geese] over Accra\n"
	    "            - Testers accused the tested on 2026-11-24\n\n";
	static const char json[] =
	    "{\"date\":\"2026-11-24\",\"headline\":\"Geese over Accra\","
	    "\"snippet\":\"[Geese] over Accra\","
	    "\"events\":[\"Testers accused the tested on "
	    "2026-11-24\"],\"uri\":\"u:1\"}\n";
	struct err err;

	(void)state;
	OK(ask_words(ask, "goose OR geese", 9, &err));
	assert_string_equal(rows(ANSWER_ARTICLES, "table"), table);
	OK(ask_words(ask, "geese", 9, &err));
	assert_string_equal(rows(ANSWER_ARTICLES, "json"), json);
	OK(ask_words(ask, "accusing swans", 9, &err));
	assert_string_equal(
	    rows(ANSWER_ARTICLES, "csv"),
	    "date,headline,snippet,events,uri\n"
	    "2026-11-24,\"Swans, \"\"mute\"\"\",\"[Swans], \"\"mute\"\"\","
	    "\"Testers accused the tested on 2026-11-24\n"
	    "Testers accused the tested on 2026-11-24\",u:2\n");
	OK(ask_words(ask, "accusing", 1, &err));
	assert_int_equal(ask_next(ask, &err), 1);
	assert_int_equal(ask_next(ask, &err), 0);
	OK(ask_words(ask, "geese -accra", 9, &err));
	assert_string_equal(rows(ANSWER_ARTICLES, "json"), "");
}

static void
what_counts_most_comes_first(void **state)
{
	struct err err;

	(void)state;
	/* Every body has the word, one headline has it too. */
	OK(ask_words(ask, "tested", 1, &err));
	assert_non_null(strstr(rows(ANSWER_ARTICLES, "json"), "Last to be tested"));
}

static void
sql_answers_as_written(void **state)
{
	static const char values[] =
	    "SELECT NULL AS n, -5 AS i, 0.1 AS r, 9e999 AS f, "
	    "'a,\"b\"' || char(10, 27) AS t, '' AS e, 1e300 AS x";

	(void)state;
	assert_string_equal(sql("SELECT headline, uri FROM articles ORDER BY uri DESC",
				"table"),
			    "headline           uri\nLast to be tested  u:3\n"
			    "Swans, \"mute\"      u:2\nGeese over Accra   u:1\n");
	assert_string_equal(
	    sql(values, "json"),
	    "{\"n\":null,\"i\":-5,\"r\":0.1,\"f\":null,"
	    "\"t\":\"a,\\\"b\\\"\\n\\u001b\",\"e\":\"\",\"x\":1.0e+300}\n");
	assert_string_equal(sql(values, "csv"),
			    "n,i,r,f,t,e,x\n"
			    ",-5,0.1,Inf,\"a,\"\"b\"\"\n\x1b\",\"\",1.0e+300\n");
	assert_string_equal(sql(values, "table"),
			    "n  i   r    f    t        e  x\n"
			    "   -5  0.1  Inf  a,\"b\"       1.0e+300\n");
	assert_string_equal(sql("WITH a(b) AS (VALUES(1),(2)) SELECT * FROM a; -- done",
				"csv"),
			    "b\n1\n2\n");
	assert_string_equal(sql("select count(*) as n from search('swans')", "json"),
			    "{\"n\":1}\n");
	assert_string_equal(sql("SELECT sum(events) AS n FROM actor_pairs", "json"),
			    "{\"n\":3}\n");
	assert_string_equal(sql("SELECT name FROM pragma_table_info('tombstones')"
				" LIMIT 1",
				"csv"),
			    "name\nuri\n");
}

static void
what_does_more_than_read_is_refused(void **state)
{
	static const char *const statements[] = {
		"DELETE FROM articles",
		"UPDATE articles SET headline = 'x'",
		"INSERT INTO words VALUES('A', 'b', 'c', 'd')",
		"REPLACE INTO words VALUES('A', 'b', 'c', 'd')",
		"WITH x(a) AS (SELECT 1) DELETE FROM articles",
		"INSERT INTO search(search) VALUES('rebuild')",
		"DROP TABLE articles",
		"CREATE TABLE x(y)",
		"CREATE TEMP TABLE x(y)",
		"ALTER TABLE articles RENAME TO x",
		"REINDEX",
		"ANALYZE",
		"BEGIN",
		"SAVEPOINT x",
		"COMMIT",
		"DETACH main",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA writable_schema = 1",
		"PRAGMA query_only = 0",
		"EXPLAIN DELETE FROM articles",
		"VACUUM",
		"SELECT load_extension('x')",
		"SELECT 1; DELETE FROM articles",
		"SELECT 1; SELECT 2",
	};
	struct err err;
	bool is_sql;

	(void)state;
	for (size_t i = 0; i < LENGTH(statements); i++) {
		if (!ask_sql(ask, statements[i], &is_sql, &err))
			fail_msg("'%s' was %s", statements[i],
				 is_sql ? "let through" : "words");
		assert_int_equal(err.class, ERR_USAGE);
	}
	assert_string_equal(sql("SELECT count(*) AS n FROM articles", "csv"), "n\n3\n");
}

/* ATTACH and VACUUM INTO only read this database, and make another. */
static void
no_file_is_made(void **state)
{
	char *other = must_printf("%s/other.db", directory);
	char *texts[] = { must_printf("ATTACH '%s' AS x", other),
			  must_printf("VACUUM INTO '%s'", other) };
	struct err err;
	bool is_sql;

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		assert_int_equal(ask_sql(ask, texts[i], &is_sql, &err), -1);
		assert_int_equal(err.class, ERR_USAGE);
		free(texts[i]);
	}
	assert_int_equal(access(other, F_OK), -1);
	free(other);
}

static void
words_that_begin_as_sql_are_words_where_they_can_be(void **state)
{
	static const char *const words[] = { "drop in prices", "update on the deal",
					     "delete", "geese", "replace minister" };
	struct err err;
	bool is_sql;

	(void)state;
	for (size_t i = 0; i < LENGTH(words); i++) {
		OK(ask_sql(ask, words[i], &is_sql, &err));
		if (is_sql)
			fail_msg("'%s' was SQL", words[i]);
	}
	assert_int_equal(ask_sql(ask, "select committee", &is_sql, &err), -1);
	assert_non_null(strstr(err.text, "no such column: committee"));
	assert_non_null(strstr(err.text, "--words"));
}

static void
an_answer_that_takes_too_long_is_stopped(void **state)
{
	static const char endless[] =
	    "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r)"
	    " SELECT sum(i) FROM r";
	struct ask *hasty;
	struct err err;
	bool is_sql;

	(void)state;
	OK(ask_open(&hasty, path, 50, &err) || ask_sql(hasty, endless, &is_sql, &err));
	assert_int_equal(ask_next(hasty, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_non_null(strstr(err.text, "--timeout"));
	/* What comes after it has its time again. */
	OK(ask_sql(hasty, "SELECT 1", &is_sql, &err));
	assert_int_equal(ask_next(hasty, &err), 1);
	ask_close(hasty);
}

static void
the_time_of_a_slow_reader_does_not_count(void **state)
{
	struct ask *hasty;
	struct err err;
	bool is_sql;

	(void)state;
	OK(ask_open(&hasty, path, 50, &err) ||
	   ask_sql(hasty, "SELECT uri FROM articles", &is_sql, &err));
	assert_int_equal(ask_next(hasty, &err), 1);
	usleep(120000);
	assert_int_equal(ask_next(hasty, &err), 1);
	ask_close(hasty);
}

static void
what_is_too_large_is_an_error(void **state)
{
	struct err err;
	bool is_sql;

	(void)state;
	OK(ask_sql(ask, "SELECT hex(zeroblob(60000000))", &is_sql, &err));
	assert_int_equal(ask_next(ask, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
}

/* A reader that stands in the middle of its answer keeps what it began with. */
static void
the_sink_writes_while_it_is_asked(void **state)
{
	struct err err;
	bool is_sql;

	(void)state;
	OK(ask_sql(ask, "SELECT uri FROM articles", &is_sql, &err));
	assert_int_equal(ask_next(ask, &err), 1);
	store(10, "u:4", "Written meanwhile", 1);
	assert_int_equal(ask_next(ask, &err), 1);
	assert_int_equal(ask_next(ask, &err), 1);
	assert_int_equal(ask_next(ask, &err), 0);
	OK(ask_words(ask, "meanwhile", 9, &err));
	assert_int_equal(ask_next(ask, &err), 1);
}

static void
the_terminal_obeys_no_article(void **state)
{
	const char *text;
	struct err err;

	(void)state;
	store(20, "u:5",
	      "Zebra \x1b]0;title\x07 \xc2\x9b"
	      "31m",
	      0);
	OK(ask_words(ask, "zebra", 9, &err));
	text = rows(ANSWER_ARTICLES, "table");
	assert_null(strchr(text, '\x1b'));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(
	    strchr(sql("SELECT headline FROM articles WHERE uri = 'u:5'", "table"),
		   '\x1b'));
}

static void
a_file_that_cannot_be_asked_says_what_to_do(void **state)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
		{ NULL, "there is no " },
		{ "CREATE TABLE recipes(x)", "is a database of another program" },
		{ "PRAGMA application_id = 1853322098; CREATE TABLE articles(x)",
		  "without full text: start its sink once" },
	};
	char *other = must_printf("%s/other.db", directory);

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct ask *a = NULL;
		struct err err;
		sqlite3 *db;

		if (cases[i].sql) {
			assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
			assert_int_equal(sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL),
					 SQLITE_OK);
			sqlite3_close(db);
		}
		assert_true(ask_open(&a, other, 1000, &err) ||
			    ask_words(a, "x", 1, &err));
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
		ask_close(a);
		unlink(other);
	}
	free(other);
}

static int
start(void **state)
{
	struct sink_start s = { .name = "a",
				.state = directory,
				.cluster = "c",
				.conf = settings,
				.arena = &arena };
	struct bus_position p = { "t", 0, 0 };
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/a.db", directory);
	assert_true(sizeof(settings) >= sink_sqlite_type.conf_size);
	OK(opt_set(opt_find(sink_sqlite_type.opts, "path"), settings, path, &err));
	arena_init(&arena, 64 << 20);
	OK(sink_open(&sink, &sink_sqlite_type, &s, &err) ||
	   sink_claim(sink, &p, 1, &err));
	store(1, "u:1", "Geese over Accra", 1);
	store(2, "u:2", "Swans, \"mute\"", 2);
	store(3, "u:3", "Last to be tested", 0);
	OK(ask_open(&ask, path, 30000, &err));
	return 0;
}

static int
stop(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	(void)state;
	ask_close(ask);
	sink_close(sink);
	arena_release(&arena);
	for (size_t i = 0; i < LENGTH(ends); i++) {
		char *name = must_printf("%s%s", path, ends[i]);

		unlink(name);
		free(name);
	}
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_an_expression),
		cmocka_unit_test(there_is_an_end_to_words),
		cmocka_unit_test(words_find_articles_and_what_happened_in_them),
		cmocka_unit_test(what_counts_most_comes_first),
		cmocka_unit_test(sql_answers_as_written),
		cmocka_unit_test(what_does_more_than_read_is_refused),
		cmocka_unit_test(no_file_is_made),
		cmocka_unit_test(words_that_begin_as_sql_are_words_where_they_can_be),
		cmocka_unit_test(an_answer_that_takes_too_long_is_stopped),
		cmocka_unit_test(the_time_of_a_slow_reader_does_not_count),
		cmocka_unit_test(what_is_too_large_is_an_error),
		cmocka_unit_test(the_sink_writes_while_it_is_asked),
		cmocka_unit_test(the_terminal_obeys_no_article),
		cmocka_unit_test(a_file_that_cannot_be_asked_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
