/* A table says what people typed, and where they went wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/table.h"

static const char *const columns[] = { "name", "code", "note" };
static char directory[] = "/tmp/newswire-table.XXXXXX";

static void
put(const void *bytes, size_t n)
{
	FILE *f = fopen("t.tsv", "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
cells_are_found_by_row_and_column(void **state)
{
	static const char text[] = "\xef\xbb\xbf# who and where\n"
				   "name\tcode\tnote\r\n"
				   "\n"
				   "São Tomé\tSTP\tan island\r\n"
				   "# not this\tone\n"
				   "Chad\n"
				   "\t\t # kept";
	static const char *const cells[] = { "São Tomé", "STP", "an island", "Chad",   "",
					     "",         "",    "",          " # kept" };
	struct table t;
	struct err err;

	(void)state;
	put(text, strlen(text));
	assert_int_equal(table_open(&t, ".", "t.tsv", columns, 3, &err), 0);
	assert_int_equal(t.rows, 3);
	for (size_t i = 0; i < LENGTH(cells); i++)
		assert_string_equal(table_cell(&t, i / 3, i % 3), cells[i]);
	assert_int_equal(table_bad(&t, 1, 1, &err, "%s is no code", "x"), -1);
	assert_string_equal(err.text, "./t.tsv:6: code: x is no code");
	assert_int_equal(err.class, ERR_USAGE);
	table_close(&t);
}

static void
what_is_wrong_is_said_with_its_place(void **state)
{
#define ROW(text, why)                      \
	{                                   \
		text, sizeof(text) - 1, why \
	}
	static const struct {
		const char *text;
		size_t size;
		const char *why;
	} cases[] = {
		ROW("", "./t.tsv: no line that names the columns"),
		ROW("# only\n\n", "./t.tsv: no line that names the columns"),
		ROW("name\tcode\n", "./t.tsv:1: no column \"note\""),
		ROW("name\tnote\tcode\n",
		    "./t.tsv:1: column 2 is \"note\" and should be \"code\""),
		ROW("name\tcode\tnote\tx\n", "./t.tsv:1: unknown column \"x\""),
		ROW("name\tcode\tnote\n\na\tb\tc\td\n",
		    "./t.tsv:3: a cell after the last column, note: \"d\""),
		ROW("name\tcode\tnote\na\t\xff\n", "./t.tsv:2: code: not UTF-8"),
		ROW("name\tcode\tnote\na\tb\xc3\tc\n", "./t.tsv:2: code: not UTF-8"),
		ROW("name\tcode\tnote\na\xed\xa0\x80\n", "./t.tsv:2: name: not UTF-8"),
		ROW("name\tcode\tnote\na\0b\n", "./t.tsv: a NUL byte in it"),
	};
	struct table t;
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		put(cases[i].text, cases[i].size);
		assert_int_equal(table_open(&t, ".", "t.tsv", columns, 3, &err), -1);
		assert_string_equal(err.text, cases[i].why);
		assert_int_equal(err.class, ERR_USAGE);
	}
}

static void
what_is_no_file_is_refused_at_once(void **state)
{
	struct table t;
	struct err err;

	(void)state;
	unlink("t.tsv");
	assert_int_equal(table_open(&t, ".", "t.tsv", columns, 3, &err), -1);
	assert_string_equal(err.text, "./t.tsv: No such file or directory");
	assert_int_equal(table_open(&t, "..", ".", columns, 3, &err), -1);
	assert_string_equal(err.text, "../.: not a file");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(table_open(&t, ".", "fifo", columns, 3, &err), -1);
	assert_string_equal(err.text, "./fifo: not a file");
	unlink("fifo");
}

static int
enter(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int
leave(void **state)
{
	(void)state;
	unlink("t.tsv");
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_found_by_row_and_column),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(what_is_no_file_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
