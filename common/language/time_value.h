/*
 * Values of times: each of these writes the hit's value and type and returns
 * true, so that a maker ends with it.
 */
#ifndef LANGUAGE_TIME_VALUE_H
#define LANGUAGE_TIME_VALUE_H

#include "language/time_scan.h"

bool value_text(struct hit *h, enum timex_type type, const char *value);
bool value_day(struct hit *h, struct date d);

/* A year and what stands behind it: 1994, 1994-SP, BC0480. */
bool value_year(struct hit *h, const struct scan *s, int year, const char *rest);
/* quarter: year * 4 + its number - 1 */
bool value_quarter(struct hit *h, int quarter);
bool value_month(struct hit *h, const struct scan *s, int year, int month);
bool value_week(struct hit *h, struct date d);

/* The unit n units away from a day: a week stays a week, a year a year. */
bool
value_shift(struct hit *h, const struct scan *s, struct date from, enum unit unit, int n);
bool value_duration(struct hit *h, enum unit unit, double n); /* n < 0: X */

struct date value_days_off(struct date from, int n);

/* Of a match: a term's number, that of WHICH (0 without one), the code of PART. */
int match_number(const struct match *m, enum time_term t);
int match_which(const struct match *m);
const char *match_season(const struct match *m); /* -SP, -SU, -FA, -WI */
const char *match_part(const struct match *m);

/* What makes values of days and hours, of years and their parts, of units. */
struct time_maker {
	const char *name; /* NULL ends a list */
	time_make *make;
};
extern const struct time_maker time_days[], time_years[], time_units[];

#endif
