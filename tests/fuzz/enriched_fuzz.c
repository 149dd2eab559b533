/* What was taken as an enriched record is printed and taken again, the same to the byte.
 */
#include <string.h>

#include "record/enriched.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	static struct buf once, twice;
	struct enriched e, f;
	struct err err;

	if (!arena.base) {
		arena_init(&arena, 64 << 20);
		buf_init(&once, 64 << 20);
		buf_init(&twice, 64 << 20);
	}
	arena_reset(&arena);
	buf_reset(&once);
	buf_reset(&twice);
	if (enriched_parse(&e, (const char *)data, size, &arena, &err) != 0) {
		assert(err.class == ERR_REJECT);
		return 0;
	}
	enriched_print(&e, &once);
	assert(enriched_parse(&f, once.data, once.size, &arena, &err) == 0);
	enriched_print(&f, &twice);
	assert(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
	assert(e.event_count == f.event_count && e.entity_count == f.entity_count);
	return 0;
}
