/*
 * One spelling for what tables are asked with: lower case, no accents, one
 * kind of quote and dash.  The text itself is never changed; offsets stay its.
 */
#include <string.h>
#include <utf8proc.h>

#include "language/reader.h"
#include "text/utf8.h"

static const struct {
	utf8proc_int32_t from;
	const char *to;
} folded[] = {
	{ 0x2018, "'" },  { 0x2019, "'" },   { 0x201a, "'" },  { 0x201b, "'" },
	{ 0x2032, "'" },  { 0x02bc, "'" },   { 0x00b4, "'" },  { 0x201c, "\"" },
	{ 0x201d, "\"" }, { 0x201e, "\"" },  { 0x201f, "\"" }, { 0x00ab, "\"" },
	{ 0x00bb, "\"" }, { 0x300c, "\"" },  { 0x300d, "\"" }, { 0x2010, "-" },
	{ 0x2011, "-" },  { 0x2012, "-" },   { 0x2013, "--" }, { 0x2014, "--" },
	{ 0x2015, "--" }, { 0x2026, "..." }, { 0x0131, "i" },  { 0x0142, "l" },
	{ 0x0141, "l" },  { 0x00f8, "o" },   { 0x00d8, "o" },  { 0x0111, "d" },
	{ 0x0110, "d" },  { 0x00e6, "ae" },  { 0x00c6, "ae" }, { 0x0153, "oe" },
	{ 0x0152, "oe" }, { 0x00f0, "d" },   { 0x00fe, "th" },
};

static size_t
fold_one(utf8proc_int32_t c, char *out)
{
	utf8proc_int32_t parts[8];
	int bound = 0;
	utf8proc_ssize_t n;
	size_t size = 0;

	for (size_t i = 0; i < sizeof folded / sizeof *folded; i++)
		if (folded[i].from == c) {
			strcpy(out, folded[i].to);
			return strlen(out);
		}
	n = utf8proc_decompose_char(c, parts, 8,
				    UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
					UTF8PROC_STRIPMARK,
				    &bound);
	for (utf8proc_ssize_t i = 0; i < n && i < 8; i++)
		size += (size_t)utf8proc_encode_char(parts[i],
						     (utf8proc_uint8_t *)out + size);
	return size;
}

size_t
fold(const char *form, size_t n, char *norm, size_t room)
{
	size_t size = 0;

	for (size_t i = 0; i < n && size + 40 < room;) {
		unsigned char b = (unsigned char)form[i];
		uint32_t c;
		int used;

		if (b < 0x80) {
			norm[size++] = (char)(b >= 'A' && b <= 'Z' ? b + 32 : b);
			i++;
			continue;
		}
		c = utf8_decode(form + i, n - i, &used);
		size += c == UTF8_BAD ? 0 : fold_one((utf8proc_int32_t)c, norm + size);
		i += (size_t)used;
	}
	norm[size] = '\0';
	return size;
}
