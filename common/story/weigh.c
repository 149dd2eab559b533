#include "story/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"

enum { BACKGROUND = 1000 }; /* articles that the table stands for */

/* The most terms of each kind that are kept: VECTOR_MOST at most in all. */
static const int kept[TERM_KINDS] = { 50, 8, 12, 5, 6, 6 };

static uint32_t
word_of(uint32_t id)
{
	return id & ((1U << TERM_HASH_BITS) - 1);
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
	w->common[word_of(term_id(TERM_WORD, word, strlen(word)))] = (uint16_t)n;
	return 0;
}

int
weigh_init(struct weigh *w, struct undo *undo, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "stem", "per_thousand" };
	struct table t;
	int failed = 0;

	*w = (struct weigh){ .undo = undo };
	if (table_open(&t, lexicon, "frequencies.tsv", columns, 2, err))
		return -1;
	w->seen = must_alloc(sizeof(*w->seen) << TERM_BITS);
	w->common = must_alloc(sizeof(*w->common) << TERM_HASH_BITS);
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = read_row(w, &t, i, err);
	table_close(&t);
	return failed;
}

void
weigh_release(struct weigh *w)
{
	free(w->seen);
	free(w->common);
	*w = (struct weigh){ 0 };
}

struct weighed {
	uint32_t id;
	float weight;
};

static int
by_kind_and_weight(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;
	enum term_kind k = term_kind(x->id), l = term_kind(y->id);

	if (k != l)
		return k < l ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

/* A title's words are counted with the words. */
static float
rarity(const struct weigh *w, uint32_t id)
{
	enum term_kind kind = term_kind(id);
	uint32_t seen = w->seen[kind == TERM_TITLE ? word_of(id) : id];

	if (kind == TERM_WORD || kind == TERM_TITLE)
		seen += w->common[word_of(id)];
	return logf(((float)w->articles + BACKGROUND + 1) / ((float)seen + 0.5F));
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
weigh_article(const struct weigh *w, const struct terms *t, struct vector *v)
{
	struct weighed sorted[TERMS_MOST];
	double lengths[TERM_KINDS] = { 0 };
	size_t n = 0;
	int left[TERM_KINDS];

	for (size_t i = 0; i < t->count; i++) {
		float rare = rarity(w, t->items[i].id);

		if (rare > 0)
			sorted[n++] = (struct weighed){
				t->items[i].id, (1 + logf(t->items[i].weight)) * rare };
	}
	qsort(sorted, n, sizeof(*sorted), by_kind_and_weight);
	memcpy(left, kept, sizeof(left));
	v->count = 0;
	for (size_t i = 0; i < n; i++)
		if (left[term_kind(sorted[i].id)]-- > 0) {
			lengths[term_kind(sorted[i].id)] +=
			    (double)sorted[i].weight * (double)sorted[i].weight;
			sorted[v->count++] = sorted[i];
		}
	for (uint32_t i = 0; i < v->count; i++) {
		double length = sqrt(lengths[term_kind(sorted[i].id)]);
		uint32_t share = (uint32_t)(255 * (double)sorted[i].weight / length + 0.5);

		v->items[i] = sorted[i].id << 8 | share;
	}
	qsort(v->items, v->count, sizeof(*v->items), by_number);
}

static void
count(struct weigh *w, const uint32_t *items, uint32_t n, uint32_t by)
{
	undo_keep(w->undo, &w->articles, sizeof(w->articles));
	w->articles += by;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *seen = &w->seen[items[i] >> 8];

		if (term_kind(items[i] >> 8) == TERM_TITLE)
			continue;
		undo_keep(w->undo, seen, sizeof(*seen));
		*seen += by;
	}
}

void
weigh_learn(struct weigh *w, const uint32_t *items, uint32_t n)
{
	count(w, items, n, 1);
}

void
weigh_forget(struct weigh *w, const uint32_t *items, uint32_t n)
{
	count(w, items, n, (uint32_t)-1);
}
