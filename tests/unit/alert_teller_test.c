/*
 * What is told and when, by a clock of the test's own.  Each scene is played
 * three times: as it is, with a restart before each step, and with each step
 * aborted once before it is done; all three tell the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/teller.h"
#include "base/mem.h"
#include "record/alert.h"
#include "time/clock.h"

/* 2026-11-24T12:00:00Z: what steps count from, in minutes. */
static const int64_t noon_ms = INT64_C(1795521600) * 1000;

static struct codes *codes;
static struct arena arena, scratch;

struct step {
	int minute;
	const char *story; /* of a record; NULL: the clock alone */
	const char *tells; /* "match first sight; recover nothing since ..." */
	int articles, sources;
	const char *source, *why, *text;
	int age; /* hours */
	bool replayed, withdrawn;
};

enum play { PLAIN, RESTARTED, ABORTED, PLAYS };

struct desk {
	struct teller *teller;
	const char *rules;
	struct bus_record *state; /* all that was committed */
	size_t count;
	struct buf told;
	char ids[64][ALERT_ID];
	size_t id_count;
	int64_t now_ms;
};

static int
setup(void **state)
{
	struct err err;

	(void)state;
	setenv("TZ", "UTC", 1);
	arena_init(&arena, 256 << 20);
	arena_init(&scratch, 64 << 20);
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
	arena_release(&scratch);
	return 0;
}

/* ---- a desk ---- */

static void
hear(struct desk *d, const struct bus_record *r)
{
	struct alert a;
	struct err err;

	if (alert_parse(&a, r->value, r->value_size, &arena, &err))
		fail_msg("%.*s: %s", (int)r->value_size, (const char *)r->value,
			 err.text);
	buf_printf(&d->told, "%s%s %s", d->told.size ? "; " : "", alert_kinds[a.kind],
		   a.why.count ? a.why.items[0] : "");
	for (size_t i = 0; i < a.item_count; i++)
		buf_printf(&d->told, " %s", a.items[i].story);
	snprintf(d->ids[d->id_count++], ALERT_ID, "%s", a.id);
}

static int
take(void *arg, const struct bus_record *r, struct err *err)
{
	struct desk *d = arg;
	struct bus_record *kept;

	(void)err;
	if (!strcmp(r->topic, "news.alerts")) {
		hear(d, r);
		return 0;
	}
	assert_string_equal(r->topic, "news.state");
	d->state = must_realloc(d->state, (d->count + 1) * sizeof(*d->state));
	kept = &d->state[d->count++];
	*kept = *r;
	kept->key = arena_copy(&arena, r->key, r->key_size);
	kept->value = r->value ? arena_copy(&arena, r->value, r->value_size) : NULL;
	return 0;
}

static void
open_desk(struct desk *d)
{
	static const struct teller_names names = { "news.alerts", "news.state",
						   "/news/alert" };
	struct rules *rules;
	struct err err;

	d->teller = teller_new(&names, INT64_C(7) * 24 * 3600 * 1000);
	if (rules_read(&rules, "rules", d->rules, strlen(d->rules), codes, &err))
		fail_msg("%s", err.text);
	teller_rules(d->teller, rules, d->now_ms);
	for (size_t i = 0; i < d->count; i++)
		if (memory_learn(teller_memory(d->teller), &d->state[i], &err))
			fail_msg("%s", err.text);
}

static void
make_record(struct bus_record *r, const struct step *s, int64_t now_ms)
{
	static const struct bus_header replay = { "nw-replay", "r1", 2 };
	char time[WALL_TEXT];
	struct story story = { .id = s->story,
			       .first = "2026-11-24T12:00:00Z",
			       .last = "2026-11-24T12:00:00Z",
			       .articles = s->articles ? s->articles : 1,
			       .sources = s->sources ? s->sources : 1,
			       .why = { &s->why, s->why != NULL } };
	struct enriched e = {
		.article = { .uri =
				 arena_printf(&scratch, "u:%s/%d", s->story, s->minute),
			     .headline = "A flood",
			     .body_text = s->text ? s->text : "A flood came.",
			     .infosource = s->source,
			     .pubstatus = s->withdrawn ? "canceled" : "usable",
			     .wordcount = -1 },
		.story = &story,
		.extractor = { .version = "1" },
	};
	struct buf json;

	wall_text((struct wall){ now_ms - s->age * INT64_C(3600000) }, time);
	e.article.versioncreated = time;
	buf_init(&json, 1 << 20);
	enriched_print(&e, &json);
	*r = (struct bus_record){ .topic = "news.stories",
				  .time_ms = now_ms,
				  .value = arena_copy(&scratch, json.data, json.size),
				  .value_size = json.size,
				  .headers = &replay,
				  .header_count = s->replayed };
	buf_release(&json);
}

/* One step as one transaction, as the worker does it. */
static void
do_step(struct desk *d, const struct step *s)
{
	struct memory_out out = { take, d };
	struct bus_record r;
	struct err err;

	arena_reset(&scratch);
	if (s->story) {
		make_record(&r, s, d->now_ms);
		if (teller_record(d->teller, &r, d->now_ms, &scratch, &out, &err))
			fail_msg("%s", err.text);
	}
	if (teller_clock(d->teller, d->now_ms, !s->story, &scratch, &out, &err))
		fail_msg("%s", err.text);
}

static void
play_step(struct desk *d, const struct step *s, enum play play)
{
	size_t before = d->count, ids = d->id_count;

	if (play == RESTARTED) {
		int64_t now_ms = d->now_ms;

		d->now_ms = noon_ms; /* silence is counted from the first start here */
		teller_free(d->teller);
		open_desk(d);
		d->now_ms = now_ms;
	}
	buf_reset(&d->told);
	if (play == ABORTED) {
		do_step(d, s);
		memory_aborted(teller_memory(d->teller));
		d->count = before;
		d->id_count = ids;
		buf_reset(&d->told);
	}
	do_step(d, s);
	memory_committed(teller_memory(d->teller));
}

static void
play(const char *rules, const struct step *steps, size_t n)
{
	for (int p = 0; p < PLAYS; p++) {
		struct desk d = { .rules = rules, .now_ms = noon_ms };

		arena_reset(&arena);
		buf_init(&d.told, 1 << 16);
		open_desk(&d);
		for (size_t i = 0; i < n; i++) {
			const char *told, *right = steps[i].tells ? steps[i].tells : "";

			d.now_ms = noon_ms + steps[i].minute * INT64_C(60000);
			play_step(&d, &steps[i], (enum play)p);
			told = d.told.size ? d.told.data : "";
			if (strcmp(told, right))
				fail_msg("play %d, minute %d: '%s', not '%s'", p,
					 steps[i].minute, told, right);
		}
		for (size_t i = 0; i < d.id_count; i++)
			for (size_t k = 0; k < i; k++)
				if (!strcmp(d.ids[i], d.ids[k]))
					fail_msg("alerts %zu and %zu have one id", k, i);
		teller_free(d.teller);
		buf_release(&d.told);
		free(d.state);
	}
}

#define FIRST "match first sight"

/* ---- the scenes ---- */

static void
a_story_is_told_of_once_and_again_as_it_grows(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", FIRST },      { 1, "a", NULL, 2, 2 },
		{ 2, "b", FIRST },      { 3, "a", "match again: sources 3", 5, 3 },
		{ 4, "a", NULL, 9, 9 },
	};

	(void)state;
	play("[r]\nwords = flood\nagain = sources >= 3\n", steps, LENGTH(steps));
}

static void
nothing_is_told_of_what_is_old_replayed_or_withdrawn(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", NULL, .age = 25 },
		{ 1, "a", NULL, .replayed = true },
		{ 2, "a", NULL, .withdrawn = true },
		{ 3, "a", NULL, .age = -25 },
		{ 4, "a", FIRST },
	};

	(void)state;
	play("[r]\nwords = flood\n", steps, LENGTH(steps));
}

static void
a_story_that_was_moved_is_the_one_that_was_told_of(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", FIRST },
		{ 1, "b", NULL, 3, 2, .why = "merged: a" },
		{ 2, "b", NULL, 4, 2 },
		{ 3, "c", FIRST, 4, 2, .why = "merged: x" },
	};

	(void)state;
	play("[r]\nwords = flood\n", steps, LENGTH(steps));
}

static void
so_many_are_needed_within_the_time(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", NULL },   { 4, "b", NULL },   { 11, "c", NULL },
		{ 12, "d", FIRST }, { 13, "e", NULL },  { 14, "f", NULL },
		{ 15, "d", NULL },  { 16, "g", FIRST },
	};

	(void)state;
	play("[r]\nwords = flood\nneeds = 3 in 10m\n", steps, LENGTH(steps));
}

static void
a_rule_on_hold_tells_at_its_end_what_was_held_back(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", FIRST },
		{ 1, "b", NULL },
		{ 2, "c", NULL },
		{ 29, NULL, NULL },
		{ 30, NULL, "digest 2 held back b c" },
		{ 31, "d", NULL },
		{ 32, "d", NULL },
		{ 61, NULL, FIRST },
		{ 62, "c", NULL },
		{ 200, "e", FIRST },
	};

	(void)state;
	play("[r]\nwords = flood\nhold = 30m\n", steps, LENGTH(steps));
}

static void
quiet_hours_end_with_a_digest(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", FIRST },
		{ 9 * 60 + 59, "b", FIRST },
		{ 10 * 60, "c", NULL },
		{ 15 * 60, "d", NULL },
		{ 18 * 60 + 59, NULL, NULL },
		{ 19 * 60, NULL, "digest 2 held back c d" },
		{ 19 * 60 + 1, NULL, NULL },
		{ 20 * 60, "e", FIRST },
	};

	(void)state;
	play("[r]\nwords = flood\nquiet = 22:00-07:00\n", steps, LENGTH(steps));
}

static void
what_nobody_acknowledges_is_told_to_another(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", FIRST },
		{ 14, NULL, NULL },
		{ 15, NULL, "escalate first sight" },
		{ 16, NULL, NULL },
	};

	(void)state;
	play("[r]\nwords = flood\nchannel = desk\nescalate = 15m to chief\n", steps,
	     LENGTH(steps));
}

static void
that_it_is_over_is_told_once(void **state)
{
	static const struct step steps[] = {
		{ 0, "a", FIRST },
		{ 50, "a", NULL },
		{ 100, NULL, NULL },
		{ 110, NULL, "recover nothing since 2026-11-24T12:50:00Z" },
		{ 120, NULL, NULL },
		{ 130, "b", FIRST },
		{ 190, NULL, "recover nothing since 2026-11-24T14:10:00Z" },
	};

	(void)state;
	play("[r]\nwords = flood\nrecover = 1h\n", steps, LENGTH(steps));
}

static void
a_source_that_goes_quiet_and_comes_back_is_told(void **state)
{
	static const struct step steps[] = {
		{ 9, NULL, NULL },
		{ 10, NULL, "silence nothing from Reuters yet" },
		{ 11, NULL, NULL },
		{ 12, "a", NULL, .source = "AFP" },
		{ 13, "a", "recover Reuters is heard again", .source = "REUTERS" },
		{ 20, "a", NULL, .source = "Reuters" },
		{ 21, "a", NULL, .source = "Reuters", .replayed = true },
		{ 29, NULL, NULL },
		{ 30, NULL, "silence nothing from Reuters since 2026-11-24T12:20:00Z" },
		{ 31, "a", "recover Reuters is heard again", .source = "Reuters",
		  .age = 1000 },
	};

	(void)state;
	play("[r]\nexpect = Reuters every 10m\n", steps, LENGTH(steps));
}

static void
a_muted_rule_is_silent_until_it_is_not(void **state)
{
	static const char mute[] = "{\"kind\":\"mute\",\"id\":\"r\",\"at\":"
				   "\"2026-11-24T12:00:00Z\",\"until\":"
				   "\"2026-11-24T12:10:00Z\",\"by\":\"ana\"}";
	static const struct step muted = { 5, "a", NULL }, over = { 10, "a", NULL };
	struct bus_record r = { .topic = "news.state",
				.key = "mute/r",
				.key_size = 6,
				.value = mute,
				.value_size = strlen(mute) };
	struct desk d = { .rules = "[r]\nwords = flood\n", .now_ms = noon_ms };
	struct err err;

	(void)state;
	arena_reset(&arena);
	buf_init(&d.told, 1 << 16);
	open_desk(&d);
	assert_int_equal(memory_learn(teller_memory(d.teller), &r, &err), 0);
	d.now_ms = noon_ms + 5 * 60000;
	play_step(&d, &muted, PLAIN);
	assert_int_equal(d.told.size, 0);
	d.now_ms = noon_ms + 10 * 60000;
	play_step(&d, &over, PLAIN);
	assert_string_equal(d.told.data, FIRST);
	teller_free(d.teller);
	buf_release(&d.told);
	free(d.state);
}

/* What is remembered grows with what is new, not with what comes. */
static void
a_story_of_50000_articles_is_two_changes(void **state)
{
	struct desk d = { .rules = "[r]\nwords = flood\nagain = articles >= 1000\n",
			  .now_ms = noon_ms };

	(void)state;
	arena_reset(&arena);
	buf_init(&d.told, 1 << 16);
	open_desk(&d);
	for (int i = 1; i <= 50000; i++) {
		struct step s = { 0, "a", NULL, i, 2 };

		do_step(&d, &s);
	}
	memory_committed(teller_memory(d.teller));
	assert_int_equal(d.count, 2);
	assert_string_equal(d.told.data, FIRST "; match again: articles 1000");
	teller_free(d.teller);
	buf_release(&d.told);
	free(d.state);
}

static void
what_is_long_past_is_forgotten(void **state)
{
	struct desk d = { .rules = "[r]\nwords = flood\n", .now_ms = noon_ms };
	static const struct step a = { 0, "a", FIRST }, later = { 0, NULL, NULL };

	(void)state;
	arena_reset(&arena);
	buf_init(&d.told, 1 << 16);
	open_desk(&d);
	play_step(&d, &a, PLAIN);
	assert_int_equal(memory_count(teller_memory(d.teller), MEMO_TOLD), 1);
	d.now_ms += INT64_C(7) * 24 * 3600 * 1000;
	play_step(&d, &later, PLAIN);
	assert_int_equal(memory_count(teller_memory(d.teller), MEMO_TOLD), 1);
	d.now_ms += 61000;
	play_step(&d, &later, PLAIN);
	assert_int_equal(memory_count(teller_memory(d.teller), MEMO_TOLD), 0);
	assert_null(d.state[d.count - 1].value);
	teller_free(d.teller);
	buf_release(&d.told);
	free(d.state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_story_is_told_of_once_and_again_as_it_grows),
		cmocka_unit_test(nothing_is_told_of_what_is_old_replayed_or_withdrawn),
		cmocka_unit_test(a_story_that_was_moved_is_the_one_that_was_told_of),
		cmocka_unit_test(so_many_are_needed_within_the_time),
		cmocka_unit_test(a_rule_on_hold_tells_at_its_end_what_was_held_back),
		cmocka_unit_test(quiet_hours_end_with_a_digest),
		cmocka_unit_test(what_nobody_acknowledges_is_told_to_another),
		cmocka_unit_test(that_it_is_over_is_told_once),
		cmocka_unit_test(a_source_that_goes_quiet_and_comes_back_is_told),
		cmocka_unit_test(a_muted_rule_is_silent_until_it_is_not),
		cmocka_unit_test(a_story_of_50000_articles_is_two_changes),
		cmocka_unit_test(what_is_long_past_is_forgotten),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
