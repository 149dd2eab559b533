/*
 * A line of the log read back, byte for byte what was written: so the value is
 * cut out of the line, not parsed and printed anew.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json_check.h"
#include "sink/line.h"
#include "text/utf8.h"

enum { MAX_HEADERS = 1024 };

struct scan {
	const char *at, *end;
	struct arena *arena;
	struct err *err;
};

struct text { /* of a string, unescaped, in the arena */
	const char *bytes;
	size_t size;
};

static int
bad(struct scan *s, const char *what)
{
	return err_set(s->err, ERR_REJECT, "no line of the log: %s", what);
}

/* The whole line is JSON (json_is_line), so what is here is what must be here. */
static bool
skip(struct scan *s, char c)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool
peek(struct scan *s, char c)
{
	bool is = skip(s, c);

	s->at -= is;
	return is;
}

/* ---- strings ---- */

static uint32_t
four_digits(const char *p)
{
	char text[5] = { p[0], p[1], p[2], p[3], 0 };

	return (uint32_t)strtoul(text, NULL, 16);
}

/* Behind "\u": one code point, of one escape or of a pair. */
static int
unescape_point(struct scan *s, char **to)
{
	uint32_t c = four_digits(s->at);

	s->at += 4;
	if (c >= 0xd800 && c < 0xdc00 && s->end - s->at >= 6 && s->at[0] == '\\' &&
	    s->at[1] == 'u') {
		uint32_t low = four_digits(s->at + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			s->at += 6;
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		return bad(s, "half a surrogate");
	*to += utf8_encode(c, *to);
	return 0;
}

static int
unescape(struct scan *s, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	char c = *s->at++;

	if (c == 'u')
		return unescape_point(s, to);
	*(*to)++ = into[strchr(from, c) - from];
	return 0;
}

/* An escape is never shorter than what it stands for. */
static int
scan_string(struct scan *s, struct text *text)
{
	const char *stop;
	char *to;

	if (!skip(s, '"'))
		return bad(s, "no string where one must be");
	for (stop = s->at; *stop != '"'; stop++)
		stop += *stop == '\\';
	to = arena_alloc(s->arena, (size_t)(stop - s->at) + 4);
	if (arena_check(s->arena, s->err))
		return -1;
	text->bytes = to;
	while (s->at < stop) {
		if (*s->at != '\\') {
			*to++ = *s->at++;
			continue;
		}
		s->at++;
		if (unescape(s, &to))
			return -1;
	}
	*to = '\0';
	text->size = (size_t)(to - text->bytes);
	s->at = stop + 1;
	return 0;
}

static bool
is(const struct text *text, const char *word)
{
	return text->bytes && strlen(word) == text->size &&
	       !memcmp(text->bytes, word, text->size);
}

static bool
scan_null(struct scan *s)
{
	if (!peek(s, 'n'))
		return false;
	s->at += 4;
	return true;
}

static int
decode_base64(struct scan *s, struct text *text)
{
	size_t pad = 0;
	int n;
	char *to;

	while (pad < 2 && pad < text->size && text->bytes[text->size - 1 - pad] == '=')
		pad++;
	to = arena_alloc(s->arena, text->size / 4 * 3 + 4);
	if (arena_check(s->arena, s->err))
		return -1;
	n = text->size <= INT_MAX
		? EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text->bytes,
				  (int)text->size)
		: -1;
	if (n < 0 || text->size % 4 || (size_t)n < pad)
		return bad(s, "no base64");
	text->bytes = to;
	text->size = (size_t)n - pad;
	return 0;
}

/* "text", "base64", null. */
static int
scan_bytes(struct scan *s, struct text *text)
{
	*text = (struct text){ 0 };
	return scan_null(s) ? 0 : scan_string(s, text);
}

/* ---- other values ---- */

static int
scan_number(struct scan *s, int64_t least, int64_t most, int64_t *value)
{
	char text[24];
	size_t n = 0;
	char *stop;

	while (peek(s, ' '))
		skip(s, ' ');
	while (s->at + n < s->end && n < sizeof(text) - 1 && s->at[n] &&
	       strchr("-0123456789", s->at[n]))
		n++;
	memcpy(text, s->at, n);
	text[n] = '\0';
	errno = 0;
	*value = strtoll(text, &stop, 10);
	if (n == 0 || *stop || errno || *value < least || *value > most)
		return bad(s, "a number that cannot be");
	s->at += n;
	return 0;
}

/* From here to the comma or bracket that ends it, blanks and all: they are the value's.
 */
static struct text
scan_raw(struct scan *s)
{
	struct text raw;
	bool in_string = false;
	int depth = 0;

	raw.bytes = s->at;
	for (; s->at < s->end; s->at++) {
		char c = *s->at;

		if (in_string && c == '\\')
			s->at++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']') && depth-- == 0)
			break;
		else if (!in_string && c == ',' && depth == 0)
			break;
	}
	raw.size = (size_t)(s->at - raw.bytes);
	return raw;
}

/* [["name","value"],["name","value","base64"],["name",null]] */
static int
scan_header(struct scan *s, struct bus_header *h)
{
	struct text name, value, as = { 0 };

	if (!skip(s, '[') || scan_string(s, &name))
		return bad(s, "headers are no pairs");
	if (strlen(name.bytes) != name.size)
		return bad(s, "a NUL in a header's name");
	if (!skip(s, ',') || (!peek(s, '"') && !peek(s, 'n')) || scan_bytes(s, &value))
		return bad(s, "headers are no pairs");
	if (skip(s, ',') && scan_string(s, &as))
		return -1;
	if (as.bytes && (!is(&as, "base64") || !value.bytes))
		return bad(s, "a header in no form that is known");
	if (as.bytes && decode_base64(s, &value))
		return -1;
	if (!skip(s, ']'))
		return bad(s, "headers are no pairs");
	*h = (struct bus_header){ name.bytes, value.bytes, value.size };
	return 0;
}

static int
scan_headers(struct scan *s, struct bus_record *r)
{
	struct bus_header *headers = NULL;
	size_t room = 0;

	if (!skip(s, '['))
		return bad(s, "headers are no list");
	r->header_count = 0;
	if (skip(s, ']'))
		return 0;
	do {
		if (r->header_count == MAX_HEADERS)
			return bad(s, "too many headers");
		headers = arena_grow(s->arena, headers, r->header_count, &room,
				     sizeof(*headers));
		if (arena_check(s->arena, s->err) ||
		    scan_header(s, &headers[r->header_count++]))
			return -1;
	} while (skip(s, ','));
	r->headers = headers;
	return skip(s, ']') ? 0 : bad(s, "headers are no list");
}

/* ---- the line ---- */

enum member {
	TOPIC,
	PARTITION,
	OFFSET,
	TIMESTAMP,
	KEY,
	KEY_AS,
	HEADERS,
	VALUE,
	VALUE_AS,
	MEMBERS
};

static const char *const names[MEMBERS] = { "topic",     "partition", "offset",
					    "timestamp", "key",       "key_as",
					    "headers",   "value",     "value_as" };

struct line {
	struct bus_record *r;
	struct text topic, key, key_as, value, value_as;
	bool seen[MEMBERS];
};

static int
scan_member(struct scan *s, struct line *l, enum member m)
{
	struct bus_record *r = l->r;
	int64_t number = 0;
	int failed = 0;

	switch (m) {
	case TOPIC:
		return scan_string(s, &l->topic);
	case PARTITION:
		failed = scan_number(s, 0, INT_MAX, &number);
		r->partition = (int)number;
		return failed;
	case OFFSET:
		return scan_number(s, 0, INT64_MAX - 1, &r->offset);
	case TIMESTAMP:
		return scan_number(s, INT64_MIN, INT64_MAX, &r->time_ms);
	case KEY:
		return scan_bytes(s, &l->key);
	case KEY_AS:
		return scan_string(s, &l->key_as);
	case HEADERS:
		return scan_headers(s, r);
	case VALUE:
		l->value = scan_raw(s);
		return 0;
	case VALUE_AS:
		return scan_string(s, &l->value_as);
	case MEMBERS:
		break;
	}
	return bad(s, "a member that is not known");
}

static int
scan_members(struct scan *s, struct line *l)
{
	if (!skip(s, '{'))
		return bad(s, "no object");
	do {
		struct text name;
		int m = 0;

		if (scan_string(s, &name))
			return -1;
		while (m < MEMBERS && !is(&name, names[m]))
			m++;
		if (m < MEMBERS && l->seen[m])
			return bad(s, "a member twice");
		if (!skip(s, ':') || scan_member(s, l, (enum member)m))
			return bad(s,
				   m < MEMBERS ? names[m] : "a member that is not known");
		l->seen[m] = true;
	} while (skip(s, ','));
	return skip(s, '}') ? 0 : bad(s, "a value in no form that is known");
}

static bool
is_all_there(const struct line *l)
{
	for (int m = 0; m < MEMBERS; m++)
		if (!l->seen[m] && m != KEY_AS && m != VALUE_AS)
			return false;
	return true;
}

static int
take_key(struct scan *s, struct line *l)
{
	if (l->key_as.bytes && (!is(&l->key_as, "base64") || !l->key.bytes))
		return bad(s, "a key in no form that is known");
	if (l->key_as.bytes && decode_base64(s, &l->key))
		return -1;
	l->r->key = l->key.bytes;
	l->r->key_size = l->key.size;
	return 0;
}

static int
take_value(struct scan *s, struct line *l)
{
	struct scan inside = { l->value.bytes, l->value.bytes + l->value.size, s->arena,
			       s->err };
	bool is_text = is(&l->value_as, "text"), is_base64 = is(&l->value_as, "base64");

	if (l->value_as.bytes && !is_text && !is_base64)
		return bad(s, "a value in no form that is known");
	if (!l->value_as.bytes && line_says_null(l->value.bytes, l->value.size))
		l->value = (struct text){ 0 };
	if ((is_text || is_base64) && scan_string(&inside, &l->value))
		return -1;
	if (is_base64 && decode_base64(s, &l->value))
		return -1;
	l->r->value = l->value.bytes;
	l->r->value_size = l->value.size;
	return 0;
}

int
line_parse(struct bus_record *r, const char *text, size_t n, struct arena *arena,
	   struct err *err)
{
	struct scan s = { text, text + n, arena, err };
	struct line l = { .r = r };

	*r = (struct bus_record){ 0 };
	if (!json_is_line(text, n))
		return bad(&s, "no JSON");
	if (scan_members(&s, &l))
		return -1;
	if (!is_all_there(&l))
		return bad(&s, "a member is missing; bare values cannot be replayed");
	r->topic = l.topic.bytes;
	return take_key(&s, &l) || take_value(&s, &l) ? -1 : 0;
}
