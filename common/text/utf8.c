#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/eight.h"

static bool
is_tail(const char *s)
{
	return ((unsigned char)*s & 0xC0) == 0x80;
}

uint32_t
utf8_decode(const char *s, size_t n, int *len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*s;
	uint32_t c;
	int want;

	*len = 1;
	if (first < 0x80)
		return first;
	if (first < 0xC2 || first > 0xF4)
		return UTF8_BAD;
	want = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	if ((size_t)want > n)
		return UTF8_BAD;
	c = first & (0xFFu >> (want + 1));
	for (int i = 1; i < want; i++) {
		if (!is_tail(s + i))
			return UTF8_BAD;
		c = c << 6 | ((unsigned char)s[i] & 0x3F);
	}
	if (c < least[want] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		return UTF8_BAD;
	*len = want;
	return c;
}

int
utf8_encode_wide(uint32_t c, char to[4])
{
	static const unsigned char mark[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	int len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (int i = len - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3F));
	to[0] = (char)(mark[len] | c);
	return len;
}

uint32_t
utf8_next_wide(const char **p, const char *end)
{
	int len;
	uint32_t c = utf8_decode(*p, (size_t)(end - *p), &len);

	*p += len;
	return c == UTF8_BAD ? 0xFFFD : c;
}

uint32_t
utf8_before(const char *begin, const char **p)
{
	const char *end = *p, *s = end - 1;
	uint32_t c;
	int len;

	while (s > begin && end - s < 4 && is_tail(s))
		s--;
	c = utf8_decode(s, (size_t)(end - s), &len);
	if (c == UTF8_BAD || s + len != end) {
		*p = end - 1;
		return 0xFFFD;
	}
	*p = s;
	return c;
}

/* Eight bytes at once: news is mostly ASCII in most languages we meet. */
static size_t
ascii_run(const char *s, size_t n)
{
	size_t i = 0;

	while (i + 8 <= n && !(eight_load(s + i) & EIGHT_TOPS))
		i += 8;
	while (i < n && (unsigned char)s[i] < 0x80)
		i++;
	return i;
}

/* Below 0x20 a byte borrows, 0x7F carries, beyond the top bit is set: all show in it. */
size_t
utf8_plain_run(const char *s, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t word = eight_load(s + i);

		if ((word | (word + EIGHT_ONES) | (word - EIGHT_ONES * 0x20)) &
		    EIGHT_TOPS)
			break;
	}
	while (i < n && s[i] >= 0x20 && s[i] < 0x7F)
		i++;
	return i;
}

size_t
utf8_valid_prefix(const char *s, size_t n)
{
	size_t i = 0;
	int len;

	for (;;) {
		i += ascii_run(s + i, n - i);
		if (i == n || utf8_decode(s + i, n - i, &len) == UTF8_BAD)
			return i;
		i += (size_t)len;
	}
}

bool
utf8_is_valid(const char *s, size_t n)
{
	return utf8_valid_prefix(s, n) == n;
}

size_t
utf8_count(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !is_tail(s + i);
	return count;
}

size_t
utf8_offset(const char *s, size_t n, size_t index)
{
	size_t i = 0;

	for (; i < n; i++)
		if (!is_tail(s + i) && index-- == 0)
			break;
	return i;
}

size_t
utf8_point(struct utf8_cursor *c, size_t byte)
{
	if (byte > c->size)
		byte = c->size;
	if (byte >= c->byte)
		c->point += utf8_count(c->text + c->byte, byte - c->byte);
	else
		c->point -= utf8_count(c->text + byte, c->byte - byte);
	c->byte = byte;
	return c->point;
}

size_t
utf8_byte(struct utf8_cursor *c, size_t point)
{
	while (c->point > point) {
		do
			c->byte--;
		while (c->byte > 0 && is_tail(c->text + c->byte));
		c->point--;
	}
	if (c->point < point) {
		size_t step =
		    utf8_offset(c->text + c->byte, c->size - c->byte, point - c->point);

		utf8_point(c, c->byte + step);
	}
	return c->byte;
}

static utf8proc_category_t
category(uint32_t c)
{
	return utf8proc_category((utf8proc_int32_t)c);
}

bool
utf8_is_letter_wide(uint32_t c)
{
	utf8proc_category_t k = category(c);

	return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_ME;
}

bool
utf8_is_upper_wide(uint32_t c)
{
	return category(c) == UTF8PROC_CATEGORY_LU || category(c) == UTF8PROC_CATEGORY_LT;
}

bool
utf8_is_lower_wide(uint32_t c)
{
	return category(c) == UTF8PROC_CATEGORY_LL;
}

bool
utf8_is_digit_wide(uint32_t c)
{
	return category(c) == UTF8PROC_CATEGORY_ND;
}

bool
utf8_is_space_wide(uint32_t c)
{
	if (c == 0x85)
		return true;
	return category(c) >= UTF8PROC_CATEGORY_ZS && category(c) <= UTF8PROC_CATEGORY_ZP;
}

bool
utf8_is_punct(uint32_t c)
{
	utf8proc_category_t k = category(c);

	return k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO;
}

bool
utf8_is_symbol(uint32_t c)
{
	utf8proc_category_t k = category(c);

	return k >= UTF8PROC_CATEGORY_SM && k <= UTF8PROC_CATEGORY_SO;
}

bool
utf8_is_spaceless(uint32_t c)
{
	static const uint32_t ranges[][2] = {
		{ 0x0E00, 0x0EFF },   /* Thai, Lao */
		{ 0x1000, 0x109F },   /* Burmese */
		{ 0x1780, 0x17FF },   /* Khmer */
		{ 0x3001, 0x30FF },   /* CJK punctuation, kana */
		{ 0x31F0, 0x9FFF },   /* kana extensions, enclosed CJK, Han */
		{ 0xF900, 0xFAFF },   /* Han, compatibility */
		{ 0xFF01, 0xFF9F },   /* full width */
		{ 0x20000, 0x3FFFF }, /* Han, further planes */
	};

	if (c < 0x0E00)
		return false;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

uint32_t
utf8_lower_wide(uint32_t c)
{
	return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

uint32_t
utf8_upper(uint32_t c)
{
	if (c < 0x80)
		return c - 'a' < 26 ? c - 32 : c;
	return (uint32_t)utf8proc_toupper((utf8proc_int32_t)c);
}

void
utf8_add_lower(struct buf *out, const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	char to[4];

	while (p < end)
		buf_add(out, to, (size_t)utf8_encode(utf8_lower(utf8_next(&p, end)), to));
}

/* Starters that NFC leaves alone and joins to nothing before them: most of what news is
 * made of. */
static bool
is_inert(uint32_t c)
{
	return c < 0x300 || (c >= 0x391 && c <= 0x3CE) || (c >= 0x400 && c <= 0x482) ||
	       (c >= 0x5D0 && c <= 0x5EA) || (c >= 0x621 && c <= 0x64A) ||
	       (c >= 0x2010 && c <= 0x2027) || (c >= 0x3001 && c <= 0x3029) ||
	       (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) ||
	       (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3);
}

static void
compose(const char *s, size_t n, struct buf *out)
{
	utf8proc_uint8_t *made = NULL;
	utf8proc_ssize_t size =
	    utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &made,
			 UTF8PROC_COMPOSE | UTF8PROC_STABLE);

	if (size < 0)
		out->full = true;
	else
		buf_add(out, made, (size_t)size);
	free(made);
}

/* Marks in a row after c, where `run` stood before it. */
static int
marks_after(uint32_t c, int run)
{
	utf8proc_int32_t parts[32];
	int last = 0;
	utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, 32,
						     UTF8PROC_DECOMPOSE, &last);

	for (utf8proc_ssize_t i = 0; i < n && i < 32; i++)
		run = utf8proc_get_property(parts[i])->combining_class ? run + 1 : 0;
	return run;
}

/*
 * utf8proc sorts marks by swapping neighbours: quadratic in a row of them.
 * Unicode's stream-safe form (UAX 15) has at most 30, and so has ours: those
 * beyond go.
 */
#define MAX_MARKS 30

/* From s, a starter or the start of the text, to before the next inert one: appended;
 * gives its end. */
static const char *
add_hard(const char *s, const char *end, struct buf *out)
{
	const char *p = s, *from = s;
	int run = 0;

	while (p < end) {
		const char *at = p;
		int len;
		uint32_t c = utf8_decode(p, (size_t)(end - p), &len);

		if (c == UTF8_BAD || (at > s && is_inert(c)))
			break;
		p += len;
		run = marks_after(c, run);
		if (run > MAX_MARKS) {
			compose(from, (size_t)(at - from), out);
			from = p;
		}
	}
	compose(from, (size_t)(p - from), out);
	return p;
}

void
utf8_nfc(const char *s, size_t n, struct buf *out)
{
	const char *p = s, *end = s + n;

	while (p < end) {
		const char *from = p, *last = p;
		uint32_t c = 0;
		int len = 0;

		for (; p < end; p += len) {
			size_t run = ascii_run(p, (size_t)(end - p));

			if (run > 1) { /* but for the last, no mark can follow */
				p += run - 1;
				last = p;
			}
			c = utf8_decode(p, (size_t)(end - p), &len);
			if (c == UTF8_BAD || !is_inert(c))
				break;
			last = p;
		}
		if (p < end && c != UTF8_BAD) /* the last inert one may take a mark */
			p = last;
		buf_add(out, from, (size_t)(p - from));
		if (p == end)
			return;
		if (c == UTF8_BAD) {
			buf_adds(out, "\xEF\xBF\xBD");
			p++;
		} else
			p = add_hard(p, end, out);
	}
}
