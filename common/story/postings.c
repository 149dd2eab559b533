#include "story/postings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_ITEMS = 13, MOST_BLOCKS = 5, MOST_PROBES = 24, MOST_OF_A_KIND = 10, SEEN = 2048, RUNS_INDEXED = 8 };

struct posting_block { /* a cache line */
	uint32_t term, next, count; /* next: block + 1, older */
	uint32_t items[BLOCK_ITEMS];
};

/* How many of an article's terms are looked up, by kind: the rarest say most. */
static const int probes[TERM_KINDS] = { 10, 3, 6, 1, 2, 2 };

void
postings_init(struct postings *x, struct undo *undo, uint32_t articles)
{
	uint32_t runs = 1 << 10;

	while (runs < articles * 8)
		runs *= 2;
	*x = (struct postings){ .undo = undo,
			     .block_count = articles * 2 + 1024,
			     .run_mask = runs - 1 };
	x->blocks = must_alloc(x->block_count * sizeof(*x->blocks));
	x->heads = must_alloc(sizeof(*x->heads) << TERM_BITS);
	x->runs = must_alloc(runs * sizeof(*x->runs));
}

void
postings_release(struct postings *x)
{
	free(x->blocks);
	free(x->heads);
	free(x->runs);
}

struct probe {
	uint32_t term;
	float weight;
};

/* Of each kind those that weigh most, the first of equals. */
static size_t
choose(const struct vector *v, struct probe chosen[MOST_PROBES])
{
	uint32_t best[TERM_KINDS][MOST_OF_A_KIND];
	int count[TERM_KINDS] = { 0 };
	size_t n = 0;

	for (uint32_t i = 0; i < v->count; i++) {
		uint32_t item = v->items[i];
		enum term_kind k = term_kind(item >> 8);
		int at = count[k];

		if (at == probes[k] && (item & 255) <= (best[k][at - 1] & 255))
			continue;
		at -= at == probes[k];
		for (; at > 0 && (best[k][at - 1] & 255) < (item & 255); at--)
			best[k][at] = best[k][at - 1];
		best[k][at] = item;
		count[k] += count[k] < probes[k];
	}
	for (int k = 0; k < TERM_KINDS; k++)
		for (int i = 0; i < count[k]; i++)
			chosen[n++] = (struct probe){ best[k][i] >> 8,
						      (float)(best[k][i] & 255) / 255 };
	return n;
}

/*
 * A term's head is its only story, or its newest block + 1: most terms are
 * never seen again, and a block for each would be most of all blocks.
 */
static const uint32_t one = UINT32_C(1) << POSTINGS_BITS;

/* The newest block of the term; NULL: none, or it was taken for another. */
static struct posting_block *
block_at(const struct postings *x, uint32_t link, uint32_t term)
{
	struct posting_block *b = link && !(link & one) ? &x->blocks[link - 1] : NULL;

	return b && b->term == term && b->count ? b : NULL;
}

static struct posting_block *
new_block(struct postings *x, uint32_t term, uint32_t older)
{
	struct posting_block *b = &x->blocks[x->next];

	undo_keep(x->undo, &x->next, sizeof(x->next));
	undo_keep(x->undo, b, sizeof(*b));
	*b = (struct posting_block){ .term = term, .next = older };
	x->heads[term] = x->next + 1;
	x->next = (x->next + 1) % x->block_count;
	return b;
}

static void
push(struct postings *x, uint32_t term, uint32_t story)
{
	uint32_t head = x->heads[term];
	struct posting_block *b = block_at(x, head, term);

	for (uint32_t i = 0; b && i < b->count; i++)
		if (b->items[i] == story)
			return;
	if (head == (one | story))
		return;
	undo_keep(x->undo, &x->heads[term], sizeof(x->heads[term]));
	if (!b && !(head & one)) {
		x->heads[term] = one | story;
		return;
	}
	if (!b) {
		b = new_block(x, term, 0);
		b->items[b->count++] = head ^ one;
	} else if (b->count == BLOCK_ITEMS) {
		b = new_block(x, term, head);
	} else {
		undo_keep(x->undo, b, sizeof(*b));
	}
	b->items[b->count++] = story;
}

void
postings_add(struct postings *x, const struct vector *article, uint32_t story)
{
	struct probe chosen[MOST_PROBES];
	size_t n = choose(article, chosen);

	for (size_t i = 0; i < n; i++)
		push(x, chosen[i].term, story);
}

struct seen {
	uint32_t story; /* + 1 */
	float sum;
};

static bool
is_better(const struct seen *a, const struct seen *b)
{
	return a->sum != b->sum ? a->sum > b->sum : a->story < b->story;
}

/* Among the best so far, best first. */
static void
insert(struct seen *best, size_t *n, const struct seen *s)
{
	size_t i = *n;

	if (i == CANDIDATES && !is_better(s, &best[i - 1]))
		return;
	i -= i == CANDIDATES;
	for (; i > 0 && is_better(s, &best[i - 1]); i--)
		best[i] = best[i - 1];
	best[i] = *s;
	*n += *n < CANDIDATES;
}

static void
count(struct seen *seen, size_t *n, uint32_t story, float weight)
{
	uint32_t at = story * UINT32_C(0x9e3779b1) >> 21;

	for (; seen[at].story && seen[at].story != story + 1; at = (at + 1) % SEEN)
		;
	if (!seen[at].story) {
		if (*n == SEEN / 2)
			return;
		(*n)++;
	}
	seen[at].story = story + 1;
	seen[at].sum += weight;
}

size_t
postings_find(const struct postings *x, const struct vector *article, uint32_t stories[CANDIDATES])
{
	struct probe chosen[MOST_PROBES];
	size_t n = choose(article, chosen), found = 0, kept = 0;
	struct seen seen[SEEN] = { 0 }, best[CANDIDATES];

	for (size_t i = 0; i < n; i++) {
		uint32_t link = x->heads[chosen[i].term];

		if (link & one)
			count(seen, &found, link ^ one, chosen[i].weight);
		for (int blocks = 0; link && blocks < MOST_BLOCKS; blocks++) {
			const struct posting_block *b = block_at(x, link, chosen[i].term);

			if (!b)
				break;
			for (uint32_t j = 0; j < b->count; j++)
				count(seen, &found, b->items[j], chosen[i].weight);
			link = b->next;
		}
	}
	for (size_t i = 0; i < SEEN; i++)
		if (seen[i].story)
			insert(best, &kept, &seen[i]);
	for (size_t i = 0; i < kept; i++)
		stories[i] = best[i].story - 1;
	return kept;
}

/* ---- runs of words ---- */

void
postings_add_runs(struct postings *x, const struct sketch *s, uint32_t article)
{
	for (uint32_t i = 0; i < s->count && i < RUNS_INDEXED; i++) {
		uint64_t *at = &x->runs[s->items[i] & x->run_mask];

		undo_keep(x->undo, at, sizeof(*at));
		*at = (uint64_t)s->items[i] << 32 | (article + 1);
	}
}

size_t
postings_find_runs(const struct postings *x, const struct sketch *s, uint32_t articles[SKETCH_MOST])
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		uint64_t run = x->runs[s->items[i] & x->run_mask];
		uint32_t article = (uint32_t)run - 1;
		bool known = false;

		if (!(uint32_t)run || run >> 32 != s->items[i])
			continue;
		for (size_t j = 0; j < n; j++)
			known = known || articles[j] == article;
		if (!known)
			articles[n++] = article;
	}
	return n;
}
