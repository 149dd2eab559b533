/* The history and the state of dead letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/attempts.h"

static struct arena arena;
static struct err err;

static const struct attempt reject = { "2026-11-24T08:15:00Z", "enrich", "reject",
				       "no \"uri\"" };
#define REJECT                                                   \
	"{\"at\":\"2026-11-24T08:15:00Z\",\"stage\":\"enrich\"," \
	"\"reason\":\"reject\",\"text\":\"no \\\"uri\\\"\"}"

static void
an_attempt_is_added_to_what_is_a_list_and_nothing_else(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ NULL, "[" REJECT "]" },
		{ "", "[" REJECT "]" },
		{ "[]", "[" REJECT "]" },
		{ "[ ] ", "[" REJECT "]" },
		{ "[{}]", "[{}," REJECT "]" },
		{ "[{} ]\n", "[{}," REJECT "]" },
		{ "[0,0\n]", "[0,0," REJECT "]" },
		{ "[{]", "[" REJECT "]" },
		{ "forged]", "[" REJECT "]" },
		{ "{\"a\":[1]}", "[" REJECT "]" },
		{ "[[1],[2]]", "[[1],[2]," REJECT "]" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		attempts_add(&out, rows[i].before, &reject);
		assert_string_equal(out.data, rows[i].after);
	}
	buf_release(&out);
}

static void
attempts_are_read_in_their_order(void **state)
{
	static const char json[] = "[" REJECT ",{\"stage\":\"sink.db\",\"at\":7},12]";
	struct attempt *a;
	size_t n;

	(void)state;
	assert_int_equal(attempts_parse(json, strlen(json), &a, &n, &arena, &err), 0);
	assert_int_equal(n, 3);
	assert_string_equal(a[0].text, "no \"uri\"");
	assert_string_equal(a[1].stage, "sink.db");
	assert_null(a[1].at);
	assert_null(a[2].stage);
	assert_int_equal(attempts_parse("{}", 2, &a, &n, &arena, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(attempts_parse(NULL, 0, &a, &n, &arena, &err), 0);
	assert_int_equal(n, 0);
}

static void
a_state_comes_back_as_it_was_printed(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (int i = LETTER_NEW; i <= LETTER_DROPPED; i++) {
		enum letter_state got = LETTER_NEW;

		buf_reset(&out);
		letter_state_print(&out, "00ff", (enum letter_state)i, 1795507200000,
				   NULL);
		assert_int_equal(letter_state_parse(&got, out.data, out.size, &err), 0);
		assert_int_equal(got, i);
	}
	assert_string_equal(out.data, "{\"kind\":\"dlq\",\"id\":\"00ff\",\"at\":"
				      "\"2026-11-24T08:00:00Z\",\"state\":\"dropped\"}");
	buf_release(&out);
}

static void
what_is_no_state_is_refused(void **state)
{
	static const char *const rows[] = { "",        "{}",
					    "[]",      "{\"state\":1}",
					    "\"new\"", "{\"state\":\"lost\"}" };
	enum letter_state got;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(letter_state_parse(&got, rows[i], strlen(rows[i]), &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt_is_added_to_what_is_a_list_and_nothing_else),
		cmocka_unit_test(attempts_are_read_in_their_order),
		cmocka_unit_test(a_state_comes_back_as_it_was_printed),
		cmocka_unit_test(what_is_no_state_is_refused),
	};
	int failed;

	arena_init(&arena, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
