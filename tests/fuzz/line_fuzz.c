/*
 * A line of the log that is read says the same when it is printed, and any
 * record comes back byte for byte: the first byte parts the input into a key,
 * a header and a value.
 */
#include <string.h>

#include "sink/line.h"
#include "tests/fuzz/fuzz.h"

static struct arena arena;
static struct buf first, second;

static void
print(const struct bus_record *r, struct buf *out)
{
	buf_reset(out);
	line_print(r, false, out);
	assert(!out->full && out->size > 0 && out->data[out->size - 1] == '\n');
}

static int
parse(struct bus_record *r, const struct buf *line)
{
	struct err err;

	return line_parse(r, line->data, line->size - 1, &arena, &err);
}

static void
same(const void *a, size_t n, const void *b, size_t m)
{
	assert(!a == !b && n == m && (!a || !memcmp(a, b, n)));
}

static void
come_back(const struct bus_record *r)
{
	struct bus_record again;

	print(r, &first);
	assert(!parse(&again, &first));
	assert(!strcmp(r->topic, again.topic) && r->partition == again.partition &&
	       r->offset == again.offset && r->time_ms == again.time_ms);
	same(r->key, r->key_size, again.key, again.key_size);
	same(r->value, r->value_size, again.value, again.value_size);
	assert(r->header_count == again.header_count);
	for (size_t i = 0; i < r->header_count; i++) {
		assert(!strcmp(r->headers[i].name, again.headers[i].name));
		same(r->headers[i].value, r->headers[i].size, again.headers[i].value,
		     again.headers[i].size);
	}
	print(&again, &second);
	same(first.data, first.size, second.data, second.size);
}

static void
as_record(const uint8_t *data, size_t size)
{
	size_t part = data[0] % size, half = part / 2;
	struct bus_header h[] = { { "h", data, half }, { "none", NULL, 0 } };
	struct bus_record r = { .topic = "t",
				.partition = data[0],
				.offset = (int64_t)size,
				.key = half % 3 ? data + half : NULL,
				.key_size = half % 3 ? part - half : 0,
				.value = data + part,
				.value_size = size - part,
				.headers = h,
				.header_count = data[0] % 3 };

	come_back(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bus_record r;
	struct err err;

	if (!arena.base) {
		arena_init(&arena, 64 << 20);
		buf_init(&first, LINE_CEILING);
		buf_init(&second, LINE_CEILING);
	}
	arena_reset(&arena);
	if (!line_parse(&r, (const char *)data, size, &arena, &err) &&
	    strlen(r.topic) > 0)
		come_back(&r);
	if (size > 0)
		as_record(data, size);
	return 0;
}
