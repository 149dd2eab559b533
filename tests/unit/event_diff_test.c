/* Which events of two extractions are the same, changed, added, gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/event_diff.h"

static struct arena arena;

/* An event: id, type, where its trigger and it begin and end, and a date. */
#define EVENT(id, type, t, from, to, date)                                            \
	"{\"id\":\"" id "\",\"type\":\"" type                                         \
	"\",\"trigger\":{\"text\":\"x\",\"in\":\"body\",\"start\":" #t ",\"end\":" #t \
	"1},\"in\":\"body\",\"start\":" #from ",\"end\":" #to ",\"date\":\"" date     \
	"\",\"actor\":[{\"name\":null,\"text\":\"A\"}],\"recipient\":[]}"

static void
note(void *arg, const struct event_difference *d)
{
	static const char signs[] = "=*+-";
	struct buf *out = arg;

	buf_printf(out, "%c%s", signs[d->change], d->type);
	for (size_t i = 0; i < d->field_count; i++)
		buf_printf(out, "%c%s", i ? ',' : ':', d->fields[i]);
	buf_addc(out, ' ');
	assert_true(d->change == EVENT_SAME || !d->before == (d->change == EVENT_ADDED));
	assert_true(d->change == EVENT_SAME || !d->after == (d->change == EVENT_GONE));
}

static void
events_are_found_again_by_id_trigger_and_span(void **state)
{
	static const struct {
		const char *before, *after, *said;
	} cases[] = {
		{ "[]", "[]", "" },
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]",
		  "[" EVENT("1", "SUE", 5, 0, 9, "d") "]", "=SUE " },
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]", "[]", "-SUE " },
		{ "[]", "[" EVENT("1", "SUE", 5, 0, 9, "d") "]", "+SUE " },
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]",
		  "[" EVENT("1", "SUE", 5, 0, 8, "e") "]", "*SUE:end,date " },
		/* another type at the same trigger has another id */
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]",
		  "[" EVENT("2", "AID", 5, 0, 9, "d") "]", "*SUE:type " },
		/* the same type from another word of the same clause */
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]",
		  "[" EVENT("2", "SUE", 6, 0, 9, "d") "]", "*SUE:trigger " },
		/* another type from another word of it */
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]",
		  "[" EVENT("2", "AID", 6, 0, 9, "d") "]", "-SUE +AID " },
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "]",
		  "[" EVENT("2", "SUE", 15, 10, 19, "d") "]", "-SUE +SUE " },
		/* the id counts more than the trigger, the trigger more than the span,
		 * the greater overlap more than the lesser */
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "," EVENT("2", "AID", 6, 0, 9,
								"d") "]",
		  "[" EVENT("2", "AID", 5, 0, 9, "d") "," EVENT("1", "SUE", 6, 0, 9,
								"d") "]",
		  "*SUE:trigger *AID:trigger " },
		{ "[" EVENT("1", "SUE", 5, 0, 9, "d") "," EVENT("2", "SUE", 6, 5, 29,
								"d") "]",
		  "[" EVENT("3", "SUE", 7, 5, 30, "d") "," EVENT("4", "SUE", 8, 0, 10,
								 "d") "]",
		  "*SUE:trigger,end *SUE:trigger,end " },
		{ "[{\"type\":\"SUE\",\"old\":1}]", "[{\"type\":\"SUE\",\"new\":1}]",
		  "-SUE +SUE " },
		{ "[{\"id\":\"1\",\"type\":\"SUE\",\"old\":1}]",
		  "[{\"id\":\"1\",\"type\":\"SUE\",\"new\":1}]", "*SUE:old,new " },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct err err;

		arena_reset(&arena);
		buf_reset(&out);
		buf_adds(&out, "");
		if (events_compare(cases[i].before, strlen(cases[i].before),
				   cases[i].after, strlen(cases[i].after), &arena, note,
				   &out, &err))
			fail_msg("case %zu: %s", i, err.text);
		if (strcmp(out.data, cases[i].said))
			fail_msg("case %zu: '%s', not '%s'", i, out.data, cases[i].said);
	}
	buf_release(&out);
}

static void
say(void *arg, const struct event_difference *d)
{
	const char **said = arg;

	*said = d->before ? d->before : d->after;
}

static void
an_event_is_said_in_a_few_words(void **state)
{
	static const char event[] =
	    "[{\"id\":\"1\",\"type\":\"SUE\",\"trigger\":{\"text\":\"sued\"},\"actor\":"
	    "[{\"name\":\"Germany\",\"text\":\"the Germans\"}],\"recipient\":[{\"name\":"
	    "null,\"text\":\"two firms\"}],\"date\":\"2026-11-24\"}]";
	static const char bare[] = "[{\"type\":\"DIE\",\"date\":null}]";
	const char *said = NULL;
	struct err err;

	(void)state;
	assert_int_equal(events_compare(event, sizeof(event) - 1, "[]", 2, &arena, say,
					&said, &err),
			 0);
	assert_string_equal(said, "SUE: Germany > two firms, 2026-11-24 (sued)");
	assert_int_equal(events_compare("[]", 2, bare, sizeof(bare) - 1, &arena, say,
					&said, &err),
			 0);
	assert_string_equal(said, "DIE: ? ()");
}

static void
an_extraction_is_cut_out_of_its_record(void **state)
{
	static const struct {
		const char *record, *says; /* NULL: it is one */
	} cases[] = {
		{ "{\"article\":{\"uri\":\"u:1\",\"headline\":\"\\\"H\\\"\",\"body_"
		  "text\":"
		  "\"]}\",\"version\":\"7\"},\"events\":[{\"a\":[]}],\"times\":[],"
		  "\"extractor\":{\"version\":\"0\",\"epoch\":3}}",
		  NULL },
		{ "{\"events\":[]}", "uri" },
		{ "{\"article\":{\"uri\":\"u\"}}", "events" },
		{ "{\"article\":{\"uri\":\"u\"},\"events\":{}}", "events" },
		{ "[]", "no enriched record" },
		{ "", "no enriched record" },
		{ "{\"article\":{\"uri\":1},\"events\":[]}", "no enriched record" },
	};
	struct extraction x;
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		int rc = extraction_parse(&x, cases[i].record, strlen(cases[i].record),
					  &arena, &err);

		if (cases[i].says && (!rc || !strstr(err.text, cases[i].says)))
			fail_msg("%s: %s", cases[i].record, rc ? err.text : "is one");
		if (cases[i].says)
			continue;
		assert_int_equal(rc, 0);
		assert_string_equal(x.uri, "u:1");
		assert_string_equal(x.version, "7");
		assert_string_equal(x.headline, "\"H\"");
		assert_int_equal(x.epoch, 3);
		assert_int_equal(x.size, strlen("[{\"a\":[]}]"));
		assert_memory_equal(x.events, "[{\"a\":[]}]", x.size);
	}
}

static int
begin(void **state)
{
	(void)state;
	arena_init(&arena, 8 << 20);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_found_again_by_id_trigger_and_span),
		cmocka_unit_test(an_event_is_said_in_a_few_words),
		cmocka_unit_test(an_extraction_is_cut_out_of_its_record),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
