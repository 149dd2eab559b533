#include "spool/batch.h"

#include <assert.h>
#include <string.h>

void
batch_init(struct batch *b, size_t size)
{
	arena_init(&b->arena, size);
	batch_reset(b);
}

void
batch_release(struct batch *b)
{
	arena_release(&b->arena);
}

void
batch_reset(struct batch *b)
{
	arena_reset(&b->arena);
	b->first = NULL;
	b->last = &b->first;
	b->count = 0;
}

struct batch_record *
batch_add(struct batch *b, const char *topic, const void *key, size_t key_size,
	  const void *value, size_t value_size)
{
	struct batch_record *r = arena_calloc(&b->arena, sizeof(*r));
	char *k = arena_copy(&b->arena, key, key_size);
	char *v = value ? arena_copy(&b->arena, value, value_size) : NULL;

	if (!r || !k || (value && !v))
		return NULL;
	r->record = (struct bus_record){ .topic = topic,
					 .partition = -1,
					 .key = k,
					 .key_size = key_size,
					 .value = v,
					 .value_size = value_size,
					 .headers = r->headers };
	*b->last = r;
	b->last = &r->next;
	b->count++;
	return r;
}

void
batch_header_bytes(struct batch *b, struct batch_record *r, const char *name,
		   const void *value, size_t n)
{
	if (!r || !value)
		return;
	assert(r->record.header_count < BATCH_HEADERS);
	value = arena_copy(&b->arena, value, n);
	if (value)
		r->headers[r->record.header_count++] =
		    (struct bus_header){ name, value, n };
}

void
batch_header(struct batch *b, struct batch_record *r, const char *name, const char *value)
{
	batch_header_bytes(b, r, name, value, value ? strlen(value) : 0);
}

int
batch_put(struct batch *b, const struct bus_record *r, struct err *err)
{
	struct batch_record *copy = arena_calloc(&b->arena, sizeof(*copy));
	char *value = r->value ? arena_copy(&b->arena, r->value, r->value_size) : NULL;

	if (!copy || (r->value && !value))
		return arena_check(&b->arena, err);
	copy->record = *r;
	copy->record.value = value;
	*b->last = copy;
	b->last = &copy->next;
	b->count++;
	return 0;
}

struct batch_mark
batch_mark(const struct batch *b)
{
	return (struct batch_mark){ arena_mark(&b->arena), b->last, b->count };
}

void
batch_rewind(struct batch *b, struct batch_mark mark)
{
	arena_rewind(&b->arena, mark.arena);
	b->last = mark.last;
	*b->last = NULL;
	b->count = mark.count;
}

int
batch_send(const struct batch *b, struct bus_member *member, struct err *err)
{
	for (const struct batch_record *r = b->first; r; r = r->next)
		if (bus_send(member, &r->record, err))
			return -1;
	return 0;
}
