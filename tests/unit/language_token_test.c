/* How text is cut into tokens and sentences, as rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/reading.h"

static void
read_text(struct document *d, struct article *a, const char *headline, const char *body)
{
	*a = (struct article){ .uri = "urn:x",
			       .headline = headline,
			       .body_text = body,
			       .versioncreated = "2025-09-01T10:00:00Z",
			       .language = "en" };
	reading(a, d);
}

static void
expect_tokens(const char *text, const char *expected)
{
	struct document d;
	struct article a;
	struct buf got;

	read_text(&d, &a, NULL, text);
	buf_init(&got, 1 << 16);
	for (size_t i = 0; i < d.sentence_count; i++) {
		buf_adds(&got, i ? " || " : "");
		for (int t = 0; t < d.sentences[i].count; t++)
			buf_printf(&got, "%s%s", t ? " " : "",
				   d.tokens[d.sentences[i].first + t].form);
	}
	assert_string_equal(got.data ? got.data : "", expected);
	buf_release(&got);
}

static void
a_dateline_stands_by_itself(void **state)
{
	static const struct {
		const char *text, *tokens;
	} cases[] = {
		{ "LAGOS, Oct 20 (Own Wire) - A ferry sank.",
		  "LAGOS , Oct 20 ( Own Wire ) - || A ferry sank ." },
		{ "BUENOS AIRES, Argentina (OW) \u2014 Prices rose.",
		  "BUENOS AIRES , Argentina ( OW ) \u2014 || Prices rose ." },
		{ "Nairobi (Own) - Rain fell.", "Nairobi ( Own ) - || Rain fell ." },
		{ "Rain fell.\nPARIS - A strike began.",
		  "Rain fell . || PARIS - || A strike began ." },
		{ "NATO chief Mark Rutte - who was in Rome - left.",
		  "NATO chief Mark Rutte - who was in Rome - left ." },
		{ "Talks - the first - failed.", "Talks - the first - failed ." },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		expect_tokens(cases[i].text, cases[i].tokens);
}

static const struct token *
headline_token(struct document *d, struct article *a, const char *headline, int i)
{
	read_text(d, a, headline, "Nothing else is known.");
	return &d->tokens[i];
}

/* Capitals are told by names alone; the tokens keep their form. */
static void
a_headline_in_title_case_is_read(void **state)
{
	struct document d;
	struct article a;
	const struct token *t =
	    headline_token(&d, &a, "Sri Lanka Threatens to Close Shipping Lanes", 2);

	(void)state;
	assert_string_equal(t->form, "Threatens");
	assert_string_equal(t->upos, "VERB");
	assert_int_equal(t->head, -1);
	t = headline_token(&d, &a, "POLICE BEAT PROTESTERS IN KENYA", 1);
	assert_string_equal(t->form, "BEAT");
	assert_string_equal(t->upos, "VERB");
}

static void
words_are_cut_as_in_universal_dependencies(void **state)
{
	static const struct {
		const char *text, *tokens;
	} cases[] = {
		{ "They don't, and cannot, pay.", "They do n't , and can not , pay ." },
		{ "Kim's plan; it\u2019s ours", "Kim 's plan ; it \u2019s ours" },
		{ "the workers' pay", "the workers ' pay" },
		{ "a state-run agency", "a state - run agency" },
		{ "anti-tank and non-stop e-mail", "anti-tank and non-stop e-mail" },
		{ "80-year-old", "80 - year - old" },
		{ "the U.S. and the U.N. met", "the U.S. and the U.N. met" },
		{ "It left the U.S.", "It left the U.S." },
		{ "Gen. J. Smith of Acme Inc. said", "Gen. J. Smith of Acme Inc. said" },
		{ "$5.3 million, US$5 and 12%", "$ 5.3 million , US$ 5 and 12 %" },
		{ "at 10am on 31/8/2025, 12:30", "at 10 am on 31/8/2025 , 12:30" },
		{ "in 2019-2020 and the 1990s", "in 2019 - 2020 and the 1990s" },
		{ "and/or either", "and / or either" },
		{ "Seoul\u2014not Tokyo--won", "Seoul \u2014 not Tokyo -- won" },
		{ "see https://example.org/a-b?c=d.",
		  "see https://example.org/a-b?c=d ." },
		{ "mail a.b@example.org, now", "mail a.b@example.org , now" },
		{ "well... no", "well ... no" },
		{ "(KCNA)", "( KCNA )" },
		{ "\u201cgo\u201d", "\u201c go \u201d" },
		{ "what?!", "what ?!" },
		{ "1,200 men", "1,200 men" },
		{ "one,two", "one , two" },
		{ "", "" },
		{ " \t ", "" },
		{ "...", "..." },
		{ "\xff\xfe", "\xff \xfe" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		expect_tokens(cases[i].text, cases[i].tokens);
	(void)state;
}

static void
sentences_end_where_a_reader_ends_them(void **state)
{
	static const struct {
		const char *text, *sentences;
	} cases[] = {
		{ "He left. She stayed.", "He left . || She stayed ." },
		{ "Mr. Smith left.", "Mr. Smith left ." },
		{ "The U.S. Army left.", "The U.S. Army left ." },
		{ "She met the U.S. President Joe Biden.",
		  "She met the U.S. President Joe Biden ." },
		{ "It is a \u201ctheatre.\u201d The war goes on.",
		  "It is a \u201c theatre . \u201d || The war goes on ." },
		{ "\"It is over.\" He left.", "\" It is over . \" || He left ." },
		{ "\u201cIs it over?\u201d he asked. No.",
		  "\u201c Is it over ? \u201d he asked . || No ." },
		{ "One line\nAnother line", "One line || Another line" },
		{ "It is one.\n\n\nTwo", "It is one . || Two" },
		{ "It fell 3.5 percent. Oil rose.",
		  "It fell 3.5 percent . || Oil rose ." },
		{ "(He left.) She stayed.", "( He left . ) || She stayed ." },
		{ "Go! Now?", "Go ! || Now ?" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		expect_tokens(cases[i].text, cases[i].sentences);
	(void)state;
}

static void
offsets_are_code_points_of_their_own_text(void **state)
{
	struct document d;
	struct article a;

	read_text(&d, &a, "T\u00fcrkiye \u201cacts\u201d. Now",
		  "\u00c9t\u00e9 \U0001f600 came");
	assert_int_equal(d.sentence_count, 2);
	assert_true(d.sentences[0].in_headline);
	assert_int_equal(d.sentences[0].end, 19);
	assert_int_equal(d.tokens[1].start, 8);
	assert_string_equal(d.tokens[0].norm, "turkiye");
	assert_string_equal(d.tokens[1].norm, "\"");
	assert_false(d.sentences[1].in_headline);
	assert_int_equal(d.tokens[d.sentences[1].first + 2].start, 6);
	assert_int_equal(d.tokens[d.sentences[1].first + 2].byte, 11);
	assert_string_equal(document_span(&d, d.sentences[1].first,
					  d.sentences[1].first + 2, &arena)
				.text,
			    "\u00c9t\u00e9 \U0001f600 came");
	(void)state;
}

static void
long_inputs_take_linear_time_and_the_ceiling_is_kept(void **state)
{
	static const char *const units[] = { "a", "a ", ". ",  "\" ",    "a.", "-",
					     "(", "'s", "A. ", "\u201c", "K-" };
	size_t size = 1 << 16; /* seconds under sanitizers */
	char *text = must_alloc(size + 8);
	struct document d;
	struct arena small;
	struct err err;

	arena_init(&small, (size_t)1 << 20);
	for (size_t u = 0; u < LENGTH(units); u++) {
		struct article a = { .uri = "urn:x",
				     .body_text = text,
				     .language = "en" };
		size_t n = strlen(units[u]);

		for (size_t i = 0; i + n <= size; i += n)
			memcpy(text + i, units[u], n + 1);
		reading(&a, &d);
		assert_true(d.token_count > 0);
		arena_reset(&small);
		if (d.token_count < 10000)
			continue;
		assert_int_equal(language_read(language, &a, &d, &small, &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
	arena_release(&small);
	free(text);
	(void)state;
}

static void
a_small_arena_rejects_the_record(void **state)
{
	struct article a = { .uri = "urn:x", .body_text = "He left. She stayed." };
	struct document d;
	struct arena small;
	struct err err;

	for (size_t size = 8; size < 600; size += 64) {
		arena_init(&small, size);
		assert_int_equal(language_read(language, &a, &d, &small, &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
		arena_release(&small);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dateline_stands_by_itself),
		cmocka_unit_test(a_headline_in_title_case_is_read),
		cmocka_unit_test(words_are_cut_as_in_universal_dependencies),
		cmocka_unit_test(sentences_end_where_a_reader_ends_them),
		cmocka_unit_test(offsets_are_code_points_of_their_own_text),
		cmocka_unit_test(long_inputs_take_linear_time_and_the_ceiling_is_kept),
		cmocka_unit_test(a_small_arena_rejects_the_record),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
