#include "bus/letter.h"

#include <stdlib.h>
#include <string.h>

#include "bus/deadletter.h"
#include "bus/sum.h"
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

static void
identify(struct letter *l, const struct bus_record *r)
{
	unsigned char digest[BUS_SUM];
	struct bus_sum sum;

	bus_sum_begin(&sum);
	bus_sum_add(&sum, r);
	bus_sum_end(&sum, digest);
	ni_hex(digest, LETTER_ID / 2, l->id);
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
	identify(l, r);
	return arena_check(a, err);
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
