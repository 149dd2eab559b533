/* What was taken as an article is printed and taken again, the same to the byte. */
#include <string.h>

#include "record/article.h"
#include "tests/fuzz/fuzz.h"

static bool
is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	static struct buf once, twice;
	struct article a, b;
	struct err err;

	if (!arena.base) {
		arena_init(&arena, 64 << 20);
		buf_init(&once, 64 << 20);
		buf_init(&twice, 64 << 20);
	}
	arena_reset(&arena);
	buf_reset(&once);
	buf_reset(&twice);
	if (article_parse(&a, (const char *)data, size, &arena, &err) != 0) {
		assert(err.class == ERR_REJECT);
		return 0;
	}
	article_print(&a, &once);
	assert(article_parse(&b, once.data, once.size, &arena, &err) == 0);
	article_print(&b, &twice);
	assert(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
	assert(is_same(a.uri, b.uri) && is_same(a.body_text, b.body_text));
	assert(is_same(a.version, b.version) && is_same(a.pubstatus, b.pubstatus));
	return 0;
}
