/*
 * Three passes, each linear: to UTF-8 by iconv, control characters out, NFC.
 * uchardet sees the first part of the text alone; it was right on all of the
 * unlabelled samples we have, but on a single short line it guesses wildly,
 * so it is asked only where UTF-8 does not fit.
 */
#include "text/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uchardet/uchardet.h>

#include "base/mem.h"
#include "text/utf8.h"

#define DETECT_BYTES (256 * 1024)

static const struct {
	const char *bytes;
	size_t size;
	const char *charset;
} boms[] = {
	{ "\xEF\xBB\xBF", 3, "UTF-8" },    { "\xFF\xFE\0\0", 4, "UTF-32LE" },
	{ "\0\0\xFE\xFF", 4, "UTF-32BE" }, { "\xFF\xFE", 2, "UTF-16LE" },
	{ "\xFE\xFF", 2, "UTF-16BE" },
};

/* As the WHATWG reads these labels: what is called by the left name is most often the
 * right. */
static const char *const wider[][2] = {
	{ "ASCII", "WINDOWS-1252" },      { "ISO-8859-1", "WINDOWS-1252" },
	{ "ISO-8859-9", "WINDOWS-1254" }, { "GB2312", "GB18030" },
	{ "SHIFT_JIS", "CP932" },         { "EUC-KR", "UHC" },
	{ "TIS-620", "CP874" },
};

/* U+0080 to U+009F by their windows-1252 bytes; 0: none there. */
static const uint16_t c1[32] = {
	0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
	0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static const char *
magic(const char *s, size_t n)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *name;
	} rows[] = {
		{ "\x89PNG", 4, "PNG" },
		{ "\xFF\xD8\xFF", 3, "JPEG" },
		{ "GIF8", 4, "GIF" },
		{ "%PDF-", 5, "PDF" },
		{ "\x7F"
		  "ELF",
		  4, "ELF" },
		{ "PK\3\4", 4, "zip" },
		{ "PK\5\6", 4, "zip" },
		{ "ID3", 3, "MP3" },
		{ "BZh", 3, "bzip2" },
		{ "\xFD"
		  "7zXZ",
		  5, "xz" },
		{ "\x28\xB5\x2F\xFD", 4, "zstd" },
		{ "\x1F\x8B", 2, "gzip" },
		{ "SQLite format 3", 16, "SQLite" },
		{ "\xD0\xCF\x11\xE0", 4, "OLE" },
		{ "{\\rtf", 5, "RTF" },
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		if (n >= rows[i].size && !memcmp(s, rows[i].bytes, rows[i].size))
			return rows[i].name;
	return NULL;
}

/* No text has these, in any charset that has no NUL bytes. */
static bool
is_control(unsigned char c)
{
	/* but \t \n \v \f \r, and 0x1A and 0x1B, of old files and of ISO-2022 */
	static const uint32_t controls = ~0x0C003E00u;

	return c < 0x20 ? controls >> c & 1 : c == 0x7F;
}

/* UTF-16 without a BOM: in any script the spaces and line ends give NULs on one side
 * alone. */
static const char *
utf16_by_nuls(const char *s, size_t n)
{
	size_t nul[2] = { 0, 0 };

	if (!memchr(s, '\0', n))
		return NULL;
	for (size_t i = 0; i < n; i++)
		nul[i & 1] += !s[i];
	if (n % 2 || nul[0] + nul[1] < n / 100 + 2)
		return NULL;
	return nul[1] > 20 * nul[0]   ? "UTF-16LE"
	       : nul[0] > 20 * nul[1] ? "UTF-16BE"
				      : NULL;
}

/* Of the bad place at s: a lead byte with some of its tail is one character cut, else one
 * byte. */
static size_t
bad_size(const char *s, size_t n)
{
	unsigned char lead = (unsigned char)*s;
	size_t want = lead < 0xC2   ? 1
		      : lead < 0xE0 ? 2
		      : lead < 0xF0 ? 3
		      : lead < 0xF5 ? 4
				    : 1;
	size_t size = 1;

	while (size < want && size < n && ((unsigned char)s[size] & 0xC0) == 0x80)
		size++;
	return size;
}

/* One bad place in ten characters beyond ASCII is damage; more is another charset. */
static bool
is_nearly_utf8(const char *s, size_t n)
{
	size_t good = 0, bad = 0;
	const char *p = s, *end = s + n;

	while (p < end) {
		int len;

		if (utf8_decode(p, (size_t)(end - p), &len) == UTF8_BAD) {
			bad++;
			len = (int)bad_size(p, (size_t)(end - p));
		} else
			good += len > 1;
		p += len;
	}
	return good >= 10 * bad || (bad == 1 && good >= 3);
}

static const char *
detect(const char *s, size_t n)
{
	static _Thread_local char name[32];
	uchardet_t u = uchardet_new();

	if (!u)
		return "WINDOWS-1252";
	if (uchardet_handle_data(u, s, n < DETECT_BYTES ? n : DETECT_BYTES) == 0) {
		uchardet_data_end(u);
		snprintf(name, sizeof(name), "%s", uchardet_get_charset(u));
	} else
		*name = '\0';
	uchardet_delete(u);
	for (size_t i = 0; i < LENGTH(wider); i++)
		if (!strcasecmp(name, wider[i][0]))
			return wider[i][1];
	return *name ? name : "WINDOWS-1252";
}

static int
refuse_magic(const char *s, size_t n, struct err *err)
{
	const char *name = magic(s, n);

	return name ? err_set(err, ERR_REJECT, "no text: it begins as %s does", name) : 0;
}

/* Nothing but printable ASCII, line ends and tabs: nothing of it will change. */
static bool
is_plain(const char *s, size_t n)
{
	for (size_t i = 0; (i += utf8_plain_run(s + i, n - i)) < n; i++)
		if (s[i] != '\n' && s[i] != '\t')
			return false;
	return true;
}

static int
refuse_binary(const char *s, size_t n, struct err *err)
{
	size_t bad = 0;

	if (refuse_magic(s, n, err))
		return -1;
	for (size_t i = 0; (i += utf8_plain_run(s + i, n - i)) < n; i++)
		bad += is_control((unsigned char)s[i]);
	if (bad > 2 + n / 100)
		return err_set(
		    err, ERR_REJECT,
		    "binary: %zu of %zu bytes are NUL or other control characters", bad,
		    n);
	return 0;
}

static void
add_point(struct buf *out, uint32_t c)
{
	char to[4];

	buf_add(out, to, (size_t)utf8_encode(c, to));
}

/* A byte that its charset does not have: most often one of windows-1252 that strayed in.
 */
static void
add_stray(struct buf *out, unsigned char c)
{
	if (c >= 0x80 && c < 0xA0)
		add_point(out, c1[c - 0x80] ? c1[c - 0x80] : 0xFFFD);
	else
		add_point(out, c >= 0xA0 ? c : 0xFFFD);
}

static void
from_nearly_utf8(const char *s, size_t n, struct buf *out)
{
	while (n > 0) {
		size_t good = utf8_valid_prefix(s, n);

		buf_add(out, s, good);
		s += good;
		n -= good;
		if (n == 0)
			return;
		good = bad_size(s, n);
		if (good > 1)
			add_point(out, 0xFFFD);
		else
			add_stray(out, (unsigned char)*s);
		s += good;
		n -= good;
	}
}

/* One step of iconv; skips what it cannot read. The number of such places, or -1 at the
 * end. */
static int
convert_some(iconv_t cd, char **in, size_t *left, size_t unit, struct buf *out)
{
	char piece[4096], *to = piece;
	size_t room = sizeof(piece);
	bool good;
	int why;

	if (out->full || *left == 0)
		return -1;
	good = iconv(cd, in, left, &to, &room) != (size_t)-1 || errno == E2BIG;
	why = errno;
	buf_add(out, piece, (size_t)(to - piece));
	if (good)
		return 0;
	if (unit > 1 || why == EINVAL)
		add_point(out, 0xFFFD);
	else
		add_stray(out, (unsigned char)**in);
	if (why == EINVAL || *left < unit)
		unit = *left;
	*in += unit;
	*left -= unit;
	return 1;
}

/* -1: iconv does not know the charset, or too much of the text does not fit it. */
static int
convert(const char *s, size_t n, const char *charset, size_t bearable, struct buf *out)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	size_t unit = !strncmp(charset, "UTF-16", 6)   ? 2
		      : !strncmp(charset, "UTF-32", 6) ? 4
						       : 1;
	size_t bad = 0, start = out->size;
	char *in = (char *)s;
	int more;

	if (cd == (iconv_t)-1)
		return -1;
	while (bad <= bearable && (more = convert_some(cd, &in, &n, unit, out)) >= 0)
		bad += (size_t)more;
	iconv_close(cd);
	if (bad <= bearable)
		return 0;
	out->size = start;
	return -1;
}

static const char *
bom(const char **s, size_t *n)
{
	for (size_t i = 0; i < LENGTH(boms); i++)
		if (*n >= boms[i].size && !memcmp(*s, boms[i].bytes, boms[i].size)) {
			*s += boms[i].size;
			*n -= boms[i].size;
			return boms[i].charset;
		}
	return NULL;
}

/* Into out as UTF-8; the name of what it was. */
static const char *
to_utf8(const char *s, size_t n, const char *charset, struct buf *out)
{
	bool shifts = memchr(s, 0x1B, n); /* ISO-2022-JP is well-formed UTF-8 */

	if (charset && strcmp(charset, "UTF-8")) {
		convert(s, n, charset, SIZE_MAX, out);
		return charset;
	}
	if (charset || (!shifts && utf8_is_valid(s, n)) || is_nearly_utf8(s, n)) {
		if (!shifts || strncmp(detect(s, n), "ISO-2022", 8)) {
			from_nearly_utf8(s, n, out);
			return "UTF-8";
		}
	}
	charset = detect(s, n);
	if (!convert(s, n, charset, n / 100, out))
		return charset;
	convert(s, n, "WINDOWS-1252", SIZE_MAX, out);
	return "WINDOWS-1252";
}

/* What stands for c in text; 0: nothing. */
static uint32_t
clean_point(uint32_t c)
{
	if (c < 0x20 || c == 0x7F)
		return c == '\n' || c == '\t' ? c : c == '\v' || c == '\f' ? '\n' : 0;
	if (c < 0xA0)
		return c < 0x80 ? c : c1[c - 0x80];
	switch (c) {
	case 0xAD:   /* soft hyphen */
	case 0x61C:  /* marks of direction, and their overrides */
	case 0x200B: /* zero width space; joiners stay, Persian and Hindi are spelt with
			them */
	case 0x200E:
	case 0x200F:
	case 0x2060:
	case 0xFEFF:
	case 0xFFFC: /* where an object was */
		return 0;
	case 0x2028:
	case 0x2029:
		return '\n';
	}
	if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
	    (c & 0xFFFE) == 0xFFFE)
		return 0;
	return utf8_is_space(c) ? ' ' : c;
}

static void
clean(const char *s, size_t n, struct buf *out)
{
	const char *p = s, *end = s + n;

	while (p < end) {
		size_t plain = utf8_plain_run(p, (size_t)(end - p));
		uint32_t c;

		buf_add(out, p, plain);
		p += plain;
		if (p == end)
			return;
		c = utf8_next(&p, end);
		if (c == '\r') {
			if (p == end || *p != '\n')
				buf_addc(out, '\n');
			continue;
		}
		if (c == 0x3000) /* as wide as two: the indent of Chinese and Japanese */
			buf_addc(out, ' ');
		c = clean_point(c);
		if (c)
			add_point(out, c);
	}
}

void
text_clean(const char *s, size_t n, struct buf *out)
{
	struct buf plain;

	if (n == 0) /* s may be NULL */
		return;
	buf_init(&plain, out->ceiling);
	clean(s, n, &plain);
	utf8_nfc(plain.data ? plain.data : "", plain.size, out);
	out->full |= plain.full;
	buf_release(&plain);
}

int
text_decode(const void *bytes, size_t n, struct buf *out, const char **charset,
	    struct err *err)
{
	const char *s = bytes, *known = bom(&s, &n);
	struct buf utf8;

	if (!known && is_plain(s, n)) {
		*charset = "UTF-8";
		buf_add(out, s, n);
		return refuse_magic(s, n, err) ? -1 : buf_check(out, err);
	}
	if (!known)
		known = utf16_by_nuls(s, n);
	if (!known && refuse_binary(s, n, err))
		return -1;
	buf_init(&utf8, out->ceiling);
	*charset = to_utf8(s, n, known, &utf8);
	text_clean(utf8.data, utf8.size, out);
	out->full |= utf8.full;
	buf_release(&utf8);
	return buf_check(out, err);
}
