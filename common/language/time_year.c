/* Years and their parts, decades, centuries: numbers that mean one, seasons, quarters. */
#include "language/time_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Numbers that are years: after a word for it, or standing alone; no 2000 people. */
static bool
year_fits(const struct scan *s, int i, int end)
{
	static const char *const before[] = {
		"in",   "since",   "of",     "by",     "from",   "until",
		"till", "during",  "before", "after",  "for",    "through",
		"to",   "and",     "year",   "fiscal", "early",  "late",
		"mid",  "between", "around", "about",  "than",   "the",
		"(",    "-",       "--",     "/",      "'s",     "its",
		"his",  "her",     "their",  "a",      "that",   "both",
		"late", "due",     "our",    "this",   "under",  "throughout",
		",",    "winter",  "summer", "spring", "autumn", "fall",
		"end",  "post",    "pre"
	};
	static const char *const counted[] = { "%",        "people",  "men",    "percent",
					       "million",  "billion", "women",  "troops",
					       "years",    "days",    "miles",  "km",
					       "soldiers", "others",  "square", "feet",
					       "hours",    "meters",  "metres", "tons" };
	int year = scan_year(s, i), known;
	const char *next = end < s->count ? s->p[end].norm : "";

	if (!year) /* in words */
		return true;
	if (scan_one_of(s, end, counted, LENGTH(counted)) >= 0)
		return false;
	if (year < 1400 || scan_is(s, i - 1, "$") || scan_is(s, i - 1, "#") ||
	    (scan_is(s, i - 1, "-") && scan_is(s, i - 2, ")")))
		return false;
	if ((scan_is(s, i + 1, "-") || scan_is(s, i + 1, ":")) && i + 2 < s->count &&
	    s->p[i + 2].glued && strspn(s->p[i + 2].norm, "0123456789") == 4 &&
	    !scan_year(s, i + 2))
		return false; /* 1900-5000 */
	known = scan_one_of(s, i - 1, before, LENGTH(before));
	if (known >= 0)
		return year >= 1500 || known < 6;
	return year >= 1900 && year <= 2050 &&
	       (i == 0 || !*next || strchr(",.;:)-'", *next));
}

/* arg: "bc"; "said" where the words say that it is one */
static bool
make_year(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	const struct slot *y = &m->term[has(m, TERM_Y) ? TERM_Y : TERM_N];
	int year = has(m, TERM_YY) ? match_number(m, TERM_YY) : (int)y->n;

	h->type = TIMEX_DATE;
	if (!strcmp(arg, "bc")) {
		snprintf(h->value, sizeof h->value, "BC%04d", year % 10000);
		return year > 0;
	}
	if (!strcmp(arg, "short")) /* '99, from 1915 to 17 */
		year += year < 30 ? 2000 : 1900;
	else if (!strcmp(arg, "tail")) {
		int from = atoi(m->told.value);

		year += from / 100 * 100;
		if (strlen(m->told.value) != 4 || year <= from || year > from + 60)
			return false;
	} else if (strcmp(arg, "said") && !year_fits(s, y->at, y->end)) {
		return false;
	}
	snprintf(h->value, sizeof h->value, "%04d", year);
	return true;
}

/* the fall of the wall: the word is a season only where it is told when something was. */
static bool
is_fall(const struct scan *s, int i)
{
	static const char *const before[] = { "in",    "during", "until", "throughout",
					      "since", "by",     "over" };

	if (scan_is(s, i - 1, "the"))
		i--;
	return scan_one_of(s, i - 1, before, LENGTH(before)) >= 0;
}

/* last summer, the winter of 1994, spring 2020; arg "year": WHICH is the year's */
static bool
make_season(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int season = match_number(m, TERM_SEASON), first = season * 3 + 3;
	int year = strcmp(arg, "told") ? s->base.year : s->told.year;

	if (scan_is(s, m->term[TERM_SEASON].at, "fall") && !has(m, TERM_Y) &&
	    !has(m, TERM_WHICH) && !is_fall(s, m->term[TERM_SEASON].at))
		return false;
	if (has(m, TERM_Y))
		year = match_number(m, TERM_Y);
	else if (!strcmp(arg, "year"))
		year += match_which(m);
	else if (!strcmp(arg, "told"))
		;
	else if (match_which(m) < 0)
		year -= s->base.month < first + 2;
	else if (match_which(m) > 0)
		year += s->base.month >= first;
	else if (season == 3 && s->is_history && !s->bare_year)
		year -= s->base.month < 3;
	else if (!s->is_history && scan_tense(s, m->term[TERM_SEASON].at) == TENSE_FUTURE)
		year += s->base.month > first + 2;
	else if (!s->is_history && !has(m, TERM_WHICH))
		year -= s->base.month < first;
	return value_year(h, s, year, match_season(m));
}

static bool
make_decade(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	(void)s;
	(void)arg;
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%03d", match_number(m, TERM_DECADE));
	return true;
}

/* the 19th century: 18 */
static bool
make_century(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int n = match_number(m, TERM_ORD) - 1;

	(void)s;
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%s%02d", strcmp(arg, "bc") ? "" : "BC", n);
	return n >= 0 && n < 30;
}

/* arg: Q or H; "year": WHICH is the year's; "earlier": of the year before */
static bool
make_quarter(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int n = match_number(m, has(m, TERM_ORD) ? TERM_ORD : TERM_D),
	    now = (s->base.month + 2) / 3;
	int half = *arg == 'H', year = s->base.year;

	if (n < 1 || n > (half ? 2 : 4) ||
	    (has(m, TERM_D) && !scan_is_glued(s, m->term[TERM_D].at))) /* Q 2 */
		return false;
	if (has(m, TERM_Y))
		year = match_number(m, TERM_Y);
	else if (strstr(arg, "year"))
		year += match_which(m);
	else if (scan_tense(s, m->a) != TENSE_FUTURE)
		year -= (half ? n * 2 : n) > now;
	if (strstr(arg, "earlier"))
		year--;
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-%c%d", year, half ? 'H' : 'Q', n);
	if (!half && !strstr(arg, "earlier"))
		h->quarter = year * 4 + n - 1;
	return true;
}

/* the quarter, the year-earlier period: the one last told, or the last that is over */
static bool
make_same_quarter(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int q =
	    s->quarter ? s->quarter : s->base.year * 4 + (s->base.month + 2) / 3 - 1 - 1;

	q += atoi(arg);
	if (strstr(arg, "told") && !s->quarter)
		return false;
	if (has(m, TERM_Y))
		q = match_number(m, TERM_Y) * 4 + q % 4;
	return value_quarter(h, q);
}

const struct time_maker time_years[] = {
	{ "year", make_year },
	{ "season", make_season },
	{ "decade", make_decade },
	{ "century", make_century },
	{ "quarter", make_quarter },
	{ "same-quarter", make_same_quarter },
	{ 0 },
};
