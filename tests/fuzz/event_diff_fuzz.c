/*
 * Two lists of events of any bytes, parted by the first newline: each event is
 * told of once, and a list beside itself is the same.  As a record it is cut
 * out of, or it is none.
 */
#include <string.h>

#include "record/event_diff.h"
#include "tests/fuzz/fuzz.h"

static struct arena arena;

static void
count(void *arg, const struct event_difference *d)
{
	size_t *counts = arg;

	assert(d->type && d->change < EVENT_CHANGES);
	assert(d->change == EVENT_SAME || d->before || d->after);
	assert((d->change == EVENT_CHANGED) == (d->field_count > 0));
	counts[d->change]++;
}

/* -1: they are no two lists. */
static int
compare(const char *a, size_t n, const char *b, size_t m, size_t counts[EVENT_CHANGES])
{
	struct err err;

	arena_reset(&arena);
	memset(counts, 0, EVENT_CHANGES * sizeof(*counts));
	return events_compare(a, n, b, m, &arena, count, counts, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data,
		   *part = size ? memchr(data, '\n', size) : NULL;
	size_t n = part ? (size_t)(part - text) : size, m = part ? size - n - 1 : 0;
	size_t there[EVENT_CHANGES], back[EVENT_CHANGES], same[EVENT_CHANGES];
	struct extraction x;
	struct err err;

	if (!arena.base)
		arena_init(&arena, 64 << 20);
	arena_reset(&arena);
	if (!extraction_parse(&x, text, size, &arena, &err))
		assert(x.uri && x.version && x.headline && x.size > 0);
	if (!part || compare(text, n, part + 1, m, there))
		return 0;
	if (!compare(part + 1, m, text, n, back))
		assert(there[EVENT_SAME] + there[EVENT_CHANGED] + there[EVENT_GONE] ==
		       back[EVENT_SAME] + back[EVENT_CHANGED] + back[EVENT_ADDED]);
	if (!compare(text, n, text, n, same))
		assert(same[EVENT_CHANGED] + same[EVENT_ADDED] + same[EVENT_GONE] == 0);
	return 0;
}
