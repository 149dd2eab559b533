/*
 * The quotation marks of the world's wires, paired.  The trap is that most of
 * them also close, or are apostrophes, or inches: blanks beside them tell.
 */
#include "language/quote.h"

#include <string.h>

#include "base/mem.h"

enum { WORDS_MAX = 400, SINGLE_MAX = 60 };

struct mark {
	const char *open, *close[4];
	bool is_either; /* the same mark closes elsewhere: a blank or a bracket before it */
	bool is_single; /* or an apostrophe */
};

static const struct mark marks[] = {
	{ "\u201c", { "\u201d", "\"" }, false, false },
	{ "\u201e", { "\u201c", "\u201d", "\"" }, false, false },
	{ "\u201f", { "\u201d", "\"" }, false, false },
	{ "\u00ab", { "\u00bb" }, false, false },
	{ "\u2039", { "\u203a" }, false, false },
	{ "\u300c", { "\u300d" }, false, false },
	{ "\u300e", { "\u300f" }, false, false },
	{ "\u300a", { "\u300b" }, false, false },
	{ "\u00bb", { "\u00ab", "\u00bb" }, true, false },
	{ "\u203a", { "\u2039" }, true, false },
	{ "\"", { "\"", "\u201d" }, true, false },
	{ "\uff02", { "\uff02" }, true, false },
	{ "``", { "''", "\"" }, false, false },
	{ "''", { "''", "\"" }, true, false },
	{ "\u201d", { "\u201d" }, true, false },
	{ "\u201a", { "\u2018", "\u2019" }, true, true },
	{ "\u2018", { "\u2019", "'" }, true, true },
	{ "\u2019", { "\u2019" }, true, true },
	{ "`", { "'", "\u2019" }, true, true },
	{ "'", { "'", "\u2019" }, true, true },
};

struct pairing {
	struct reader *r;
	const struct token *t;
	struct stretches *out;
	const struct mark *carry; /* open at the end of the paragraph before */
};

static bool
is_form(const struct pairing *p, int i, const char *form)
{
	return !strcmp(p->t[i].form, form);
}

static bool
may_open_after(const struct pairing *p, int i)
{
	static const char *const before[] = { "(", "[", "-", "\u2013", "\u2014", "--",
					      "\u201c", "\"", "\u2018", "/" };

	for (size_t k = 0; k < LENGTH(before); k++)
		if (is_form(p, i, before[k]))
			return true;
	return false;
}

static const struct mark *
opens(const struct pairing *p, int i, int start, int end)
{
	for (size_t k = 0; k < LENGTH(marks); k++) {
		const struct mark *m = &marks[k];

		if (!is_form(p, i, m->open))
			continue;
		if (m->is_either && i > start && !p->t[i].blank &&
		    !may_open_after(p, i - 1))
			return NULL;
		if (i + 1 >= end || (m->is_single && p->t[i + 1].blank))
			return NULL;
		return m;
	}
	return NULL;
}

/* 'closed' closes; the s' of the workers' pay does not. */
static bool
closes_single(const struct pairing *p, int i, int end)
{
	size_t n = strlen(p->t[i - 1].norm);

	if (p->t[i].blank)
		return false;
	if (i + 1 == end || !p->t[i + 1].blank)
		return true;
	return !n || p->t[i - 1].norm[n - 1] != 's' ||
	       !(p->t[i].xpos && !strcmp(p->t[i].xpos, "POS"));
}

static bool
closes(const struct pairing *p, const struct mark *m, int i, int end)
{
	for (size_t k = 0; m->close[k]; k++) {
		if (!is_form(p, i, m->close[k]))
			continue;
		if (m->is_single)
			return closes_single(p, i, end);
		return strcmp(m->open, m->close[k]) || !p->t[i].blank || i + 1 == end ||
		       p->t[i + 1].blank;
	}
	return false;
}

static bool
has_word(const struct pairing *p, int a, int b)
{
	for (int i = a; i < b; i++)
		for (const char *c = p->t[i].norm; *c; c++)
			if ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
			    ((unsigned char)*c >= 0xc3 && (unsigned char)*c != 0xe2))
				return true;
	return false;
}

static void
add(struct pairing *p, struct stretch s)
{
	struct stretches *out = p->out;
	struct stretch *items;

	if (!has_word(p, s.a, s.b) || (s.b - s.a == 1 && !strcmp(p->t[s.a].norm, "n")))
		return; /* rock 'n' roll */
	items = arena_grow(p->r->arena, out->items, out->count, &out->room, sizeof *items);
	if (!items)
		return;
	out->items = items;
	items[out->count++] = s;
}

/* A new paragraph of the same words opens again, by the mark that opened or one that closes. */
static const struct mark *
reopens(const struct pairing *p, int start, int end)
{
	const struct mark *m = p->carry;

	if (!m || start + 1 >= end)
		return NULL;
	if (is_form(p, start, m->open))
		return m;
	for (size_t k = 0; m->close[k]; k++)
		if (is_form(p, start, m->close[k]))
			return m;
	return NULL;
}

/* The stretches of one paragraph, tokens [start, end). */
static void
pair(struct pairing *p, int start, int end)
{
	const struct mark *m = reopens(p, start, end);
	int from = start + 1, i = m ? from : start;
	bool is_continued = m != NULL;

	for (; i < end; i++) {
		if (!m) {
			m = opens(p, i, start, end);
			from = i + 1;
		} else if (closes(p, m, i, end)) {
			add(p, (struct stretch){ from, i, false, is_continued });
			m = NULL;
			is_continued = false;
		} else if (i - from > (m->is_single ? SINGLE_MAX : WORDS_MAX)) {
			m = NULL;
			is_continued = false;
			i = from;
		}
	}
	p->carry = m && !m->is_single ? m : NULL;
	if (p->carry)
		add(p, (struct stretch){ from, end, true, is_continued });
}

void
quote_marks(struct reader *r, struct stretches *s)
{
	const struct document *d = r->d;
	struct pairing p = { .r = r, .t = d->tokens, .out = s };

	*s = (struct stretches){ 0 };
	for (size_t i = 0; i < d->sentence_count && !r->arena->full;) {
		const struct sentence *first = &d->sentences[i];
		int end = first->first;

		for (; i < d->sentence_count &&
		       d->sentences[i].paragraph == first->paragraph &&
		       d->sentences[i].in_headline == first->in_headline;
		     i++)
			end = d->sentences[i].first + d->sentences[i].count;
		pair(&p, first->first, end);
		if (first->in_headline)
			p.carry = NULL;
	}
}
