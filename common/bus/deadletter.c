#include "bus/deadletter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/attempts.h"
#include "text/ni.h"
#include "time/clock.h"

enum { MORE = 20, ROOM = 64 << 10 }; /* headers that we add; bytes left for all headers */

struct writer {
	struct bus_header *headers;
	size_t count;
	struct arena *arena;
};

static void
add(struct writer *w, const char *name, const char *value)
{
	if (value)
		w->headers[w->count++] =
		    (struct bus_header){ name, value, strlen(value) };
}

static void
add_number(struct writer *w, const char *name, int64_t value)
{
	add(w, name, arena_printf(w->arena, "%" PRId64, value));
}

static const char *
text_header(const struct bus_record *r, const char *name, struct arena *a)
{
	size_t n;
	const char *value = bus_header(r, name, &n);

	return value ? arena_copy(a, value, n) : NULL;
}

static const char *
hash_of(const struct bus_record *r, struct arena *a)
{
	unsigned char digest[NI_DIGEST];
	char *hex = arena_alloc(a, 2 * NI_DIGEST + 1);

	ni_digest(r->value, r->value_size, digest);
	if (hex)
		ni_hex(digest, NI_DIGEST, hex);
	return hex;
}

/* All attempts, oldest first; one too many for the room is left out. */
static const char *
history(const struct bus_record *r, const struct deadletter *d, struct arena *a)
{
	const char *old = text_header(r, "nw-dlq-history", a), *text;
	char when[WALL_TEXT];
	struct attempt now = { wall_text(wall_now(), when), d->stage, d->reason, d->text };
	struct buf out;

	buf_init(&out, ROOM / 2);
	attempts_add(&out, old, &now);
	text = out.full ? old : arena_copy(a, out.data, out.size);
	buf_release(&out);
	return text;
}

bool
deadletter_is_ours(const char *name)
{
	return !strncmp(name, "nw-dlq-", 7) || !strncmp(name, "__connect.errors.", 17);
}

/* A header of ours from an earlier attempt is written anew, not twice.  True: some were
 * left out. */
static bool
copy_headers(struct writer *w, const struct bus_record *r)
{
	size_t size = 0;

	for (size_t i = 0; i < r->header_count; i++) {
		if (deadletter_is_ours(r->headers[i].name))
			continue;
		size += strlen(r->headers[i].name) + r->headers[i].size;
		if (size < 4 * (size_t)ROOM)
			w->headers[w->count++] = r->headers[i];
	}
	return size >= 4 * (size_t)ROOM;
}

static void
describe(struct writer *w, const struct bus_record *r, const struct deadletter *d)
{
	const char *attempt = text_header(r, "nw-dlq-attempt", w->arena);

	if (r->topic) {
		add(w, "__connect.errors.topic", r->topic);
		add_number(w, "__connect.errors.partition", r->partition);
		add_number(w, "__connect.errors.offset", r->offset);
	}
	add(w, "__connect.errors.connector.name", d->stage);
	add(w, "__connect.errors.task.id", "0");
	add(w, "__connect.errors.stage", "TASK_PUT");
	add(w, "__connect.errors.class.name", "newswire");
	add(w, "__connect.errors.exception.class.name", d->reason);
	add(w, "__connect.errors.exception.message", d->text);
	add(w, "nw-dlq-stage", d->stage);
	add(w, "nw-dlq-reason", d->reason);
	add_number(w, "nw-dlq-attempt", attempt ? atoi(attempt) + 1 : 1);
	add(w, "nw-dlq-history", history(r, d, w->arena));
}

int
deadletter_make(struct bus_record *out, const struct bus_record *r,
		const struct deadletter *d, struct arena *arena, struct err *err)
{
	struct writer w = { .arena = arena };
	bool cut;

	w.headers = arena_alloc(arena, (r->header_count + MORE) * sizeof(*w.headers));
	if (!w.headers)
		return arena_check(arena, err);
	cut = copy_headers(&w, r);
	describe(&w, r, d);
	*out = (struct bus_record){ .topic = d->topic,
				    .partition = -1,
				    .key = r->key,
				    .key_size = r->key_size,
				    .value = r->value,
				    .value_size = r->value_size };
	if (out->key_size > ROOM) {
		out->key_size = ROOM;
		cut = true;
	}
	if (out->value_size > BUS_MAX_RECORD - 8 * (size_t)ROOM) {
		out->value_size = DEADLETTER_KEPT;
		cut = true;
	}
	if (cut || d->size) {
		add_number(&w, "nw-dlq-size", d->size ? d->size : (int64_t)r->value_size);
		add(&w, "nw-dlq-sha256", d->size ? d->sha256 : hash_of(r, arena));
		add(&w, "nw-dlq-whole", d->whole);
	}
	out->headers = w.headers;
	out->header_count = w.count;
	return arena_check(arena, err);
}
