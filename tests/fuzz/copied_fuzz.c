/*
 * What is taken for the places of a copy sends later offsets nowhere earlier,
 * none behind its end; what is taken comes back as it was printed.
 */
#include "record/copied.h"
#include "tests/fuzz/fuzz.h"

static void
check_offsets(const struct copied_place *c)
{
	int64_t last = copied_offset(c, -2), asked = -2;

	for (size_t i = 0; i < c->count; i++) {
		const struct copied_run *r = &c->runs[i];
		int64_t offsets[] = { r->from - 1, r->from, r->from + r->count - 1,
				      r->from + r->count };

		for (size_t k = 0; k < 4; k++) {
			int64_t to = copied_offset(c, offsets[k]);

			if (offsets[k] < asked) /* of the run before */
				continue;
			asked = offsets[k];
			assert(to >= last && to <= c->end);
			last = to;
		}
		assert(copied_offset(c, r->from) == r->to);
	}
	assert(copied_offset(c, INT64_MAX) == c->end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	static struct buf out;
	const char *json = (const char *)data;
	struct copied_place p, again;
	struct copied_topic t;
	struct copied_log l;
	struct err err;

	if (out.ceiling == 0) {
		buf_init(&out, 64 << 20);
		arena_init(&arena, 64 << 20);
	}
	arena_reset(&arena);
	buf_reset(&out);
	(void)!copied_log_parse(&l, json, size, &err);
	if (!copied_topic_parse(&t, json, size, &arena, &err))
		copied_topic_print(&t, "x", &out);
	if (copied_place_parse(&p, json, size, &arena, &err))
		return 0;
	check_offsets(&p);
	buf_reset(&out);
	copied_place_print(&p, "x", &out);
	assert(!copied_place_parse(&again, out.data, out.size, &arena, &err));
	assert(again.count == p.count && again.end == p.end);
	return 0;
}
