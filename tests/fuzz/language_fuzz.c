/*
 * Whatever the text: sentences in order and inside it, tokens that cover all
 * but blanks, every span the very piece of the text that its offsets name,
 * no two times or names over one token.  The first line is the headline.
 */
#include <stdlib.h>
#include <string.h>

#include "language/language.h"
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

static bool
is_blank(const char *text, size_t n)
{
	while (n) {
		int used;
		uint32_t c = utf8_decode(text, n, &used);

		if (c > ' ' && c != 0x200b && c != 0xfeff && !utf8_is_space(c))
			return false;
		text += used;
		n -= (size_t)used;
	}
	return true;
}

/* The tokens of headline or body, in order, with nothing but blanks between. */
static void
check_tokens(const struct article *a, const struct document *d, bool in_headline)
{
	const char *text = in_headline ? a->headline : a->body_text;
	size_t at = 0;

	for (size_t i = 0; text && i < d->sentence_count; i++) {
		const struct sentence *s = &d->sentences[i];

		if (s->in_headline != in_headline)
			continue;
		assert(s->count > 0);
		assert(s->start == d->tokens[s->first].start);
		for (int t = s->first; t < s->first + s->count; t++) {
			const struct token *token = &d->tokens[t];
			size_t n = strlen(token->form);

			assert((size_t)token->byte >= at && n > 0 &&
			       token->start < token->end);
			assert(is_blank(text + at, (size_t)token->byte - at));
			assert(memcmp(text + token->byte, token->form, n) == 0);
			at = (size_t)token->byte + n;
		}
	}
	if (text)
		assert(is_blank(text + at, strlen(text) - at));
}

static void
check_document(const struct article *a, const struct document *d)
{
	int next = 0;

	for (size_t i = 0; i < d->sentence_count; i++) {
		assert(d->sentences[i].first == next);
		next += d->sentences[i].count;
	}
	assert((size_t)next == d->token_count);
	check_tokens(a, d, true);
	check_tokens(a, d, false);
	for (size_t i = 0; i < d->token_count; i++) {
		assert(d->tokens[i].entity < (int)d->entity_count);
		assert(d->tokens[i].time < (int)d->time_count);
		assert(d->tokens[i].quote < (int)d->quote_count);
	}
	for (size_t i = 0; i < d->time_count; i++) {
		check_span(a, &d->times[i].span);
		assert(d->times[i].value[0]);
	}
	for (size_t i = 0; i < d->entity_count; i++) {
		check_span(a, &d->entities[i].span);
		for (size_t k = 0; k < d->entities[i].mention_count; k++)
			check_span(a, &d->entities[i].mentions[k]);
	}
	for (size_t i = 0; i < d->quote_count; i++) {
		check_span(a, &d->quotes[i].span);
		if (d->quotes[i].speaker)
			check_span(a, &d->quotes[i].speaker->span);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct language *language;
	static struct arena arena;
	struct article a = { .uri = "urn:x", .versioncreated = "2025-09-01T00:00:00Z" };
	struct document d;
	struct err err;
	char *text = malloc(size + 1), *line;

	if (!language) {
		language = language_new("lexicon", &err);
		arena_init(&arena, (size_t)256 << 20);
	}
	assert(language && text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (utf8_is_valid(text, strlen(text))) {
		line = strchr(text, '\n');
		a.headline = line ? text : NULL;
		a.body_text = line ? line + 1 : text;
		if (line)
			*line = '\0';
		arena_reset(&arena);
		if (language_read(language, &a, &d, &arena, &err) == 0)
			check_document(&a, &d);
		else
			assert(err.class == ERR_REJECT);
	}
	free(text);
	return 0;
}
