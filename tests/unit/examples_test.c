/* The examples of the schemas are what the program reads, and what it writes says the
 * same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "bus/bus.h"
#include "alert/memory.h"
#include "record/alert.h"
#include "record/enriched.h"
#include "record/replay.h"

static struct arena arena;
static struct buf in, out;

static int
begin(void **state)
{
	(void)state;
	arena_init(&arena, 8 << 20);
	buf_init(&in, 8 << 20);
	buf_init(&out, 8 << 20);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_release(&arena);
	buf_release(&in);
	buf_release(&out);
	return 0;
}

static void
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t got;
	char *p;

	assert_non_null(f);
	buf_reset(&in);
	do {
		p = buf_reserve(&in, 65536);
		assert_non_null(p);
		got = fread(p, 1, 65536, f);
		buf_added(&in, got);
	} while (got > 0);
	fclose(f);
}

static void
assert_same_json(const char *path)
{
	json_t *before = json_loadb(in.data, in.size, 0, NULL);
	json_t *after = json_loadb(out.data, out.size, 0, NULL);

	if (!before || !after || !json_equal(before, after))
		fail_msg("%s became %s", path, out.data);
	json_decref(before);
	json_decref(after);
}

static void
go_through(const char *pattern, void (*pass)(void))
{
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		read_file(found.gl_pathv[i]);
		arena_reset(&arena);
		buf_reset(&out);
		pass();
		assert_same_json(found.gl_pathv[i]);
	}
	globfree(&found);
}

static void
pass_article(void)
{
	struct article a;
	struct err err = { 0 };

	if (article_parse(&a, in.data, in.size, &arena, &err) != 0)
		fail_msg("%s", err.text);
	article_print(&a, &out);
}

static void
pass_enriched(void)
{
	struct enriched e;
	struct err err = { 0 };

	if (enriched_parse(&e, in.data, in.size, &arena, &err) != 0)
		fail_msg("%s", err.text);
	enriched_print(&e, &out);
}

/* `in` becomes the event that the first example of an enriched record has. */
static void
pass_event(void)
{
	static struct buf kept;
	struct enriched e;
	struct err err = { 0 };

	kept = in;
	buf_init(&in, 8 << 20);
	read_file("schemas/examples/enriched.json");
	if (enriched_parse(&e, in.data, in.size, &arena, &err) != 0)
		fail_msg("%s", err.text);
	enriched_print_event(&e, 0, &out);
	buf_release(&in);
	in = kept;
}

static void
pass_replay(void)
{
	struct replay_state s;
	struct err err = { 0 };

	if (replay_state_parse(&s, in.data, in.size, &arena, &err) != 0)
		fail_msg("%s", err.text);
	replay_state_print(&s, &out);
}

static void
pass_alert(void)
{
	struct alert a;
	struct err err = { 0 };

	if (alert_parse(&a, in.data, in.size, &arena, &err) != 0)
		fail_msg("%s", err.text);
	alert_print(&a, &out);
}

/* Learnt as one of the topic, and sent again. */
static int
take_change(void *arg, const struct bus_record *r, struct err *err)
{
	(void)arg;
	(void)err;
	buf_add(&out, r->value, r->value_size);
	return 0;
}

static void
pass_memo(void)
{
	struct memory *memory = memory_new("x.state");
	struct memory_out to = { take_change, NULL };
	json_t *json = json_loadb(in.data, in.size, 0, NULL);
	char key[200], *text;
	struct bus_record r = { .key = key,
				.value = in.data,
				.value_size = in.size };
	struct err err = { 0 };
	const struct memo *m = NULL;

	r.key_size = (size_t)snprintf(key, sizeof(key), "%s/%s",
				      json_string_value(json_object_get(json, "kind")),
				      json_string_value(json_object_get(json, "id")));
	if (memory_learn(memory, &r, &err))
		fail_msg("%s", err.text);
	for (int i = 0; i < MEMO_KINDS && !m; i++) {
		size_t at = 0;

		m = memory_next(memory, (enum memo_kind)i, &at);
	}
	assert_non_null(m);
	if (memory_put(memory, m, &to, &err))
		fail_msg("%s", err.text);
	memory_free(memory);
	json_decref(json);
	json = json_loadb(out.data, out.size, 0, NULL);
	json_object_set_new(json, "at", /* when it was written */
			    json_string("2026-11-24T08:15:00Z"));
	buf_reset(&out);
	text = json_dumps(json, 0);
	buf_adds(&out, text);
	free(text);
	json_decref(json);
}

static void
example_alerts_come_out_as_they_went_in(void **state)
{
	(void)state;
	go_through("schemas/examples/alert*.json", pass_alert);
}

static void
example_states_of_alerts_come_out_as_they_went_in(void **state)
{
	(void)state;
	go_through("schemas/examples/state-alert*.json", pass_memo);
	go_through("schemas/examples/state-mute.json", pass_memo);
	go_through("schemas/examples/state-effect.json", pass_memo);
}

static void
example_articles_come_out_as_they_went_in(void **state)
{
	(void)state;
	go_through("schemas/examples/article*.json", pass_article);
}

static void
example_enriched_records_come_out_as_they_went_in(void **state)
{
	(void)state;
	go_through("schemas/examples/enriched*.json", pass_enriched);
}

static void
example_stories_come_out_as_they_went_in(void **state)
{
	(void)state;
	go_through("schemas/examples/story*.json", pass_enriched);
}

static void
the_example_event_is_the_one_of_the_example_record(void **state)
{
	(void)state;
	go_through("schemas/examples/event.json", pass_event);
}

static void
example_states_of_replays_come_out_as_they_went_in(void **state)
{
	(void)state;
	go_through("schemas/examples/state-replay.json", pass_replay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_articles_come_out_as_they_went_in),
		cmocka_unit_test(example_enriched_records_come_out_as_they_went_in),
		cmocka_unit_test(example_stories_come_out_as_they_went_in),
		cmocka_unit_test(the_example_event_is_the_one_of_the_example_record),
		cmocka_unit_test(example_states_of_replays_come_out_as_they_went_in),
		cmocka_unit_test(example_alerts_come_out_as_they_went_in),
		cmocka_unit_test(example_states_of_alerts_come_out_as_they_went_in),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
