/*
 * Days, months, hours.  They count from the article's date (base), or from
 * the date last told (last).  News tells of the past: without a verb of the
 * future near by, Sunday is the Sunday gone.
 */
#include "language/time_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/time_feast.h"

/*
 * A day or month without a year: the nearest.  A month may also lie far back
 * where the verb says so; a history counts on from the year it told last.
 */
static int
year_of_month(const struct scan *s, int i, int month, int day)
{
	enum tense tense = scan_tense(s, i);
	int year = s->base.year, apart = month - s->base.month;

	if (s->is_history)
		return year + (!s->bare_year && apart < -7);
	if (tense == TENSE_FUTURE &&
	    (day ? apart * 31 + day - s->base.day < 0 : apart < 0))
		return year + (apart < -1);
	if (apart > 6 || (apart > (day ? 2 : 0) && tense == TENSE_PAST))
		return year - 1;
	return apart < -6 && tense == TENSE_NONE ? year + 1 : year;
}

/* "14 October - 25 November 1952": the year stands at the range's end. */
static int
year_ahead(struct scan *s, int i)
{
	struct slot slot = { 0 };
	int year = 0;

	if (!scan_is(s, i, "-") && !scan_is(s, i, "--") && !scan_is(s, i, "to") &&
	    !scan_is(s, i, "/") && !scan_is(s, i, "and") && !scan_is(s, i, "until"))
		return 0;
	for (int k = i + 1; k < i + 7 && k < s->count && !year; k++) {
		year = scan_year(s, k);
		if (!year && term_at(s, TERM_D, k, &slot) < 0 && !scan_is(s, k, ",") &&
		    !scan_is(s, k, "of") && scan_kind(s, k) != TIME_MONTH)
			return 0;
	}
	return year;
}

/* arg: "year" where WHICH is that of the year, "told" where it is the year last told,
 * "bc" where the year is before Christ. */
static bool
make_date(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int month = match_number(m, TERM_MON),
	    day = has(m, TERM_D) ? match_number(m, TERM_D) : 0;
	int year, at = m->term[TERM_MON].at;

	if (!strcmp(arg, "bc")) {
		snprintf(h->value, sizeof h->value, "BC%04d-%02d",
			 match_number(m, TERM_N) % 10000, month);
		return match_number(m, TERM_N) > 0;
	}
	if (has(m, TERM_Y))
		year = match_number(m, TERM_Y);
	else if (has(m, TERM_YY))
		year = match_number(m, TERM_YY) +
		       (match_number(m, TERM_YY) < 50 ? 2000 : 1900);
	else if (!strcmp(arg, "year"))
		year = s->base.year + match_which(m);
	else if (!strcmp(arg, "told"))
		year = s->told.year;
	else if (has(m, TERM_WHICH) && match_which(m) < 0)
		year = s->base.year - (month >= s->base.month);
	else if (has(m, TERM_WHICH) && match_which(m) > 0)
		year = s->base.year + (month <= s->base.month);
	else if (has(m, TERM_WHICH))
		year = s->base.year;
	else if (!(year = year_ahead(s, m->b)))
		year = year_of_month(s, at, month, day);
	if (day && day <= date_month_length(year, month) && !s->bc)
		return value_day(h, (struct date){ year, month, day });
	return value_month(h, s, year, month);
}

/* May 4 [and 5]: another day of the month just told. */
static bool
make_same_month(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	struct date d = m->told.day;

	(void)s;
	(void)arg;
	d.day = match_number(m, TERM_D);
	return m->told.has_day && m->told.type == TIMEX_DATE && date_is_valid(d) &&
	       d.day > m->told.day.day && value_day(h, d);
}

/* [6] - 7 January 1916: the day's month and year stand behind it. */
static bool
make_month_ahead(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	struct date d = m->term[TERM_DAY].hit.day;

	(void)s;
	(void)arg;
	d.day = match_number(m, TERM_D);
	return m->term[TERM_DAY].hit.has_day && date_is_valid(d) &&
	       d.day < m->term[TERM_DAY].hit.day.day && value_day(h, d);
}

/* On [the 5th]: of the month last told. */
static bool
make_last_month(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	struct date d = s->last;

	(void)arg;
	d.day = match_number(m, TERM_D);
	return s->last.month && date_is_valid(d) && value_day(h, d);
}

static bool
make_numeric(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	(void)s;
	(void)arg;
	return value_day(h, m->term[TERM_NUMERIC].hit.day);
}

/* The day of the week that is meant: the one just gone, or the one to come. */
static bool
make_weekday(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int weekday = match_number(m, TERM_DOW), today = date_weekday(s->base);
	int back = (today - weekday + 7) % 7, at = m->term[TERM_DOW].at;

	if (!strcmp(arg, "told")) { /* the previous Friday, the following Monday */
		int away = (weekday - date_weekday(s->last) + 7) % 7;

		return value_day(h, value_days_off(s->last, match_which(m) > 0
								? (away ? away : 7)
								: away - 7));
	}
	if (!strcmp(arg, "week")) /* Monday of last week */
		return value_day(h, value_days_off(s->base,
						   weekday - today + 7 * match_which(m)));
	if (match_which(m) > 0 ||
	    (scan_tense(s, at) == TENSE_FUTURE && back && !match_which(m)))
		return value_day(h, value_days_off(s->base, 7 - back));
	if (match_which(m) < 0 && !back)
		back = 7;
	if (scan_is(s, at - 1, "this") && back)
		back -= scan_tense(s, at) == TENSE_PAST ? 0 : 7;
	return value_day(h, value_days_off(s->base, -back));
}

/* arg: how many days from the article's day, beside SHIFT */
static bool
make_shift(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	return value_day(h, value_days_off(s->base,
					   atoi(arg) + (has(m, TERM_SHIFT)
							    ? match_number(m, TERM_SHIFT)
							    : 0)));
}

static bool
make_day(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	const struct hit *day = &m->term[TERM_DAY].hit;
	int a = h->a, b = h->b;

	(void)s;
	(void)arg;
	*h = *day;
	h->a = a;
	h->b = b;
	return true;
}

/*
 * arg: days from the article's day, or, behind "told", from the day last told;
 * then the part, where no word says it.
 */
static bool
make_part(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	bool from_told = !strncmp(arg, "told", 4);
	struct date d = from_told ? s->last : s->base;
	char *code;
	int days = (int)strtol(from_told ? arg + 4 : arg, &code, 10);

	if (has(m, TERM_DAY) && !m->term[TERM_DAY].hit.has_day)
		return false;
	value_day(h,
		  has(m, TERM_DAY) ? m->term[TERM_DAY].hit.day : value_days_off(d, days));
	strcat(h->value, has(m, TERM_PART) ? match_part(m) : code);
	h->type = TIMEX_TIME;
	return true;
}

static bool
make_clock(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int minutes = match_number(m, TERM_CLOCK);
	struct date d = has(m, TERM_DAY) ? m->term[TERM_DAY].hit.day : s->last;

	if (has(m, TERM_DAY) && !m->term[TERM_DAY].hit.has_day)
		return false;
	if (has(m, TERM_PART) && match_number(m, TERM_PART) > 0 && minutes < 12 * 60)
		minutes += 12 * 60;
	if (!strcmp(arg, "hour"))
		minutes = match_number(m, TERM_N) * 60 +
			  (has(m, TERM_PART) && match_number(m, TERM_PART) > 0 ? 720 : 0);
	if (minutes < 0 || minutes > 24 * 60)
		return false;
	value_day(h, d);
	h->type = TIMEX_TIME;
	snprintf(h->value + strlen(h->value), 8, "T%02d:%02d", minutes / 60,
		 minutes % 60);
	return true;
}

static bool
make_feast(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int feast = match_number(m, TERM_FEAST), n = match_which(m);
	int year = has(m, TERM_Y) ? match_number(m, TERM_Y) : s->base.year;
	bool whole_month, dated = has(m, TERM_Y);
	struct date d;

	if (!strcmp(arg, "year"))
		year += n, dated = true;
	if (!feast_day(s->r->feasts, feast, year, &d, &whole_month))
		return false;
	if (!dated) {
		long away = date_days(d) - date_days(s->base);

		if (s->is_history)
			year = s->base.year;
		else if (n > 0 || (!n && scan_tense(s, m->a) == TENSE_FUTURE))
			year += away < 0;
		else if (n < 0 || (away > 31 && scan_tense(s, m->a) == TENSE_PAST) ||
			 away > 182)
			year -= away >= 0;
		if (!feast_day(s->r->feasts, feast, year, &d, &whole_month))
			return false;
	}
	return whole_month ? value_month(h, s, d.year, d.month) : value_day(h, d);
}

const struct time_maker time_days[] = {
	{ "date", make_date },
	{ "same-month", make_same_month },
	{ "month-ahead", make_month_ahead },
	{ "last-month", make_last_month },
	{ "numeric", make_numeric },
	{ "weekday", make_weekday },
	{ "shift", make_shift },
	{ "day", make_day },
	{ "part", make_part },
	{ "clock", make_clock },
	{ "feast", make_feast },
	{ 0 },
};
