#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "language/conllu.h"

static struct arena arena;

static const char text[] = "# newpar\n"
			   "# sent_id = 1\n"
			   "1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n"
			   "1\tdo\tdo\tAUX\tVBP\tMood=Ind\t0\troot\t_\t_\n"
			   "2\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_\n"
			   "3\t!\t!\tPUNCT\t.\t_\t1\tpunct\t_\tA=b\n"
			   "\n"
			   "1\tGo\t_\t_\t_\t_\t_\t_\t_\t_\n"
			   "\n";

static int
next(const char *s, struct conllu_sentence *out, struct err *err)
{
	struct conllu in = { .p = s, .end = s + strlen(s) };

	arena_reset(&arena);
	return conllu_next(&in, out, &arena, err);
}

static void
what_is_read_is_printed_the_same(void **state)
{
	struct conllu in = { .p = text, .end = text + strlen(text) };
	struct conllu_sentence s;
	struct buf out;
	struct err err;

	(void)state;
	buf_init(&out, 1 << 16);
	while (conllu_next(&in, &s, &arena, &err) == 1)
		conllu_print(&s, &out);
	assert_string_equal(out.data, text);
	buf_release(&out);
}

static void
a_written_word_joins_its_tokens(void **state)
{
	struct conllu_sentence s;
	struct err err;

	(void)state;
	assert_int_equal(next(text, &s, &err), 1);
	assert_int_equal(s.count, 3);
	assert_false(s.tokens[0].joined);
	assert_true(s.tokens[1].joined);
	assert_false(s.tokens[1].blank);
	assert_false(s.tokens[2].blank); /* the written word says so, not its last token */
	assert_int_equal(s.tokens[0].head, -1);
	assert_int_equal(s.tokens[2].head, 0);
	assert_true(s.space_after);
}

static void
empty_nodes_and_carriage_returns_are_passed_over(void **state)
{
	struct conllu_sentence s;
	struct err err;

	(void)state;
	assert_int_equal(next("1\ta\t_\t_\t_\t_\t_\t_\t_\t_\r\n1.1\tb\t_\t_\t_\t_\t_\t_\t_\t_\r\n"
			      "2\tc\t_\t_\t_\t_\t_\t_\t_\t_\r\n\r\n",
			      &s, &err),
			 1);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.tokens[1].form, "c");
}

static void
a_fault_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "1\ta\n", "line 1: there are not ten columns" },
		{ "# x\n2\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "line 2: the first column" },
		{ "1\t\t_\t_\t_\t_\t_\t_\t_\t_\n", "without a form" },
		{ "1\ta\t_\t_\t_\t_\tx\t_\t_\t_\n", "no number" },
		{ "1\ta\t_\t_\t_\t_\t2\t_\t_\t_\n\n", "the head of token 1" },
		{ "1\ta\t_\t_\t_\t_\t1\t_\t_\t_\n\n", "the head of token 1" },
		{ "2-3\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "a range of tokens" },
		{ "1-3\tab\t_\t_\t_\t_\t_\t_\t_\t_\n1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n",
		  "within a range" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conllu_sentence s;
		struct err err;

		assert_int_equal(next(rows[i].text, &s, &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
		if (!strstr(err.text, rows[i].why))
			fail_msg("\"%s\" does not say \"%s\"", err.text, rows[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_printed_the_same),
		cmocka_unit_test(a_written_word_joins_its_tokens),
		cmocka_unit_test(empty_nodes_and_carriage_returns_are_passed_over),
		cmocka_unit_test(a_fault_is_said_with_its_line),
	};
	int rc;

	arena_init(&arena, 1 << 20);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return rc;
}
