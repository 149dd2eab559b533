/* Some members of a value: which, in what order, and byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/pick.h"

static void
paths_choose_members_and_go_into_lists(void **state)
{
	static const char record[] =
	    "{\"article\": {\"uri\":\"urn:x\", \"headline\":\"a \\\"b\\\", {c}\" ,"
	    "\"version\":1.50e+1},\t\"events\":[{\"type\":\"AID\",\"n\":[1,[2]],"
	    "\"actor\":[{\"text\":\"A\"},{\"text\":\"B\",\"id\":7}]},{\"n\":{}},"
	    "3,\"s\",null],\"big\":123456789012345678901234567890,\"no\":null }";
	static const struct {
		const char *paths, *json;
	} cases[] = {
		{ "article.uri", "{\"article\":{\"uri\":\"urn:x\"}}" },
		{ ".article.uri", "{\"article\":{\"uri\":\"urn:x\"}}" },
		{ "article.version article.uri",
		  "{\"article\":{\"uri\":\"urn:x\",\"version\":1.50e+1}}" },
		{ "article.headline",
		  "{\"article\":{\"headline\":\"a \\\"b\\\", {c}\"}}" },
		{ "article.uri,article",
		  "{\"article\":{\"uri\":\"urn:x\", \"headline\":\"a \\\"b\\\", {c}\" ,"
		  "\"version\":1.50e+1}}" },
		{ "events.type", "{\"events\":[{\"type\":\"AID\"},{}]}" },
		{ "events.n", "{\"events\":[{\"n\":[1,[2]]},{\"n\":{}}]}" },
		{ "events.n.deeper", "{\"events\":[{\"n\":[[]]},{\"n\":{}}]}" },
		{ "events.actor.text",
		  "{\"events\":[{\"actor\":[{\"text\":\"A\"},{\"text\":\"B\"}]},{}]}" },
		{ "big , no", "{\"big\":123456789012345678901234567890,\"no\":null}" },
		{ "no.more", "{}" },
		{ "absent", "{}" },
		{ "articl", "{}" },
		{ "article.", NULL },
		{ "..article", NULL },
		{ "a..b", NULL },
		{ ".", NULL },
		{ "", NULL },
		{ " , ", NULL },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct pick *p;
		struct err err;

		if (pick_new(&p, cases[i].paths, &err)) {
			assert_int_equal(err.class, ERR_USAGE);
			assert_null(cases[i].json);
			continue;
		}
		assert_non_null(cases[i].json);
		buf_reset(&out);
		if (pick_print(p, record, strlen(record), &out, &err))
			fail_msg("%s: %s", cases[i].paths, err.text);
		assert_string_equal(out.data, cases[i].json);
		pick_free(p);
	}
	buf_release(&out);
}

static void
what_is_no_object_is_rejected(void **state)
{
	static const char *const values[] = {
		"",         "7",          "\"text\"",    "{",
		"{\"a\":}", "{\"a\":1}}", "{\n\"a\":1}", "<html>"
	};
	struct buf out;
	struct pick *p;
	struct err err;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(pick_new(&p, "a", &err), 0);
	for (size_t i = 0; i < LENGTH(values); i++) {
		assert_int_equal(pick_print(p, values[i], strlen(values[i]), &out, &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
	pick_free(p);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_choose_members_and_go_into_lists),
		cmocka_unit_test(what_is_no_object_is_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
