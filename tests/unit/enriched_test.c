/* The enriched record: what is printed is what design and schema say, and all of it is
 * read back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "record/enriched.h"

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

static const char *const gov[] = { "GOV", "MIL" };
static const char *const allege[] = { "allege" };

static struct actor officials = { .span = { "Western officials", false, 489, 506 },
				  .sectors = { gov, 2 } };
static struct actor pyongyang = { .span = { "Pyongyang", true, 0, 9 },
				  .name = "North Korea",
				  .country = "PRK",
				  .id = "Q423" };
static struct actor ukraine = { .span = { "Ukraine", false, 600, 607 },
				.name = "Ukraine",
				.country = "UKR",
				.has_point = true,
				.lat = 49,
				.lon = -32.25 };
static struct actor agency = { .span = { "KCNA", false, 700, 704 },
			       .name = "Korean Central News Agency" };

static struct event events[] = {
	{ .id = "e1",
	  .main = true,
	  .type = "ACCUSE",
	  .modes = { allege, 1 },
	  .cameo = "112",
	  .quad = 3,
	  .has_score = true,
	  .score = -3.5,
	  .goldstein = -2,
	  .medtop = "20000563",
	  .trigger = { "accused", false, 512, 519 },
	  .lemma = "accuse",
	  .actor = { &officials, 1 },
	  .recipient = { &pyongyang, 1 },
	  .location = &ukraine,
	  .attribution = &agency,
	  .date = "2025-08-31",
	  .date_value = "2025-08-31",
	  .date_text = "Sunday",
	  .dead = 0,
	  .injured = -1,
	  .arrested = 12,
	  .sentence = 7,
	  .start = 489,
	  .end = 655,
	  .confidence = 0.83,
	  .pattern = "accuse.of" },
	{ .id = "e2",
	  .type = "news.weather",
	  .trigger = { "storm", true, 3, 8 },
	  .lemma = "storm",
	  .quote = "a \"storm\"\n",
	  .dead = -1,
	  .injured = -1,
	  .arrested = -1,
	  .in_headline = true,
	  .end = 20,
	  .confidence = 1,
	  .pattern = "storm" },
};
static struct timex times[] = {
	{ { "Sunday", false, 520, 526 }, TIMEX_DATE, "2025-08-31" },
	{ { "every day", true, 1, 10 }, TIMEX_SET, "P1D" },
};
static struct quote quotes[] = {
	{ { "We go", false, 800, 805 }, &agency, true },
	{ { "they stay", false, 810, 819 }, NULL, false },
};
static struct span mentions[] = { { "DPRK", false, 30, 34 }, { "it", true, 5, 7 } };
static struct entity entities[] = {
	{ .span = { "North Korea", false, 10, 21 },
	  .type = ENTITY_LOC,
	  .name = "North Korea",
	  .country = "PRK",
	  .id = "Q423",
	  .has_point = true,
	  .lat = 40,
	  .lon = 127,
	  .mentions = mentions,
	  .mention_count = 2 },
	{ .span = { "Acme", false, 0, 4 }, .type = ENTITY_ORG },
};

static const struct enriched rich = {
	.article = { .uri = "u:1",
		     .headline = "H",
		     .body_text = "B",
		     .wordcount = 1,
		     .rest = "{\"altids\":{\"a\":\"1\"}}" },
	.meta = "{\"provenance\":{\"headline\":\"text\"},\"extra\":{\"a\":null},"
		"\"removed\":[]}",
	.events = events,
	.event_count = 2,
	.times = times,
	.time_count = 2,
	.quotes = quotes,
	.quote_count = 2,
	.entities = entities,
	.entity_count = 2,
	.extractor = { "0.1.0", "rules", "abc", 1 },
};

#define ARTICLE                                                                     \
	"{\"article\":{\"$standard\":{\"name\":\"ninjs\",\"version\":\"1.6\","      \
	"\"schema\":"                                                               \
	"\"http://www.iptc.org/std/ninjs/ninjs-schema_1.6.json\"},\"uri\":\"u:1\"," \
	"\"type\":\"text\",\"pubstatus\":\"usable\""
#define AGENCY                                                                         \
	"{\"text\":\"KCNA\",\"name\":\"Korean Central News Agency\",\"country\":null," \
	"\"sector\":[],\"id\":null,\"in\":\"body\",\"start\":700,\"end\":704}"

static const char expected[] = ARTICLE
    ",\"headline\":\"H\",\"wordcount\":1,\"body_text\":\"B\",\"altids\":{\"a\":\"1\"}},"
    "\"meta\":{\"provenance\":{\"headline\":\"text\"},\"extra\":{\"a\":null},\"removed\":"
    "[]},"
    "\"events\":["
    "{\"id\":\"e1\",\"main\":true,\"type\":\"ACCUSE\",\"mode\":[\"allege\"],\"context\":["
    "],"
    "\"aux\":[],\"cameo\":\"112\",\"quad\":3,\"score\":-3.5,\"goldstein\":-2.0,"
    "\"medtop\":\"20000563\",\"trigger\":{\"text\":\"accused\",\"lemma\":\"accuse\","
    "\"in\":\"body\",\"start\":512,\"end\":519},"
    "\"actor\":[{\"text\":\"Western officials\",\"name\":null,\"country\":null,"
    "\"sector\":[\"GOV\",\"MIL\"],\"id\":null,\"in\":\"body\",\"start\":489,\"end\":506}]"
    ","
    "\"recipient\":[{\"text\":\"Pyongyang\",\"name\":\"North Korea\",\"country\":\"PRK\","
    "\"sector\":[],\"id\":\"Q423\",\"in\":\"headline\",\"start\":0,\"end\":9}],"
    "\"location\":{\"text\":\"Ukraine\",\"name\":\"Ukraine\",\"country\":\"UKR\","
    "\"lat\":49.0,\"lon\":-32.25,\"id\":null,\"in\":\"body\",\"start\":600,\"end\":607},"
    "\"date\":\"2025-08-31\",\"date_end\":null,\"date_value\":\"2025-08-31\","
    "\"date_text\":\"Sunday\",\"attribution\":" AGENCY ",\"quote\":null,"
    "\"casualties\":{\"dead\":0,\"injured\":null,\"arrested\":12},\"sentence\":7,"
    "\"in\":\"body\",\"start\":489,\"end\":655,\"confidence\":0.83,\"pattern\":\"accuse."
    "of\"},"
    "{\"id\":\"e2\",\"main\":false,\"type\":\"news.weather\",\"mode\":[],\"context\":[],"
    "\"aux\":[],\"cameo\":null,\"quad\":null,\"score\":null,\"goldstein\":null,"
    "\"medtop\":null,\"trigger\":{\"text\":\"storm\",\"lemma\":\"storm\","
    "\"in\":\"headline\",\"start\":3,\"end\":8},\"actor\":[],\"recipient\":[],"
    "\"location\":null,\"date\":null,\"date_end\":null,\"date_value\":null,"
    "\"date_text\":null,\"attribution\":null,\"quote\":\"a \\\"storm\\\"\\n\","
    "\"casualties\":{\"dead\":null,\"injured\":null,\"arrested\":null},\"sentence\":0,"
    "\"in\":\"headline\",\"start\":0,\"end\":20,\"confidence\":1.0,\"pattern\":\"storm\"}"
    "],"
    "\"times\":[{\"text\":\"Sunday\",\"in\":\"body\",\"start\":520,\"end\":526,"
    "\"type\":\"DATE\",\"value\":\"2025-08-31\"},{\"text\":\"every day\","
    "\"in\":\"headline\",\"start\":1,\"end\":10,\"type\":\"SET\",\"value\":\"P1D\"}],"
    "\"quotes\":[{\"text\":\"We go\",\"in\":\"body\",\"start\":800,\"end\":805,"
    "\"speaker\":" AGENCY ",\"direct\":true},{\"text\":\"they stay\",\"in\":\"body\","
    "\"start\":810,\"end\":819,\"speaker\":null,\"direct\":false}],"
    "\"entities\":[{\"text\":\"North Korea\",\"in\":\"body\",\"start\":10,\"end\":21,"
    "\"type\":\"LOC\",\"name\":\"North Korea\",\"country\":\"PRK\",\"lat\":40.0,"
    "\"lon\":127.0,\"id\":\"Q423\",\"mentions\":[{\"text\":\"DPRK\",\"in\":\"body\","
    "\"start\":30,\"end\":34},{\"text\":\"it\",\"in\":\"headline\",\"start\":5,\"end\":7}"
    "]},"
    "{\"text\":\"Acme\",\"in\":\"body\",\"start\":0,\"end\":4,\"type\":\"ORG\","
    "\"name\":null,\"country\":null,\"lat\":null,\"lon\":null,\"id\":null,\"mentions\":[]"
    "}],"
    "\"extractor\":{\"version\":\"0.1.0\",\"epoch\":1,\"model\":\"rules\","
    "\"lexicon\":\"abc\"}}";

static void
a_rich_record_is_printed_member_by_member(void **state)
{
	(void)state;
	buf_reset(&out);
	enriched_print(&rich, &out);
	assert_string_equal(out.data, expected);
}

static void
what_was_printed_is_read_back_whole(void **state)
{
	struct enriched e;
	struct err err;

	(void)state;
	assert_int_equal(enriched_parse(&e, expected, strlen(expected), &arena, &err), 0);
	assert_string_equal(e.article.headline, "H");
	assert_int_equal(e.events[0].dead, 0);
	assert_int_equal(e.events[0].injured, -1);
	assert_int_equal(e.events[1].quad, 0);
	assert_string_equal(e.events[0].recipient.items[0].country, "PRK");
	assert_true(e.events[0].location->has_point);
	assert_float_equal(e.events[0].location->lon, -32.25, 0);
	assert_false(e.events[1].has_score);
	assert_true(e.entities[0].mentions[1].in_headline);
	assert_int_equal(e.times[1].type, TIMEX_SET);
	assert_null(e.quotes[1].speaker);
	buf_reset(&out);
	enriched_print(&e, &out);
	assert_string_equal(out.data, expected);
}

static void
a_withdrawn_article_has_empty_lists(void **state)
{
	static const char none[] =
	    "{\"article\":{\"uri\":\"u:1\",\"pubstatus\":\"canceled\"},"
	    "\"meta\":{},\"events\":[],\"times\":[],\"quotes\":[],"
	    "\"entities\":[],\"extractor\":{\"version\":\"1\",\"epoch\":2,"
	    "\"model\":null,\"lexicon\":null}}";
	struct enriched e;
	struct err err;

	(void)state;
	assert_int_equal(enriched_parse(&e, none, strlen(none), &arena, &err), 0);
	assert_true(article_is_withdrawn(&e.article));
	assert_int_equal(e.extractor.epoch, 2);
	assert_int_equal(e.event_count + e.time_count + e.quote_count + e.entity_count,
			 0);
}

/* One place of the good record is changed; the reason names the place. */
static void
one_wrong_member_anywhere_refuses_the_record(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} cases[] = {
		{ "\"uri\":\"u:1\"", "\"foo\":1,\"uri\":\"u:1\"",
		  "article: \"foo\" is no member of ninjs 1.6" },
		{ "\"meta\":{", "\"meta\":[],\"m\":{", "meta is no object" },
		{ "\"main\":true", "\"main\":1",
		  "events[0]: main is neither true nor false" },
		{ "\"main\":true,", "", "events[0]: main is not there" },
		{ "\"main\":true", "\"main\":true,\"minor\":0",
		  "events[0]: unknown member \"minor\"" },
		{ "\"lemma\":\"accuse\"", "\"lemma\":null",
		  "events[0]: trigger: lemma is no text" },
		{ "\"in\":\"body\",\"start\":512", "\"in\":\"title\",\"start\":512",
		  "events[0]: trigger: in is \"title\"" },
		{ "\"start\":512", "\"start\":-1",
		  "events[0]: trigger: start is no whole number" },
		{ "\"end\":519", "\"end\":2147483648",
		  "events[0]: trigger: end is no whole number" },
		{ "\"sector\":[\"GOV\",\"MIL\"]", "\"sector\":[\"GOV\",null]",
		  "events[0]: actor[0]: sector[1] is no text" },
		{ "\"sector\":[\"GOV\",\"MIL\"]", "\"sector\":\"GOV\"",
		  "events[0]: actor[0]: sector is no list" },
		{ "\"score\":-3.5", "\"score\":null",
		  "events[0]: score and goldstein are not two numbers or two nulls" },
		{ "\"lat\":49.0,", "",
		  "events[0]: location: lat and lon are not two numbers or two nulls" },
		{ "\"quad\":3", "\"quad\":0", "events[0]: quad is 0" },
		{ "\"dead\":0", "\"dead\":0.5",
		  "events[0]: casualties: dead is no whole number" },
		{ "\"confidence\":0.83", "\"confidence\":\"0.83\"",
		  "events[0]: confidence is no number" },
		{ "\"type\":\"SET\"", "\"type\":\"set\"", "times[1]: type is \"set\"" },
		{ "\"speaker\":null", "\"speaker\":\"he\"",
		  "quotes[1]: speaker: no object" },
		{ "\"mentions\":[]", "\"mentions\":[7]",
		  "entities[1]: mentions[0]: no object" },
		{ "\"mentions\":[]", "\"mentions\":null",
		  "entities[1]: mentions is no list" },
		{ "\"epoch\":1", "\"epoch\":1.0", "extractor: epoch is no whole number" },
		{ "\"extractor\":{", "\"extra\":{", "unknown member \"extra\"" },
		{ ",\"extractor\":{\"version\":\"0.1.0\",", ",\"events\":[],\"extractor\":{\"version\":\"0.1.0\",", "JSON: \"events\" twice" },
	};
	struct enriched e;
	struct err err;
	const char *at;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		at = strstr(expected, cases[i].from);
		assert_non_null(at);
		buf_reset(&out);
		buf_add(&out, expected, (size_t)(at - expected));
		buf_adds(&out, cases[i].to);
		buf_adds(&out, at + strlen(cases[i].from));
		arena_reset(&arena);
		assert_int_equal(enriched_parse(&e, out.data, out.size, &arena, &err),
				 -1);
		assert_string_equal(err.text, cases[i].why);
		assert_int_equal(err.class, ERR_REJECT);
	}
}

static void
no_arena_is_too_small_to_say_so(void **state)
{
	struct enriched e;
	struct err err;
	struct arena small;
	size_t refused = 0;
	int rc;

	(void)state;
	for (size_t size = 16; size < 16384; size += 16) {
		arena_init(&small, size);
		rc = enriched_parse(&e, expected, strlen(expected), &small, &err);
		assert_true(rc == 0 || err.class == ERR_REJECT);
		refused += rc != 0;
		arena_release(&small);
	}
	assert_in_range(refused, 100, 16384 / 16 - 100);
}

static void
a_header_of_meta_is_an_object_or_refused(void **state)
{
	static const struct {
		const char *header, *meta;
	} cases[] = {
		{ "", NULL },
		{ " {\"extra\" :\n{}} ", "{\"extra\":{}}" },
		{ "{\"a\":null,\"b\":1.5}", "{\"a\":null,\"b\":1.5}" },
	};
	static const char *const bad[] = {
		"[]", "7", "{", "{}}", "{\"a\":\"\xff\"}", "{\"a\":1,\"a\":2}"
	};
	struct err err;
	const char *meta;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(meta_parse(&meta, cases[i].header,
					    strlen(cases[i].header), &arena, &err),
				 0);
		if (cases[i].meta)
			assert_string_equal(meta, cases[i].meta);
		else
			assert_null(meta);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_int_equal(meta_parse(&meta, bad[i], strlen(bad[i]), &arena, &err),
				 -1);
		assert_int_equal(err.class, ERR_REJECT);
	}
}

static long allocations_left;

static void *
scarce_malloc(size_t n)
{
	if (allocations_left-- > 0)
		return malloc(n);
	errno = ENOMEM;
	return NULL;
}

static void
without_memory_no_record_is_half_taken(void **state)
{
	struct enriched e;
	struct err err;
	long n = 0;
	int rc;

	(void)state;
	json_set_alloc_funcs(scarce_malloc, free);
	do {
		allocations_left = n++;
		arena_reset(&arena);
		rc = enriched_parse(&e, expected, strlen(expected), &arena, &err);
		assert_true(rc == 0 || err.class == ERR_FATAL);
	} while (rc != 0 && n < 100000);
	json_set_alloc_funcs(malloc, free);
	assert_in_range(n, 20, 99999); /* only what is passed on becomes a tree */
	buf_reset(&out);
	enriched_print(&e, &out);
	assert_string_equal(out.data, expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rich_record_is_printed_member_by_member),
		cmocka_unit_test(what_was_printed_is_read_back_whole),
		cmocka_unit_test(a_withdrawn_article_has_empty_lists),
		cmocka_unit_test(one_wrong_member_anywhere_refuses_the_record),
		cmocka_unit_test(a_header_of_meta_is_an_object_or_refused),
		cmocka_unit_test(without_memory_no_record_is_half_taken),
		cmocka_unit_test(no_arena_is_too_small_to_say_so),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
