/* The tables of lexicon/ that the coder reads: they load, and say where they are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "event/inflect.h"
#include "event/lexicon.h"

static void
verbs_are_inflected_by_rule(void **state)
{
	static const struct {
		const char *base, *s, *past, *ing;
	} rows[] = {
		{ "attack", "attacks", "attacked", "attacking" },
		{ "deny", "denies", "denied", "denying" },
		{ "impose", "imposes", "imposed", "imposing" },
		{ "stab", "stabs", "stabbed", "stabbing" },
		{ "visit", "visits", "visited", "visiting" },
		{ "agree", "agrees", "agreed", "agreeing" },
		{ "tax", "taxes", "taxed", "taxing" },
		{ "launch", "launches", "launched", "launching" },
		{ "destroy", "destroys", "destroyed", "destroying" },
		{ "raid", "raids", "raided", "raiding" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct verb_forms f;

		inflect_verb(rows[i].base, &f);
		assert_string_equal(f.s, rows[i].s);
		assert_string_equal(f.past, rows[i].past);
		assert_string_equal(f.ing, rows[i].ing);
	}
}

static void
nouns_get_their_plural(void **state)
{
	static const char *const rows[][2] = {
		{ "attack", "attacks" },          { "army", "armies" },
		{ "gunman", "gunmen" },           { "clash", "clashes" },
		{ "spokeswoman", "spokeswomen" }, { "envoy", "envoys" }
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char many[FORM_TEXT];

		inflect_noun(rows[i][0], many);
		assert_string_equal(many, rows[i][1]);
	}
}

static void
a_word_of_any_length_is_cut_and_not_overrun(void **state)
{
	char base[5000], many[FORM_TEXT];
	struct verb_forms f;

	(void)state;
	memset(base, 'b', sizeof(base) - 1);
	base[sizeof(base) - 1] = '\0';
	inflect_verb(base, &f);
	inflect_noun(base, many);
	assert_in_range(strlen(f.ing), 1, FORM_TEXT - 1);
	assert_in_range(strlen(many), 1, FORM_TEXT - 1);
}

static void
the_shipped_tables_load_and_cover_all_types(void **state)
{
	static const char *const types[] = {
		"AGREE",    "CONSULT",     "SUPPORT", "CONCEDE",  "COOPERATE", "AID",
		"RETREAT",  "REQUEST",     "ACCUSE",  "REJECT",   "THREATEN",  "PROTEST",
		"SANCTION", "MOBILIZE",    "COERCE",  "ASSAULT",  "INSPECT",   "ATTEND",
		"TRAVEL",   "COMMEMORATE", "APPROVE", "PRODUCE",  "ELECT",     "APPOINT",
		"ACQUIRE",  "RESULT",      "LAYOFF",  "DISASTER", "ACCIDENT",  "DIE",
		"INJURE",   "OUTBREAK",    "RESCUE",  "DISCOVER", "WIN"
	};
	struct err err;
	struct lexicon *x = lexicon_new("lexicon", &err);

	(void)state;
	if (!x)
		fail_msg("%s", err.text);
	assert_in_range(lexicon_pattern_count(x), 600, 100000);
	for (size_t t = 0; t < LENGTH(types); t++) {
		size_t n = 0;

		assert_non_null(lexicon_type(x, types[t]));
		for (size_t i = 0; i < lexicon_pattern_count(x); i++)
			n += !strcmp(lexicon_pattern(x, i)->type->name, types[t]);
		if (n < 5)
			fail_msg("%s has %zu patterns", types[t], n);
	}
	assert_non_null(lexicon_word(x, "withdrew")->readings);
	assert_true(lexicon_goldstein(x, "1634") < -7.9);
	lexicon_free(x);
}

/* A copy of lexicon/ with one more line in one of its files. */
static void
refuses(const char *file, const char *line, const char *says)
{
	char directory[] = "lexicon_test.XXXXXX", command[512];
	struct err err;
	struct lexicon *x;

	assert_non_null(mkdtemp(directory));
	snprintf(command, sizeof(command), "cp lexicon/*.tsv %s", directory);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s/%s", directory, file);
	FILE *f = fopen(command, "a");
	assert_non_null(f);
	fprintf(f, "%s\n", line);
	fclose(f);
	x = lexicon_new(directory, &err);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	assert_null(x);
	assert_int_equal(err.class, ERR_USAGE);
	if (!strstr(err.text, file) || !strstr(err.text, says))
		fail_msg("%s: %s", line, err.text);
}

static void
a_wrong_cell_is_refused_with_its_place(void **state)
{
	static const char *const rows[][3] = {
		{ "triggers.tsv",
		  "smite\tv\tsubject\tobject\t\tSMITE\t\t\tHe *smote* him.", "type: " },
		{ "triggers.tsv",
		  "smite\tv\tbeside\tobject\t\tASSAULT\t\t\tHe *smote* him.", "actor: " },
		{ "triggers.tsv",
		  "smite\tv\tsubject\tobject\tobject:gods\tASSAULT\t\t\tHe *smote* it.",
		  "need: " },
		{ "triggers.tsv",
		  "smite\tv\tsubject\tobject\t\tASSAULT/holy\t\t\tHe *smote* him.",
		  "type: " },
		{ "triggers.tsv",
		  "smite\tv\tsubject\tobject\t\tASSAULT\t\t\tHe smote him.",
		  "example: " },
		{ "triggers.tsv",
		  "smite\tx\tsubject\tobject\t\tASSAULT\t\t\tHe *smote* him.", "pos: " },
		{ "triggers.tsv",
		  "invade\tv\tsubject\tobject\tobject\tASSAULT\t\t\tHe *invaded* it.",
		  "stands in line" },
		{ "triggers.tsv",
		  "smite\tv\tsubject\tobject\t\tASSAULT\t\t19x\tHe *smote* him.",
		  "cameo: " },
		{ "agents.tsv", "wizard\tMAG", "sectors: " },
		{ "ontology.tsv", "type\tASSAULT", "name: " },
		{ "ontology.tsv", "mode\tholy\tSMITE", "of: " },
		{ "grammar.tsv", "interjection\t\tah", "kind: " },
		{ "operators.tsv", "perhaps\tv\tmay", "effect: " },
		{ "nested.tsv", "REQUEST\tSMITE\tREQUEST\tyield", "inner: " },
		{ "irregular.tsv", "v\tbegin\tbegan, begun", "lemma: " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		refuses(rows[i][0], rows[i][1], rows[i][2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_are_inflected_by_rule),
		cmocka_unit_test(nouns_get_their_plural),
		cmocka_unit_test(a_word_of_any_length_is_cut_and_not_overrun),
		cmocka_unit_test(the_shipped_tables_load_and_cover_all_types),
		cmocka_unit_test(a_wrong_cell_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
