/*
 * What stands together as a name or a time is one part of its sentence's tree:
 * one of its words alone has its head outside.  Most trees have it so without
 * being told.  A sentence whose tree has not is read once more with its spans
 * tied; so is a headline whose every word has a capital, with small letters
 * for what is no name.  So at the worst each is read twice.
 */
#include <assert.h>
#include <string.h>

#include "language/parser.h"
#include "language/reader.h"

/* The end of what begins at token i: the tokens of one name, or else of one time. */
static int
span_end(const struct token *t, int i, int end)
{
	int from = i;

	if (t[i].entity >= 0)
		while (i < end && t[i].entity == t[from].entity)
			i++;
	else if (t[i].time >= 0)
		while (i < end && t[i].time == t[from].time && t[i].entity < 0)
			i++;
	else
		i++;
	return i;
}

static bool
is_torn(const struct token *t, int from, int end)
{
	int outside = 0;

	for (int i = from; i < end; i++)
		outside += t[i].head < from || t[i].head >= end;
	return outside > 1;
}

/* The spans of a sentence; how many, and whether its tree tears one. */
static int
find_spans(const struct document *d, const struct sentence *s, struct tied *spans,
	   bool *torn)
{
	int n = 0, last = s->first + s->count;

	*torn = false;
	for (int i = s->first, end; i < last; i = end) {
		end = span_end(d->tokens, i, last);
		if (end - i < 2)
			continue;
		spans[n++] = (struct tied){ i - s->first, end - 1 - s->first };
		*torn = *torn || is_torn(d->tokens, i, end);
	}
	return n;
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
has_capital(const struct token *t)
{
	return is_upper(t->form[0]) || *t->form & 0x80;
}

/* EU, NATO: no letter of it is small. */
static bool
is_acronym(const struct token *t)
{
	size_t n = strlen(t->form);

	for (size_t i = 0; i < n; i++)
		if (!is_upper(t->form[i]))
			return false;
	return n > 1 && n < 6;
}

/* Nearly every long word has a capital, or all letters have. */
static bool
is_title(const struct token *t, int count, bool *shouts)
{
	int small = 0, capital = 0;

	*shouts = true;
	for (int i = 0; i < count; i++) {
		*shouts = *shouts && strcmp(t[i].form, t[i].norm) &&
			  (!t[i].form[1] || !(t[i].form[1] >= 'a' && t[i].form[1] <= 'z'));
		if (strlen(t[i].form) < 4)
			continue;
		if (has_capital(&t[i]))
			capital++;
		else
			small++;
	}
	return capital >= 3 && small * 4 <= capital;
}

/* False: it is no title, and not read. */
static bool
read_title(struct reader *r, const struct sentence *s, const struct tied *spans, int n)
{
	struct token *t = r->d->tokens + s->first;
	const char **form;
	struct err err;
	bool shouts;

	if (!s->in_headline || !is_title(t, s->count, &shouts))
		return false;
	form = arena_alloc(r->arena, (size_t)s->count * sizeof *form);
	if (!form)
		return true;
	for (int i = 0; i < s->count; i++) {
		form[i] = t[i].form;
		if (t[i].entity < 0 && (shouts || !is_acronym(&t[i])))
			t[i].form = t[i].norm;
	}
	if (parser_sentence(r->parser, t, s->count, s->first, true, spans, n, r->arena, &err))
		assert(r->arena->full);
	for (int i = 0; i < s->count; i++)
		t[i].form = form[i];
	return true;
}

void
read_ties(struct reader *r)
{
	struct document *d = r->d;
	struct err err; /* a full arena, which the reader's end sees */

	for (size_t i = 0; i < d->sentence_count && !r->arena->full; i++) {
		const struct sentence *s = &d->sentences[i];
		struct arena_mark mark = arena_mark(r->arena);
		struct tied *spans =
		    arena_alloc(r->arena, (size_t)s->count * sizeof *spans);
		bool torn = false;
		int n = spans ? find_spans(d, s, spans, &torn) : 0;

		if (read_title(r, s, spans, n))
			continue;
		if (!torn)
			arena_rewind(r->arena, mark);
		else if (parser_sentence(r->parser, d->tokens + s->first, s->count,
					 s->first, s->in_headline, spans, n, r->arena,
					 &err))
			return;
	}
}
