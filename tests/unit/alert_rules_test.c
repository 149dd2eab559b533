/* A file of rules is read whole or refused, with the place and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/rule.h"
#include "base/mem.h"

static struct codes *codes;

static int
setup(void **state)
{
	struct err err;

	(void)state;
	codes = codes_new("lexicon", &err);
	if (!codes)
		print_error("%s\n", err.text);
	return codes ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	codes_free(codes);
	return 0;
}

static struct rules *
taken(const char *text)
{
	struct rules *rules;
	struct err err;

	if (rules_read(&rules, "rules", text, strlen(text), codes, &err))
		fail_msg("%s\n%s", text, err.text);
	return rules;
}

static bool
lists(const struct code_list *l, const char *code)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->items[i], code))
			return true;
	return false;
}

static void
every_key_is_read(void **state)
{
	struct rules *rules =
	    taken("# what the desk wants\n"
		  "[PRK missiles]\n"
		  "type = produce, ASSAULT\r\n"
		  "mode = weapons,aerial\n"
		  "context = military\n"
		  "actor = North Korea, G7, RUS/MIL, Kim Jong Un, GOV\n"
		  "recipient = \"Doe, Jane\"\n"
		  "place = UKR, within 50 km of Kyiv\n"
		  "words = missile* NEAR/5 test\n"
		  "source = Reuters\n"
		  "where = .article.urgency != 8\n"
		  "urgency = 4\n"
		  "min_score = -2.5\n"
		  "min_casualties = 3\n"
		  "aux = historical, future\n"
		  "on = event\n"
		  "again = articles >= 5, sources >=3, articles >= 20, score\n"
		  "priority = high\n"
		  "max_age = 2d\n"
		  "channel = desk, mail\n"
		  "needs = 3 in 10m\n"
		  "hold = 30m\n"
		  "quiet = 22:00-07:30\n"
		  "escalate = 15m to chief\n"
		  "recover = 6h\n"
		  "\n"
		  "  [words]  \n"
		  "\twords\t=\t/mis{2}ile/i\n"
		  "[silence]\n"
		  "expect = Agence France-Presse every 90s\n");
	const struct rule *r = &rules->items[0];

	(void)state;
	assert_int_equal(rules->count, 3);
	assert_string_equal(r->name, "PRK missiles");
	assert_int_equal(r->line, 2);
	assert_int_equal(r->parts[PART_TYPE].count, 2);
	assert_true(lists(&r->parts[PART_TYPE], "PRODUCE"));
	assert_true(lists(&r->parts[PART_MODE], "aerial"));
	assert_true(lists(&r->parts[PART_CONTEXT], "military"));
	assert_int_equal(r->parts[PART_ACTOR].count, 1 + 8 + 1 + 1 + 1);
	assert_true(lists(&r->parts[PART_ACTOR], "PRK"));
	assert_true(lists(&r->parts[PART_ACTOR], "JPN"));
	assert_true(lists(&r->parts[PART_ACTOR], "=g7"));
	assert_true(lists(&r->parts[PART_ACTOR], "RUS/MIL"));
	assert_true(lists(&r->parts[PART_ACTOR], "=kim jong un"));
	assert_true(lists(&r->parts[PART_ACTOR], "/GOV"));
	assert_true(lists(&r->parts[PART_RECIPIENT], "=doe, jane"));
	assert_true(lists(&r->parts[PART_PLACE], "UKR"));
	assert_true(r->near && r->near->km > 49 && r->near->lat > 50 &&
		    r->near->lon > 30);
	assert_non_null(r->words);
	assert_true(lists(&r->parts[PART_SOURCE], "=reuters"));
	assert_non_null(r->where);
	assert_int_equal(r->urgency, 4);
	assert_true(r->score < -2.4 && r->score > -2.6);
	assert_int_equal(r->casualties, 3);
	assert_int_equal(r->aux, AUX_HISTORICAL | AUX_FUTURE);
	assert_int_equal(r->on, ON_EVENT);
	assert_int_equal(r->again.article_count, 2);
	assert_int_equal(r->again.articles[1], 20);
	assert_int_equal(r->again.sources[0], 3);
	assert_true(r->again.on_score && !r->again.on_casualties);
	assert_int_equal(r->priority, PRIORITY_HIGH);
	assert_true(r->max_age_ms == INT64_C(48) * 3600 * 1000);
	assert_int_equal(r->channels.count, 2);
	assert_int_equal(r->needs.count, 3);
	assert_int_equal(r->needs.within_ms, 600000);
	assert_int_equal(r->hold_ms, 1800000);
	assert_int_equal(r->quiet.from, 22 * 60);
	assert_int_equal(r->quiet.to, 7 * 60 + 30);
	assert_int_equal(r->escalate.after_ms, 900000);
	assert_string_equal(r->escalate.channel, "chief");
	assert_int_equal(r->recover_ms, 6 * 3600000);
	r = &rules->items[2];
	assert_int_equal(r->expect.every_ms, 90000);
	assert_string_equal(r->expect.source, "Agence France-Presse");
	assert_string_equal(r->expect.code, "=agence france-presse");
	r = &rules->items[1];
	assert_string_equal(r->name, "words");
	assert_non_null(r->regex);
	assert_int_equal(r->on, ON_STORY);
	assert_int_equal(r->aux, AUX_FUTURE);
	assert_int_equal(r->priority, PRIORITY_NORMAL);
	assert_true(r->max_age_ms == INT64_C(24) * 3600 * 1000);
	rules_free(rules);
	rules_free(taken(""));
	rules_free(taken("# nothing yet\n\n"));
}

static void
what_is_wrong_is_said_with_line_and_column(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "[a]\ntype = ACUSE\n",
		  "r:2:8: [a]: type: no type 'ACUSE'; did you mean 'ACCUSE'?" },
		{ "[a]\ntype = AID, acuse\n",
		  "r:2:13: [a]: type: no type 'acuse'; did you mean 'ACCUSE'?" },
		{ "[a]\ntyp = AID\n",
		  "r:2:1: [a]: a rule has no key 'typ'; did you mean 'type'?" },
		{ "[a]\nmode = weapns\n", "did you mean 'weapons'?" },
		{ "[a]\ncontext = militry\n", "did you mean 'military'?" },
		{ "[a]\nactor = PRX\n",
		  "r:2:9: [a]: actor: no state, sector or group 'PRX'" },
		{ "[a]\nactor = PRK, RUS/MILI\n",
		  "r:2:14: [a]: actor: no sector 'MILI'; did you mean 'MIL'?" },
		{ "[a]\nactor = Rusia/MIL\n", "no state or group 'Rusia'" },
		{ "[a]\nplace = within x km of Kyiv\n",
		  "r:2:16: [a]: place: 'x' is no number" },
		{ "[a]\nplace = within 5 of Kyiv\n", "r:2:17: [a]: place: as in" },
		{ "[a]\nplace = within 5 km of Nowhereville\n",
		  "r:2:24: [a]: place: no place" },
		{ "[a]\nplace = within 5 km of 91 0\n", "no latitude and longitude" },
		{ "[a]\nwords = São (missile\n",
		  "r:2:13: [a]: words: this bracket is never closed" },
		{ "[a]\nwords = /mis(sile/\n", "r:2:18: [a]: words: no pattern" },
		{ "[a]\nwords = /x/g\n",
		  "r:2:12: [a]: words: behind a pattern stands i" },
		{ "[a]\nwords = //\n", "empty pattern" },
		{ "[a]\nwhere = .a ||\n", "r:2:9: [a]: where: " },
		{ "[a]\nurgency = 0\n", "no number from 1 to 9" },
		{ "[a]\nurgency = 2.5\n", "no whole number" },
		{ "[a]\nmin_score = nan\n", "no number from -10 to 10" },
		{ "[a]\ntype = AID\naux = negated\n",
		  "r:3:7: [a]: aux: 'negated' is none of negation, hypothetical" },
		{ "[a]\ntype = AID\non = events\n", "none of story, article, event" },
		{ "[a]\nwords = x\non = event\n",
		  "r:1:2: [a]: on = event, but nothing says which" },
		{ "[a]\nwords = x\nagain = articles > 5\n", "r:3:9: [a]: again: as in" },
		{ "[a]\nwords = x\nagain = articles >= 5, articles >= 5\n",
		  "r:3:36: [a]: again: steps rise" },
		{ "[a]\nwords = x\nagain = score, often\n", "'often' is none of" },
		{ "[a]\nwords = x\npriority = top\n",
		  "none of low, normal, high, urgent" },
		{ "[a]\nwords = x\nmax_age = 24\n", "no time" },
		{ "[a]\nwords = x\nmax_age = 0h\n", "no number from 1" },
		{ "[a]\nwords = x\nwords = y\n", "r:3:1: [a]: the rule has it twice" },
		{ "[a]\n", "r:1:2: [a]: nothing says what it is for" },
		{ "[a]\npriority = high\n[b]\nwords = x\n", "r:1:2: [a]: nothing says" },
		{ "[a]\nwords = x\n[a]\nwords = y\n",
		  "r:3:2: line 1 has a rule of this name" },
		{ "words = x\n", "r:1:1: this stands in no rule" },
		{ "[a\n", "r:1:3: ] is missing" },
		{ "[ ]\n", "a rule needs a name" },
		{ "[a]\nwords\n", "r:2:1: neither [NAME] nor KEY = VALUE" },
		{ "[a]\nwords =\n", "r:2:8: the value is missing" },
		{ "[a]\ntype = AID,\n", "r:2:12: [a]: type: nothing stands between" },
		{ "[a]\nwords = x\nneeds = 3\n", "r:3:9: [a]: needs: as in '3 in 10m'" },
		{ "[a]\nwords = x\nneeds = 1 in 10m\n", "no number from 2 to 100" },
		{ "[a]\nwords = x\nneeds = 3 in 10\n", "r:3:14: [a]: needs: '10' is no time" },
		{ "[a]\nwords = x\nquiet = 22-7\n", "as in '22:00-07:00'" },
		{ "[a]\nwords = x\nquiet = 22:00-24:00\n",
		  "r:3:15: [a]: quiet: '24:00' is no time of day" },
		{ "[a]\nwords = x\nquiet = 22:00-22:00\n", "ends at the same time" },
		{ "[a]\nwords = x\nescalate = 15m\n", "as in '15m to CHANNEL'" },
		{ "[a]\nexpect = Reuters\n", "as in 'Reuters every 10m'" },
		{ "[a]\nexpect = x every 10m\nwords = x\n",
		  "r:1:2: [a]: expect stands alone" },
		{ "[a]\nwords = x",
		  "r:2:10: the last line has no end: is it being written?" },
		{ "[a]\nwords = \xff\n", "r:2:9: bytes that are no UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct rules *rules = NULL;
		struct err err = { 0 };

		if (!rules_read(&rules, "r", cases[i].text, strlen(cases[i].text), codes,
				&err))
			fail_msg("%s: taken", cases[i].text);
		assert_null(rules);
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

/* Cut anywhere, a file is refused, or it ends where a line and a whole rule end. */
static void
half_a_file_is_refused(void **state)
{
	static const char text[] = "[one]\ntype = ACCUSE, ASSAULT\nactor = Iran\n"
				   "[two]\nwords = (a OR b) NEAR/3 c\n";
	size_t taken_at = 0;

	(void)state;
	for (size_t n = 1; n < strlen(text); n++) {
		struct rules *rules;
		struct err err;

		if (rules_read(&rules, "r", text, n, codes, &err)) {
			assert_int_equal(err.class, ERR_USAGE);
			continue;
		}
		assert_int_equal(text[n - 1], '\n');
		assert_int_equal(rules->count, 1);
		rules_free(rules);
		taken_at++;
	}
	assert_int_equal(taken_at, 2);
}

static void
ten_thousand_rules_are_read(void **state)
{
	char *text = must_alloc(10000 * 128), *p = text;
	struct rules *rules;

	(void)state;
	for (int i = 0; i < 10000; i++)
		p += sprintf(p, "[rule %d]\nwords = word%d AND (a OR b%d)\nactor = G20\n",
			     i, i, i % 100);
	rules = taken(text);
	assert_int_equal(rules->count, 10000);
	assert_int_equal(rules->terms.count, 10000 + 1 + 100);
	rules_free(rules);
	free(text);
}

static void
a_file_that_is_not_there_is_said(void **state)
{
	struct rules *rules;
	struct err err;

	(void)state;
	assert_int_equal(rules_open(&rules, "/nonexistent/rules", codes, &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/rules: No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(what_is_wrong_is_said_with_line_and_column),
		cmocka_unit_test(half_a_file_is_refused),
		cmocka_unit_test(ten_thousand_rules_are_read),
		cmocka_unit_test(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
