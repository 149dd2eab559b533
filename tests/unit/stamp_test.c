#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "text/stamp.h"
#include "time/clock.h"

static struct calendar *calendar;

static int
open_calendar(void **state)
{
	struct err err;

	(void)state;
	calendar = calendar_new("lexicon", &err);
	return calendar ? 0 : -1;
}

static int
close_calendar(void **state)
{
	(void)state;
	calendar_free(calendar);
	return 0;
}

static int64_t
ms(const char *time)
{
	struct wall t;

	assert_int_equal(wall_parse(&t, time), 0);
	return t.ms;
}

static void
date_lines_are_read_in_many_languages(void **state)
{
	static const struct {
		const char *language, *text, *value; /* NULL: no date */
	} rows[] = {
		{ "en", "March 14, 2024 08:15 UTC", "2024-03-14T08:15:00Z" },
		{ "en", "Published: Thursday, 14 March 2024, 8:15 a.m. EST",
		  "2024-03-14T13:15:00Z" },
		{ "en", "14th March 2024 at 8 pm", "2024-03-14T20:00:00Z" },
		{ "en", "Last updated on Sept. 3, 2025 at 12:05 AM GMT",
		  "2025-09-03T00:05:00Z" },
		{ "en", "2024-03-14T08:15:30Z", "2024-03-14T08:15:30Z" },
		{ "en", "2024-03-14T08:15:30.250+0100", "2024-03-14T07:15:30Z" },
		{ "en", "2024-03-14 08:15", "2024-03-14T08:15:00Z" },
		{ "en", "20240314T081530Z", "2024-03-14T08:15:30Z" },
		{ "en", "Thu, 14 Mar 2024 08:15:00 +01:00", "2024-03-14T07:15:00Z" },
		{ "en", "03/14/2024", "2024-03-14T00:00:00Z" },
		{ "en", "04/03/2024", "2024-04-03T00:00:00Z" },
		{ "de", "Veröffentlicht am 14.3.2024 um 8.15 Uhr",
		  "2024-03-14T08:15:00Z" },
		{ "de", "14. März 2024, 8 Uhr", "2024-03-14T08:00:00Z" },
		{ "de", "Stand: 14.03.2024 | 08:15 MEZ", "2024-03-14T07:15:00Z" },
		{ "fr", "Publié le 14 mars 2024 à 8h15", "2024-03-14T08:15:00Z" },
		{ "fr", "Mis à jour le 1er août 2024", "2024-08-01T00:00:00Z" },
		{ "fr", "04/03/2024", "2024-03-04T00:00:00Z" },
		{ "es", "Jueves, 14 de marzo de 2024 - 08:15 h", "2024-03-14T08:15:00Z" },
		{ "pt", "14 de março de 2024 às 8h15", "2024-03-14T08:15:00Z" },
		{ "it", "14 marzo 2024 alle ore 8:15", "2024-03-14T08:15:00Z" },
		{ "nl", "donderdag 14 maart 2024 om 8:15 uur", "2024-03-14T08:15:00Z" },
		{ "sv", "Publicerad 14 mars 2024 kl. 08.15", "2024-03-14T08:15:00Z" },
		{ "fi", "14. maaliskuuta 2024 klo 8.15", "2024-03-14T08:15:00Z" },
		{ "pl", "14 listopada 2024", "2024-11-14T00:00:00Z" },
		{ "hr", "14. listopada 2024.", "2024-10-14T00:00:00Z" },
		{ "ru", "14 марта 2024 г., 08:15 МСК", "2024-03-14T05:15:00Z" },
		{ "tr", "14 Mart 2024 Perşembe, 08:15", "2024-03-14T08:15:00Z" },
		{ "zh", "2024年3月14日 08:15", "2024-03-14T08:15:00Z" },
		{ "ja", "2024年3月14日（木） 午後8時15分", "2024-03-14T20:15:00Z" },
		{ "ko", "입력 2024년 3월 14일 오후 8시 15분", "2024-03-14T20:15:00Z" },
		{ "ar", "14 مارس 2024", "2024-03-14T00:00:00Z" },
		{ "en", "March 2024", NULL },
		{ "en", "31 June 2024", NULL },
		{ "en", "March 14, 2024 was a Thursday", NULL },
		{ "en", "14 15 March 2024", NULL },
		{ "en", "99999999999999999999", NULL },
		{ "en", "March March 14", NULL },
		{ "en", "25:15 14 March 2024", NULL },
		{ "en", "", NULL },
	};
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct stamp t;
		char text[WALL_TEXT] = "none";
		const char *want = rows[i].value ? rows[i].value : "none";

		if (stamp_parse(calendar, rows[i].language, rows[i].text,
				strlen(rows[i].text), &t))
			wall_text((struct wall){ stamp_ms(&t, 0) }, text);
		if (strcmp(text, want))
			wrong += printf("%s: %s, not %s\n", rows[i].text, text, want) > 0;
	}
	assert_int_equal(wrong, 0);
}

static void
a_date_without_a_year_is_the_last_one_before_the_file(void **state)
{
	static const struct {
		const char *text, *file, *value;
	} rows[] = {
		{ "Nov. 21", "2026-11-24T10:00:00Z", "2026-11-21T00:00:00Z" },
		{ "Nov 21", "2026-11-20T10:00:00Z", "2026-11-21T00:00:00Z" },
		{ "Dec 31", "2026-01-02T10:00:00Z", "2025-12-31T00:00:00Z" },
		{ "Jan 1", "2025-12-31T23:00:00Z", "2026-01-01T00:00:00Z" },
		{ "Feb 29", "2026-11-24T10:00:00Z", "2024-02-29T00:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct stamp t;
		char text[WALL_TEXT];

		assert_true(
		    stamp_parse(calendar, "en", rows[i].text, strlen(rows[i].text), &t));
		wall_text((struct wall){ stamp_ms(&t, ms(rows[i].file)) }, text);
		assert_string_equal(text, rows[i].value);
	}
}

static void
names_of_files_hold_dates(void **state)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "2026-11-18-montevideo.txt", "2026-11-18T00:00:00Z" },
		{ "20261122T0410Z-4471.txt", "2026-11-22T04:10:00Z" },
		{ "x/20261122-041059.txt", "2026-11-22T04:10:59Z" },
		{ "halden-20261117.txt.gz", "2026-11-17T00:00:00Z" },
		{ "a/2026/11/22/b.txt", "2026-11-22T00:00:00Z" },
		{ "report_22-11-2026.txt", "2026-11-22T00:00:00Z" },
		{ "20261117-4471.txt", "2026-11-17T00:00:00Z" },
		{ "119482_lisbon.txt", NULL },
		{ "000_4577f4b25c829cad.txt", NULL },
		{ "v3-88213-20269999.txt", NULL },
		{ "120261117.txt", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct stamp t;
		char text[WALL_TEXT] = "none";
		const char *want = rows[i].value ? rows[i].value : "none";

		if (stamp_in_name(rows[i].path, &t))
			wall_text((struct wall){ stamp_ms(&t, 0) }, text);
		if (strcmp(text, want))
			fail_msg("%s: %s, not %s", rows[i].path, text, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(date_lines_are_read_in_many_languages),
		cmocka_unit_test(a_date_without_a_year_is_the_last_one_before_the_file),
		cmocka_unit_test(names_of_files_hold_dates),
	};

	return cmocka_run_group_tests(tests, open_calendar, close_calendar);
}
