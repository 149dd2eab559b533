/*
 * NEAR walks: of each item, the spans within reach of some span of the item
 * before are kept, and go on to the next.  Both lists rise, so a step costs
 * their length, however often an article says one word.
 */
#include "alert/query.h"

struct span_list {
	struct word_span {
		int first, last;
	} * at;
	size_t count, room;
};

static bool
add_span(struct span_list *l, int first, int last, struct arena *arena)
{
	struct word_span *at =
	    arena_grow(arena, l->at, l->count, &l->room, sizeof(*l->at));

	if (!at)
		return false;
	l->at = at;
	l->at[l->count++] = (struct word_span){ first, last };
	return true;
}

static bool
stands_at(const struct places *p, int at, size_t *from)
{
	while (*from < p->count && p->at[*from] < at)
		++*from;
	return *from < p->count && p->at[*from] == at;
}

/* The next place of the phrase, at or behind *next of its first word. */
static bool
find_phrase(const struct query *q, const struct scan *s, size_t *next, int *first)
{
	const struct places *head = &s->places[q->terms[0]];

	for (; *next < head->count; ++*next) {
		size_t i = 1;

		for (; i < q->count; i++) {
			const struct places *p = &s->places[q->terms[i]];
			int want = head->at[*next] + (int)i;
			size_t low = 0, high = p->count;

			while (low < high) {
				size_t middle = (low + high) / 2;

				if (p->at[middle] < want)
					low = middle + 1;
				else
					high = middle;
			}
			if (!stands_at(p, want, &low))
				break;
		}
		if (i == q->count) {
			*first = head->at[(*next)++];
			return true;
		}
	}
	return false;
}

/* Of an OR the spans of its items, merged: each list rises, so does the sum. */
static bool
find_spans(const struct query *q, const struct scan *s, struct span_list *out,
	   struct arena *arena)
{
	size_t next = 0;
	int first;

	if (q->kind == QUERY_PHRASE) {
		while (find_phrase(q, s, &next, &first))
			if (!add_span(out, first, first + (int)q->count - 1, arena))
				return false;
		return true;
	}
	for (const struct query *i = q->items; i; i = i->next) {
		struct span_list one = { 0 }, both = { 0 };
		size_t a = 0, b = 0;

		if (!find_spans(i, s, &one, arena))
			return false;
		while (a < out->count || b < one.count) {
			bool is_old =
			    b == one.count ||
			    (a < out->count && out->at[a].first <= one.at[b].first);
			struct word_span x = is_old ? out->at[a++] : one.at[b++];

			if (!add_span(&both, x.first, x.last, arena))
				return false;
		}
		*out = both;
	}
	return true;
}

/* Words between two spans, and one; 0 or less: they overlap. */
static int
distance(const struct word_span *a, const struct word_span *b)
{
	return a->first <= b->first ? b->first - a->last : a->first - b->last;
}

/*
 * Spans differ in length, so their ends need not rise as their beginnings do:
 * `reach` is the longest, and bounds how far back one may still be near.
 */
static void
keep_near(struct span_list *kept, const struct span_list *before, int within)
{
	size_t low = 0, count = 0;
	int reach = 0;

	for (size_t i = 0; i < before->count; i++)
		if (before->at[i].last - before->at[i].first > reach)
			reach = before->at[i].last - before->at[i].first;
	for (size_t i = 0; i < kept->count; i++) {
		const struct word_span *x = &kept->at[i];
		bool is_near = false;

		while (low < before->count &&
		       before->at[low].first + reach + within < x->first)
			low++;
		for (size_t k = low; k < before->count && !is_near &&
				     before->at[k].first <= x->last + within;
		     k++) {
			int d = distance(&before->at[k], x);

			is_near = d > 0 && d <= within;
		}
		if (is_near)
			kept->at[count++] = *x;
	}
	kept->count = count;
}

static bool
near_holds(const struct query *q, const struct scan *s, struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	struct span_list before = { 0 };
	bool is_first = true, holds = true;

	for (const struct query *i = q->items; i && holds; i = i->next) {
		struct span_list here = { 0 };

		holds = find_spans(i, s, &here, arena);
		if (!is_first)
			keep_near(&here, &before, i->within);
		holds = holds && here.count;
		before = here;
		is_first = false;
	}
	arena_rewind(arena, mark);
	return holds;
}

bool
query_holds(const struct query *q, const struct scan *s, struct arena *arena)
{
	size_t next = 0;
	int first;

	switch (q->kind) {
	case QUERY_PHRASE:
		return find_phrase(q, s, &next, &first);
	case QUERY_NEAR:
		return near_holds(q, s, arena);
	case QUERY_NOT:
		return !query_holds(q->items, s, arena);
	case QUERY_AND:
		for (const struct query *i = q->items; i; i = i->next)
			if (!query_holds(i, s, arena))
				return false;
		return true;
	case QUERY_OR:
		for (const struct query *i = q->items; i; i = i->next)
			if (query_holds(i, s, arena))
				return true;
		return false;
	}
	return false;
}

static bool
is_among(int term, const int *terms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (terms[i] == term)
			return true;
	return false;
}

static size_t
lightest(const struct query *q, const struct terms *t, int but, int *terms, size_t room)
{
	size_t best = 0, n;
	long least = 0, weight;
	int other[QUERY_NEEDS];

	for (const struct query *i = q->items; i; i = i->next) {
		n = query_needs(i, t, other, room < QUERY_NEEDS ? room : QUERY_NEEDS);
		weight = 0;
		for (size_t k = 0; k < n; k++)
			weight += term_weight(t, other[k]);
		if (!n || (best && weight >= least) || is_among(but, other, n))
			continue;
		least = weight;
		for (best = 0; best < n; best++)
			terms[best] = other[best];
	}
	return best;
}

size_t
query_needs(const struct query *q, const struct terms *t, int *terms, size_t room)
{
	size_t n = 0, more;

	switch (q->kind) {
	case QUERY_PHRASE:
		if (!room)
			return 0;
		terms[0] = q->terms[0];
		for (size_t i = 1; i < q->count; i++)
			if (term_weight(t, q->terms[i]) < term_weight(t, terms[0]))
				terms[0] = q->terms[i];
		return 1;
	case QUERY_NEAR:
	case QUERY_AND:
		return lightest(q, t, -1, terms, room);
	case QUERY_OR:
		for (const struct query *i = q->items; i; i = i->next, n += more) {
			more = query_needs(i, t, terms + n, room - n);
			if (!more)
				return 0;
		}
		return n;
	case QUERY_NOT:
		return 0;
	}
	return 0;
}

size_t
query_needs_too(const struct query *q, const struct terms *t, int but, int *terms,
		size_t room)
{
	if (q->kind != QUERY_AND && q->kind != QUERY_NEAR)
		return 0;
	return lightest(q, t, but, terms, room);
}
