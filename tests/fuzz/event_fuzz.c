/*
 * Whatever the text: events have codes that the ontology defines, one main
 * event at most, ids that differ, and spans that are the very piece of the
 * text that their offsets name.  The first line is the headline.
 */
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "event/lexicon.h"
#include "tests/fuzz/fuzz.h"
#include "text/utf8.h"
#include "time/date.h"

static struct extract *extract;
static struct lexicon *lexicon;
static struct arena arena;

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
check_actors(const struct article *a, const struct actors *list)
{
	for (size_t i = 0; i < list->count; i++) {
		check_span(a, &list->items[i].span);
		for (size_t k = 0; k < list->items[i].sectors.count; k++)
			assert(
			    lexicon_has_sector(lexicon, list->items[i].sectors.items[k]));
	}
}

static void
check_dates(const struct event *e)
{
	struct date first, last;

	if (e->date)
		assert(date_parse(&first, e->date) == 0);
	if (e->date_end) {
		assert(e->date && date_parse(&last, e->date_end) == 0);
		assert(date_days(first) < date_days(last));
	}
}

static void
check_event(const struct article *a, const struct event *e)
{
	const struct type *type = lexicon_type(lexicon, e->type);

	assert(type && e->quad == type->quad);
	for (size_t i = 0; i < e->modes.count; i++)
		assert(lexicon_mode(lexicon, e->type, e->modes.items[i]));
	check_span(a, &e->trigger);
	check_actors(a, &e->actor);
	check_actors(a, &e->recipient);
	if (e->location)
		check_span(a, &e->location->span);
	if (e->attribution)
		check_span(a, &e->attribution->span);
	check_dates(e);
	assert(e->start <= e->trigger.start && e->end >= e->trigger.end);
	assert(e->confidence > 0 && e->confidence <= 1);
	assert(e->dead >= -1 && e->injured >= -1 && e->arrested >= -1);
	assert(e->pattern && e->lemma && strlen(e->id) == 16);
}

static void
check_events(const struct article *a, const struct enriched *out)
{
	size_t mains = 0;

	for (size_t i = 0; i < out->event_count; i++) {
		check_event(a, &out->events[i]);
		mains += out->events[i].main;
		for (size_t k = 0; k < i; k++)
			assert(strcmp(out->events[k].id, out->events[i].id));
	}
	assert(mains == (out->event_count > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct article a = { .uri = "urn:x",
			     .pubstatus = "usable",
			     .language = "en",
			     .versioncreated = "2025-09-01T00:00:00Z" };
	struct enriched out;
	struct err err;
	char *text = malloc(size + 1), *line;

	if (!extract) {
		extract = extract_new("lexicon", 1, &err);
		lexicon = lexicon_new("lexicon", &err);
		arena_init(&arena, (size_t)256 << 20);
	}
	assert(extract && lexicon && text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (utf8_is_valid(text, strlen(text))) {
		line = strchr(text, '\n');
		a.headline = line ? text : NULL;
		a.body_text = line ? line + 1 : text;
		if (line)
			*line = '\0';
		arena_reset(&arena);
		if (extract_article(extract, &a, NULL, &out, &arena, &err) == 0)
			check_events(&a, &out);
		else
			assert(err.class == ERR_REJECT);
	}
	free(text);
	return 0;
}
