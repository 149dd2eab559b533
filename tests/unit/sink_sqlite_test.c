/* One file that holds the newest of everything, and remembers what was withdrawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "sink/sqlite_schema.h"
#include "sink/summary.h"
#include "tests/lib/sink_contract.h"

extern const struct sink_type sink_sqlite_type;

static char directory[] = "/tmp/newswire-sqlite-test.XXXXXX";
static char path[sizeof(directory) + 8];
static const char *settings[4]; /* the type's one row is a string */

static void
wipe(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < LENGTH(ends); i++) {
		char name[sizeof(path) + 16];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		remove(name);
	}
}

static sqlite3 *
open_file(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	return db;
}

/* All rows of a query, cells parted by '|', rows by newlines. */
static const char *
ask(const char *sql)
{
	static char text[8192];
	sqlite3 *db = open_file();
	sqlite3_stmt *st;
	size_t n = 0;

	text[0] = '\0';
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const unsigned char *cell = sqlite3_column_text(st, i);

			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      cell ? (const char *)cell : "null",
					      i + 1 < sqlite3_column_count(st) ? "|"
									       : "\n");
			assert_true(n < sizeof(text));
		}
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	sqlite3_close(db);
	return text;
}

static void
look_at(sqlite3 *db, const char *sql, bool tombstones, struct buf *out)
{
	sqlite3_stmt *st;
	int said = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (said)
		return; /* killed before there were tables */
	while ((said = sqlite3_step(st)) == SQLITE_ROW) {
		const char *uri = (const char *)sqlite3_column_text(st, 0);
		const char *version = (const char *)sqlite3_column_text(st, 1);

		if (tombstones)
			sink_line_tombstone(out, uri, version);
		else
			sink_line_article(out, uri, version,
					  (const char *)sqlite3_column_text(st, 2),
					  sqlite3_column_int(st, 3),
					  sqlite3_column_int(st, 4));
	}
	assert_int_equal(said, SQLITE_DONE);
	sqlite3_finalize(st);
}

/* The full text says the same as the articles; it is killed with them. */
static void
check_search(sqlite3 *db)
{
	static const char sql[] =
	    "INSERT INTO search(search, rank) VALUES('integrity-check', 1)";
	bool there = !sqlite3_table_column_metadata(db, NULL, "search", NULL, NULL, NULL,
						    NULL, NULL, NULL);

	if (there && sqlite3_exec(db, sql, NULL, NULL, NULL))
		fail_msg("full text: %s", sqlite3_errmsg(db));
}

static void
look(struct buf *out)
{
	sqlite3 *db = open_file();

	check_search(db);

	look_at(db,
		"SELECT uri, version, headline, (SELECT count(*) FROM events WHERE "
		"article = a.id),"
		" (SELECT count(*) FROM actors WHERE article = a.id) FROM articles a",
		false, out);
	look_at(db, "SELECT uri, version FROM tombstones", true, out);
	sqlite3_close(db);
}

/* ---- a sink of one partition ---- */

static struct arena arena;

static struct sink *
open_sink(const char *cluster, struct err *err)
{
	struct sink_start start = { .name = "a",
				    .state = directory,
				    .cluster = cluster,
				    .conf = settings,
				    .arena = &arena };
	struct sink *s = NULL;

	if (sink_open(&s, &sink_sqlite_type, &start, err))
		return NULL;
	return s;
}

static int64_t
claim(struct sink *s)
{
	struct bus_position p = { "t", 0, 1000000 };
	struct err err;

	if (sink_claim(s, &p, 1, &err))
		fail_msg("%s", err.text);
	return p.offset;
}

static int
write_value(struct sink *s, int64_t offset, const char *value, bool replayed,
	    struct err *err)
{
	static const struct bus_header mark[] = { { "nw-replay", "r", 1 } };
	struct bus_record r = { "t",  0,       offset, 0,
				"k",  1,       value,  value ? strlen(value) : 0,
				mark, replayed };

	arena_reset(&arena);
	return sink_write(s, &r, err);
}

static void
flush(struct sink *s, int64_t next)
{
	struct bus_position p = { "t", 0, next };
	struct err err;

	if (sink_flush(s, &p, 1, &err))
		fail_msg("%s", err.text);
}

static void
store(struct sink *s, int64_t offset, const struct sink_article *a, bool replayed)
{
	struct buf value;
	struct err err;

	buf_init(&value, 1 << 20);
	sink_article_print(a, &value);
	if (write_value(s, offset, value.data, replayed, &err))
		fail_msg("%s", err.text);
	flush(s, offset + 1);
	buf_release(&value);
}

#define EARLY "2026-11-24T08:00:00Z"
#define LATE  "2026-11-24T09:00:00Z"

static void
the_newer_record_stays_whatever_comes_first(void **state)
{
	static const struct {
		const char *why;
		struct sink_article older, newer;
		bool equal; /* then the later wins, and a replayed one never */
	} cases[] = {
		{ "version as a number",
		  { "u", "9", LATE, "old", 1 },
		  { "u", "10", EARLY, "new", 2 },
		  false },
		{ "absent version is 1",
		  { "u", NULL, LATE, "old", 1 },
		  { "u", "2", EARLY, "new", 2 },
		  false },
		{ "versioncreated",
		  { "u", "1", EARLY, "old", 1 },
		  { "u", "1", LATE, "new", 2 },
		  false },
		{ "epoch",
		  { "u", "1", EARLY, "old", 1, 1 },
		  { "u", "1", EARLY, "new", 2, 2 },
		  false },
		{ "the later place",
		  { "u", "1", EARLY, "old", 1, 1 },
		  { "u", "1", EARLY, "new", 2, 1 },
		  true },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		for (int order = 0; order < 2; order++) {
			const struct sink_article *first =
			    order ? &cases[i].newer : &cases[i].older;
			const struct sink_article *second =
			    order ? &cases[i].older : &cases[i].newer;
			struct sink *s;

			wipe();
			s = open_sink("c", &err);
			claim(s);
			store(s, 1, first, false);
			store(s, 2, second, order && cases[i].equal);
			sink_close(s);
			if (strcmp(ask("SELECT headline, count(*) FROM articles, events"),
				   "new|2\n"))
				fail_msg("%s, order %d: %s", cases[i].why, order,
					 ask("SELECT headline, count(*) FROM articles, "
					     "events"));
		}
	}
}

static void
what_was_withdrawn_is_not_raised_by_an_older_record(void **state)
{
	static const struct sink_article one = { "u", "1", EARLY, "one", 2 };
	static const struct sink_article gone = { "u", "2", LATE, NULL, 0, 0, true };
	static const struct sink_article again = { "u", "3", LATE, "again", 1 };
	static const char all[] =
	    "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM events),"
	    " (SELECT count(*) FROM actors), (SELECT group_concat(version) FROM "
	    "tombstones)";
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	store(s, 1, &one, false);
	assert_string_equal(ask(all), "1|2|4|null\n");
	store(s, 2, &gone, false);
	assert_string_equal(ask(all), "0|0|0|2\n");
	store(s, 3, &one, false);
	assert_string_equal(ask(all), "0|0|0|2\n");
	store(s, 4, &again, false);
	assert_string_equal(ask(all), "1|1|2|null\n");
	store(s, 5, &gone, false);
	assert_string_equal(ask(all), "1|1|2|null\n");
	sink_close(s);
}

static void
a_withdrawal_may_come_before_what_it_withdraws(void **state)
{
	static const struct sink_article gone = { "u", "2", LATE, NULL, 0, 0, true };
	static const struct sink_article one = { "u", "1", EARLY, "one", 2 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	store(s, 1, &gone, false);
	store(s, 2, &one, false);
	sink_close(s);
	assert_string_equal(ask("SELECT count(*) FROM articles"), "0\n");
	assert_string_equal(ask("SELECT uri, version, pubstatus FROM tombstones"),
			    "u|2|canceled\n");
}

static void
a_bad_record_is_rejected_and_the_next_goes_through(void **state)
{
	static const char *const bad[] = {
		NULL,   "",
		"{",    "[]",
		"{}",   "{\"article\":7}",
		"null", "{\"article\":{\"headline\":\"no uri\"}}",
		"\xff"
	};
	static const struct sink_article good = { "u", "1", EARLY, "good", 1 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_int_equal(write_value(s, (int64_t)i, bad[i], false, &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
	store(s, 50, &good, false);
	sink_close(s);
	assert_string_equal(ask("SELECT headline FROM articles"), "good\n");
}

static void
a_stored_record_is_still_told_to_be_bad(void **state)
{
	static const struct sink_article good = { "u", "1", EARLY, "good", 1 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	assert_int_equal(claim(s), BUS_FIRST);
	store(s, 50, &good, false);
	sink_close(s);
	s = open_sink("c", &err);
	assert_int_equal(claim(s), 51);
	/* Read again from the group's position: its dead letter was not committed. */
	assert_int_equal(write_value(s, 7, "{", false, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	sink_close(s);
}

static void
positions_of_another_log_mean_nothing_here(void **state)
{
	static const struct sink_article good = { "u", "1", EARLY, "good", 1 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	store(s, 50, &good, false);
	sink_close(s);
	s = open_sink("d", &err);
	assert_int_equal(claim(s), BUS_FIRST);
	sink_close(s);
	assert_string_equal(
	    ask("SELECT cluster, offset, epoch FROM positions ORDER BY 1"),
	    "c|51|1\nd|-2|1\n");
}

static void
a_file_that_is_not_ours_is_refused(void **state)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
		{ "CREATE TABLE recipes(x)", "is a database of another program" },
		{ "PRAGMA application_id = 1853322098; CREATE TABLE t(x); PRAGMA "
		  "user_version = 99",
		  "was written by a newer newswire (schema 99" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		sqlite3 *db;

		wipe();
		db = open_file();
		assert_int_equal(sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL),
				 SQLITE_OK);
		sqlite3_close(db);
		assert_null(open_sink("c", &err));
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
	}
}

/* As the first newswire made it, with a view that is no more and no full text. */
static void
make_old_file(void)
{
	sqlite3 *db = open_file();
	char pragmas[96];

	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA application_id = %d; PRAGMA user_version = 1", SQLITE_APPLICATION);
	assert_int_equal(sqlite3_exec(db, sqlite_steps[0], NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db,
			 "CREATE TABLE words(type); CREATE VIEW who_did_what AS SELECT 1;"
			 "INSERT INTO articles(id, uri, headline, body, epoch, versioncreated)"
			 " VALUES(7, 'u', 'Old news', 'of a kept promise', 1,"
			 "        '2026-11-19T08:00:00Z');"
			 "INSERT INTO events(article, number, type, date)"
			 " VALUES(7, 0, 'AID', NULL), (7, 1, 'AID', '2026-11-18');"
			 "INSERT INTO actors(article, event, role, number, name)"
			 " VALUES(7, 0, 'actor', 0, 'A'), (7, 0, 'recipient', 0, 'B'),"
			 "       (7, 1, 'actor', 0, 'A'), (7, 1, 'recipient', 0, 'B')",
			 NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, pragmas, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
an_older_file_gets_what_is_new_and_keeps_what_it_has(void **state)
{
	static const struct sink_article next = { "u", "2", LATE, "new", 1 };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	make_old_file();
	s = open_sink("c", &err);
	assert_non_null(s);
	assert_string_equal(ask("SELECT rowid FROM search('promises')"), "7\n");
	assert_string_equal(ask("SELECT count(*) FROM who_did_what"), "2\n");
	assert_string_equal(ask("SELECT day, actor, recipient FROM actor_pairs"),
			    "2026-11-18|A|B\n2026-11-19|A|B\n");
	claim(s);
	store(s, 1, &next, false);
	sink_close(s);
	assert_string_equal(ask("SELECT rowid FROM search('promises')"), "");
	assert_string_equal(ask("SELECT sentence FROM who_did_what"),
			    "Testers accused the tested on 2026-11-24\n");
}

static void
words_are_found_in_the_newest_text_only(void **state)
{
	static const struct sink_article one = { "u", "1", EARLY, "Geese over Accra", 1 };
	static const struct sink_article two = { "u", "2", LATE, "Swans over Lima", 1 };
	static const struct sink_article other = { "v", "1", EARLY, "Swan song", 1 };
	static const struct sink_article gone = { "u", "3", LATE, NULL, 0, 0, true };
	static const char swans[] =
	    "SELECT headline FROM search('swans OR geese') ORDER BY 1";
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	store(s, 1, &one, false);
	store(s, 2, &other, false);
	assert_string_equal(ask(swans), "Geese over Accra\nSwan song\n");
	store(s, 3, &two, false);
	assert_string_equal(ask(swans), "Swan song\nSwans over Lima\n");
	store(s, 4, &gone, false);
	assert_string_equal(ask(swans), "Swan song\n");
	assert_string_equal(ask("SELECT headline FROM search('accused')"), "Swan song\n");
	sink_close(s);
}

static void
a_pair_of_actors_is_one_line_a_day(void **state)
{
	static const struct sink_article articles[] = { { "u", "1", EARLY, "one", 2 },
							{ "v", "1", EARLY, "two", 1 } };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	store(s, 1, &articles[0], false);
	store(s, 2, &articles[1], false);
	sink_close(s);
	assert_string_equal(
	    ask("SELECT day, actor, actor_country, recipient, events, articles, types"
		" FROM actor_pairs"),
	    "2026-11-24|Testers|GBR|the tested|3|2|ACCUSE\n");
}

/* Of a store of millions of events a day is read, not all. */
static void
the_pairs_of_a_day_are_looked_up(void **state)
{
	static const char *const wheres[] = { "day = '2026-11-24'",
					      "day >= '2026-11-24' AND day < '2026-12-01'",
					      "day = '2026-11-24' AND actor = 'Testers'" };
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	sink_close(s);
	for (size_t i = 0; i < LENGTH(wheres); i++) {
		char sql[256];
		const char *plan;

		snprintf(sql, sizeof(sql),
			 "EXPLAIN QUERY PLAN SELECT * FROM actor_pairs WHERE %s",
			 wheres[i]);
		plan = ask(sql);
		if (!strstr(plan, "SEARCH e USING INDEX events_day") ||
		    strstr(plan, "SCAN e"))
			fail_msg("%s: %s", wheres[i], plan);
	}
}

static void
a_story_has_each_event_once(void **state)
{
	static const struct sink_article articles[] = { { "u", "1", LATE, "one", 2 },
							{ "v", "1", EARLY, "two", 1 },
							{ "w", "1", EARLY, "three", 1 } };
	static const char sql[] =
	    "SELECT story, headline, sentence, articles, first_reported"
	    " FROM story_timelines";
	struct sink *s;
	struct err err;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	for (int i = 0; i < 3; i++)
		store(s, i, &articles[i], false);
	sink_close(s);
	assert_string_equal(ask(sql), "");
	ask("UPDATE articles SET story = 's', story_headline = headline WHERE uri <> 'w'");
	assert_string_equal(
	    ask(sql), "s|one|Testers accused the tested on 2026-11-24|2|" EARLY "\n");
}

static void
a_file_of_noise_is_an_error_not_a_loss(void **state)
{
	static const char noise[8192] = "this was never a database";
	struct err err;
	FILE *f;

	(void)state;
	wipe();
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(noise, sizeof(noise), 1, f), 1);
	fclose(f);
	assert_null(open_sink("c", &err));
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.text, "not a database"));
}

static void
the_view_reads_as_a_sentence_and_the_summary_fits(void **state)
{
	static const struct sink_article one = {
		"u", "1", EARLY,
		"\xe6\x9c\x9d\xe9\xae\xae and a headline that is longer than any "
		"terminal line of "
		"eighty columns could hold",
		1
	};
	struct sink *s;
	struct err err;
	char *text;
	size_t size;
	FILE *f;

	(void)state;
	wipe();
	s = open_sink("c", &err);
	claim(s);
	store(s, 1, &one, false);
	sink_close(s);
	assert_string_equal(ask("SELECT sentence FROM who_did_what"),
			    "Testers accused the tested on 2026-11-24\n");
	assert_non_null(f = open_memstream(&text, &size));
	assert_int_equal(summary_print(path, f, 70, &err), 0);
	fclose(f);
	assert_string_equal(
	    text, "date        who      did what  to whom     where  says who  article\n"
		  "2026-11-24  Testers  accused   the tested                   "
		  "\xe6\x9c\x9d\xe9\xae\xae and "
		  "\xe2\x80\xa6\n\n"
		  "1 articles, 1 events, 2 actors, 0 times, 0 quotes, 0 entities, 0 "
		  "tombstones\n");
	free(text);
}

/* The articles of a run come from several partitions, in any order. */
static void
the_summary_is_the_same_whichever_article_came_first(void **state)
{
	static const struct sink_article articles[] = {
		{ "u", "1", EARLY, "first", 1 }, { "v", "1", EARLY, "second", 1 }
	};
	char *text[2];
	size_t size;
	struct err err;

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct sink *s;
		FILE *f;

		wipe();
		s = open_sink("c", &err);
		claim(s);
		store(s, 1, &articles[turn], false);
		store(s, 2, &articles[!turn], false);
		sink_close(s);
		assert_non_null(f = open_memstream(&text[turn], &size));
		assert_int_equal(summary_print(path, f, 70, &err), 0);
		fclose(f);
	}
	assert_string_equal(text[0], text[1]);
	assert_non_null(strstr(text[0], "second"));
	free(text[0]);
	free(text[1]);
}

static int
start(void **state)
{
	static const struct sink_subject subject = { .type = &sink_sqlite_type,
						     .conf = settings,
						     .wipe = wipe,
						     .look = look,
						     .full_at = 300000 };
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/a.db", directory);
	assert_true(sizeof(settings) >= sink_sqlite_type.conf_size);
	assert_int_equal(opt_set(opt_find(sink_sqlite_type.opts, "path"), settings, path,
				 &err),
			 0);
	arena_init(&arena, 64 << 20);
	sink_subject = &subject;
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	wipe();
	arena_release(&arena);
	return rmdir(directory);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SINK_STATE_CONTRACT,
		cmocka_unit_test(a_former_owner_stores_nothing),
		cmocka_unit_test(
		    what_is_stored_of_a_log_goes_on_where_that_was_carried_to),
		cmocka_unit_test(a_full_disk_is_tried_again_and_nothing_is_half_stored),
		cmocka_unit_test(the_newer_record_stays_whatever_comes_first),
		cmocka_unit_test(what_was_withdrawn_is_not_raised_by_an_older_record),
		cmocka_unit_test(a_withdrawal_may_come_before_what_it_withdraws),
		cmocka_unit_test(a_bad_record_is_rejected_and_the_next_goes_through),
		cmocka_unit_test(a_stored_record_is_still_told_to_be_bad),
		cmocka_unit_test(positions_of_another_log_mean_nothing_here),
		cmocka_unit_test(a_file_that_is_not_ours_is_refused),
		cmocka_unit_test(an_older_file_gets_what_is_new_and_keeps_what_it_has),
		cmocka_unit_test(words_are_found_in_the_newest_text_only),
		cmocka_unit_test(a_pair_of_actors_is_one_line_a_day),
		cmocka_unit_test(the_pairs_of_a_day_are_looked_up),
		cmocka_unit_test(a_story_has_each_event_once),
		cmocka_unit_test(a_file_of_noise_is_an_error_not_a_loss),
		cmocka_unit_test(the_view_reads_as_a_sentence_and_the_summary_fits),
		cmocka_unit_test(the_summary_is_the_same_whichever_article_came_first),
	};

	sink_contract_arguments(argc, argv);
	return cmocka_run_group_tests(tests, start, stop);
}
