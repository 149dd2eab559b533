/*
 * One attempt added to any history gives a list that is one longer, or a list
 * of that attempt alone, whose last item says what was added.
 */
#include "record/attempts.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	static struct buf out;
	struct attempt added = { "at", "stage", "reason", "text" }, *read;
	enum letter_state state;
	const char *before;
	size_t was, is;
	struct err err;

	if (out.ceiling == 0) {
		buf_init(&out, 1 << 20);
		arena_init(&arena, 64 << 20);
	}
	arena_reset(&arena);
	buf_reset(&out);
	(void)!letter_state_parse(&state, (const char *)data, size, &err);
	before = arena_copy(&arena, data, size);
	assert(!attempts_parse(before, strlen(before), &read, &was, &arena, &err));
	attempts_add(&out, before, &added);
	assert(!attempts_parse(out.data, out.size, &read, &is, &arena, &err));
	assert(is == was + 1 && !strcmp(read[is - 1].text, "text"));
	return 0;
}
