/* What lies in PREFIX.state of a story window may be of anybody: it is read, or refused,
 * and restored. */
#include <stdlib.h>
#include <string.h>

#include "story/window.h"
#include "tests/fuzz/fuzz.h"

static struct arena arena;
static struct buf first, second;
static struct window *window;

static void
restore(struct remembered *r, struct story_note *n)
{
	struct remembered *copy = r ? remembered_copy(r) : NULL;
	struct story_note *note = n ? note_copy(n) : NULL;

	window_restore(window, &copy, copy != NULL, &note, note != NULL);
	free(copy);
	free(note);
}

static void
read_member(const char *json, size_t size)
{
	struct remembered r, again;
	struct err err;

	if (remembered_parse(&r, json, size, &arena, &err))
		return;
	buf_reset(&first);
	buf_reset(&second);
	remembered_print(&r, "2026-03-02T10:00:00Z", &first);
	assert(!remembered_parse(&again, first.data, first.size, &arena, &err));
	remembered_print(&again, "2026-03-02T10:00:00Z", &second);
	assert(first.size == second.size && !memcmp(first.data, second.data, first.size));
	restore(&r, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *json = (const char *)data;
	struct window_conf conf = { 64, 72 };
	struct story_note n;
	struct err err;

	if (!arena.base) {
		arena_init(&arena, 64 << 20);
		buf_init(&first, 16 << 20);
		buf_init(&second, 16 << 20);
	}
	arena_reset(&arena);
	window = window_new(&conf, "lexicon", &err);
	assert(window);
	read_member(json, size);
	if (!note_parse(&n, json, size, &arena, &err))
		restore(NULL, &n);
	window_free(window);
	return 0;
}
