/*
 * A text to paragraphs, tokens and sentences in one pass.  A line is a
 * paragraph and always ends a sentence; inside it, a full stop does where its
 * word is no abbreviation and what follows does not go on in small letters.
 * Closing quotes and brackets stay with the sentence before them.
 */
#include <string.h>

#include "language/cut.h"
#include "language/reader.h"
#include "text/utf8.h"

struct place {
	const char *text;
	size_t byte, size;
	int point;
	bool blank, in_headline;
	int paragraph;
};

static void
add_token(struct reader *r, const struct place *p, const struct chunk *k, int from,
	  int to)
{
	struct document *d = r->d;
	const char *form = p->text + p->byte + k->at[from];
	size_t n = (size_t)(k->at[to] - k->at[from]);
	char norm[NORM_MAX];
	size_t norm_size = fold(form, n, norm, sizeof norm);
	struct token *t;

	t = arena_grow(r->arena, d->tokens, d->token_count, &r->token_room, sizeof *t);
	if (!t)
		return;
	d->tokens = t;
	t += d->token_count;
	*t = (struct token){ .head = -1, .entity = -1, .time = -1, .quote = -1 };
	t->form = arena_copy(r->arena, form, n);
	t->norm = t->form;
	if (norm_size != n || memcmp(norm, form, n))
		t->norm = arena_copy(r->arena, norm, norm_size);
	t->start = p->point + from;
	t->end = p->point + to;
	t->byte = (int)p->byte + k->at[from];
	t->blank = from == 0 && p->blank;
	if (!r->arena->full)
		d->token_count++;
}

static void
add_sentence(struct reader *r, const struct place *p, size_t first, size_t end)
{
	struct document *d = r->d;
	struct sentence *s;

	s = arena_grow(r->arena, d->sentences, d->sentence_count, &r->sentence_room,
		       sizeof *s);
	if (!s)
		return;
	d->sentences = s;
	s[d->sentence_count++] = (struct sentence){ .first = (int)first,
						    .count = (int)(end - first),
						    .start = d->tokens[first].start,
						    .end = d->tokens[end - 1].end,
						    .paragraph = p->paragraph,
						    .in_headline = p->in_headline };
}

static bool
ends_in_stop(const struct token *t)
{
	size_t n = strlen(t->norm);
	char last = n ? t->norm[n - 1] : 'x';

	if (last == '!' || last == '?')
		return n < 8;
	if (last == '.')
		return true;
	return !strcmp(t->form, "\u3002") || !strcmp(t->form, "\u061f") ||
	       !strcmp(t->form, "\u0964");
}

static bool
starts_small(const struct token *t)
{
	int used;
	uint32_t c = utf8_decode(t->form, strlen(t->form) + 1, &used);

	return utf8_is_lower(c);
}

/* Quotes and brackets that close, seen from the token before. */
static bool
closes(const struct token *t, bool quote_is_open)
{
	if (!strcmp(t->form, "\"") || !strcmp(t->form, "''"))
		return quote_is_open || !t->blank;
	if (!strcmp(t->form, "'"))
		return !t->blank;
	return !strcmp(t->form, ")") || !strcmp(t->form, "]") ||
	       !strcmp(t->form, "\u201d") || (!strcmp(t->form, "\u2019") && !t->blank) ||
	       !strcmp(t->form, "\u00bb") || !strcmp(t->form, "\u300d");
}

/* Inc., U.S. and p.m. end a sentence before a word that starts sentences; Mr. and Gen.
 * never do. */
static bool
abbreviation_ends(const struct reader *r, const struct token *t, const struct token *next)
{
	size_t n = strlen(t->norm);
	const struct word *word = words_find(r->words, t->norm, n - 1);
	const struct word *after = words_find(r->words, next->norm, strlen(next->norm));

	if (starts_small(next) || word->classes & WORD_TITLE || n == 2)
		return false;
	return after->classes & WORD_COMMON || strchr("\"", *next->norm);
}

static bool
ends_sentence(const struct reader *r, const struct token *stop, const struct token *next)
{
	if (strlen(stop->norm) > 1 && stop->norm[strspn(stop->norm, ".!?")])
		return abbreviation_ends(r, stop, next);
	return !starts_small(next);
}

/* The paragraph's tokens [first, end) to sentences. */
static void
split(struct reader *r, const struct place *p, size_t first, size_t end)
{
	const struct token *t = r->d->tokens;
	size_t from = first;
	bool quote_is_open = false;

	for (size_t i = first; i < end; i++) {
		size_t stop = i;

		if (!strcmp(t[i].form, "\""))
			quote_is_open = !quote_is_open;
		if (!ends_in_stop(&t[i]))
			continue;
		while (i + 1 < end && closes(&t[i + 1], quote_is_open)) {
			i++;
			if (!strcmp(t[i].form, "\""))
				quote_is_open = !quote_is_open;
		}
		if (i + 1 < end && ends_sentence(r, &t[stop], &t[i + 1])) {
			add_sentence(r, p, from, i + 1);
			from = i + 1;
		}
	}
	if (from < end)
		add_sentence(r, p, from, end);
}

/* Over blanks; true where a line ended. */
static bool
skip_blanks(struct place *p)
{
	bool line = false;

	p->blank = false;
	while (p->byte < p->size) {
		int used;
		uint32_t c = utf8_decode(p->text + p->byte, p->size - p->byte, &used);

		if (c == UTF8_BAD || !char_is_blank(c))
			break;
		line = line || c == '\n' || c == '\r' || c == 0x2029;
		p->blank = true;
		p->byte += (size_t)used;
		p->point++;
	}
	return line;
}

void
read_tokens(struct reader *r, const char *text, bool in_headline)
{
	struct place p = { .text = text,
			   .size = text ? strlen(text) : 0,
			   .in_headline = in_headline };
	size_t first = r->d->token_count;
	struct chunk k;

	while (!r->arena->full) {
		bool line = skip_blanks(&p);

		if ((line || p.byte == p.size) && first < r->d->token_count) {
			split(r, &p, first, r->d->token_count);
			p.paragraph++;
			first = r->d->token_count;
		}
		if (p.byte == p.size)
			break;
		chunk_read(&k, p.text + p.byte, p.size - p.byte);
		chunk_cut(&k, r->words);
		for (int i = 0, from = 0; i < k.count; from = k.ends[i++])
			add_token(r, &p, &k, from, k.ends[i]);
		p.byte += (size_t)k.at[k.n];
		p.point += k.n;
	}
}

/* A headline is one sentence, whatever stands in it. */
void
read_headline(struct reader *r, const char *text)
{
	struct document *d = r->d;

	read_tokens(r, text, true);
	if (d->sentence_count > 1) {
		d->sentences[0].count = (int)d->token_count;
		d->sentences[0].end = d->tokens[d->token_count - 1].end;
		d->sentence_count = 1;
	}
}

void
read_words(struct reader *r)
{
	struct document *d = r->d;

	r->word = arena_alloc(r->arena, d->token_count * sizeof *r->word + 1);
	for (size_t i = 0; r->word && i < d->token_count; i++)
		r->word[i] =
		    words_find(r->words, d->tokens[i].norm, strlen(d->tokens[i].norm));
}
