/* Quotations and who says them; the articles are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/reading.h"

static const struct {
	const char *text;
	const char *quotes; /* each: speaker, ": ", text; parted by " | " */
} cases[] = {
	{ "“We will rebuild the bridge,” Mayor Ana Lima said.",
	    "Ana Lima: We will rebuild the bridge," },
	{ "Ana Lima said: \"We will rebuild the bridge.\"", "Ana Lima: We will rebuild the bridge." },
	{ "“We will rebuild,” said the spokesman, “before the rains.”",
	    "the spokesman: We will rebuild,” said the spokesman, “before the rains." },
	{ "The minister called the plan “a gift to nobody at all” on Friday, officials said.",
	    "The minister: a gift to nobody at all" },
	{ "According to Ana Lima, the bridge is “safe for every car”.", "Ana Lima: safe for every car" },
	{ "“It is over,” he said.", "he: It is over," },
	{ "Ana Lima, the mayor of Oslo, said the bridge was “safe for all cars”.",
	    "Ana Lima: safe for all cars" },
	{ "«Nous partons demain matin», a dit quelqu'un.", "-: Nous partons demain matin" },
	{ "The so-called “bridge” was closed.", "-: bridge" },
	{ "Ana Lima said “we go”, and Omar Diallo said “we stay”.",
	    "Ana Lima: we go | Omar Diallo: we stay" },
	{ "Ana Lima told reporters “it rained all night.\n“And then the river rose.”",
	    "Ana Lima: it rained all night.\n“And then the river rose." },
	{ "He said ‘the road is closed’ and left.", "He: the road is closed" },
	{ "The dogs' owners aren't here; they're at the farmers' market.", "" },
	{ "“Unclosed to the end", "-: Unclosed to the end" },
	{ "“” \"\" ““””", "" },
};

static void
print(const struct document *d, char *out, size_t room)
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < d->quote_count; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%s: %s", i ? " | " : "",
		    d->quotes[i].speaker ? d->quotes[i].speaker->span.text : "-",
		    d->quotes[i].span.text);
}

static void
quotations_have_their_speakers(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct article a = { .uri = "urn:test", .language = "en", .body_text = cases[i].text,
			.versioncreated = "2026-11-20T00:00:00Z", .pubstatus = "usable" };
		struct document d;
		char got[1000];

		reading(&a, &d);
		print(&d, got, sizeof(got));
		if (strcmp(got, cases[i].quotes)) {
			fprintf(stderr, "%s\n  got    %s\n  wanted %s\n", cases[i].text, got,
			    cases[i].quotes);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void
marks_without_end_cost_linear_time(void **state)
{
	static char text[2 << 20];
	struct article a = { .uri = "urn:test", .language = "en", .body_text = text,
		.versioncreated = "2026-11-20T00:00:00Z", .pubstatus = "usable" };
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
		cmocka_unit_test(quotations_have_their_speakers),
		cmocka_unit_test(marks_without_end_cost_linear_time),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
