/* The table of the topics: names, partitions, how long each is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "work/topics.h"

static const struct bus_topic *
named(const struct bus_topic topics[TOPICS], const char *name)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (!strcmp(topics[i].name, name))
			return &topics[i];
	fail_msg("no topic %s", name);
	return NULL;
}

static void
release(struct bus_topic topics[TOPICS])
{
	for (size_t i = 0; i < TOPICS; i++)
		free((char *)(uintptr_t)topics[i].name);
}

static void
every_topic_has_the_prefix_and_its_own_time_to_live(void **state)
{
	static const struct {
		const char *name;
		int64_t days;
	} cases[] = {
		{ "desk.articles", 7 }, { "desk.enriched", 7 },    { "desk.stories", 7 },
		{ "desk.alerts", 7 },   { "desk.deadletter", 30 }, { "desk.ledger", -1 },
		{ "desk.state", -1 },   { "desk.events", 7 },
	};
	struct bus_topic topics[TOPICS];
	struct topics_conf conf;
	struct err err;

	(void)state;
	assert_int_equal(opt_defaults(topics_section.opts, &conf, &err), 0);
	assert_int_equal(topics_fill(topics, "desk", &conf, true), TOPICS);
	assert_int_equal(LENGTH(cases), TOPICS);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct bus_topic *t = named(topics, cases[i].name);
		int64_t ms = cases[i].days < 0 ? -1 : cases[i].days * 86400000;

		assert_int_equal(t->partitions, 4);
		assert_true(t->retention_ms == ms);
		assert_int_equal(t->compacted, ms < 0);
	}
	release(topics);
}

static void
settings_change_partitions_and_days_but_never_what_is_compacted(void **state)
{
	struct topics_conf conf = { .partitions = 12,
				    .retention_days = 1,
				    .deadletter_days = 2 };
	struct bus_topic topics[TOPICS];

	(void)state;
	assert_int_equal(topics_fill(topics, "news", &conf, false), TOPICS - 1);
	topics[TOPICS - 1] = (struct bus_topic){ must_strdup("none"), 1, 1, false };
	assert_int_equal(named(topics, "news.articles")->partitions, 12);
	assert_true(named(topics, "news.articles")->retention_ms == 86400000);
	assert_true(named(topics, "news.deadletter")->retention_ms == 2 * 86400000);
	assert_true(named(topics, "news.ledger")->retention_ms == -1);
	release(topics);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_topic_has_the_prefix_and_its_own_time_to_live),
		cmocka_unit_test(
		    settings_change_partitions_and_days_but_never_what_is_compacted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
