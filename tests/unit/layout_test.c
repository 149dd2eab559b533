#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "text/layout.h"

/* The paragraphs of text, joined by a bar. */
static void
paragraphs(const char *text, struct buf *out)
{
	char *copy = must_strdup(text);
	struct arena arena;
	struct layout l;
	struct err err;
	size_t next;

	arena_init(&arena, 1 << 20);
	assert_int_equal(layout_read(&l, copy, strlen(copy), &arena, &err), 0);
	buf_reset(out);
	for (size_t i = 0; i < l.count; i = next) {
		for (next = i + 1; next < l.count && !l.lines[next].starts;)
			next++;
		if (i)
			buf_addc(out, '|');
		layout_join(&l, i, next, out);
	}
	arena_release(&arena);
	free(copy);
}

#define WRAPPED                                                                 \
	"The ferry to the outer islands will not sail before the weekend as\n"  \
	"the wind is too strong, the harbour office said in the morning, and\n" \
	"passengers were asked to stay at home.\n"

#define UNWRAPPED                                                              \
	"The ferry to the outer islands will not sail before the weekend as "  \
	"the wind is too strong, the harbour office said in the morning, and " \
	"passengers were asked to stay at home."

static void
paragraphs_are_told_from_wrapped_lines(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} rows[] = {
		{ "nothing", "", "" },
		{ "blank lines alone", "\n \t\n\n", "" },
		{ "spaces collapse", "  one \t two  \n", "one two" },
		{ "a line each", "One sentence.\nAnother one.\nA third.\n",
		  "One sentence.|Another one.|A third." },
		{ "wrapped", WRAPPED "\n" WRAPPED, UNWRAPPED "|" UNWRAPPED },
		{ "wrapped, no blank line", WRAPPED WRAPPED, UNWRAPPED "|" UNWRAPPED },
		{ "wrapped, indented whole", "     " WRAPPED, UNWRAPPED },
		{ "a headline above", "Ferry stays in port\n" WRAPPED,
		  "Ferry stays in port|" UNWRAPPED },
		{ "a list below",
		  WRAPPED "- the first item of the list is about as long as a line is\n"
			  "- the second\n",
		  UNWRAPPED "|- the first item of the list is about as long as a line "
			    "is|- the second" },
		{ "lines of results are not joined",
		  "Lions 3 Tigers 2\nBears 1 Wolves 0\nFoxes 2 Hares 2\n",
		  "Lions 3 Tigers 2|Bears 1 Wolves 0|Foxes 2 Hares 2" },
		{ "hyphens keep together, hanging ones do not",
		  "The council promised to look once more at its plan for a long-\n"
		  "term parking ban, at the street lights and at the pre-, post-\n"
		  "and other school lessons that parents have asked for so often.\n",
		  "The council promised to look once more at its plan for a long-term "
		  "parking "
		  "ban, at the street lights and at the pre-, post- and other school "
		  "lessons "
		  "that parents have asked for so often." },
		{ "Chinese takes no space",
		  "渡轮公司周五宣布已将旗下两艘船出售给挪威买家交易金额约为一亿元\n"
		  "买家将把船用于新航线。\n",
		  "渡轮公司周五宣布已将旗下两艘船出售给挪威买家交易金额约为一亿元买家将把"
		  "船用于新航线"
		  "。" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	buf_addc(&out, ' ');
	for (size_t i = 0; i < LENGTH(rows); i++) {
		paragraphs(rows[i].in, &out);
		if (strcmp(out.data, rows[i].out))
			fail_msg("%s: %s", rows[i].name, out.data);
	}
	buf_release(&out);
}

static void
the_end_of_a_sentence_is_seen_behind_quotes(void **state)
{
	static const struct {
		const char *text;
		bool ends;
	} rows[] = {
		{ "It rained.", true },
		{ "It rained", false },
		{ "\"It rained.\"", true },
		{ "“It rained.”", true },
		{ "(It rained!)", true },
		{ "« Il pleut. »", true },
		{ "下雨了。」", true },
		{ "बारिश हुई।", true },
		{ "هل أمطرت؟", true },
		{ "It rained:", false },
		{ "\"\"\"\"\"\"\"\"\"\"\"", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (ends_sentence(rows[i].text, strlen(rows[i].text)) != rows[i].ends)
			fail_msg("%s", rows[i].text);
}

static void
too_many_lines_for_the_arena_are_refused(void **state)
{
	struct arena arena;
	struct layout l;
	struct err err;
	char text[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '\n' : 'a';
	arena_init(&arena, 4096);
	assert_int_equal(layout_read(&l, text, sizeof(text), &arena, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs_are_told_from_wrapped_lines),
		cmocka_unit_test(the_end_of_a_sentence_is_seen_behind_quotes),
		cmocka_unit_test(too_many_lines_for_the_arena_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
