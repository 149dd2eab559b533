/* What json_ writes, any reader can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "record/json.h"

static void
commas_stand_between_members_and_items_only(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	json_open(&out, NULL, '{');
	json_text(&out, "absent", NULL);
	json_text(&out, "a", "x{");
	json_null_or(&out, "b", NULL);
	json_null_or(&out, "c", "");
	json_raw(&out, "absent", NULL);
	json_open(&out, "list", '[');
	json_int(&out, NULL, INT64_MIN);
	json_bool(&out, NULL, true);
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	json_raw(&out, NULL, "[1]");
	json_close(&out, ']');
	json_open(&out, "empty", '[');
	json_close(&out, ']');
	json_close(&out, '}');
	buf_addc(&out, '\n');
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	assert_string_equal(out.data, "{\"a\":\"x{\",\"b\":null,\"c\":\"\",\"list\":[-"
				      "9223372036854775808,true,{},[1]],"
				      "\"empty\":[]}\n{}");
	buf_release(&out);
}

static void
text_goes_out_escaped_and_as_utf8(void **state)
{
#define ROW(in, expected)                    \
	{                                    \
		in, sizeof(in) - 1, expected \
	}
	static const struct {
		const char *in;
		size_t size;
		const char *expected;
	} cases[] = {
		ROW("", "\"\""),
		ROW("plain / text", "\"plain / text\""),
		ROW("\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\""),
		ROW("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""),
		ROW("a\0b", "\"a\\u0000b\""),
		ROW("é €\u2028\U0001F600", "\"é €\u2028\U0001F600\""),
		ROW("\xff", "\"\uFFFD\""),
		ROW("a\xc3", "\"a\uFFFD\""),                   /* cut short */
		ROW("\xc3\x28", "\"\uFFFD(\""),                /* no continuation */
		ROW("\xc0\xaf", "\"\uFFFD\uFFFD\""),           /* overlong */
		ROW("\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""), /* a surrogate */
		ROW("\xf4\x90\x80\x80",
		    "\"\uFFFD\uFFFD\uFFFD\uFFFD\""), /* above U+10FFFF */
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		buf_reset(&out);
		json_bytes(&out, NULL, cases[i].in, cases[i].size);
		assert_string_equal(out.data, cases[i].expected);
	}
	buf_release(&out);
}

static void
every_pair_of_bytes_can_be_read_back(void **state)
{
	struct buf out;
	json_error_t error;
	json_t *root;
	char pair[2];

	(void)state;
	buf_init(&out, 4096);
	for (int i = 0; i < 65536; i++) {
		pair[0] = (char)(i >> 8);
		pair[1] = (char)i;
		buf_reset(&out);
		json_open(&out, NULL, '[');
		json_bytes(&out, NULL, pair, 2);
		json_close(&out, ']');
		root = json_loadb(out.data, out.size, JSON_ALLOW_NUL, &error);
		assert_non_null(root);
		if (pair[0] >= 0 && pair[1] >= 0)
			assert_memory_equal(json_string_value(json_array_get(root, 0)),
					    pair, 2);
		json_decref(root);
	}
	buf_release(&out);
}

static void
names_are_escaped_as_values_are(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	json_open(&out, NULL, '{');
	json_int(&out, "a\"\n\xff", 1);
	json_close(&out, '}');
	assert_string_equal(out.data, "{\"a\\\"\\n\uFFFD\":1}");
	buf_release(&out);
}

static void
real_numbers_look_real_and_short(void **state)
{
	static const struct {
		double value;
		const char *expected;
	} cases[] = {
		{ 0, "0.0" },
		{ 1, "1.0" },
		{ -3.5, "-3.5" },
		{ 0.83, "0.83" },
		{ 0.1 + 0.2, "0.3" },
		{ -122.41942, "-122.41942" },
		{ 1.0 / 3, "0.33333333" },
		{ 1e20, "1e+20" },
		{ 12345678, "12345678.0" },
		{ -0.0, "-0.0" },
		{ -0.0001, "-0.0001" },
		{ 9999.9999, "9999.9999" },
		{ 99999.9999, "100000.0" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		buf_reset(&out);
		json_double(&out, NULL, cases[i].value);
		assert_string_equal(out.data, cases[i].expected);
	}
	buf_release(&out);
}

/* The short way to print a number gives what the long way gives. */
static void
real_numbers_have_eight_digits(void **state)
{
	struct buf out;
	char text[40];

	(void)state;
	buf_init(&out, 4096);
	for (int i = -200000; i < 200000; i++) {
		double value = i % 3 ? (double)i * 7.0 / 10000 : (double)i / 48611;

		snprintf(text, sizeof(text), "%.8g", value);
		if (!strpbrk(text, ".e"))
			strcat(text, ".0");
		buf_reset(&out);
		json_double(&out, NULL, value);
		if (strcmp(out.data, text))
			fail_msg("%s, not %s", out.data, text);
	}
	buf_release(&out);
}

static void
whole_numbers_reach_their_limits(void **state)
{
	static const int64_t numbers[] = { 0, 7, -1, 10, 1000000, INT64_MAX, INT64_MIN };
	struct buf out;
	char text[40];

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(numbers); i++) {
		snprintf(text, sizeof(text), "%lld", (long long)numbers[i]);
		buf_reset(&out);
		json_int(&out, NULL, numbers[i]);
		assert_string_equal(out.data, text);
	}
	buf_release(&out);
}

static void
a_full_buffer_is_said_at_the_end(void **state)
{
	struct buf out;
	struct err err;

	(void)state;
	buf_init(&out, 8);
	json_open(&out, NULL, '{');
	json_text(&out, "name", "a long value");
	json_close(&out, '}');
	assert_int_equal(buf_check(&out, &err), -1);
	assert_true(out.size <= 8);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_members_and_items_only),
		cmocka_unit_test(text_goes_out_escaped_and_as_utf8),
		cmocka_unit_test(every_pair_of_bytes_can_be_read_back),
		cmocka_unit_test(names_are_escaped_as_values_are),
		cmocka_unit_test(real_numbers_look_real_and_short),
		cmocka_unit_test(real_numbers_have_eight_digits),
		cmocka_unit_test(whole_numbers_reach_their_limits),
		cmocka_unit_test(a_full_buffer_is_said_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
