/*
 * UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Offsets in records are code points; these functions go between them and
 * bytes.  ASCII takes a short way everywhere, most often inline; the functions
 * called _wide are the long way, for nobody else.  Any thread may call.
 */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define UTF8_BAD UINT32_MAX

/* The code point at s, its bytes in *len; UTF8_BAD and 1 byte where none begins there. n
 * >= 1. */
uint32_t utf8_decode(const char *s, size_t n, int *len);

/* Bytes written: 1 to 4. */
int utf8_encode_wide(uint32_t c, char to[4]);
static inline int
utf8_encode(uint32_t c, char to[4])
{
	if (c >= 0x80)
		return utf8_encode_wide(c, to);
	to[0] = (char)c;
	return 1;
}

/* Walks: the next code point of [*p, end), *p put behind it; bad bytes give U+FFFD. *p <
 * end. */
uint32_t utf8_next_wide(const char **p, const char *end);
static inline uint32_t
utf8_next(const char **p, const char *end)
{
	if ((unsigned char)**p >= 0x80)
		return utf8_next_wide(p, end);
	return (unsigned char)*(*p)++;
}

/* The one before *p, *p put at its start. begin < *p. */
uint32_t utf8_before(const char *begin, const char **p);

bool utf8_is_valid(const char *s, size_t n);
size_t utf8_plain_run(const char *s, size_t n);    /* printable ASCII at the start */
size_t utf8_valid_prefix(const char *s, size_t n); /* bytes; n where all is valid */
size_t utf8_count(const char *s, size_t n);        /* code points */

/* The byte offset of code point `index` of valid text; n where there are fewer. */
size_t utf8_offset(const char *s, size_t n, size_t index);

/*
 * From byte offsets of one text to code points, in any order, each step paid
 * only for the distance from the last: zero it, set text and size.
 */
struct utf8_cursor {
	const char *text;
	size_t size, byte, point;
};
size_t utf8_point(struct utf8_cursor *c, size_t byte);
size_t utf8_byte(struct utf8_cursor *c, size_t point);

/* Classes by Unicode's general category. */
bool utf8_is_letter_wide(uint32_t c);
static inline bool
utf8_is_letter(uint32_t c) /* L*, and M*: marks belong to their letter */
{
	return c < 0x80 ? (c | 32) - 'a' < 26 : utf8_is_letter_wide(c);
}

bool utf8_is_upper_wide(uint32_t c);
static inline bool
utf8_is_upper(uint32_t c) /* Lu, Lt */
{
	return c < 0x80 ? c - 'A' < 26 : utf8_is_upper_wide(c);
}

bool utf8_is_lower_wide(uint32_t c);
static inline bool
utf8_is_lower(uint32_t c) /* Ll */
{
	return c < 0x80 ? c - 'a' < 26 : utf8_is_lower_wide(c);
}

bool utf8_is_digit_wide(uint32_t c);
static inline bool
utf8_is_digit(uint32_t c) /* Nd */
{
	return c < 0x80 ? c - '0' < 10 : utf8_is_digit_wide(c);
}

bool utf8_is_space_wide(uint32_t c);
static inline bool
utf8_is_space(uint32_t c) /* white space, no-break ones too */
{
	return c < 0x80 ? c == ' ' || c - '\t' < 5 : utf8_is_space_wide(c);
}

bool utf8_is_punct(uint32_t c);  /* P* */
bool utf8_is_symbol(uint32_t c); /* S* */

/* Scripts written without spaces between words: Han, kana, Thai, Lao, Khmer, Burmese. */
bool utf8_is_spaceless(uint32_t c);

uint32_t utf8_lower_wide(uint32_t c);
static inline uint32_t
utf8_lower(uint32_t c)
{
	if (c >= 0x80)
		return utf8_lower_wide(c);
	return c - 'A' < 26 ? c + 32 : c;
}

uint32_t utf8_upper(uint32_t c);

/* Appends the text in normalisation form C; bad bytes become U+FFFD.  Full: out->full. */
void utf8_nfc(const char *s, size_t n, struct buf *out);

/* Appends the text in small letters, each code point by itself. */
void utf8_add_lower(struct buf *out, const char *s, size_t n);

#endif
