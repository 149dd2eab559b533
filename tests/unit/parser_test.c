#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/map.h"
#include "language/parser.h"

static struct parser *parser;
static struct arena arena;

static int
open_parser(void **state)
{
	struct err err;

	(void)state;
	arena_init(&arena, (size_t)1 << 30);
	parser = parser_new("lexicon/english.model", &err);
	if (!parser)
		fprintf(stderr, "%s\n", err.text);
	return parser ? 0 : -1;
}

static int
close_parser(void **state)
{
	(void)state;
	parser_free(parser);
	arena_release(&arena);
	return 0;
}

static void
read_text(const char *text, enum text_kind kind, struct parsed *d)
{
	struct err err;

	arena_reset(&arena);
	*d = (struct parsed){ 0 };
	if (parser_text(parser, text, strlen(text), kind, d, &arena, &err))
		fail_msg("%s", err.text);
}

/* Words with | between, sentences with ||, + where two are one written word. */
static const char *
words(const struct parsed *d)
{
	static struct buf b;

	b.ceiling = 1 << 20;
	buf_reset(&b);
	for (size_t i = 0; i < d->sentence_count; i++) {
		const struct sentence *s = &d->sentences[i];

		for (int k = s->first; k < s->first + s->count; k++) {
			if (k > 0)
				buf_adds(&b, k == s->first         ? "||"
					     : d->tokens[k].joined ? "+"
								   : "|");
			buf_adds(&b, d->tokens[k].form);
		}
	}
	return b.data;
}

static void
words_are_cut_as_in_the_treebanks(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "He didn't go. She can't.", "He|did+n't|go|.||She|ca+n't|." },
		{ "We cannot say it's John's.", "We|can+not|say|it+'s|John+'s|." },
		{ "The state-run firm lost $5 million.",
		  "The|state|-|run|firm|lost|$|5|million|." },
		{ "The U.S. said on Jan. 5 that it won.",
		  "The|U.S.|said|on|Jan.|5|that|it|won|." },
		{ "Mr. Smith met Gen. Mark Milley.", "Mr.|Smith|met|Gen.|Mark|Milley|." },
		{ "“We won’t,” he said. “Never.”",
		  "“|We|wo+n’t|,|”|he|said|.||“|Never|.|”" },
		{ "He left (at 5 p.m.) for Rome.", "He|left|(|at|5|p.m.|)|for|Rome|." },
		{ "Prices rose 3.5% in 2023.", "Prices|rose|3.5|%|in|2023|." },
		{ "Seoul—not Tokyo—won the war (1939–1945).",
		  "Seoul|—|not|Tokyo|—|won|the|war|(|1939|–|1945|)|." },
		{ "Signed on 2025-08-29, of 9e99 and 0x10.",
		  "Signed|on|2025-08-29|,|of|9e99|and|0|x10|." },
		{ "See https://example.com/a?b=1 for more.",
		  "See|https://example.com/a?b=1|for|more|." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parsed d;

		read_text(rows[i].text, TEXT_LINES, &d);
		assert_string_equal(words(&d), rows[i].words);
	}
}

static void
lines_end_sentences_unless_text_is_wrapped(void **state)
{
	struct parsed d;

	(void)state;
	read_text("The vote of\nMonday was close", TEXT_LINES, &d);
	assert_int_equal(d.sentence_count, 2);
	assert_int_equal(d.sentences[1].paragraph, 1);
	read_text("The vote of\nMonday was close\n \nnothing more", TEXT_WRAPPED, &d);
	assert_int_equal(d.sentence_count, 2);
	assert_string_equal(words(&d), "The|vote|of|Monday|was|close||nothing|more");
	read_text("Vote close. Recount likely", TEXT_HEADLINE, &d);
	assert_int_equal(d.sentence_count, 1);
	assert_true(d.sentences[0].in_headline);
}

static void
offsets_are_code_points_and_bytes_of_the_text(void **state)
{
	static const char text[] = "Señor Pérez didn’t  speak.\nÜber";
	struct parsed d;
	const struct token *t;

	(void)state;
	read_text(text, TEXT_LINES, &d);
	assert_string_equal(words(&d), "Señor|Pérez|did+n’t|speak|.||Über");
	t = &d.tokens[1];
	assert_int_equal(t->start, 6);
	assert_int_equal(t->end, 11);
	assert_int_equal(t->byte, 7);
	t = &d.tokens[d.token_count - 1];
	assert_int_equal(t->start, 27);
	assert_memory_equal(text + t->byte, "Über", 5);
}

/* Word, tag, lemma, relation and head's form of sentences that no model may miss. */
static void
simple_sentences_are_read(void **state)
{
	static const struct {
		const char *text, *form, *upos, *lemma, *deprel, *head;
	} rows[] = {
		{ "The minister resigned on Sunday.", "minister", "NOUN", "minister",
		  "nsubj", "resigned" },
		{ "The minister resigned on Sunday.", "resigned", "VERB", "resign",
		  "root", "" },
		{ "The minister resigned on Sunday.", "Sunday", "PROPN", "Sunday", "obl",
		  "resigned" },
		{ "Rebels killed two soldiers.", "soldiers", "NOUN", "soldier", "obj",
		  "killed" },
		{ "Two soldiers were killed by rebels.", "soldiers", "NOUN", "soldier",
		  "nsubj:pass", "killed" },
		{ "He said that she had left.", "left", "VERB", "leave", "ccomp",
		  "said" },
		{ "The mice ate the children's food.", "mice", "NOUN", "mouse", "nsubj",
		  "ate" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parsed d;
		size_t k = 0;

		read_text(rows[i].text, TEXT_LINES, &d);
		while (k < d.token_count && strcmp(d.tokens[k].form, rows[i].form) != 0)
			k++;
		assert_true(k < d.token_count);
		assert_string_equal(d.tokens[k].upos, rows[i].upos);
		assert_string_equal(d.tokens[k].lemma, rows[i].lemma);
		assert_string_equal(d.tokens[k].deprel, rows[i].deprel);
		assert_string_equal(d.tokens[k].head < 0
					? ""
					: d.tokens[d.tokens[k].head].form,
				    rows[i].head);
	}
}

/* The endings' rules, and what breaks them. */
static void
lemmas_are_words(void **state)
{
	static const struct {
		const char *text, *form, *lemma;
	} rows[] = {
		{ "The speech provoked the crowd.", "provoked", "provoke" },
		{ "They bombed the town.", "bombed", "bomb" },
		{ "He was fined on Monday.", "fined", "fine" },
		{ "He is staring at the wall.", "staring", "stare" },
		{ "They planned the attack.", "planned", "plan" },
		{ "She was calling for help.", "calling", "call" },
		{ "The men fled the city.", "fled", "flee" },
		{ "The army sold 1,100 tanks.", "1,100", "1100" },
		{ "i think he left.", "i", "I" },
		{ "He's gone home.", "'s", "have" },
		{ "He's going home.", "'s", "be" },
		{ "The Iraqi army left.", "Iraqi", "Iraqi" },
		{ "Prices were higher.", "higher", "high" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parsed d;
		size_t k = 0;

		read_text(rows[i].text, TEXT_LINES, &d);
		while (k < d.token_count && strcmp(d.tokens[k].form, rows[i].form) != 0)
			k++;
		assert_true(k < d.token_count);
		assert_string_equal(d.tokens[k].lemma, rows[i].lemma);
	}
}

static const char *
feats_of(const char *text, const char *form)
{
	struct parsed d;

	read_text(text, TEXT_LINES, &d);
	for (size_t k = 0; k < d.token_count; k++)
		if (!strcmp(d.tokens[k].form, form))
			return d.tokens[k].feats;
	return NULL;
}

static void
verbs_have_person_and_number_of_their_subject(void **state)
{
	(void)state;
	assert_string_equal(feats_of("The rebels left the city.", "left"),
			    "Mood=Ind|Number=Plur|Person=3|Tense=Past|VerbForm=Fin");
	assert_string_equal(feats_of("I left the city.", "left"),
			    "Mood=Ind|Number=Sing|Person=1|Tense=Past|VerbForm=Fin");
	assert_string_equal(feats_of("He was arrested on Monday.", "arrested"),
			    "Tense=Past|VerbForm=Part|Voice=Pass");
	assert_string_equal(feats_of("He wants to leave.", "leave"), "VerbForm=Inf");
	assert_string_equal(feats_of("The men who left the city died.", "left"),
			    "Mood=Ind|Number=Plur|Person=3|Tense=Past|VerbForm=Fin");
	assert_string_equal(feats_of("They deny killing him.", "killing"), "VerbForm=Ger");
	assert_string_equal(feats_of("The army took it.", "it"),
			    "Case=Acc|Gender=Neut|Number=Sing|Person=3|PronType=Prs");
}

static const struct token *
token_of(const char *text, enum text_kind kind, const char *form)
{
	struct parsed d;

	read_text(text, kind, &d);
	for (size_t k = 0; k < d.token_count; k++)
		if (!strcmp(d.tokens[k].form, form))
			return &d.tokens[k];
	fail_msg("no %s in %s", form, text);
	return NULL;
}

static void
a_sentence_has_a_finite_verb(void **state)
{
	static const struct {
		const char *text, *verb;
	} rows[] = {
		{ "Ukraine swapped prisoners with Russia.", "swapped" },
		{ "Norway proposed talks between the rebels and the government.",
		  "proposed" },
		{ "Vietnam elevated its ties with Japan.", "elevated" },
		{ "The president of Tunisia dissolved parliament.", "dissolved" },
		{ "The union alleged fraud in the count.", "alleged" },
		{ "The United States relaxed sanctions on Syria.", "relaxed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct token *t = token_of(rows[i].text, TEXT_LINES, rows[i].verb);

		assert_string_equal(t->xpos, "VBD");
		assert_int_equal(t->head, -1);
	}
	/* and so it has a subject and an object */
	assert_string_equal(token_of(rows[5].text, TEXT_LINES, "States")->deprel, "nsubj");
	assert_string_equal(token_of(rows[5].text, TEXT_LINES, "sanctions")->deprel, "obj");
	/* the clause that is all there is */
	assert_int_equal(token_of("Two dozen people were killed in Lima.", TEXT_LINES, "killed")
			     ->head,
			 -1);
	assert_string_equal(
	    token_of("Two dozen people were killed in Lima.", TEXT_LINES, "dozen")->deprel,
	    "nummod");
	/* A heading has none. */
	assert_string_equal(token_of("Prices of goods", TEXT_LINES, "Prices")->deprel, "root");
}

static void
what_has_an_object_is_a_verb(void **state)
{
	(void)state;
	assert_string_equal(token_of("Mali and Fiji resume diplomatic relations",
				     TEXT_HEADLINE, "resume")->upos,
			    "VERB");
}

static void
what_stands_behind_to_is_a_verb_or_hangs_by_a_preposition(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ "The visit came days before his trip to Beijing, where he is scheduled to "
		  "attend a parade.",
		  "Beijing" },
		{ "He welcomed a return to Kabul.", "Kabul" },
		{ "He spoke before a planned trip to Beijing to witness a parade.", "Beijing" },
		{ "They oppose any transfer to Nauru, where camps are full.", "Nauru" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct token *t = token_of(rows[i].text, TEXT_LINES, rows[i].name);

		assert_string_equal(t[-1].deprel, "case");
		assert_string_equal(t->deprel, "nmod");
	}
	assert_string_equal(token_of("He spoke before a trip to Beijing to witness a parade.",
				     TEXT_LINES, "witness")->deprel,
			    "acl");
}

static void
a_role_is_filled_once(void **state)
{
	static const struct {
		const char *text, *word, *deprel;
	} rows[] = {
		{ "Norwegian leader Kari Lund examined the line.", "leader", "nmod:desc" },
		{ "A ferry carrying market traders capsized off Lagos on Sunday night, killing "
		  "at least 14 people.",
		  "traders", "obj" },
		{ "A ferry carrying market traders capsized off Lagos on Sunday night.", "off",
		  "case" },
		{ "President Omar Diallo met Chancellor Anna Weber for talks about the border.",
		  "Chancellor", "nmod:desc" },
		{ "Ana Lima's brother said she was safe.", "Lima", "flat" },
		{ "“We are ready,” said the army's chief of staff, Gen. Tariq Aziz.", "Tariq",
		  "appos" },
		{ "Lawyers filed a brief in court on Monday arguing the service cannot return him.",
		  "Monday", "obl" },
		{ "The union threatened to strike in March.", "strike", "xcomp" },
		{ "Scientists in Entebbe discovered a new strain in bats, a study said.",
		  "Entebbe", "nmod" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(token_of(rows[i].text, TEXT_LINES, rows[i].word)->deprel,
				    rows[i].deprel);
}

static void
known_spans_stand_under_one_word(void **state)
{
	static const char text[] =
	    "The Bank of England and the Treasury met on Sunday morning.";
	struct tied span = { 1, 6 }; /* said to be one name: Bank ... Treasury */
	struct parsed d;
	struct err err;
	int outside = 0;

	(void)state;
	read_text(text, TEXT_LINES, &d);
	assert_int_equal(parser_sentence(parser, d.tokens, d.sentences[0].count, 0, false,
					 &span, 1, &arena, &err),
			 0);
	for (int i = span.first; i <= span.last; i++)
		outside += d.tokens[i].head < span.first || d.tokens[i].head > span.last;
	assert_int_equal(outside, 1);
}

static char *
repeat(const char *text, int times)
{
	size_t n = strlen(text);
	char *s = malloc(n * (size_t)times + 1);

	assert_non_null(s);
	for (int i = 0; i < times; i++)
		memcpy(s + n * (size_t)i, text, n);
	s[n * (size_t)times] = '\0';
	return s;
}

static void
a_sentence_without_end_is_one_tree(void **state)
{
	char *text = repeat("and the man who saw the dog that bit him , ", 1000);
	struct parsed d;
	int roots = 0;

	(void)state;
	read_text(text, TEXT_LINES, &d);
	assert_int_equal(d.token_count, 11000);
	for (size_t i = 0; i < d.token_count; i++)
		roots += d.tokens[i].head < 0;
	assert_int_equal(roots, d.sentence_count);
	free(text);
}

static void
no_memory_is_refused(void **state)
{
	static const char text[] = "The minister resigned on Sunday.";

	(void)state;
	for (size_t size = 64; size < 400000; size *= 2) {
		struct arena small;
		struct parsed d = { 0 };
		struct err err;

		arena_init(&small, size);
		if (parser_text(parser, text, strlen(text), TEXT_LINES, &d, &small, &err))
			assert_int_equal(err.class, ERR_REJECT);
		else
			assert_int_equal(d.token_count, 6);
		arena_release(&small);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_cut_as_in_the_treebanks),
		cmocka_unit_test(lines_end_sentences_unless_text_is_wrapped),
		cmocka_unit_test(offsets_are_code_points_and_bytes_of_the_text),
		cmocka_unit_test(simple_sentences_are_read),
		cmocka_unit_test(lemmas_are_words),
		cmocka_unit_test(verbs_have_person_and_number_of_their_subject),
		cmocka_unit_test(a_sentence_has_a_finite_verb),
		cmocka_unit_test(what_has_an_object_is_a_verb),
		cmocka_unit_test(what_stands_behind_to_is_a_verb_or_hangs_by_a_preposition),
		cmocka_unit_test(a_role_is_filled_once),
		cmocka_unit_test(known_spans_stand_under_one_word),
		cmocka_unit_test(a_sentence_without_end_is_one_tree),
		cmocka_unit_test(no_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, open_parser, close_parser);
}
