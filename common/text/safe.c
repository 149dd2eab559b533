#include "text/safe.h"

#include "text/utf8.h"

enum { LINE = 16 };

bool
safe_character(uint32_t c)
{
	return c != UTF8_BAD && c >= 0x20 && (c < 0x7f || c >= 0xa0) &&
	       c != 0x61c &&                    /* Arabic letter mark */
	       !(c >= 0x200e && c <= 0x200f) && /* marks of direction */
	       !(c >= 0x2028 && c <= 0x202e) && /* separators; embeddings, overrides */
	       !(c >= 0x2066 && c <= 0x2069);   /* isolates */
}

void
safe_text(struct buf *out, const char *text, size_t n, bool lines)
{
	const char *run = text, *p = text, *end = text + n;
	int length;

	for (; p < end; p += length) {
		uint32_t c = utf8_decode(p, (size_t)(end - p), &length);

		if (safe_character(c) || (lines && (c == '\n' || c == '\t')))
			continue;
		buf_add(out, run, (size_t)(p - run));
		for (int i = 0; i < length; i++)
			buf_printf(out, "\\x%02x", (unsigned char)p[i]);
		run = p + length;
	}
	buf_add(out, run, (size_t)(p - run));
}

static void
add_line(struct buf *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < LINE; i++) {
		if (i < n)
			buf_printf(out, " %02x", p[i]);
		else
			buf_adds(out, "   ");
	}
	buf_adds(out, "  ");
	for (size_t i = 0; i < n; i++)
		buf_addc(out, p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.');
	buf_addc(out, '\n');
}

void
safe_hex(struct buf *out, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i += LINE) {
		buf_printf(out, "%08zx", i);
		add_line(out, p + i, n - i < LINE ? n - i : LINE);
	}
}
