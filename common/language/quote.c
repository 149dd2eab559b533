/*
 * Quotations: word for word what stands between marks, joined where only a
 * cue parts it; reported what the trees say is said.  A mixed one is both:
 * the clause, and within it the words in marks.  Who speaks is asked of the
 * cue that governs the words, else of the nearest one before or behind them,
 * else of the quotation before.
 */
#include "language/quote.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/coref.h"
#include "language/speech.h"

enum { GAP_MAX = 32, REACH = 60, DEPTH = 4, LOOK = 64, GOVERNED = 128, BESIDE = 8 };

struct said {
	int a, b, who;
	bool direct;
};

struct quoting {
	struct reader *r;
	struct document *d;
	const struct token *t;
	struct sayings s;
	struct stretches marks;
	struct said *items;
	size_t count, room;
	size_t at; /* the first saying that may govern what follows */
	int last, last_paragraph; /* who spoke before; -1 */
};

static bool
is(const struct quoting *q, int i, const char *norm)
{
	return i >= 0 && (size_t)i < q->d->token_count && !strcmp(q->t[i].norm, norm);
}

static const struct sentence *
sentence_of(const struct quoting *q, int token)
{
	return &q->d->sentences[document_sentence(q->d, token)];
}

static bool
is_sayer(const struct quoting *q, int i)
{
	return speech_is_cue(&q->s, i) || (is(q, i, "to") && is(q, i - 1, "according"));
}

static bool
has_cue(const struct quoting *q, int a, int b)
{
	for (int i = a; i < b; i++)
		if (is_sayer(q, i))
			return true;
	return false;
}

/* Whether the next stretch goes on with what this one began. */
static bool
goes_on(const struct quoting *q, const struct stretch *x, const struct stretch *y)
{
	const struct sentence *s = sentence_of(q, x->a), *e = sentence_of(q, y->a);
	int gap = y->a - x->b;

	if (s->in_headline != e->in_headline)
		return false;
	if (x->cut)
		return y->is_continued;
	if (s->paragraph != e->paragraph || gap > GAP_MAX)
		return false;
	if (gap > 3 && has_cue(q, x->b, y->a)) /* “We”, he said, “go” */
		return strchr(",.;!?", *q->t[y->a - 2].norm) &&
		       (strchr(",!?.", *q->t[x->b - 1].norm) || is(q, x->b, ",") ||
			is(q, x->b + 1, ","));
	return sentence_of(q, x->b - 1) == e && gap <= 10 && !has_cue(q, x->b, y->a);
}

/* The cue that governs the words: of several the one that governs least besides. */
static int
governing(const struct quoting *q, const struct stretch *x)
{
	const struct saying *best = NULL;
	const struct sentence *last = sentence_of(q, x->b - 1);
	int end = last->first + last->count;

	end = end < x->b + GOVERNED ? end : x->b + GOVERNED;
	for (size_t i = q->at; i < q->s.count && q->s.items[i].cue < end; i++) {
		const struct saying *s = &q->s.items[i];
		int a = s->a > x->a ? s->a : x->a, b = s->b < x->b ? s->b : x->b;
		int least = s->b - s->a < x->b - x->a ? s->b - s->a : x->b - x->a;

		if (s->speaker < 0 || (b - a) * 2 < least || q->s.in_marks[s->cue] ||
		    q->s.in_marks[s->speaker])
			continue;
		if (!best || s->b - s->a < best->b - best->a)
			best = s;
	}
	return best ? best->speaker : -1;
}

/* What "according to" or a verb of speech beside a quotation names. */
static int
named_by(const struct quoting *q, int cue)
{
	if (!is(q, cue, "to"))
		return speech_speaker(&q->s, cue);
	for (size_t i = q->at; i < q->s.count && q->s.items[i].cue < cue; i++)
		if (q->s.items[i].cue == cue - 1)
			return q->s.items[i].speaker;
	return -1;
}

/* Behind the quotation: "...," Smith said; "...," said Smith. */
static int
after_quote(const struct quoting *q, int b, int end)
{
	for (int i = b; i < end && i < b + GAP_MAX; i++) {
		int who = is_sayer(q, i) ? named_by(q, i) : -1;

		if (who >= 0 && !q->s.in_marks[who])
			return who;
	}
	return -1;
}

/* Before it: Smith said, "..."; Smith said the plan was "...". */
static int
before_quote(const struct quoting *q, int start, int a)
{
	for (int i = a - 1; i >= start && i > a - REACH; i--) {
		int who = is_sayer(q, i) ? named_by(q, i) : -1;

		if (who >= 0 && !q->s.in_marks[who])
			return who;
	}
	return -1;
}

/* A part of a sentence without a cue: "called the plan a 'gift'" has its verb's subject. */
static int
subject_around(const struct quoting *q, const struct stretch *x)
{
	const struct walk *y = &q->s.walk;
	int i = x->a, top = i;

	for (int k = 0; k < LOOK && i >= x->a && i < x->b; k++) {
		top = i;
		i = y->t[i].head;
	}
	if (walk_is(y, top, "nsubj"))
		return -1; /* the film "Home" opens */
	for (int k = 0; k < LOOK && i >= 0; k++, i = y->t[i].head) {
		int who;

		if (walk_is(y, i, "acl") && !walk_is(y, i, "acl:relcl"))
			return -1; /* a film called "Home" */
		who = strcmp(y->t[i].upos, "VERB") ? -1 : walk_subject(y, i);

		if (who >= 0 && !walk_under(y, x->a, who) && !q->s.in_marks[who])
			return who;
	}
	return -1;
}

/* “Why?” she asked: the sentence has ended for the splitter, and not for the writer. */
static bool
ends_sentence(const struct quoting *q, const struct stretch *x, const struct sentence *s)
{
	const struct sentence *last = &q->d->sentences[q->d->sentence_count - 1];

	return s < last && s[1].paragraph == s->paragraph && s[1].count > BESIDE &&
	       x->b + 1 >= s->first + s->count && strchr("?!,.", *q->t[x->b - 1].norm);
}

/* The sentence before tells of somebody: She agreed. “...” */
static int
subject_before(const struct quoting *q, const struct sentence *s)
{
	int who = -1;

	if (s == q->d->sentences || s[-1].paragraph != s->paragraph || s[-1].in_headline)
		return -1;
	for (int i = s[-1].first; i < s->first && who < 0; i++)
		if (q->t[i].head < 0)
			who = walk_subject(&q->s.walk, i);
	if (who < 0 || q->s.in_marks[who])
		return -1;
	if (q->t[who].entity >= 0 ? q->d->entities[q->t[who].entity].type == ENTITY_PER
				  : !strcmp(q->t[who].upos, "PRON"))
		return who;
	return -1;
}

static int
find_speaker(const struct quoting *q, const struct stretch *x, int first_b, int last_a)
{
	const struct sentence *begin = sentence_of(q, x->a),
			      *end = sentence_of(q, x->b - 1);
	bool is_whole = x->a - 1 <= begin->first + 1;
	int who = governing(q, x);

	if (who < 0 && first_b < x->b) /* broken by its cue */
		who = after_quote(q, first_b, last_a);
	if (who < 0 && !is_whole)
		who = before_quote(q, begin->first, x->a - 1);
	if (who < 0)
		who = after_quote(q, x->b, end->first + end->count);
	if (who < 0 && ends_sentence(q, x, end))
		who = after_quote(q, end[1].first, end[1].first + BESIDE);
	/* Smith went on: [paragraph] "..." */
	if (who < 0 && is_whole && begin > q->d->sentences && !begin[-1].in_headline &&
	    is(q, begin->first - 1, ":"))
		who = before_quote(q, begin[-1].first, begin->first);
	if (who < 0 && x->a > 3 && is(q, x->a - 2, ":") && q->t[x->a - 3].entity >= 0)
		who = x->a - 3; /* Smith: "..." */
	if (who < 0 && !is_whole)
		who = subject_around(q, x);
	return who;
}

static void
add(struct quoting *q, int a, int b, int who, bool direct)
{
	struct said *items =
	    arena_grow(q->r->arena, q->items, q->count, &q->room, sizeof *items);

	if (!items)
		return;
	q->items = items;
	items[q->count++] = (struct said){ a, b, who, direct };
}

/* One quotation: stretches [from, to) of the list. */
static void
take(struct quoting *q, size_t from, size_t to)
{
	const struct stretch *m = q->marks.items;
	struct stretch x = { m[from].a, m[to - 1].b, false, false };
	const struct sentence *begin = sentence_of(q, x.a);
	bool is_whole = x.a - 1 <= begin->first + 1;
	int who;

	while (q->at < q->s.count && (q->s.items[q->at].cue < begin->first ||
				      q->s.items[q->at].cue < x.a - GOVERNED))
		q->at++;
	who = find_speaker(q, &x, m[from].b, m[to - 1].a - 1);
	if (who < 0 && is_whole)
		who = subject_before(q, begin);
	if (who < 0 && is_whole && q->last >= 0 &&
	    begin->paragraph - q->last_paragraph <= 1)
		who = q->last;
	add(q, x.a, x.b, who, true);
	if (who >= 0 && is_whole) {
		q->last = who;
		q->last_paragraph = sentence_of(q, x.b - 1)->paragraph;
	}
}

/* How many of the tokens [a, b) stand in marks. */
static int
marked(const struct quoting *q, int a, int b)
{
	size_t low = 0, high = q->marks.count;
	int n = 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (q->marks.items[middle].b <= a)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < q->marks.count && q->marks.items[low].a < b; low++) {
		int from = q->marks.items[low].a, to = q->marks.items[low].b;

		n += (to < b ? to : b) - (from > a ? from : a);
	}
	return n;
}

static bool
opens_with_dash(const struct quoting *q, const struct saying *s)
{
	const struct sentence *first = sentence_of(q, s->a);

	return s->a == first->first + 1 && s->cue > s->a && !first->in_headline &&
	       (first == q->d->sentences || first[-1].in_headline ||
		first[-1].paragraph != first->paragraph) &&
	       (is(q, s->a - 1, "-") || is(q, s->a - 1, "--"));
}

/* What is reported: not what stands in marks as a whole, nor what a quoted man reports. */
static void
take_reported(struct quoting *q)
{
	for (size_t i = 0; i < q->s.count; i++) {
		const struct saying *s = &q->s.items[i];
		int in_marks = marked(q, s->a, s->b);

		/* "We go," said X, "today": X's words are quoted already */
		if (in_marks && s->cue >= s->a && s->cue < s->b)
			continue;
		if (!marked(q, s->cue, s->cue + 1) &&
		    (!in_marks || in_marks + 3 < s->b - s->a))
			add(q, s->a, s->b, s->speaker, opens_with_dash(q, s));
	}
}

/* The outer one before the inner one, which its tokens then belong to. */
static int
by_place(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b != y->b ? y->b - x->b : x->direct - y->direct;
}

/* A name within the words round it: Mayor [Ana Lima], the [Kyodo] news agency. */
static int
name_of(const struct quoting *q, int who)
{
	const struct walk *x = &q->s.walk;

	if (q->t[who].entity >= 0)
		return who;
	for (int c = x->child[who]; c >= 0; c = x->next[c]) {
		int e = q->t[c].entity;

		if (e >= 0 && q->d->entities[e].type == ENTITY_PER &&
		    (walk_is(x, c, "flat") || walk_is(x, c, "appos") ||
		     walk_is(x, c, "compound") || walk_is(x, c, "nmod:desc")))
			return c;
		if (e >= 0 && q->d->entities[e].type == ENTITY_ORG &&
		    walk_is(x, c, "compound") && q->r->word[who]->classes & WORD_BODY)
			return c;
	}
	return who;
}

static bool
ends_words(const struct quoting *q, int i, int who)
{
	static const char *const marks[] = { ",", ":", ";", "--", "(", "\"", "''", "-" };

	for (size_t k = 0; k < LENGTH(marks); k++)
		if (is(q, i, marks[k]))
			return strcmp(marks[k], "-") || q->t[i].blank;
	return i > who && walk_is(&q->s.walk, i, "parataxis");
}

/* The words of who speaks, without what commas part off: tokens [first, last]. */
static void
words_of(const struct quoting *q, int who, int *first, int *last)
{
	const struct walk *x = &q->s.walk;
	int entity = q->t[who].entity, low = x->left[who], high = x->right[who];

	*first = *last = who;
	if (entity >= 0) {
		while (*first > x->begin[who] && q->t[*first - 1].entity == entity)
			--*first;
		while (*last + 1 < x->end[who] && q->t[*last + 1].entity == entity)
			++*last;
		return;
	}
	while (*first > low && !ends_words(q, *first - 1, who))
		--*first;
	while (*last < high && !ends_words(q, *last + 1, who))
		++*last;
	while (*first < who && (walk_is(x, *first, "case") || walk_is(x, *first, "cc") ||
				walk_is(x, *first, "fixed") || walk_is(x, *first, "mark")))
		++*first;
	while (*last > who && (walk_is(x, *last, "case") || is(q, *last, ".")))
		--*last;
}

static const struct actor *
actor_of(const struct quoting *q, int who)
{
	int first, last, name, entity;
	struct actor *a = who < 0 ? NULL : arena_calloc(q->r->arena, sizeof *a);

	if (!a)
		return NULL;
	name = name_of(q, who);
	words_of(q, name, &first, &last);
	a->span = document_span(q->d, first, last, q->r->arena);
	entity = q->t[name].entity;
	if (entity < 0 && q->t[name].refers >= 0)
		entity = q->t[q->t[name].refers].entity;
	for (int i = first; i <= last && entity < 0; i++)
		if (q->t[i].entity >= 0 && !a->country)
			a->country = q->d->entities[q->t[i].entity].country;
	if (entity >= 0) {
		const struct entity *e = &q->d->entities[entity];

		a->name = e->name;
		a->country = e->country;
		a->id = e->id;
		a->sectors = q->d->known[entity].sectors;
	}
	return a;
}

static void
write_quotes(struct quoting *q)
{
	struct document *d = q->d;
	int open[DEPTH], depth = 0;

	d->quotes = arena_alloc(q->r->arena, q->count * sizeof *d->quotes + 1);
	for (size_t i = 0; d->quotes && i < q->count; i++) {
		const struct said *s = &q->items[i];

		while (depth && open[depth - 1] <= s->a)
			depth--;
		if (depth == DEPTH) /* who says that who says: the text of each is a copy */
			continue;
		open[depth++] = s->b;
		for (int k = s->a; k < s->b; k++)
			d->tokens[k].quote = (int)d->quote_count;
		d->quotes[d->quote_count++] =
		    (struct quote){ .span = document_span(d, s->a, s->b - 1, q->r->arena),
				    .speaker = actor_of(q, s->who),
				    .direct = s->direct };
	}
}

void
read_quotes(struct reader *r)
{
	struct quoting q = { .r = r, .d = r->d, .t = r->d->tokens, .last = -1,
			     .s = { .r = r } };
	const struct document *d = r->d;

	if (!walk_read(&q.s.walk, d->tokens, d->token_count, d->sentences,
			 d->sentence_count, r->arena))
		return;
	quote_marks(r, &q.marks);
	q.s.in_marks = arena_calloc(r->arena, d->token_count + 1);
	if (!q.s.in_marks)
		return;
	for (size_t i = 0; i < q.marks.count; i++)
		memset(q.s.in_marks + q.marks.items[i].a, true,
		       (size_t)(q.marks.items[i].b - q.marks.items[i].a));
	sayings_find(&q.s);
	coref_read(r, &q.s.walk, &q.marks);
	for (size_t i = 0, to; i < q.marks.count && !r->arena->full; i = to) {
		const struct stretch *m = q.marks.items;

		for (to = i + 1; to < q.marks.count && goes_on(&q, &m[to - 1], &m[to]);)
			to++;
		take(&q, i, to);
	}
	take_reported(&q);
	if (q.count && !r->arena->full)
		qsort(q.items, q.count, sizeof *q.items, by_place);
	write_quotes(&q);
}
