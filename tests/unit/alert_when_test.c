/* First sight, again, never for what is old; and the name of what was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alert/when.h"
#include "base/mem.h"
#include "time/clock.h"

static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

struct step {
	int articles, sources, dead;
	double score;
	const char *why; /* NULL: silence */
};

static void
go(const struct rule *r, const struct step *steps, size_t n)
{
	struct told told = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct story story = { .articles = steps[i].articles,
				       .sources = steps[i].sources };
		struct event event = { .dead = steps[i].dead,
				       .injured = -1,
				       .has_score = true,
				       .score = steps[i].score };
		struct sight s = { &story, &event };
		const char *why = NULL;
		bool tells = when_tells(r, &s, &told, &arena, &why);

		if (tells != (steps[i].why != NULL) ||
		    (tells && strcmp(why, steps[i].why)))
			fail_msg("step %zu: %s", i, why ? why : "silence");
	}
}

static void
first_sight_only_by_default(void **state)
{
	static const struct rule r = { .name = "r" };
	static const struct step steps[] = {
		{ 1, 1, 0, -5, "first sight" },
		{ 1, 1, 0, -5, NULL },
		{ 2, 2, 9, -9, NULL },
		{ 50000, 70, 99, -10, NULL },
	};

	(void)state;
	go(&r, steps, LENGTH(steps));
}

static void
again_as_it_grows_each_step_once(void **state)
{
	static const struct rule r = { .name = "r",
				       .again = { .articles = { 5, 20 },
						  .article_count = 2,
						  .sources = { 3 },
						  .source_count = 1,
						  .on_casualties = true,
						  .on_score = true } };
	static const struct step steps[] = {
		{ 1, 1, 0, -5, "first sight" },
		{ 4, 1, 0, -5, NULL },
		{ 5, 1, 0, -5, "again: articles 5" },
		{ 6, 2, 0, -5, NULL },
		{ 4, 2, 0, -5, NULL }, /* one was withdrawn */
		{ 5, 2, 0, -5, NULL },
		{ 6, 3, 0, -5, "again: sources 3" },
		{ 25, 4, 0, -5, "again: articles 25" },
		{ 26, 4, 2, -5, "again: casualties 2" },
		{ 26, 4, 1, -5, NULL },
		{ 26, 4, 2, -5, NULL },
		{ 26, 4, 2, -9, "again: score 9" },
		{ 26, 4, 2, 9, NULL },
	};

	(void)state;
	go(&r, steps, LENGTH(steps));
}

static void
a_story_that_is_large_at_first_sight_is_told_once(void **state)
{
	static const struct rule r = {
		.name = "r", .again = { .articles = { 5, 20 }, .article_count = 2 }
	};
	static const struct step steps[] = {
		{ 10, 1, 0, 0, "first sight" },
		{ 11, 1, 0, 0, NULL },
		{ 20, 1, 0, 0, "again: articles 20" },
	};

	(void)state;
	go(&r, steps, LENGTH(steps));
}

static void
only_what_is_of_now_is_told(void **state)
{
	static const struct {
		const char *time;
		bool is_fresh;
	} cases[] = {
		{ "2026-11-25T11:00:00Z", true },
		{ "2026-11-24T12:00:01Z", true },
		{ "2026-11-24T12:00:00Z", false },
		{ "2025-08-31T00:00:00Z", false },
		{ "1970-01-01T00:00:00Z", false },
		{ "2026-11-26T11:00:00Z", true }, /* a clock or a zone that is off */
		{ "2026-11-26T12:00:01Z", false },
		{ "2027-11-25T00:00:00Z", false },
	};
	struct rule r = { .name = "r", .max_age_ms = INT64_C(24) * 3600 * 1000 };
	struct article a = { .uri = "urn:x" };
	struct wall now;

	(void)state;
	assert_int_equal(wall_parse(&now, "2026-11-25T12:00:00Z"), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		a.versioncreated = cases[i].time;
		if (when_is_fresh(&r, &a, 0, now.ms) != cases[i].is_fresh)
			fail_msg("%s", cases[i].time);
	}
	a.firstcreated = "1970-01-01T00:00:00Z";
	a.versioncreated = "2026-11-25T11:00:00Z"; /* a new version of something old */
	assert_true(when_is_fresh(&r, &a, 0, now.ms));
	a.versioncreated = a.firstcreated = NULL;
	assert_true(when_is_fresh(&r, &a, now.ms - 5, now.ms));
	assert_false(when_is_fresh(&r, &a, now.ms - 2 * r.max_age_ms, now.ms));
}

static void
a_key_is_of_rule_and_subject(void **state)
{
	static const struct story story = { .id = "5f3a90c1d27e4b86" };
	static struct actor kim = { .span.text = "he", .name = "Kim Jong Un" };
	static const struct actor here = { .span.text = "the capital" };
	static const struct event event = { .id = "never",
					    .type = "PRODUCE",
					    .actor = { &kim, 1 },
					    .location = &here,
					    .date = "2025-08-31" };
	static const struct enriched e = { .article.uri = "urn:x", .story = &story };
	static const struct {
		enum rule_on on;
		const char *key;
		size_t size;
	} cases[] = {
#define KEY(text) text, sizeof(text) - 1
		{ ON_STORY, KEY("r\0005f3a90c1d27e4b86") },
		{ ON_ARTICLE, KEY("r\0005f3a90c1d27e4b86\0urn:x") },
		{ ON_EVENT, KEY("r\0005f3a90c1d27e4b86\0PRODUCE\0Kim Jong Un\0\0the "
				"capital\0002025-08-31") },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct rule r = { .name = "r", .on = cases[i].on };
		struct when_key key = when_key(&r, &e, &event, &arena);

		assert_int_equal(key.size, cases[i].size);
		assert_memory_equal(key.bytes, cases[i].key, key.size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_sight_only_by_default),
		cmocka_unit_test(again_as_it_grows_each_step_once),
		cmocka_unit_test(a_story_that_is_large_at_first_sight_is_told_once),
		cmocka_unit_test(only_what_is_of_now_is_told),
		cmocka_unit_test(a_key_is_of_rule_and_subject),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
