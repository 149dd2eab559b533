/* Times and what they mean, as rows; the article is of Monday 2025-09-01. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/reading.h"

struct row {
	const char *text, *time, *value;
	enum timex_type type;
};

static void
check(const struct row *c, const char *published)
{
	struct article a = { .uri = "urn:x",
			     .body_text = c->text,
			     .versioncreated = published };
	struct document d;

	reading(&a, &d);
	if (!c->time) {
		if (d.time_count)
			fail_msg("%s: %s is no time", c->text, d.times[0].span.text);
		return;
	}
	for (size_t i = 0; i < d.time_count; i++)
		if (!strcmp(d.times[i].span.text, c->time)) {
			if (strcmp(d.times[i].value, c->value) ||
			    d.times[i].type != c->type)
				fail_msg("%s: %s is %s of type %d", c->text, c->time,
					 d.times[i].value, (int)d.times[i].type);
			return;
		}
	fail_msg("%s: no \"%s\" but \"%s\"", c->text, c->time,
		 d.time_count ? d.times[0].span.text : "");
}

static void
check_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&rows[i], "2025-09-01T08:00:00Z");
}

static void
a_weekday_follows_the_direction_of_its_verb(void **state)
{
	static const struct row rows[] = {
		{ "Kim inspected a plant on Sunday.", "Sunday", "2025-08-31",
		  TIMEX_DATE },
		{ "He will attend a parade on Wednesday.", "Wednesday", "2025-09-03",
		  TIMEX_DATE },
		{ "He said on Monday it was over.", "Monday", "2025-09-01", TIMEX_DATE },
		{ "It tested missiles last Thursday.", "last Thursday", "2025-08-28",
		  TIMEX_DATE },
		{ "It was shut last Monday.", "last Monday", "2025-08-25", TIMEX_DATE },
		{ "They meet next Friday.", "next Friday", "2025-09-05", TIMEX_DATE },
		{ "He was shot Saturday night.", "Saturday night", "2025-08-30TNI",
		  TIMEX_TIME },
		{ "Talks are scheduled for Tuesday.", "Tuesday", "2025-09-02",
		  TIMEX_DATE },
		{ "It opens every Friday.", "every Friday", "XXXX-WXX-5", TIMEX_SET },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
calendar_dates_are_read_in_every_order(void **state)
{
	static const struct row rows[] = {
		{ "It fell on August 31.", "August 31", "2025-08-31", TIMEX_DATE },
		{ "It fell on Aug. 31, 2019.", "Aug. 31, 2019", "2019-08-31",
		  TIMEX_DATE },
		{ "It fell on 31 August 2019.", "31 August 2019", "2019-08-31",
		  TIMEX_DATE },
		{ "Fought on the 3rd of May.", "the 3rd of May", "2025-05-03",
		  TIMEX_DATE },
		{ "Held on Wednesday, Sept. 3.", "Wednesday, Sept. 3", "2025-09-03",
		  TIMEX_DATE },
		{ "It fell in December.", "December", "2024-12", TIMEX_DATE },
		{ "It will open in February.", "February", "2026-02", TIMEX_DATE },
		{ "It fell in June 2012.", "June 2012", "2012-06", TIMEX_DATE },
		{ "From 14 October to 25 November 1952.", "14 October", "1952-10-14",
		  TIMEX_DATE },
		{ "It ended on December 28.", "December 28", "2024-12-28", TIMEX_DATE },
		{ "Signed on 2025-08-29.", "2025-08-29", "2025-08-29", TIMEX_DATE },
		{ "Signed on 31/8/2025.", "31/8/2025", "2025-08-31", TIMEX_DATE },
		{ "He has ruled since 2019.", "2019", "2019", TIMEX_DATE },
		{ "It rose in the 1990s.", "the 1990s", "199", TIMEX_DATE },
		{ "A war of the 19th century.", "the 19th century", "18", TIMEX_DATE },
		{ "It fell in early 2020.", "early 2020", "2020", TIMEX_DATE },
		{ "Carthage fell in 146 BC.", "146 BC", "BC0146", TIMEX_DATE },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
relative_times_keep_their_grain(void **state)
{
	static const struct row rows[] = {
		{ "It fell last week.", "last week", "2025-W35", TIMEX_DATE },
		{ "It fell last month.", "last month", "2025-08", TIMEX_DATE },
		{ "It rose this year.", "this year", "2025", TIMEX_DATE },
		{ "He came two days ago.", "two days ago", "2025-08-30", TIMEX_DATE },
		{ "He came three weeks ago.", "three weeks ago", "2025-W33", TIMEX_DATE },
		{ "It won a decade ago.", "a decade ago", "201", TIMEX_DATE },
		{ "He left on August 3. Two days later he died.", "Two days later",
		  "2025-08-05", TIMEX_DATE },
		{ "He left on August 3 and fell the next day.", "the next day",
		  "2025-08-04", TIMEX_DATE },
		{ "It fell yesterday.", "yesterday", "2025-08-31", TIMEX_DATE },
		{ "It fell in the third quarter of 2019.", "the third quarter of 2019",
		  "2019-Q3", TIMEX_DATE },
		{ "It fell last winter.", "last winter", "2024-WI", TIMEX_DATE },
		{ "He left years ago, now he is back.", "now", "PRESENT_REF",
		  TIMEX_DATE },
		{ "It fell 9e99 years ago.", "years ago", "PAST_REF", TIMEX_DATE },
		{ "It fell 0x10 days ago.", "days ago", "PAST_REF", TIMEX_DATE },
		{ "He met them at 10 a.m. on Friday.", "10 a.m. on Friday",
		  "2025-08-29T10:00", TIMEX_TIME },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
durations_and_sets_are_told_from_dates(void **state)
{
	static const struct row rows[] = {
		{ "It lasted three years.", "three years", "P3Y", TIMEX_DURATION },
		{ "A six-month ban.", "six-month", "P6M", TIMEX_DURATION },
		{ "It grew over the past twenty-five years.",
		  "the past twenty-five years", "P25Y", TIMEX_DURATION },
		{ "It took half an hour.", "half an hour", "PT0.5H", TIMEX_DURATION },
		{ "He waited for months.", "months", "PXM", TIMEX_DURATION },
		{ "They meet every year.", "every year", "P1Y", TIMEX_SET },
		{ "It costs $5 million a year.", "a year", "P1Y", TIMEX_SET },
		{ "They meet daily.", "daily", "P1D", TIMEX_SET },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
words_and_numbers_that_only_look_like_times_are_none(void **state)
{
	static const struct row rows[] = {
		{ "May I go? He may march.", NULL, NULL, 0 },
		{ "He shot 2000 people.", NULL, NULL, 0 },
		{ "The second man sat in the sun.", NULL, NULL, 0 },
		{ "Volume was 1.3 billion at 1.3 each.", NULL, NULL, 0 },
		{ "A 44-year-old man.", NULL, NULL, 0 },
		{ "The fall of the wall.", NULL, NULL, 0 },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
a_week_at_a_years_edge_has_the_year_of_its_thursday(void **state)
{
	static const struct row row = { "It fell last week.", "last week", "2025-W01",
					TIMEX_DATE };
	static const struct row next = { "It opens next week.", "next week", "2027-W01",
					 TIMEX_DATE };

	check(&row, "2025-01-06T00:00:00Z");
	check(&next, "2026-12-31T00:00:00Z");
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_weekday_follows_the_direction_of_its_verb),
		cmocka_unit_test(calendar_dates_are_read_in_every_order),
		cmocka_unit_test(relative_times_keep_their_grain),
		cmocka_unit_test(durations_and_sets_are_told_from_dates),
		cmocka_unit_test(words_and_numbers_that_only_look_like_times_are_none),
		cmocka_unit_test(a_week_at_a_years_edge_has_the_year_of_its_thursday),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
