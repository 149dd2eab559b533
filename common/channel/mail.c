#include "channel/mail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SUBJECT_BYTES = 512, TEXT_BYTES = 256 << 10, LINE_BYTES = 57, WORD_BYTES = 42 };

static void
add_base64(const char *bytes, size_t n, struct buf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)bytes;

	for (size_t i = 0; i < n; i += 3) {
		unsigned left = n - i > 2 ? 3 : (unsigned)(n - i);
		unsigned v = (unsigned)p[i] << 16 |
			     (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);

		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, left > 1 ? digits[v >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? digits[v & 63] : '=');
	}
}

/* Encoded words (RFC 2047), none of which cuts a character. */
static void
add_subject(const struct letter *l, struct buf *out)
{
	struct buf text;
	size_t at = 0;

	buf_init(&text, TEXT_BYTES);
	words_subject(l, &text);
	if (text.size > SUBJECT_BYTES)
		text.size = SUBJECT_BYTES;
	buf_adds(out, "Subject:");
	while (at < text.size) {
		size_t n = text.size - at < WORD_BYTES ? text.size - at : WORD_BYTES;

		while (n > 1 && at + n < text.size && (text.data[at + n] & 0xc0) == 0x80)
			n--;
		buf_adds(out, at ? "\r\n =?UTF-8?B?" : " =?UTF-8?B?");
		add_base64(text.data + at, n, out);
		buf_adds(out, "?=");
		at += n;
	}
	buf_adds(out, "\r\n");
	buf_release(&text);
}

static void
add_text(const struct letter *l, struct buf *out)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	words_message(l, &text);
	if (l->maybe_repeated)
		buf_adds(&text, "\n\nThis may have been sent before: it was being sent "
				"when the sender ended.");
	buf_printf(&text, "\n\nalert %s\n", l->alert->id);
	for (size_t at = 0; at < text.size; at += LINE_BYTES) {
		size_t n = text.size - at < LINE_BYTES ? text.size - at : LINE_BYTES;

		add_base64(text.data + at, n, out);
		buf_adds(out, "\r\n");
	}
	buf_release(&text);
}

/* Civil date of a day count, as Hinnant has it. */
static void
add_date(int64_t s, struct buf *out)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun",
					    "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t day = s / 86400, z = day + 719468, era = z / 146097, doe = z % 146097,
		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
		doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153,
		month = mp < 10 ? mp + 3 : mp - 9;

	buf_printf(out,
		   "Date: %s, %" PRId64 " %s %" PRId64 " %02" PRId64 ":%02" PRId64
		   ":%02" PRId64 " +0000\r\n",
		   days[day % 7], doy - (153 * mp + 2) / 5 + 1, months[month - 1],
		   yoe + era * 400 + (month <= 2), s % 86400 / 3600, s % 3600 / 60,
		   s % 60);
}

void
mail_print(const struct letter *l, const char *from, const char *to, int64_t date_s,
	   struct buf *out)
{
	const char *host = strrchr(from, '@');
	size_t n = host ? strcspn(host + 1, "> \t") : 0;

	add_date(date_s, out);
	buf_printf(out, "From: %s\r\nTo: %s\r\n", from, to);
	add_subject(l, out);
	buf_printf(out, "Message-ID: <%s@%.*s>\r\n", l->alert->id, n ? (int)n : 8,
		   n ? host + 1 : "newswire");
	buf_adds(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		      "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n");
	add_text(l, out);
}

bool
mail_next(const char **list, char *address, size_t size)
{
	const char *p = *list + strspn(*list, ", \t");
	size_t n = strcspn(p, ",");

	*list = p + n;
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	snprintf(address, size, "%.*s", (int)n, p);
	return n > 0;
}
