/* What a rule's `words` ask of a text, and what is refused, with the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/query.h"
#include "base/mem.h"

static const char text[] =
    "North Korea test-fired two ballistic missiles on Sunday, South Korea's military "
    "said. "
    "It was no exercise: the “U.S.” and São Paulo watched. 朝鮮中央通信";

static bool
ask(const char *question)
{
	struct arena arena, room;
	struct terms terms;
	struct scan scan;
	const struct query *q;
	struct err err;
	size_t at;
	bool holds;

	arena_init(&arena, 1 << 20);
	arena_init(&room, 1 << 20);
	terms_init(&terms);
	if (query_parse(&q, question, strlen(question), &terms, &arena, &at, &err))
		fail_msg("%s: byte %zu: %s", question, at, err.text);
	scan_init(&scan, &terms);
	scan_text(&scan, "Two years on", strlen("Two years on"), &room);
	scan_text(&scan, text, strlen(text), &room);
	holds = query_holds(q, &scan, &room);
	assert_false(room.full);
	scan_release(&scan);
	terms_release(&terms);
	arena_release(&room);
	arena_release(&arena);
	return holds;
}

static void
a_query_holds_or_not(void **state)
{
	static const struct {
		const char *query;
		bool holds;
	} cases[] = {
		{ "missiles", true },
		{ "MISSILES", true },
		{ "missile", false },
		{ "missile*", true },
		{ "ballist*", true },
		{ "xmissile*", false },
		{ "\"ballistic missiles\"", true },
		{ "\"missiles ballistic\"", false },
		{ "\"ballistic miss\"*", true },
		{ "\"ball missiles\"*", false },
		{ "test-fired", true },
		{ "fired-test", false },
		{ "U.S.", true },
		{ "\"u s\"", true },
		{ "Sao", true },
		{ "SÃO", true },
		{ "朝鮮", true },
		{ "鮮朝", false },
		{ "korea sunday", true },
		{ "korea monday", false },
		{ "korea AND monday", false },
		{ "korea OR monday", true },
		{ "monday OR tuesday", false },
		{ "NOT monday", true },
		{ "NOT NOT monday", false },
		{ "missiles NOT exercise", false },
		{ "missiles AND NOT drill", true },
		{ "monday OR korea missiles", true },
		{ "(monday OR korea) tuesday", false },
		{ "monday OR (korea AND NOT (tuesday OR friday))", true },
		{ "fired NEAR/3 missiles", true },
		{ "fired NEAR/2 missiles", false },
		{ "missiles NEAR/3 fired", true },
		{ "\"north korea\" NEAR/1 test", true },
		{ "\"north korea\" NEAR/1 fired", false },
		{ "(rocket OR missile*) NEAR/4 test", true },
		{ "north NEAR/20 ballistic NEAR/1 missiles", true },
		{ "fired NEAR/3 missiles NEAR/2 sunday", true },
		{ "fired NEAR/3 missiles NEAR/1 sunday", false },
		{ "korea NEAR/500 korea", true }, /* it is there twice */
		{ "sunday NEAR/500 sunday", false },
		{ "\"north korea\" NEAR/5 korea", false }, /* a word is not near itself */
		{ "years NEAR/500 north", false },         /* of another text */
		{ "and", true },
		{ "near", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		if (ask(cases[i].query) != cases[i].holds)
			fail_msg("%s: not %d", cases[i].query, cases[i].holds);
}

static void
what_is_no_query_is_refused_with_its_byte(void **state)
{
	static const struct {
		const char *query;
		size_t at;
		const char *why;
	} cases[] = {
		{ "", 0, "missing" },
		{ "   ", 3, "missing" },
		{ "a AND", 5, "missing" },
		{ "a OR OR b", 5, "missing before" },
		{ "AND a", 0, "missing before" },
		{ "(a OR b", 0, "never closed" },
		{ "x (a (b)", 2, "never closed" },
		{ "a) b", 1, "never opened" },
		{ "()", 1, "missing" },
		{ "a \"b", 2, "never closed" },
		{ "a \"\"", 3, "no letter" },
		{ "a -- b", 2, "no letter" },
		{ "mis*le", 3, "end of a word" },
		{ "a NEAR b", 2, "NEAR/5" },
		{ "a NEAR/0 b", 2, "NEAR/5" },
		{ "a NEAR/501 b", 2, "NEAR/5" },
		{ "a NEAR/x b", 2, "NEAR/5" },
		{ "a NEAR/5", 8, "missing" },
		{ "a NEAR/5 (b AND c)", 0, "stands between" },
		{ "((((((((((((((((((((((((((((((((((((a", 32, "too many brackets" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct arena arena;
		struct terms terms;
		const struct query *q;
		struct err err = { 0 };
		size_t at = 0;

		arena_init(&arena, 1 << 20);
		terms_init(&terms);
		if (!query_parse(&q, cases[i].query, strlen(cases[i].query), &terms,
				 &arena, &at, &err))
			fail_msg("%s: taken", cases[i].query);
		assert_null(q);
		assert_int_equal(err.class, ERR_USAGE);
		if (at != cases[i].at || !strstr(err.text, cases[i].why))
			fail_msg("%s: byte %zu: %s", cases[i].query, at, err.text);
		terms_release(&terms);
		arena_release(&arena);
	}
}

/* One of these words stands in every text of which the query holds. */
static void
a_query_says_which_words_it_needs(void **state)
{
	static const struct {
		const char *query;
		size_t needs;
	} cases[] = {
		{ "a", 1 },
		{ "a b c", 1 },
		{ "a OR b OR c", 3 },
		{ "(a OR b) c", 1 },
		{ "(a OR b) NOT c", 2 },
		{ "NOT c", 0 },
		{ "a OR NOT c", 0 },
		{ "(a OR b) NEAR/4 (c OR d OR e)", 2 },
		{ "a OR b OR c OR d OR e", 0 }, /* room for four */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct arena arena;
		struct terms terms;
		const struct query *q;
		struct err err;
		size_t at;
		int needs[4];

		arena_init(&arena, 1 << 20);
		terms_init(&terms);
		assert_int_equal(query_parse(&q, cases[i].query, strlen(cases[i].query),
					     &terms, &arena, &at, &err),
				 0);
		if (query_needs(q, &terms, needs, LENGTH(needs)) != cases[i].needs)
			fail_msg("%s: %zu", cases[i].query,
				 query_needs(q, &terms, needs, LENGTH(needs)));
		terms_release(&terms);
		arena_release(&arena);
	}
}

/* An article that is one word a million times costs its length, not its square. */
static void
near_takes_a_million_times_one_word(void **state)
{
	enum { WORDS = 1000000 };
	static const char question[] =
	    "spam NEAR/2 spam NEAR/500 (spam OR egg) NEAR/1 ham";
	char *long_text = must_alloc(5 * WORDS + 1);
	struct arena arena, room;
	struct terms terms;
	struct scan scan;
	const struct query *q;
	struct err err;
	size_t at;

	(void)state;
	for (size_t i = 0; i < WORDS; i++)
		memcpy(long_text + 5 * i, i + 1 < WORDS ? "spam " : "ham  ", 5);
	arena_init(&arena, 1 << 20);
	arena_init(&room, 256 << 20);
	terms_init(&terms);
	assert_int_equal(query_parse(&q, question, strlen(question), &terms, &arena, &at,
				     &err),
			 0);
	scan_init(&scan, &terms);
	scan_text(&scan, long_text, 5 * WORDS, &room);
	assert_true(query_holds(q, &scan, &room));
	assert_false(room.full);
	scan_reset(&scan);
	scan_text(&scan, long_text, 5 * WORDS - 5, &room);
	assert_false(query_holds(q, &scan, &room));
	scan_release(&scan);
	terms_release(&terms);
	arena_release(&room);
	arena_release(&arena);
	free(long_text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_holds_or_not),
		cmocka_unit_test(what_is_no_query_is_refused_with_its_byte),
		cmocka_unit_test(a_query_says_which_words_it_needs),
		cmocka_unit_test(near_takes_a_million_times_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
