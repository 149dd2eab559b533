/* What a table looks like on a terminal of so many columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/grid.h"

static const char *const three[] = { "day", "who", "what" };

/* Rows of three cells, as they come out.  Gives. */
static char *
print(const char *const rows[][3], size_t n, int columns, size_t fixed)
{
	struct grid g;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	grid_begin(&g, three, 3, f, columns);
	g.fixed = fixed;
	for (size_t i = 0; i < n; i++)
		grid_row(&g, rows[i]);
	grid_end(&g);
	fclose(f);
	return text;
}

static void
columns_are_as_wide_as_they_must_be(void **state)
{
	static const char *const rows[][3] = { { "2026-11-24", "Ann", "met" },
					       { "2026-11-25", "Bertha", NULL } };
	char *text = print(rows, 2, 80, 0);

	(void)state;
	assert_string_equal(text, "day         who     what\n"
				  "2026-11-24  Ann     met\n"
				  "2026-11-25  Bertha\n");
	free(text);
}

static void
the_widest_gives_way_and_what_is_fixed_does_not(void **state)
{
	static const char *const rows[][3] = { { "2026-11-24", "somebody or other",
						 "something that is long" } };
	char *text = print(rows, 1, 30, 1);

	(void)state;
	assert_string_equal(text,
			    "day         who       what\n"
			    "2026-11-24  somebod\xe2\x80\xa6  somethi\xe2\x80\xa6\n");
	free(text);
}

static void
a_row_that_cannot_fit_is_stacked(void **state)
{
	static const char *const rows[][3] = { { "2026-11-24", "somebody", "something" },
					       { "2026-11-25", NULL, "more" } };
	char *text = print(rows, 2, 20, 1);

	(void)state;
	assert_string_equal(text, "day   2026-11-24\nwho   somebody\nwhat  something\n\n"
				  "day   2026-11-25\nwhat  more\n\n");
	free(text);
}

static void
the_terminal_is_told_nothing_and_characters_take_their_room(void **state)
{
	static const struct {
		const char *cell, *seen;
	} cases[] = {
		{ "a\x1b[31mred\x1b[0m", "a [31mred [0m" },
		{ "line\nline\ttab\rend", "line line tab end" },
		{ "c1 \xc2\x9b"
		  "2J",
		  "c1  2J" },
		{ "del\x7f", "del " },
		{ "back \xe2\x80\xae"
		  "drow",
		  "back  drow" },
		{ "bad \xff\xfe byte", "bad \xef\xbf\xbd\xef\xbf\xbd byte" },
		{ "\xe6\x9c\x9d\xe9\xae\xae\xe4\xb8\xad\xe5\xa4\xae\xe9\x80\x9a\xe4\xbf"
		  "\xa1\xe7\xa4\xbe\xe9\x80\x9a\xe8\xa8\x8a",
		  "\xe6\x9c\x9d\xe9\xae\xae\xe4\xb8\xad\xe5\xa4\xae\xe9\x80\x9a\xe4\xbf"
		  "\xa1\xe7\xa4\xbe\xe9\x80\x9a\xe8\xa8\x8a" },
		{ "\xe6\x9c\x9d\xe9\xae\xae\xe4\xb8\xad\xe5\xa4\xae\xe9\x80\x9a\xe4\xbf"
		  "\xa1\xe7\xa4\xbe\xe9\x80\x9a\xe8\xa8\x8a\xe7\xa4\xbe\xe7\xa4\xbe",
		  "\xe6\x9c\x9d\xe9\xae\xae\xe4\xb8\xad\xe5\xa4\xae\xe9\x80\x9a\xe4\xbf"
		  "\xa1\xe7\xa4\xbe\xe9\x80\x9a\xe8\xa8\x8a\xe2\x80\xa6" },
		{ "e\xcc\x81t\xc3\xa9", "e\xcc\x81t\xc3\xa9" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *text;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		assert_non_null(f);
		grid_cut(f, cases[i].cell, 19);
		fclose(f);
		assert_string_equal(text, cases[i].seen);
		free(text);
	}
}

/* The widths are known by then, and nothing more is kept. */
static void
a_long_answer_is_printed_as_it_comes(void **state)
{
	static const char *const narrow[] = { "1", "2", "3" };
	static const char *const wide[] = { "1234567890123", "2", "3" };
	struct grid g;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	grid_begin(&g, three, 3, f, 20);
	for (int i = 0; i < 1000; i++)
		grid_row(&g, narrow);
	fflush(f);
	assert_int_equal(size, 1001 * strlen("1    2    3\n") + strlen("what") - 1);
	grid_row(&g, wide);
	grid_end(&g);
	fclose(f);
	assert_string_equal(text + size - 14, "12\xe2\x80\xa6  2    3\n");
	free(text);
}

static void
what_is_endless_is_held_by_its_start(void **state)
{
	size_t n = 4 << 20;
	char *text, *marks = must_alloc(n + 1);
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	marks[0] = 'e';
	for (size_t i = 1; i + 1 < n; i += 2)
		memcpy(marks + i, "\xcc\x81", 2);
	grid_cut(f, marks, 40);
	fclose(f);
	assert_true(size < 400);
	free(text);
	free(marks);
}

static void
long_text_is_cut_at_blanks(void **state)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	grid_wrap(f,
		  "one two  three\nfour five six seven overlongandthensomemore e\xcc\x81",
		  4, 24);
	fclose(f);
	assert_string_equal(text, "    one two three four\n"
				  "    five six seven\n"
				  "    overlongandthensome\xe2\x80\xa6\n"
				  "    e\xcc\x81\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_they_must_be),
		cmocka_unit_test(the_widest_gives_way_and_what_is_fixed_does_not),
		cmocka_unit_test(a_row_that_cannot_fit_is_stacked),
		cmocka_unit_test(
		    the_terminal_is_told_nothing_and_characters_take_their_room),
		cmocka_unit_test(long_text_is_cut_at_blanks),
		cmocka_unit_test(a_long_answer_is_printed_as_it_comes),
		cmocka_unit_test(what_is_endless_is_held_by_its_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
