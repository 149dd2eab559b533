#include "bus/letter.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "bus/deadletter.h"
#include "text/ni.h"

enum { SAYS = 3 }; /* headers that letter_restore() adds */

/* ---- reading ---- */

static const char *
text(const struct bus_record *r, const char *name, struct arena *a)
{
	size_t n;
	const char *value = bus_header(r, name, &n);

	return value ? arena_copy(a, value, n) : NULL;
}

static int64_t
number(const struct bus_record *r, const char *name, struct arena *a)
{
	const char *value = text(r, name, a);

	return value ? strtoll(value, NULL, 10) : 0;
}

/* Sizes go in too, so that no two records run into the same bytes. */
static int
add_bytes(EVP_MD_CTX *sum, const void *bytes, size_t n)
{
	uint64_t size = bytes ? n : UINT64_MAX;

	return EVP_DigestUpdate(sum, &size, sizeof(size)) &&
	       (!bytes || EVP_DigestUpdate(sum, bytes, n));
}

static int
sum_up(EVP_MD_CTX *sum, const struct bus_record *r, unsigned char digest[EVP_MAX_MD_SIZE])
{
	int ok = EVP_DigestInit_ex(sum, EVP_sha256(), NULL) &&
		 add_bytes(sum, r->key, r->key_size) &&
		 add_bytes(sum, r->value, r->value_size);

	for (size_t i = 0; ok && i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];

		ok = add_bytes(sum, h->name, strlen(h->name)) &&
		     add_bytes(sum, h->value, h->size);
	}
	return ok && EVP_DigestFinal_ex(sum, digest, NULL) ? 0 : -1;
}

static int
identify(struct letter *l, const struct bus_record *r, struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *sum = EVP_MD_CTX_new();
	int failed = !sum || sum_up(sum, r, digest);

	EVP_MD_CTX_free(sum);
	if (failed)
		return err_set(err, ERR_RETRY, "no sum of a dead letter: no memory");
	ni_hex(digest, LETTER_ID / 2, l->id);
	return 0;
}

int
letter_read(struct letter *l, const struct bus_record *r, struct arena *a,
	    struct err *err)
{
	const char *spool = text(r, "nw-spool", a);

	*l = (struct letter){
		.record = r,
		.stage = text(r, "nw-dlq-stage", a),
		.reason = text(r, "nw-dlq-reason", a),
		.text = text(r, "__connect.errors.exception.message", a),
		.source = spool ? spool : text(r, "ce_source", a),
		.file = text(r, "nw-file", a),
		.topic = text(r, "__connect.errors.topic", a),
		.partition = (int)number(r, "__connect.errors.partition", a),
		.offset = number(r, "__connect.errors.offset", a),
		.attempt = (int)number(r, "nw-dlq-attempt", a),
		.sha256 = text(r, "nw-dlq-sha256", a),
		.size = text(r, "nw-dlq-size", a),
		.whole = text(r, "nw-dlq-whole", a),
	};
	return identify(l, r, err) || arena_check(a, err) ? -1 : 0;
}

/* ---- sending back ---- */

static void
keep(struct bus_record *out, struct bus_header *headers, const struct bus_record *from,
     const char *name)
{
	struct bus_header *h = &headers[out->header_count];

	h->name = name;
	h->value = bus_header(from, name, &h->size);
	out->header_count += h->value != NULL;
}

int
letter_restore(struct bus_record *out, const struct letter *l,
	       const struct bus_record *whole, struct arena *arena, struct err *err)
{
	struct bus_header *headers =
	    arena_alloc(arena, (whole->header_count + SAYS) * sizeof(*headers));

	if (!headers)
		return arena_check(arena, err);
	*out = (struct bus_record){ .topic = l->topic,
				    .partition = -1,
				    .key = whole->key,
				    .key_size = whole->key_size,
				    .value = whole->value,
				    .value_size = whole->value_size,
				    .headers = headers };
	for (size_t i = 0; i < whole->header_count; i++)
		if (!deadletter_is_ours(whole->headers[i].name))
			headers[out->header_count++] = whole->headers[i];
	headers[out->header_count++] =
	    (struct bus_header){ DEADLETTER_FOR, l->stage, strlen(l->stage) };
	keep(out, headers, l->record, "nw-dlq-attempt");
	/* A record that fills the limit goes without its history rather than not at all.
	 */
	keep(out, headers, l->record, "nw-dlq-history");
	if (bus_record_size(out) > BUS_MAX_RECORD)
		out->header_count--;
	return 0;
}
