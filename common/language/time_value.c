/* Values of times, in the forms of TimeML. */
#include "language/time_value.h"

#include <stdio.h>
#include <string.h>

int
match_number(const struct match *m, enum time_term t)
{
	return (int)m->term[t].n;
}

int
match_which(const struct match *m)
{
	return has(m, TERM_WHICH) ? match_number(m, TERM_WHICH) : 0;
}

const char *
match_season(const struct match *m)
{
	static const char *const seasons[] = { "-SP", "-SU", "-FA", "-WI" };

	return seasons[match_number(m, TERM_SEASON)];
}

const char *
match_part(const struct match *m)
{
	static const char *const parts[] = { "TMO", "TAF", "TEV", "TNI", "TDT" };

	return parts[match_number(m, TERM_PART)];
}

bool
value_text(struct hit *h, enum timex_type type, const char *value)
{
	h->type = type;
	snprintf(h->value, sizeof h->value, "%s", value);
	return true;
}

bool
value_day(struct hit *h, struct date d)
{
	char text[DATE_TEXT];

	h->has_day = date_is_valid(d);
	h->day = d;
	return value_text(h, TIMEX_DATE, date_text(d, text));
}

/* Values of a year and what stands behind it: 1994, 1994-05, BC0480-SP. */
bool
value_year(struct hit *h, const struct scan *s, int year, const char *rest)
{
	bool bc = s->bc && year == s->base.year;

	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%s%04d%s", bc ? "BC" : "",
		 year < 0 ? 0 : year % 10000, rest);
	return true;
}

bool
value_quarter(struct hit *h, int quarter)
{
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-Q%d", quarter / 4, quarter % 4 + 1);
	return true;
}

bool
value_month(struct hit *h, const struct scan *s, int year, int month)
{
	char rest[16];

	snprintf(rest, sizeof rest, "-%02d", month);
	return value_year(h, s, year, rest);
}

bool
value_week(struct hit *h, struct date d)
{
	int year, week = date_week(d, &year);

	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-W%02d", year, week);
	return true;
}

static int
in_years(int year, int n)
{
	year = n > 9999 || n < -9999 ? 0 : year + n;
	return year < 1 ? 1 : year > 9999 ? 9999 : year;
}

struct date
value_days_off(struct date from, int n)
{
	return n > 1000000 || n < -1000000 ? from : date_of_days(date_days(from) + n);
}

/* The unit n units away from a day: a week stays a week, a year a year. */
bool
value_shift(struct hit *h, const struct scan *s, struct date from, enum unit unit, int n)
{
	struct date d = n > 100000 || n < -100000
			    ? from
			    : date_add_months(from, unit == UNIT_QUARTER ? 3 * n : n);
	int width = unit == UNIT_DECADE ? 3 : 2, years = unit == UNIT_DECADE ? 10 : 100;

	switch (unit) {
	case UNIT_SECOND:
	case UNIT_MINUTE:
	case UNIT_HOUR:
		return value_day(h, from);
	case UNIT_DAY:
		return value_day(h, value_days_off(from, n));
	case UNIT_WEEK:
		return value_week(h,
				  value_days_off(from,
						 n > 100000 || n < -100000 ? 0 : 7 * n));
	case UNIT_MONTH:
		return value_month(h, s, d.year, d.month);
	case UNIT_QUARTER:
		return value_quarter(h, d.year * 4 + (d.month + 2) / 3 - 1);
	case UNIT_YEAR:
		if (s->bc)
			return value_year(h, s, from.year, "");
		return value_year(h, s, in_years(from.year, n), "");
	case UNIT_DECADE:
	case UNIT_CENTURY:
		h->type = TIMEX_DATE;
		snprintf(h->value, sizeof h->value, "%0*d", width,
			 in_years(from.year, years * n) / years);
		return true;
	case UNIT_MANY:
		break;
	}
	return false;
}

bool
value_duration(struct hit *h, enum unit unit, double n)
{
	static const struct {
		const char *before, *letter;
		int times;
		const char *some;
	} units[] = { { "PT", "S", 1, "S" }, { "PT", "M", 1, "M" }, { "PT", "H", 1, "H" },
		      { "P", "D", 1, "D" },  { "P", "W", 1, "W" },  { "P", "M", 1, "M" },
		      { "P", "M", 3, "Q" },  { "P", "Y", 1, "Y" },  { "P", "Y", 10, "E" },
		      { "P", "Y", 100, "C" } };
	double all = n * units[unit].times;

	h->type = TIMEX_DURATION;
	if (n < 0)
		snprintf(h->value, sizeof h->value, "%sX%s", units[unit].before,
			 units[unit].some);
	else if (unit == UNIT_YEAR && all > 1 && all - (int)all == 0.5 && all < 1000)
		snprintf(h->value, sizeof h->value, "P%dY6M", (int)all);
	else if (unit == UNIT_HOUR && all > 1 && all - (int)all == 0.5 && all < 1000)
		snprintf(h->value, sizeof h->value, "PT%dH30M", (int)all);
	else
		snprintf(h->value, sizeof h->value, "%s%.10g%s", units[unit].before, all,
			 units[unit].letter);
	return true;
}
