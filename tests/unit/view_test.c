/* One event in every column of every shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/cameo.h"
#include "record/view.h"

static const char *const gov[] = { "GOV", "JRN" };
static const char *const contexts[] = { "military", "legal" };
static const char *const negation[] = { "future", "negation" };
static const struct actor korea = { .span = { "Pyongyang", false, 0, 9 },
				    .name = "North Korea",
				    .country = "PRK",
				    .sectors = { gov, 2 } };
static const struct actor un = { .span = { "the UN", false, 0, 9 },
				 .name = "United Nations",
				 .country = "UNO" };
static const struct actor unknown = { .span = { "a \"source\"\tsaid\nso", false, 0, 9 } };
static const struct actor seoul = { .span = { "Seoul", false, 3, 8 },
				    .name = "Seoul",
				    .country = "KOR",
				    .id = "place/seoul.KOR",
				    .has_point = true,
				    .lat = 37.57,
				    .lon = 126.98 };
static const struct entity entities[] = {
	{ .span = { "Kim" }, .type = ENTITY_PER, .name = "Kim Jong Un" },
	{ .span = { "Ri" }, .type = ENTITY_PER },
	{ .span = { "KCNA" }, .type = ENTITY_ORG },
};

static struct event event;
static struct enriched record;
static struct actor sides[2][2];

static void
begin(void)
{
	sides[0][0] = korea;
	sides[0][1] = un;
	sides[1][0] = unknown;
	event = (struct event){ .id = "9cac9d8716fd316a",
				.main = true,
				.type = "ACCUSE",
				.contexts = { contexts, 2 },
				.cameo = "1122",
				.quad = 3,
				.has_score = true,
				.score = -3.5,
				.goldstein = -2,
				.actor = { sides[0], 2 },
				.recipient = { sides[1], 1 },
				.location = &seoul,
				.date = "2025-08-31" };
	record = (struct enriched){ .article = { .uri = "https://x.test/1?a=\"b\"",
						 .versioncreated = "2025-09-01T08:00:00Z",
						 .language = "en",
						 .infosource = "KCNA",
						 .headline = "It accused" },
				    .events = &event,
				    .event_count = 1,
				    .entities = (struct entity *)(uintptr_t)entities,
				    .entity_count = 3,
				    .extractor = { .version = "0.1.0" } };
}

static const char *
print(const struct view *v, bool unreal)
{
	static struct buf out;
	struct view_how how = { INT64_C(1795507200000), unreal };

	if (!out.ceiling)
		buf_init(&out, 1 << 20);
	buf_reset(&out);
	view_print(v, &record, &how, &out);
	return out.data ? out.data : "";
}

/* The cell under that name, in quotes if it is so there. */
static const char *
cell(const struct view *v, const char *name)
{
	static char text[256];
	const char *row = print(v, false), *end;
	size_t i = 0;

	for (; v->columns[i].name && strcmp(v->columns[i].name, name); i++)
		row = strchr(row, v->delimiter) + 1;
	if (!v->columns[i].name)
		fail_msg("%s has no column %s", v->name, name);
	end = row + strcspn(row, v->columns[i + 1].name ? "\t" : "\n");
	assert_true(*end);
	snprintf(text, sizeof(text), "%.*s", (int)(end - row), row);
	return text;
}

struct wanted {
	const char *name, *value;
};

static void
check(const struct view *v, const struct wanted *w)
{
	for (; w->name; w++)
		if (strcmp(cell(v, w->name), w->value))
			fail_msg("%s: %s is '%s', not '%s'", v->name, w->name,
				 cell(v, w->name), w->value);
}

static size_t
width(const struct view *v)
{
	size_t n = 0;

	while (v->columns[n].name)
		n++;
	return n;
}

static void
an_event_has_gdelts_columns(void **state)
{
	static const struct wanted wanted[] = {
		{ "SQLDATE", "20250831" },
		{ "MonthYear", "202508" },
		{ "Year", "2025" },
		{ "FractionDate", "2025.6603" },
		{ "Actor1Code", "PRKGOVMED" },
		{ "Actor1Name", "NORTH KOREA" },
		{ "Actor1CountryCode", "PRK" },
		{ "Actor1Type1Code", "GOV" },
		{ "Actor1Type2Code", "MED" },
		{ "Actor1Type3Code", "" },
		{ "Actor2Code", "" },
		{ "Actor2Name", "\"A \"\"SOURCE\"\" SAID SO\"" },
		{ "IsRootEvent", "1" },
		{ "EventCode", "1122" },
		{ "EventBaseCode", "112" },
		{ "EventRootCode", "11" },
		{ "QuadClass", "3" },
		{ "GoldsteinScale", "-2.0" },
		{ "NumMentions", "1" },
		{ "AvgTone", "" },
		{ "Actor1Geo_Type", "" },
		{ "ActionGeo_FullName", "Seoul" },
		{ "ActionGeo_CountryCode", "KS" },
		{ "ActionGeo_Lat", "37.57" },
		{ "ActionGeo_Long", "126.98" },
		{ "DATEADDED", "20261124080000" },
		{ "SOURCEURL", "\"https://x.test/1?a=\"\"b\"\"\"" },
		{ 0 },
	};

	(void)state;
	begin();
	assert_int_equal(width(&view_gdelt), 61);
	check(&view_gdelt, wanted);
}

static void
an_event_has_polecats_columns(void **state)
{
	static const struct wanted wanted[] = {
		{ "Event ID", "9cac9d8716fd316a" },
		{ "Event Date", "2025-08-31" },
		{ "Event Type", "ACCUSE" },
		{ "Event Mode", "" },
		{ "Intensity", "-3.5" },
		{ "Quad Code", "VERBAL CONFLICT" },
		{ "Contexts", "military;legal" },
		{ "Actor Name", "North Korea;United Nations" },
		{ "Actor Country", "PRK;UNO" },
		{ "Primary Actor Sector", "GOV;" },
		{ "Actor Sectors", "GOV,JRN;" },
		{ "Actor Name Raw", "Pyongyang;the UN" },
		{ "Recipient Name", "" },
		{ "Recipient Name Raw", "\"a \"\"source\"\" said so\"" },
		{ "Placename", "Seoul" },
		{ "Country", "KOR" },
		{ "Source", "KCNA" },
		{ "Publication Date", "2025-09-01" },
		{ "Story People", "Kim Jong Un;Ri" },
		{ "Story Organizations", "KCNA" },
		{ "Story Locations", "" },
		{ "Version", "newswire 0.1.0" },
		{ 0 },
	};

	(void)state;
	begin();
	assert_int_equal(width(&view_polecat), 40);
	check(&view_polecat, wanted);
}

static void
an_event_has_plovers_members(void **state)
{
	(void)state;
	begin();
	assert_string_equal(
	    print(&view_plover, false),
	    "{\"id\":\"9cac9d8716fd316a\",\"date\":\"2025-08-31\",\"event\":\"ACCUSE\","
	    "\"context\":[\"military\",\"legal\"],\"actor\":[{\"country\":\"PRK\","
	    "\"sector\":[\"GOV\",\"JRN\"],\"name\":\"North Korea\",\"text\":"
	    "\"Pyongyang\"},{\"country\":\"UNO\",\"name\":\"United Nations\",\"text\":"
	    "\"the UN\"}],\"recipient\":[{\"text\":\"a \\\"source\\\"\\tsaid\\nso\"}],"
	    "\"location\":{\"name\":\"Seoul\",\"country\":\"KOR\",\"lat\":37.57,"
	    "\"lon\":126.98},\"score\":-3.5,\"quad\":3,\"cameo\":\"1122\",\"headline\":"
	    "\"It accused\",\"url\":\"https://x.test/1?a=\\\"b\\\"\",\"published\":"
	    "\"2025-09-01T08:00:00Z\",\"publisher\":\"KCNA\",\"language\":\"en\","
	    "\"coder\":\"newswire\",\"version\":\"0.1.0\"}\n");
}

/* Of a year that has no day beyond its end. */
static void
the_fraction_of_a_year_is_below_one(void **state)
{
	static const struct {
		const char *date, *fraction;
	} cases[] = {
		{ "2014-02-18", "2014.1315" },
		{ "2026-01-01", "2026.0027" },
		{ "2026-12-31", "2026.9890" },
	};

	(void)state;
	begin();
	for (size_t i = 0; i < LENGTH(cases); i++) {
		event.date = cases[i].date;
		assert_string_equal(cell(&view_gdelt, "FractionDate"), cases[i].fraction);
	}
}

static void
who_acts_with_another_has_it_on_the_other_side_in_gdelt(void **state)
{
	static const struct wanted wanted[] = { { "Actor1Code", "PRKGOVMED" },
						{ "Actor2Code", "IGOUNO" },
						{ "Actor2CountryCode", "" },
						{ "Actor2KnownGroupCode", "UNO" },
						{ 0 } };

	(void)state;
	begin();
	event.recipient.count = 0;
	check(&view_gdelt, wanted);
}

/* Which events have a row: of their types, and those that happened. */
static void
what_has_no_place_has_no_row(void **state)
{
	static const struct {
		const char *cameo;
		int quad;
		bool negated, unreal;
		int gdelt, polecat, plover;
	} cases[] = {
		{ "112", 3, false, false, 1, 1, 1 },
		{ NULL, 0, false, false, 0, 0, 0 }, /* a news type */
		{ NULL, 3, false, false, 0, 1, 1 },
		{ "112", 3, true, false, 0, 0, 0 },
		{ "112", 3, true, true, 1, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		begin();
		event.cameo = cases[i].cameo;
		event.quad = cases[i].quad;
		if (cases[i].negated)
			event.aux = (struct names){ negation, 2 };
		assert_int_equal(*print(&view_gdelt, cases[i].unreal) != '\0',
				 cases[i].gdelt);
		assert_int_equal(*print(&view_polecat, cases[i].unreal) != '\0',
				 cases[i].polecat);
		assert_int_equal(*print(&view_plover, cases[i].unreal) != '\0',
				 cases[i].plover);
	}
}

static void
codes_are_gdelts(void **state)
{
	static const struct {
		const char *event;
		int quad;
	} quads[] = { { "01", 1 },  { "057", 1 }, { "06", 2 },  { "090", 2 }, { "10", 3 },
		      { "145", 3 }, { "15", 4 },  { "204", 4 }, { "21", 0 },  { "", 0 } };
	static const struct wanted fips[] = { { "AFG", "AF" },
					      { "ZWE", "ZI" },
					      { "GBR", "UK" },
					      { "KOS", "KV" },
					      { "KO", "" },
					      { "UNO", "" },
					      { 0 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(quads); i++)
		assert_int_equal(cameo_quad(quads[i].event), quads[i].quad);
	for (const struct wanted *w = fips; w->name; w++) {
		char code[CAMEO_FIPS];

		cameo_fips(w->name, code);
		assert_string_equal(code, w->value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_gdelts_columns),
		cmocka_unit_test(the_fraction_of_a_year_is_below_one),
		cmocka_unit_test(an_event_has_polecats_columns),
		cmocka_unit_test(an_event_has_plovers_members),
		cmocka_unit_test(who_acts_with_another_has_it_on_the_other_side_in_gdelt),
		cmocka_unit_test(what_has_no_place_has_no_row),
		cmocka_unit_test(codes_are_gdelts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
