/* Any bytes as a store's answer: what is read lies in the arena, and errors pass. */
#include <stdlib.h>
#include <string.h>

#include "record/bulk.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 16 };

static size_t
length(const char *text)
{
	return text ? strlen(text) : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	struct bulk_found found[MOST];
	struct bulk_result results[MOST];
	const char *names[MOST], *json = (const char *)data;
	struct err err = { ERR_RETRY, "" };
	size_t n = 0, read = 0;
	int64_t number;

	if (!arena.base)
		arena_init(&arena, 1 << 20);
	arena_reset(&arena);
	if (!bulk_read_found(json, size, &arena, found, MOST, &n, &err))
		for (size_t i = 0; i < n; i++)
			read += length(found[i].index) + length(found[i].version) +
				length(found[i].versioncreated) + length(found[i].error);
	assert(err.class == ERR_RETRY && n <= MOST);
	arena_reset(&arena);
	if (!bulk_read_results(json, size, &arena, results, MOST, &n, &err))
		for (size_t i = 0; i < n; i++)
			read += length(results[i].type) + length(results[i].reason);
	assert(err.class == ERR_RETRY && n <= MOST);
	arena_reset(&arena);
	if (!bulk_read_names(json, size, &arena, names, MOST, &n, &err))
		for (size_t i = 0; i < n; i++)
			read += length(names[i]);
	if (bulk_read_number(json, size, "count", &number, &arena, &err))
		assert(err.class == ERR_RETRY);
	assert(read <= 4 * size + 64);
	return 0;
}
