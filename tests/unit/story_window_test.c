/* Which articles are versions, copies and of one story; what leaves; and that an abort
 * undoes. */
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
#include "base/mem.h"
#include "record/enriched.h"
#include "story/window.h"

static struct arena arena;
static struct window *w;
static struct err err;

/* What was said, as text: `uri id articles/sources flags`, a statement each. */
static struct buf said;

/* What is remembered, as a compacted topic would have it. */
static struct map kept; /* key to its JSON; NULL: forgotten */

static void
forget_kept(void)
{
	for (size_t i = 0; i < kept.count; i++) {
		free(kept.entries[i].value);
		free((void *)(uintptr_t)kept.entries[i].key);
	}
	map_release(&kept);
	map_init(&kept, 1 << 16);
}

static void
open_window(uint32_t articles, int hours)
{
	struct window_conf conf = { articles, hours };

	window_free(w);
	w = window_new(&conf, "lexicon", &err);
	if (!w)
		fail_msg("%s", err.text);
}

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	buf_init(&said, 64 << 20);
	map_init(&kept, 1 << 16);
	open_window(1000, 72);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	window_free(w);
	w = NULL;
	buf_release(&said);
	forget_kept();
	map_release(&kept);
	arena_release(&arena);
	return 0;
}

static int
say(void *arg, const struct statement *s, struct err *e)
{
	const struct story *t = &s->story;
	char line[1000];
	int n =
	    snprintf(line, sizeof(line), "%s %s %d/%d%s%s%s%s%s %.6f %s %s %s\n", s->uri,
		     t->id, t->articles, t->sources, s->arrived ? "" : " again",
		     t->new ? " new" : "", t->copy_of ? " copy of " : "",
		     t->copy_of ? t->copy_of : "", t->version_of ? " version" : "",
		     t->similarity, t->headline ? t->headline : "-",
		     t->why.count ? t->why.items[0] : "", t->first ? t->first : "ended");

	(void)arg;
	(void)e;
	buf_add(&said, line, (size_t)n);
	return 0;
}

static void
remember(const char *key, const struct buf *json)
{
	size_t n = strlen(key), before = kept.count;
	void **value = map_put(&kept, key, n);

	if (kept.count > before)
		kept.entries[before].key = must_strdup(key);
	free(*value);
	*value = json ? must_strdup(json->data) : NULL;
}

static int
keep(void *arg, const char *uri, const struct remembered *r, struct err *e)
{
	char key[100];
	struct buf json;

	(void)arg;
	(void)e;
	snprintf(key, sizeof(key), "member/%s", uri);
	buf_init(&json, 1 << 16);
	if (r) {
		remembered_print(r, "2026-03-02T10:00:00Z", &json);
		buf_addc(&json, '\0');
	}
	remember(key, r ? &json : NULL);
	buf_release(&json);
	return 0;
}

static int
note(void *arg, uint64_t id, const struct story_note *n, struct err *e)
{
	char key[100];
	struct buf json;

	(void)arg;
	(void)e;
	snprintf(key, sizeof(key), "story/%016llx", (unsigned long long)id);
	buf_init(&json, 1 << 16);
	if (n) {
		note_print(n, "2026-03-02T10:00:00Z", &json);
		buf_addc(&json, '\0');
	}
	remember(key, n ? &json : NULL);
	buf_release(&json);
	return 0;
}

static const struct window_out out = { say, keep, note, NULL };

static void
restart(uint32_t articles, int hours)
{
	struct remembered **members = must_alloc((kept.count + 1) * sizeof(*members));
	struct story_note **notes = must_alloc((kept.count + 1) * sizeof(*notes));
	size_t n = 0, m = 0;

	for (size_t i = 0; i < kept.count; i++) {
		const char *json = kept.entries[i].value;
		struct remembered r;
		struct story_note t;

		if (!json)
			continue;
		if (*(const char *)kept.entries[i].key == 'm') {
			if (remembered_parse(&r, json, strlen(json), &arena, &err))
				fail_msg("%s: %s", err.text, json);
			members[n++] = remembered_copy(&r);
		} else {
			if (note_parse(&t, json, strlen(json), &arena, &err))
				fail_msg("%s: %s", err.text, json);
			notes[m++] = note_copy(&t);
		}
	}
	open_window(articles, hours);
	window_restore(w, members, n, notes, m);
	while (n)
		free(members[--n]);
	while (m)
		free(notes[--m]);
	free(members);
	free(notes);
}

struct draft {
	const char *uri, *version, *source, *headline, *text, *time, *pubstatus;
};

static void
add(const struct draft *d)
{
	struct enriched e = {
		.article = { .uri = d->uri,
			     .version = d->version ? d->version : "1",
			     .versioncreated = d->time ? d->time : "2026-03-02T10:00:00Z",
			     .infosource = d->source ? d->source : "Atlas",
			     .headline = d->headline,
			     .pubstatus = d->pubstatus ? d->pubstatus : "usable",
			     .body_text = d->text }
	};
	struct story_article a;

	if (story_article_read(&a, &e, INT64_MAX, &arena, &err) ||
	    window_add(w, &a, &arena, &out, &err))
		fail_msg("%s", err.text);
}

static void
expect(const char *text)
{
	if (!strstr(said.data ? said.data : "", text))
		fail_msg("not said: %s\nsaid:\n%s", text, said.data ? said.data : "");
}

static void
expect_not(const char *text)
{
	if (strstr(said.data ? said.data : "", text))
		fail_msg("said: %s\nin:\n%s", text, said.data);
}

static void
forget_said(void)
{
	buf_reset(&said);
	buf_addc(&said, '\0');
	buf_reset(&said);
}

static void
go(const struct draft *d)
{
	forget_said();
	add(d);
	window_committed(w);
	buf_addc(&said, '\0');
	arena_reset(&arena);
}

#define FERRY                                                                           \
	"The ferry Marlena sank off Koratia on Monday with 140 passengers aboard, the " \
	"coast "                                                                        \
	"guard said. Rescuers pulled 96 people from the cold water of the Koratia "     \
	"strait and "                                                                   \
	"recovered 12 bodies. Captain Ivo Brandt told rescuers that the bow door had "  \
	"opened "                                                                       \
	"in high waves shortly after the Marlena left port. Divers were to search the " \
	"wreck "                                                                        \
	"of the ferry at first light."
#define FERRY_2                                                                         \
	"Divers searched the wreck of the Marlena on Tuesday for passengers still "     \
	"missing a "                                                                    \
	"day after the ferry went down in the Koratia strait. The coast guard put the " \
	"dead "                                                                         \
	"at 14. Captain Ivo Brandt was questioned about the bow door of the ferry, "    \
	"which "                                                                        \
	"rescuers found open."
#define BUDGET                                                                           \
	"Parliament passed a budget that raises the tax on beer and cuts the grants of " \
	"universities. Finance Minister Lena Oduya called it painful and fair. "         \
	"Students "                                                                      \
	"announced a march against the cuts."

static const struct draft ferry = { .uri = "u:1",
				    .headline = "Ferry sinks off Koratia",
				    .text = FERRY },
			  ferry_2 = { .uri = "u:2",
				      .source = "Harbour",
				      .headline = "Divers search wreck of ferry Marlena",
				      .text = FERRY_2,
				      .time = "2026-03-03T10:00:00Z" },
			  budget = { .uri = "u:3",
				     .headline = "Budget passes",
				     .text = BUDGET };

static void
one_occurrence_is_one_story(void **state)
{
	(void)state;
	go(&ferry);
	expect(" 1/1 new 0.000000 Ferry sinks off Koratia");
	go(&budget);
	expect(" 1/1 new 0.000000 Budget passes");
	go(&ferry_2);
	expect("u:2 ");
	expect(" 2/2 ");
	expect_not(" new ");
	assert_int_equal(window_size(w).articles, 3);
	assert_int_equal(window_size(w).stories, 2);
}

static void
the_same_text_is_a_copy_also_cut(void **state)
{
	struct draft copy = { .uri = "u:9",
			      .source = "Bay Herald",
			      .headline = "A ferry sank",
			      .text = FERRY };
	struct draft cut = { .uri = "u:8", .source = "Valley", .text = NULL };

	(void)state;
	go(&ferry);
	go(&copy);
	expect("u:9 ");
	expect("copy of u:1");
	cut.text = arena_copy(&arena, FERRY, strlen(FERRY) * 6 / 10);
	go(&cut);
	expect("copy of u:");
	expect(" 3/3");
}

static void
a_version_replaces_and_an_older_one_does_not(void **state)
{
	struct draft second = ferry, late = ferry;

	(void)state;
	go(&ferry);
	second.version = "2";
	second.headline = "Ferry sinks, 12 dead";
	go(&second);
	expect(" 1/1 version 0.000000 Ferry sinks, 12 dead");
	go(&late);
	expect(" 1/1 0.000000 Ferry sinks, 12 dead");
	expect_not(" version");
	assert_int_equal(window_size(w).stories, 1);
}

static void
a_withdrawn_article_leaves_and_an_empty_story_ends(void **state)
{
	struct draft killed = ferry;

	(void)state;
	killed.version = "2";
	killed.pubstatus = "canceled";
	go(&ferry);
	go(&ferry_2);
	go(&killed);
	expect("u:1 ");
	expect(" 1/1 0.000000 Divers search wreck of ferry Marlena withdrawn");
	go(&ferry); /* older: it does not come back */
	expect("withdrawn");
	assert_int_equal(window_size(w).stories, 1);
	killed.uri = "u:2";
	go(&killed);
	expect("u:2 ");
	expect(" 0/0 0.000000 - withdrawn ended");
	assert_int_equal(window_size(w).stories, 0);
}

#define MARKET(word, number)                                                            \
	"The Norland exchange's index of thirty shares closed " word                    \
	" on the day as traders "                                                       \
	"weighed the outlook for rates. The index ended at " number                     \
	" points. Volume was in "                                                       \
	"line with the average of the past month, the exchange said. Banks and miners " \
	"moved "                                                                        \
	"most. The Norland crown was little changed against the euro and the dollar, "  \
	"dealers "                                                                      \
	"at three houses said. Trading ends at four in the afternoon, local time."

static void
the_next_report_of_a_series_is_another_story(void **state)
{
	struct draft monday = { .uri = "m:1",
				.headline = "Norland shares close higher",
				.text = MARKET("higher", "3,120.4") };
	struct draft tuesday = {
		.uri = "m:2",
		.headline = "Norland shares close lower",
		.text = MARKET("lower after two days of gains that took it to a "
			       "record, pulled down by the shares of a carmaker that "
			       "said it would sell fewer cars abroad",
			       "3,088.9"),
		.time = "2026-03-03T17:00:00Z"
	};
	struct draft copy = monday;

	(void)state;
	go(&monday);
	copy.uri = "m:3";
	copy.source = "Bay Herald";
	go(&copy);
	expect("copy of m:1");
	go(&tuesday);
	expect("m:2 ");
	expect(" 1/1 new");
	expect_not("copy of");
}

static void
what_is_over_expires_and_the_count_stays(void **state)
{
	struct draft later = ferry_2;

	(void)state;
	open_window(1000, 24);
	go(&ferry);
	later.time = "2026-03-02T20:00:00Z";
	go(&later);
	later.uri = "u:5";
	later.time = "2026-03-03T12:00:00Z";
	later.source = "Valley";
	go(&later);
	expect("u:5 ");
	expect(" 3/3");
	assert_int_equal(window_size(w).articles, 2);
}

static void
the_oldest_makes_room(void **state)
{
	char uri[32], text[256];

	(void)state;
	open_window(64, 72);
	for (int i = 0; i < 1000; i++) {
		struct draft d = { .uri = uri, .text = text };

		snprintf(uri, sizeof(uri), "n:%d", i);
		snprintf(text, sizeof(text),
			 "Word%d word%d word%d word%d word%d in town%d.", i * 7,
			 i * 7 + 1, i * 7 + 2, i * 7 + 3, i * 7 + 4, i);
		go(&d);
		assert_true(window_size(w).articles < 64);
	}
}

/* ---- an abort ---- */

enum { STEPS = 600, WORDS = 40, SEEDS = 12 };

static void
random_draft(struct draft *d, char *uri, char *text, char *version, char *time)
{
	static const char *const words[WORDS] = {
		"ferry",  "harbour", "budget", "court",  "minister", "quake",   "strike",
		"storm",  "rail",    "market", "bank",   "vote",     "senate",  "mayor",
		"school", "police",  "army",   "border", "treaty",   "visit",   "summit",
		"price",  "wheat",   "oil",    "gas",    "mine",     "union",   "dam",
		"flood",  "fire",    "crash",  "pilot",  "doctor",   "vaccine", "river",
		"bridge", "judge",   "jury",   "fine",   "appeal"
	};
	int topic = rand() % 12, n = 0;

	snprintf(uri, 32, "r:%d", rand() % 150);
	snprintf(version, 16, "%d", 1 + rand() % 4);
	snprintf(time, 32, "2026-03-%02dT%02d:00:00Z", 2 + rand() % 5, rand() % 24);
	for (int i = 0; i < 30; i++)
		n += snprintf(text + n, (size_t)(1000 - n), "%s%d ",
			      words[(topic * 5 + rand() % 7) % WORDS], topic);
	*d = (struct draft){ .uri = uri,
			     .version = version,
			     .time = time,
			     .text = text,
			     .source = words[rand() % 9],
			     .headline = rand() % 3 ? words[topic * 3] : NULL,
			     .pubstatus = rand() % 20 ? "usable" : "canceled" };
}

enum how { PLAIN, ABORTS, RESTARTS };

/*
 * With aborts between (each batch once aborted, then done) all is said as
 * without; so it is with restarts.
 */
static char *
run(enum how how, unsigned seed)
{
	char uris[8][32], texts[8][1000], versions[8][16], times[8][32];
	struct draft batch[8];

	srand(seed);
	forget_kept();
	open_window(100, 48);
	forget_said();
	for (int i = 0; i < STEPS;) {
		int n = 1 + rand() % 8;

		for (int j = 0; j < n; j++)
			random_draft(&batch[j], uris[j], texts[j], versions[j], times[j]);
		if (how == ABORTS) {
			size_t before = said.size;

			for (int j = 0; j < n; j++)
				add(&batch[j]);
			window_aborted(w);
			said.size = before;
		}
		for (int j = 0; j < n; j++, i++)
			add(&batch[j]);
		window_committed(w);
		if (how == RESTARTS && i % 3 == 0)
			restart(100, 48);
		arena_reset(&arena);
	}
	buf_addc(&said, '\0');
	return must_strdup(said.data);
}

static void
say_the_same(enum how how, unsigned seed)
{
	char *plain = run(PLAIN, seed), *other = run(how, seed);
	size_t i = 0, line = 0;

	for (; plain[i] && plain[i] == other[i]; i++)
		if (plain[i] == '\n')
			line = i + 1;
	if (plain[i] || other[i])
		fail_msg("seed %u: they part at:\n%.300s\n---\n%.300s", seed, plain + line,
			 other + line);
	assert_non_null(strstr(plain, " again"));
	assert_non_null(strstr(plain, "withdrawn"));
	free(plain);
	free(other);
}

static void
an_aborted_batch_never_was(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		say_the_same(ABORTS, seed);
}

static void
after_a_restart_all_goes_on_as_if_there_were_none(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		say_the_same(RESTARTS, seed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_occurrence_is_one_story, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_same_text_is_a_copy_also_cut, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
		    a_version_replaces_and_an_older_one_does_not, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_withdrawn_article_leaves_and_an_empty_story_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_next_report_of_a_series_is_another_story, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_over_expires_and_the_count_stays,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_oldest_makes_room, setup, teardown),
		cmocka_unit_test_setup_teardown(an_aborted_batch_never_was, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
		    after_a_restart_all_goes_on_as_if_there_were_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
