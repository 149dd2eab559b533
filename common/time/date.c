/*
 * Days are counted as in Howard Hinnant's "chrono-compatible low-level date
 * algorithms": years that begin in March, eras of 400 years.  No libc, no
 * zone, right for any year that an int of days can reach.
 */
#include "time/date.h"

#include <stdio.h>

#define DAYS_IN_ERA  146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

int
date_month_length(int year, int month)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month < 1 || month > 12)
		return 0;
	return lengths[month - 1] + (month == 2 && leap);
}

bool
date_is_valid(struct date d)
{
	return d.year >= 1 && d.year <= 9999 && d.month >= 1 && d.month <= 12 &&
	       d.day >= 1 && d.day <= date_month_length(d.year, d.month);
}

long
date_days(struct date d)
{
	long y = d.month <= 2 ? d.year - 1L : d.year;
	long era = (y >= 0 ? y : y - 399) / 400;
	long of_era = y - era * 400;
	long of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * DAYS_IN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	       DAYS_TO_1970;
}

struct date
date_of_days(long days)
{
	long z = days + DAYS_TO_1970;
	long era = (z >= 0 ? z : z - (DAYS_IN_ERA - 1)) / DAYS_IN_ERA;
	long day = z - era * DAYS_IN_ERA;
	long y = (day - day / 1460 + day / 36524 - day / (DAYS_IN_ERA - 1)) / 365;
	long of_year = day - (365 * y + y / 4 - y / 100);
	long m = (5 * of_year + 2) / 153;
	struct date d = { .day = (int)(of_year - (153 * m + 2) / 5 + 1) };

	d.month = (int)(m < 10 ? m + 3 : m - 9);
	d.year = (int)(y + era * 400 + (d.month <= 2));
	return d;
}

struct date
date_add_months(struct date d, int months)
{
	int m = d.year * 12 + d.month - 1 + months;
	int length;

	d.year = (m >= 0 ? m : m - 11) / 12;
	d.month = m - d.year * 12 + 1;
	length = date_month_length(d.year, d.month);
	if (d.day > length)
		d.day = length;
	return d;
}

int
date_weekday(struct date d)
{
	long days = date_days(d) + 3; /* 1970-01-01 was a Thursday */

	return (int)(days % 7 + (days % 7 < 0 ? 7 : 0)) + 1;
}

/* A week belongs to the year of its Thursday. */
int
date_week(struct date d, int *year)
{
	struct date thursday = date_of_days(date_days(d) + 4 - date_weekday(d));
	struct date first = { thursday.year, 1, 1 };

	*year = thursday.year;
	return (int)((date_days(thursday) - date_days(first)) / 7) + 1;
}

static int
digits(const char *text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

int
date_parse(struct date *d, const char *text)
{
	struct date got;

	if ((got.year = digits(text, 4)) < 0 || text[4] != '-')
		return -1;
	if ((got.month = digits(text + 5, 2)) < 0 || text[7] != '-')
		return -1;
	if ((got.day = digits(text + 8, 2)) < 0 || !date_is_valid(got))
		return -1;
	*d = got;
	return 0;
}

const char *
date_text(struct date d, char text[DATE_TEXT])
{
	if (!date_is_valid(d))
		d = (struct date){ 1, 1, 1 };
	snprintf(text, DATE_TEXT, "%04d-%02d-%02d", d.year, d.month, d.day);
	return text;
}
