/* A record to a dead letter, what that says of itself, and back to the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "bus/letter.h"
#include "record/attempts.h"

static struct arena arena;
static struct err err;

#define OK(call)                                             \
	do {                                                 \
		if (call)                                    \
			fail_msg("%s: %s", #call, err.text); \
	} while (0)

static const struct deadletter why = {
	.topic = "t.deadletter", .stage = "enrich", .reason = "reject", .text = "no uri"
};
static const struct bus_header headers[] = { { "ce_source", "/t/wires", 8 },
					     { "nw-spool", "wires", 5 },
					     { "nothing", NULL, 0 } };
static const struct bus_record record = { .topic = "t.articles",
					  .partition = 2,
					  .offset = 1041,
					  .key = "urn:x",
					  .key_size = 5,
					  .value = "{}",
					  .value_size = 2,
					  .headers = headers,
					  .header_count = LENGTH(headers) };

static void
read_letter(struct letter *l, struct bus_record *letter, const struct bus_record *r)
{
	OK(deadletter_make(letter, r, &why, &arena, &err));
	OK(letter_read(l, letter, &arena, &err));
}

static void
has(const struct bus_record *r, const char *name, const char *value)
{
	size_t n = 0;
	const char *got = bus_header(r, name, &n);

	if (!value != !got || (value && (n != strlen(value) || memcmp(got, value, n))))
		fail_msg("%s is %.*s, not %s", name, (int)n, got ? got : "", value);
}

static void
a_letter_says_where_it_came_from_and_why(void **state)
{
	struct bus_record letter;
	struct letter l;

	(void)state;
	read_letter(&l, &letter, &record);
	assert_string_equal(l.stage, "enrich");
	assert_string_equal(l.reason, "reject");
	assert_string_equal(l.text, "no uri");
	assert_string_equal(l.source, "wires");
	assert_string_equal(l.topic, "t.articles");
	assert_int_equal(l.partition, 2);
	assert_int_equal(l.offset, 1041);
	assert_int_equal(l.attempt, 1);
	assert_null(l.file);
	assert_null(l.sha256);
}

static void
what_is_no_letter_says_nothing_and_has_an_id(void **state)
{
	struct bus_record foreign = { .topic = "t.deadletter" };
	struct letter l;

	(void)state;
	OK(letter_read(&l, &foreign, &arena, &err));
	assert_null(l.stage);
	assert_null(l.topic);
	assert_int_equal(l.attempt, 0);
	assert_int_equal(strlen(l.id), 16);
}

/* Not where it lies, but each byte of what it is. */
static void
an_id_is_of_the_bytes(void **state)
{
	static const struct bus_header other_value[] = { { "ab", "c", 1 } },
				       other_name[] = { { "a", "bc", 2 } },
				       null_value[] = { { "ab", NULL, 0 } },
				       empty_value[] = { { "ab", "", 0 } };
	static const struct bus_record rows[] = {
		{ .key = "a", .key_size = 1, .value = "b", .value_size = 1 },
		{ .key = "ab", .key_size = 2, .value = "", .value_size = 0 },
		{ .key = "ab", .key_size = 2, .value = NULL, .value_size = 0 },
		{ .value = "ab", .value_size = 2 },
		{ .key = "", .value = "ab", .value_size = 2 },
		{ .headers = other_value, .header_count = 1 },
		{ .headers = other_name, .header_count = 1 },
		{ .headers = null_value, .header_count = 1 },
		{ .headers = empty_value, .header_count = 1 },
	};
	struct letter l[LENGTH(rows)], moved;
	struct bus_record elsewhere = rows[0];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		OK(letter_read(&l[i], &rows[i], &arena, &err));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(l[k].id, l[i].id);
	}
	elsewhere.topic = "u.deadletter";
	elsewhere.offset = 7;
	elsewhere.time_ms = 8;
	OK(letter_read(&moved, &elsewhere, &arena, &err));
	assert_string_equal(moved.id, l[0].id);
}

static void
what_is_sent_back_is_the_record_for_its_stage_with_its_attempts(void **state)
{
	struct bus_record letter, back, again;
	struct letter l;
	struct attempt *attempts;
	size_t n, size;
	const char *history;

	(void)state;
	read_letter(&l, &letter, &record);
	OK(letter_restore(&back, &l, &letter, &arena, &err));
	assert_string_equal(back.topic, "t.articles");
	assert_int_equal(back.partition, -1);
	assert_memory_equal(back.key, "urn:x", 5);
	assert_memory_equal(back.value, "{}", 2);
	assert_int_equal(back.header_count, LENGTH(headers) + 3);
	for (size_t i = 0; i < LENGTH(headers); i++)
		assert_string_equal(back.headers[i].name, headers[i].name);
	has(&back, DEADLETTER_FOR, "enrich");
	has(&back, "nw-dlq-attempt", "1");
	has(&back, "nw-dlq-reason", NULL);
	has(&back, "__connect.errors.topic", NULL);

	back.topic = "t.articles";
	back.partition = 2;
	back.offset = 2000;
	read_letter(&l, &again, &back);
	assert_int_equal(l.attempt, 2);
	assert_int_equal(l.offset, 2000);
	has(&again, DEADLETTER_FOR, NULL);
	history = bus_header(&again, "nw-dlq-history", &size);
	OK(attempts_parse(history, size, &attempts, &n, &arena, &err));
	assert_int_equal(n, 2);
	assert_string_equal(attempts[0].text, "no uri");
}

/* Whatever was left out, the sum of the whole value stands in the letter. */
static void
what_is_cut_says_so(void **state)
{
	static char large[BUS_MAX_RECORD];
	struct bus_header wide[] = { { "nw-meta", large, 300 << 10 },
				     { "nw-spool", "wires", 5 } };
	const struct bus_record rows[] = {
		{ .topic = "t", .value = large, .value_size = BUS_MAX_RECORD - 100 },
		{ .topic = "t",
		  .key = large,
		  .key_size = 70 << 10,
		  .value = "x",
		  .value_size = 1 },
		{ .topic = "t",
		  .value = "x",
		  .value_size = 1,
		  .headers = wide,
		  .header_count = 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct bus_record letter, back;
		struct letter l;

		read_letter(&l, &letter, &rows[i]);
		assert_true(bus_record_size(&letter) < BUS_MAX_RECORD);
		assert_non_null(l.sha256);
		assert_int_equal(strlen(l.sha256), 64);
		assert_int_equal(strtoll(l.size, NULL, 10), rows[i].value_size);
		OK(letter_restore(&back, &l, &rows[i], &arena, &err));
		assert_true(bus_record_size(&back) <= BUS_MAX_RECORD);
		assert_true(bus_record_size(&back) > bus_record_size(&rows[i]));
		arena_reset(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_says_where_it_came_from_and_why),
		cmocka_unit_test(what_is_no_letter_says_nothing_and_has_an_id),
		cmocka_unit_test(an_id_is_of_the_bytes),
		cmocka_unit_test(
		    what_is_sent_back_is_the_record_for_its_stage_with_its_attempts),
		cmocka_unit_test(what_is_cut_says_so),
	};
	int failed;

	arena_init(&arena, 64 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
