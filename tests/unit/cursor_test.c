/* A walk over JSON takes what jansson takes, and comes to the same values. */
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "record/cursor.h"

static struct arena arena;

static int
walk_text(const char *json, size_t n, const char **text, struct err *err)
{
	struct cursor c;

	arena_reset(&arena);
	cursor_init(&c, json, n, &arena, err);
	return cursor_text(&c, text) || cursor_end(&c) ? -1 : 0;
}

static void
texts_come_out_as_they_were_meant(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ "\"\"", "" },
		{ " \"a\"\n", "a" },
		{ "\"1234567\"", "1234567" },
		{ "\"12345678\"", "12345678" },
		{ "\"123456789\\\"\"", "123456789\"" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"caf\xc3\xa9 \\u00e9\\u20AC\"", "caf\xc3\xa9 \xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"long enough to be looked at in words\\n, and again\"",
		  "long enough to be looked at in words\n, and again" },
		{ "\"\x7f\"", "\x7f" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text;

		if (walk_text(cases[i].json, strlen(cases[i].json), &text, &err))
			fail_msg("%s: %s", cases[i].json, err.text);
		assert_string_equal(text, cases[i].text);
	}
}

static void
no_bad_text_is_taken(void **state)
{
	static const char *const cases[] = {
		"\"",
		"\"a",
		"\"a\\",
		"\"a\\\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12G4\"",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\\ud800\\n\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"",
		"\"\\ud83d\\ud83d\"",
		"\"\\ud83d\\u\"",
		"\"a\nb\"",
		"\"1234567\x01\"",
		"\"\xff\"",
		"\"\xc3\"",
		"\"\xed\xa0\x80\"",
		"\"\xc0\x80\"",
		"\"\xf4\x90\x80\x80\"",
		"\"\\n\xff\"",
		"\"\xc3\\u00a9\"",
		"\"a\"b",
		"'a'",
		"",
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text;
		json_t *tree =
		    json_loadb(cases[i], strlen(cases[i]), JSON_DECODE_ANY, NULL);

		assert_null(tree);
		if (!walk_text(cases[i], strlen(cases[i]), &text, &err))
			fail_msg("%s was taken", cases[i]);
		assert_int_equal(err.class, ERR_REJECT);
	}
}

/* Each position of each special byte in the words that are looked at at once. */
static void
a_quote_is_seen_wherever_it_stands(void **state)
{
	static const char special[] = "\"\\\x1f\x80\xa2";
	struct err err;

	(void)state;
	for (size_t n = 1; n < 40; n++)
		for (size_t at = 0; at < n; at++)
			for (const char *s = special; *s; s++) {
				char json[64];
				const char *text;
				int taken;

				memset(json, 'x', sizeof(json));
				json[0] = json[n + 1] = '"';
				json[at + 1] = *s;
				taken = !walk_text(json, n + 2, &text, &err);
				/* A backslash before x, a quote before the end: all bad.
				 */
				assert_false(taken);
				json[at + 1] = '!';
				assert_int_equal(walk_text(json, n + 2, &text, &err), 0);
				assert_int_equal(strlen(text), n);
			}
}

static int
walk_number(const char *json, struct number *n, struct err *err)
{
	struct cursor c;

	arena_reset(&arena);
	cursor_init(&c, json, strlen(json), &arena, err);
	return cursor_number(&c, n) || cursor_end(&c) ? -1 : 0;
}

static void
numbers_are_those_of_jansson(void **state)
{
	static const char *const cases[] = {
		"0",
		"-0",
		"-0.0",
		"7",
		"-12",
		"9223372036854775807",
		"-9223372036854775808",
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999",
		"18446744073709551616",
		"0.1",
		"-3.5",
		"48.8566",
		"123456789012345.6",
		"0.000001",
		"1e22",
		"1e23",
		"1.5e-22",
		"1.5e-23",
		"4.9406564584124654e-324",
		"1e-400",
		"1e308",
		"1.7976931348623157e308",
		"1e309",
		"-1e309",
		"1e99999999999",
		"0e99999999999",
		"2.2250738585072011e-308",
		"0.00000000000000000000000000000000000000000000001",
		"1234567890123456789012345678901234567890.5",
		"9007199254740993.0",
		"1E5",
		"1e+5",
		"01",
		"-",
		"+1",
		"1.",
		".5",
		"1e",
		"1e+",
		"0x10",
		"NaN",
		"--1",
		"1 2",
		"1.5.5",
		"Infinity",
		"1e5.5",
		"00",
		"-01",
		"-a",
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct number n;
		json_t *tree =
		    json_loadb(cases[i], strlen(cases[i]), JSON_DECODE_ANY, NULL);
		int rc = walk_number(cases[i], &n, &err);

		if (rc != (tree ? 0 : -1))
			fail_msg("%s was %s", cases[i], rc ? "refused" : "taken");
		if (rc) {
			assert_int_equal(err.class, ERR_REJECT);
			continue;
		}
		assert_int_equal(n.is_whole, json_is_integer(tree));
		if (n.is_whole)
			assert_int_equal(n.whole, json_integer_value(tree));
		else
			assert_memory_equal(&n.real, &(double){ json_real_value(tree) },
					    sizeof(double));
		json_decref(tree);
	}
}

/* The short way of a decimal to a double and the long one meet. */
static void
a_hundred_thousand_decimals_are_exact(void **state)
{
	unsigned long seed = 11;
	struct err err;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct number n;
		char json[64];
		double exact;

		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		snprintf(json, sizeof(json), "%s%lu.%0*lue%d", seed & 1 ? "-" : "",
			 (seed >> 8) % 1000000, 1 + (int)(seed >> 60),
			 (seed >> 30) % 100000, (int)((seed >> 20) % 61) - 30);
		exact = strtod(json, NULL);
		if (walk_number(json, &n, &err))
			fail_msg("%s: %s", json, err.text);
		if (memcmp(&n.real, &exact, sizeof(exact)))
			fail_msg("%s became %.17g", json, n.real);
	}
}

static void
objects_and_lists_end_where_they_end(void **state)
{
	static const char json[] =
	    " { \"a\" : [ 1 , 2,3 ] ,\"b\":{\"c\":\"]}\\\"\"}, \"d\":null,"
	    "\"e\":[],\"f\":true } ";
	static const char *const names[] = { "a", "b", "d", "e", "f" };
	static const char *const values[] = { "[ 1 , 2,3 ] ", "{\"c\":\"]}\\\"\"}",
					      "null", "[]", "true " };
	struct slice name, value;
	struct cursor c;
	struct err err;
	bool first = true;

	(void)state;
	cursor_init(&c, json, strlen(json), &arena, &err);
	assert_int_equal(cursor_bracket(&c, '{'), 0);
	for (size_t i = 0; i < LENGTH(names); i++) {
		assert_int_equal(cursor_member(&c, &first, &name), 1);
		assert_int_equal(name.size, strlen(names[i]));
		assert_memory_equal(name.text, names[i], name.size);
		assert_int_equal(cursor_skip(&c, &value), 0);
		assert_int_equal(value.size, strlen(values[i]));
		assert_memory_equal(value.text, values[i], value.size);
	}
	assert_int_equal(cursor_member(&c, &first, &name), 0);
	assert_int_equal(cursor_end(&c), 0);
}

static void
a_list_that_is_broken_is_refused(void **state)
{
	static const char *const cases[] = { "[1,]", "[,1]", "[1 2]", "[1",
					     "[1,",  "[",    "[1}",   "" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct cursor c;
		struct number n;
		bool first = true;
		int rc;

		cursor_init(&c, cases[i], strlen(cases[i]), &arena, &err);
		rc = cursor_bracket(&c, '[');
		while (!rc && (rc = cursor_item(&c, &first)) > 0)
			rc = cursor_number(&c, &n);
		if (rc != -1)
			fail_msg("%s was taken", cases[i]);
	}
}

static int
start(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_out_as_they_were_meant),
		cmocka_unit_test(no_bad_text_is_taken),
		cmocka_unit_test(a_quote_is_seen_wherever_it_stands),
		cmocka_unit_test(numbers_are_those_of_jansson),
		cmocka_unit_test(a_hundred_thousand_decimals_are_exact),
		cmocka_unit_test(objects_and_lists_end_where_they_end),
		cmocka_unit_test(a_list_that_is_broken_is_refused),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
