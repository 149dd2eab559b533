/* The mark and the state of a replay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/replay.h"

static const char *const effects[] = { "archive", "hook" };

static void
a_mark_names_the_sinks_that_take_it(void **state)
{
	static const struct {
		const char *header, *sink;
		bool named;
	} cases[] = {
		{ "{\"id\":\"r\",\"effects\":[\"archive\",\"hook\"]}", "archive", true },
		{ "{\"id\":\"r\",\"effects\":[\"archive\",\"hook\"]}", "hook", true },
		{ "{\"id\":\"r\",\"effects\":[\"archive\"]}", "arch", false },
		{ "{\"id\":\"archive\"}", "archive", false },
		{ "{\"effects\":\"archive\"}", "archive", false },
		{ "{\"effects\":[1,null,\"archive\"]}", "archive", true },
		{ "[\"archive\"]", "archive", false },
		{ "archive", "archive", false },
		{ "", "archive", false },
	};
	struct replay_mark mark = { "id", "a \"reason\"", "me", { effects, 2 } };
	struct buf out;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		if (replay_mark_names(cases[i].header, strlen(cases[i].header),
				      cases[i].sink) != cases[i].named)
			fail_msg("%s, sink %s", cases[i].header, cases[i].sink);
	buf_init(&out, 4096);
	replay_mark_print(&mark, &out);
	assert_true(replay_mark_names(out.data, out.size, "hook"));
	assert_true(replay_mark_is(out.data, out.size, "id"));
	assert_false(replay_mark_is(out.data, out.size, "hook"));
	assert_false(replay_mark_is("{}", 2, "id"));
	assert_false(replay_mark_is("id", 2, "id"));
	assert_string_equal(out.data,
			    "{\"id\":\"id\",\"reason\":\"a \\\"reason\\\"\",\"by\":"
			    "\"me\",\"effects\":[\"archive\",\"hook\"]}");
	buf_release(&out);
}

static void
the_same_line_has_the_same_id_and_any_other_another(void **state)
{
	const struct replay_line lines[] = {
		{ .source = "a", .into = "b" },
		{ .source = "a", .into = "c" },
		{ .source = "b", .into = "a" },
		{ .source = "a", .into = "b", .from = "2026" },
		{ .source = "a", .into = "b", .to = "2026" },
		{ .source = "a", .into = "b", .event_from = "2026" },
		{ .source = "a", .into = "b", .event_to = "2026" },
		{ .source = "a", .into = "b", .where = "2026" },
		{ .source = "a", .into = "b", .keys = "2026" },
		{ .source = "a", .into = "b", .through = "2026" },
		{ .source = "a", .into = "b", .limit = 2026 },
		{ .source = "a", .into = "b", .effects = { effects, 1 } },
		{ .source = "a", .into = "b", .effects = { effects, 2 } },
	};
	char ids[LENGTH(lines)][REPLAY_ID], again[REPLAY_ID];

	(void)state;
	for (size_t i = 0; i < LENGTH(lines); i++) {
		replay_line_id(&lines[i], ids[i]);
		replay_line_id(&lines[i], again);
		assert_string_equal(ids[i], again);
		assert_int_equal(strlen(again), REPLAY_ID - 1);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

static void
what_is_asked_is_read_as_it_was_written(void **state)
{
	static const char sings[] =
	    "{\"kind\":\"replay\",\"id\":\"x/ask\",\"at\":\"\",\"ask\":\"sing\"}";
	struct arena arena;
	struct buf out;
	struct err err;

	(void)state;
	arena_init(&arena, 1 << 20);
	buf_init(&out, 4096);
	for (int i = REPLAY_GO_ON; i <= REPLAY_CANCEL; i++) {
		enum replay_wish wish = REPLAY_GO_ON;

		buf_reset(&out);
		replay_ask_print("x", (enum replay_wish)i, &out);
		assert_int_equal(replay_ask_parse(&wish, out.data, out.size, &arena,
						  &err),
				 0);
		assert_int_equal(wish, i);
		assert_int_equal(replay_ask_parse(&wish, sings, sizeof(sings) - 1, &arena,
						  &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
	buf_release(&out);
	arena_release(&arena);
}

static void
keys_of_the_state_topic_are_told_apart(void **state)
{
	static const struct {
		const char *key, *id;
		bool asks;
	} cases[] = {
		{ "replay/abc", "abc", false },
		{ "replay/abc/ask", "abc", true },
		{ "replay/", NULL, false },
		{ "story/abc", NULL, false },
		{ "", NULL, false },
		{ "replay/ask", "ask", false },
		{ "replayed/abc", NULL, false },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		bool asks = false;
		const char *id =
		    replay_key_id(cases[i].key, strlen(cases[i].key), &asks, &arena);

		if (!id != !cases[i].id || asks != cases[i].asks ||
		    (id && strcmp(id, cases[i].id)))
			fail_msg("%s", cases[i].key);
	}
	assert_null(replay_key_id(NULL, 0, &(bool){ false }, &arena));
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_names_the_sinks_that_take_it),
		cmocka_unit_test(the_same_line_has_the_same_id_and_any_other_another),
		cmocka_unit_test(what_is_asked_is_read_as_it_was_written),
		cmocka_unit_test(keys_of_the_state_topic_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
