#include "replay/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "record/jq.h"
#include "time/clock.h"

enum { KEYS_BYTES = 1 << 30, CHUNK = 1 << 16, TIME_TEXT = 64 };

struct filter {
	struct filter_start start;
	struct jq_filter *jq;
	struct buf text; /* of the file of keys */
	struct map keys;
	char *sha256;
};

/* ---- the list of keys ---- */

static int
read_text(struct filter *f, struct err *err)
{
	int fd = open(f->start.keys, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return err_errno(err, ERR_USAGE, "cannot open %s", f->start.keys);
	while (n > 0 || (n < 0 && errno == EINTR)) {
		char *to = buf_reserve(&f->text, CHUNK);

		n = to ? read(fd, to, CHUNK) : 0;
		if (n > 0)
			buf_added(&f->text, (size_t)n);
	}
	if (n < 0)
		err_errno(err, ERR_USAGE, "cannot read %s", f->start.keys);
	close(fd);
	if (f->text.full)
		return err_set(err, ERR_USAGE, "%s is larger than %d MB: part it",
			       f->start.keys, KEYS_BYTES >> 20);
	return n < 0 ? -1 : 0;
}

static int
add_keys(struct filter *f, struct err *err)
{
	const char *line = f->text.data, *end = line + f->text.size, *stop;

	for (; line < end; line = stop + 1) {
		size_t n;
		void **value;

		stop = memchr(line, '\n', (size_t)(end - line));
		stop = stop ? stop : end;
		n = (size_t)(stop - line);
		n -= n > 0 && line[n - 1] == '\r';
		if (n == 0)
			continue;
		value = map_put(&f->keys, line, n);
		if (!value)
			return err_set(err, ERR_USAGE,
				       "%s has more than %d keys: part it", f->start.keys,
				       FILTER_KEYS_CEILING);
		*value = f;
	}
	if (f->keys.count == 0)
		return err_set(err, ERR_USAGE, "%s has no key in it", f->start.keys);
	return 0;
}

static char *
sha256_text(const void *bytes, size_t n)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char *text = must_alloc(65);

	EVP_Digest(bytes, n, digest, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

static int
read_keys(struct filter *f, struct err *err)
{
	if (!f->start.keys)
		return 0;
	if (read_text(f, err) || add_keys(f, err))
		return -1;
	f->sha256 = sha256_text(f->text.data, f->text.size);
	return 0;
}

/* ---- the filter ---- */

static int
compile(struct filter *f, struct err *err)
{
	if (!f->start.where || !jq_filter_new(&f->jq, f->start.where, err))
		return 0;
	return err_context(err, "where");
}

int
filter_new(struct filter **filter, const struct filter_start *start, struct err *err)
{
	struct filter *f = must_alloc(sizeof(*f));

	f->start = *start;
	buf_init(&f->text, KEYS_BYTES);
	map_init(&f->keys, FILTER_KEYS_CEILING);
	if (read_keys(f, err) || compile(f, err)) {
		filter_free(f);
		return -1;
	}
	*filter = f;
	return 0;
}

void
filter_free(struct filter *f)
{
	if (!f)
		return;
	jq_filter_free(f->jq);
	map_release(&f->keys);
	buf_release(&f->text);
	free(f->sha256);
	free(f);
}

const char *
filter_keys_sha256(const struct filter *f)
{
	return f->sha256;
}

/* A record that does not say when its event was is in no stretch of events. */
static bool
is_in_time(const struct filter *f, const struct bus_record *r)
{
	const struct filter_start *s = &f->start;
	char text[TIME_TEXT];
	const void *value;
	struct wall t;
	size_t n;

	if (s->event_from_ms == INT64_MIN && s->event_to_ms == INT64_MAX)
		return true;
	value = bus_header(r, "ce_time", &n);
	if (!value || n >= sizeof(text))
		return false;
	memcpy(text, value, n);
	text[n] = '\0';
	return !wall_parse(&t, text) && t.ms >= s->event_from_ms && t.ms < s->event_to_ms;
}

int
filter_ask(struct filter *f, const struct bus_record *r, bool *yes, struct err *err)
{
	*yes = is_in_time(f, r) &&
	       (!f->start.keys || (r->key && map_get(&f->keys, r->key, r->key_size)));
	return *yes && f->jq ? jq_filter_ask(f->jq, r->value, r->value_size, yes, err)
			     : 0;
}
