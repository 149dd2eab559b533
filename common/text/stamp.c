/*
 * A bag of parts in any order: a year, a month, a day, a time, a zone, and
 * words that mean nothing.  It is a date if nothing else is there.  That is
 * less than a grammar for each language and forgives more.
 */
#include "text/stamp.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/table.h"
#include "text/utf8.h"
#include "time/date.h"

enum { LANGUAGE, KIND, VALUE, WORDS, COLUMNS };
enum kind { MONTH, WEEKDAY, CREATED, MODIFIED, FILLER, HOUR, NOON, ZONE, KINDS };

static const char *const kinds[KINDS] = { "month",  "weekday", "created", "modified",
					  "filler", "hour",    "noon",    "zone" };

struct meaning {
	const char *language;
	enum kind kind;
	int value;
	struct meaning *next; /* of the same word in another language */
};

struct calendar {
	struct table table;
	struct map words; /* to a list of meanings */
};

#define MAX_LINE  160 /* bytes; no date line is longer */
#define MAX_PLAIN 4

struct scan {
	const struct calendar *calendar;
	const char *language, *p, *end;
	struct stamp stamp;
	int plain[MAX_PLAIN], plain_count; /* numbers below 100 that stand alone */
	int noon;                          /* -1, 0, 12 */
};

static int
add_words(struct calendar *c, size_t row, struct err *err)
{
	const char *kind = table_cell(&c->table, row, KIND);
	const char *p = table_cell(&c->table, row, WORDS), *end;
	size_t k = 0;

	while (k < KINDS && strcmp(kinds[k], kind))
		k++;
	if (k == KINDS)
		return table_bad(&c->table, row, KIND, err, "no kind of word: %s", kind);
	for (; *p; p = end + strspn(end, " ")) {
		struct meaning *m = must_alloc(sizeof(*m));
		void **place;

		end = p + strcspn(p, " ");
		place = map_put(&c->words, p, (size_t)(end - p));
		*m = (struct meaning){ table_cell(&c->table, row, LANGUAGE), (enum kind)k,
				       atoi(table_cell(&c->table, row, VALUE)),
				       place ? *place : NULL };
		if (place)
			*place = m;
		else
			free(m);
	}
	return 0;
}

struct calendar *
calendar_new(const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "language", "kind", "value", "words" };
	struct calendar *c = must_alloc(sizeof(*c));

	map_init(&c->words, 65536);
	if (table_open(&c->table, lexicon, "calendar.tsv", columns, COLUMNS, err))
		goto bad;
	for (size_t i = 0; i < c->table.rows; i++)
		if (add_words(c, i, err))
			goto bad;
	return c;
bad:
	calendar_free(c);
	return NULL;
}

void
calendar_free(struct calendar *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->words.count; i++)
		for (struct meaning *m = c->words.entries[i].value, *next; m; m = next) {
			next = m->next;
			free(m);
		}
	map_release(&c->words);
	table_close(&c->table);
	free(c);
}

static const struct meaning *
look_up(const struct scan *s, const char *word, size_t n)
{
	const struct meaning *any = map_get(&s->calendar->words, word, n);

	for (const struct meaning *m = any; m; m = m->next)
		if (s->language && !strcmp(m->language, s->language))
			return m;
	return any;
}

/* Up to `most` digits at p; their number, -1 if there are none or more. */
static int
digits(const char *p, const char *end, int most, int *count)
{
	int value = 0, n = 0;

	while (p + n < end && isdigit((unsigned char)p[n]) && n <= most)
		value = value * 10 + (p[n++] - '0');
	*count = n;
	return n > 0 && n <= most ? value : -1;
}

static bool
set_time(struct scan *s, int hour, int minute, int second)
{
	if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 ||
	    second > 60 || s->stamp.second >= 0)
		return false;
	s->stamp.second = hour * 3600 + minute * 60 + second;
	return true;
}

static bool
set_date(struct scan *s, int year, int month, int day)
{
	if (year < 100)
		year += year < 70 ? 2000 : 1900;
	if (s->stamp.day || !date_is_valid((struct date){ year, month, day }))
		return false;
	s->stamp.year = year;
	s->stamp.month = month;
	s->stamp.day = day;
	return true;
}

/* +01:00, +0100, +01 right behind a time. */
static void
zone_offset(struct scan *s)
{
	const char *p = s->p;
	int n, hours, minutes = 0;

	if (p < s->end && *p == ' ')
		p++;
	if (p >= s->end || (*p != '+' && *p != '-'))
		return;
	hours = digits(p + 1, s->end, 4, &n);
	if (hours < 0 || n == 1 || n == 3)
		return;
	if (n == 4) {
		minutes = hours % 100;
		hours /= 100;
	} else if (p + 3 < s->end && p[3] == ':') {
		int k;

		minutes = digits(p + 4, s->end, 2, &k);
		n += 1 + k;
	}
	if (hours > 14 || minutes < 0 || minutes > 59)
		return;
	s->stamp.east = (*p == '-' ? -1 : 1) * (hours * 60 + minutes);
	s->p = p + 1 + n;
}

/* Behind "8:15": seconds and their fraction, then the zone. */
static bool
rest_of_time(struct scan *s, int hour, int minute)
{
	int n, second = 0;

	if (s->p < s->end && *s->p == ':') {
		second = digits(s->p + 1, s->end, 2, &n);
		s->p += 1 + n;
		if (s->p < s->end && *s->p == '.') {
			s->p++;
			while (s->p < s->end && isdigit((unsigned char)*s->p))
				s->p++;
		}
	}
	if (!set_time(s, hour, minute, second))
		return false;
	zone_offset(s);
	return true;
}

/* The T of an ISO time, and 0410 or 041030 without colons. */
static bool
iso_time(struct scan *s)
{
	int n, value;

	if (s->end - s->p < 3 ||
	    (*s->p != 'T' && *s->p != 't' && *s->p != '-' && *s->p != '_') ||
	    !isdigit((unsigned char)s->p[1]))
		return true;
	value = digits(s->p + 1, s->end, 6, &n);
	if (n == 2 && (*s->p == 'T' || *s->p == 't')) {
		s->p++;
		return true;
	}
	if (value < 0 || (n != 4 && n != 6) || (n == 4 && *s->p == '-'))
		return false;
	s->p += 1 + n;
	value = n == 4 ? value * 100 : value;
	if (!set_time(s, value / 10000, value / 100 % 100, value % 100))
		return false;
	zone_offset(s);
	return true;
}

/* 14.3.2024, 14/03/2024, 2024-03-14: after the first number and its separator. */
static bool
three_numbers(struct scan *s, int first, int first_digits, char separator)
{
	const char *p = s->p + 1;
	int n, second, third;

	while (separator == '.' && p < s->end && *p == ' ')
		p++;
	second = digits(p, s->end, 2, &n);
	p += n;
	if (second < 0 || p >= s->end || *p != separator)
		return false;
	p++;
	while (separator == '.' && p < s->end && *p == ' ')
		p++;
	third = digits(p, s->end, 4, &n);
	if (third < 0 || n == 3)
		return false;
	s->p = p + n;
	if (first_digits == 4)
		return n <= 2 && set_date(s, first, second, third) && iso_time(s);
	/* Americans write the month first, with slashes. */
	if (second > 12 || (separator == '/' && first <= 12 && s->language &&
			    !strcmp(s->language, "en")))
		return set_date(s, third, first, second);
	return set_date(s, third, second, first);
}

/* The signs and syllables that stand behind a number in Chinese, Japanese, Korean dates.
 */
static bool
unit(struct scan *s, int value, bool *known)
{
	static const struct {
		uint32_t sign;
		char part;
	} units[] = {
		{ 0x5E74, 'y' }, { 0xB144, 'y' }, { 0x6708, 'm' }, { 0xC6D4, 'm' },
		{ 0x65E5, 'd' }, { 0x53F7, 'd' }, { 0x865F, 'd' }, { 0xC77C, 'd' },
		{ 0x6642, 'H' }, { 0x65F6, 'H' }, { 0x9EDE, 'H' }, { 0x70B9, 'H' },
		{ 0xC2DC, 'H' }, { 0x5206, 'M' }, { 0xBD84, 'M' }, { 0x79D2, 'S' },
		{ 0xCD08, 'S' },
	};
	const char *p = s->p;
	uint32_t c;

	*known = false;
	if (p < s->end && *p == ' ')
		p++;
	c = p < s->end ? utf8_next(&p, s->end) : 0;
	for (size_t i = 0; i < LENGTH(units) && !*known; i++) {
		if (units[i].sign != c)
			continue;
		*known = true;
		s->p = p;
		switch (units[i].part) {
		case 'y':
			s->stamp.year = value;
			return value >= 1900 && value < 2200;
		case 'm':
			s->stamp.month = value;
			return value >= 1 && value <= 12;
		case 'd':
			s->stamp.day = value;
			return value >= 1 && value <= 31;
		case 'H':
			return set_time(s, value, 0, 0);
		default:
			if (s->stamp.second < 0 || value > 59)
				return false;
			s->stamp.second += units[i].part == 'M' ? value * 60 : value;
		}
	}
	return true;
}

static bool
number(struct scan *s)
{
	int n, k, value = digits(s->p, s->end, 8, &n), minute;
	bool known;
	char next;

	if (value < 0)
		return false;
	s->p += n;
	if (n == 8)
		return set_date(s, value / 10000, value / 100 % 100, value % 100) &&
		       iso_time(s);
	if (!unit(s, value, &known) || known)
		return known && s->stamp.month <= 12;
	next = s->p < s->end ? *s->p : '\0';
	minute = next ? digits(s->p + 1, s->end, 2, &k) : -1;
	if (n <= 2 && minute >= 0 && k == 2 &&
	    (next == ':' || next == 'h' || next == 'H')) {
		s->p += 1 + k;
		return rest_of_time(s, value, minute);
	}
	if (next && strchr("./-", next) && three_numbers(s, value, n, next))
		return true;
	if (next == '.' && n <= 2 && k == 2 && minute < 60 && value < 24) {
		s->p += 1 + k;
		return set_time(s, value, minute, 0);
	}
	if (n == 4 && value >= 1900 && value < 2200 && !s->stamp.year) {
		s->stamp.year = value;
		return true;
	}
	if (n > 2 || s->plain_count == MAX_PLAIN)
		return false;
	s->plain[s->plain_count++] = value;
	return true;
}

static bool
means(struct scan *s, const struct meaning *m)
{
	switch (m->kind) {
	case MONTH:
		if (s->stamp.month)
			return false;
		s->stamp.month = m->value;
		return true;
	case NOON:
		s->noon = m->value;
		/* fallthrough */
	case HOUR:
		if (s->stamp.second < 0 && s->plain_count > 0)
			return set_time(s, s->plain[--s->plain_count], 0, 0);
		return true;
	case ZONE:
		s->stamp.east = m->value;
		return true;
	case MODIFIED:
		s->stamp.is_modified = true;
		/* fallthrough */
	case CREATED:
		s->stamp.has_words = true;
		return true;
	case WEEKDAY:
	case FILLER:
		return true;
	case KINDS:
		break;
	}
	return false;
}

static bool
word(struct scan *s)
{
	char lower[MAX_LINE * 2];
	size_t n = 0;
	const struct meaning *m;

	while (s->p < s->end) {
		const char *at = s->p;
		uint32_t c = utf8_next(&s->p, s->end);
		bool inside = (c == '.' || c == '\'') && n > 0 && s->p < s->end &&
			      isalpha((unsigned char)*s->p);

		if (!utf8_is_letter(c) && !inside) {
			s->p = at;
			break;
		}
		n += (size_t)utf8_encode(utf8_lower(c), lower + n);
	}
	m = look_up(s, lower, n);
	return m && means(s, m);
}

/* The numbers that stood alone: a day; where no month is named, nothing. */
static bool
finish(struct scan *s)
{
	struct stamp *t = &s->stamp;

	if (s->plain_count == 1 && !t->day)
		t->day = s->plain[--s->plain_count];
	if (s->plain_count > 0 || t->month < 1 || t->day < 1)
		return false;
	if (s->noon == 12 && t->second >= 0 && t->second < 12 * 3600)
		t->second += 12 * 3600;
	else if (s->noon == 0 && t->second >= 12 * 3600 && t->second < 13 * 3600)
		t->second -= 12 * 3600;
	return date_is_valid((struct date){ t->year ? t->year : 2024, t->month, t->day });
}

bool
stamp_parse(const struct calendar *c, const char *language, const char *text, size_t n,
	    struct stamp *stamp)
{
	struct scan s = { .calendar = c,
			  .language = language,
			  .p = text,
			  .end = text + n,
			  .stamp = { .second = -1 },
			  .noon = -1 };

	if (n > MAX_LINE)
		return false;
	while (s.p < s.end) {
		const char *at = s.p;
		uint32_t ch = utf8_next(&s.p, s.end);

		if (ch < 0x80 && isdigit((int)ch)) {
			s.p = at;
			if (!number(&s))
				return false;
		} else if (utf8_is_letter(ch)) {
			s.p = at;
			if (!word(&s))
				return false;
		} else if (!utf8_is_space(ch) && !utf8_is_punct(ch) && ch != '|')
			return false;
	}
	if (!finish(&s))
		return false;
	*stamp = s.stamp;
	return true;
}

/* The date that begins at p, which no digit precedes; its length, or 0. */
static size_t
name_date(const char *p, const char *end, struct stamp *stamp)
{
	struct scan s = { .p = p, .end = end, .stamp = { .second = -1 }, .noon = -1 };
	int n, value = digits(p, end, 8, &n);

	if (value < 0 || (n != 8 && n != 4 && n > 2))
		return 0;
	s.p += n;
	if (n == 8) {
		if (!set_date(&s, value / 10000, value / 100 % 100, value % 100))
			return 0;
	} else if (s.p >= end || !strchr("-_./", *s.p) ||
		   !three_numbers(&s, value, n, *s.p) || s.p - p < 8)
		return 0;
	if (s.stamp.year < 1970 || s.stamp.year > 2199)
		return 0;
	*stamp = s.stamp;
	if (iso_time(&s))
		*stamp = s.stamp;
	else if (s.p < end && isdigit((unsigned char)*s.p))
		return 0;
	return (size_t)(s.p - p);
}

bool
stamp_in_name(const char *path, struct stamp *stamp)
{
	const char *end = path + strlen(path);
	bool found = false;

	for (const char *p = path; p < end; p++) {
		size_t n;

		if (!isdigit((unsigned char)*p) ||
		    (p > path && isdigit((unsigned char)p[-1])))
			continue;
		n = name_date(p, end, stamp);
		if (n > 0) {
			found = true;
			p += n - 1;
		}
	}
	return found;
}

#define DAY 86400

int64_t
stamp_ms(const struct stamp *stamp, int64_t near_ms)
{
	long near = (long)(near_ms / (DAY * 1000LL)), days = 0;
	struct date d = { stamp->year, stamp->month, stamp->day };

	if (d.year)
		days = date_days(d);
	else
		/* Four years, for February 29; the latest that is no more than a week
		 * ahead. */
		for (d.year = date_of_days(near).year + 1; d.year > 1970 - 8; d.year--)
			if (date_is_valid(d) && (days = date_days(d)) <= near + 7)
				break;
	return ((int64_t)days * DAY + (stamp->second > 0 ? stamp->second : 0) -
		(int64_t)stamp->east * 60) *
	       1000;
}
