/* Quotations and who says them: the texts are ours, in tests/cases/quote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/readings.h"

/* "> Ana Lima | We go now": the end of a paragraph is " / ". */
static void
print(const struct document *d, struct buf *out)
{
	for (size_t i = 0; i < d->quote_count; i++) {
		const struct quote *q = &d->quotes[i];
		const struct actor *who = q->speaker;

		buf_printf(out, "%c %s | ", q->direct ? '>' : '~',
			   !who	       ? "-"
			   : who->name ? who->name
				       : who->span.text);
		for (const char *p = q->span.text; *p; p++)
			if (*p == '\n')
				buf_adds(out, " / ");
			else
				buf_add(out, p, 1);
		buf_adds(out, "\n");
	}
}

static void
check(const char *name)
{
	char path[100];
	int bad, count;

	snprintf(path, sizeof path, "tests/cases/quote/%s.txt", name);
	bad = readings_check(path, ">~", print, &count);
	assert_true(count > 5);
	if (bad)
		fail_msg("%s: %d of %d are read otherwise", path, bad, count);
}

static void
marks_of_all_wires_pair(void **state)
{
	(void)state;
	check("marks");
}

static void
what_stands_in_marks_has_its_speaker(void **state)
{
	(void)state;
	check("speakers");
}

static void
reported_speech_has_its_speaker(void **state)
{
	(void)state;
	check("reported");
}

static void
headlines_have_a_grammar_of_their_own(void **state)
{
	(void)state;
	check("headlines");
}

static void
marks_without_end_cost_linear_time(void **state)
{
	static char text[128 << 10];
	struct article a = { .uri = "urn:test",
			     .language = "en",
			     .body_text = text,
			     .versioncreated = "2026-11-20T00:00:00Z",
			     .pubstatus = "usable" };
	struct document d;
	struct arena large;
	struct err err;

	(void)state;
	arena_init(&large, (size_t)1 << 30);
	for (size_t i = 0; i + 8 < sizeof(text); i += 8)
		memcpy(text + i, i % 16 ? "\" said \"" : "\"a\" b, \n", 8);
	if (language_read(language, &a, &d, &large, &err))
		assert_int_equal(err.class, ERR_REJECT);
	arena_release(&large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_of_all_wires_pair),
		cmocka_unit_test(what_stands_in_marks_has_its_speaker),
		cmocka_unit_test(reported_speech_has_its_speaker),
		cmocka_unit_test(headlines_have_a_grammar_of_their_own),
		cmocka_unit_test(marks_without_end_cost_linear_time),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
