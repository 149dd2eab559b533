/* What bus copy remembers, and where an offset of the log went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/copied.h"

static struct arena arena;
static struct buf out;
static struct err err;

/* Records 10 11 12 | 20 21 of the log; the cluster's marker took 3 and 6. */
static void
fill(struct copied_place *c)
{
	*c = (struct copied_place){ 0 };
	for (int64_t i = 0; i < 3; i++)
		copied_place_add(c, 10 + i, i);
	copied_place_add(c, 20, 4);
	copied_place_add(c, 21, 5);
}

static void
an_offset_goes_where_its_record_or_the_next_one_lies(void **state)
{
	static const struct {
		int64_t from, to;
	} rows[] = { { -2, 0 }, { 0, 0 },  { 10, 0 },  { 11, 1 },
		     { 12, 2 }, { 13, 4 }, { 19, 4 },  { 20, 4 },
		     { 21, 5 }, { 22, 6 }, { 900, 6 }, { INT64_MAX, 6 } };
	struct copied_place c, again;

	(void)state;
	fill(&c);
	assert_int_equal(c.count, 2);
	buf_reset(&out);
	copied_place_print(&c, "log-1/news.articles/0", &out);
	assert_int_equal(copied_place_parse(&again, out.data, out.size, &arena, &err), 0);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(copied_offset(&c, rows[i].from), rows[i].to);
		assert_int_equal(copied_offset(&again, rows[i].from), rows[i].to);
	}
	copied_place_release(&c);
}

static void
of_a_partition_without_records_every_offset_is_its_end(void **state)
{
	struct copied_place c = { .end = 0 };

	(void)state;
	assert_int_equal(copied_offset(&c, 7), 0);
}

static void
what_is_printed_is_read_again(void **state)
{
	struct copied_topic t = { .begin = (int64_t[]){ 5, 0 },
				  .next = (int64_t[]){ 9, 1 },
				  .partitions = 2 },
			    t2;
	struct copied_log l = { .done = true, .records = 8 }, l2;

	(void)state;
	buf_reset(&out);
	copied_topic_print(&t, "log-1/news.articles", &out);
	assert_int_equal(copied_topic_parse(&t2, out.data, out.size, &arena, &err), 0);
	assert_int_equal(t2.partitions, 2);
	assert_int_equal(t2.begin[0], 5);
	assert_int_equal(t2.next[1], 1);
	buf_reset(&out);
	copied_log_print(&l, "log-1", &out);
	assert_int_equal(copied_log_parse(&l2, out.data, out.size, &err), 0);
	assert_true(l2.done && l2.records == 8);
}

static void
what_is_no_state_is_refused(void **state)
{
	static const char *const places[] = {
		"{\"runs\":[[-1,0,2]],\"end\":9}",
		"{\"runs\":[[0,0,2],[1,5,1]],\"end\":9}",
		"{\"runs\":[[0,0,2],[5,1,1]],\"end\":9}",
		"{\"runs\":[[0,0,0]],\"end\":9}",
		"{\"runs\":[[0,0,2]],\"end\":1}",
		"{\"runs\":[[9223372036854775807,0,2]],\"end\":9}",
		"{\"runs\":[7],\"end\":9}",
	};
	static const char bad[] = "{\"begin\":[1],\"next\":[1,2]}";
	struct copied_topic t;
	struct copied_place p;
	struct copied_log l;

	(void)state;
	assert_int_equal(copied_topic_parse(&t, bad, strlen(bad), &arena, &err), -1);
	assert_int_equal(copied_topic_parse(&t, "[]", 2, &arena, &err), -1);
	assert_int_equal(copied_place_parse(&p, "7", 1, &arena, &err), -1);
	for (size_t i = 0; i < LENGTH(places); i++)
		assert_int_equal(copied_place_parse(&p, places[i], strlen(places[i]),
						    &arena, &err),
				 -1);
	assert_int_equal(copied_log_parse(&l, "{", 1, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offset_goes_where_its_record_or_the_next_one_lies),
		cmocka_unit_test(of_a_partition_without_records_every_offset_is_its_end),
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(what_is_no_state_is_refused),
	};
	int failed;

	arena_init(&arena, 1 << 20);
	buf_init(&out, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	buf_release(&out);
	return failed;
}
