/* What may stand in a line of ours as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/json_check.h"

static void
one_value_on_one_line_is_told_from_all_else(void **state)
{
	static const struct {
		const char *text;
		bool is_line;
	} cases[] = {
		{ "{}", true },
		{ "[]", true },
		{ " {\t} ", true },
		{ "0", true },
		{ "-0.5e+10", true },
		{ "true", true },
		{ "null", true },
		{ "\"\\u00e9 \\\" \\/\"", true },
		{ "{\"a\":{\"b\":[1,2,{\"c\":[]}]},\"d\":\"\xc3\xa9\"}", true },
		{ "[[],{},[{}]]", true },
		{ "", false },
		{ "  ", false },
		{ "{", false },
		{ "}", false },
		{ "[1,]", false },
		{ "[,1]", false },
		{ "[1 2]", false },
		{ "[1}", false },
		{ "{\"a\"}", false },
		{ "{\"a\":}", false },
		{ "{\"a\":1,}", false },
		{ "{a:1}", false },
		{ "{\"a\":1}}", false },
		{ "{\"a\":1} {", false },
		{ "01", false },
		{ "1.", false },
		{ ".5", false },
		{ "1e", false },
		{ "-", false },
		{ "+1", false },
		{ "NaN", false },
		{ "tru", false },
		{ "truex", false },
		{ "\"", false },
		{ "\"\\", false },
		{ "\"\\x\"", false },
		{ "\"\\u12g4\"", false },
		{ "\"\\u12", false },
		{ "\"\t\"", false },
		{ "{\"a\":\n1}", false },
		{ "{}\n", false },
		{ "\"\xff\"", false },
		{ "\"\xed\xa0\x80\"", false },
		{ "'a'", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		if (json_is_line(cases[i].text, strlen(cases[i].text)) !=
		    cases[i].is_line)
			fail_msg("'%s'", cases[i].text);
}

static void
a_nul_ends_nothing(void **state)
{
	(void)state;
	assert_false(json_is_line("{}\0", 3));
	assert_false(json_is_line("\"\0\"", 3));
	assert_false(json_is_line("\"\\\0\"", 4));
	assert_false(json_is_line("\"\\u00\0a\"", 8));
}

static void
depth_has_a_floor(void **state)
{
	static char deep[100000];

	(void)state;
	memset(deep, '[', 512);
	memset(deep + 512, ']', 512);
	assert_true(json_is_line(deep, 1024));
	memset(deep, '[', 513);
	memset(deep + 513, ']', 513);
	assert_false(json_is_line(deep, 1026));
	memset(deep, '[', sizeof(deep));
	assert_false(json_is_line(deep, sizeof(deep)));
}

static void
every_cut_of_a_line_is_none(void **state)
{
	static const char text[] =
	    "{\"a\":[1.5e3,\"\\u00e9\xc3\xa9\",null,{\"b\":false}]}";

	(void)state;
	assert_true(json_is_line(text, sizeof(text) - 1));
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *copy =
		    must_alloc(n + 1); /* so that a sanitizer sees a step too far */

		memcpy(copy + 1, text, n);
		if (json_is_line(copy + 1, n))
			fail_msg("%.*s", (int)n, text);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_value_on_one_line_is_told_from_all_else),
		cmocka_unit_test(a_nul_ends_nothing),
		cmocka_unit_test(depth_has_a_floor),
		cmocka_unit_test(every_cut_of_a_line_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
