#include "tests/lib/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct language *language;
struct arena arena;

int
reading_open(void **state)
{
	struct err err;

	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	language = language_new("lexicon", &err);
	if (!language)
		fprintf(stderr, "%s\n", err.text);
	return language ? 0 : -1;
}

int
reading_close(void **state)
{
	(void)state;
	language_free(language);
	arena_release(&arena);
	return 0;
}

void
reading(const struct article *a, struct document *d)
{
	struct err err;

	arena_reset(&arena);
	if (language_read(language, a, d, &arena, &err))
		fail_msg("%s: %s", a->body_text, err.text);
}
