/* Bytes of strangers on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/safe.h"

#define S(text) text, sizeof(text) - 1

static void
what_a_terminal_would_act_on_is_escaped(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		bool lines;
		const char *safe;
	} rows[] = {
		{ S(""), false, "" },
		{ S("plain"), false, "plain" },
		{ S("Zürich, 東京"), false, "Zürich, 東京" },
		{ S("\x1b[2J\x1b]0;title\a"), false, "\\x1b[2J\\x1b]0;title\\x07" },
		{ S("a\nb\tc\r"), false, "a\\x0ab\\x09c\\x0d" },
		{ S("a\nb\tc\r"), true, "a\nb\tc\\x0d" },
		{ S("nul\0l"), false, "nul\\x00l" },
		{ S("\x7f"), false, "\\x7f" },
		{ S("\xc2\x9b"
		    "31m"),
		  false, "\\xc2\\x9b31m" }, /* CSI in one character */
		{ S("\xe2\x80\xae"), false,
		  "\\xe2\\x80\\xae" }, /* right-to-left override */
		{ S("\xff\xfe x \xe2\x82"), false, "\\xff\\xfe x \\xe2\\x82" },
		{ S("\xc2\xa0"), false, "\xc2\xa0" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		buf_adds(&out, "");
		safe_text(&out, rows[i].text, rows[i].size, rows[i].lines);
		if (out.size != strlen(rows[i].safe) ||
		    (out.size && memcmp(out.data, rows[i].safe, out.size)))
			fail_msg("row %zu: %s, not %s", i, out.data, rows[i].safe);
	}
	buf_release(&out);
}

static void
bytes_are_shown_in_lines_of_sixteen(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	safe_hex(&out, S("0123456789abcdef\x1b\n\xff"));
	assert_string_equal(
	    out.data,
	    "00000000 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n"
	    "00000010 1b 0a ff                                         ...\n");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_terminal_would_act_on_is_escaped),
		cmocka_unit_test(bytes_are_shown_in_lines_of_sixteen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
