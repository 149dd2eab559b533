/*
 * What stands together as a name or a time is one part of its sentence's tree:
 * one of its words alone has its head outside.  Most trees have it so without
 * being told.  A sentence whose tree has not is read once more with its spans
 * tied, so at the worst each is read twice.
 */
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

		if (!torn)
			arena_rewind(r->arena, mark);
		else if (parser_sentence(r->parser, d->tokens + s->first, s->count,
					 s->first, s->in_headline, spans, n, r->arena,
					 &err))
			return;
	}
}
