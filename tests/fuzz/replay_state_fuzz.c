/* What lies in PREFIX.state and in the mark may be of anybody: it is read, or refused. */
#include <string.h>

#include "record/epoch.h"
#include "record/replay.h"
#include "tests/fuzz/fuzz.h"

static struct arena arena;
static struct buf first, second;

static void
come_back(const struct replay_state *s)
{
	struct replay_state again;
	struct err err;

	buf_reset(&first);
	buf_reset(&second);
	replay_state_print(s, &first);
	assert(!replay_state_parse(&again, first.data, first.size, &arena, &err));
	replay_state_print(&again, &second);
	assert(first.size == second.size && !memcmp(first.data, second.data, first.size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *json = (const char *)data;
	struct replay_state s;
	enum replay_wish wish;
	struct epoch epoch;
	struct err err;
	bool asks;

	if (!arena.base) {
		arena_init(&arena, 64 << 20);
		buf_init(&first, 16 << 20);
		buf_init(&second, 16 << 20);
	}
	arena_reset(&arena);
	if (!replay_state_parse(&s, json, size, &arena, &err))
		come_back(&s);
	if (!replay_ask_parse(&wish, json, size, &arena, &err))
		assert(wish <= REPLAY_CANCEL);
	if (!epoch_parse(&epoch, json, size, &arena, &err))
		assert(epoch.lexicon);
	replay_mark_names(json, size, "sink");
	replay_mark_is(json, size, "id");
	replay_key_id(json, size, &asks, &arena);
	return 0;
}
