/* Questions to records: what is yes, what is a fault, where a program is wrong. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/jq.h"
#include "time/clock.h"

static const char record[] =
    "{\"article\":{\"uri\":\"urn:x\",\"language\":\"en\",\"headline\":\"Caf\xc3\xa9\"},"
    "\"events\":[{\"type\":\"ACCUSE\",\"score\":-3.5},{\"type\":\"AID\",\"score\":0}]}";

static struct jq_filter *
compiled(const char *program)
{
	struct jq_filter *f;
	struct err err;

	if (jq_filter_new(&f, program, &err))
		fail_msg("%s: %s", program, err.text);
	return f;
}

static void
the_first_output_is_the_answer(void **state)
{
	static const struct {
		const char *program;
		bool yes;
	} cases[] = {
		{ ".", true },
		{ "true", true },
		{ "false", false },
		{ "null", false },
		{ "0", true },
		{ "\"\"", true },
		{ "empty", false },
		{ "false, true", false },
		{ ".article.language == \"en\"", true },
		{ ".article.language == \"de\"", false },
		{ ".article.byline", false },
		{ ".events | any(.type == \"AID\")", true },
		{ "[.events[].score] | min < -3", true },
		{ "select(.events | length > 2)", false },
		{ ".events[] | select(.type == \"AID\") | .score", true },
		{ ".article.headline | test(\"^caf\\u00e9$\"; \"i\")", true },
		{ "def twice: . * 2; .events | length | twice == 4", true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct jq_filter *f = compiled(cases[i].program);
		struct err err;
		bool yes;

		for (int again = 0; again < 2; again++) {
			if (jq_filter_ask(f, record, strlen(record), &yes, &err))
				fail_msg("%s: %s", cases[i].program, err.text);
			if (yes != cases[i].yes)
				fail_msg("%s", cases[i].program);
		}
		jq_filter_free(f);
	}
}

static void
a_wrong_program_is_told_its_place(void **state)
{
	static const struct {
		const char *program, *says;
	} cases[] = {
		{ ".a }", "line 1, column 4: syntax error" },
		{ ".a | $x", "line 1, column 6: $x is not defined" },
		{ "foo(1)", "line 1, column 1: foo/1 is not defined" },
		{ ".a | foo | bar", "line 1, column 6: foo/0 is not defined" },
		{ ".a\n| .b }", "line 2, column 6: syntax error" },
		{ ".a |", "syntax error, unexpected" },
		{ "import \"x\" as x; .a", "module not found: x" },
		{ "include \"./x\"; .a", "module not found: ./x" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct jq_filter *f;
		struct err err;

		assert_int_equal(jq_filter_new(&f, cases[i].program, &err), -1);
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].says) || strstr(err.text, "Unix shell"))
			fail_msg("%s: %s", cases[i].program, err.text);
	}
}

static void
a_record_that_cannot_be_asked_is_rejected_with_the_reason(void **state)
{
	static const struct {
		const char *program, *record, *says;
	} cases[] = {
		{ ".a.b", "{\"a\":[1]}", "Cannot index array with string \"b\"" },
		{ ".a", "[1]", "Cannot index array" },
		{ "error(\"not for us\")", "{}", "not for us" },
		{ "error({})", "{}", "an error that is no text" },
		{ "input", "{}", "break" },
		{ "debug | error(\"after debug\")", "{}", "after debug" },
		{ "halt", "{}", "halted itself" },
		{ ".", "", "not JSON" },
		{ ".", "{\"a\":", "not JSON: Unfinished" },
		{ ".", "{} {}", "not JSON: more than one value" },
		{ ".", "<html>", "not JSON" },
		{ "def f: f; f", "{}", "1000 ms" },
		{ "[range(1e9)]", "{}", "was stopped" },
		{ "reduce range(1e9) as $i (\"\"; . + \"0123456789abcdef\")", "{}",
		  "was stopped" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct jq_filter *f = compiled(cases[i].program);
		struct err err = { 0 };
		bool yes;

		assert_int_equal(jq_filter_ask(f, cases[i].record,
					       strlen(cases[i].record), &yes, &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: %s", cases[i].program, err.text);
		jq_filter_free(f);
	}
}

static void
one_that_was_stopped_answers_the_next_record(void **state)
{
	struct jq_filter *f = compiled("if .hang then def f: f; f else .ok end");
	struct err err;
	bool yes;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(jq_filter_ask(f, "{\"hang\":true}", 13, &yes, &err), -1);
		assert_int_equal(jq_filter_ask(f, "{\"ok\":true}", 11, &yes, &err), 0);
		assert_true(yes);
	}
	jq_filter_free(f);
}

/* For the sanitizer: the bytes of a record do not end in NUL. */
static void
nothing_behind_the_record_is_read(void **state)
{
	static const char *const texts[] = { "{\"a\":\"b", "{\"a\":[", "tru",
					     "-",          "{} x",     "" };
	struct jq_filter *f = compiled(".a");

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		size_t n = strlen(texts[i]);
		char *bytes = must_alloc(n + 1), *exact = must_realloc(bytes, n ? n : 1);
		struct err err;
		bool yes;

		memcpy(exact, texts[i], n);
		assert_int_equal(jq_filter_ask(f, exact, n, &yes, &err), -1);
		assert_non_null(strstr(err.text, "not JSON"));
		free(exact);
	}
	jq_filter_free(f);
}

static void
a_tombstone_is_null(void **state)
{
	struct jq_filter *f = compiled(". == null");
	struct err err;
	bool yes;

	(void)state;
	assert_int_equal(jq_filter_ask(f, NULL, 0, &yes, &err), 0);
	assert_true(yes);
	jq_filter_free(f);
}

/* Many records through one filter: what a run takes it gives back. */
static void
memory_is_flat(void **state)
{
	struct jq_filter *f =
	    compiled("[.events[] | .type + \"x\"] | any(. == \"AIDx\")");
	size_t before = 0, taken;
	struct err err;
	bool yes;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		assert_int_equal(jq_filter_ask(f, record, strlen(record), &yes, &err), 0);
		assert_true(yes);
		assert_int_equal(jq_filter_ask(f, "{\"a\":[\"b\",", 10, &yes, &err), -1);
		assert_int_equal(jq_filter_ask(f, "{\"events\":7}", 12, &yes, &err), -1);
		taken =
		    mallinfo2().uordblks; /* a sanitizer says 0, and finds leaks itself */
		if (i == 100)
			before = taken;
		else if (i > 100)
			assert_in_range(taken, 0, before + 4096);
	}
	jq_filter_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_output_is_the_answer),
		cmocka_unit_test(a_wrong_program_is_told_its_place),
		cmocka_unit_test(
		    a_record_that_cannot_be_asked_is_rejected_with_the_reason),
		cmocka_unit_test(one_that_was_stopped_answers_the_next_record),
		cmocka_unit_test(nothing_behind_the_record_is_read),
		cmocka_unit_test(a_tombstone_is_null),
		cmocka_unit_test(memory_is_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
