/*
 * Any bytes as a file of rules: refused with a place, or taken; what is taken
 * holds of a record by the index as by a look at each rule.  jq is left out:
 * it has a harness, and takes 20 ms to compile.
 */
#include <string.h>

#include "alert/match.h"
#include "tests/fuzz/fuzz.h"

static const char json[] = "{}";

static const char *const sectors[] = { "MIL" }, *const modes[] = { "aerial" };
static struct actor actor = { .span.text = "Russian forces",
			      .name = "Russia",
			      .country = "RUS",
			      .sectors = { sectors, 1 } };
static const struct actor place = { .span.text = "Kyiv",
				    .name = "Kyiv",
				    .country = "UKR",
				    .has_point = true,
				    .lat = 50.45,
				    .lon = 30.52 };
static struct event events[] = {
	{ .type = "ASSAULT",
	  .main = true,
	  .modes = { modes, 1 },
	  .has_score = true,
	  .score = -9,
	  .trigger.text = "bombed",
	  .actor = { &actor, 1 },
	  .location = &place,
	  .dead = 2,
	  .injured = -1 },
	{ .type = "AID",
	  .has_score = true,
	  .score = 10,
	  .trigger.text = "helped",
	  .recipient = { &actor, 1 },
	  .dead = -1,
	  .injured = -1 },
};
static const struct enriched record = {
	.article = { .uri = "urn:x",
		     .headline = "Russia bombs Kyiv",
		     .body_text =
			 "It was a missile, São Paulo said. aaaaaaaaaaaaaaaaaaaa",
		     .infosource = "Reuters",
		     .urgency = 3 },
	.events = events,
	.event_count = sizeof(events) / sizeof(*events),
};

static void
match(const struct rules *rules, struct arena *arena)
{
	struct matcher *m = matcher_new(rules);
	struct matches quick, slow;
	struct reasons why;
	struct err err;
	int failed =
	    matcher_find(m, &record, json, sizeof(json) - 1, arena, &quick, &err);

	assert(!failed);
	for (size_t i = 0; i < rules->count; i++) {
		bool found = false, holds;

		for (size_t k = 0; k < quick.count; k++)
			found = found || quick.items[k].rule == &rules->items[i];
		holds = matcher_why(m, &record, json, sizeof(json) - 1, &rules->items[i],
				    NULL, arena, &why);
		assert(holds == found && why.count);
	}
	failed =
	    matcher_find_slowly(m, &record, json, sizeof(json) - 1, arena, &slow, &err);
	assert(!failed && slow.count == quick.count);
	for (size_t i = 0; i < slow.count; i++)
		assert(slow.items[i].rule == quick.items[i].rule &&
		       slow.items[i].event == quick.items[i].event);
	matcher_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct codes *codes;
	static struct arena arena;
	const char *text = (const char *)data;
	struct rules *rules;
	struct err err;

	if (!codes) {
		codes = codes_new("lexicon", &err);
		assert(codes);
		arena_init(&arena, 64 << 20);
	}
	if (memmem(text, size, "where", 5))
		return 0;
	arena_reset(&arena);
	if (rules_read(&rules, "r", text, size, codes, &err)) {
		assert(err.class == ERR_USAGE && !strncmp(err.text, "r:", 2));
		assert(err.text[2] >= '1' && err.text[2] <= '9');
		return 0;
	}
	match(rules, &arena);
	rules_free(rules);
	return 0;
}
