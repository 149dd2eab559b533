/* Facts about the calendar, as rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "time/date.h"

static struct date
day(const char *text)
{
	struct date d;

	if (date_parse(&d, text))
		fail_msg("%s is no date", text);
	return d;
}

static void
days_are_counted_from_1970_and_back(void **state)
{
	static const struct {
		const char *text;
		long days;
	} cases[] = {
		{ "1970-01-01", 0 },       { "1969-12-31", -1 },
		{ "2000-02-29", 11016 },   { "2025-09-01", 20332 },
		{ "1600-01-01", -135140 }, { "9999-12-31", 2932896 },
	};
	char text[DATE_TEXT];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(date_days(day(cases[i].text)), cases[i].days);
		assert_string_equal(date_text(date_of_days(cases[i].days), text),
				    cases[i].text);
	}
	for (long d = -800000; d < 2932896; d += 37)
		assert_int_equal(date_days(date_of_days(d)), d);
	(void)state;
}

static void
weekdays_and_weeks_are_those_of_iso_8601(void **state)
{
	static const struct {
		const char *text;
		int weekday, week, year;
	} cases[] = {
		{ "2025-09-01", 1, 36, 2025 }, { "2024-12-30", 1, 1, 2025 },
		{ "2021-01-03", 7, 53, 2020 }, { "1970-01-01", 4, 1, 1970 },
		{ "1969-12-28", 7, 52, 1969 },
	};
	int year;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct date d = day(cases[i].text);

		assert_int_equal(date_weekday(d), cases[i].weekday);
		assert_int_equal(date_week(d, &year), cases[i].week);
		assert_int_equal(year, cases[i].year);
	}
	(void)state;
}

static void
months_are_added_and_the_day_is_cut(void **state)
{
	static const struct {
		const char *from;
		int months;
		const char *to;
	} cases[] = {
		{ "2025-01-31", 1, "2025-02-28" },  { "2024-01-31", 1, "2024-02-29" },
		{ "2025-01-15", -1, "2024-12-15" }, { "2025-01-15", -13, "2023-12-15" },
		{ "2025-12-01", 12, "2026-12-01" },
	};
	char text[DATE_TEXT];

	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(
		    date_text(date_add_months(day(cases[i].from), cases[i].months), text),
		    cases[i].to);
	(void)state;
}

static void
only_true_days_are_parsed(void **state)
{
	static const char *const bad[] = { "",           "2",          "2025",
					   "2025-02-29", "2025-13-01", "2025-00-10",
					   "2025-06-31", "0000-01-01", "2025/01/01",
					   "25-01-01",   "2025-1-1",   "-025-01-01" };
	struct date d = { 1, 2, 3 };

	for (size_t i = 0; i < LENGTH(bad); i++)
		if (!date_parse(&d, bad[i]))
			fail_msg("%s was taken for a date", bad[i]);
	assert_int_equal(d.day, 3);
	assert_int_equal(date_parse(&d, "2024-02-29T10:00:00Z"), 0);
	assert_int_equal(d.day, 29);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_counted_from_1970_and_back),
		cmocka_unit_test(weekdays_and_weeks_are_those_of_iso_8601),
		cmocka_unit_test(months_are_added_and_the_day_is_cut),
		cmocka_unit_test(only_true_days_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
