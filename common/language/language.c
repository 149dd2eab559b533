/*
 * The order of reading, each step over all that came before:
 *
 *   1. headline and body to sentences, tokens, tags, lemmas, trees (parser.h);
 *   2. the word of the vocabulary that each token is;
 *   3. times, then names, which may ask tags and trees;
 *   4. where a tree tears a time or a name apart, that sentence is read again
 *      with its spans tied (tie.c): tags stay, heads and relations change;
 *   5. quotations and their speakers, over trees that no longer change.
 *
 * Other languages have sentences and tokens alone.  All of it lies in the
 * arena; a full arena is one check at the end.
 */
#include "language/language.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "language/namer.h"
#include "language/net.h"
#include "language/parser.h"
#include "language/reader.h"
#include "language/time_feast.h"
#include "language/time_rule.h"

struct language {
	struct parser *parser;
	struct namer namer;
	struct words words;
	struct roster *roster;
	struct time_rules *times;
	struct feasts *feasts;
};

static int
open_names(struct language *l, struct err *err)
{
	if (namer_open(&l->namer, parser_model(l->parser), 2 * parser_net(l->parser)->hidden,
		       err))
		return -1;
	parser_show(l->parser, &l->namer);
	return 0;
}

struct language *
language_new(const char *lexicon, struct err *err)
{
	struct language *l = must_alloc(sizeof *l);
	char *model = must_printf("%s/english.model", lexicon);

	l->parser = parser_new(model, err);
	free(model);
	if (!l->parser || open_names(l, err) ||
	    words_read(&l->words, lexicon, err) ||
	    !(l->roster = roster_new(&l->words, parser_splitter(l->parser), lexicon,
				     err)) ||
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
	parser_free(l->parser);
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

/* One of the article's texts, behind what *to has. */
static int
read_text(const struct language *l, const char *text, enum text_kind kind, bool english,
	  struct parsed *to, struct arena *arena, struct err *err)
{
	size_t n = text ? strlen(text) : 0;

	return english ? parser_text(l->parser, text, n, kind, to, arena, err)
		       : parser_cut(parser_splitter(l->parser), text, n, kind, to, arena,
				    err);
}

/* Each over what those before it found. */
static void
read_english(struct reader *r)
{
	static void (*const parts[])(struct reader *) = { read_words, read_times, read_names,
							  read_ties, read_quotes };

	for (size_t i = 0; i < LENGTH(parts) && !r->arena->full; i++)
		parts[i](r);
}

int
language_read(const struct language *l, const struct article *a, struct document *d,
	      struct arena *arena, struct err *err)
{
	struct reader r = {
		.parser = l->parser,
		.words = &l->words,
		.roster = l->roster,
		.times = l->times,
		.feasts = l->feasts,
		.namer = &l->namer,
		.people = &l->namer.people,
		.d = d,
		.arena = arena,
	};
	bool english = is_english(a);
	struct parsed text = { 0 };

	*d = (struct document){ .article = a };
	if (read_text(l, a->headline, TEXT_HEADLINE, english, &text, arena, err) ||
	    read_text(l, a->body_text, TEXT_LINES, english, &text, arena, err))
		return -1;
	d->sentences = text.sentences;
	d->sentence_count = text.sentence_count;
	d->tokens = text.tokens;
	d->token_count = text.token_count;
	find_date(&r, a);
	if (english)
		read_english(&r);
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
