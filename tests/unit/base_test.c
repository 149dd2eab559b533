/* What base/ promises: ceilings hold, order is kept, errors grow context in front. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/eight.h"
#include "base/map.h"
#include "base/mem.h"

static void
an_arena_past_its_ceiling_gives_null_and_says_so_once_asked(void **state)
{
	struct arena a;
	struct err err;

	(void)state;
	arena_init(&a, 4096);
	assert_non_null(arena_alloc(&a, 4000));
	assert_int_equal(arena_check(&a, &err), 0);
	assert_null(arena_alloc(&a, 200));
	assert_null(arena_alloc(&a, 1)); /* full stays full until the reset */
	assert_int_equal(arena_check(&a, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	arena_reset(&a);
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	arena_release(&a);
}

static void
an_arena_refuses_sizes_that_would_overflow(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_null(arena_alloc(&a, SIZE_MAX));
	arena_release(&a);
}

static void
a_list_in_an_arena_grows_with_its_items_kept(void **state)
{
	struct arena a;
	int *items = NULL;
	size_t room = 0;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 1000; i++) {
		items = arena_grow(&a, items, (size_t)i, &room, sizeof(*items));
		assert_non_null(items);
		items[i] = i;
		if (i % 100 == 0)
			arena_alloc(&a, 3); /* now it cannot grow where it lies */
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	arena_release(&a);
}

static void
a_rewound_arena_gives_the_same_memory_again(void **state)
{
	struct arena a;
	struct arena_mark mark;
	void *first;

	(void)state;
	arena_init(&a, 4096);
	mark = arena_mark(&a);
	first = arena_alloc(&a, 100);
	arena_rewind(&a, mark);
	assert_ptr_equal(first, arena_alloc(&a, 100));
	arena_release(&a);
}

static void
a_buffer_stops_at_its_ceiling_and_keeps_what_it_has(void **state)
{
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, 10);
	buf_adds(&b, "12345");
	buf_printf(&b, "%s", "6789");
	assert_int_equal(buf_check(&b, &err), 0);
	buf_adds(&b, "too much");
	assert_int_equal(buf_check(&b, &err), -1);
	assert_string_equal(b.data, "123456789");
	buf_reset(&b);
	buf_addc(&b, 'x');
	assert_string_equal(b.data, "x");
	buf_release(&b);
}

static void
a_buffer_is_a_string_before_anything_is_put_in(void **state)
{
	struct buf b;

	(void)state;
	mallopt(M_PERTURB, 'x' ^ 0xff); /* fresh memory is all x */
	buf_init(&b, 100);
	assert_non_null(buf_reserve(&b, 10));
	assert_string_equal(b.data, "");
	buf_release(&b);
	mallopt(M_PERTURB, 0);
}

static void
a_map_finds_a_thousand_keys_and_keeps_their_order(void **state)
{
	char keys[1000][8];
	struct map m;

	(void)state;
	map_init(&m, 1000);
	for (int i = 0; i < 1000; i++) {
		int n = snprintf(keys[i], sizeof(keys[i]), "k%d", i);

		*map_put(&m, keys[i], (size_t)n) = keys[i];
	}
	assert_null(map_put(&m, "one more", 8)); /* its ceiling */
	for (size_t i = 0; i < 1000; i++) {
		assert_ptr_equal(map_get(&m, keys[i], strlen(keys[i])), keys[i]);
		assert_ptr_equal(m.entries[i].key, keys[i]);
	}
	assert_null(map_get(&m, "k1000", 5));
	map_reset(&m);
	assert_null(map_get(&m, "k1", 2));
	map_release(&m);
}

static void
an_error_reads_from_the_outside_in(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_RETRY, "no broker"), -1);
	assert_int_equal(err_context(&err, "topic %s", "news.articles"), -1);
	assert_string_equal(err.text, "topic news.articles: no broker");
	assert_int_equal(err_exit_status(&err), 75);
}

static void
an_error_too_long_is_cut_and_stays_a_string(void **state)
{
	char word[600];
	struct err err;

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	err_set(&err, ERR_USAGE, "%s", word);
	err_context(&err, "%s", word);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(err_exit_status(&err), 2);
}

/* Each byte beside each neighbour: no answer leaks into the next byte. */
static void
eight_bytes_are_asked_each_by_itself(void **state)
{
	char text[8] = "abcdefgh";

	(void)state;
	for (int c = 0; c < 256; c++)
		for (int other = 0; other < 256; other++) {
			uint64_t word;

			memset(text, other, sizeof(text));
			text[3] = (char)c;
			word = eight_load(text);
			assert_true(eight_equal(word, (char)c) ==
				    (c == other ? EIGHT_TOPS : UINT64_C(0x80) << 24));
			assert_int_equal(eight_count(eight_equal(word, (char)other)),
					 c == other ? 8 : 7);
		}
	assert_true(eight_load_end("abc", 3) == eight_load("abc     "));
	assert_true(eight_load_end("", 0) == eight_load("        "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_past_its_ceiling_gives_null_and_says_so_once_asked),
		cmocka_unit_test(an_arena_refuses_sizes_that_would_overflow),
		cmocka_unit_test(a_list_in_an_arena_grows_with_its_items_kept),
		cmocka_unit_test(a_rewound_arena_gives_the_same_memory_again),
		cmocka_unit_test(a_buffer_stops_at_its_ceiling_and_keeps_what_it_has),
		cmocka_unit_test(a_buffer_is_a_string_before_anything_is_put_in),
		cmocka_unit_test(a_map_finds_a_thousand_keys_and_keeps_their_order),
		cmocka_unit_test(eight_bytes_are_asked_each_by_itself),
		cmocka_unit_test(an_error_reads_from_the_outside_in),
		cmocka_unit_test(an_error_too_long_is_cut_and_stays_a_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
