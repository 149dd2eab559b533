/* Days of the Gregorian calendar, without a time of day or a zone. */
#ifndef TIME_DATE_H
#define TIME_DATE_H

#include <stdbool.h>

struct date {
	int year, month, day; /* month 1..12, day 1..31 */
};

bool date_is_valid(struct date d);
long date_days(struct date d); /* since 1970-01-01 */
struct date date_of_days(long days);
struct date date_add_months(struct date d, int months); /* the day is cut to the month's length */
int date_weekday(struct date d); /* 1 Monday .. 7 Sunday, as ISO 8601 has it */
int date_week(struct date d, int *year); /* ISO 8601 week number and its year */
int date_month_length(int year, int month);

/* YYYY-MM-DD at the start of text; -1 if it is none. */
int date_parse(struct date *d, const char *text);

#define DATE_TEXT 11
const char *date_text(struct date d, char text[DATE_TEXT]);

#endif
