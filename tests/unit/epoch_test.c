/* Which epoch an extractor has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ops/log.h"
#include "work/epoch.h"

static void
the_promoted_one_counts_for_its_own_lexicon_alone(void **state)
{
	static const struct {
		long setting;
		const char *lexicon;
		struct epoch promoted;
		long epoch;
	} cases[] = {
		{ 1, "a", { 0, NULL }, 1 }, { 4, "a", { 0, NULL }, 4 },
		{ 1, "a", { 2, "a" }, 2 },  { 1, "b", { 2, "a" }, 1 },
		{ 3, "a", { 2, "a" }, 3 },  { 3, "b", { 2, "a" }, 3 },
		{ 2, "b", { 2, "a" }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		long epoch =
		    epoch_of(cases[i].setting, cases[i].lexicon, &cases[i].promoted);

		if (epoch != cases[i].epoch)
			fail_msg("case %zu: %ld", i, epoch);
	}
}

static void
the_next_is_one_more_than_any_unless_it_is_promoted(void **state)
{
	static const struct {
		long setting;
		struct epoch promoted;
		long next;
	} cases[] = {
		{ 1, { 0, NULL }, 2 }, { 5, { 0, NULL }, 6 }, { 1, { 3, "b" }, 4 },
		{ 5, { 3, "b" }, 6 },  { 1, { 3, "a" }, 3 },  { 5, { 3, "a" }, 5 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct epoch next = epoch_next(cases[i].setting, "a", &cases[i].promoted);

		if (next.epoch != cases[i].next || strcmp(next.lexicon, "a"))
			fail_msg("case %zu: %ld", i, next.epoch);
	}
}

static void
what_is_promoted_is_read_as_it_was_written(void **state)
{
	static const char *const bad[] = { "", "{}", "{\"epoch\":2}", "[2]" };
	struct epoch before = { 7, "lex" }, after;
	struct arena arena;
	struct buf out;
	struct err err;

	(void)state;
	arena_init(&arena, 1 << 20);
	buf_init(&out, 4096);
	epoch_print(&before, &out);
	assert_int_equal(epoch_parse(&after, out.data, out.size, &arena, &err), 0);
	assert_int_equal(after.epoch, 7);
	assert_string_equal(after.lexicon, "lex");
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_int_equal(epoch_parse(&after, bad[i], strlen(bad[i]), &arena,
					     &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
	buf_release(&out);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_promoted_one_counts_for_its_own_lexicon_alone),
		cmocka_unit_test(the_next_is_one_more_than_any_unless_it_is_promoted),
		cmocka_unit_test(what_is_promoted_is_read_as_it_was_written),
	};

	log_open("epoch_test", -1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
