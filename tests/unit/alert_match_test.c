/* Which rules hold of a record, by the index and by a look at each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/match.h"
#include "base/buf.h"
#include "base/mem.h"

static struct codes *codes;
static struct arena arena;

static int
setup(void **state)
{
	struct err err;

	(void)state;
	arena_init(&arena, 256 << 20);
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
	arena_release(&arena);
	return 0;
}

static const char *const mil[] = { "MIL" }, *const gov[] = { "GOV" };
static const char *const aerial[] = { "aerial" }, *const weapons[] = { "weapons" };
static const char *const military[] = { "military" };
static const char *const negation[] = { "negation" }, *const future[] = { "future" };

static struct actor russia = { .span.text = "Russian forces",
			       .name = "Russia",
			       .country = "RUS",
			       .sectors = { mil, 1 } };
static struct actor japan = {
	.span.text = "Tokyo", .name = "Japan", .country = "JPN", .sectors = { gov, 1 }
};
static struct actor kim = { .span.text = "Kim Jong Un",
			    .name = "Kim Jong Un",
			    .country = "PRK",
			    .sectors = { gov, 1 } };
static struct actor crowd = { .span.text = "Protesters" };
static const struct actor brovary = { .span.text = "Brovary",
				      .name = "Brovary",
				      .country = "UKR",
				      .has_point = true,
				      .lat = 50.51,
				      .lon = 30.79 };

/* An air raid, a weapons programme that somebody denies, a protest to come. */
static struct event events[] = {
	{ .type = "MOBILIZE",
	  .modes = { weapons, 1 },
	  .contexts = { military, 1 },
	  .aux = { negation, 1 },
	  .has_score = true,
	  .score = -6.5,
	  .trigger.text = "armed",
	  .actor = { &kim, 1 },
	  .recipient = { &japan, 1 },
	  .dead = -1,
	  .injured = -1 },
	{ .type = "ASSAULT",
	  .main = true,
	  .modes = { aerial, 1 },
	  .contexts = { military, 1 },
	  .has_score = true,
	  .score = -9,
	  .trigger.text = "bombed",
	  .actor = { &russia, 1 },
	  .location = &brovary,
	  .dead = 2,
	  .injured = 9 },
	{ .type = "PROTEST",
	  .aux = { future, 1 },
	  .has_score = true,
	  .score = -5,
	  .trigger.text = "rally",
	  .actor = { &crowd, 1 },
	  .recipient = { &russia, 1 },
	  .dead = -1,
	  .injured = -1 },
};
static const char json[] = "{\"article\":{\"urgency\":3},\"n\":2}";

static struct enriched
record(void)
{
	return (struct enriched){
		.article = { .uri = "urn:x",
			     .headline = "Russia bombs Brovary",
			     .body_text = "Russian forces bombed a depot near Kyiv.\nNo "
					  "missile was seen, said the São Paulo office.",
			     .infosource = "Example Wire",
			     .urgency = 3 },
		.events = events,
		.event_count = LENGTH(events),
	};
}

/* The matches as "rule:trigger rule:- ..." */
static const char *
found(const char *text, bool slowly)
{
	struct enriched e = record();
	struct rules *rules;
	struct matcher *m;
	struct matches out;
	struct err err;
	char *all = must_strdup(""), *more;
	int failed;

	arena_reset(&arena);
	if (rules_read(&rules, "rules", text, strlen(text), codes, &err))
		fail_msg("%s\n%s", text, err.text);
	m = matcher_new(rules);
	failed = (slowly ? matcher_find_slowly : matcher_find)(m, &e, json, strlen(json),
							       &arena, &out, &err);
	assert_int_equal(failed, 0);
	for (size_t i = 0; i < out.count; i++) {
		more =
		    must_printf("%s%s%s:%s", all, i ? " " : "", out.items[i].rule->name,
				out.items[i].event ? out.items[i].event->trigger.text
						   : "-");
		free(all);
		all = more;
	}
	more = arena_strdup(&arena, all);
	free(all);
	matcher_free(m);
	rules_free(rules);
	return more;
}

static void
a_rule_holds_of_an_event_or_not(void **state)
{
	static const struct {
		const char *rule, *found;
	} cases[] = {
		{ "type = ASSAULT", "r:bombed" },
		{ "type = ASSAULT, PROTEST", "r:bombed" }, /* the main one */
		{ "type = ASSAULT, PROTEST\non = event", "r:bombed r:rally" },
		{ "type = AID", "" },
		{ "mode = aerial", "r:bombed" },
		{ "context = military", "r:bombed" },
		{ "context = military\naux = any\non = event", "r:armed r:bombed" },
		{ "actor = RUS", "r:bombed" },
		{ "actor = Russian Federation", "r:bombed" },
		{ "actor = \"Russia\"", "r:bombed" },
		{ "actor = RUS/MIL", "r:bombed" },
		{ "actor = RUS/GOV", "" },
		{ "actor = BRICS/MIL", "r:bombed" },
		{ "actor = MIL", "r:bombed" },
		{ "actor = protesters", "r:rally" }, /* without a name by their words */
		{ "recipient = RUS", "r:rally" },
		{ "actor = RUS\nrecipient = RUS", "" }, /* not of one event */
		{ "actor = PRK", "" },                  /* denied */
		{ "actor = PRK\naux = negation", "r:armed" },
		{ "recipient = G7\naux = any", "r:armed" },
		{ "type = PROTEST\naux = none", "" },
		{ "type = PROTEST\naux = future", "r:rally" },
		{ "place = UKR", "r:bombed" },
		{ "place = Brovary", "r:bombed" },
		{ "place = within 30 km of Kyiv", "r:bombed" },
		{ "place = within 10 km of Kyiv", "" },
		{ "place = POL, within 30 km of 50.45 30.52", "r:bombed" },
		{ "place = within 2000 km of Warsaw", "r:bombed" }, /* no squares */
		{ "place = POL", "" },
		{ "min_score = -9", "r:bombed" },
		{ "min_score = 5", "r:bombed" },
		{ "min_score = 5\non = event", "r:bombed r:rally" },
		{ "min_score = 9.5", "" },
		{ "min_casualties = 11", "r:bombed" },
		{ "min_casualties = 12", "" },
		{ "type = ASSAULT\nwords = depot NEAR/2 Kyiv", "r:bombed" },
		{ "type = ASSAULT\nwords = bombs AND office",
		  "r:bombed" }, /* headline and body */
		{ "type = ASSAULT\nwords = tanks", "" },
		{ "words = depot", "r:-" },
		{ "words = /depot near [A-Z]/", "r:-" },
		{ "words = /DEPOT/", "" },
		{ "words = /^russian/i", "r:-" },
		{ "words = sao", "r:-" },
		{ "source = example wire", "r:-" },
		{ "source = Reuters, Example Wire\nurgency = 3", "r:-" },
		{ "source = Reuters", "" },
		{ "urgency = 2", "" },
		{ "where = .n == 2", "r:-" },
		{ "where = .n == 3", "" },
		{ "where = .n | error", "" },
		{ "words = NOT tanks", "r:-" },
		{ "words = NOT depot", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *text = must_printf("[r]\n%s\n", cases[i].rule);
		const char *quick = found(text, false);

		if (strcmp(quick, cases[i].found))
			fail_msg("%s: '%s', not '%s'", cases[i].rule, quick,
				 cases[i].found);
		if (strcmp(found(text, true), cases[i].found))
			fail_msg("%s: otherwise without the index", cases[i].rule);
		free(text);
	}
}

static void
why_and_why_not_are_said(void **state)
{
	static const struct {
		const char *rule, *why;
	} cases[] = {
		{ "type = ASSAULT\nactor = BRICS",
		  "type: ASSAULT; actor: Russia (RUS); trigger: bombed" },
		{ "min_casualties = 3\nplace = UKR\nmin_score = -5",
		  "place: Brovary; score: -9; casualties: 11; trigger: bombed" },
		{ "words = depot AND kyiv\nsource = Example Wire",
		  "source: Example Wire; words: depot AND kyiv" },
		{ "type = AID", "no: type: no event with AID" },
		{ "type = ASSAULT\nactor = JPN", "no: actor: no such event with JPN" },
		{ "type = MOBILIZE", "no: aux: negation" },
		{ "type = ASSAULT\nmin_casualties = 100",
		  "no: min_casualties: no such event with 100" },
		{ "words = tanks", "no: words: not tanks" },
		{ "where = .n | error", "no: where (failed): not .n | error" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *text = must_printf("[r]\n%s\n", cases[i].rule);
		struct enriched e = record();
		struct rules *rules;
		struct matcher *m;
		struct matches out;
		struct reasons why;
		struct buf said;
		struct err err;

		arena_reset(&arena);
		buf_init(&said, 1 << 16);
		assert_int_equal(rules_read(&rules, "r", text, strlen(text), codes, &err),
				 0);
		m = matcher_new(rules);
		assert_int_equal(matcher_find(m, &e, json, strlen(json), &arena, &out,
					      &err),
				 0);
		if (!matcher_why(m, &e, json, strlen(json), &rules->items[0], NULL,
				 &arena, &why))
			buf_adds(&said, "no: ");
		for (size_t k = 0; k < why.count; k++)
			buf_printf(&said, "%s%s", k ? "; " : "", why.items[k]);
		assert_string_equal(said.data, cases[i].why);
		buf_release(&said);
		matcher_free(m);
		rules_free(rules);
		free(text);
	}
}

/* More events than a word has bits; the one that fits is the last. */
static void
an_article_of_a_hundred_events_is_matched(void **state)
{
	static const char text[] = "[all]\ntype = ASSAULT, AID\non = event\n"
				   "[one]\ntype = AID\nactor = JPN\n";
	static struct event many[100];
	struct enriched e = record();
	struct rules *rules;
	struct matcher *m;
	struct matches out;
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(many); i++)
		many[i] = events[1];
	many[99] = (struct event){ .type = "AID", .actor = { &japan, 1 } };
	e.events = many;
	e.event_count = LENGTH(many);
	arena_reset(&arena);
	assert_int_equal(rules_read(&rules, "r", text, strlen(text), codes, &err), 0);
	m = matcher_new(rules);
	assert_int_equal(matcher_find(m, &e, json, strlen(json), &arena, &out, &err), 0);
	assert_int_equal(out.count, 101);
	assert_ptr_equal(out.items[100].event, &many[99]);
	matcher_free(m);
	rules_free(rules);
}

/* A pattern that would take for ever gives up at once, and it is counted. */
static void
a_regex_bomb_gives_up(void **state)
{
	static const char text[] =
	    "[bomb]\nwords = /(a+)+(a+)+(a+)+$/\n[other]\nwords = end\n";
	char body[3000];
	struct enriched e = record();
	struct rules *rules;
	struct matcher *m;
	struct matches out;
	struct reasons why;
	struct err err;

	(void)state;
	memset(body, 'a', sizeof(body));
	strcpy(body + sizeof(body) - 5, " end");
	e.article.body_text = body;
	arena_reset(&arena);
	assert_int_equal(rules_read(&rules, "r", text, strlen(text), codes, &err), 0);
	m = matcher_new(rules);
	assert_int_equal(matcher_find(m, &e, json, strlen(json), &arena, &out, &err), 0);
	assert_int_equal(out.count, 1);
	assert_string_equal(out.items[0].rule->name, "other");
	assert_int_equal(matcher_cost(m, &rules->items[0])->gave_up, 1);
	assert_true(matcher_cost(m, &rules->items[0])->ns < INT64_C(5000000000));
	assert_false(
	    matcher_why(m, &e, json, strlen(json), &rules->items[0], NULL, &arena, &why));
	assert_non_null(strstr(why.items[0], "gave up"));
	matcher_free(m);
	rules_free(rules);
}

/*
 * Rules by chance, of few words so that many hold: the index leaves out none
 * that holds.  It is of use as well: it looks at few of them.
 */
static void
the_index_finds_what_a_look_at_each_rule_finds(void **state)
{
	static const char *const lines[] = {
		"type = ASSAULT",
		"type = AID, PROTEST",
		"mode = aerial",
		"actor = BRICS",
		"actor = \"Nobody\"",
		"actor = RUS/MIL",
		"recipient = RUS",
		"place = UKR",
		"context = military",
		"words = depot",
		"words = NOT depot",
		"words = tank OR (bomb* office)",
		"words = nothing",
		"source = Example Wire",
		"place = within 40 km of Kyiv",
		"min_casualties = 5",
		"aux = any",
		"urgency = 3",
		"on = event",
		"min_score = -5",
	};
	struct buf text;
	unsigned seed = 7;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int round = 0; round < 50; round++) {
		buf_reset(&text);
		for (int rule = 0; rule < 100; rule++) {
			bool has[64] = { false };

			buf_printf(&text, "[%d]\ntype = ", rule);
			buf_adds(&text,
				 rule % 3 ? "ASSAULT, MOBILIZE\n" : "PROTEST, AID\n");
			for (int i = 0; i < 3; i++) {
				size_t k = (size_t)rand_r(&seed) % LENGTH(lines), key;

				for (key = 0; key < LENGTH(lines); key++)
					if (!strncmp(lines[key], lines[k],
						     strcspn(lines[k], " ")))
						break;
				if (!has[key] && strncmp(lines[k], "type", 4))
					buf_printf(&text, "%s\n", lines[k]);
				has[key] = true;
			}
		}
		assert_int_equal(text.full, false);
		{
			char *quick = must_strdup(found(text.data, false));

			assert_string_equal(quick, found(text.data, true));
			assert_true(round || *quick);
			free(quick);
		}
	}
	buf_release(&text);
}

static void
of_ten_thousand_rules_few_are_looked_at(void **state)
{
	struct buf text;
	struct enriched e = record();
	struct rules *rules;
	struct matcher *m;
	struct matches out;
	struct err err;
	int64_t looks = 0;

	(void)state;
	buf_init(&text, 4 << 20);
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "[%d]\ntype = ASSAULT\nwords = Kyiv AND word%d\n", i,
			   i);
	buf_adds(&text, "[this]\nactor = RUS\nwords = depot\n");
	arena_reset(&arena);
	assert_int_equal(rules_read(&rules, "r", text.data, text.size, codes, &err), 0);
	m = matcher_new(rules);
	assert_int_equal(matcher_unindexed(m), 0);
	assert_int_equal(matcher_find(m, &e, json, strlen(json), &arena, &out, &err), 0);
	assert_int_equal(out.count, 1);
	for (size_t i = 0; i < rules->count; i++)
		looks += matcher_cost(m, &rules->items[i])->looks;
	assert_int_equal(looks, 1);
	matcher_free(m);
	rules_free(rules);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_holds_of_an_event_or_not),
		cmocka_unit_test(why_and_why_not_are_said),
		cmocka_unit_test(an_article_of_a_hundred_events_is_matched),
		cmocka_unit_test(a_regex_bomb_gives_up),
		cmocka_unit_test(the_index_finds_what_a_look_at_each_rule_finds),
		cmocka_unit_test(of_ten_thousand_rules_few_are_looked_at),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
