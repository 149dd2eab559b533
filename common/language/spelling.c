#include "language/spelling.h"

#include <string.h>

#include "text/utf8.h"

enum { SHAPE_MAX = 8, FORM_KEYED = 64 };

uint64_t
spelling_key(int part, const char *bytes, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u + (uint64_t)part * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	return h ? h : 1;
}

static char
shape_of(uint32_t c)
{
	if (utf8_is_upper(c))
		return 'X';
	if (utf8_is_letter(c))
		return 'x';
	if (utf8_is_digit(c))
		return 'd';
	return c < 0x80 ? (char)c : '*';
}

/* Runs count as one, and a long word's middle is left out. */
static uint64_t
shape_key(const char *form, size_t n)
{
	char shape[SHAPE_MAX + 1];
	size_t size = 0;
	const char *p = form, *end = form + n;

	while (p < end && size < SHAPE_MAX) {
		char c = shape_of(utf8_next(&p, end));

		if (size == 0 || shape[size - 1] != c)
			shape[size++] = c;
	}
	if (n > 1 && size == 1)
		shape[size++] = '+';
	return spelling_key(SPELLING_SHAPE, shape, size);
}

static bool
is_mark(const char *form)
{
	const char *p = form;
	uint32_t c;

	if ((unsigned char)*form < 0x80)
		return false;
	c = utf8_next(&p, form + strlen(form));
	return utf8_is_punct(c) || utf8_is_symbol(c);
}

/* The end of the first k characters, the start of the last: never within one. */
static size_t
after(const char *s, size_t n, size_t at)
{
	while (at < n && ((unsigned char)s[at] & 0xc0) == 0x80)
		at++;
	return at;
}

void
spelling_of(struct spelling *s, const char *form, const char *norm)
{
	size_t n = strlen(norm), size = strlen(form), first = 0, last = n;
	char pattern[FORM_KEYED];
	bool digits = false;

	memset(s, 0, sizeof *s);
	if (is_mark(form)) { /* curly quotes and the like: their plain kind */
		form = norm;
		size = n;
	}
	if (n > FORM_KEYED)
		n = after(norm, n, FORM_KEYED);
	if (size > FORM_KEYED)
		size = after(form, size, FORM_KEYED);
	s->word = spelling_key(-1, norm, n);
	for (size_t i = 0; i < n && i < sizeof pattern; i++) {
		bool digit = norm[i] >= '0' && norm[i] <= '9';

		pattern[i] = digit ? '0' : norm[i];
		digits |= digit;
	}
	if (digits)
		s->pattern =
		    spelling_key(-1, pattern, n < sizeof pattern ? n : sizeof pattern);
	s->part[SPELLING_FORM] = spelling_key(SPELLING_FORM, form, size);
	s->part[SPELLING_SHAPE] = shape_key(form, size);
	for (int k = 0; k < 3 && first < n; k++) {
		first = after(norm, n, first + 1);
		s->part[SPELLING_FIRST1 + k] =
		    spelling_key(SPELLING_FIRST1 + k, norm, first);
	}
	n = last;
	for (int k = 0; k < 4 && last > 0; k++) {
		do
			last--;
		while (last > 0 && ((unsigned char)norm[last] & 0xc0) == 0x80);
		s->part[SPELLING_LAST1 + k] =
		    spelling_key(SPELLING_LAST1 + k, norm + last, n - last);
	}
}

void
spelling_add_headline(struct spelling *s)
{
	s->part[SPELLING_HEADLINE] = spelling_key(SPELLING_HEADLINE, "", 0);
}

void
spelling_add_class(struct spelling *s, unsigned class)
{
	static const unsigned mask[] = { 0xffffffff, 63, 15 };
	char bytes[2];

	for (int k = 0; k < 3; k++) {
		bytes[0] = (char)(class & mask[k] & 255);
		bytes[1] = (char)((class & mask[k]) >> 8 & 255);
		s->part[SPELLING_CLASS + k] = spelling_key(SPELLING_CLASS + k, bytes, 2);
	}
}
