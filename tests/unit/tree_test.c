#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "language/tree.h"

enum { WIDTH = 8 };

static uint32_t seed = 12345;

static int
any(int n)
{
	seed = seed * 1664525 + 1013904223;
	return (int)(seed >> 16) % n;
}

static bool
is_one_tree(const int *head, int places)
{
	int roots = 0;

	for (int w = 1; w < places; w++) {
		int at = w, steps = 0;

		roots += head[w] == 0;
		while (at && steps++ < places)
			at = head[at];
		if (at)
			return false;
	}
	return roots == 1;
}

static int64_t
sum(const int32_t *score, const int *head, int places)
{
	int64_t s = 0;

	for (int w = 1; w < places; w++)
		s += score[w * WIDTH + head[w]];
	return s;
}

/* Of all trees without crossing arcs, tried one by one. */
static int64_t
best_by_trial(const int32_t *score, int places)
{
	int head[WIDTH] = { 0 };
	int64_t best = INT64_MIN;

	for (;;) {
		int w = 1;

		if (is_one_tree(head, places) && tree_is_flat(head, places) &&
		    sum(score, head, places) > best)
			best = sum(score, head, places);
		while (w < places && ++head[w] == places)
			head[w++] = 0;
		if (w == places)
			return best;
	}
}

static void
the_best_tree_is_found_as_by_trying_all(void **state)
{
	struct arena arena;
	int circles = 0;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (int round = 0; round < 300; round++) {
		int32_t score[WIDTH * WIDTH];
		int head[WIDTH], places = 3 + any(4);

		for (int i = 0; i < WIDTH * WIDTH; i++)
			score[i] = any(100);
		assert_true(tree_of_scores(score, WIDTH, places, NULL, 0, head, &arena));
		assert_true(is_one_tree(head, places));
		if (tree_is_flat(head, places))
			assert_int_equal(sum(score, head, places),
					 best_by_trial(score, places));
		for (int w = 1; w < places; w++)
			for (int h = 0; h < places; h++)
				if (h != w &&
				    score[w * WIDTH + h] > score[w * WIDTH + head[w]]) {
					circles++;
					w = places - 1;
					break;
				}
		arena_reset(&arena);
	}
	assert_true(circles > 100); /* the simple way was not enough */
	arena_release(&arena);
}

static int
heads_outside(const int *head, int first, int last)
{
	int n = 0;

	for (int w = first; w <= last; w++)
		n += head[w] < first || head[w] > last;
	return n;
}

static void
a_known_span_hangs_on_one_word(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (int round = 0; round < 300; round++) {
		int32_t score[WIDTH * WIDTH];
		struct tied spans[3] = { { 2, 5 }, { 3, 4 }, { 5, 6 } };
		int head[WIDTH], places = WIDTH;

		for (int i = 0; i < WIDTH * WIDTH; i++)
			score[i] = any(1000);
		assert_true(tree_of_scores(score, WIDTH, places, spans, 2, head, &arena));
		assert_true(is_one_tree(head, places));
		assert_int_equal(heads_outside(head, 2, 5), 1);
		assert_int_equal(heads_outside(head, 3, 4), 1);
		arena_reset(&arena);
	}
	arena_release(&arena);
}

static void
spans_that_cross_or_lie_outside_change_nothing(void **state)
{
	struct tied spans[] = { { 2, 4 }, { 3, 6 }, { 0, 2 }, { 6, 9 }, { 1, 7 } };
	int32_t with[WIDTH * WIDTH], without[WIDTH * WIDTH];
	int a[WIDTH], b[WIDTH];
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (int i = 0; i < WIDTH * WIDTH; i++)
		with[i] = without[i] = any(1000);
	assert_true(tree_of_scores(with, WIDTH, WIDTH, spans, 5, a, &arena));
	assert_true(tree_of_scores(without, WIDTH, WIDTH, NULL, 0, b, &arena));
	assert_memory_equal(a + 1, b + 1, (WIDTH - 1) * sizeof *a);
	arena_release(&arena);
}

static void
one_word_is_the_root(void **state)
{
	int32_t score[2 * WIDTH] = { 0 };
	struct arena arena;
	int head[2];

	(void)state;
	arena_init(&arena, 1 << 16);
	assert_true(tree_of_scores(score, WIDTH, 2, NULL, 0, head, &arena));
	assert_int_equal(head[1], 0);
	arena_release(&arena);
}

static void
no_memory_is_said(void **state)
{
	int32_t score[WIDTH * WIDTH] = { 0 };
	struct arena arena;
	int head[WIDTH];

	(void)state;
	arena_init(&arena, 64);
	/* All best heads are 0: several roots, so the long way is taken. */
	assert_false(tree_of_scores(score, WIDTH, WIDTH, NULL, 0, head, &arena));
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_tree_is_found_as_by_trying_all),
		cmocka_unit_test(a_known_span_hangs_on_one_word),
		cmocka_unit_test(spans_that_cross_or_lie_outside_change_nothing),
		cmocka_unit_test(one_word_is_the_root),
		cmocka_unit_test(no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
