#include "story/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"

enum { BACKGROUND = 1000 }; /* articles that the table stands for */

enum { KEPT_MOST = 50 };

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

/* The weights of a kind that are kept, the heaviest first. */
struct heaviest {
	float weights[KEPT_MOST];
	int count;
};

static void
insert(struct heaviest *h, int most, float weight)
{
	int i = h->count;

	if (i == most && weight <= h->weights[i - 1])
		return;
	i -= i == most;
	for (; i > 0 && h->weights[i - 1] < weight; i--)
		h->weights[i] = h->weights[i - 1];
	h->weights[i] = weight;
	h->count += h->count < most;
}

/* Lengths are of what is kept; gives how many as heavy as the lightest are among them. */
static int
close_kind(struct heaviest *h, double *length)
{
	double sum = 0;
	int ties = 0;

	for (int i = 0; i < h->count; i++) {
		sum += (double)h->weights[i] * (double)h->weights[i];
		ties += h->weights[i] == h->weights[h->count - 1];
	}
	*length = sqrt(sum);
	return ties;
}

void
weigh_article(const struct weigh *w, const struct terms *t, struct vector *v)
{
	struct heaviest best[TERM_KINDS] = { 0 };
	float weights[TERMS_MOST];
	double lengths[TERM_KINDS];
	int ties[TERM_KINDS];

	for (size_t i = 0; i < t->count; i++) {
		enum term_kind k = term_kind(t->items[i].id);
		float rare = rarity(w, t->items[i].id);

		weights[i] = (1 + logf(t->items[i].weight)) * rare;
		if (rare > 0)
			insert(&best[k], kept[k], weights[i]);
	}
	for (int k = 0; k < TERM_KINDS; k++)
		ties[k] = close_kind(&best[k], &lengths[k]);
	v->count = 0;
	for (size_t i = 0; i < t->count; i++) { /* by id, as they come */
		enum term_kind k = term_kind(t->items[i].id);
		const struct heaviest *h = &best[k];
		float least = h->count ? h->weights[h->count - 1] : 0;

		if (!h->count || weights[i] < least || weights[i] <= 0 ||
		    (weights[i] == least && ties[k]-- <= 0))
			continue;
		v->items[v->count++] = t->items[i].id << 8 |
				       (uint32_t)(255 * (double)weights[i] / lengths[k] + 0.5);
	}
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
