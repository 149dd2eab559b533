/*
 * The terms of the rules for times: what a number, a month, a clock looks
 * like.  Each begins at a piece and takes as many as belong to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/time_feast.h"
#include "language/time_scan.h"

static int
day_term(struct scan *s, int i, struct slot *slot)
{
	int n = scan_digits(s, i, 2);

	if (n >= 1 && n <= 31) {
		slot->n = n;
		return scan_is_glued(s, i + 1) && scan_is_suffix(s, i + 1) ? i + 2
									   : i + 1;
	}
	n = ordinal_term(s, i, slot);
	/* "the second" is a second more often than a day */
	return slot->n >= 1 && slot->n <= 31 && slot->n != 2 ? n : -1;
}

/* May, March, Sun. and their like are times only with company. */
static int
month_term(struct scan *s, int i, struct slot *slot)
{
	static const char *const before[] = {
		"in",    "of",      "last",    "next",   "since", "by",   "until",
		"early", "late",    "this",    "mid",    "-",     "from", "to",
		"and",   "between", "through", "during", "on",    "each", "every",
		"till",  "before",  "after",   "--",     "/",     "(",    "previous"
	};
	const char *norm = i < s->count ? s->p[i].norm : "";
	struct slot other = { 0 };
	int end = scan_word(s, i, TIME_MONTH, slot);
	bool named = i + 1 < s->count && s->p[i + 1].capital &&
		     (!strcmp(norm, "april") || !strcmp(norm, "june"));
	bool march = !strcmp(norm, "march");
	bool shy = !strcmp(norm, "may") || named ||
		   (march && (i == 0 || s->p[i - 1].capital || scan_is(s, i + 1, "of") ||
			      scan_is(s, i + 1, "for") || scan_is(s, i + 1, "to") ||
			      (i + 1 < s->count && s->p[i + 1].capital))) ||
		   (strlen(norm) <= 3 && !strchr(norm, '.'));

	if (end < 0 || !s->p[i].capital)
		return -1;
	if (scan_is(s, end, ".") && scan_is_glued(s, end) &&
	    day_term(s, end + 1, &other) > 0)
		end++; /* an abbreviation whose stop was cut off */
	if (!shy || scan_year(s, end) || day_term(s, end, &other) > 0 ||
	    (i > 0 && (scan_digits(s, i - 1, 2) > 0 || scan_is_suffix(s, i - 1))))
		return end;
	return scan_one_of(s, i - 1, before, LENGTH(before)) >= 0 &&
		       (strlen(norm) > 3 || !strcmp(norm, "may")) &&
		       !(march && i + 1 < s->count && s->p[i + 1].capital)
		   ? end
		   : -1;
}

static int
weekday_term(struct scan *s, int i, struct slot *slot)
{
	int end = scan_word(s, i, TIME_WEEKDAY, slot);
	size_t n = end > 0 ? strlen(s->p[i].norm) : 0;

	if (end < 0 || !s->p[i].capital)
		return -1;
	if (n > 4)
		return end;
	return scan_is(s, end, ",") || scan_kind(s, end) == TIME_MONTH ? end : -1;
}

static int
unit_term(struct scan *s, int i, bool many, struct slot *slot)
{
	int end = scan_word(s, i, TIME_UNIT, slot);

	if (end < 0 || (many && slot->n < UNIT_MANY))
		return -1;
	return end;
}

/* early, mid-, the end of */
static int
edge_term(struct scan *s, int i, struct slot *slot)
{
	static const char *const parts[] = { "end",   "middle", "beginning", "start",
					     "close", "onset",  "eve" };
	int k = scan_is(s, i, "the") ? i + 1 : i;

	if (scan_is(s, k, "mid"))
		return scan_is(s, k + 1, "-") ? k + 2 : k + 1;
	if (scan_word(s, k, TIME_EDGE, slot) > 0) {
		if ((scan_is(s, k + 1, "part") || scan_is(s, k + 1, "days")) &&
		    scan_is(s, k + 2, "of"))
			return k + 3;
		return scan_is(s, k + 1, "in") || scan_is(s, k + 1, "-") ? k + 2 : k + 1;
	}
	if (scan_is(s, k, "very"))
		k++;
	return k > i && scan_one_of(s, k, parts, LENGTH(parts)) >= 0 &&
		       scan_is(s, k + 1, "of")
		   ? k + 2
		   : -1;
}

/* nearly, more than, at least */
static int
about_term(const struct scan *s, int i)
{
	static const char *const words[] = { "nearly",  "almost",        "about",
					     "roughly", "around",        "over",
					     "under",   "approximately", "some",
					     "barely",  "exactly" };
	static const char *const pairs[][2] = { { "more", "than" },  { "less", "than" },
						{ "at", "least" },   { "at", "most" },
						{ "up", "to" },      { "just", "over" },
						{ "just", "under" }, { "well", "over" },
						{ "fewer", "than" } };

	for (size_t k = 0; k < LENGTH(pairs); k++)
		if (scan_is(s, i, pairs[k][0]) && scan_is(s, i + 1, pairs[k][1]))
			return i + 2;
	return scan_one_of(s, i, words, LENGTH(words)) >= 0 ? i + 1 : -1;
}

static bool
is_half_day(const struct scan *s, int i, bool *pm)
{
	*pm = scan_is(s, i, "pm") || scan_is(s, i, "p.m.") || scan_is(s, i, "p.m");
	return *pm || scan_is(s, i, "am") || scan_is(s, i, "a.m.") ||
	       scan_is(s, i, "a.m");
}

static bool
is_clock_word(const struct scan *s, int i)
{
	static const char *const words[] = { "o'clock", "gmt", "utc", "hrs",
					     "hours",   "est", "edt" };

	return scan_one_of(s, i, words, LENGTH(words)) >= 0;
}

/* 12:30 p.m., 10 am, 23:00, 1430 GMT, 5 o'clock, noon; minutes of the day */
static int
clock_term(struct scan *s, int i, struct slot *slot)
{
	const char *norm = i < s->count ? s->p[i].norm : "";
	int hour = 0, minute = 0, used = 0, k = i + 1;
	bool pm, half, colon;

	if (scan_kind(s, i) == TIME_CLOCK)
		return slot->n = 60 * scan_value(s, i), k;
	colon = sscanf(norm, "%2d%*1[:.]%2d%n", &hour, &minute, &used) == 2 &&
		!norm[used] && used >= 4 && norm[used - 3] <= ':' &&
		(norm[used - 3] == ':' || norm[used - 3] == '.');
	if (!colon) {
		minute = 0;
		hour = scan_digits(s, i, 4);
		if (hour >= 100 || (strlen(norm) == 4 && hour >= 0)) {
			if (!is_clock_word(s, k) || strlen(norm) != 4)
				return -1;
			minute = hour % 100;
			hour /= 100;
		} else if (hour < 0 && scan_kind(s, i) == TIME_NUMBER &&
			   scan_is(s, k, "o'clock")) {
			hour = scan_value(s, i);
		}
	}
	half = is_half_day(s, k, &pm);
	if (hour < 0 || hour > 24 || minute > 59 || (half && hour > 12) ||
	    (!half && !colon && !is_clock_word(s, k)) ||
	    (!half && !is_clock_word(s, k) && strchr(norm, '.')))
		return -1;
	if (!half && !colon && scan_is(s, k, "hours") && strlen(norm) < 4)
		return -1; /* 24 hours */
	if (half)
		hour = hour % 12 + (pm ? 12 : 0);
	slot->n = 60 * hour + minute;
	slot->article = half || colon; /* certain */
	k += half || scan_is(s, k, "o'clock") || scan_is(s, k, "hrs") ||
	     (scan_is(s, k, "hours") && strlen(norm) == 4);
	return k;
}

static int
zone_term(struct scan *s, int i)
{
	static const char *const words[] = { "gmt",  "utc", "est", "edt", "cst", "cdt",
					     "mst",  "mdt", "pst", "pdt", "bst", "cet",
					     "cest", "ist", "jst", "msk", "eet", "et" };

	if (scan_is(s, i, "local") && scan_is(s, i + 1, "time"))
		return i + 2;
	if (i < s->count && s->p[i].capital && scan_is(s, i + 1, "time"))
		return i + 2; /* Moscow time */
	return scan_one_of(s, i, words, LENGTH(words)) >= 0 ? i + 1 : -1;
}

/* 1990s, the '90s, nineties: the year without its last digit */
static int
decade_term(struct scan *s, int i, struct slot *slot)
{
	int k = scan_is(s, i, "'") ? i + 1 : i, year = scan_digits(s, k, 4);
	int s_at = scan_is(s, k + 1, "'") ? k + 2 : k + 1;

	if (scan_word(s, i, TIME_DECADE, slot) > 0)
		return i + 1;
	if (year < 0 || year % 10 || !scan_is_glued(s, s_at) || !scan_is(s, s_at, "s"))
		return -1;
	if (strlen(s->p[k].norm) == 2)
		year += year < 20 ? 2000 : 1900;
	else if (year < 1000 || year > 2100)
		return -1;
	slot->n = year / 10;
	return s_at + 1;
}

/* 2025-08-31, 31/8/2025, 9/1/25, 31.8.2025 */
static int
numeric_term(struct scan *s, int i, struct slot *slot)
{
	int n[3] = { scan_digits(s, i, 4), scan_digits(s, i + 2, 2),
		     scan_digits(s, i + 4, 4) };
	const char *mark = i + 1 < s->count ? s->p[i + 1].norm : "";
	struct date *d = &slot->hit.day;

	if (i + 4 < s->count && scan_is_glued(s, i + 1) && scan_is_glued(s, i + 2) &&
	    scan_is_glued(s, i + 3) && scan_is_glued(s, i + 4) &&
	    scan_is(s, i + 3, mark) && (*mark == '-' || *mark == '/') && !mark[1]) {
		if (n[0] >= 1000 && n[1] > 0 && n[2] > 0) {
			*d = (struct date){ n[0], n[1], n[2] };
			return date_is_valid(*d) ? i + 5 : -1;
		}
	} else if (i < s->count &&
		   sscanf(s->p[i].norm, "%2d.%2d.%4d", &n[0], &n[1], &n[2]) == 3) {
		*d = (struct date){ n[2], n[1], n[0] };
		return n[2] >= 1000 && date_is_valid(*d) ? i + 1 : -1;
	}
	if (n[0] < 1 || n[1] < 1 || n[2] < 0 || *mark != '/' || !scan_is(s, i + 3, "/"))
		return -1;
	if (n[2] < 100)
		n[2] += n[2] < 50 ? 2000 : 1900;
	*d = n[0] > 12 || (n[1] <= 12 && s->day_first)
		 ? (struct date){ n[2], n[1], n[0] }
		 : (struct date){ n[2], n[0], n[1] };
	return n[2] >= 1000 && date_is_valid(*d) ? i + 5 : -1;
}

static int
two_digits_term(struct scan *s, int i, struct slot *slot)
{
	int n = scan_digits(s, i, 2);

	if (n < 0 || strlen(s->p[i].norm) != 2)
		return -1;
	slot->n = n;
	return i + 1;
}

static int
part_term(struct scan *s, int i, struct slot *slot)
{
	int end = scan_word(s, i, TIME_PART, slot);

	return end > 0 && scan_is(s, end, "hours") ? end + 1 : end;
}

static int
day_rule_term(struct scan *s, int i, struct slot *slot)
{
	if (s->day_at != i) {
		s->day_at = i;
		s->day_found = rules_at(s, RULE_DAY, i, NULL, &s->day) && s->day.a == i;
	}
	slot->hit = s->day;
	return s->day_found ? s->day.b : -1;
}

static const char *const names[TERM_COUNT] = {
	"DAY",   "D",       "MON",    "Y",     "YY",     "DOW",     "N",
	"ORD",   "UNIT",    "UNITS",  "WHICH", "SEASON", "PART",    "SHIFT",
	"CLOCK", "ZONE",    "DECADE", "EDGE",  "FEAST",  "NUMERIC", "EACH",
	"ABOUT", "CAPITAL", "WORD",   "END",
};

#define BIT(t) (1U << TERM_##t)

/* A superset: what it lacks does not begin there. */
unsigned
term_begins(const struct piece *p)
{
	static const unsigned kinds[TIME_BEGIN + 1] = {
		[TIME_MONTH] = BIT(MON) | BIT(DAY),
		[TIME_WEEKDAY] = BIT(DOW) | BIT(DAY),
		[TIME_UNIT] = BIT(UNIT) | BIT(UNITS),
		[TIME_NUMBER] =
		    BIT(N) | BIT(ORD) | BIT(D) | BIT(Y) | BIT(CLOCK) | BIT(DAY),
		[TIME_ORDINAL] = BIT(ORD) | BIT(D) | BIT(DAY),
		[TIME_SEASON] = BIT(SEASON),
		[TIME_PART] = BIT(PART),
		[TIME_SHIFT] = BIT(SHIFT) | BIT(DAY),
		[TIME_EACH] = BIT(EACH),
		[TIME_EDGE] = BIT(EDGE),
		[TIME_WHICH] = BIT(WHICH) | BIT(DAY),
		[TIME_CLOCK] = BIT(CLOCK),
		[TIME_DECADE] = BIT(DECADE),
	};
	static const unsigned others[] = { BIT(N), BIT(EDGE) | BIT(DAY), BIT(ABOUT) };
	unsigned begins =
	    kinds[p->word->time] | BIT(ZONE) | BIT(CAPITAL) | BIT(WORD) | BIT(END);

	if (p->word->time == TIME_BEGIN)
		begins |= others[p->word->value];
	if (*p->norm >= '0' && *p->norm <= '9')
		begins |= BIT(D) | BIT(Y) | BIT(YY) | BIT(N) | BIT(ORD) | BIT(CLOCK) |
			  BIT(DECADE) | BIT(NUMERIC) | BIT(DAY);
	if (*p->norm == '\'')
		begins |= BIT(DECADE);
	if (p->word->begins_time && p->capital)
		begins |= BIT(FEAST) | BIT(DAY);
	return begins;
}

enum time_term
term_find(const char *name)
{
	enum time_term t = 0;

	while (t < TERM_COUNT && strcmp(names[t], name))
		t++;
	return t;
}

int
term_at(struct scan *s, enum time_term t, int i, struct slot *slot)
{
	const struct piece *p = i < s->count ? &s->p[i] : NULL;

	if (p ? !(p->begins >> t & 1) : t != TERM_END)
		return -1;
	switch (t) {
	case TERM_DAY:
		return day_rule_term(s, i, slot);
	case TERM_D:
		return day_term(s, i, slot);
	case TERM_MON:
		return month_term(s, i, slot);
	case TERM_Y:
		return year_term(s, i, slot);
	case TERM_YY:
		return two_digits_term(s, i, slot);
	case TERM_DOW:
		return weekday_term(s, i, slot);
	case TERM_N:
		return number_term(s, i, slot);
	case TERM_ORD:
		return ordinal_term(s, i, slot);
	case TERM_UNIT:
	case TERM_UNITS:
		return unit_term(s, i, t == TERM_UNITS, slot);
	case TERM_WHICH:
		return scan_word(s, i, TIME_WHICH, slot);
	case TERM_SEASON:
		return scan_word(s, i, TIME_SEASON, slot);
	case TERM_PART:
		return part_term(s, i, slot);
	case TERM_SHIFT:
		return scan_word(s, i, TIME_SHIFT, slot);
	case TERM_CLOCK:
		return clock_term(s, i, slot);
	case TERM_ZONE:
		return zone_term(s, i);
	case TERM_DECADE:
		return decade_term(s, i, slot);
	case TERM_EDGE:
		return edge_term(s, i, slot);
	case TERM_FEAST:
		return feast_term(s, i, slot);
	case TERM_NUMERIC:
		return numeric_term(s, i, slot);
	case TERM_EACH:
		return scan_word(s, i, TIME_EACH, slot);
	case TERM_ABOUT:
		return about_term(s, i);
	case TERM_CAPITAL:
		return p && p->capital ? i + 1 : -1;
	case TERM_WORD:
		return p && *p->norm >= 'a' && *p->norm <= 'z' && !p->capital ? i + 1
									      : -1;
	case TERM_END:
		return !p || strchr(".,;:)!?\"", *p->norm) ? i : -1;
	case TERM_COUNT:
		break;
	}
	return -1;
}
