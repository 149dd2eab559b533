#include "story/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"

enum { MOST_ARTICLES = 2000000 };

/* The most terms of each kind that are kept. */
static const int kept[TERM_KINDS] = { 24, 8, 10, 5, 6, 7 };

static uint32_t
place(uint32_t id)
{
	return term_kind(id) == TERM_TITLE
		   ? (uint32_t)TERM_WORD << TERM_HASH_BITS | (id & ((1U << TERM_HASH_BITS) - 1))
		   : id;
}

/* A row says in how many of a thousand articles a stem stands. */
static int
read_row(struct weigh *w, const struct table *t, size_t row, struct err *err)
{
	const char *word = table_cell(t, row, 0), *text = table_cell(t, row, 1);
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 1 || n > 1000)
		return table_bad(t, row, 1, err, "\"%s\" is no number from 1 to 1000", text);
	w->seen[term_id(TERM_WORD, word, strlen(word))] = (uint32_t)n;
	return 0;
}

int
weigh_init(struct weigh *w, struct undo *undo, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "stem", "per_thousand" };
	struct table t;
	int failed = 0;

	*w = (struct weigh){ .undo = undo, .articles = 1000 };
	w->seen = must_alloc(sizeof(*w->seen) << TERM_BITS);
	if (table_open(&t, lexicon, "frequencies.tsv", columns, 2, err))
		return -1;
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = read_row(w, &t, i, err);
	table_close(&t);
	return failed;
}

void
weigh_release(struct weigh *w)
{
	free(w->seen);
}

static int
by_kind_and_weight(const void *a, const void *b)
{
	const struct term *x = a, *y = b;
	enum term_kind k = term_kind(x->id), l = term_kind(y->id);

	if (k != l)
		return k < l ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

static int
by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct term *)a)->id, y = ((const struct term *)b)->id;

	return (x > y) - (x < y);
}

void
weigh_article(const struct weigh *w, const struct terms *t, struct vector *v)
{
	struct term sorted[2048];
	size_t n = t->count < LENGTH(sorted) ? t->count : LENGTH(sorted);
	int left[TERM_KINDS];

	for (size_t i = 0; i < n; i++) {
		sorted[i] = t->items[i];
		sorted[i].weight = (1 + logf(sorted[i].weight)) *
				   logf(((float)w->articles + 1) /
					((float)w->seen[place(sorted[i].id)] + 0.5F));
	}
	qsort(sorted, n, sizeof(*sorted), by_kind_and_weight);
	memcpy(left, kept, sizeof(left));
	v->count = 0;
	for (size_t i = 0; i < n; i++)
		if (sorted[i].weight > 0 && left[term_kind(sorted[i].id)]-- > 0)
			v->items[v->count++] = sorted[i];
	qsort(v->items, v->count, sizeof(*v->items), by_id);
	vector_norms(v);
	for (size_t i = 0; i < v->count; i++)
		v->items[i].weight /= v->norms[term_kind(v->items[i].id)];
	vector_norms(v);
}

void
weigh_learn(struct weigh *w, const struct terms *t)
{
	undo_keep(w->undo, &w->articles, sizeof(w->articles));
	w->articles++;
	for (size_t i = 0; i < t->count; i++) {
		uint32_t *seen = &w->seen[t->items[i].id];

		if (term_kind(t->items[i].id) == TERM_TITLE)
			continue;
		undo_keep(w->undo, seen, sizeof(*seen));
		(*seen)++;
	}
}

void
weigh_age(struct weigh *w)
{
	if (w->articles < MOST_ARTICLES)
		return;
	w->articles /= 2;
	for (size_t i = 0; i < (size_t)1 << TERM_BITS; i++)
		w->seen[i] /= 2;
}
