/*
 * Times, as TimeML marks and values them.  An anchor (a month, a weekday, a
 * unit, a year's number) is found first and takes its neighbours; the value
 * is resolved against the article's date, or the date last told for `later`
 * and `the next day`.  News tells of the past: without a verb of the future
 * near by, Sunday is the Sunday just gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/time_scan.h"

static bool
is_capital(const struct scan *s, int i)
{
	return *s->t[i].form >= 'A' && *s->t[i].form <= 'Z';
}

/* 31, 31st; 0: no day of a month */
static int
day_number(const struct scan *s, int i)
{
	const char *norm = i >= s->start && i < s->end ? s->t[i].norm : "";
	size_t n = strspn(norm, "0123456789");
	int day = n && n <= 2 ? atoi(norm) : 0;

	if (scan_kind(s, i) == TIME_ORDINAL)
		return scan_value(s, i) <= 20 && scan_value(s, i) != 2 ? scan_value(s, i)
								       : 0;
	if (norm[n] && strcmp(norm + n, "st") && strcmp(norm + n, "nd") &&
	    strcmp(norm + n, "rd") && strcmp(norm + n, "th"))
		return 0;
	return day >= 1 && day <= 31 ? day : 0;
}

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
		return s->base.year;
	if (tense == TENSE_FUTURE &&
	    (day ? apart * 31 + day - s->base.day < 0 : apart < 0))
		return year + (apart < (day ? 0 : -1));
	if (apart > 6 || (apart > (day ? 2 : 0) && tense == TENSE_PAST))
		return year - 1;
	return apart < -6 && tense == TENSE_NONE ? year + 1 : year;
}

/* May, March, Sun. and their like are times only with company. */
static bool
is_month(const struct scan *s, int i)
{
	static const char *const before[] = {
		"in",    "of",      "last",    "next",   "since", "by",   "until",
		"early", "late",    "this",    "mid",    "-",     "from", "to",
		"and",   "between", "through", "during", "on",    "each", "every"
	};
	const char *norm = s->t[i].norm;
	bool known = day_number(s, i + 1) || scan_year(s, i + 1) || day_number(s, i - 1);

	if (!is_capital(s, i))
		return false;
	if (strcmp(norm, "may") && (strcmp(norm, "march") || i > s->start) &&
	    strlen(norm) > 3 && !strchr(norm, '.'))
		return true;
	for (size_t k = 0; k < LENGTH(before); k++)
		known = known ||
			(i > s->start && scan_is(s, i - 1, before[k]) &&
			 strlen(norm) > 2 && !(strlen(norm) == 3 && strcmp(norm, "may")));
	return known;
}

static void
take_edge(const struct scan *s, struct hit *h)
{
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "-") &&
	    scan_is(s, h->a - 2, "mid"))
		h->a -= 2;
	else if (h->a - 1 >= s->free && scan_kind(s, h->a - 1) == TIME_EDGE)
		h->a--;
}

/* "Monday, Sept. 1" */
static void
take_weekday(const struct scan *s, struct hit *h)
{
	int k = scan_is(s, h->a - 1, ",") ? h->a - 2 : h->a - 1;

	if (k >= s->free && scan_kind(s, k) == TIME_WEEKDAY && is_capital(s, k))
		h->a = k;
}

/* last May, this September; 0: none before */
static bool
month_which(const struct scan *s, int month, struct hit *h)
{
	int k = h->a - 1, year = s->base.year, n;

	if (k < s->free || scan_kind(s, k) != TIME_WHICH)
		return false;
	n = scan_value(s, k);
	if (n < 0)
		year -= month >= s->base.month;
	else if (n > 0)
		year += month <= s->base.month;
	h->a = k;
	hit_month(h, year, month);
	return true;
}

/* "14 October - 25 November 1952": the year stands at the range's end. */
static int
year_ahead(const struct scan *s, int b)
{
	int i = b;

	if (!scan_is(s, i, "-") && !scan_is(s, i, "--") && !scan_is(s, i, "to") &&
	    !scan_is(s, i, "and") && !scan_is(s, i, "until"))
		return 0;
	i++;
	i += day_number(s, i) != 0;
	if (scan_kind(s, i) == TIME_MONTH)
		i++;
	else if (i == b + 1)
		return 0;
	i += scan_kind(s, i - 1) == TIME_MONTH && day_number(s, i) != 0;
	i += scan_is(s, i, ",");
	return scan_year(s, i);
}

static bool
month_hit(struct scan *s, int i, struct hit *h)
{
	int month = scan_value(s, i), day = 0, year = 0;

	if (!is_month(s, i))
		return false;
	h->a = i;
	h->b = i + 1;
	if ((day = day_number(s, i + 1))) {
		h->b++;
	} else if (i - 1 >= s->free && (day = day_number(s, i - 1)) &&
		   !scan_is(s, i - 2, "-")) {
		h->a--;
	} else if (i - 2 >= s->free && scan_is(s, i - 1, "of") &&
		   (day = day_number(s, i - 2))) {
		h->a -= 2;
		if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
			h->a--;
	} else {
		day = 0;
	}
	if (scan_year(s, h->b))
		year = scan_year(s, h->b++);
	else if (scan_is(s, h->b, ",") && scan_year(s, h->b + 1))
		year = scan_year(s, h->b + 1), h->b += 2;
	else if (scan_is(s, h->b, "of") && scan_year(s, h->b + 1))
		year = scan_year(s, h->b + 1), h->b += 2;
	else if (scan_kind(s, h->b) == TIME_WHICH && scan_is(s, h->b + 1, "year"))
		year = s->base.year + scan_value(s, h->b), h->b += 2;
	if (!day && !year && month_which(s, month, h))
		return true;
	if (!year)
		year = year_ahead(s, h->b);
	if (!year)
		year = year_of_month(s, i, month, day);
	if (scan_is(s, h->a - 1, "each") || scan_is(s, h->a - 1, "every")) {
		h->a--;
		h->type = TIMEX_SET;
		snprintf(h->value, sizeof h->value, "XXXX-%02d", month);
		return true;
	}
	if (day && day <= date_month_length(year, month)) {
		hit_day(h, (struct date){ year, month, day });
		take_weekday(s, h);
	} else {
		hit_month(h, year, month);
	}
	take_edge(s, h);
	return true;
}

static void
add_part(const struct scan *s, struct hit *h, struct date d)
{
	static const char *const parts[] = { "MO", "AF", "EV", "NI" };

	hit_day(h, d);
	if (scan_kind(s, h->b) != TIME_PART)
		return;
	strcat(h->value, "T");
	strcat(h->value, parts[scan_value(s, h->b)]);
	h->type = TIMEX_TIME;
	h->b++;
}

/* The day of the week that is meant: the one just gone, or the one to come. */
static struct date
weekday_date(const struct scan *s, int i, int weekday, int which)
{
	long days = date_days(s->base);
	int back = (date_weekday(s->base) - weekday + 7) % 7;

	if (which > 0 || (which == 0 && scan_tense(s, i) == TENSE_FUTURE && back))
		return date_of_days(days + (7 - back));
	if (which < 0)
		return date_of_days(days - (back ? back : 7));
	return date_of_days(days - back);
}

static bool
is_weekday(const struct scan *s, int i)
{
	return is_capital(s, i) && (strlen(s->t[i].norm) > 4 || scan_is(s, i + 1, ","));
}

static bool
weekday_hit(struct scan *s, int i, struct hit *h)
{
	int weekday = scan_value(s, i), which = 0,
	    next = scan_is(s, i + 1, ",") ? i + 2 : i + 1;

	if (!is_weekday(s, i))
		return false;
	/* the month behind it takes it along */
	if (scan_kind(s, next) == TIME_MONTH && day_number(s, next + 1) &&
	    is_capital(s, next))
		return false;
	h->a = i;
	h->b = i + 1;
	if (i - 1 >= s->free && scan_kind(s, i - 1) == TIME_WHICH) {
		which = scan_value(s, i - 1);
		h->a--;
	}
	if (i - 1 >= s->free &&
	    (scan_is(s, i - 1, "every") || scan_is(s, i - 1, "each"))) {
		h->a--;
		h->type = TIMEX_SET;
		snprintf(h->value, sizeof h->value, "XXXX-WXX-%d", weekday);
		return true;
	}
	add_part(s, h, weekday_date(s, i, weekday, which));
	take_edge(s, h);
	return true;
}

/* today, yesterday morning, tomorrow */
static bool
shift_hit(struct scan *s, int i, struct hit *h)
{
	h->a = i;
	h->b = i + 1;
	add_part(s, h, date_of_days(date_days(s->base) + scan_value(s, i)));
	take_edge(s, h);
	return true;
}

/* this morning, last night, tonight */
static bool
part_hit(struct scan *s, int i, struct hit *h)
{
	int which = i - 1 >= s->free && scan_kind(s, i - 1) == TIME_WHICH
			? scan_value(s, i - 1)
			: 2;

	if (which > 0)
		return false;
	h->a = i - 1;
	h->b = i;
	add_part(s, h, date_of_days(date_days(s->base) + which));
	take_edge(s, h);
	return true;
}

/* last summer, the winter of 1994, spring 2020 */
static bool
season_hit(struct scan *s, int i, struct hit *h)
{
	static const char *const seasons[] = { "SP", "SU", "FA", "WI" };
	int season = scan_value(s, i), year = 0, first = season * 3 + 3;
	int k = i - 1;
	bool which = k >= s->free && scan_kind(s, k) == TIME_WHICH;

	h->a = i;
	h->b = i + 1;
	if (scan_year(s, i + 1))
		year = scan_year(s, h->b++);
	else if (scan_is(s, i + 1, "of") && scan_year(s, i + 2))
		year = scan_year(s, i + 2), h->b += 2;
	if (which) {
		h->a = k;
		year = s->base.year;
		if (scan_value(s, k) < 0)
			year -= s->base.month < first + 2;
		else if (scan_value(s, k) > 0)
			year += s->base.month >= first;
	}
	if (!year && !(season != 2 && (scan_is(s, k, "in") || scan_is(s, k, "the"))))
		return false;
	if (!year)
		year = s->base.year;
	if (h->a - 1 >= s->free && (scan_is(s, h->a - 1, "the")))
		h->a--;
	take_edge(s, h);
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-%s", year, seasons[season]);
	return true;
}

static bool
ref_hit(struct scan *s, int i, struct hit *h)
{
	static const char *const refs[] = { "PAST_REF", "PRESENT_REF", "FUTURE_REF" };

	h->a = i;
	h->b = i + 1;
	h->type = TIMEX_DATE;
	strcpy(h->value, refs[scan_value(s, i) + 1]);
	return true;
}

static bool
each_hit(struct scan *s, int i, struct hit *h)
{
	h->a = i;
	h->b = i + 1;
	hit_duration(h, (enum unit)scan_value(s, i), 1);
	h->type = TIMEX_SET;
	return true;
}

/* Numbers that are years: after a word for it, or standing alone; no 2000 people. */
static bool
year_fits(const struct scan *s, int i)
{
	static const char *const before[] = {
		"in",      "since",  "of",     "by",    "from", "until",   "till",
		"through", "during", "before", "after", "for",  "to",      "and",
		"year",    "fiscal", "early",  "late",  "mid",  "between", "around",
		"about",   "than",   "the",    "(",     "-",    ",",       "/"
	};
	const char *next = i + 1 < s->end ? s->t[i + 1].norm : "";
	size_t n = strlen(next);
	int year = scan_year(s, i);

	if (n > 3 && next[n - 1] == 's' && *s->t[i + 1].form >= 'a' && s->t[i + 1].blank)
		return false;
	if (*next == '%' || !strcmp(next, "people") || !strcmp(next, "men") ||
	    !strcmp(next, "percent") || !strcmp(next, "million"))
		return false;
	if (year < 1500 || scan_is(s, i - 1, "$"))
		return false;
	for (size_t k = 0; k < LENGTH(before); k++)
		if (scan_is(s, i - 1, before[k]))
			return true;
	return year >= 1900 && year <= 2050 &&
	       (i == s->start || !*next || strchr(",.;:)-'", *next));
}

/* 1990s: 199 */
static bool
decade_hit(struct scan *s, int i, struct hit *h)
{
	const char *norm = s->t[i].norm;
	size_t skip = *norm == '\'' ? 1 : 0, n = strspn(norm + skip, "0123456789");
	int year = atoi(norm + skip);

	if (strcmp(norm + skip + n, "s") || (n != 4 && n != 2) || year % 10 ||
	    (n == 4 && (year < 1000 || year > 2100)))
		return false;
	if (n == 2)
		year += year < 20 ? 2000 : 1900;
	h->a = i;
	h->b = i + 1;
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%03d", year / 10);
	take_edge(s, h);
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
		h->a--;
	return true;
}

/* 2025-08-31, 31/8/2025, 9/1/25 */
static bool
numeric_date(struct scan *s, int i, struct hit *h)
{
	struct date d;
	int a, b, c, used = 0;
	char x, y;

	h->a = i;
	h->b = i + 1;
	if (!date_parse(&d, s->t[i].norm) && strlen(s->t[i].norm) == 10) {
		hit_day(h, d);
		return true;
	}
	if (sscanf(s->t[i].norm, "%2d%c%2d%c%4d%n", &a, &x, &b, &y, &c, &used) != 5 ||
	    s->t[i].norm[used] || x != y || (x != '/' && x != '-' && x != '.'))
		return false;
	if (c < 100)
		c += c < 50 ? 2000 : 1900;
	d = a > 12 || x == '.' ? (struct date){ c, b, a } : (struct date){ c, a, b };
	if (!date_is_valid(d))
		return false;
	hit_day(h, d);
	return true;
}

static bool
is_half_day(const struct scan *s, int i, bool *pm)
{
	*pm = scan_is(s, i, "pm") || scan_is(s, i, "p.m.");
	return *pm || scan_is(s, i, "am") || scan_is(s, i, "a.m.");
}

/* The day that a time of the clock belongs to: behind it, shortly before it, or last
 * told. */
static struct date
clock_day(const struct scan *s, struct hit *h)
{
	int k = scan_is(s, h->b, "on") ? h->b + 1 : h->b;

	if (scan_kind(s, k) == TIME_WEEKDAY && is_weekday(s, k)) {
		h->b = k + 1;
		return weekday_date(s, k, scan_value(s, k), 0);
	}
	if (scan_kind(s, k) == TIME_SHIFT) {
		h->b = k + 1;
		return date_of_days(date_days(s->base) + scan_value(s, k));
	}
	return s->last;
}

static void
set_clock(const struct scan *s, struct hit *h, int hour, int minute)
{
	struct date d = clock_day(s, h);

	hit_day(h, d);
	h->type = TIMEX_TIME;
	snprintf(h->value + strlen(h->value), 8, "T%02d:%02d", hour % 100, minute % 100);
}

/* 12:30 p.m., 10 am, 23:00 GMT */
static bool
clock_hit(struct scan *s, int i, struct hit *h)
{
	int hour,
	    minute = 0, used = 0,
	    n = sscanf(s->t[i].norm, "%2d%n%*1[:.]%2d%n", &hour, &used, &minute, &used);
	bool pm, half;

	if (n < 1 || s->t[i].norm[used] || hour > 24 || minute > 59)
		return false;
	half = is_half_day(s, i + 1, &pm);
	h->a = i;
	h->b = i + 1 + half;
	if ((half && hour > 12) || (!half && strchr(s->t[i].norm, '.')))
		return false;
	if (!half && (n < 2 || !(scan_is(s, i - 1, "at") || scan_is(s, i - 1, "around") ||
				 scan_is(s, i - 1, "by") || scan_is(s, i + 1, "gmt") ||
				 scan_is(s, i + 1, "utc"))))
		return false;
	if (half)
		hour = hour % 12 + (pm ? 12 : 0);
	if (scan_is(s, h->b, "gmt") || scan_is(s, h->b, "utc") ||
	    scan_is(s, h->b, "est") || scan_is(s, h->b, "edt"))
		h->b++;
	set_clock(s, h, hour, minute);
	return true;
}

/* 483 BC */
static bool
bc_hit(struct scan *s, int i, struct hit *h)
{
	int year = scan_digits(s, i);

	if (year < 1 || year > 9999 ||
	    !(scan_is(s, i + 1, "bc") || scan_is(s, i + 1, "b.c.") ||
	      scan_is(s, i + 1, "bce")))
		return false;
	h->a = i;
	h->b = i + 2;
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "BC%04d", year);
	return true;
}

static bool
year_hit(struct scan *s, int i, struct hit *h)
{
	if (!scan_year(s, i) || !year_fits(s, i))
		return false;
	h->a = i;
	h->b = i + 1;
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d", scan_year(s, i));
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "fiscal"))
		h->a--;
	take_edge(s, h);
	return true;
}

static bool
digit_hit(struct scan *s, int i, struct hit *h)
{
	return numeric_date(s, i, h) || bc_hit(s, i, h) || decade_hit(s, i, h) ||
	       clock_hit(s, i, h) || year_hit(s, i, h);
}

static bool
noon_hit(struct scan *s, int i, struct hit *h)
{
	h->a = i;
	h->b = i + 1;
	set_clock(s, h, scan_value(s, i), 0);
	return true;
}

/* the weekend; tonight; the future */
static bool
word_hit(struct scan *s, int i, struct hit *h)
{
	h->a = i;
	h->b = i + 1;
	if (scan_is(s, i, "tonight")) {
		hit_day(h, s->base);
		strcat(h->value, "TNI");
		h->type = TIMEX_TIME;
		return true;
	}
	if (scan_is(s, i, "weekend")) {
		int which = scan_kind(s, i - 1) == TIME_WHICH ? scan_value(s, i - 1) : 0;
		bool future = scan_tense(s, i) == TENSE_FUTURE ||
			      scan_is(s, i - 1, "this") || date_weekday(s->base) >= 6;

		if (i - 1 >= s->free &&
		    (scan_kind(s, i - 1) == TIME_WHICH || scan_is(s, i - 1, "the")))
			h->a--;
		hit_week(h, date_of_days(date_days(s->base) + (which    ? 7 * which
							       : future ? 0
									: -7)));
		strcat(h->value, "-WE");
		return true;
	}
	if (scan_is(s, i, "future") && scan_is(s, i - 1, "the") && i - 1 >= s->free) {
		h->a--;
		h->type = TIMEX_DATE;
		strcpy(h->value, "FUTURE_REF");
		return true;
	}
	if (scan_is(s, i, "past") && scan_is(s, i - 1, "the") &&
	    scan_is(s, i - 2, "in") && i - 1 >= s->free &&
	    scan_kind(s, i + 1) == TIME_NONE && scan_digits(s, i + 1) < 0) {
		h->a--;
		h->type = TIMEX_DATE;
		strcpy(h->value, "PAST_REF");
		return true;
	}
	return scan_is(s, i, "half") && unit_hit(s, i, h);
}

static bool
hit_at(struct scan *s, int i, struct hit *h)
{
	switch (scan_kind(s, i)) {
	case TIME_MONTH:
		return month_hit(s, i, h);
	case TIME_WEEKDAY:
		return weekday_hit(s, i, h);
	case TIME_UNIT:
		return unit_hit(s, i, h);
	case TIME_SEASON:
		return season_hit(s, i, h);
	case TIME_PART:
		return part_hit(s, i, h);
	case TIME_SHIFT:
		return shift_hit(s, i, h);
	case TIME_REF:
		return ref_hit(s, i, h);
	case TIME_EACH:
		return each_hit(s, i, h);
	case TIME_CLOCK:
		return noon_hit(s, i, h);
	case TIME_DECADE:
		h->a = i - (i - 1 >= s->free && scan_is(s, i - 1, "the"));
		h->b = i + 1;
		h->type = TIMEX_DATE;
		snprintf(h->value, sizeof h->value, "%03d", scan_value(s, i));
		return h->a < i;
	case TIME_WHICH:
		if (scan_is(s, i, "current")) {
			h->a = i;
			h->b = i + 1;
			h->type = TIMEX_DATE;
			strcpy(h->value, "PRESENT_REF");
			return scan_kind(s, i + 1) != TIME_UNIT;
		}
		return word_hit(s, i, h);
	case TIME_NONE:
	case TIME_NUMBER:
	case TIME_ORDINAL:
	case TIME_EDGE:
		break;
	}
	if ((*s->t[i].norm >= '0' && *s->t[i].norm <= '9') || *s->t[i].norm == '\'')
		return digit_hit(s, i, h);
	return word_hit(s, i, h);
}

/* In a history the last date told is what the next one counts from. */
static void
move_base(struct scan *s, const struct hit *h)
{
	int year = 0, month = 0;

	if (h->type == TIMEX_DURATION || h->type == TIMEX_SET)
		return;
	if (h->has_day)
		s->base = h->day;
	else if (sscanf(h->value, "%4d-%2d", &year, &month) >= 1 && year >= 1000)
		s->base = (struct date){ year, month >= 1 && month <= 12 ? month : 1, 1 };
}

static void
add_time(struct scan *s, const struct hit *h)
{
	struct document *d = s->r->d;
	struct timex *times;

	times = arena_grow(s->r->arena, d->times, d->time_count, &s->r->time_room,
			   sizeof *times);
	if (!times)
		return;
	d->times = times;
	for (int i = h->a; i < h->b; i++)
		d->tokens[i].time = (int)d->time_count;
	times[d->time_count++] =
	    (struct timex){ .span = document_span(d, h->a, h->b - 1, s->r->arena),
			    .type = h->type,
			    .value = arena_strdup(s->r->arena, h->value) };
	if (h->has_day && !d->sentences[document_sentence(d, h->a)].in_headline)
		s->last = h->day;
	if (s->is_history)
		move_base(s, h);
	s->free = h->b;
}

/* Years long past and hardly a day of the week: the text tells history, not news. */
static bool
is_history(const struct scan *s)
{
	size_t old = 0, near = 0, n = s->r->d->token_count;

	for (size_t i = 0; i < n; i++) {
		enum time_word kind = (enum time_word)s->word[i]->time;

		if (kind == TIME_WEEKDAY || kind == TIME_SHIFT)
			near++;
		else if (*s->t[i].norm == '1' && strlen(s->t[i].norm) == 4 &&
			 strspn(s->t[i].norm, "0123456789") == 4 &&
			 atoi(s->t[i].norm) < s->base.year - 2)
			old++;
		else if (*s->t[i].norm == '2' && strlen(s->t[i].norm) == 4 &&
			 strspn(s->t[i].norm, "0123456789") == 4 &&
			 atoi(s->t[i].norm) < s->base.year - 2)
			old++;
	}
	return old >= 6 && old > 3 * near;
}

void
read_times(struct reader *r)
{
	struct scan s = { .r = r,
			  .t = r->d->tokens,
			  .word = r->word,
			  .base = r->published,
			  .last = r->published };

	s.start = 0;
	s.end = (int)r->d->token_count;
	s.is_history = is_history(&s);
	for (size_t k = 0; k < r->d->sentence_count && !r->arena->full; k++) {
		s.start = s.free = r->d->sentences[k].first;
		s.end = s.start + r->d->sentences[k].count;
		for (int i = s.start; i < s.end && !r->arena->full; i++) {
			struct hit h = { 0 };

			if (hit_at(&s, i, &h) && h.a >= s.free) {
				add_time(&s, &h);
				i = h.b - 1;
			}
		}
	}
}
