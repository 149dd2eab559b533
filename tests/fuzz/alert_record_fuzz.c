/*
 * Any bytes as an alert, or as the value of each key that alerts keep in
 * news.state: refused, or what is printed of it says the same when it is read
 * and printed again.
 */
#include <string.h>

#include "alert/memory.h"
#include "record/alert.h"
#include "tests/fuzz/fuzz.h"

static const char *const keys[] = { "alert/told/x", "alert/rule/x", "alert/source/x",
				    "alert/held/x", "alert/due/x",  "mute/x",
				    "effect/x" };
enum { KEYS = sizeof(keys) / sizeof(*keys) };

static int
take(void *arg, const struct bus_record *r, struct err *err)
{
	struct buf *out = arg;

	(void)err;
	buf_reset(out);
	buf_add(out, r->value, r->value_size);
	return 0;
}

static void
alert_twice(const uint8_t *data, size_t n, struct arena *arena, struct buf *out)
{
	struct alert a;
	struct err err;
	char *first;

	if (alert_parse(&a, (const char *)data, n, arena, &err))
		return;
	alert_print(&a, out);
	assert(!out->full);
	first = arena_copy(arena, out->data, out->size);
	assert(first && !alert_parse(&a, first, strlen(first), arena, &err));
	buf_reset(out);
	alert_print(&a, out);
	assert(!strcmp(first, out->data));
}

/* Its time of writing is now, so what is compared is what stands behind it. */
static const char *
behind_time(const char *json)
{
	const char *at = strstr(json, "\"at\":");

	assert(at);
	return at + 28;
}

static void
memo_twice(const char *key, const uint8_t *data, size_t n, struct arena *arena,
	   struct buf *out)
{
	struct memory *m = memory_new("x");
	struct memory_out to = { take, out };
	struct bus_record r = { .topic = "x",
				.key = key,
				.key_size = strlen(key),
				.value = data,
				.value_size = n };
	const struct memo *memo = NULL;
	enum memo_kind kind;
	struct err err;
	char *first;

	if (!memory_learn(m, &r, &err)) {
		for (int i = 0; i < MEMO_KINDS && !memo; i++)
			memo = memory_get(m, (enum memo_kind)i, "x");
		assert(memo && !memory_put(m, memo, &to, &err));
		kind = memo->kind;
		memory_aborted(m);
		first = arena_copy(arena, out->data, out->size);
		r.value = first;
		r.value_size = strlen(first);
		assert(!memory_learn(m, &r, &err));
		memo = memory_get(m, kind, "x");
		assert(memo && !memory_put(m, memo, &to, &err));
		assert(!strcmp(behind_time(first), behind_time(out->data)));
	}
	memory_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena arena;
	struct buf out;

	arena_init(&arena, 16 << 20);
	buf_init(&out, 4 << 20);
	alert_twice(data, n, &arena, &out);
	for (int i = 0; i < KEYS; i++) {
		buf_reset(&out);
		memo_twice(keys[i], data, n, &arena, &out);
	}
	buf_release(&out);
	arena_release(&arena);
	return 0;
}
