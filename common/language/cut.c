/*
 * One run of text at a time: punctuation comes off its two ends, then the
 * middle is cut at slashes, dashes and hyphens, and each piece at its clitic.
 * Conventions counted on UD English EWT: hyphens part their words but for a
 * list of prefixes, 10am is 10 am, dates and clock times stay whole, the dot
 * of an abbreviation is not doubled at a sentence's end.
 */
#include "language/cut.h"

#include <string.h>

#include "base/mem.h"
#include "text/utf8.h"

/* NUL and the marks of no width too: nothing of them is a word. */
bool
char_is_blank(uint32_t c)
{
	return c <= ' ' || c == 0x200b || c == 0xfeff || (c > 0x7e && utf8_is_space(c));
}

bool
char_is_quote(uint32_t c)
{
	return c == '"' || (c >= 0x201c && c <= 0x201f) || c == 0xab || c == 0xbb ||
	       (c >= 0x300c && c <= 0x300f) || c == 0xff02;
}

bool
char_is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x201b || c == 0x2bc;
}

static bool
is_any(uint32_t c, const char *marks)
{
	return c && c < 0x80 && strchr(marks, (int)c);
}

static bool
is_dash(uint32_t c)
{
	return c == '-' || (c >= 0x2010 && c <= 0x2015);
}

static bool
is_word(uint32_t c)
{
	return utf8_is_letter(c) || utf8_is_digit(c);
}

void
chunk_read(struct chunk *k, const char *text, size_t n)
{
	int at = 0;

	k->n = k->count = 0;
	while ((size_t)at < n && at < CHUNK_MAX - 4) {
		int used;
		uint32_t c = utf8_decode(text + at, n - (size_t)at, &used);

		if (char_is_blank(c))
			break;
		k->c[k->n] = c == UTF8_BAD ? 0xfffd : c;
		k->at[k->n++] = at;
		at += used;
	}
	k->at[k->n] = at;
	k->c[k->n] = 0;
	k->next = (size_t)at + 1 < n ? (unsigned char)text[at + 1] : 0;
}

/* The code points [a, b) as folded ASCII for short comparisons; "" where they do not fit.
 */
static size_t
ascii(const struct chunk *k, int a, int b, char *out, size_t room)
{
	size_t n = 0;

	for (int i = a; i < b; i++) {
		uint32_t c = char_is_apostrophe(k->c[i]) ? '\'' : k->c[i];

		if (c >= 0x80 || n + 1 >= room) {
			n = 0;
			break;
		}
		out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out[n] = '\0';
	return n;
}

static uint32_t
classes(const struct chunk *k, int a, int b, const struct words *w)
{
	char text[32];
	size_t n = ascii(k, a, b, text, sizeof text);

	return n ? words_find(w, text, n)->classes : 0;
}

static void
end_token(struct chunk *k, int end)
{
	if (!k->count || k->ends[k->count - 1] < end)
		k->ends[k->count++] = end;
}

static bool
is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(text, list[i]))
			return true;
	return false;
}

/* do|n't, Kim|'s, can|not, gon|na; 0 where [a, b) is one word. */
static int
clitic_at(const struct chunk *k, int a, int b)
{
	static const char *const clitics[] = { "'s", "'m", "'d", "'re", "'ve", "'ll" };
	static const char *const pairs[] = { "cannot", "gonna", "gotta", "wanna" };
	char tail[8];

	if (b - a > 3 && char_is_apostrophe(k->c[b - 2]) && ascii(k, b - 3, b, tail, 8) &&
	    !strcmp(tail, "n't"))
		return b - 3;
	for (int size = 2; size <= 3; size++)
		if (b - a > size && char_is_apostrophe(k->c[b - size]) &&
		    ascii(k, b - size, b, tail, 8) &&
		    is_one_of(tail, clitics, LENGTH(clitics)))
			return b - size;
	if (b - a >= 5 && b - a <= 6 && ascii(k, a, b, tail, 8) &&
	    is_one_of(tail, pairs, LENGTH(pairs)))
		return b - a == 6 ? b - 3 : b - 2;
	return 0;
}

/* 10am is 10 am and US$5 is US$ 5; 5th and 1990s are one. */
static int
unit_at(const struct chunk *k, int a, int b)
{
	static const char *const units[] = { "am",  "pm",  "km", "kg",  "cm", "mm",
					     "mph", "kph", "m",  "bn",  "tn", "ft",
					     "lbs", "mw",  "gw", "gmt", "hrs" };
	char text[8];
	int i = a;

	if (utf8_is_digit(k->c[a])) {
		while (i < b && (utf8_is_digit(k->c[i]) || is_any(k->c[i], ".,:")))
			i++;
		return i < b && ascii(k, i, b, text, 8) &&
			       is_one_of(text, units, LENGTH(units))
			   ? i
			   : 0;
	}
	while (i < b && utf8_is_letter(k->c[i]))
		i++;
	if (i > a && i - a <= 3 && i + 1 < b &&
	    (k->c[i] == '$' || k->c[i] == 0x20ac || k->c[i] == 0xa3) &&
	    utf8_is_digit(k->c[i + 1]))
		return i + 1;
	return 0;
}

static void
cut_word(struct chunk *k, int a, int b)
{
	int at = unit_at(k, a, b);

	if (!at)
		at = clitic_at(k, a, b);
	if (at)
		end_token(k, at);
	end_token(k, b);
}

static bool
is_address(const struct chunk *k, int a, int b)
{
	bool at = false;

	if (b - a > 4 && k->c[a + 3] == '.' && (k->c[a] | 32) == 'w' &&
	    (k->c[a + 1] | 32) == 'w')
		return true;
	for (int i = a; i < b; i++) {
		if (k->c[i] == ':' && k->c[i + 1] == '/' && k->c[i + 2] == '/')
			return true;
		if (k->c[i] == '@' && i > a)
			at = true;
		if (at && k->c[i] == '.')
			return true;
	}
	return false;
}

/* 12:30, 1,000.5, 31/8/2025, 2025-08-31; but 2019-2020 is three tokens. */
static bool
is_number(const struct chunk *k, int a, int b)
{
	int hyphens = 0;

	for (int i = a; i < b; i++) {
		if (k->c[i] == '-' || k->c[i] == 0x2013)
			hyphens++;
		else if (!utf8_is_digit(k->c[i]) && k->c[i] != '.' && k->c[i] != ',' &&
			 k->c[i] != ':' && k->c[i] != '/')
			return false;
	}
	return hyphens != 1;
}

static bool
parts_words(const struct chunk *k, int a, int i, int b, const struct words *w)
{
	uint32_t c = k->c[i];
	bool digits = i > a && i + 1 < b && utf8_is_digit(k->c[i - 1]) &&
		      utf8_is_digit(k->c[i + 1]);

	if (c == '-')
		return !(classes(k, a, i, w) & WORD_PREFIX);
	if (is_dash(c) || c == '/' || c == ';' || c == '(' || c == ')' || c == '[' ||
	    c == ']' || c == 0x2026 || char_is_quote(c))
		return true;
	if (c == ',' || c == ':')
		return !digits;
	if (c == '.')
		return k->c[i + 1] == '.' ||
		       (i - a >= 2 && utf8_is_lower(k->c[i - 1]) &&
			utf8_is_lower(k->c[i - 2]) && i + 2 < b &&
			utf8_is_upper(k->c[i + 1]) && utf8_is_lower(k->c[i + 2]));
	return false;
}

static int
run_end(const struct chunk *k, int i, int b)
{
	int from = i;

	while (i + 1 < b && k->c[i + 1] == k->c[from])
		i++;
	return i + 1;
}

static void
cut_middle(struct chunk *k, int a, int b, const struct words *w)
{
	if (a >= b)
		return;
	if (is_address(k, a, b) || is_number(k, a, b) || k->c[a] == '#' ||
	    k->c[a] == '@') {
		end_token(k, b);
		return;
	}
	for (int i = a + 1; i < b - 1; i++)
		if (parts_words(k, a, i, b, w)) {
			int end = run_end(k, i, b);

			cut_word(k, a, i);
			end_token(k, end);
			a = i = end;
		}
	if (a < b)
		cut_word(k, a, b);
}

/* Where the word that begins at a goes on after its first marks. */
static bool
starts_word(const struct chunk *k, int a)
{
	uint32_t c = k->c[a], next = k->c[a + 1];
	char text[4];

	if (is_word(c))
		return true;
	if (c == '#' || c == '@')
		return is_word(next);
	if (c == '.')
		return utf8_is_digit(next);
	if (!char_is_apostrophe(c))
		return false;
	if (utf8_is_digit(next) && utf8_is_digit(k->c[a + 2]))
		return true; /* '90s */
	return k->n - a <= 3 && k->n - a >= 2 && ascii(k, a + 1, k->n, text, 4) &&
	       strstr(" s m d re ve ll em ", text) && utf8_is_letter(next);
}

/* The dots of U.S., J. and Inc. are theirs. */
static bool
is_abbreviation(const struct chunk *k, int a, int b, const struct words *w)
{
	static const char *const small[] = { "vs.",     "etc.", "al.",  "cf.",
					     "approx.", "pp.",  "vol.", "bn.",
					     "ft.",     "est.", "dept." };
	char text[32];
	int n = b - a;

	if (n == 2)
		return utf8_is_letter(k->c[a]) && k->c[a] != 'I';
	if (n % 2 == 0 && n <= 12) {
		int i = a;

		while (i < b && utf8_is_letter(k->c[i]) && k->c[i + 1] == '.')
			i += 2;
		if (i == b)
			return true;
	}
	if (!(classes(k, a, b - 1, w) & WORD_ABBREVIATION))
		return false;
	if (utf8_is_lower(k->c[a])) /* p.m., vs.; but no ill., mass. or sun. */
		return k->c[a + 1] == '.' || (ascii(k, a, b, text, sizeof text) &&
					      is_one_of(text, small, LENGTH(small)));
	return ascii(k, a, b, text, sizeof text) && strcmp(text, "no.")
		   ? true
		   : utf8_is_digit(k->next);
}

/* The last token's start in [a, b), or b where the end belongs to the word. */
static int
last_mark(const struct chunk *k, int a, int b, const struct words *w)
{
	uint32_t c = k->c[b - 1];
	int i = b - 1;

	if (is_word(c))
		return b;
	if (c == '$' && b - a == 3) /* US$ */
		return b;
	if (c == '.' && (i == a || k->c[i - 1] != '.'))
		return is_abbreviation(k, a, b, w) ? b : i;
	while (i > a &&
	       (k->c[i - 1] == c || (is_any(c, "!?") && is_any(k->c[i - 1], "!?"))) &&
	       !char_is_quote(c) && (!char_is_apostrophe(c) || c == '\'') && c != ')')
		i--;
	return i;
}

void
chunk_cut(struct chunk *k, const struct words *w)
{
	int marks[CHUNK_MAX + 1], count = 0;
	int a = 0, b = k->n;

	k->count = 0;
	while (a < b && !starts_word(k, a)) {
		a = char_is_quote(k->c[a]) || char_is_apostrophe(k->c[a]) ||
			    is_any(k->c[a], "([")
			? a + 1
			: run_end(k, a, b);
		end_token(k, a);
	}
	while (a < b) {
		int start = last_mark(k, a, b, w);

		if (start == b)
			break;
		marks[count++] = b;
		b = start;
	}
	cut_middle(k, a, b, w);
	while (count)
		end_token(k, marks[--count]);
}
