/* What the rules for times share: the tokens, the article's date, the last date told. */
#ifndef LANGUAGE_TIME_SCAN_H
#define LANGUAGE_TIME_SCAN_H

#include "language/calendar.h"
#include "language/reader.h"

struct hit {
	int a, b; /* tokens [a, b) */
	enum timex_type type;
	char value[40];
	bool has_day;
	struct date day;
};

struct scan {
	struct reader *r;
	const struct token *t;
	const struct word *const *word;
	int start, end;   /* of the sentence */
	int free;         /* first token that no time has yet */
	struct date base; /* the article's */
	struct date last; /* day last told; the article's at first */
	bool is_history;  /* a text that counts from its own last date: base goes along */
	int quarter;      /* last told: year * 4 + quarter - 1; 0: none */
};

enum tense { TENSE_NONE, TENSE_PAST, TENSE_FUTURE };

/* The tense of the verb that lies nearest, the one before first. */
enum tense scan_tense(const struct scan *s, int i);

bool
scan_is(const struct scan *s, int i, const char *norm); /* false outside the sentence */
enum time_word scan_kind(const struct scan *s, int i);  /* TIME_NONE outside */
int scan_value(const struct scan *s, int i);
int
scan_digits(const struct scan *s, int i); /* the number of an all-digit token, else -1 */
int scan_year(const struct scan *s, int i); /* of a four-digit token, else 0 */

/* Values; each writes hit->value. */
void hit_day(struct hit *h, struct date d);
void hit_week(struct hit *h, struct date d);
void hit_month(struct hit *h, int year, int month);
void
hit_shift(struct hit *h, const struct scan *s, struct date from, enum unit unit, int n);
void hit_duration(struct hit *h, enum unit unit, double n); /* n < 0: X */

/* Rules of time_unit.c: a unit, and what stands round it. */
bool unit_hit(struct scan *s, int i, struct hit *h);

#endif
