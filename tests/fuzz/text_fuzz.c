/*
 * Whatever the bytes: an article's strings are UTF-8 in form C without
 * control characters, its body has no blank line, its meta is one line of
 * JSON, and cleaning what is clean changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "record/json_check.h"
#include "tests/fuzz/fuzz.h"
#include "text/charset.h"
#include "text/utf8.h"

static void
is_clean(const char *s)
{
	struct buf again;
	size_t n;

	if (!s)
		return;
	n = strlen(s);
	assert(n > 0 && utf8_is_valid(s, n));
	buf_init(&again, n * 4 + 64);
	text_clean(s, n, &again);
	assert(again.size == n && !memcmp(again.data, s, n));
	buf_release(&again);
}

static int
check(void *arg, const struct parsed *parsed, struct err *err)
{
	const struct article *a = &parsed->article;

	(void)arg;
	(void)err;
	is_clean(a->headline);
	is_clean(a->byline);
	is_clean(a->located);
	is_clean(a->body_text);
	assert(!a->headline || !strchr(a->headline, '\n'));
	if (a->body_text) {
		size_t n = strlen(a->body_text);

		assert(!strstr(a->body_text, "\n\n"));
		assert(a->body_text[0] != '\n' && a->body_text[n - 1] != '\n');
	}
	assert(a->versioncreated && a->pubstatus && !a->uri);
	assert(json_is_line(parsed->meta, strlen(parsed->meta)));
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = {
		.spool = "", .path = "2026/x.txt", .bytes = data, .size = size
	};
	static struct arena arena;
	struct err err;

	if (!arena.size) {
		if (format_open("lexicon", &err))
			abort();
		arena_init(&arena, 64 << 20);
	}
	if (format_parse(&source, &arena, check, NULL, &err))
		assert(err.class == ERR_REJECT);
	arena_reset(&arena);
	return 0;
}
