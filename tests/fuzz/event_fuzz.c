/*
 * Whatever the text: the events of it are coded, each with a type, and every
 * span of theirs is the very piece of the text that its offsets name.
 */
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "tests/fuzz/fuzz.h"
#include "text/utf8.h"

static void
check_span(const struct article *a, const struct span *s)
{
	const char *text = s->in_headline ? a->headline : a->body_text;
	size_t n = strlen(text), from, to;

	assert(s->start >= 0 && s->start < s->end);
	from = utf8_offset(text, n, (size_t)s->start);
	to = utf8_offset(text, n, (size_t)s->end);
	assert(from < to && to - from == strlen(s->text));
	assert(memcmp(text + from, s->text, to - from) == 0);
}

static void
check_actors(const struct article *a, const struct actors *actors)
{
	for (size_t i = 0; i < actors->count; i++)
		check_span(a, &actors->items[i].span);
}

static void
check_event(const struct article *a, const struct event *e)
{
	assert(e->type && *e->type && e->id);
	assert(e->start < e->end);
	check_span(a, &e->trigger);
	check_actors(a, &e->actor);
	check_actors(a, &e->recipient);
	if (e->location)
		check_span(a, &e->location->span);
	if (e->attribution)
		check_span(a, &e->attribution->span);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct extract *extract;
	static struct arena arena;
	struct article a = { .uri = "urn:x",
			     .versioncreated = "2025-09-01T00:00:00Z",
			     .pubstatus = "usable" };
	struct enriched e;
	struct err err;
	char *text = malloc(size + 1), *line;

	if (!extract) {
		extract = extract_new("lexicon", 1, &err);
		arena_init(&arena, (size_t)256 << 20);
	}
	assert(extract && text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (utf8_is_valid(text, strlen(text))) {
		line = strchr(text, '\n');
		a.headline = line ? text : NULL;
		a.body_text = line ? line + 1 : text;
		if (line)
			*line = '\0';
		arena_reset(&arena);
		if (extract_article(extract, &a, NULL, &e, &arena, &err))
			assert(err.class == ERR_REJECT);
		else
			for (size_t i = 0; i < e.event_count; i++)
				check_event(&a, &e.events[i]);
	}
	free(text);
	return 0;
}
