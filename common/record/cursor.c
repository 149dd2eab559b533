/*
 * Numbers of up to 15 digits and a small exponent are a division of two
 * doubles that are exact, so its result is the nearest double, as strtod()
 * has it; others go to strtod().
 */
#include "record/cursor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/plain.h"
#include "text/utf8.h"

enum { EXACT_DIGITS = 15 };

void
cursor_init(struct cursor *c, const char *json, size_t n, struct arena *arena,
	    struct err *err)
{
	*c = (struct cursor){
		.begin = json, .p = json, .end = json + n, .arena = arena, .err = err
	};
}

static int
bad(const struct cursor *c, const char *what)
{
	return err_set(c->err, ERR_REJECT, "JSON: %s, byte %td", what, c->p - c->begin);
}

static inline void
blanks(struct cursor *c)
{
	while (c->p < c->end &&
	       (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r'))
		c->p++;
}

char
cursor_peek(struct cursor *c)
{
	blanks(c);
	return c->p < c->end ? *c->p : '\0';
}

int
cursor_end(struct cursor *c)
{
	blanks(c);
	return c->p == c->end ? 0 : bad(c, "something behind its end");
}

int
cursor_bracket(struct cursor *c, char bracket)
{
	if (cursor_peek(c) != bracket)
		return bad(c, bracket == '{' ? "no object" : "no list");
	c->p++;
	return 0;
}

/* 1: a value or a name follows. */
static int
next(struct cursor *c, bool *first, char close)
{
	char is = cursor_peek(c);

	if (is == close) {
		c->p++;
		return 0;
	}
	if (!*first) {
		if (is != ',')
			return bad(c, "neither a comma nor a closing bracket");
		c->p++;
	}
	*first = false;
	return 1;
}

int
cursor_member(struct cursor *c, bool *first, struct slice *name)
{
	int more = next(c, first, '}');

	if (more <= 0)
		return more;
	if (cursor_peek(c) != '"')
		return bad(c, "no name");
	if (cursor_string(c, name))
		return -1;
	if (cursor_peek(c) != ':')
		return bad(c, "no colon");
	c->p++;
	return 1;
}

int
cursor_item(struct cursor *c, bool *first)
{
	int more = next(c, first, ']');

	if (more > 0 && cursor_peek(c) == ']')
		return bad(c, "no value behind a comma");
	return more;
}

static int
hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if (low >= 'a' && low <= 'f')
			value = value * 16 + low - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* Behind the u. */
static int
unicode_escape(struct cursor *c, char **to)
{
	int32_t code = hex4(c->p, c->end), low;

	if (code < 0)
		return bad(c, "no four hex digits");
	if (code == 0)
		return bad(c, "NUL in a text");
	c->p += 4;
	if (code >= 0xdc00 && code <= 0xdfff)
		return bad(c, "half a surrogate");
	if (code >= 0xd800 && code <= 0xdbff) {
		if (c->end - c->p < 2 || c->p[0] != '\\' || c->p[1] != 'u')
			return bad(c, "half a surrogate");
		low = hex4(c->p + 2, c->end);
		if (low < 0xdc00 || low > 0xdfff)
			return bad(c, "half a surrogate");
		c->p += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	*to += utf8_encode((uint32_t)code, *to);
	return 0;
}

static int
escape(struct cursor *c, char **to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (++c->p == c->end)
		return bad(c, "no end of a text");
	if (*c->p == 'u') {
		c->p++;
		return unicode_escape(c, to);
	}
	at = *c->p ? strchr(from, *c->p) : NULL;
	if (!at)
		return bad(c, "unknown escape");
	*(*to)++ = is[at - from];
	c->p++;
	return 0;
}

/* From the first backslash on: `begin` to c->p needs nothing done. */
static int
unescape(struct cursor *c, const char *begin, uint64_t wide, struct slice *s)
{
	const char *run = begin;
	size_t most;
	char *to;

	/* Unescaped it is never longer; how long it is at most, its end says. */
	for (const char *p = c->p;; p += 2) {
		p = plain_run(p, c->end, &wide);
		if (p == c->end || *p != '\\') {
			most = (size_t)(p - begin);
			break;
		}
		if (c->end - p < 2)
			return bad(c, "no end of a text");
	}
	s->text = to = arena_alloc(c->arena, most + 1);
	if (!to)
		return arena_check(c->arena, c->err);
	for (;;) {
		memcpy(to, run, (size_t)(c->p - run));
		to += c->p - run;
		if (c->p == c->end || *c->p != '\\')
			break;
		if (escape(c, &to))
			return -1;
		run = c->p;
		c->p = plain_run(c->p, c->end, &wide);
	}
	*to = '\0';
	s->size = (size_t)(to - s->text);
	return 0;
}

/* *copied: it lies in the arena, with a NUL. */
static int
string(struct cursor *c, struct slice *s, bool *copied)
{
	const char *begin = c->p + 1;
	uint64_t wide = 0;

	if (cursor_peek(c) != '"')
		return bad(c, "no text");
	begin = c->p + 1;
	c->p = plain_run(begin, c->end, &wide);
	*copied = c->p < c->end && *c->p == '\\';
	*s = (struct slice){ begin, (size_t)(c->p - begin) };
	if (*copied && unescape(c, begin, wide, s))
		return -1;
	if (c->p == c->end || *c->p != '"')
		return bad(c, c->p == c->end ? "no end of a text"
					     : "a control character in a text");
	/* Escapes are ASCII and give good UTF-8, so the text as it came tells. */
	if ((wide || *copied) && !utf8_is_valid(begin, (size_t)(c->p - begin)))
		return bad(c, "no UTF-8");
	c->p++;
	return 0;
}

int
cursor_string(struct cursor *c, struct slice *s)
{
	bool copied;

	return string(c, s, &copied);
}

int
cursor_text(struct cursor *c, const char **text)
{
	struct slice s;
	bool copied;

	if (string(c, &s, &copied))
		return -1;
	*text = copied ? s.text : arena_copy(c->arena, s.text, s.size);
	return 0;
}

struct decimal {
	const char *begin, *end;
	uint64_t digits;     /* all of them as one number, wrong if there are too many */
	int count, exponent; /* count: without zeros in front */
	bool minus, is_whole;
};

static int
take_digits(struct cursor *c, struct decimal *d, int each)
{
	const char *from = c->p;

	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		d->digits = d->digits * 10 + (uint64_t)(*c->p - '0');
		d->count += d->count > 0 || *c->p != '0';
		d->exponent += each;
	}
	return c->p > from ? 0 : bad(c, "no digit");
}

static int
take_exponent(struct cursor *c, struct decimal *d)
{
	bool minus;
	int value = 0;

	c->p++;
	minus = c->p < c->end && *c->p == '-';
	if (c->p < c->end && (*c->p == '-' || *c->p == '+'))
		c->p++;
	if (c->p == c->end || *c->p < '0' || *c->p > '9')
		return bad(c, "no digit");
	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
		value = value < 1000 ? value * 10 + *c->p - '0' : value;
	d->exponent += minus ? -value : value;
	return 0;
}

static int
take_decimal(struct cursor *c, struct decimal *d)
{
	*d = (struct decimal){ .begin = c->p, .is_whole = true, .minus = *c->p == '-' };
	c->p += d->minus;
	if (c->p < c->end && *c->p == '0')
		c->p++;
	else if (take_digits(c, d, 0))
		return -1;
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		d->is_whole = false;
		if (take_digits(c, d, -1))
			return -1;
	}
	if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
		d->is_whole = false;
		if (take_exponent(c, d))
			return -1;
	}
	d->end = c->p;
	return 0;
}

static int
whole(const struct cursor *c, const struct decimal *d, int64_t *value)
{
	/* 19 digits fit 64 bits without a sign, and 2^63 has 19. */
	if (d->count > 19 || d->digits > (uint64_t)INT64_MAX + d->minus)
		return bad(c, "a whole number too large");
	*value = d->minus ? (int64_t)(0 - d->digits) : (int64_t)d->digits;
	return 0;
}

static int
real(struct cursor *c, const struct decimal *d, double *value)
{
	static const double tens[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
				       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
				       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	const char *copy;

	if (d->count <= EXACT_DIGITS && abs(d->exponent) < (int)LENGTH(tens)) {
		*value = (double)d->digits;
		*value = d->exponent < 0 ? *value / tens[-d->exponent]
					 : *value * tens[d->exponent];
		*value = d->minus ? -*value : *value;
		return 0;
	}
	copy = arena_copy(c->arena, d->begin, (size_t)(d->end - d->begin));
	if (!copy)
		return arena_check(c->arena, c->err);
	*value = strtod(copy, NULL);
	return isfinite(*value) ? 0 : bad(c, "a number too large");
}

int
cursor_number(struct cursor *c, struct number *n)
{
	struct decimal d;
	char is = cursor_peek(c);

	if (is != '-' && (is < '0' || is > '9'))
		return bad(c, "no number");
	if (take_decimal(c, &d))
		return -1;
	*n = (struct number){ .is_whole = d.is_whole };
	if (!d.is_whole)
		return real(c, &d, &n->real);
	if (whole(c, &d, &n->whole))
		return -1;
	n->real = (double)n->whole;
	return 0;
}

static int
word(struct cursor *c, const char *is)
{
	size_t n = strlen(is);

	blanks(c);
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, is, n))
		return bad(c, "no such word");
	c->p += n;
	return 0;
}

int
cursor_bool(struct cursor *c, bool *value)
{
	*value = cursor_peek(c) == 't';
	return word(c, *value ? "true" : "false");
}

int
cursor_null(struct cursor *c)
{
	return word(c, "null");
}

static const char *
behind_string(const char *p, const char *end)
{
	uint64_t wide = 0;

	for (p++; p < end;) {
		p = plain_run(p, end, &wide);
		if (p < end && *p == '"')
			return p + 1;
		p += end - p > 1 && *p == '\\' ? 2 : p < end;
	}
	return end;
}

int
cursor_skip(struct cursor *c, struct slice *s)
{
	size_t depth = 0;

	cursor_peek(c);
	s->text = c->p;
	while (c->p < c->end) {
		char is = *c->p;

		if (depth == 0 && (is == ',' || is == '}' || is == ']'))
			break;
		if (is == '"') {
			c->p = behind_string(c->p, c->end);
			continue;
		}
		depth += is == '{' || is == '[';
		depth -= is == '}' || is == ']';
		c->p++;
	}
	s->size = (size_t)(c->p - s->text);
	return s->size > 0 && depth == 0 ? 0 : bad(c, "no end of a value");
}

int
cursor_pass(struct cursor *c)
{
	struct slice s;

	return cursor_skip(c, &s);
}

int
cursor_object(struct cursor *c, cursor_member_f *read, void *arg)
{
	struct slice name;
	bool first = true;
	int more = cursor_bracket(c, '{') ? -1 : 1;

	while (more == 1 && (more = cursor_member(c, &first, &name)) == 1)
		if (read(c, &name, arg))
			more = -1;
	return more;
}

bool
slice_is(const struct slice *s, const char *word)
{
	return s->size == strlen(word) && !memcmp(s->text, word, s->size);
}
