/*
 * Most bytes of an article need nothing done to them, so text goes out in
 * runs, cut only where a character must be escaped.
 */
#include "record/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/eight.h"
#include "text/utf8.h"

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* How many at the start need nothing.  A byte that does sets its top bit in one of these. */
static size_t
plain_run(const char *s, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t word = eight_load(s + i);

		if ((word | (word - EIGHT_ONES * 0x20) |
		     ((word ^ EIGHT_ONES * '"') - EIGHT_ONES) |
		     ((word ^ EIGHT_ONES * '\\') - EIGHT_ONES)) &
		    EIGHT_TOPS)
			break;
	}
	while (i < n && is_plain((unsigned char)s[i]))
		i++;
	return i;
}

/* The bytes of one well-formed character above ASCII at p, else 0. */
static size_t
character(const unsigned char *p, size_t n)
{
	int size;

	if (*p < 0x80 || utf8_decode((const char *)p, n, &size) == UTF8_BAD)
		return 0;
	return (size_t)size;
}

static void
add_escape(struct buf *out, unsigned char c)
{
	static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
	const char *at = c ? strchr(from, c) : NULL;
	char escape[2] = "\\";

	if (c >= 0x80) {
		buf_add(out, "\xef\xbf\xbd", 3); /* U+FFFD */
	} else if (at) {
		escape[1] = to[at - from];
		buf_add(out, escape, 2);
	} else {
		buf_printf(out, "\\u%04x", c);
	}
}

static void
add_text(struct buf *out, const char *value, size_t n)
{
	const unsigned char *p = (const unsigned char *)value, *end = p + n, *run = p;
	size_t size;

	buf_addc(out, '"');
	while ((p += plain_run((const char *)p, (size_t)(end - p))) < end) {
		if ((size = character(p, (size_t)(end - p))) > 0) {
			p += size;
		} else {
			buf_add(out, run, (size_t)(p - run));
			add_escape(out, *p++);
			run = p;
		}
	}
	buf_add(out, run, (size_t)(p - run));
	buf_addc(out, '"');
}

static void
add_name(struct buf *out, const char *name)
{
	char last = out->size ? out->data[out->size - 1] : '\n', *p;
	size_t n;

	if (last != '{' && last != '[' && last != ':' && last != '\n')
		buf_addc(out, ',');
	if (!name)
		return;
	n = strlen(name);
	if (plain_run(name, n) < n || !(p = buf_reserve(out, n + 3))) {
		add_text(out, name, n);
		buf_addc(out, ':');
		return;
	}
	*p = '"';
	memcpy(p + 1, name, n);
	memcpy(p + 1 + n, "\":", 2);
	buf_added(out, n + 3);
}

/* A thousand of them make a record: printf() took a tenth of the time for one. */
static void
add_int(struct buf *out, int64_t value)
{
	char text[24], *p = text + sizeof(text);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(text + sizeof(text) - p));
}

void
json_open(struct buf *out, const char *name, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	add_name(out, name);
	buf_addc(out, bracket);
}

void
json_close(struct buf *out, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	buf_addc(out, bracket);
}

void
json_bytes(struct buf *out, const char *name, const char *value, size_t n)
{
	add_name(out, name);
	add_text(out, value, n);
}

void
json_text(struct buf *out, const char *name, const char *value)
{
	if (value)
		json_bytes(out, name, value, strlen(value));
}

void
json_null_or(struct buf *out, const char *name, const char *value)
{
	if (value)
		json_text(out, name, value);
	else
		json_raw(out, name, "null");
}

void
json_int(struct buf *out, const char *name, int64_t value)
{
	add_name(out, name);
	add_int(out, value);
}

/*
 * What has four decimals at most and eight digits in all, as scores and most
 * places do, is printed as %.8g would.  false: it is another number.
 */
static bool
add_short(struct buf *out, double value)
{
	double size = fabs(value);
	int64_t units = size < 10000 ? llrint(size * 10000) : 0, digits = units % 10000;
	char text[] = ".0000";
	size_t n = 5;

	if ((double)units / 10000 != size || (units == 0 && signbit(value)))
		return false;
	if (signbit(value))
		buf_addc(out, '-');
	add_int(out, units / 10000);
	for (int i = 4; i > 0; i--, digits /= 10)
		text[i] = (char)('0' + digits % 10);
	while (n > 2 && text[n - 1] == '0')
		n--;
	buf_add(out, text, n);
	return true;
}

void
json_double(struct buf *out, const char *name, double value)
{
	char text[32];

	assert(isfinite(value));
	add_name(out, name);
	if (add_short(out, value))
		return;
	snprintf(text, sizeof(text), "%.8g", value);
	buf_adds(out, text);
	if (!strpbrk(text, ".e"))
		buf_adds(out, ".0");
}

void
json_bool(struct buf *out, const char *name, bool value)
{
	json_raw(out, name, value ? "true" : "false");
}

void
json_raw(struct buf *out, const char *name, const char *json)
{
	if (!json)
		return;
	add_name(out, name);
	buf_adds(out, json);
}
