#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/time_scan.h"

bool
scan_is(const struct scan *s, int i, const char *norm)
{
	return i >= s->start && i < s->end && !strcmp(s->t[i].norm, norm);
}

enum time_word
scan_kind(const struct scan *s, int i)
{
	return i >= s->start && i < s->end ? (enum time_word)s->word[i]->time : TIME_NONE;
}

int
scan_value(const struct scan *s, int i)
{
	return s->word[i]->value;
}

int
scan_digits(const struct scan *s, int i)
{
	const char *norm = i >= s->start && i < s->end ? s->t[i].norm : "";
	size_t n = strspn(norm, "0123456789");

	return n && n <= 6 && !norm[n] ? atoi(norm) : -1;
}

int
scan_year(const struct scan *s, int i)
{
	int n = scan_digits(s, i);

	return n >= 1000 && n <= 2100 && strlen(s->t[i].norm) == 4 ? n : 0;
}

static bool
is_one(const char *norm, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(norm, list[i]))
			return true;
	return false;
}

/* 1: a verb or its helper tells of what is to come, -1: of what was, 0: no verb. */
static int
direction(const struct scan *s, int i)
{
	static const char *const future[] = {
		"will",   "wo",      "'ll",       "shall",    "would",   "going",
		"plans",  "plan",    "scheduled", "expected", "due",     "set",
		"slated", "planned", "upcoming",  "expects",  "intends", "hopes",
		"ready",  "may",     "might",     "could",    "should",  "must",
		"until",  "ahead",   "begins",    "starts",   "invited"
	};
	static const char *const past[] = {
		"said",   "says",   "was",   "were",    "had",   "did",  "has",
		"have",   "told",   "met",   "held",    "made",  "took", "went",
		"came",   "won",    "lost",  "began",   "fell",  "rose", "gave",
		"left",   "got",    "saw",   "found",   "sent",  "hit",  "shot",
		"broke",  "spoke",  "flew",  "struck",  "put",   "led",  "paid",
		"sold",   "bought", "wrote", "became",  "grew",  "drew", "fought",
		"kept",   "ran",    "stood", "thought", "threw", "knew", "felt",
		"brought"
	};
	const char *norm = s->t[i].norm;
	size_t n = strlen(norm);

	if (is_one(norm, future, LENGTH(future)))
		return 1;
	if (n > 3 && !strcmp(norm + n - 2, "ed") && *s->t[i].form >= 'a' &&
	    *s->t[i].form <= 'z')
		return -1;
	return is_one(norm, past, LENGTH(past)) ? -1 : 0;
}

enum { REACH = 30 };

/* "He said the talks will open on Monday": the near verb counts, not the first. */
enum tense
scan_tense(const struct scan *s, int i)
{
	int found;

	for (int k = i - 1; k >= s->start && k > i - REACH; k--)
		if ((found = direction(s, k))) {
			/* was expected, was due, had planned: told from then, and yet to
			 * come */
			return found > 0 ? TENSE_FUTURE : TENSE_PAST;
		}
	for (int k = i + 1; k < s->end && k < i + REACH; k++)
		if ((found = direction(s, k)))
			return found > 0 ? TENSE_FUTURE : TENSE_PAST;
	return TENSE_NONE;
}

void
hit_day(struct hit *h, struct date d)
{
	h->type = TIMEX_DATE;
	h->has_day = date_is_valid(d);
	h->day = d;
	date_text(d, h->value);
}

void
hit_week(struct hit *h, struct date d)
{
	int year, week = date_week(d, &year);

	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-W%02d", year, week);
}

void
hit_month(struct hit *h, int year, int month)
{
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-%02d", year, month);
}

static int
in_years(int year, int n)
{
	year = n > 9999 || n < -9999 ? 0 : year + n;
	return year < 1 ? 1 : year > 9999 ? 9999 : year;
}

static struct date
in_days(struct date from, int n)
{
	return n > 1000000 || n < -1000000 ? from : date_of_days(date_days(from) + n);
}

/* The unit n units away from a day: a week stays a week, a year a year. */
void
hit_shift(struct hit *h, const struct scan *s, struct date from, enum unit unit, int n)
{
	struct date d = n > 100000 || n < -100000
			    ? from
			    : date_add_months(from, unit == UNIT_QUARTER ? 3 * n : n);

	(void)s;
	h->type = TIMEX_DATE;
	switch (unit) {
	case UNIT_SECOND:
	case UNIT_MINUTE:
	case UNIT_HOUR:
		hit_day(h, from);
		break;
	case UNIT_DAY:
		hit_day(h, in_days(from, n));
		break;
	case UNIT_WEEK:
		hit_week(h, in_days(from, n > 100000 || n < -100000 ? 0 : 7 * n));
		break;
	case UNIT_MONTH:
		hit_month(h, d.year, d.month);
		break;
	case UNIT_QUARTER:
		snprintf(h->value, sizeof h->value, "%04d-Q%d", d.year,
			 (d.month + 2) / 3);
		break;
	case UNIT_YEAR:
		snprintf(h->value, sizeof h->value, "%04d", in_years(from.year, n));
		break;
	case UNIT_DECADE:
		snprintf(h->value, sizeof h->value, "%03d",
			 in_years(from.year, 10 * n) / 10);
		break;
	case UNIT_CENTURY:
		snprintf(h->value, sizeof h->value, "%02d",
			 in_years(from.year, 100 * n) / 100);
		break;
	case UNIT_MANY:
		break;
	}
}

void
hit_duration(struct hit *h, enum unit unit, double n)
{
	static const struct {
		const char *before;
		char letter;
		int times;
	} units[] = { { "PT", 'S', 1 }, { "PT", 'M', 1 }, { "PT", 'H', 1 },
		      { "P", 'D', 1 },  { "P", 'W', 1 },  { "P", 'M', 1 },
		      { "P", 'M', 3 },  { "P", 'Y', 1 },  { "P", 'Y', 10 },
		      { "P", 'Y', 100 } };
	double all = n * units[unit].times;

	h->type = TIMEX_DURATION;
	if (n < 0)
		snprintf(h->value, sizeof h->value, "%sX%c", units[unit].before,
			 unit == UNIT_DECADE    ? 'E'
			 : unit == UNIT_CENTURY ? 'C'
						: units[unit].letter);
	else
		snprintf(h->value, sizeof h->value, "%s%.10g%c", units[unit].before, all,
			 units[unit].letter);
}
