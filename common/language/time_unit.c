/*
 * Times round a unit: last week, three months, two days later, the third
 * quarter of 2019, every year, every decade.  The unit is the anchor; what
 * stands to its left says which or how many, what stands to its right says
 * from where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/time_scan.h"

struct unit_at {
	enum unit unit;
	bool many;
	int i, left;  /* the unit's token; the first of its number */
	double n;     /* -1: few, several; 0: no number */
	bool article; /* the number is a or an */
};

static double
decimal(const char *norm)
{
	char *end;
	double n;

	if (*norm < '0' || *norm > '9' || strlen(norm) > 9 ||
	    norm[strspn(norm, "0123456789.,")]) /* strtod() takes 9e99 and 0x10 */
		return 0;
	n = strtod(norm, &end);
	if (*end == ',') /* 1,200 */
		return strlen(end) == 4 ? n * 1000 + atoi(end + 1) : 0;
	return *end ? 0 : n;
}

/* The number that ends before token i: twenty-five, a few, an, 2.5. */
static void
number_before(const struct scan *s, struct unit_at *u)
{
	int k = u->i - 1;

	if (scan_is(s, k, "-"))
		k--;
	while (scan_is(s, k, "more") || scan_is(s, k, "of") || scan_is(s, k, "full"))
		k--;
	if (k < s->free)
		return;
	if (scan_kind(s, k) == TIME_NUMBER) {
		u->n = scan_value(s, k);
		u->left = k;
		if (u->n >= 1 && u->n <= 9 &&
		    (scan_kind(s, k - 1) == TIME_NUMBER ||
		     (scan_is(s, k - 1, "-") && scan_kind(s, k - 2) == TIME_NUMBER))) {
			int tens = scan_is(s, k - 1, "-") ? k - 2 : k - 1;

			if (scan_value(s, tens) >= 20) {
				u->n += scan_value(s, tens);
				u->left = tens;
			}
		}
		if (u->left > s->free &&
		    (scan_is(s, u->left - 1, "a") || scan_is(s, u->left - 1, "the")) &&
		    (u->n < 0 || u->n == 2 || u->n == 12))
			u->left -= scan_is(s, u->left - 1, "a");
	} else if (decimal(s->t[k].norm) > 0) {
		u->n = decimal(s->t[k].norm);
		u->left = k;
	} else if (scan_is(s, k, "a") || scan_is(s, k, "an")) {
		u->n = 1;
		u->article = true;
		u->left = k;
		if (scan_is(s, k - 1, "half") && k - 1 >= s->free) {
			u->n = 0.5;
			u->left = k - 1;
		}
	}
}

/* nearly two years, more than a week */
static void
widen(const struct scan *s, struct hit *h)
{
	static const char *const words[] = { "nearly",       "almost", "about",
					     "roughly",      "around", "over",
					     "approximately" };

	for (size_t i = 0; i < LENGTH(words); i++)
		if (h->a - 1 >= s->free && scan_is(s, h->a - 1, words[i])) {
			h->a--;
			return;
		}
	if (h->a - 2 >= s->free &&
	    ((scan_is(s, h->a - 1, "than") &&
	      (scan_is(s, h->a - 2, "more") || scan_is(s, h->a - 2, "less"))) ||
	     (scan_is(s, h->a - 2, "at") && scan_is(s, h->a - 1, "least"))))
		h->a -= 2;
}

/* early, late, the end of ... */
static void
take_edge(const struct scan *s, struct hit *h)
{
	static const char *const parts[] = { "end", "middle", "beginning", "start" };

	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "-") &&
	    scan_is(s, h->a - 2, "mid"))
		h->a -= 2;
	if (h->a - 1 >= s->free && scan_kind(s, h->a - 1) == TIME_EDGE)
		h->a--;
	for (size_t i = 0; i < LENGTH(parts); i++)
		if (h->a - 3 >= s->free && scan_is(s, h->a - 1, "of") &&
		    scan_is(s, h->a - 2, parts[i]) && scan_is(s, h->a - 3, "the")) {
			h->a -= 3;
			return;
		}
}

static void
hit_quarter(struct hit *h, int quarter)
{
	h->type = TIMEX_DATE;
	snprintf(h->value, sizeof h->value, "%04d-Q%d", quarter / 4, quarter % 4 + 1);
}

/* year-earlier, year-ago results */
static bool
year_earlier(const struct scan *s, const struct unit_at *u, struct hit *h)
{
	if (u->unit != UNIT_YEAR || u->many || !scan_is(s, u->i + 1, "-") ||
	    !(scan_is(s, u->i + 2, "earlier") || scan_is(s, u->i + 2, "ago")))
		return false;
	h->a = u->i;
	h->b = u->i + 3;
	if (s->quarter)
		hit_quarter(h, s->quarter - 4);
	else
		hit_shift(h, s, s->base, UNIT_YEAR, -1);
	return !scan_is(s, h->b, "quarter");
}

/* ago, later, earlier behind a number of units. */
static bool
relative(struct scan *s, const struct unit_at *u, struct hit *h)
{
	int after = u->i + 1;
	bool ago = scan_is(s, after, "ago"), later = scan_is(s, after, "later");
	bool earlier = scan_is(s, after, "earlier") || scan_is(s, after, "before");
	int n = (int)(u->n + 0.5);

	if (scan_is(s, after, "or") && scan_is(s, after + 2, "ago")) {
		ago = true;
		after += 2;
	}
	if (!u->n || (!ago && !later && !earlier))
		return false;
	h->a = u->left;
	h->b = after + 1;
	h->type = TIMEX_DATE;
	if (u->n <= 0)
		strcpy(h->value, later ? "FUTURE_REF" : "PAST_REF");
	else if ((ago || earlier) && u->unit == UNIT_YEAR && s->quarter && n == 1)
		hit_quarter(h, s->quarter - 4);
	else if (ago)
		hit_shift(h, s, s->base, u->unit, -n);
	else if (earlier && u->unit >= UNIT_QUARTER)
		hit_shift(h, s, s->base, u->unit, -n);
	else
		hit_shift(h, s, s->last, u->unit, later ? n : -n);
	widen(s, h);
	return true;
}

/* every day, each year, per month, $5 a year, twice a week */
static bool
repeated(const struct scan *s, const struct unit_at *u, struct hit *h)
{
	int before = (u->n ? u->left : u->i) - 1;
	bool each = scan_is(s, before, "every") || scan_is(s, before, "each") ||
		    scan_is(s, before, "per");
	bool rate = u->article && u->n == 1 && !u->many &&
		    (scan_is(s, before, "million") || scan_is(s, before, "billion") ||
		     scan_is(s, before, "times") || scan_is(s, before, "twice") ||
		     scan_is(s, before, "once") || scan_is(s, before, "%") ||
		     scan_is(s, before, "percent") || scan_is(s, before, "barrels") ||
		     scan_is(s, before, "people") || scan_is(s, before, "tons") ||
		     scan_is(s, before, "tonnes") || scan_is(s, before, "hours"));

	if (rate) {
		h->a = u->left;
	} else if (each && before >= s->free) {
		h->a = before;
	} else {
		return false;
	}
	h->b = u->i + 1;
	hit_duration(h, u->unit, u->n > 0 ? u->n : 1);
	h->type = TIMEX_SET;
	return true;
}

static int
quarter_year(const struct scan *s, int quarter, int i)
{
	int now = (s->base.month + 2) / 3;

	if (quarter > now && scan_tense(s, i) == TENSE_PAST)
		return s->base.year - 1;
	return s->base.year;
}

/* of 2019, of last year, last year: the year behind a quarter; 0: none.  *b goes behind
 * it. */
static int
year_behind(const struct scan *s, int *b)
{
	int k = scan_is(s, *b, "of") ? *b + 1 : *b, year = scan_year(s, k);

	if (scan_is(s, k, "fiscal"))
		year = scan_year(s, ++k);
	if (year) {
		*b = k + 1;
	} else if (scan_kind(s, k) == TIME_WHICH && scan_is(s, k + 1, "year")) {
		year = s->base.year + scan_value(s, k);
		*b = k + 2;
	}
	return year;
}

/* the third quarter, the first half of 2019 */
static bool
quarter(struct scan *s, int i, struct hit *h)
{
	bool half = scan_is(s, i, "half");
	int k = i - 1, n, year;

	if (scan_is(s, k, "-"))
		k--;
	if (scan_is(s, k, "fiscal"))
		k--;
	if (k < s->free || scan_kind(s, k) != TIME_ORDINAL)
		return false;
	n = scan_value(s, k);
	if (n > (half ? 2 : 4) || (half && !scan_is(s, i + 1, "of")))
		return false;
	h->a = k;
	h->b = i + 1;
	h->type = TIMEX_DATE;
	year = year_behind(s, &h->b);
	if (!year && scan_year(s, k - 1) && k - 1 >= s->free)
		year = scan_year(s, --h->a);
	if (!year)
		year = quarter_year(s, half ? n * 2 : n, i);
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "fiscal"))
		h->a--;
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
		h->a--;
	snprintf(h->value, sizeof h->value, "%04d-%c%d", year, half ? 'H' : 'Q', n);
	if (!half)
		s->quarter = year * 4 + n - 1;
	return true;
}

/* the quarter, the latest quarter, the year-earlier quarter */
static bool
same_quarter(struct scan *s, int i, struct hit *h)
{
	int q = s->quarter, k = i - 1;

	if (!q)
		q = s->base.year * 4 + (s->base.month + 2) / 3 - 1 - 1;
	h->a = i;
	h->b = i + 1;
	if ((scan_is(s, k, "earlier") || scan_is(s, k, "ago")) &&
	    scan_is(s, k - 1, "-") && scan_is(s, k - 2, "year")) {
		q -= 4;
		k -= 3;
	} else if (scan_is(s, k, "latest")) {
		k--;
	}
	if (k < s->free || !scan_is(s, k, "the"))
		return false;
	h->a = k;
	h->type = TIMEX_DATE;
	hit_quarter(h, q);
	return true;
}

/* last week, this year, the next day */
static bool
which(struct scan *s, const struct unit_at *u, struct hit *h)
{
	int k = u->i - 1, n;
	bool from_last;

	if (scan_is(s, k, "fiscal"))
		k--;
	if (k < s->free || scan_kind(s, k) != TIME_WHICH || u->many)
		return false;
	n = scan_value(s, k);
	from_last = scan_is(s, k, "following") || scan_is(s, k, "same") ||
		    scan_is(s, k, "previous") || scan_is(s, k, "preceding") ||
		    (scan_is(s, k, "next") && scan_is(s, k - 1, "the"));
	h->a = k;
	h->b = u->i + 1;
	if (scan_is(s, k, "past")) {
		hit_duration(h, u->unit, 1);
	} else if (u->unit <= UNIT_HOUR) {
		return false;
	} else if (u->unit == UNIT_DAY && scan_is(s, k, "this")) {
		hit_day(h, s->base);
	} else {
		hit_shift(h, s, from_last ? s->last : s->base, u->unit, n);
	}
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
		h->a--;
	take_edge(s, h);
	return true;
}

/* that year, the decade's end */
static bool
that(const struct scan *s, const struct unit_at *u, struct hit *h)
{
	if (u->many || u->i - 1 < s->free || u->unit < UNIT_DAY)
		return false;
	h->a = u->i - 1;
	h->b = u->i + 1;
	if (scan_is(s, u->i - 1, "that")) {
		hit_shift(h, s, s->last, u->unit, 0);
		return true;
	}
	if (scan_is(s, u->i - 1, "the") && scan_is(s, u->i - 2, "of") &&
	    (scan_is(s, u->i - 3, "end") || scan_is(s, u->i - 3, "start") ||
	     scan_is(s, u->i - 3, "beginning")) &&
	    u->i - 3 >= s->free) {
		hit_shift(h, s, s->base, u->unit, 0);
		h->a = u->i - 3;
		if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
			h->a--;
		return true;
	}
	return false;
}

/* weeks, recent years, coming months */
static bool
vague(const struct scan *s, const struct unit_at *u, struct hit *h)
{
	int k = u->i - 1;

	if (!u->many)
		return false;
	h->a = u->i;
	h->b = u->i + 1;
	if (k >= s->free && (scan_is(s, k, "recent") || scan_is(s, k, "coming"))) {
		h->a = k;
		h->type = TIMEX_DATE;
		strcpy(h->value, scan_is(s, k, "recent") ? "PAST_REF" : "FUTURE_REF");
		return true;
	}
	if (scan_is(s, k, "for") || scan_is(s, k, "in") || scan_is(s, k, "after") ||
	    scan_is(s, k, "within") || scan_is(s, k, "of") || scan_is(s, k, "than") ||
	    k < s->start) {
		hit_duration(h, u->unit, -1);
		return true;
	}
	return false;
}

/* the 19th century: 18 */
static bool
century(const struct scan *s, int i, struct hit *h)
{
	int k = scan_is(s, i - 1, "-") ? i - 2 : i - 1;
	int n = k < s->free                       ? 0
		: scan_kind(s, k) == TIME_ORDINAL ? scan_value(s, k)
						  : atoi(s->t[k].norm);

	if (n < 1 || n > 30 || (scan_digits(s, k) >= 0))
		return false;
	h->a = k;
	h->b = i + 1;
	h->type = TIMEX_DATE;
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
		h->a--;
	snprintf(h->value, sizeof h->value, "%02d", n - 1);
	return true;
}

/* three years, the last six months, a decade */
static bool
counted(const struct scan *s, const struct unit_at *u, struct hit *h)
{
	int k = u->left - 1;

	if (!u->n || (u->article && u->unit == UNIT_SECOND))
		return false;
	if (!u->many && !u->article && u->n != 1 && !scan_is(s, u->i - 1, "-") &&
	    u->n > 0 && u->unit == UNIT_SECOND)
		return false;
	h->a = u->left;
	h->b = u->i + 1;
	hit_duration(h, u->unit, u->n);
	if (k >= s->free && scan_kind(s, k) == TIME_ORDINAL && scan_value(s, k) == 1)
		h->a = k--;
	else if (k >= s->free && scan_kind(s, k) == TIME_WHICH)
		h->a = k--;
	if (h->a - 1 >= s->free && scan_is(s, h->a - 1, "the"))
		h->a--;
	else
		widen(s, h);
	/* An age is no time in TimeML's corpora. */
	return !scan_is(s, h->b, "old") &&
	       !(scan_is(s, h->b, "-") && scan_is(s, h->b + 1, "old"));
}

bool
unit_hit(struct scan *s, int i, struct hit *h)
{
	struct unit_at u = { .i = i, .left = i };

	if (scan_is(s, i, "half"))
		return quarter(s, i, h);
	u.unit = (enum unit)(scan_value(s, i) % UNIT_MANY);
	u.many = scan_value(s, i) >= UNIT_MANY;
	if (u.unit == UNIT_QUARTER && !u.many && quarter(s, i, h))
		return true;
	if (u.unit == UNIT_CENTURY && !u.many && century(s, i, h))
		return true;
	number_before(s, &u);
	if (u.left < s->free)
		return false;
	if (year_earlier(s, &u, h) || relative(s, &u, h) || repeated(s, &u, h) ||
	    which(s, &u, h))
		return true;
	if (u.unit == UNIT_QUARTER && !u.many && same_quarter(s, i, h))
		return true;
	return that(s, &u, h) || counted(s, &u, h) || vague(s, &u, h);
}
