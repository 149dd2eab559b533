/*
 * The first line says what to pick, the rest is the value.  What comes out is
 * JSON on one line and no longer than what went in, and to pick twice is to
 * pick once.
 */
#include <stdlib.h>
#include <string.h>

#include "record/json_check.h"
#include "record/pick.h"
#include "tests/fuzz/fuzz.h"

static void
check(const struct pick *p, const char *json, size_t n)
{
	struct buf once, twice;
	struct err err;
	int failed;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (!pick_print(p, json, n, &once, &err)) {
		assert(json_is_line(once.data, once.size) && once.size <= n);
		failed = pick_print(p, once.data, once.size, &twice, &err);
		assert(!failed && once.size == twice.size);
		assert(!memcmp(once.data, twice.data, once.size));
	}
	buf_release(&once);
	buf_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *line = memchr(text, '\n', size);
	char *paths = line ? strndup(text, (size_t)(line - text)) : NULL;
	struct pick *p;
	struct err err;

	if (paths && !pick_new(&p, paths, &err)) {
		check(p, line + 1, size - (size_t)(line + 1 - text));
		pick_free(p);
	}
	free(paths);
	return 0;
}
