#include "sink/line.h"

#include <openssl/evp.h>
#include <string.h>

#include "record/json.h"
#include "record/json_check.h"
#include "text/utf8.h"

static void
add_base64(struct buf *out, const char *name, const void *bytes, size_t n)
{
	char *to;

	json_raw(out, name, "\"");
	to = buf_reserve(out, (n + 2) / 3 * 4 + 1);
	if (to)
		buf_added(out,
			  (size_t)EVP_EncodeBlock((unsigned char *)to, bytes, (int)n));
	buf_addc(out, '"');
}

/* A string if there is any way to write one; says how it was written if not as it is. */
static const char *
add_bytes(struct buf *out, const char *name, const void *bytes, size_t n)
{
	if (bytes && !utf8_is_valid(bytes, n)) {
		add_base64(out, name, bytes, n);
		return "base64";
	}
	if (bytes)
		json_bytes(out, name, bytes, n);
	else
		json_null_or(out, name, NULL);
	return NULL;
}

bool
line_says_null(const char *json, size_t n)
{
	while (n > 0 && strchr(" \t\r", json[n - 1]))
		n--;
	for (; n > 0 && strchr(" \t\r", *json); json++)
		n--;
	return n == 4 && !memcmp(json, "null", 4);
}

static const char *
add_value(struct buf *out, const char *name, const struct bus_record *r)
{
	const char *as;

	if (r->value && json_is_line(r->value, r->value_size) && 
	    !line_says_null(r->value, r->value_size)) {
		json_raw(out, name, "");
		buf_add(out, r->value, r->value_size);
		return NULL;
	}
	as = add_bytes(out, name, r->value, r->value_size);
	return as || !r->value ? as : "text";
}

static void
add_headers(struct buf *out, const struct bus_record *r)
{
	json_open(out, "headers", '[');
	for (size_t i = 0; i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];

		json_open(out, NULL, '[');
		json_text(out, NULL, h->name);
		json_text(out, NULL, add_bytes(out, NULL, h->value, h->size));
		json_close(out, ']');
	}
	json_close(out, ']');
}

static void
print_whole(const struct bus_record *r, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "topic", r->topic);
	json_int(out, "partition", r->partition);
	json_int(out, "offset", r->offset);
	json_int(out, "timestamp", r->time_ms);
	json_text(out, "key_as", add_bytes(out, "key", r->key, r->key_size));
	add_headers(out, r);
	json_text(out, "value_as", add_value(out, "value", r));
	json_close(out, '}');
}

void
line_print(const struct bus_record *r, bool bare, struct buf *out)
{
	if (bare)
		add_value(out, NULL, r);
	else
		print_whole(r, out);
	buf_addc(out, '\n');
}

int
line_format(const char *values, bool *bare, struct err *err)
{
	*bare = !strcmp(values, "bare");
	if (*bare || !strcmp(values, "lines"))
		return 0;
	return err_set(err, ERR_USAGE, "values: '%s' is neither lines nor bare", values);
}
