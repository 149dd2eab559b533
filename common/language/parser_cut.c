/*
 * A text to paragraphs, pages, sentences, tokens.  Offsets are kept as the
 * text is walked, so no position is ever looked for twice.
 */
#include <string.h>

#include "language/parser.h"
#include "language/reader.h"
#include "text/utf8.h"

enum { DATELINE_MAX = 100 };

struct cutting {
	const struct splitter *splitter;
	struct parsed *out;
	struct arena *arena;
	struct split_page page;
	const char *text;
	size_t byte; /* where the page begins */
	int point, paragraph;
	bool headline, lines;
	bool blank; /* blank: something white stood before the token to come */
};

static void
add_token(struct cutting *k, const struct split_page *p, int from, int to, bool joined)
{
	struct parsed *d = k->out;
	const char *form = k->text + k->byte + p->at[from];
	size_t n = (size_t)(p->at[to] - p->at[from]);
	char norm[NORM_MAX];
	size_t norm_size = fold(form, n, norm, sizeof norm);
	struct token *t;

	t = arena_grow(k->arena, d->tokens, d->token_count, &d->token_room, sizeof *t);
	if (!t)
		return;
	d->tokens = t;
	t += d->token_count;
	*t = (struct token){ .head = -1, .entity = -1, .time = -1, .quote = -1,
			      .refers = -1 };
	t->form = arena_copy(k->arena, form, n);
	t->norm = t->form;
	if (norm_size != n || memcmp(norm, form, n) != 0)
		t->norm = arena_copy(k->arena, norm, norm_size);
	t->start = k->point + from;
	t->end = k->point + to;
	t->byte = (int)k->byte + p->at[from];
	t->blank = k->blank;
	t->joined = joined;
	k->blank = false;
	if (!k->arena->full)
		d->token_count++;
}

static void
add_sentence(struct cutting *k, size_t first)
{
	struct parsed *d = k->out;
	struct sentence *s;

	if (first == d->token_count)
		return;
	s = arena_grow(k->arena, d->sentences, d->sentence_count, &d->sentence_room,
		       sizeof *s);
	if (!s)
		return;
	d->sentences = s;
	s[d->sentence_count++] =
	    (struct sentence){ .first = (int)first,
			       .count = (int)(d->token_count - first),
			       .start = d->tokens[first].start,
			       .end = d->tokens[d->token_count - 1].end,
			       .paragraph = k->paragraph,
			       .in_headline = k->headline };
}

/* The page's tokens; returns where the sentence that is still open began. */
static size_t
cut_page(struct cutting *k, const struct split_page *p, size_t first)
{
	struct split_run run = { 0 };
	struct split_state state;
	enum split what = SPLIT_TOKEN, next;
	int from = -1, end;

	split_begin(&state, p);
	for (int i = 0; i <= p->n; i++) {
		if (i < p->n && p->kind[i] == ' ')
			continue;
		if (from < 0) {
			k->blank = k->blank || i > 0;
			state.token = from = i;
			continue;
		}
		next = i == p->n ? SPLIT_TOKEN
				 : split_boundary(k->splitter, p, &state, i, &run);
		if (next == SPLIT_INSIDE)
			continue;
		for (end = i; p->kind[end - 1] == ' '; end--)
			;
		add_token(k, p, from, end, what == SPLIT_JOINED);
		k->blank = end < i;
		if (next == SPLIT_SENTENCE && !k->headline) {
			add_sentence(k, first);
			first = k->out->token_count;
		}
		split_decide(&state, p, i, next);
		what = next;
		from = i;
	}
	return first;
}

/* The bytes of a dash and the blanks round it, 0: none begins here. */
static size_t
dash_size(const char *p, const char *end)
{
	static const char *const dashes[] = { " - ", " -- ", " – ", " — ", "— ", "– " };

	for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
		size_t n = strlen(dashes[i]);

		if ((size_t)(end - p) > n && !memcmp(p, dashes[i], n))
			return n;
	}
	return 0;
}

/* Each word begins with a capital, a digit or a bracket, but for "de", "of" and the like. */
static bool
is_all_names(const char *p, const char *end)
{
	bool starts = true;

	for (; p < end; p++) {
		size_t n = (size_t)(end - p) < 5 ? (size_t)(end - p) : 5, word = 0;

		while (starts && word < n && p[word] >= 'a' && p[word] <= 'z')
			word++;
		if (word > 3)
			return false;
		starts = *p == ' ';
	}
	return true;
}

/*
 * "LISBON, Nov. 21 (AP) - ": where a text was filed is no part of what its
 * first sentence says.  Its bytes, 0 if there is none.
 */
static size_t
dateline_size(const char *text, size_t n)
{
	const char *p = text, *end = text + (n < DATELINE_MAX ? n : DATELINE_MAX), *q;
	int capitals = 0;
	size_t dash = 0;

	while (p + capitals < end && p[capitals] >= 'A' && p[capitals] <= 'Z')
		capitals++;
	for (q = p; q < end && !(dash = dash_size(q, text + n)); q++)
		if (*q == '\n')
			return 0;
	if (!dash || q == p || (capitals < 3 && q[-1] != ')') || !is_all_names(p, q))
		return 0;
	return (size_t)(q - p) + dash;
}

static void
cut_part(struct cutting *k, const char *text, size_t n, size_t *first)
{
	const char *end = text + n;

	while (text < end && !k->arena->full) {
		split_page_read(&k->page, text, (size_t)(end - text));
		*first = cut_page(k, &k->page, *first);
		text += k->page.at[k->page.n];
		k->byte += (size_t)k->page.at[k->page.n];
		k->point += k->page.n;
	}
	if (!k->headline) {
		add_sentence(k, *first);
		*first = k->out->token_count;
	}
}

static void
cut_paragraph(struct cutting *k, const char *text, size_t n, size_t *first)
{
	size_t before = k->out->sentence_count;
	size_t filed = k->lines ? dateline_size(text, n) : 0;

	if (filed)
		cut_part(k, text, filed, first);
	cut_part(k, text + filed, n - filed, first);
	k->paragraph += k->out->sentence_count > before; /* an empty line is none */
}

/* Bytes of the paragraph that begins here, with what ends it. */
static size_t
paragraph_size(const char *text, size_t n, enum text_kind kind)
{
	const char *p = text, *end = text + n;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		if (!nl)
			return n;
		p = nl + 1;
		if (kind != TEXT_WRAPPED)
			break;
		while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		if (p < end && *p == '\n') {
			p++;
			break;
		}
	}
	return (size_t)(p - text);
}

int
parser_cut(const struct splitter *s, const char *text, size_t n, enum text_kind kind,
	   struct parsed *out, struct arena *arena, struct err *err)
{
	struct cutting k = { .splitter = s,
			     .out = out,
			     .arena = arena,
			     .text = text,
			     .headline = kind == TEXT_HEADLINE,
			     .lines = kind == TEXT_LINES };
	size_t first = out->token_count;

	if (!split_page_init(&k.page, n, arena))
		return arena_check(arena, err);
	while (k.byte < n && !arena->full) {
		size_t size = paragraph_size(text + k.byte, n - k.byte, kind);

		cut_paragraph(&k, text + k.byte, size, &first);
	}
	if (k.headline)
		add_sentence(&k, first);
	return arena_check(arena, err);
}
