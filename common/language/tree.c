/*
 * The best head of each word is nearly always a tree at once.  Where it is
 * none, the best tree without crossing arcs is looked for (Eisner 1996), in
 * n cubed steps; a piece has at most NET_WORDS words, so that is bounded.
 * Ties go to the head that comes first.
 */
#include "language/tree.h"

#include <stddef.h>
#include <string.h>

static bool
is_tree(const int *head, int places)
{
	int roots = 0;

	for (int w = 1; w < places; w++) {
		int at = w, steps = 0;

		roots += head[w] == 0;
		while (at != 0 && ++steps <= places)
			at = head[at];
		if (at != 0)
			return false;
	}
	return roots == 1;
}

bool
tree_is_flat(const int *head, int places)
{
	for (int w = 1; w < places; w++) {
		int low = head[w] < w ? head[w] : w, high = head[w] < w ? w : head[w];

		for (int k = low + 1; k < high; k++)
			if (head[k] < low || head[k] > high)
				return false;
	}
	return true;
}

static int
best_head(const int32_t *score, int from, int to, int but_from, int but_to)
{
	int best = -1;

	for (int h = from; h <= to; h++)
		if ((h < but_from || h > but_to) && (best < 0 || score[h] > score[best]))
			best = h;
	return best;
}

/* The word that gains most by a head outside gets one; all others get theirs inside. */
static void
tie(int32_t *score, int width, int places, const struct tied *s)
{
	int top = -1;
	int64_t gain = 0;

	for (int w = s->first; w <= s->last; w++) {
		const int32_t *row = score + (ptrdiff_t)w * width;
		int out = best_head(row, 0, places - 1, s->first, s->last);
		int in = best_head(row, s->first, s->last, w, w);
		int64_t g = (int64_t)row[out] - row[in];

		if (top < 0 || g > gain) {
			top = w;
			gain = g;
		}
	}
	for (int w = s->first; w <= s->last; w++)
		for (int h = 0; h < places; h++)
			if ((h >= s->first && h <= s->last) == (w == top))
				score[(ptrdiff_t)w * width + h] = TREE_NEVER;
}

static bool
spans_cross(const struct tied *a, const struct tied *b)
{
	return (a->first < b->first && b->first <= a->last && a->last < b->last) ||
	       (b->first < a->first && a->first <= b->last && b->last < a->last);
}

/* Larger spans first: what they forbid stays forbidden within. */
static void
tie_all(int32_t *score, int width, int places, const struct tied *spans, int count)
{
	for (int size = places - 1; size >= 2; size--)
		for (int i = 0; i < count; i++) {
			const struct tied *s = &spans[i];
			bool bad = s->first < 1 || s->last >= places;

			if (s->last - s->first + 1 != size)
				continue;
			for (int k = 0; k < count && !bad; k++)
				bad = spans_cross(s, &spans[k]);
			if (!bad && size < places - 1)
				tie(score, width, places, s);
		}
}

/* Sums over stretches of words [i, j], complete and waiting for an arc, head left or
 * right. */
struct chart {
	int n;
	int64_t *whole[2], *open[2]; /* [i * n + j]; [1]: the head is j */
	unsigned char *whole_at[2], *open_at;
};

static bool
chart_init(struct chart *c, int n, struct arena *arena)
{
	size_t cells = (size_t)n * (size_t)n;

	c->n = n;
	for (int d = 0; d < 2; d++) {
		c->whole[d] = arena_calloc(arena, cells * sizeof *c->whole[d]);
		c->open[d] = arena_calloc(arena, cells * sizeof *c->open[d]);
		c->whole_at[d] = arena_calloc(arena, cells);
	}
	c->open_at = arena_calloc(arena, cells);
	return !arena->full;
}

static void
chart_step(struct chart *c, const int32_t *score, int width, int i, int j)
{
	int n = c->n, at = 0;
	int64_t best = INT64_MIN;

	for (int k = i; k < j; k++) {
		int64_t s = c->whole[0][i * n + k] + c->whole[1][(k + 1) * n + j];

		if (s > best) {
			best = s;
			at = k;
		}
	}
	c->open_at[i * n + j] = (unsigned char)at;
	c->open[0][i * n + j] = best + score[(ptrdiff_t)j * width + i];
	c->open[1][i * n + j] = best + score[(ptrdiff_t)i * width + j];
	best = INT64_MIN;
	for (int k = i + 1; k <= j; k++) {
		int64_t s = c->open[0][i * n + k] + c->whole[0][k * n + j];

		if (s > best) {
			best = s;
			at = k;
		}
	}
	c->whole[0][i * n + j] = best;
	c->whole_at[0][i * n + j] = (unsigned char)at;
	best = INT64_MIN;
	for (int k = i; k < j; k++) {
		int64_t s = c->whole[1][i * n + k] + c->open[1][k * n + j];

		if (s > best) {
			best = s;
			at = k;
		}
	}
	c->whole[1][i * n + j] = best;
	c->whole_at[1][i * n + j] = (unsigned char)at;
}

/* Not by recursion: a chain of words would be as deep as the piece is long. */
struct stretch {
	unsigned char i, j, right, open;
};

static void
chart_read(const struct chart *c, int root, int *head, struct stretch *stack)
{
	int n = c->n, depth = 0;

	stack[depth++] = (struct stretch){ 1, (unsigned char)root, 1, 0 };
	stack[depth++] =
	    (struct stretch){ (unsigned char)root, (unsigned char)(n - 1), 0, 0 };
	head[root] = 0;
	while (depth > 0) {
		struct stretch s = stack[--depth];
		unsigned char k;

		if (s.i == s.j)
			continue;
		if (s.open) {
			k = c->open_at[s.i * n + s.j];
			if (s.right)
				head[s.i] = s.j;
			else
				head[s.j] = s.i;
			stack[depth++] = (struct stretch){ s.i, k, 0, 0 };
			stack[depth++] =
			    (struct stretch){ (unsigned char)(k + 1), s.j, 1, 0 };
			continue;
		}
		k = c->whole_at[s.right][s.i * n + s.j];
		if (s.right) {
			stack[depth++] = (struct stretch){ s.i, k, 1, 0 };
			stack[depth++] = (struct stretch){ k, s.j, 1, 1 };
		} else {
			stack[depth++] = (struct stretch){ s.i, k, 0, 1 };
			stack[depth++] = (struct stretch){ k, s.j, 0, 0 };
		}
	}
}

static bool
best_flat_tree(const int32_t *score, int width, int places, int *head,
	       struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	struct stretch *stack = arena_alloc(arena, 4 * (size_t)places * sizeof *stack);
	struct chart c;
	int64_t best = INT64_MIN;
	int root = 1;

	if (!chart_init(&c, places, arena))
		return false;
	for (int size = 1; size < places - 1; size++)
		for (int i = 1; i + size < places; i++)
			chart_step(&c, score, width, i, i + size);
	for (int r = 1; r < places; r++) {
		int64_t s = c.whole[1][places + r] + c.whole[0][r * places + places - 1] +
			    score[(ptrdiff_t)r * width];

		if (s > best) {
			best = s;
			root = r;
		}
	}
	chart_read(&c, root, head, stack);
	arena_rewind(arena, mark);
	return true;
}

bool
tree_of_scores(int32_t *score, int width, int places, const struct tied *spans,
	       int span_count, int *head, struct arena *arena)
{
	for (int w = 1; w < places; w++)
		score[(ptrdiff_t)w * width + w] = TREE_NEVER;
	tie_all(score, width, places, spans, span_count);
	for (int w = 1; w < places; w++)
		head[w] = best_head(score + (ptrdiff_t)w * width, 0, places - 1, w, w);
	if (is_tree(head, places))
		return true;
	return best_flat_tree(score, width, places, head, arena);
}
