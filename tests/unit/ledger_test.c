/* The rows of the ledger's topic and the cache of a spool, on an embedded log of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "spool/ledger.h"

#define SUM_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SUM_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char dir[] = "/tmp/ledger_test_XXXXXX";
static struct bus *bus;
static struct bus_member *member;
static struct ledger *ledger;
static struct err err;

#define OK(call)                                             \
	do {                                                 \
		if (call)                                    \
			fail_msg("%s: %s", #call, err.text); \
	} while (0)

static void
say_nothing(void *arg, const char *topic, const char *text)
{
	(void)arg, (void)topic, (void)text;
}

static void
open_bus(void)
{
	struct bus_conf conf = { .log = "log.db", .cluster = "news" };
	struct bus_topic topic = { .name = "news.ledger",
				   .partitions = 3,
				   .retention_ms = -1,
				   .compacted = true };
	const char *const sends[] = { "news.ledger" };
	struct bus_role role = { .id = "news.test", .sends = sends, .send_count = 1 };

	OK(bus_open(&bus, &conf, &err));
	OK(bus_topics(bus, &topic, 1, false, say_nothing, NULL, &err));
	OK(bus_join(bus, &role, &member, &err));
}

static void
close_bus(void)
{
	bus_leave(member);
	bus_close(bus);
	member = NULL;
	bus = NULL;
}

static void
open_ledger(void)
{
	struct ledger_conf conf = { .state = dir, .prefix = "news", .spool = "wires" };

	OK(ledger_open(&ledger, &conf, &err));
	OK(ledger_sync(ledger, bus, true, &err));
}

static void
close_ledger(void)
{
	ledger_close(ledger);
	ledger = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	open_bus();
	return 0;
}

static int
delete_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	close_ledger();
	close_bus();
	return nftw(dir, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
send_raw(char kind, const char *spool, const char *rest, const char *value)
{
	struct bus_record r = { .topic = "news.ledger",
				.partition = -1,
				.value = value,
				.value_size = value ? strlen(value) : 0 };
	struct buf key;

	buf_init(&key, 1000);
	ledger_key_print(&key, kind, spool, rest, rest ? strlen(rest) : 0);
	r.key = key.data;
	r.key_size = key.size;
	OK(bus_begin(member, &err));
	OK(bus_send(member, &r, &err));
	OK(bus_commit(member, NULL, 0, &err));
	buf_release(&key);
}

static void
send_file(const char *path, const struct ledger_file *f)
{
	struct buf value;

	buf_init(&value, 10000);
	ledger_file_print(f, &value);
	send_raw('f', "wires", path, value.data);
	buf_release(&value);
}

static const struct ledger_file published = { .state = LEDGER_PUBLISHED,
					      .uri = "ni:///a",
					      .version = 1,
					      .sha256 = SUM_A,
					      .size = 10,
					      .time_ms = 1700000000000 };
static const struct file_stat some_stat = { 11, 22, 33, 44 };

static struct ledger_row
find(const char *path)
{
	struct ledger_row row = { 0 };

	assert_int_equal(ledger_find(ledger, path, strlen(path), &row, &err), 1);
	return row;
}

static bool
is_known(const char *path, const struct file_stat *st)
{
	return ledger_is_known(ledger, path, strlen(path), st);
}

static void
put(const char *path, const struct ledger_file *f, bool racy)
{
	OK(ledger_put(ledger, path, strlen(path), f, &some_stat, racy, &err));
}

/* ---- rows ---- */

static void
keys_come_back_as_they_went(void **state)
{
	static const struct {
		char kind;
		const char *spool, *rest;
		size_t n;
	} cases[] = {
		{ 'f', "wires", "a/b.txt", 7 }, { 'f', "w", "\xff\n.txt", 6 },
		{ 'h', "wires", SUM_A, 64 },    { 'r', "wires", "x", 1 },
		{ 's', "wires", NULL, 0 },
	};
	static const char *const bad[] = { "",         "f",           "fx",
					   "f\0wires", "x\0wires\0p", "s\0w\0p" };
	static const size_t sizes[] = { 0, 1, 2, 7, 9, 5 };
	struct ledger_key key;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct buf b;

		buf_init(&b, 1000);
		ledger_key_print(&b, cases[i].kind, cases[i].spool, cases[i].rest,
				 cases[i].n);
		assert_true(ledger_key_parse(&key, b.data, b.size));
		assert_int_equal(key.kind, cases[i].kind);
		assert_int_equal(key.spool_size, strlen(cases[i].spool));
		assert_int_equal(key.size, cases[i].n);
		if (cases[i].n)
			assert_memory_equal(key.rest, cases[i].rest, cases[i].n);
		buf_release(&b);
	}
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_false(ledger_key_parse(&key, bad[i], sizes[i]));
}

static void
values_come_back_as_they_went(void **state)
{
	static const struct ledger_file cases[] = {
		{ .state = LEDGER_PUBLISHED,
		  .uri = "ni:///x",
		  .version = 12,
		  .sha256 = SUM_A,
		  .size = 5,
		  .time_ms = 1700000000000 },
		{ .state = LEDGER_REJECTED,
		  .size = INT64_C(1) << 40,
		  .time_ms = 1000,
		  .reason = "a \"quoted\" reason\n" },
		{ .state = LEDGER_SKIPPED, .sha256 = SUM_B, .time_ms = 0 },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 10000);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct ledger_file *in = &cases[i];
		struct ledger_file out;
		struct buf b, again;

		buf_init(&b, 1000);
		buf_init(&again, 1000);
		ledger_file_print(in, &b);
		OK(ledger_file_parse(&out, b.data, b.size, &a, &err));
		ledger_file_print(&out, &again);
		assert_string_equal(again.data, b.data);
		assert_int_equal(out.state, in->state);
		assert_true(out.size == in->size && out.version == in->version);
		buf_release(&b);
		buf_release(&again);
	}
	arena_release(&a);
}

static void
a_wrong_value_is_refused_with_a_reason(void **state)
{
	static const char *const cases[] = {
		"", "{", "[]", "null", "{}", "{\"state\":\"odd\"}", "{\"state\":7}"
	};
	struct ledger_file f;
	struct arena a;

	(void)state;
	arena_init(&a, 1000);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(ledger_file_parse(&f, cases[i], strlen(cases[i]), &a,
						   &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
		assert_non_null(strstr(err.text, "no value of the ledger"));
	}
	arena_release(&a);
}

/* ---- from the topic ---- */

static void
rows_of_the_topic_are_in_the_cache(void **state)
{
	struct ledger_row row;
	struct ledger_start start;

	(void)state;
	send_file("a.txt", &published);
	send_raw('h', "wires", SUM_A, "{\"uri\":\"ni:///a\"}");
	send_raw('s', "wires", NULL, "{\"since_ms\":123,\"opened\":true}");
	send_raw('f', "others", "b.txt", "{\"state\":\"skipped\",\"size\":1}");
	open_ledger();
	row = find("a.txt");
	assert_int_equal(row.file.state, LEDGER_PUBLISHED);
	assert_string_equal(row.file.uri, "ni:///a");
	assert_string_equal(row.file.sha256, SUM_A);
	assert_true(row.file.time_ms == published.time_ms);
	assert_false(row.has_stat);
	assert_int_equal(ledger_owner(ledger, SUM_A, &err), 1);
	assert_int_equal(ledger_owner(ledger, SUM_B, &err), 0);
	assert_true(ledger_start(ledger, &start));
	assert_true(start.since_ms == 123 && start.opened);
	assert_int_equal(ledger_find(ledger, "b.txt", 5, &row, &err), 0);
	assert_false(is_known("a.txt", &some_stat));
}

static void
a_crash_between_the_two_commits_is_made_good(void **state)
{
	struct ledger_file second = published;

	(void)state;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("a.txt", &published, false);
	OK(ledger_commit(ledger, &err));
	send_file("a.txt", &published);
	second.version = 2;
	second.sha256 = SUM_B;
	send_file("a.txt", &second); /* and the cache never heard of it */
	close_ledger();
	open_ledger();
	assert_true(find("a.txt").file.version == 2);
	assert_false(
	    is_known("a.txt", &some_stat)); /* the sum differs: it is looked at */
}

static void
the_same_sum_from_the_topic_keeps_what_the_kernel_said(void **state)
{
	(void)state;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("a.txt", &published, false);
	OK(ledger_commit(ledger, &err));
	send_file("a.txt", &published);
	close_ledger();
	open_ledger();
	assert_true(is_known("a.txt", &some_stat));
}

static void
a_row_that_is_read_late_takes_no_version_back(void **state)
{
	struct ledger_file second = published;

	(void)state;
	open_ledger();
	second.version = 2;
	OK(ledger_begin(ledger, &err));
	put("a.txt", &second, false);
	OK(ledger_commit(ledger, &err));
	send_file("a.txt", &published);
	OK(ledger_sync(ledger, bus, true, &err));
	assert_true(find("a.txt").file.version == 2);
}

static void
our_own_rows_are_not_read_back_but_what_others_ask_is(void **state)
{
	struct ledger_request request;
	struct ledger_row row;

	(void)state;
	open_ledger();
	send_file("a.txt", &published);
	send_raw('r', "wires", "b.txt", "{}");
	send_raw('r', "wires", "c.txt", "{\"attempt\":2,\"history\":\"[{},{}]\"}");
	send_raw('r', "wires", "d.txt", "garbled");
	OK(ledger_sync(ledger, bus, false, &err));
	assert_int_equal(ledger_find(ledger, "a.txt", 5, &row, &err), 0);
	assert_true(ledger_is_asked(ledger, "b.txt", 5, &request));
	assert_int_equal(request.attempt, 0);
	assert_null(request.history);
	assert_false(ledger_is_asked(ledger, "a.txt", 5, &request));
	assert_true(ledger_is_asked(ledger, "c.txt", 5, &request));
	assert_int_equal(request.attempt, 2);
	assert_string_equal(request.history, "[{},{}]");
	assert_true(ledger_is_asked(ledger, "d.txt", 5, &request));
	assert_null(request.history);
	send_raw('r', "wires", "b.txt", NULL);
	OK(ledger_sync(ledger, bus, false, &err));
	assert_false(ledger_is_asked(ledger, "b.txt", 5, &request));
}

static void
a_garbled_row_stops_nothing(void **state)
{
	(void)state;
	send_raw('f', "wires", "a.txt", "{\"state\":");
	send_raw('h', "wires", SUM_A, "[]");
	send_raw('h', "wires", "too long to be a sum " SUM_A SUM_A, "{\"uri\":\"x\"}");
	send_file("b.txt", &published);
	open_ledger();
	assert_int_equal(find("b.txt").file.state, LEDGER_PUBLISHED);
}

static void
a_cache_of_another_log_is_made_again(void **state)
{
	struct ledger_row row;

	(void)state;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("old.txt", &published, false);
	OK(ledger_commit(ledger, &err));
	close_ledger();
	close_bus();
	assert_int_equal(unlink("log.db"), 0);
	unlink("log.db-wal");
	unlink("log.db-shm");
	open_bus();
	send_file("new.txt", &published);
	open_ledger();
	assert_int_equal(ledger_find(ledger, "old.txt", 7, &row, &err), 0);
	assert_int_equal(find("new.txt").file.state, LEDGER_PUBLISHED);
}

static void
overwrite(const char *path, long from, const char *with)
{
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	fseek(f, from, SEEK_SET);
	for (int i = 0; i < 200; i++)
		fputs(with, f);
	fclose(f);
}

static void
a_damaged_cache_is_made_again(void **state)
{
	static const struct {
		long from;
		const char *with;
	} cases[] = { { 0, "no database" }, { 16, "\xff\xff\xff" }, { 100, "garbage" } };

	(void)state;
	send_file("a.txt", &published);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		open_ledger();
		close_ledger();
		overwrite("ledger.news.wires.db", cases[i].from, cases[i].with);
		open_ledger();
		assert_string_equal(find("a.txt").file.uri, "ni:///a");
		close_ledger();
	}
}

/* ---- the cache ---- */

static void
known_is_what_has_not_changed_since_it_was_read(void **state)
{
	struct file_stat other[4] = { some_stat, some_stat, some_stat, some_stat };

	(void)state;
	other[0].inode++;
	other[1].size++;
	other[2].mtime_ns++;
	other[3].ctime_ns++;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("a.txt", &published, false);
	put("racy.txt", &published, true);
	OK(ledger_put_now(ledger, "held.gz", 7, LEDGER_HELD, "cut", &some_stat, &err));
	OK(ledger_put_now(ledger, "no.txt", 6, LEDGER_UNREADABLE, "no", &some_stat,
			  &err));
	OK(ledger_commit(ledger, &err));
	assert_true(is_known("a.txt", &some_stat));
	for (size_t i = 0; i < LENGTH(other); i++)
		assert_false(is_known("a.txt", &other[i]));
	assert_false(is_known("racy.txt", &some_stat));
	assert_false(is_known("held.gz", &some_stat));
	assert_true(is_known("no.txt", &some_stat));
	assert_false(is_known("never.txt", &some_stat));
	OK(ledger_begin(ledger, &err));
	OK(ledger_touch(ledger, "racy.txt", 8, &other[3], false, &err));
	OK(ledger_commit(ledger, &err));
	assert_true(is_known("racy.txt", &other[3]));
}

static void
for_now_leaves_the_last_word_as_it_is(void **state)
{
	struct ledger_row row;
	int64_t since;

	(void)state;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("a.gz", &published, false);
	OK(ledger_put_now(ledger, "a.gz", 4, LEDGER_HELD, "cut", &some_stat, &err));
	row = find("a.gz");
	since = row.since_ms;
	assert_int_equal(row.now, LEDGER_HELD);
	assert_string_equal(row.now_reason, "cut");
	assert_int_equal(row.file.state, LEDGER_PUBLISHED);
	assert_string_equal(row.file.sha256, SUM_A);
	OK(ledger_put_now(ledger, "a.gz", 4, LEDGER_HELD, "cut", &some_stat, &err));
	assert_true(find("a.gz").since_ms == since); /* held since the first time */
	put("a.gz", &published, false);
	assert_int_equal(find("a.gz").now, LEDGER_PUBLISHED);
	OK(ledger_commit(ledger, &err));
}

static void
what_was_rolled_back_was_never_said(void **state)
{
	struct ledger_row row;

	(void)state;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("a.txt", &published, false);
	OK(ledger_put_owner(ledger, SUM_A, &err));
	assert_int_equal(ledger_owner(ledger, SUM_A, &err), 1);
	ledger_rollback(ledger);
	assert_int_equal(ledger_find(ledger, "a.txt", 5, &row, &err), 0);
	assert_int_equal(ledger_owner(ledger, SUM_A, &err), 0);
}

static int
collect(void *arg, const char *path, size_t n, const struct ledger_row *row)
{
	(void)row;
	buf_add(arg, path, n);
	buf_addc(arg, '|');
	return 0;
}

static void
all_files_come_in_the_order_of_their_paths(void **state)
{
	struct buf all;

	(void)state;
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("b.txt", &published, false);
	put("\xff\n.txt", &published, false);
	put("a.txt", &published, false);
	OK(ledger_commit(ledger, &err));
	buf_init(&all, 1000);
	OK(ledger_each(ledger, collect, &all, &err));
	assert_string_equal(all.data, "a.txt|b.txt|\xff\n.txt|");
	buf_release(&all);
}

static void
a_second_watcher_is_told_who_holds_the_spool(void **state)
{
	struct ledger_conf conf = { .state = dir, .prefix = "news", .spool = "wires" };
	struct ledger *second;
	char pid[32];

	(void)state;
	open_ledger();
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_int_equal(ledger_open(&second, &conf, &err), -1);
	assert_int_equal(err.class, ERR_USAGE);
	assert_non_null(strstr(err.text, pid));
	conf.spool = "others";
	OK(ledger_open(&second, &conf, &err));
	ledger_close(second);
}

static void
who_only_asks_needs_no_lock(void **state)
{
	struct ledger_conf conf = {
		.state = dir, .prefix = "news", .spool = "wires", .look = true
	};
	struct ledger *look;
	struct ledger_row row;

	(void)state;
	assert_int_equal(ledger_open(&look, &conf, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	open_ledger();
	OK(ledger_begin(ledger, &err));
	put("a.txt", &published, false);
	OK(ledger_commit(ledger, &err));
	OK(ledger_open(&look, &conf, &err));
	assert_int_equal(ledger_find(look, "a.txt", 5, &row, &err), 1);
	assert_string_equal(row.file.uri, "ni:///a");
	ledger_close(look);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_back_as_they_went),
		cmocka_unit_test(values_come_back_as_they_went),
		cmocka_unit_test(a_wrong_value_is_refused_with_a_reason),
		TEST(rows_of_the_topic_are_in_the_cache),
		TEST(a_crash_between_the_two_commits_is_made_good),
		TEST(the_same_sum_from_the_topic_keeps_what_the_kernel_said),
		TEST(a_row_that_is_read_late_takes_no_version_back),
		TEST(our_own_rows_are_not_read_back_but_what_others_ask_is),
		TEST(a_garbled_row_stops_nothing),
		TEST(a_cache_of_another_log_is_made_again),
		TEST(a_damaged_cache_is_made_again),
		TEST(known_is_what_has_not_changed_since_it_was_read),
		TEST(for_now_leaves_the_last_word_as_it_is),
		TEST(what_was_rolled_back_was_never_said),
		TEST(all_files_come_in_the_order_of_their_paths),
		TEST(a_second_watcher_is_told_who_holds_the_spool),
		TEST(who_only_asks_needs_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
