/*
 * Times, as TimeML marks and values them, by the rules of lexicon/times.tsv.
 * Tokens are cut further where a hyphen, a slash or a digit's end is, so that
 * 12-14 July and 5:30PM read alike however the tokens were cut.  What is
 * found moves what the next one counts from: the day last told, the quarter
 * last told, and in a history the date of the story itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "language/time_scan.h"
#include "text/utf8.h"

struct pieces {
	struct piece *items;
	size_t count, room;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How long the piece is that begins a form: digits, one dash or slash, or what lies
 * between. */
static int
piece_length(const char *form)
{
	int n = 0;

	if (is_digit(*form)) {
		while (is_digit(form[n]) ||
		       (n && strchr(".,:", form[n]) && form[n] && is_digit(form[n + 1])))
			n++;
		return n;
	}
	if (*form == '-' || *form == '/' || *form == '\'')
		return 1;
	if (!strncmp(form, "\xe2\x80", 2) && (unsigned char)form[2] >= 0x90 &&
	    (unsigned char)form[2] <= 0x99)
		return 3; /* dashes, quotation marks */
	while (form[n] && form[n] != '-' && form[n] != '/' && !is_digit(form[n]) &&
	       strncmp(form + n, "\xe2\x80", 2) != 0)
		n++;
	return n ? n : 1;
}

static bool
is_whole(const char *form)
{
	size_t n = strcspn(form, "-/0123456789\xe2");

	return !form[n] || (!n && strspn(form, "0123456789") == strlen(form));
}

static bool
add_piece(struct reader *r, struct pieces *all, int token, int from, int to)
{
	const struct token *t = &r->d->tokens[token];
	bool whole = !from && !t->form[to];
	char norm[NORM_MAX];
	struct piece *items =
	    arena_grow(r->arena, all->items, all->count, &all->room, sizeof *items);
	struct piece *p;

	if (!items)
		return false;
	all->items = items;
	p = &items[all->count++];
	*p = (struct piece){ .token = token,
			     .from = from,
			     .to = to,
			     .norm = t->norm,
			     .word = r->word[token],
			     .capital = t->form[from] >= 'A' && t->form[from] <= 'Z',
			     .glued = from || !t->blank };
	if (!whole) {
		size_t n = fold(t->form + from, (size_t)(to - from), norm, sizeof norm);

		p->norm = arena_copy(r->arena, norm, n);
		p->word = words_find(r->words, norm, n);
	}
	if (p->norm)
		p->begins = term_begins(p);
	return p->norm != NULL;
}

static void
cut_pieces(struct reader *r, const struct sentence *sentence, struct pieces *all)
{
	all->count = 0;
	for (int i = sentence->first; i < sentence->first + sentence->count; i++) {
		const char *form = r->d->tokens[i].form;
		int at = 0, end;

		for (; form[at]; at = end) {
			end = !at && is_whole(form) ? (int)strlen(form)
						    : at + piece_length(form + at);
			if (!add_piece(r, all, i, at, end))
				return;
		}
	}
}

/* A year on its own that only tells of what kind a thing is: a 1998 interview. */
static bool
is_aside(const struct scan *s, const struct hit *h)
{
	static const char *const before[] = { "in",      "by",    "of",   "until",
					      "during",  "early", "late", "-",
					      "through", "--",    "from", "and",
					      "since",   "to",    "mid",  "throughout",
					      ",",       ":" };
	int year;

	if ((scan_is(s, h->a - 1, "-") || scan_is(s, h->a - 1, "--")) &&
	    scan_year(s, h->a - 2) && h->b == h->a + 1)
		return true; /* the end of 1861-1863: what follows begins in 1861 */
	if (scan_one_of(s, h->a - 1, before, LENGTH(before)) >= 0)
		return false;
	return h->a > 0 && h->b == h->a + 1 && (year = scan_year(s, h->a)) &&
	       year != s->base.year + 1;
}

/* In a history the last date told is what the next one counts from. */
static void
move_base(struct scan *s, const struct hit *h)
{
	if (is_aside(s, h))
		return;
	s->bc = !strncmp(h->value, "BC", 2);
	s->base = h->has_day ? h->day : s->told;
	s->bare_year = !h->has_day && strlen(h->value) < (s->bc ? 9 : 7);
}

/* What is told moves what "later" and "that month" count from. */
static void
move_told(struct scan *s, const struct hit *h)
{
	const char *value = h->value + (strncmp(h->value, "BC", 2) ? 0 : 2);
	int year = 0, month = 0;

	if (h->type == TIMEX_DURATION || h->type == TIMEX_SET ||
	    s->r->d->sentences[document_sentence(s->r->d, s->p[h->a].token)].in_headline)
		return;
	if (h->has_day) {
		s->last = s->told = h->day;
	} else if (strspn(value, "0123456789") == 4) {
		sscanf(value, "%4d-%2d", &year, &month);
		s->told = (struct date){ year, month < 1 || month > 12 ? 1 : month, 1 };
	} else {
		return;
	}
	if (s->is_history)
		move_base(s, h);
}

static struct span
span_of(const struct scan *s, const struct hit *h)
{
	const struct piece *first = &s->p[h->a], *last = &s->p[h->b - 1];
	struct document *d = s->r->d;
	const struct token *a = &d->tokens[first->token], *b = &d->tokens[last->token];
	struct span span = document_span(d, first->token, last->token, s->r->arena);
	size_t cut = strlen(b->form) - (size_t)last->to;

	if (!span.text || (!first->from && !cut))
		return span;
	span.start += (int)utf8_count(a->form, (size_t)first->from);
	span.end -= (int)utf8_count(b->form + last->to, cut);
	span.text = arena_copy(s->r->arena, span.text + first->from,
			       strlen(span.text) - (size_t)first->from - cut);
	return span;
}

static void
add_time(struct scan *s, const struct hit *h)
{
	struct document *d = s->r->d;
	struct timex *times = arena_grow(s->r->arena, d->times, d->time_count,
					 &s->r->time_room, sizeof *times);

	if (!times)
		return;
	d->times = times;
	for (int i = s->p[h->a].token; i <= s->p[h->b - 1].token; i++)
		d->tokens[i].time = (int)d->time_count;
	times[d->time_count++] =
	    (struct timex){ .span = span_of(s, h),
			    .type = h->type,
			    .value = arena_strdup(s->r->arena, h->value) };
	if (h->quarter)
		s->quarter = h->quarter;
	move_told(s, h);
}

static bool
is_old_year(const struct scan *s, const char *norm)
{
	return (*norm == '1' || *norm == '2') && strlen(norm) == 4 &&
	       strspn(norm, "0123456789") == 4 && atoi(norm) < s->base.year - 2;
}

/* Years long past and hardly a day of the week: the text tells history, not news. */
static bool
is_history(const struct reader *r, const struct scan *s)
{
	size_t old = 0, near = 0;

	for (size_t i = 0; i < r->d->token_count; i++) {
		enum time_word kind = (enum time_word)r->word[i]->time;

		if (kind == TIME_WEEKDAY || kind == TIME_SHIFT)
			near++;
		else if (is_old_year(s, r->d->tokens[i].norm))
			old++;
	}
	return old >= 6 && old > 3 * near;
}

/* 3/4/2025 is the third of April but for an American article, or one of no country. */
static bool
is_day_first(const struct article *a)
{
	const char *region = a->language ? strpbrk(a->language, "-_") : NULL;

	return region && strcasecmp(region + 1, "US") != 0;
}

static bool
may_begin(const struct piece *p)
{
	return p->word->begins_time || p->word->time || is_digit(*p->norm) ||
	       *p->norm == '\'';
}

static void
read_sentence(struct scan *s)
{
	struct hit h;

	s->free = 0;
	s->day_at = -1;
	for (int i = 0; i < s->count && !s->r->arena->full; i++) {
		if (!may_begin(&s->p[i]) || !rules_find(s, i, &h))
			continue;
		while (*h.value) {
			struct hit told = h;

			add_time(s, &h);
			s->day_at = -1;
			s->free = told.b;
			if (s->free >= s->count ||
			    !rules_at(s, RULE_TAIL, s->free, &told, &h))
				h = (struct hit){ .b = told.b };
		}
		i = h.b - 1;
		s->free = h.b;
	}
}

void
read_times(struct reader *r)
{
	struct pieces pieces = { 0 };
	struct scan s = {
		.r = r, .base = r->published, .last = r->published, .told = r->published
	};

	if (!r->dated)
		return;
	s.is_history = is_history(r, &s);
	s.day_first = is_day_first(r->d->article);
	for (size_t k = 0; k < r->d->sentence_count && !r->arena->full; k++) {
		cut_pieces(r, &r->d->sentences[k], &pieces);
		s.p = pieces.items;
		s.count = (int)pieces.count;
		read_sentence(&s);
	}
}
