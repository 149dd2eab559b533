/* An article is printed as the standard has it, and read whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/article.h"

#define STANDARD                                                             \
	"{\"$standard\":{\"name\":\"ninjs\",\"version\":\"1.6\",\"schema\":" \
	"\"http://www.iptc.org/std/ninjs/ninjs-schema_1.6.json\"},"

static struct arena arena;
static struct buf out;

static int
begin(void **state)
{
	(void)state;
	arena_init(&arena, 8 << 20);
	buf_init(&out, 8 << 20);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_release(&arena);
	buf_release(&out);
	return 0;
}

static int
parse(struct article *a, const char *json, struct err *err)
{
	arena_reset(&arena);
	return article_parse(a, json, strlen(json), &arena, err);
}

static const char *
print(const struct article *a)
{
	buf_reset(&out);
	article_print(a, &out);
	return out.data;
}

static void
members_stand_in_the_standards_order(void **state)
{
	struct article_subject subjects[] = {
		{ .code = "medtop:20000056",
		  .name = "armed conflict",
		  .creator = "newswire",
		  .confidence = 83 },
		{ .name = "talks", .rel = "about", .scheme = "x", .relevance = 12.5 },
	};
	struct article a = {
		.uri = "http://wire.example/1",
		.version = "2",
		.versioncreated = "2026-11-24T08:15:00Z",
		.firstcreated = "2026-11-24T08:00:00Z",
		.pubstatus = "usable",
		.language = "en",
		.headline = "Talks \"resume\"",
		.byline = "A. Writer",
		.located = "Lisbon",
		.slugline = "talks",
		.body_text = "One.\nTwo.",
		.body_html = "<p>One.</p><p>Two.</p>",
		.usageterms = "None",
		.embargoed = "2026-11-24T09:00:00Z",
		.copyrightholder = "Wire",
		.infosource = "Wire News",
		.representationtype = "complete",
		.urgency = 4,
		.wordcount = 2,
		.subjects = subjects,
		.subject_count = 2,
		.rest = "{\"altids\":{\"slug\":\"a-1\"}}",
	};

	(void)state;
	assert_string_equal(
	    print(&a), STANDARD
	    "\"uri\":\"http://wire.example/1\",\"type\":\"text\","
	    "\"representationtype\":\"complete\",\"version\":\"2\","
	    "\"firstcreated\":\"2026-11-24T08:00:00Z\","
	    "\"versioncreated\":\"2026-11-24T08:15:00Z\","
	    "\"embargoed\":\"2026-11-24T09:00:00Z\",\"pubstatus\":\"usable\",\"urgency\":"
	    "4,"
	    "\"copyrightholder\":\"Wire\",\"usageterms\":\"None\",\"language\":\"en\","
	    "\"subject\":[{\"name\":\"armed conflict\",\"code\":\"medtop:20000056\","
	    "\"creator\":\"newswire\",\"confidence\":83.0},"
	    "{\"name\":\"talks\",\"rel\":\"about\",\"scheme\":\"x\",\"relevance\":12.5}],"
	    "\"infosource\":[{\"name\":\"Wire News\"}],\"byline\":\"A. Writer\","
	    "\"headline\":\"Talks "
	    "\\\"resume\\\"\",\"slugline\":\"talks\",\"located\":\"Lisbon\","
	    "\"wordcount\":2,\"body_text\":\"One.\\nTwo.\","
	    "\"body_html\":\"<p>One.</p><p>Two.</p>\",\"altids\":{\"slug\":\"a-1\"}}");
}

static void
what_an_article_lacks_is_absent_not_null(void **state)
{
	struct article a = { .uri = "u:1", .wordcount = -1, .rest = "{ }" };

	(void)state;
	assert_string_equal(
	    print(&a),
	    STANDARD "\"uri\":\"u:1\",\"type\":\"text\",\"pubstatus\":\"usable\"}");
}

static void
what_was_read_is_printed_again_to_the_byte(void **state)
{
	static const char *const members[] = {
		"\"type\":\"text\",\"pubstatus\":\"usable\"",
		"\"type\":\"composite\",\"pubstatus\":\"canceled\"",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"urgency\":9",
		"\"type\":\"text\",\"versioncreated\":\"2024-02-29T23:59:59.125Z\","
		"\"pubstatus\":\"usable\"",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"wordcount\":0",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"infosource\":[{\"name\":"
		"\"A\"}]",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"infosource\":[{\"name\":"
		"\"A\"},"
		"{\"code\":\"b\"}]",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"infosource\":[]",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"subject\":[{\"name\":\"x\"}"
		"]",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"body_text\":\"\"",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"body_text\":"
		"\" a\\n\\n\\u0001\\t\u2028 \uFEFF\U0001F600 e\u0301 \"",
		"\"type\":\"text\",\"pubstatus\":\"usable\",\"headline_main\":\"x\","
		"\"genre\":[{\"name\":\"Current\"}],\"charcount\":7,"
		"\"altids\":{\"b\":\"1\",\"a\":{\"deep\":[1,2.5,true]}}",
	};
	struct article a;
	struct err err;
	char json[1024];

	(void)state;
	for (size_t i = 0; i < LENGTH(members); i++) {
		snprintf(json, sizeof(json), STANDARD "\"uri\":\"u:%%20/\u00e9\",%s}",
			 members[i]);
		assert_int_equal(parse(&a, json, &err), 0);
		assert_string_equal(print(&a), json);
	}
}

static void
an_article_of_little_is_taken_with_the_standards_defaults(void **state)
{
	struct article a;
	struct err err;

	(void)state;
	assert_int_equal(parse(&a, "{\"uri\":\"u:1\"}", &err), 0);
	assert_string_equal(a.pubstatus, "usable");
	assert_string_equal(a.type, "text");
	assert_int_equal(a.urgency, 0);
	assert_int_equal(a.wordcount, -1);
	assert_null(a.version);
	assert_null(a.body_text);
	assert_null(a.rest);
}

static void
what_is_wrong_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *json, *why;
	} cases[] = {
		{ "", "no object" },
		{ "[]", "no object" },
		{ "{}", "uri is not there" },
		{ "{\"uri\":\"\"}", "uri is empty" },
		{ "{\"uri\":null}", "uri is no text" },
		{ "{\"uri\":\"u\",\"headline\":7}", "headline is no text" },
		{ "{\"uri\":\"u\",\"headline\":null}", "headline is no text" },
		{ "{\"uri\":\"u\",\"foo\":1}", "\"foo\" is no member of ninjs 1.6" },
		{ "{\"uri\":\"u\",\"body_\":\"x\"}",
		  "\"body_\" is no member of ninjs 1.6" },
		{ "{\"uri\":\"u\",\"body_a b\":\"x\"}",
		  "\"body_a b\" is no member of ninjs 1.6" },
		{ "{\"uri\":\"u\",\"body_xhtml\":1}", "body_xhtml is of the wrong type" },
		{ "{\"uri\":\"u\",\"altids\":[]}", "altids is of the wrong type" },
		{ "{\"uri\":\"u\",\"altids\":{\"a\":{\"b\":null}}}",
		  "altids holds a null" },
		{ "{\"uri\":\"u\",\"genre\":[\"x\"]}", "genre[0] is no object" },
		{ "{\"uri\":\"u\",\"subject\":[{\"name\":\"x\",\"qcode\":\"y\"}]}",
		  "subject[0]: unknown member \"qcode\"" },
		{ "{\"uri\":\"u\",\"subject\":[{},null]}", "subject[1]: no object" },
		{ "{\"uri\":\"u\",\"infosource\":\"x\"}", "infosource is no list" },
		{ "{\"uri\":\"u\",\"infosource\":[\"x\"]}",
		  "infosource[0] is no object" },
		{ "{\"uri\":\"u\",\"urgency\":0}", "urgency is 0" },
		{ "{\"uri\":\"u\",\"urgency\":10}", "urgency is 10" },
		{ "{\"uri\":\"u\",\"urgency\":\"4\"}", "urgency is no whole number" },
		{ "{\"uri\":\"u\",\"urgency\":4.5}", "urgency is no whole number" },
		{ "{\"uri\":\"u\",\"wordcount\":-1}", "wordcount is no whole number" },
		{ "{\"uri\":\"u\",\"wordcount\":3000000000}",
		  "wordcount is no whole number" },
		{ "{\"uri\":\"u\",\"pubstatus\":\"killed\"}", "pubstatus is \"killed\"" },
		{ "{\"uri\":\"u\",\"type\":\"poem\"}", "type is \"poem\"" },
		{ "{\"uri\":\"u\",\"representationtype\":\"full\"}",
		  "representationtype is \"full\"" },
		{ "{\"uri\":\"u\",\"versioncreated\":\"yesterday\"}",
		  "versioncreated is \"yesterday\", no time in UTC" },
		{ "{\"uri\":\"u\",\"embargoed\":\"2026-11-24\"}",
		  "embargoed is \"2026-11-24\", no time in UTC" },
		{ "{\"uri\":\"u\",\"firstcreated\":\"2026-11-31T00:00:00Z\"}",
		  "firstcreated is \"2026-11-31T00:00:00Z\", no time in UTC" },
		{ "{\"uri\":\"u\",\"firstcreated\":\"2026-11-24T08:15:00\"}",
		  "firstcreated is \"2026-11-24T08:15:00\", no time in UTC" },
		{ "{\"uri\":\"u\",\"firstcreated\":\"2026-11-24T08:15:00+01:00\"}",
		  "firstcreated is \"2026-11-24T08:15:00+01:00\", no time in UTC" },
		{ "{\"uri\":\"u\",\"firstcreated\":\"2026-11-24T08:15:00.Z\"}",
		  "firstcreated is \"2026-11-24T08:15:00.Z\", no time in UTC" },
		{ "{\"uri\":\"u\",\"$standard\":{\"version\":\"2.0\"}}",
		  "$standard is not ninjs 1" },
		{ "{\"uri\":\"u\"} x", "JSON: something behind its end, byte 12" },
	};
	struct article a;
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(parse(&a, cases[i].json, &err), -1);
		assert_string_equal(err.text, cases[i].why);
		assert_int_equal(err.class, ERR_REJECT);
	}
}

/* Each is JSON that some reader would take in part. */
static void
trick_json_is_never_half_taken(void **state)
{
	static const char *const cases[] = {
		"{\"uri\":\"u\",\"headline\":\"a\\u0000b\"}", /* NUL */
		"{\"uri\":\"u\",\"headline\":\"a\\ud800b\"}", /* half a surrogate */
		"{\"uri\":\"u\",\"headline\":\"a\\udc00\\ud800b\"}", /* in the wrong order
								      */
		"{\"uri\":\"u\",\"headline\":\"a\xed\xa0\x80\"}", /* the same as bytes */
		"{\"uri\":\"u\",\"headline\":\"a\xff\"}",
		"{\"uri\":\"u\",\"headline\":\"a\nb\"}", /* a bare newline */
		"{\"uri\":\"u\",\"uri\":\"v\"}",
		"{\"uri\":\"u\",\"altids\":{\"a\":\"1\",\"a\":\"2\"}}",
		"{\"uri\":\"u\",\"charcount\":99999999999999999999}",
		"{\"uri\":\"u\",\"subject\":[{\"confidence\":1e999}]}",
		"{\"uri\":\"u\",\"subject\":[{\"confidence\":NaN}]}",
		"{\"uri\":\"u\",\"charcount\":0x10}",
		"{\"uri\":\"u\",}",
		"{\"uri\":\"u\"",
	};
	struct article a;
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(parse(&a, cases[i], &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
}

static void
a_bomb_of_brackets_or_commas_is_refused_before_it_grows(void **state)
{
	static const struct {
		const char *head, *unit;
	} cases[] = {
		{ "", "[" },
		{ "{\"uri\":\"u\",\"genre\":[{}", ",{}" },
		{ "{\"uri\":\"u\",\"genre\":[0", ",0" },
	};
	size_t room = 8 << 20, n;
	char *json = malloc(room);
	struct article a;
	struct err err;

	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		n = strlen(cases[i].head);
		memcpy(json, cases[i].head, n);
		for (; n + 3 < room; n += strlen(cases[i].unit))
			memcpy(json + n, cases[i].unit, strlen(cases[i].unit));
		arena_reset(&arena);
		assert_int_equal(article_parse(&a, json, n, &arena, &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
	free(json);
}

static void
an_article_that_does_not_fit_its_arena_is_refused(void **state)
{
	struct arena small;
	struct article a;
	struct err err;
	char json[5000] = "{\"uri\":\"u\",\"body_text\":\"";

	(void)state;
	memset(json + strlen(json), 'x', 4500);
	strcat(json, "\"}");
	arena_init(&small, 4096);
	assert_int_equal(article_parse(&a, json, strlen(json), &small, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	arena_release(&small);
}

static void
canceled_and_withheld_articles_are_withdrawn(void **state)
{
	static const struct {
		const char *status;
		bool expected;
	} cases[] = { { NULL, false },
		      { "usable", false },
		      { "canceled", true },
		      { "withheld", true } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct article a = { .uri = "u", .pubstatus = cases[i].status };

		assert_int_equal(article_is_withdrawn(&a), cases[i].expected);
	}
}

static void
newer_is_decided_by_version_then_time_then_epoch(void **state)
{
	/* In order: each is newer than those before it, and as new as itself. */
	static const struct version_key keys[] = {
		{ "0", NULL, 9 },
		{ NULL, NULL, 0 }, /* absent is 1 */
		{ "1", "2026-11-24T08:00:00Z", 1 },
		{ "01", "2026-11-24T08:00:00Z", 2 },
		{ "1", "2026-11-24T08:00:00.05Z", 1 },
		{ "1", "2026-11-24T08:00:00.5Z", 1 },
		{ "1", "2026-11-24T08:00:01Z", 1 },
		{ "1", "2026-11-24T01:00:02-07:00", 1 },
		{ "1", "2026-11-24T08:00:03Z", 1 },
		{ "2", "not a time", 1 },
		{ "2", "2001-01-01T00:00:00Z", 1 },
		{ "9", NULL, 1 },
		{ "10", NULL, 1 },
		{ "20261124081500000000001", NULL, 1 },
		{ "20261124081500000000002", NULL, 1 },
		{ "1.10", NULL, 1 },
		{ "2a", NULL, 1 },
		{ "final", NULL, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(keys); i++) {
		for (size_t j = 0; j < LENGTH(keys); j++) {
			int rc = version_compare(&keys[i], &keys[j]);

			assert_int_equal((rc > 0) - (rc < 0), (i > j) - (i < j));
		}
	}
}

static void
versions_written_differently_can_be_equal(void **state)
{
	static const struct version_key pairs[][2] = {
		{ { NULL, NULL, 1 }, { "1", NULL, 1 } },
		{ { "007", NULL, 1 }, { "7", NULL, 1 } },
		{ { "1", "2026-11-24T08:00:00Z", 1 },
		  { "1", "2026-11-24T09:00:00+01:00", 1 } },
		{ { "1", "2026-11-24T08:00:00.500Z", 1 },
		  { "1", "2026-11-24T08:00:00.5Z", 1 } },
		{ { "1", "?", 1 }, { "1", NULL, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++)
		assert_int_equal(version_compare(&pairs[i][0], &pairs[i][1]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stand_in_the_standards_order),
		cmocka_unit_test(what_an_article_lacks_is_absent_not_null),
		cmocka_unit_test(what_was_read_is_printed_again_to_the_byte),
		cmocka_unit_test(
		    an_article_of_little_is_taken_with_the_standards_defaults),
		cmocka_unit_test(what_is_wrong_is_refused_with_the_reason),
		cmocka_unit_test(trick_json_is_never_half_taken),
		cmocka_unit_test(a_bomb_of_brackets_or_commas_is_refused_before_it_grows),
		cmocka_unit_test(an_article_that_does_not_fit_its_arena_is_refused),
		cmocka_unit_test(canceled_and_withheld_articles_are_withdrawn),
		cmocka_unit_test(newer_is_decided_by_version_then_time_then_epoch),
		cmocka_unit_test(versions_written_differently_can_be_equal),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
