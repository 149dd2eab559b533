/* Every row of lexicon/times.tsv finds in its example what the row says, and no more of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/table.h"
#include "tests/lib/reading.h"

static const char *const columns[] = { "kind",    "pattern", "make",
				       "example", "time",    "value" };
enum { EXAMPLE = 3, TIME, VALUE };

static bool
is_found(const struct document *d, const char *time, const char *value)
{
	for (size_t i = 0; i < d->time_count; i++)
		if (!strcmp(d->times[i].span.text, time))
			return !strcmp(d->times[i].value, value);
	return !*time && !d->time_count;
}

static int
check_row(const struct table *t, size_t row)
{
	struct article a = { .uri = "urn:x",
			     .body_text = (char *)table_cell(t, row, EXAMPLE),
			     .versioncreated = "2025-09-01T08:00:00Z" };
	struct document d;

	reading(&a, &d);
	if (is_found(&d, table_cell(t, row, TIME), table_cell(t, row, VALUE)))
		return 0;
	print_error("times.tsv:%d: %s\n", t->lines[row], a.body_text);
	for (size_t i = 0; i < d.time_count; i++)
		print_error("\tfound \"%s\" = %s\n", d.times[i].span.text,
			    d.times[i].value);
	return 1;
}

static void
each_rule_does_what_its_example_says(void **state)
{
	struct table t;
	struct err err;
	int wrong = 0;

	(void)state;
	if (table_open(&t, "lexicon", "times.tsv", columns, LENGTH(columns), &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < t.rows; i++) {
		if (!*table_cell(&t, i, EXAMPLE))
			fail_msg("times.tsv:%d: no example", t.lines[i]);
		wrong += check_row(&t, i);
	}
	table_close(&t);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_does_what_its_example_says),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
