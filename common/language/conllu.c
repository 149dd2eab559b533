/*
 * Ten columns to a token, a blank line after each sentence.  A head may point
 * anywhere within the sentence, so heads are checked when it has ended.
 */
#include "language/conllu.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 10, ID = 0, FORM, LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS, MISC };

static const char no_space[] = "SpaceAfter=No";

struct column {
	const char *s;
	size_t n;
};

static int
bad(const struct conllu *in, struct err *err, const char *what)
{
	return err_set(err, ERR_REJECT, "CoNLL-U line %d: %s", in->line, what);
}

static int
columns(const char *line, size_t n, struct column *column)
{
	const char *end = line + n, *p = line;
	int count = 0;

	for (;;) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));

		if (count == COLUMNS)
			return COLUMNS + 1;
		column[count++] = (struct column){ p, (size_t)((tab ? tab : end) - p) };
		if (!tab)
			return count;
		p = tab + 1;
	}
}

static const char *
value(const struct column *c, struct arena *arena)
{
	return c->n == 1 && *c->s == '_' ? NULL : arena_copy(arena, c->s, c->n);
}

/* A number that fills the column; -1 if it is none. */
static int
number(const struct column *c)
{
	int n = 0;

	if (c->n == 0 || c->n > 7)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		if (c->s[i] < '0' || c->s[i] > '9')
			return -1;
		n = 10 * n + c->s[i] - '0';
	}
	return n;
}

static bool
space_after(const char *misc)
{
	return !misc || !strstr(misc, no_space);
}

static bool
grow(struct conllu_sentence *s, size_t *room, struct arena *arena)
{
	size_t old = *room, room2 = old, room3 = old;

	s->tokens =
	    arena_grow(arena, s->tokens, (size_t)s->count, room, sizeof *s->tokens);
	s->misc = arena_grow(arena, s->misc, (size_t)s->count, &room2, sizeof *s->misc);
	s->written =
	    arena_grow(arena, s->written, (size_t)s->count, &room3, sizeof *s->written);
	return s->tokens && s->misc && s->written;
}

/* One token's line.  A head is checked later, when the sentence's length is known. */
static int
token_line(const struct conllu *in, struct conllu_sentence *s, size_t *room,
	   const struct column *c, struct arena *arena, struct err *err)
{
	struct token *t;
	int head = number(&c[HEAD]);

	if (number(&c[ID]) != s->count + 1)
		return bad(in, err, "the first column does not count 1, 2, 3 ...");
	if (c[FORM].n == 0)
		return bad(in, err, "a token without a form");
	if (head < 0 && !(c[HEAD].n == 1 && *c[HEAD].s == '_'))
		return bad(in, err, "the head in column 7 is no number");
	if (!grow(s, room, arena))
		return arena_check(arena, err);
	t = &s->tokens[s->count];
	*t = (struct token){
		.form = arena_copy(arena, c[FORM].s, c[FORM].n),
		.lemma = value(&c[LEMMA], arena),
		.upos = value(&c[UPOS], arena),
		.xpos = value(&c[XPOS], arena),
		.feats = value(&c[FEATS], arena),
		.deprel = value(&c[DEPREL], arena),
		.head = head > 0 ? head - 1 : -1,
		.entity = -1,
		.time = -1,
		.quote = -1,
		.refers = -1,
	};
	s->misc[s->count] = value(&c[MISC], arena);
	s->written[s->count] = NULL;
	t->blank = s->count > 0 && space_after(s->misc[s->count - 1]);
	s->count++;
	return arena_check(arena, err);
}

/* A written word of several tokens: "3-4"; {0} if there was none. */
struct range {
	int first, last;
	struct column line;
	bool space_after;
};

static int
range_line(const struct conllu *in, const struct column *c, int count, struct range *r,
	   struct err *err)
{
	const char *dash = memchr(c[ID].s, '-', c[ID].n);
	struct column a = { c[ID].s, (size_t)(dash - c[ID].s) };
	struct column b = { dash + 1, c[ID].n - a.n - 1 };

	r->first = number(&a);
	r->last = number(&b);
	if (r->first != count + 1 || r->last <= r->first)
		return bad(in, err, "a range of tokens out of place");
	r->line = (struct column){ c[ID].s, (size_t)(c[MISC].s + c[MISC].n - c[ID].s) };
	r->space_after = !memmem(r->line.s, r->line.n, no_space, strlen(no_space));
	return 0;
}

/* The token just read, seen with the written word that it may belong to. */
static void
place_in_range(struct conllu_sentence *s, const struct range *r, struct arena *arena)
{
	struct token *t = &s->tokens[s->count - 1];

	if (s->count == r->first)
		s->written[s->count - 1] = arena_copy(arena, r->line.s, r->line.n);
	if (r->last && s->count == r->last + 1)
		t->blank = r->space_after;
	if (s->count > r->first && s->count <= r->last) {
		t->joined = true;
		t->blank = false;
	}
}

static int
close_sentence(const struct conllu *in, struct conllu_sentence *s, const struct range *r,
	       struct err *err)
{
	if (r->last > s->count)
		return bad(in, err, "the sentence ends within a range of tokens");
	for (int i = 0; i < s->count; i++)
		if (s->tokens[i].head >= s->count || s->tokens[i].head == i)
			return err_set(
			    err, ERR_REJECT,
			    "CoNLL-U, sentence that ends in line %d: the head of "
			    "token %d is no other token of it",
			    in->line, i + 1);
	s->space_after =
	    r->last == s->count ? r->space_after : space_after(s->misc[s->count - 1]);
	return 1;
}

int
conllu_next(struct conllu *in, struct conllu_sentence *s, struct arena *arena,
	    struct err *err)
{
	const char *comments = in->p;
	struct column c[COLUMNS];
	struct range range = { 0 };
	size_t room = 0, comment_size = 0;

	*s = (struct conllu_sentence){ .comments = "" };
	while (in->p < in->end) {
		const char *line = in->p;
		const char *nl = memchr(line, '\n', (size_t)(in->end - line));
		size_t n = (size_t)((nl ? nl : in->end) - line);

		in->p = nl ? nl + 1 : in->end;
		in->line++;
		if (n && line[n - 1] == '\r')
			n--;
		if (n == 0 && s->count == 0) {
			comments = in->p;
			continue;
		}
		if (n == 0)
			return close_sentence(in, s, &range, err);
		if (*line == '#' && s->count == 0) {
			comment_size = (size_t)(in->p - comments);
			s->comments = arena_copy(arena, comments, comment_size);
			continue;
		}
		if (columns(line, n, c) != COLUMNS)
			return bad(in, err, "there are not ten columns");
		if (memchr(c[ID].s, '.', c[ID].n))
			continue;
		if (memchr(c[ID].s, '-', c[ID].n)) {
			if (range_line(in, c, s->count, &range, err))
				return -1;
			continue;
		}
		if (token_line(in, s, &room, c, arena, err))
			return -1;
		place_in_range(s, &range, arena);
	}
	return s->count ? close_sentence(in, s, &range, err) : 0;
}

void
conllu_print(const struct conllu_sentence *s, struct buf *out)
{
	buf_adds(out, s->comments);
	for (int i = 0; i < s->count; i++) {
		const struct token *t = &s->tokens[i];

		if (s->written[i]) {
			buf_adds(out, s->written[i]);
			buf_addc(out, '\n');
		}
		buf_printf(out, "%d\t%s\t%s\t%s\t%s\t%s\t", i + 1, t->form,
			   t->lemma ? t->lemma : "_", t->upos ? t->upos : "_",
			   t->xpos ? t->xpos : "_", t->feats ? t->feats : "_");
		if (t->deprel)
			buf_printf(out, "%d\t%s", t->head + 1, t->deprel);
		else
			buf_adds(out, "_\t_");
		buf_printf(out, "\t_\t%s\n", s->misc[i] ? s->misc[i] : "_");
	}
	buf_addc(out, '\n');
}
