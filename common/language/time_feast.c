/*
 * When feasts are: a day of the year, a weekday of a month, days from Easter,
 * a day of the Islamic or Jewish year.  The Islamic months are reckoned by the
 * arithmetic calendar, so the true feast, which waits for the moon to be seen,
 * may be a day away.
 */
#include "language/time_feast.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"

enum { FEASTS_MAX = 200, FEAST_WORDS = 5 };

enum feast_kind { FIXED, WEEKDAY, EASTER, ORTHODOX, ISLAMIC, ISLAMIC_MONTH, JEWISH };

struct feast {
	struct word *words[FEAST_WORDS];
	int count;
	enum feast_kind kind;
	int n[4];
};

struct feasts {
	struct feast items[FEASTS_MAX];
	int count;
};

static const struct {
	const char *name; /* in the column "when" */
	enum feast_kind kind;
	int numbers;
} forms[] = {
	{ "fixed", FIXED, 2 },     /* month, day */
	{ "weekday", WEEKDAY, 4 }, /* month, weekday 1..7, which of them (-1: the last),
				      from which day on */
	{ "easter", EASTER, 1 },   /* days after */
	{ "orthodox", ORTHODOX, 1 },
	{ "islamic", ISLAMIC, 2 }, /* month, day */
	{ "islamic-month", ISLAMIC_MONTH, 1 },
	{ "jewish", JEWISH, 1 }, /* days after the new year that falls in the year */
};

static bool
parse_when(struct feast *f, const char *text)
{
	size_t n = strcspn(text, " ");
	int got = 0;
	char *end;

	for (size_t i = 0; i < LENGTH(forms); i++) {
		if (strlen(forms[i].name) != n || strncmp(forms[i].name, text, n) != 0)
			continue;
		f->kind = forms[i].kind;
		for (text += n; *text == ' ' && got < forms[i].numbers; text = end)
			f->n[got++] = (int)strtol(text + 1, &end, 10);
		return got == forms[i].numbers && !*text;
	}
	return false;
}

static int
parse_names(struct feasts *f, struct words *w, const struct table *t, size_t row,
	    struct err *err)
{
	const char *cell = table_cell(t, row, 0);
	struct feast like = { 0 };

	if (!parse_when(&like, table_cell(t, row, 1)))
		return table_bad(t, row, 1, err, "\"%s\" is no day",
				 table_cell(t, row, 1));
	for (; *cell; cell += *cell == ';') {
		size_t all = strcspn(cell, ";"), n;
		const char *end = cell + all;

		if (f->count == FEASTS_MAX)
			return table_bad(t, row, 0, err, "over %d names", FEASTS_MAX);
		like.count = 0;
		for (; cell < end; cell += n) {
			cell += strspn(cell, " ");
			n = strcspn(cell, " ;");
			if (n && like.count == FEAST_WORDS)
				return table_bad(t, row, 0, err, "over %d words",
						 FEAST_WORDS);
			if (n)
				like.words[like.count++] = words_add(w, cell, n);
		}
		if (!like.count)
			continue;
		like.words[0]->begins_time = true;
		f->items[f->count++] = like;
	}
	return 0;
}

struct feasts *
feasts_new(struct words *w, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "names", "when" };
	struct feasts *f;
	struct table t;
	int failed = 0;

	if (table_open(&t, lexicon, "feasts.tsv", columns, LENGTH(columns), err))
		return NULL;
	f = must_alloc(sizeof *f);
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = parse_names(f, w, &t, i, err);
	table_close(&t);
	if (!failed)
		return f;
	feasts_free(f);
	return NULL;
}

void
feasts_free(struct feasts *f)
{
	free(f);
}

int
feast_term(const struct scan *s, int i, struct slot *slot)
{
	const struct feasts *f = s->r->feasts;
	int longest = 0;

	if (i >= s->count || !s->p[i].capital)
		return -1;
	for (int k = 0; k < f->count; k++) {
		const struct feast *feast = &f->items[k];
		int n = 0;

		while (n < feast->count && i + n < s->count &&
		       s->p[i + n].word == feast->words[n])
			n++;
		if (n == feast->count && n > longest) {
			longest = n;
			slot->n = k;
		}
	}
	return longest ? i + longest : -1;
}

/* Gregorian Easter: the anonymous algorithm, in Meeus, Astronomical Algorithms, ch. 8. */
static struct date
easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;

	return (struct date){ year, n / 31, n % 31 + 1 };
}

/* Julian Easter (Meeus), told in the Gregorian calendar; right from 1900 to 2099. */
static struct date
orthodox_easter(int year)
{
	int d = (19 * (year % 19) + 15) % 30;
	int e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7, n = d + e + 114;

	return date_of_days(date_days((struct date){ year, n / 31, n % 31 + 1 }) + 13);
}

/* The day that begins a month of the arithmetic Islamic calendar; since 1970-01-01. */
static long
islamic_days(int year, int month)
{
	return 29L * (month - 1) + month / 2 + 354L * (year - 1) + (11L * year + 3) / 30 -
	       492148; /* 1 Muharram 1 is 16 July 622 of the Julian calendar */
}

/* In a Gregorian year; a feast that comes twice in one is the first of the two. */
static struct date
islamic(int year, int month, int day)
{
	int of = (int)((year - 622) * 1.03069) - 1;
	struct date d;

	do
		d = date_of_days(islamic_days(of++, month) + day - 1);
	while (d.year < year);
	return d;
}

/*
 * Rosh Hashanah, by the mean new moon in parts of an hour (1,080 to it) and the
 * four postponements, as in Reingold and Dershowitz, Calendrical Calculations.
 */
static long
jewish_elapsed(int year)
{
	long months = (235L * year - 234) / 19;
	long parts = 12084 + 13753 * months;
	long day = 29 * months + parts / 25920;

	return 3 * (day + 1) % 7 < 3 ? day + 1 : day;
}

static long
jewish_new_year(int year)
{
	long last = jewish_elapsed(year - 1), this = jewish_elapsed(year),
	     next = jewish_elapsed(year + 1);
	int delay = next - this == 356 ? 2 : this - last == 382 ? 1 : 0;

	return this + delay - 2092590; /* to days since 1970-01-01 */
}

/* Its second month has 30 days, so what follows is a day later. */
static bool
is_long_year(int year)
{
	return (jewish_new_year(year + 1) - jewish_new_year(year)) % 10 == 5;
}

static struct date
weekday_of(int year, int month, int weekday, int nth, int from)
{
	struct date d = { year, month, nth > 0 ? from : date_month_length(year, month) };
	int away = nth > 0 ? (weekday - date_weekday(d) + 7) % 7 + 7 * (nth - 1)
			   : -((date_weekday(d) - weekday + 7) % 7);

	return date_of_days(date_days(d) + away);
}

bool
feast_day(const struct feasts *f, int feast, int year, struct date *d, bool *whole_month)
{
	const struct feast *x = &f->items[feast];

	*whole_month = x->kind == ISLAMIC_MONTH;
	if (year < 623 || year > 9000)
		return false;
	switch (x->kind) {
	case FIXED:
		*d = (struct date){ year, x->n[0], x->n[1] };
		break;
	case WEEKDAY:
		*d = weekday_of(year, x->n[0], x->n[1], x->n[2], x->n[3]);
		break;
	case EASTER:
		*d = date_of_days(date_days(easter(year)) + x->n[0]);
		break;
	case ORTHODOX:
		*d = date_of_days(date_days(orthodox_easter(year)) + x->n[0]);
		break;
	case ISLAMIC:
	case ISLAMIC_MONTH:
		*d = islamic(year, x->n[0], x->kind == ISLAMIC ? x->n[1] : 1);
		break;
	case JEWISH:
		*d = date_of_days(jewish_new_year(year + 3761) + x->n[0] +
				  (x->n[0] > 59 && is_long_year(year + 3761)));
		break;
	}
	return date_is_valid(*d);
}
