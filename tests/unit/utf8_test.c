#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "text/utf8.h"

static void
only_well_formed_text_is_valid(void **state)
{
	static const struct {
		const char *text;
		size_t prefix;
	} rows[] = {
		{ "", 0 },
		{ "plain words and more", 20 },
		{ "caf\xC3\xA9", 5 },
		{ "\xE2\x82\xAC\xF0\x9F\x98\x80", 7 },
		{ "a\xC3", 1 },            /* cut */
		{ "a\xC0\x80", 1 },        /* overlong NUL */
		{ "\xE0\x80\xAF", 0 },     /* overlong slash */
		{ "\xED\xA0\x80", 0 },     /* a surrogate */
		{ "\xF4\x8F\xBF\xBF", 4 }, /* U+10FFFF */
		{ "\xF4\x90\x80\x80", 0 }, /* above it */
		{ "12345678\x80", 8 },     /* a stray tail */
		{ "1234567\xC3\xA9\xFF", 9 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		size_t n = strlen(rows[i].text);

		assert_int_equal(utf8_valid_prefix(rows[i].text, n), rows[i].prefix);
		assert_int_equal(utf8_is_valid(rows[i].text, n), rows[i].prefix == n);
	}
}

static void
every_code_point_survives_both_ways(void **state)
{
	char s[4];
	int len;

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		int n = utf8_encode(c, s);
		const char *p = s + n;
		bool surrogate = c >= 0xD800 && c < 0xE000;

		assert_int_equal(utf8_decode(s, (size_t)n, &len),
				 surrogate ? UTF8_BAD : c);
		if (surrogate)
			continue;
		assert_int_equal(len, n);
		assert_int_equal(utf8_before(s, &p), c);
		assert_ptr_equal(p, s);
	}
}

static void
a_walk_over_any_bytes_ends_and_steps_back_over_the_same(void **state)
{
	unsigned char bytes[64];

	(void)state;
	srand(7);
	for (int round = 0; round < 2000; round++) {
		const char *s = (const char *)bytes, *end = s + sizeof(bytes), *p = s;
		int there = 0, back = 0;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] =
			    (unsigned char)(rand() % 3 ? 0x80 + rand() % 128 : rand());
		for (; p < end; there++)
			utf8_next(&p, end);
		assert_ptr_equal(p, end);
		for (; p > s; back++)
			utf8_before(s, &p);
		assert_int_equal(there, back);
	}
}

static void
offsets_go_both_ways_in_any_order(void **state)
{
	static const char text[] = "a\xC3\xA9"
				   "b\xE2\x82\xAC"
				   "c\xF0\x9F\x98\x80"
				   "d";
	static const size_t bytes[] = { 0, 1, 3, 4, 7, 8, 12, 13 };
	struct utf8_cursor c = { text, sizeof(text) - 1, 0, 0 };

	(void)state;
	assert_int_equal(utf8_count(text, sizeof(text) - 1), 7);
	for (size_t i = 0; i < 64; i++) {
		size_t point = (i * 5) % LENGTH(bytes);

		assert_int_equal(utf8_point(&c, bytes[point]), point);
		point = (i * 3) % LENGTH(bytes);
		assert_int_equal(utf8_byte(&c, point), bytes[point]);
		assert_int_equal(utf8_offset(text, sizeof(text) - 1, point),
				 bytes[point]);
	}
}

static void
classes_are_unicodes(void **state)
{
	(void)state;
	assert_true(utf8_is_letter('z') && utf8_is_letter(0xE9) &&
		    utf8_is_letter(0x4E2D));
	assert_true(utf8_is_letter(0x94D)); /* virama: inside a Hindi word */
	assert_false(utf8_is_letter('1') || utf8_is_letter('_') ||
		     utf8_is_letter(0x2019));
	assert_true(utf8_is_upper('A') && utf8_is_upper(0xC9) && !utf8_is_upper(0xE9));
	assert_true(utf8_is_lower(0xE9) && !utf8_is_lower(0x4E2D));
	assert_true(utf8_is_space(' ') && utf8_is_space(0xA0) && utf8_is_space(0x3000));
	assert_false(utf8_is_space(0x200B));
	assert_true(utf8_is_punct('.') && utf8_is_punct(0x201C) && utf8_is_punct(0x3002));
	assert_true(utf8_is_symbol('$') && utf8_is_symbol(0x20AC) && !utf8_is_punct('$'));
	assert_true(utf8_is_digit('7') && utf8_is_digit(0x667));
	assert_int_equal(utf8_lower(0xC9), 0xE9);
	assert_int_equal(utf8_upper(0x434), 0x414);
	assert_true(utf8_is_spaceless(0x3042) && !utf8_is_spaceless(0xAC00));
}

static void
nfc_composes_and_repairs(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain", "plain" },
		{ "cafe\xCC\x81 bar", "caf\xC3\xA9 bar" },
		{ "\xCC\x81 alone", "\xCC\x81 alone" },
		{ "\xE2\x84\xAB", "\xC3\x85" }, /* the angstrom sign */
		{ "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", "\xEA\xB0\x81" }, /* Hangul */
		{ "\xEA\xB0\x80\xE1\x86\xA8", "\xEA\xB0\x81" },
		{ "\xE3\x81\x8B\xE3\x82\x99", "\xE3\x81\x8C" },  /* ka, voiced */
		{ "a\xCC\x81\xCC\xA3", "\xE1\xBA\xA1\xCC\x81" }, /* marks in order */
		{ "a\xFF"
		  "b",
		  "a\xEF\xBF\xBD"
		  "b" },
		{ "e\xCC", "e\xEF\xBF\xBD" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		utf8_nfc(rows[i].in, strlen(rows[i].in), &out);
		assert_string_equal(out.data, rows[i].out);
	}
	buf_release(&out);
}

static void
nfc_of_a_million_marks_is_short_and_stable(void **state)
{
	size_t n = 2000000;
	char *in = must_alloc(n);
	struct buf out, again;

	(void)state;
	for (size_t i = 0; i < n; i += 2)
		memcpy(in + i, i % 4 ? "\xCC\xA3" : "\xCC\x81", 2);
	in[0] = in[1] = 'a';
	buf_init(&out, n);
	buf_init(&again, n);
	utf8_nfc(in, n, &out);
	assert_int_equal(buf_check(&out, &(struct err){ 0 }), 0);
	assert_true(out.size < 80);
	utf8_nfc(out.data, out.size, &again);
	assert_string_equal(out.data, again.data);
	buf_release(&out);
	buf_release(&again);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_well_formed_text_is_valid),
		cmocka_unit_test(every_code_point_survives_both_ways),
		cmocka_unit_test(a_walk_over_any_bytes_ends_and_steps_back_over_the_same),
		cmocka_unit_test(offsets_go_both_ways_in_any_order),
		cmocka_unit_test(classes_are_unicodes),
		cmocka_unit_test(nfc_composes_and_repairs),
		cmocka_unit_test(nfc_of_a_million_marks_is_short_and_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
