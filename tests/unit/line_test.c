/* Lines of the log are read back as what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sink/line.h"

static struct arena arena;
static struct buf line;

static void
assert_bytes(const void *a, size_t n, const void *b, size_t m)
{
	assert_true(!a == !b);
	assert_int_equal(n, m);
	if (n)
		assert_memory_equal(a, b, n);
}

static void
what_was_written_comes_back(void **state)
{
#define BYTES(s) s, sizeof(s) - 1
	static const struct bus_header headers[] = { { "ce_id", BYTES("urn:x#1") },
						     { "ce_id", BYTES("") },
						     { "none", NULL, 0 },
						     { "raw", BYTES("\x00\xff") } };
	static const struct bus_record records[] = {
		{ "t", 0, 0, 0, BYTES("k"), BYTES("{\"a\":1}"), headers, 4 },
		{ "t", 7, INT64_MAX - 1, -1, NULL, 0, NULL, 0, NULL, 0 },
		{ "t", 0, 0, 0, BYTES("\xff\x00"), BYTES("\xff"), NULL, 0 },
		{ "t", 0, 0, 0, BYTES(""), BYTES(""), NULL, 0 },
		{ "t", 0, 0, 0, BYTES("\"\\\n\xc3\xa9"), BYTES("no JSON,\n\"two\" lines"),
		  NULL, 0 },
		{ "t", 0, 0, 0, NULL, 0, BYTES("null"), NULL, 0 },
		{ "t", 0, 0, 0, NULL, 0, BYTES(" null\t"), NULL, 0 },
		{ "t", 0, 0, 0, NULL, 0, BYTES("\"a \\\" ] } string\""), NULL, 0 },
		{ "t", 0, 0, 0, NULL, 0, BYTES(" { \"a\" : [ 1.50, 2e9 ] } "), NULL, 0 },
		{ "t", 0, 0, 0, NULL, 0, BYTES("{\"a\":1}\n"), NULL, 0 },
		{ "t", 0, 0, 0, NULL, 0, BYTES("12"), NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(records); i++) {
		const struct bus_record *r = &records[i];
		struct bus_record again;
		struct err err;

		arena_reset(&arena);
		buf_reset(&line);
		line_print(r, false, &line);
		if (line_parse(&again, line.data, line.size - 1, &arena, &err))
			fail_msg("%s: %s", err.text, line.data);
		assert_string_equal(again.topic, r->topic);
		assert_int_equal(again.partition, r->partition);
		assert_int_equal(again.offset, r->offset);
		assert_int_equal(again.time_ms, r->time_ms);
		assert_bytes(again.key, again.key_size, r->key, r->key_size);
		assert_bytes(again.value, again.value_size, r->value, r->value_size);
		assert_int_equal(again.header_count, r->header_count);
		for (size_t h = 0; h < r->header_count; h++) {
			assert_string_equal(again.headers[h].name, r->headers[h].name);
			assert_bytes(again.headers[h].value, again.headers[h].size,
				     r->headers[h].value, r->headers[h].size);
		}
	}
}

#define START "\"topic\":\"t\",\"partition\":0,\"offset\":1,\"timestamp\":2,"
#define WHOLE START "\"key\":null,\"headers\":[],\"value\":1"

static void
members_may_stand_in_any_order(void **state)
{
	static const char text[] =
	    "{ \"value\" : {\"a\":[]} , \"headers\" : [ [ \"h\" , \"v\" ] ], \"key\" "
	    ": \"k\", \"timestamp\":2, \"offset\":1,\"partition\":0, \"topic\" : "
	    "\"t\" }";
	struct bus_record r;
	struct err err;

	(void)state;
	assert_int_equal(line_parse(&r, text, sizeof(text) - 1, &arena, &err), 0);
	assert_bytes(r.value, r.value_size, BYTES(" {\"a\":[]} "));
	assert_string_equal(r.headers[0].name, "h");
	assert_int_equal(r.offset, 1);
}

static void
what_is_no_line_says_why(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "no JSON" },
		{ "{", "no JSON" },
		{ "[]", "no object" },
		{ "{\"article\":{}}", "not known" },
		{ "{" START "\"value\":1}", "bare values cannot be replayed" },
		{ "{" WHOLE ",\"value_as\":\"text\"}", "no string" },
		{ "{" WHOLE ",\"value_as\":\"hex\"}", "value in no form" },
		{ "{" WHOLE ",\"value\":2}", "twice" },
		{ "{" WHOLE ",\"key_as\":\"base64\"}", "key in no form" },
		{ "{" WHOLE ",\"more\":2}", "not known" },
		{ "{" WHOLE ",\"topic\\u0000\":2}", "not known" },
		{ "{\"partition\":-1}", "partition" },
		{ "{\"partition\":4294967296}", "partition" },
		{ "{\"offset\":1.5}", "value in no form" },
		{ "{\"offset\":\"1\"}", "offset" },
		{ "{\"topic\":\"\\ud800\"}", "topic" },
		{ "{\"headers\":{}}", "headers" },
		{ "{\"headers\":[[\"a\"]]}", "headers" },
		{ "{\"headers\":[[\"a\",\"b\",\"hex\"]]}", "headers" },
		{ "{\"headers\":[[\"a\",\"b\",\"base64\"]]}", "headers" },
		{ "{\"headers\":[[\"a\\u0000\",\"b\"]]}", "headers" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct bus_record r;
		struct err err = { 0 };

		if (!line_parse(&r, cases[i].text, strlen(cases[i].text), &arena, &err))
			fail_msg("%s is a line", cases[i].text);
		if (err.class != ERR_REJECT || !strstr(err.text, cases[i].says))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

static void
a_line_that_does_not_fit_is_refused(void **state)
{
	static const char text[] = "{" WHOLE "}";
	bool fits = false;

	(void)state;
	for (size_t size = 8; !fits && size < 4096; size += 8) {
		struct arena small;
		struct bus_record r;
		struct err err;

		arena_init(&small, size);
		fits = !line_parse(&r, text, sizeof(text) - 1, &small, &err);
		assert_true(fits || err.class == ERR_REJECT);
		arena_release(&small);
	}
	assert_true(fits);
}

static int
begin(void **state)
{
	(void)state;
	arena_init(&arena, 16 << 20);
	buf_init(&line, LINE_CEILING);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_release(&arena);
	buf_release(&line);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_comes_back),
		cmocka_unit_test(members_may_stand_in_any_order),
		cmocka_unit_test(what_is_no_line_says_why),
		cmocka_unit_test(a_line_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
