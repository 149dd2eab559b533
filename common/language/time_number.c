/* Numbers as times have them: 2.5, twenty-five, a few; third, 31st; 1996 and in words. */
#include <stdlib.h>
#include <string.h>

#include "language/time_scan.h"

bool
scan_is(const struct scan *s, int i, const char *norm)
{
	return i >= 0 && i < s->count && !strcmp(s->p[i].norm, norm);
}

int
scan_one_of(const struct scan *s, int i, const char *const *words, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (scan_is(s, i, words[k]))
			return (int)k;
	return -1;
}

enum time_word
scan_kind(const struct scan *s, int i)
{
	return i >= 0 && i < s->count ? (enum time_word)s->p[i].word->time : TIME_NONE;
}

int
scan_value(const struct scan *s, int i)
{
	return s->p[i].word->value;
}

/* The number of an all-digit piece of up to `most` digits, else -1. */
int
scan_digits(const struct scan *s, int i, size_t most)
{
	const char *norm = i >= 0 && i < s->count ? s->p[i].norm : "";
	size_t n = strspn(norm, "0123456789");

	return n && n <= most && !norm[n] ? atoi(norm) : -1;
}

int
scan_year(const struct scan *s, int i)
{
	int n = scan_digits(s, i, 4);

	return n >= 1000 && n <= 2100 ? n : 0;
}

bool
scan_is_glued(const struct scan *s, int i)
{
	return i >= 0 && i < s->count && s->p[i].glued;
}

int
scan_word(struct scan *s, int i, enum time_word kind, struct slot *slot)
{
	if (scan_kind(s, i) != kind)
		return -1;
	slot->n = scan_value(s, i);
	return i + 1;
}

/* th of 19th, 19 th. */
bool
scan_is_suffix(const struct scan *s, int i)
{
	return scan_is(s, i, "st") || scan_is(s, i, "nd") || scan_is(s, i, "rd") ||
	       scan_is(s, i, "th");
}

/* third, twenty-first, 31st */
int
ordinal_term(struct scan *s, int i, struct slot *slot)
{
	int n = scan_digits(s, i, 2), k;

	if (n > 0 && scan_is_glued(s, i + 1) && scan_is_suffix(s, i + 1)) {
		slot->n = n;
		return i + 2;
	}
	if (scan_word(s, i, TIME_ORDINAL, slot) > 0)
		return i + 1;
	k = scan_is(s, i + 1, "-") ? i + 2 : i + 1;
	if (scan_kind(s, i) != TIME_NUMBER || scan_value(s, i) < 20 ||
	    scan_kind(s, k) != TIME_ORDINAL || scan_value(s, k) > 9)
		return -1;
	slot->n = scan_value(s, i) + scan_value(s, k);
	return k + 1;
}

/* 1996, nineteen ninety-six, two thousand and five */
int
year_term(struct scan *s, int i, struct slot *slot)
{
	int century = scan_kind(s, i) == TIME_NUMBER ? scan_value(s, i) : 0, k = i + 1;

	if ((slot->n = scan_year(s, i)) > 0)
		return i + 1;
	if (century == 2 && scan_is(s, k, "thousand")) {
		k = scan_is(s, k + 1, "and") ? k + 2 : k + 1;
		slot->n = 2000;
		if (scan_kind(s, k) != TIME_NUMBER || scan_value(s, k) < 1)
			return scan_is(s, i - 1, "year") ? i + 2 : -1;
		slot->n += scan_value(s, k);
		return k + 1;
	}
	if (century < 15 || century > 20 || scan_kind(s, k) != TIME_NUMBER ||
	    scan_value(s, k) < 10)
		return -1;
	slot->n = 100 * century + scan_value(s, k);
	k++;
	if (scan_value(s, k - 1) >= 20) {
		int one = scan_is(s, k, "-") ? k + 1 : k;

		if (scan_kind(s, one) == TIME_NUMBER && scan_value(s, one) >= 1 &&
		    scan_value(s, one) <= 9) {
			slot->n += scan_value(s, one);
			k = one + 1;
		}
	}
	return k;
}

/* 2.5, 1,200; 0: no number */
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

/* hundred, thousand: how many; 0: another word. */
static int
hundreds(const struct scan *s, int i)
{
	return scan_is(s, i, "hundred") ? 100 : scan_is(s, i, "thousand") ? 1000 : 0;
}

/* 99 of 9e99 is no number of its own. */
static bool
is_tail(const struct scan *s, int i)
{
	const char *before =
	    i > 0 && scan_is_glued(s, i) && s->p[i].from ? s->p[i - 1].norm : "";

	return *before >= 'a' && *before <= 'z';
}

/* twenty-five, 2,000, three hundred */
static int
whole_number(struct scan *s, int i, double *n)
{
	int k = i + 1;

	if (scan_kind(s, i) == TIME_NUMBER && scan_value(s, i) > 0) {
		int one = scan_is(s, k, "-") ? k + 1 : k;

		*n = scan_value(s, i);
		if (*n >= 20 && scan_kind(s, one) == TIME_NUMBER &&
		    scan_value(s, one) >= 1 && scan_value(s, one) <= 9) {
			*n += scan_value(s, one);
			k = one + 1;
		}
	} else if (i >= s->count || is_tail(s, i) || (*n = decimal(s->p[i].norm)) <= 0) {
		return -1;
	}
	if (hundreds(s, k))
		*n *= hundreds(s, k++);
	return k;
}

/* ½, 1/2, and a half behind a number. */
static int
fraction(const struct scan *s, int i, double *n)
{
	if (scan_is(s, i, "\xc2\xbd")) {
		*n += 0.5;
		return i + 1;
	}
	if (scan_digits(s, i, 1) == 1 && scan_is(s, i + 1, "/") &&
	    scan_digits(s, i + 2, 1) == 2) {
		*n += 0.5;
		return i + 3;
	}
	if (scan_is(s, i, "-") && scan_is(s, i + 1, "and"))
		i++;
	if (scan_is(s, i, "and") && scan_is(s, i + 1, "a") && scan_is(s, i + 2, "half")) {
		*n += 0.5;
		return i + 3;
	}
	return i;
}

/* The hyphen of three-day. */
static bool
is_before_unit(const struct scan *s, int i)
{
	return scan_is(s, i, "-") && scan_kind(s, i + 1) == TIME_UNIT;
}

/* A number of units; -1 where it is not said: a few, several. */
int
number_term(struct scan *s, int i, struct slot *slot)
{
	int k = i;

	if (scan_is(s, k, "half") &&
	    (scan_is(s, k + 1, "a") || scan_is(s, k + 1, "an"))) {
		slot->n = 0.5;
		return k + 2;
	}
	if (scan_is(s, k, "a") || scan_is(s, k, "an")) {
		k++;
		slot->n = 1;
		slot->article = true;
		if (scan_is(s, k, "half")) {
			slot->n = 0.5;
			return scan_is(s, k + 1, "-") ? k + 2 : k + 1;
		}
		if (scan_is(s, k, "single") || scan_is(s, k, "full"))
			return k + 1;
		if (hundreds(s, k)) {
			slot->n = hundreds(s, k);
			return k + 1;
		}
		if (!scan_is(s, k, "couple") && !scan_is(s, k, "few") &&
		    !scan_is(s, k, "dozen"))
			return k;
	}
	if (scan_kind(s, k) == TIME_NUMBER && scan_value(s, k) == -1) {
		slot->n = -1;
		k++;
		return scan_is(s, k, "more") || scan_is(s, k, "hundred") ||
			       is_before_unit(s, k)
			   ? k + 1
			   : k;
	}
	if (hundreds(s, k) && k == i)
		return slot->n = hundreds(s, k), k + 1;
	if ((k = whole_number(s, k, &slot->n)) < 0)
		return -1;
	k = fraction(s, k, &slot->n);
	if (scan_is(s, k, "of") || scan_is(s, k, "full") || scan_is(s, k, "more") ||
	    scan_is(s, k, "straight") || scan_is(s, k, "consecutive"))
		k++;
	return is_before_unit(s, k) ? k + 1 : k;
}
