/*
 * The order of reading: tokens and sentences of headline and body, words of
 * the vocabulary, then times, names and quotes, each over all that came
 * before.  All of it lies in the arena; a full arena is one check at the end.
 */
#include "language/language.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "language/reader.h"
#include "language/time_feast.h"
#include "language/time_rule.h"

struct language {
	struct words words;
	struct roster *roster;
	struct time_rules *times;
	struct feasts *feasts;
};

struct language *
language_new(const char *lexicon, struct err *err)
{
	struct language *l = must_alloc(sizeof *l);

	if (words_read(&l->words, lexicon, err) ||
	    !(l->roster = roster_new(&l->words, lexicon, err)) ||
	    !(l->times = time_rules_new(&l->words, lexicon, err)) ||
	    !(l->feasts = feasts_new(&l->words, lexicon, err))) {
		language_free(l);
		return NULL;
	}
	return l;
}

void
language_free(struct language *l)
{
	if (!l)
		return;
	feasts_free(l->feasts);
	time_rules_free(l->times);
	roster_free(l->roster);
	words_release(&l->words);
	free(l);
}

static bool
is_english(const struct article *a)
{
	return !a->language ||
	       (!strncasecmp(a->language, "en", 2) && strchr("-_", a->language[2]));
}

static void
find_date(struct reader *r, const struct article *a)
{
	const char *text = a->versioncreated ? a->versioncreated : a->firstcreated;
	char *day;

	if (!text || date_parse(&r->published, text))
		return;
	r->dated = true;
	day = arena_alloc(r->arena, DATE_TEXT);
	if (day)
		r->d->published = date_text(r->published, day);
}

int
language_read(const struct language *l, const struct article *a, struct document *d,
	      struct arena *arena, struct err *err)
{
	struct reader r = {
		.words = &l->words,
		.roster = l->roster,
		.times = l->times,
		.feasts = l->feasts,
		.d = d,
		.arena = arena,
	};

	*d = (struct document){ .article = a };
	find_date(&r, a);
	if (a->headline)
		read_headline(&r, a->headline);
	read_tokens(&r, a->body_text, false);
	if (is_english(a) && !arena->full) {
		read_words(&r);
		if (!arena->full && r.dated)
			read_times(&r);
		if (!arena->full)
			read_names(&r);
		if (!arena->full)
			read_quotes(&r);
	}
	return arena_check(arena, err);
}

struct span
document_span(const struct document *d, int first, int last, struct arena *arena)
{
	const struct token *a = &d->tokens[first], *b = &d->tokens[last];
	bool in_headline = d->sentences[document_sentence(d, first)].in_headline;
	const char *text = in_headline ? d->article->headline : d->article->body_text;
	size_t end = (size_t)b->byte + strlen(b->form);

	return (struct span){ .text = arena_copy(arena, text + a->byte,
						 end - (size_t)a->byte),
			      .in_headline = in_headline,
			      .start = a->start,
			      .end = b->end };
}

int
document_sentence(const struct document *d, int token)
{
	size_t low = 0, high = d->sentence_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (d->sentences[middle].first <= token)
			low = middle;
		else
			high = middle;
	}
	return (int)low;
}
