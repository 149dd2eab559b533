/*
 * Sentences of the kind that the world's wires print: every time in each, in
 * order, with its value, and none besides.  Articles are of Monday,
 * 2025-09-01, unless the row says otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/reading.h"

struct row {
	const char *text, *times; /* "span=value; span=value" */
	const char *published, *language;
};

static void
found(const struct document *d, char *out, size_t room)
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < d->time_count && n < room; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%s=%s", i ? "; " : "",
				      d->times[i].span.text, d->times[i].value);
}

static void
check_all(const struct row *rows, size_t n)
{
	int wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const struct row *c = &rows[i];
		struct article a = { .uri = "urn:x",
				     .body_text = (char *)c->text,
				     .language = (char *)c->language,
				     .versioncreated =
					 (char *)(c->published ? c->published
							       : "2025-09-01") };
		struct document d;
		char times[600];

		reading(&a, &d);
		found(&d, times, sizeof times);
		if (!strcmp(times, c->times))
			continue;
		print_error("%s\n\twanted %s\n\tfound  %s\n", c->text, c->times, times);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}
#define CHECK(rows) check_all(rows, LENGTH(rows))

static void
what_was_said_and_done_lies_behind(void **state)
{
	static const struct row rows[] = {
		{ "Russian drones struck the port of Odesa on Saturday, killing three.",
		  "Saturday=2025-08-30" },
		{ "The minister said on Thursday that the border was closed.",
		  "Thursday=2025-08-28" },
		{ "KABUL, Sept 1 (Reuters) - A quake killed hundreds late on Sunday.",
		  "Sept 1=2025-09-01; late on Sunday=2025-08-31" },
		{ "Sunday's vote was the first since 2019.",
		  "Sunday=2025-08-31; 2019=2019" },
		{ "Two soldiers were killed on Monday, the army said.",
		  "Monday=2025-09-01" },
		{ "The court ruled last Friday that he must leave.",
		  "last Friday=2025-08-29" },
		{ "He was arrested on August 22 in Lima.", "August 22=2025-08-22" },
		{ "Inflation rose to 4.2 percent in July from 3.9 percent in June.",
		  "July=2025-07; June=2025-06" },
		{ "The yen fell on Friday to its lowest since December.",
		  "Friday=2025-08-29; December=2024-12" },
		{ "In November, voters threw out the government.", "November=2024-11" },
		{ "Protests broke out on Tuesday night and went on into Wednesday "
		  "morning.",
		  "Tuesday night=2025-08-26TNI; Wednesday morning=2025-08-27TMO" },
		{ "He told reporters yesterday that talks had failed.",
		  "yesterday=2025-08-31" },
		{ "The ferry sank overnight off Lampedusa.", "overnight=2025-08-31TNI" },
		{ "An earthquake shook Crete early on Thursday.",
		  "early on Thursday=2025-08-28" },
		{ "The truce was signed earlier this month.",
		  "earlier this month=2025-09" },
		{ "Tens of thousands marched over the weekend.",
		  "the weekend=2025-W35-WE" },
		{ "The president, who came to power in a coup in August 2020, spoke.",
		  "August 2020=2020-08" },
		{ "He had been due to stand trial on Aug 25.", "Aug 25=2025-08-25" },
	};

	CHECK(rows);
	(void)state;
}

static void
what_is_planned_lies_ahead(void **state)
{
	static const struct row rows[] = {
		{ "The leaders will meet in Tianjin on Wednesday.",
		  "Wednesday=2025-09-03" },
		{ "Kim is expected to attend a parade on Wednesday.",
		  "Wednesday=2025-09-03" },
		{ "Voters go to the polls next Sunday.", "next Sunday=2025-09-07" },
		{ "The summit is scheduled for Thursday in Paris.",
		  "Thursday=2025-09-04" },
		{ "He said the talks would resume on Friday.", "Friday=2025-09-05" },
		{ "Parliament is to vote on the budget on Tuesday.",
		  "Tuesday=2025-09-02" },
		{ "The union plans a strike on Sept. 10.", "Sept. 10=2025-09-10" },
		{ "The tariffs will take effect on October 1.", "October 1=2025-10-01" },
		{ "Elections are due in February.", "February=2026-02" },
		{ "She will step down in January after ten years in office.",
		  "January=2026-01; ten years=P10Y" },
		{ "The trial is set to begin on March 3.", "March 3=2026-03-03" },
		{ "A decision could come as early as this week.", "this week=2025-W36" },
		{ "The bank may cut rates later this month.",
		  "later this month=2025-09" },
		{ "The Olympics will be held in Los Angeles in 2028.", "2028=2028" },
		{ "The law comes into force next year.", "next year=2026" },
		{ "He will travel to Beijing tomorrow.", "tomorrow=2025-09-02" },
		{ "The ceasefire is due to expire at midnight on Friday.",
		  "midnight on Friday=2025-09-05T00:00" },
		{ "The two sides agreed to meet again in two weeks.", "two weeks=P2W" },
		{ "A second round, planned for Sunday, is likely.", "Sunday=2025-09-07" },
		{ "He has until Thursday to reply.", "Thursday=2025-09-04" },
		{ "The commission will publish its report by the end of the year.",
		  "the end of the year=2025" },
		{ "Work should be finished by mid-2027.", "mid-2027=2027" },
	};

	CHECK(rows);
	(void)state;
}

static void
dates_are_read_as_the_world_writes_them(void **state)
{
	static const struct row rows[] = {
		{ "The treaty was signed on 15 March 2024.", "15 March 2024=2024-03-15" },
		{ "The treaty was signed on March 15th, 2024.",
		  "March 15th, 2024=2024-03-15" },
		{ "The treaty was signed on March 15.", "March 15=2025-03-15" },
		{ "The treaty was signed on the 15th of March.",
		  "the 15th of March=2025-03-15" },
		{ "Filed on 2024-03-15 in Geneva.", "2024-03-15=2024-03-15" },
		{ "Filed on 15/03/2024 in London.", "15/03/2024=2024-03-15" },
		{ "Filed on 03/04/2024 in London.", "03/04/2024=2024-04-03", NULL,
		  "en-GB" },
		{ "Filed on 03/04/2024 in Boston.", "03/04/2024=2024-03-04", NULL,
		  "en-US" },
		{ "Filed on 15.03.2024 in Berlin.", "15.03.2024=2024-03-15" },
		{ "Killed between 7 and 9 October 2023.",
		  "7=2023-10-07; 9 October 2023=2023-10-09" },
		{ "Held from September 9 to 12 in New York.",
		  "September 9=2025-09-09; 12=2025-09-12", "2025-09-20" },
		{ "It ran from 28 August to 2 September.",
		  "28 August=2024-08-28; 2 September=2024-09-02", "2025-03-10" },
		{ "On Feb. 24, 2022, Russia invaded Ukraine.",
		  "Feb. 24, 2022=2022-02-24" },
		{ "He died on Friday, Aug 29, aged 84.", "Friday, Aug 29=2025-08-29" },
		{ "The law of 5 July 1998 was repealed.", "5 July 1998=1998-07-05" },
		{ "Founded in May, 1921.", "May, 1921=1921-05" },
		{ "The crisis of 2008-09 cost millions of jobs.", "2008=2008; 09=2009" },
		{ "The war of 1914-1918 changed the map.", "1914=1914; 1918=1918" },
		{ "It fell in early June and again in late August.",
		  "early June=2025-06; late August=2025-08" },
		{ "He has lived there since the early 1990s.", "the early 1990s=199" },
		{ "A painting of the late 17th century was stolen.",
		  "the late 17th century=16" },
		{ "Unrest in the '60s and '70s.", "the '60s=196; '70s=197" },
		{ "The ruins date from the 3rd century BC.", "the 3rd century BC=BC02" },
		{ "Troops left in December of last year.",
		  "December of last year=2024-12" },
	};

	CHECK(rows);
	(void)state;
}

static void
hours_have_their_day(void **state)
{
	static const struct row rows[] = {
		{ "The plane took off at 8:40 a.m. on Saturday.",
		  "8:40 a.m. on Saturday=2025-08-30T08:40" },
		{ "The quake struck at 11:47 p.m. local time on Sunday.",
		  "11:47 p.m. local time on Sunday=2025-08-31T23:47" },
		{ "It struck on Sunday at 1917 GMT.",
		  "Sunday at 1917 GMT=2025-08-31T19:17" },
		{ "Polls opened at 8 am on Sunday and were to close at 6 pm.",
		  "8 am on Sunday=2025-08-31T08:00; 6 pm=2025-08-31T18:00" },
		{ "Polls will close at 20:00.", "20:00=2025-09-01T20:00" },
		{ "The blast came at noon on Friday.",
		  "noon on Friday=2025-08-29T12:00" },
		{ "He was seized at about 5 o'clock in the morning.",
		  "5 o'clock in the morning=2025-09-01T05:00" },
		{ "He will speak on Tuesday evening.", "Tuesday evening=2025-09-02TEV" },
		{ "They attacked at dawn on Thursday.",
		  "dawn on Thursday=2025-08-28TMO" },
		{ "Police came in the early hours of Saturday.",
		  "the early hours of Saturday=2025-08-30TMO" },
		{ "He left late Saturday night.", "late Saturday night=2025-08-30TNI" },
		{ "The vote was postponed until Thursday afternoon.",
		  "Thursday afternoon=2025-09-04TAF" },
	};

	CHECK(rows);
	(void)state;
}

static void
a_text_counts_on_from_what_it_told(void **state)
{
	static const struct row rows[] = {
		{ "He was seized on August 3. Two days later he was dead.",
		  "August 3=2025-08-03; Two days later=2025-08-05" },
		{ "He fled on Aug. 10 and was caught the following day.",
		  "Aug. 10=2025-08-10; the following day=2025-08-11" },
		{ "The strike began on 4 August; three days earlier talks had failed.",
		  "4 August=2025-08-04; three days earlier=2025-08-01" },
		{ "He took office in 2014 and was reelected four years later.",
		  "2014=2014; four years later=2018" },
		{ "She was born in 1961. The same year the wall was built.",
		  "1961=1961; The same year=1961" },
		{ "A truce was signed in May 2021. The next month it was broken.",
		  "May 2021=2021-05; The next month=2021-06" },
		{ "He came on July 7 and left a week later.",
		  "July 7=2025-07-07; a week later=2025-W29" },
		{ "He was shot on July 7 and died that night.",
		  "July 7=2025-07-07; that night=2025-07-07TNI" },
		{ "War broke out in 1992. It ended three years later.",
		  "1992=1992; three years later=1995" },
		{ "He resigned in March 2011, a decade after the war.",
		  "March 2011=2011-03; a decade=P10Y" },
	};

	CHECK(rows);
	(void)state;
}

static void
spans_of_time_are_durations(void **state)
{
	static const struct row rows[] = {
		{ "The siege lasted 872 days.", "872 days=P872D" },
		{ "He was jailed for 18 months.", "18 months=P18M" },
		{ "A three-day visit to Japan.", "three-day=P3D" },
		{ "The two-week-long strike cost millions.", "two-week=P2W" },
		{ "More than two decades of war.", "More than two decades=P20Y" },
		{ "He ruled for nearly 30 years.", "nearly 30 years=P30Y" },
		{ "After months of talks they agreed.", "months=PXM" },
		{ "The fire burned for several hours.", "several hours=PTXH" },
		{ "It fell by half over the past five years.",
		  "the past five years=P5Y" },
		{ "Exports may double in the next ten years.",
		  "the next ten years=P10Y" },
		{ "At least 40 have died in the last 24 hours.",
		  "the last 24 hours=PT24H" },
		{ "He waited two and a half years.", "two and a half years=P2Y6M" },
		{ "He waited half an hour.", "half an hour=PT0.5H" },
		{ "A couple of days were enough.", "A couple of days=P2D" },
		{ "It took a quarter of a century.", "a century=P100Y" },
		{ "Within days the city fell.", "days=PXD" },
		{ "He spent 1,000 days in a cell.", "1,000 days=P1000D" },
		{ "He spent a dozen years abroad.", "a dozen years=P12Y" },
		{ "The ship was adrift for a fortnight.", "a fortnight=P2W" },
		{ "Hundreds have fled in recent weeks.", "recent weeks=PXW" },
		{ "More will flee in the coming days.", "the coming days=PXD" },
		{ "A day of mourning was held.", "A day=P1D" },
	};

	CHECK(rows);
	(void)state;
}

static void
what_comes_again_is_a_set(void **state)
{
	static const struct row rows[] = {
		{ "They meet every Tuesday.", "every Tuesday=XXXX-WXX-2" },
		{ "The council meets twice a year.", "a year=P1Y" },
		{ "It makes 3 million barrels a day.", "a day=P1D" },
		{ "Each year thousands cross the desert.", "Each year=P1Y" },
		{ "Elections are held every five years.", "every five years=P5Y" },
		{ "The budget is 2 billion euros per year.", "per year=P1Y" },
		{ "Ships pass daily.", "daily=P1D" },
		{ "A monthly report.", "monthly=P1M" },
		{ "Prayers are held every morning.", "every morning=XXXX-XX-XXTMO" },
		{ "Rivers flood every spring.", "every spring=XXXX-SP" },
	};

	CHECK(rows);
	(void)state;
}

static void
quarters_and_years_of_business(void **state)
{
	static const struct row rows[] = {
		{ "GDP grew 0.3% in the second quarter.", "the second quarter=2025-Q2" },
		{ "Profit fell in the fourth quarter.", "the fourth quarter=2024-Q4" },
		{ "Third-quarter results will be published in October.",
		  "Third-quarter=2025-Q3; October=2025-10" },
		{ "Sales fell 4% in the first half of 2024.",
		  "the first half of 2024=2024-H1" },
		{ "Growth in the first quarter of next year will be slow.",
		  "the first quarter of next year=2026-Q1" },
		{ "Net profit was $2 billion in Q2.", "Q2=2025-Q2" },
		{ "Net profit was $2 billion in Q4 2024.", "Q4 2024=2024-Q4" },
		{ "Output rose in H1 2025.", "H1 2025=2025-H1" },
		{ "The deficit for fiscal 2026 will be larger.", "fiscal 2026=2026" },
		{ "In the fiscal year 2023 it lost money.", "the fiscal year 2023=2023" },
		{ "The 2024/25 season was its worst.", "2024=2024; 25=2025" },
		{ "Prices were 3 percent higher than a year earlier.",
		  "a year earlier=2024" },
		{ "It expects to break even by year-end.", "year-end=2025" },
		{ "Orders fell year-on-year.", "" },
	};

	CHECK(rows);
	(void)state;
}

static void
feasts_fall_on_their_day(void **state)
{
	static const struct row rows[] = {
		{ "He was killed on Christmas Day.", "Christmas Day=2024-12-25" },
		{ "Shops will close on Christmas Eve.", "Christmas Eve=2025-12-24" },
		{ "The attack on New Year's Eve killed 39.",
		  "New Year's Eve=2024-12-31" },
		{ "He spoke on Easter Sunday.", "Easter Sunday=2025-04-20" },
		{ "The church was bombed on Easter Sunday 2019.",
		  "Easter Sunday 2019=2019-04-21" },
		{ "They were freed on Good Friday.", "Good Friday=2025-04-18" },
		{ "Sales rose before Thanksgiving.", "Thanksgiving=2024-11-28" },
		{ "Muslims fasted during Ramadan.", "Ramadan=2025-03" },
		{ "The truce for Eid al-Fitr held.", "Eid al-Fitr=2025-03-31" },
		{ "Israel was attacked on Yom Kippur 1973.",
		  "Yom Kippur 1973=1973-10-06" },
		{ "Orthodox Easter was marked in Kyiv.", "Orthodox Easter=2025-04-20" },
		{ "Workers marched on May Day.", "May Day=2025-05-01" },
		{ "Russia marked Victory Day with a parade.", "Victory Day=2025-05-09" },
		{ "Rosh Hashanah will be quiet.", "Rosh Hashanah=2025-09-23" },
		{ "Passover was marked under curfew.", "Passover=2025-04-13" },
	};

	CHECK(rows);
	(void)state;
}

static void
seasons_and_vague_times(void **state)
{
	static const struct row rows[] = {
		{ "The army attacked in the spring.", "the spring=2025-SP" },
		{ "It was the driest summer on record.", "" },
		{ "Talks collapsed last autumn.", "last autumn=2024-FA" },
		{ "The offensive failed in the summer of 2023.",
		  "the summer of 2023=2023-SU" },
		{ "Gas was cut off last winter.", "last winter=2024-WI" },
		{ "He has recently moved to Doha.", "recently=PAST_REF" },
		{ "It is now controlled by rebels.", "now=PRESENT_REF" },
		{ "The current government is weak.", "current=PRESENT_REF" },
		{ "He ruled out talks in the near future.",
		  "the near future=FUTURE_REF" },
		{ "It has failed in the past.", "the past=PAST_REF" },
		{ "Few tourists come these days.", "these days=PRESENT_REF" },
	};

	CHECK(rows);
	(void)state;
}

static void
what_only_looks_like_a_time_is_none(void **state)
{
	static const struct row rows[] = {
		{ "A 44-year-old man was held.", "" },
		{ "He is 82 years old.", "" },
		{ "The 80th anniversary of the war.", "" },
		{ "The fall of the wall.", "" },
		{ "May I march with you?", "" },
		{ "Theresa May met April Jones.", "" },
		{ "He lost 2000 men and 1,945 guns.", "" },
		{ "The second man won the third prize.", "" },
		{ "The vote was 12-14.", "" },
		{ "It fell 1.5 points to 2,010.45.", "" },
		{ "Flight 2025 was late.", "" },
		{ "A score of 3-2 after extra time.", "" },
		{ "Call 1945 for help.", "" },
		{ "He paid $2000 for it.", "" },
		{ "Jan Kubis and Sat Pal spoke to Mar Awgin.", "" },
		{ "The Daily Telegraph said so.", "" },
		{ "Iraq imports three-quarters of its food.", "" },
	};

	CHECK(rows);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_said_and_done_lies_behind),
		cmocka_unit_test(what_is_planned_lies_ahead),
		cmocka_unit_test(dates_are_read_as_the_world_writes_them),
		cmocka_unit_test(hours_have_their_day),
		cmocka_unit_test(a_text_counts_on_from_what_it_told),
		cmocka_unit_test(spans_of_time_are_durations),
		cmocka_unit_test(what_comes_again_is_a_set),
		cmocka_unit_test(quarters_and_years_of_business),
		cmocka_unit_test(feasts_fall_on_their_day),
		cmocka_unit_test(seasons_and_vague_times),
		cmocka_unit_test(what_only_looks_like_a_time_is_none),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
