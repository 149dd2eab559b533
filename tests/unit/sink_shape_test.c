/* Which records a sink gets, what of them, and what it counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sink/sink.h"

static struct {
	char values[8][128];
	size_t count;
	const struct bus_record *last;
	struct sink *sink;
	bool refuse;
} seen;

static int
seen_open(void *state, const struct sink_start *start, struct err *err)
{
	(void)state;
	(void)err;
	seen.sink = start->sink;
	return 0;
}

static int
seen_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	(void)state;
	(void)err;
	assert_false(stored);
	snprintf(seen.values[seen.count++], sizeof(seen.values[0]), "%.*s",
		 (int)r->value_size, r->value ? (const char *)r->value : "");
	seen.last = r;
	return 0;
}

static int
seen_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct err why;

	(void)state;
	(void)places;
	(void)n;
	err_set(&why, ERR_REJECT, "no");
	return seen.refuse ? sink_reject(seen.sink, seen.last, &why, err) : 0;
}

static void
seen_nothing(void *state)
{
	(void)state;
}

static const struct sink_type seen_append = { .name = "seen",
					      .kind = SINK_APPEND,
					      .state_size = 1,
					      .open = seen_open,
					      .write = seen_write,
					      .flush = seen_flush,
					      .undo = seen_nothing,
					      .close = seen_nothing };

static struct bus_record
record(int64_t offset, const char *value)
{
	return (struct bus_record){ "t", 0, offset, .value = value,
				    .value_size = value ? strlen(value) : 0 };
}

static const struct bus_record *refused_whole;

static int
note_whole(void *arg, const struct bus_record *r, const struct err *why, struct err *err)
{
	(void)arg;
	(void)why;
	(void)err;
	refused_whole = r;
	return 0;
}

static struct sink *
open_shaped(const struct sink_type *type, const char *where, const char *fields,
	    struct err *err)
{
	struct sink_start start = { .name = "s",
				    .state = ".",
				    .cluster = "c",
				    .where = where,
				    .fields = fields,
				    .reject = note_whole };
	struct bus_position p = { "t", 0, 0 };
	struct sink *s;

	memset(&seen, 0, sizeof(seen));
	if (sink_open(&s, type, &start, err))
		return NULL;
	assert_int_equal(sink_claim(s, &p, 1, err), 0);
	return s;
}

static void
where_chooses_records_and_withdrawals_pass_where_the_newest_is_kept(void **state)
{
	static const char where[] = ".article.language == \"en\"";
	static const struct {
		const char *value;
		bool append, newest;
	} cases[] = {
		{ "{\"article\":{\"language\":\"en\"}}", true, true },
		{ "{\"article\":{\"language\":\"de\"}}", false, false },
		{ "{\"article\":{\"pubstatus\":\"canceled\"}}", false, true },
		{ "{\"article\":{\"pubstatus\":\"withheld\"}}", false, true },
		{ "{\"article\":{\"pubstatus\":\"usable\"}}", false, false },
		{ NULL, false, false },
	};
	struct sink_type newest = seen_append;

	(void)state;
	newest.kind = SINK_STATE;
	for (size_t i = 0; i < 2 * LENGTH(cases); i++) {
		struct bus_record r = record(0, cases[i / 2].value);
		bool expected = i % 2 ? cases[i / 2].newest : cases[i / 2].append;
		struct bus_position p = { "t", 0, 1 };
		struct err err;
		struct sink *s =
		    open_shaped(i % 2 ? &newest : &seen_append, where, NULL, &err);

		assert_non_null(s);
		assert_int_equal(sink_write(s, &r, &err), 0);
		if (seen.count != expected)
			fail_msg("%s", r.value ? (const char *)r.value : "tombstone");
		assert_int_equal(sink_flush(s, &p, 1, &err), 0);
		assert_int_equal(sink_counts(s)->written, expected);
		assert_int_equal(sink_counts(s)->filtered, !expected);
		sink_close(s);
	}
}

static void
a_record_that_where_cannot_tell_is_rejected(void **state)
{
	struct bus_record r = record(0, "{\"article\":[1]}"), none = record(1, "<html>");
	struct err err;
	struct sink *s = open_shaped(&seen_append, ".article.language", NULL, &err);

	(void)state;
	assert_non_null(s);
	assert_int_equal(sink_write(s, &r, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_non_null(strstr(err.text, "where: jq: Cannot index array"));
	assert_int_equal(sink_write(s, &none, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(seen.count, 0);
	sink_close(s);
}

static void
fields_are_what_a_sink_sees_and_the_whole_is_what_it_refuses(void **state)
{
	struct bus_record r = record(0, "{\"a\":{\"b\":1.0,\"c\":2},\"d\":3}"),
			  tombstone = record(1, NULL), bad = record(2, "[");
	struct bus_position p = { "t", 0, 2 };
	struct err err;
	struct sink *s = open_shaped(&seen_append, ".d == 3 or . == null", "a.b", &err);

	(void)state;
	assert_non_null(s);
	assert_int_equal(sink_write(s, &tombstone, &err), 0);
	assert_int_equal(sink_write(s, &bad, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(sink_write(s, &r, &err), 0);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.values[0], "");
	assert_string_equal(seen.values[1], "{\"a\":{\"b\":1.0}}");
	assert_int_equal(seen.last->offset, r.offset);
	seen.refuse = true;
	assert_int_equal(sink_flush(s, &p, 1, &err), 0);
	assert_ptr_equal(refused_whole, &r);
	assert_int_equal(sink_counts(s)->written, 1);
	assert_int_equal(sink_counts(s)->refused, 2); /* with the bad one */
	sink_close(s);
}

static void
a_batch_that_was_undone_is_not_counted(void **state)
{
	struct bus_record r = record(0, "{}");
	struct bus_position p = { "t", 0, 1 };
	struct err err;
	struct sink *s = open_shaped(&seen_append, ".", "a", &err);

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sink_write(s, &r, &err), 0);
		sink_undo(s);
	}
	assert_int_equal(sink_counts(s)->written, 0);
	assert_int_equal(sink_write(s, &r, &err), 0);
	assert_int_equal(sink_flush(s, &p, 1, &err), 0);
	assert_int_equal(sink_counts(s)->written, 1);
	sink_close(s);
}

static void
a_batch_is_full_at_so_many_bytes(void **state)
{
	struct sink_start start = {
		.name = "s", .state = ".", .cluster = "c", .batch_bytes = 5
	};
	struct bus_record r = record(0, "{ }"), other = record(1, "{ }");
	struct bus_position p = { "t", 0, 0 };
	struct sink *s;
	struct err err;

	(void)state;
	assert_int_equal(sink_open(&s, &seen_append, &start, &err), 0);
	assert_int_equal(sink_claim(s, &p, 1, &err), 0);
	seen.count = 0;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sink_write(s, &r, &err), 0);
		assert_false(sink_is_full(s));
		assert_int_equal(sink_write(s, &other, &err), 0);
		assert_true(sink_is_full(s));
		sink_undo(s);
	}
	sink_close(s);
}

static void
a_wrong_shape_is_told_at_the_opening(void **state)
{
	static const struct {
		const char *where, *fields, *says;
	} cases[] = {
		{ ".a }", NULL, "where: this is not jq: line 1, column 4" },
		{ NULL, "a..b", "fields: 'a..b' is no path" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct err err;

		assert_null(
		    open_shaped(&seen_append, cases[i].where, cases[i].fields, &err));
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s", err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    where_chooses_records_and_withdrawals_pass_where_the_newest_is_kept),
		cmocka_unit_test(a_record_that_where_cannot_tell_is_rejected),
		cmocka_unit_test(
		    fields_are_what_a_sink_sees_and_the_whole_is_what_it_refuses),
		cmocka_unit_test(a_batch_that_was_undone_is_not_counted),
		cmocka_unit_test(a_batch_is_full_at_so_many_bytes),
		cmocka_unit_test(a_wrong_shape_is_told_at_the_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
