/*
 * A line break was made by a width if the next line's first word would not
 * have fitted.  Text is taken for wrapped where enough breaks are of that
 * kind and leave a sentence open; then a break that is not ends a paragraph.
 */
#include "text/layout.h"

#include <string.h>

#include "base/eight.h"
#include "base/mem.h"
#include "text/utf8.h"

#define MAX_WIDTH 164
#define MIN_WIDTH 40

static uint32_t
columns(const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	uint32_t count = 0;

	while (p < end) {
		size_t plain = utf8_plain_run(p, (size_t)(end - p));
		uint32_t c;

		p += plain;
		count += (uint32_t)plain;
		if (p == end)
			break;
		c = utf8_next(&p, end);
		count += 1 + (c >= 0x2E80 &&
			      (utf8_is_spaceless(c) || (c >= 0xAC00 && c <= 0xD7A3)));
	}
	return count;
}

/* Has it a tab, or a space behind a space? */
static bool
has_wide_gap(const char *s, size_t n)
{
	uint64_t before = 0, wide = 0;

	for (size_t i = 0; i + 8 <= n && !wide; i += 8) {
		uint64_t word = eight_load(s + i), spaces = eight_equal(word, ' ');

		wide = (spaces & (spaces << 8 | before)) | eight_equal(word, '\t');
		before = spaces >> 56;
	}
	for (size_t i = n & ~(size_t)7; i < n && !wide; i++)
		wide = s[i] == '\t' || (s[i] == ' ' && i && s[i - 1] == ' ');
	return wide;
}

/* One space for each row of spaces and tabs; s begins with none.  The new size. */
static size_t
collapse(char *s, size_t n)
{
	size_t used = 0;

	if (!has_wide_gap(s, n))
		return n;
	for (size_t i = 0; i < n; i++) {
		bool space = s[i] == ' ' || s[i] == '\t';

		if (space && s[used - 1] == ' ')
			continue;
		s[used++] = space ? ' ' : s[i];
	}
	return used;
}

/* Trims and collapses one line in place. */
static void
cut_line(struct line *l, char *s, size_t n)
{
	size_t indent = 0, i = 0, used;

	for (; i < n && (s[i] == ' ' || s[i] == '\t'); i++)
		indent += s[i] == '\t' ? 8 - indent % 8 : 1;
	s += i;
	*l = (struct line){ .s = s, .indent = (uint16_t)(indent > 1000 ? 1000 : indent) };
	used = collapse(s, n - i);
	while (used > 0 && s[used - 1] == ' ')
		used--;
	l->n = (uint32_t)used;
	l->columns = columns(s, used);
}

int
layout_read(struct layout *l, char *text, size_t n, struct arena *arena, struct err *err)
{
	size_t room = 0;
	bool blank = true;

	*l = (struct layout){ 0 };
	if (n > UINT32_MAX)
		return err_set(err, ERR_REJECT, "text of more than 4 GB");
	for (size_t i = 0; i < n;) {
		char *eol = memchr(text + i, '\n', n - i);
		size_t size = eol ? (size_t)(eol - text) - i : n - i;
		struct line line;

		cut_line(&line, text + i, size);
		i += size + 1;
		if (line.n == 0) {
			blank = true;
			continue;
		}
		l->lines =
		    arena_grow(arena, l->lines, l->count, &room, sizeof(*l->lines));
		if (!l->lines)
			return arena_check(arena, err);
		line.after_blank = blank;
		blank = false;
		l->lines[l->count++] = line;
	}
	layout_mark(l, 0, l->count);
	return 0;
}

static bool
is_closer(uint32_t c)
{
	return (c < 0x80 && c && strchr("\"')]}*_", (int)c)) || c == 0xBB || c == 0xAB ||
	       (c >= 0x2018 && c <= 0x201F) || c == 0x203A || c == 0x300D ||
	       c == 0x300F || c == 0xFF09 || c == 0x3011 || c == 0x300B || c == 0xFF02;
}

static bool
is_stop(uint32_t c)
{
	static const uint32_t stops[] = {
		'.',    '?',    '!',    0x2026, 0x3002, 0xFF0E, 0xFF1F, 0xFF01,
		0xFF61, 0x61F,  0x6D4,  0x964,  0x965,  0x589,  0x1362, 0x104B,
		0x17D4, 0x203C, 0x2047, 0x2048, 0x2049, 0x0F0D, 0x1803, 0x0DF4
	};

	for (size_t i = 0; i < LENGTH(stops); i++)
		if (stops[i] == c)
			return true;
	return false;
}

bool
ends_sentence(const char *s, size_t n)
{
	const char *p = s + n;

	for (int i = 0; p > s && i < 8; i++) {
		uint32_t c = utf8_before(s, &p);

		if (is_stop(c))
			return true;
		if (!is_closer(c) && !utf8_is_space(c))
			return false;
	}
	return false;
}

static uint32_t
first_point(const struct line *l)
{
	const char *p = l->s;

	return utf8_next(&p, l->s + l->n);
}

static uint32_t
last_point(const struct line *l)
{
	const char *p = l->s + l->n;

	return utf8_before(l->s, &p);
}

/* Columns of what would have had to fit: the first word, or one sign of a script without
 * spaces. */
static uint32_t
first_word(const struct line *l)
{
	const char *space = memchr(l->s, ' ', l->n);
	uint32_t n = space ? (uint32_t)(space - l->s) : l->n;

	if (!space && utf8_is_spaceless(first_point(l)))
		return 2;
	n = columns(l->s, n > 160 ? 160 : n);
	return n > 60 ? 60 : n;
}

/* Wrappers that aim at even lines stop short of the width: a seventh of it is left to
 * them. */
static bool
was_wrapped(const struct layout *l, size_t i)
{
	const struct line *line = &l->lines[i];

	return (line->indent + line->columns + 1 + first_word(line + 1)) * 7 >
	       l->width * 6;
}

bool
is_bullet(const struct line *l)
{
	const char *p = l->s, *end = l->s + l->n;
	uint32_t c = utf8_next(&p, end);

	if (c == '-' || c == '*' || c == 0x2013 || c == 0x2014)
		return p < end && *p == ' ';
	return c == 0x2022 || c == 0x25CF || c == 0x25AA || c == 0x25A0 || c == 0x25E6 ||
	       c == 0xB7;
}

/* The width that all but one in thirty keep to, of the lines that another follows in
 * their block. */
static unsigned
common_width(const struct layout *l, size_t first, size_t end)
{
	size_t counts[MAX_WIDTH + 2] = { 0 }, all = 0, seen = 0;
	unsigned w = MAX_WIDTH + 1;

	for (size_t i = first; i + 1 < end; i++) {
		uint32_t c = l->lines[i].columns + l->lines[i].indent;

		if (l->lines[i + 1].after_blank)
			continue;
		counts[c > MAX_WIDTH ? MAX_WIDTH + 1 : c]++;
		all++;
	}
	while (w > 0 && (seen += counts[w]) * 30 <= all)
		w--;
	return w;
}

/* No one wraps wider: 110 letters, or 80 signs of Han and a little. */
static unsigned
max_width(const struct layout *l, size_t first, size_t end)
{
	return first < end && first_point(&l->lines[end - 1]) >= 0x2E80 ? MAX_WIDTH : 110;
}

/* Enough breaks inside blocks are by width, leave a sentence open, and go on in small
 * letters. */
static bool
looks_wrapped(const struct layout *l, size_t first, size_t end)
{
	size_t breaks = 0, open = 0, small = 0;

	if (l->width > max_width(l, first, end) || l->width < MIN_WIDTH)
		return false;
	for (size_t i = first; i + 1 < end; i++) {
		const struct line *next = &l->lines[i + 1];
		uint32_t c = first_point(next);

		if (next->after_blank || is_bullet(next))
			continue;
		breaks++;
		if (!was_wrapped(l, i) || ends_sentence(l->lines[i].s, l->lines[i].n))
			continue;
		open++;
		small += !utf8_is_upper(c) && !utf8_is_digit(c);
	}
	/* A break or two in wide lines may well go on with a name. */
	if (open > 0 && open <= 2 && l->width >= 60)
		return open * 4 >= breaks;
	return open > 0 && open * 4 >= breaks && small * 10 >= open * 3;
}

static uint16_t
least_indent(const struct layout *l, size_t first, size_t end)
{
	uint16_t least = UINT16_MAX;

	for (size_t i = first; i < end; i++)
		if (l->lines[i].indent < least)
			least = l->lines[i].indent;
	return least;
}

static bool
starts(const struct layout *l, size_t i, uint16_t base)
{
	const struct line *line = &l->lines[i], *before = line - 1;

	if (line->after_blank || !l->is_wrapped || is_bullet(line))
		return true;
	if (line->indent >= base + 2 && line->indent > before->indent)
		return true;
	/* A row of indented lines is paragraphs of one line each, unless they run on. */
	if (line->indent >= base + 2 && ends_sentence(before->s, before->n))
		return true;
	return !was_wrapped(l, i - 1);
}

void
layout_mark(struct layout *l, size_t first, size_t end)
{
	uint16_t base = least_indent(l, first, end);

	l->width = common_width(l, first, end);
	l->is_wrapped = looks_wrapped(l, first, end);
	for (size_t i = first; i < end; i++)
		l->lines[i].starts = i == first || starts(l, i, base);
}

/* "long-" + "term" has no space between; "Vor-" + "und Nachteile" has. */
static bool
keeps_hyphen(const struct line *l, const struct line *next)
{
	static const char *const words[] = { "und",  "oder",  "and", "or", "to", "et",
					     "y",    "e",     "och", "og", "en", "of",
					     "bzw.", "sowie", "ou",  "o" };
	const char *p = l->s + l->n - 1, *space = memchr(next->s, ' ', next->n);
	size_t n = space ? (size_t)(space - next->s) : next->n;

	if (l->n < 2 || *p != '-' || !utf8_is_letter(utf8_before(l->s, &p)))
		return false;
	for (size_t i = 0; i < LENGTH(words); i++)
		if (strlen(words[i]) == n && !memcmp(words[i], next->s, n))
			return false;
	return utf8_is_letter(first_point(next)) || utf8_is_digit(first_point(next));
}

/* Between signs without spaces there is none, but where a line broke early it broke at
 * one. */
static bool
needs_space(const struct layout *l, const struct line *line, const struct line *next)
{
	uint32_t last = last_point(line);
	unsigned slack =
	    last < 0x2E80 ? 12 : 4; /* a word of Thai, a sign or two of Han */

	return !utf8_is_spaceless(last) || !utf8_is_spaceless(first_point(next)) ||
	       line->columns + line->indent + slack < l->width;
}

void
layout_join(const struct layout *l, size_t first, size_t end, struct buf *out)
{
	for (size_t i = first; i < end; i++) {
		const struct line *line = &l->lines[i];

		if (i > first && !keeps_hyphen(line - 1, line) &&
		    needs_space(l, line - 1, line))
			buf_addc(out, ' ');
		buf_add(out, line->s, line->n);
	}
}
