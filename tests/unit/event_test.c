/* From sentences to events: every example of the lexicon, and rows of who did what to
 * whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "event/example.h"
#include "event/lexicon.h"

#define PUBLISHED "2025-09-01T12:00:00Z" /* a Monday */

static struct extract *extract;
static struct lexicon *lexicon;
static struct arena arena;

static int
open_all(void **state)
{
	struct err err;

	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	extract = extract_new("lexicon", 1, &err);
	lexicon = lexicon_new("lexicon", &err);
	if (!extract || !lexicon)
		printf("%s\n", err.text);
	return extract && lexicon ? 0 : -1;
}

static int
close_all(void **state)
{
	(void)state;
	extract_free(extract);
	lexicon_free(lexicon);
	arena_release(&arena);
	return 0;
}

static struct enriched
read_text(const char *headline, const char *body)
{
	struct article a = { .uri = "urn:test:1",
			     .pubstatus = "usable",
			     .language = "en",
			     .versioncreated = PUBLISHED,
			     .headline = headline,
			     .body_text = body,
			     .wordcount = -1 };
	struct enriched out;
	struct err err;

	arena_reset(&arena);
	if (extract_article(extract, &a, NULL, &out, &arena, &err))
		fail_msg("%s", err.text);
	return out;
}

static struct example
unmarked(const char *marked)
{
	struct example m;

	example_unmark(marked, NULL, &m);
	return m;
}

static void
every_example_of_the_lexicon_gives_its_type(void **state)
{
	size_t tried = 0, wrong = 0;

	(void)state;
	for (size_t i = 0; i < lexicon_pattern_count(lexicon); i++) {
		const struct pattern *p = lexicon_pattern(lexicon, i);
		struct example m;
		struct enriched out;
		const struct event *e;

		if (!example_of(lexicon, p, &m))
			continue;
		out = read_text(NULL, m.text);
		e = example_event(&out, &m);
		tried++;
		if (e && !strcmp(e->type, p->type->name))
			continue;
		wrong++;
		print_message("triggers.tsv:%d: %s: %s: %s\n", p->line, m.text,
			      e ? e->pattern : "no event", p->id);
	}
	print_message("%zu examples tried\n", tried);
	assert_in_range(tried, 600, 100000);
	assert_int_equal(wrong, 0);
}

static void
list(const struct actors *a, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < a->count && n < size; i++) {
		const struct actor *x = &a->items[i];

		n += (size_t)snprintf(out + n, size - n, "%s%s/%s", i ? " " : "",
				      x->country ? x->country : "-",
				      x->sectors.count ? x->sectors.items[0] : "-");
	}
}

static void
aux_of(const struct event *e, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < e->aux.count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "",
				      e->aux.items[i]);
}

static void
sentences_say_who_did_what_to_whom(void **state)
{
	static const struct {
		const char *text, *type, *actor, *recipient, *aux;
	} rows[] = {
		{ "Turkey *accused* Greece of arming the islands.", "ACCUSE", "TUR/GOV",
		  "GRC/GOV", "" },
		{ "Greece was *accused* by Turkey of arming the islands.", "ACCUSE",
		  "TUR/GOV", "GRC/GOV", "" },
		{ "France, Germany and Poland *condemned* Russia.", "ACCUSE",
		  "FRA/GOV DEU/GOV POL/GOV", "RUS/GOV", "" },
		{ "Turkish police *arrested* three students in Izmir.", "COERCE",
		  "TUR/COP", "TUR/EDU", "" },
		{ "Three students were *arrested* by Turkish police.", "COERCE",
		  "TUR/COP", "-/EDU", "" },
		{ "Japan will *send* medicine to Fiji.", "AGREE", "JPN/GOV", "FJI/GOV",
		  "future" },
		{ "Japan *sent* medicine to Fiji.", "AID", "JPN/GOV", "FJI/GOV", "" },
		{ "Japan may *send* medicine to Fiji.", "AID", "JPN/GOV", "FJI/GOV",
		  "hypothetical" },
		{ "Japan did not *send* medicine to Fiji.", "AID", "JPN/GOV", "FJI/GOV",
		  "negation" },
		{ "Japan failed to *send* medicine to Fiji.", "AID", "JPN/GOV", "FJI/GOV",
		  "negation" },
		{ "Kenya *agreed* to send troops to Haiti.", "AGREE", "KEN/GOV",
		  "HTI/GOV", "" },
		{ "Iran *threatened* to attack Israel.", "THREATEN", "IRN/GOV", "ISR/GOV",
		  "" },
		{ "Hungary *refused* to meet the Ukrainian president.", "REJECT",
		  "HUN/GOV", "UKR/GOV", "" },
		{ "Pictures showed Putin at a plant *inspecting* missiles.", "INSPECT",
		  "RUS/GOV", "", "" },
		{ "Putin signed plans aimed at boosting output and *approved* the budget.",
		  "APPROVE", "RUS/GOV", "", "" },
		{ "Sanctions failed as Fiji has *deepened* ties with Samoa.", "COOPERATE",
		  "FJI/GOV", "WSM/GOV", "" },
		{ "Police clashed with rebels, who *fired* rockets at Kenya.", "ASSAULT",
		  "-/REB", "KEN/GOV", "" },
		{ "Kenya spoke to Peter Zwick, the foreign minister of Fiji. The minister "
		  "*praised* Samoa.",
		  "SUPPORT", "FJI/GOV", "WSM/GOV", "" },
		{ "Fiji will not *meet* Samoa.", "REJECT", "FJI/GOV", "WSM/GOV", "" },
		{ "Fiji will no longer *send* aid to Samoa.", "REJECT", "FJI/GOV", "WSM/GOV", "" },
		{ "Soldiers began *shooting* at protesters in Fiji.", "ASSAULT", "FJI/MIL",
		  "FJI/CVL", "" },
		{ "Russia, which hosted the talks, *condemned* Poland.", "ACCUSE",
		  "RUS/GOV", "POL/GOV", "" },
		{ "Russia hosted the talks and *condemned* Poland.", "ACCUSE", "RUS/GOV",
		  "POL/GOV", "" },
		{ "The minister said that Iran had *attacked* Israel.", "ASSAULT",
		  "IRN/GOV", "ISR/GOV", "" },
		{ "India and China *held* talks in Delhi.", "CONSULT", "IND/GOV CHN/GOV",
		  "", "" },
		{ "The president of Egypt *praised* Sudan.", "SUPPORT", "EGY/GOV",
		  "SDN/GOV", "" },
		{ "An Israeli *airstrike* on Lebanon was reported.", "ASSAULT", "ISR/GOV",
		  "LBN/GOV", "" },
		{ "Police in Nairobi *fired* tear gas at protesters.", "ASSAULT",
		  "KEN/COP", "-/CVL", "" },
		{ "If Iran *attacks* Israel, prices will rise.", "ASSAULT", "IRN/GOV",
		  "ISR/GOV", "hypothetical" },
		{ "Iraq *invaded* Kuwait in 1990.", "ASSAULT", "IRQ/GOV", "KWT/GOV",
		  "historical" },
		{ "Ukraine accused Russia of *bombing* a hospital in Kharkiv.", "ASSAULT",
		  "RUS/GOV", "UKR/MED", "" },
		{ "Nobody *attacked* Poland.", "ASSAULT", "", "POL/GOV", "negation" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct example m = unmarked(rows[i].text);
		struct enriched out = read_text(NULL, m.text);
		const struct event *e = example_event(&out, &m);
		char actor[256], recipient[256], aux[128];

		if (!e)
			fail_msg("%s: no event", rows[i].text);
		list(&e->actor, actor, sizeof(actor));
		list(&e->recipient, recipient, sizeof(recipient));
		aux_of(e, aux, sizeof(aux));
		if (strcmp(e->type, rows[i].type) || strcmp(actor, rows[i].actor) ||
		    strcmp(recipient, rows[i].recipient) || strcmp(aux, rows[i].aux))
			fail_msg("%s: %s (%s) to (%s) [%s]", rows[i].text, e->type, actor,
				 recipient, aux);
	}
}

static void
what_is_no_event_makes_none(void **state)
{
	static const char *const rows[] = {
		"The weather in Oslo is mild.",
		"She has a strong accent and a red coat.",
		"The book has nine chapters.",
		"Heart attack patients need care.",
		"The strike price of the option is high.",
		"",
		"...",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct enriched out = read_text(NULL, rows[i]);

		if (out.event_count)
			fail_msg("%s: %s at %s", rows[i], out.events[0].pattern,
				 out.events[0].trigger.text);
	}
}

static void
numbers_of_dead_hurt_and_held_hang_on_their_verb(void **state)
{
	static const struct {
		const char *text;
		int dead, injured, arrested;
	} rows[] = {
		{ "The attack in Mali *killed* at least nine people.", 9, -1, -1 },
		{ "Twenty-two people were *killed* on a road in Peru.", 22, -1, -1 },
		{ "More than 1,200 people were *injured* in Peru.", -1, 1200, -1 },
		{ "A soldier was *killed* in Peru.", 1, -1, -1 },
		{ "Dozens of people were *killed* in Peru.", -1, -1, -1 },
		{ "Two dozen people were *killed* in Peru.", 24, -1, -1 },
		{ "Police *arrested* 15 protesters 20 miles north of Lima.", -1, -1, 15 },
		{ "A bus *crashed* in Peru, killing nine people and injuring 30.", 9, 30,
		  -1 },
		{ "An explosion *hit* the port.", -1, -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct example m = unmarked(rows[i].text);
		struct enriched out = read_text(NULL, m.text);
		const struct event *e = example_event(&out, &m);

		if (!e && rows[i].dead == -1 && rows[i].injured == -1 &&
		    rows[i].arrested == -1)
			continue;
		if (!e)
			fail_msg("%s: no event", rows[i].text);
		if (e->dead != rows[i].dead || e->injured != rows[i].injured ||
		    e->arrested != rows[i].arrested)
			fail_msg("%s: %s dead %d, injured %d, arrested %d", rows[i].text,
				 e->pattern, e->dead, e->injured, e->arrested);
	}
}

static void
dates_places_and_sources_are_the_nearest(void **state)
{
	static const struct {
		const char *text, *date, *place, *source;
	} rows[] = {
		{ "Police *arrested* a student in Minsk on Sunday.", "2025-08-31",
		  "Minsk", NULL },
		{ "Iran *condemned* Israel.", "2025-09-01", NULL, NULL },
		{ "Russia *invaded* Ukraine in 2022.", "2022-01-01", "Ukraine", NULL },
		{ "Putin *visited* Minsk. The visit on August 20 was his first.",
		  "2025-08-20", "Minsk", NULL },
		/* the clause before the sentence, the sentence before the article */
		{ "Police on Friday *arrested* a man who had left Minsk on Tuesday.",
		  "2025-08-29", NULL, NULL },
		{ "The man, who had left Minsk on Tuesday, was *arrested* by police.",
		  "2025-09-01", NULL, NULL },
		{ "Iran *attacked* Israel after the 2019 war with Iraq.", "2025-09-01",
		  "Israel", NULL },
		{ "Iran has *condemned* Israel five times since 2019.", "2025-09-01",
		  NULL, NULL },
		{ "On Thursday, Iran *attacked* Israel, which rejected a truce last "
		  "month.",
		  "2025-08-28", "Israel", NULL },
		{ "The United States put sanctions on Iran in 2023, and Japan "
		  "*lifted* its sanctions last month.",
		  "2025-08-01", NULL, NULL },
		{ "Officials said on Monday that police had *arrested* a student on "
		  "Friday.",
		  "2025-08-29", NULL, "Officials" },
		{ "Uganda had *detained* the doctor, who wants to stand in next month's "
		  "election.",
		  "2025-09-01", NULL, NULL },
		{ "He left before a trip to Minsk to *attend* a parade.", "2025-09-01", "Minsk",
		  NULL },
		{ "He will travel to Minsk, where a parade will *mark* the anniversary on "
		  "Friday.",
		  "2025-09-05", "Minsk", NULL },
		{ "Iran *attacked* Israel, according to the United Nations.",
		  "2025-09-01", "Israel", "United Nations" },
		{ "Iran *attacked* Israel, the United Nations said.", "2025-09-01",
		  "Israel", "United Nations" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct example m = unmarked(rows[i].text);
		struct enriched out = read_text(NULL, m.text);
		const struct event *e = example_event(&out, &m);

		if (!e)
			fail_msg("%s: no event", rows[i].text);
		if (!e->date || strcmp(e->date, rows[i].date))
			fail_msg("%s: date %s", rows[i].text, e->date ? e->date : "none");
		if (rows[i].place &&
		    (!e->location || strcmp(e->location->span.text, rows[i].place)))
			fail_msg("%s: at %s", rows[i].text,
				 e->location ? e->location->span.text : "none");
		if (rows[i].source ? !e->attribution || !strstr(e->attribution->span.text,
								rows[i].source)
				   : e->attribution != NULL)
			fail_msg("%s: says %s", rows[i].text,
				 e->attribution ? e->attribution->span.text : "nobody");
	}
}

static void
a_headline_and_its_lead_are_one_main_event(void **state)
{
	struct enriched out = read_text(
	    "Iran condemns Israel",
	    "Iran condemned Israel on Monday.\nPolice arrested a student in Shiraz.");
	size_t mains = 0;

	(void)state;
	assert_int_equal(out.event_count, 2);
	for (size_t i = 0; i < out.event_count; i++)
		mains += out.events[i].main;
	assert_int_equal(mains, 1);
	assert_true(out.events[0].main);
	assert_false(out.events[0].in_headline);
}

static void
the_same_article_gives_the_same_ids(void **state)
{
	static const char text[] =
	    "Iran condemned Israel. Police arrested a student in Shiraz.";
	struct enriched out = read_text(NULL, text);
	char first[64], second[64];

	(void)state;
	assert_int_equal(out.event_count, 2);
	snprintf(first, sizeof(first), "%s", out.events[0].id);
	snprintf(second, sizeof(second), "%s", out.events[1].id);
	assert_string_not_equal(first, second);
	out = read_text(NULL, text);
	assert_string_equal(out.events[0].id, first);
	assert_string_equal(out.events[1].id, second);
}

static void
withdrawn_and_foreign_articles_have_no_events(void **state)
{
	struct article a = { .uri = "urn:test:2",
			     .pubstatus = "canceled",
			     .language = "en" };
	struct enriched out;
	struct err err;

	(void)state;
	arena_reset(&arena);
	assert_int_equal(extract_article(extract, &a, NULL, &out, &arena, &err), 0);
	assert_int_equal(out.event_count + out.entity_count + out.quote_count, 0);
	assert_string_equal(out.article.uri, "urn:test:2");
	a.pubstatus = "usable";
	a.language = "de";
	a.body_text = "Iran condemned Israel.";
	assert_int_equal(extract_article(extract, &a, NULL, &out, &arena, &err), 0);
	assert_int_equal(out.event_count, 0);
}

static void
an_arena_that_is_too_small_is_a_rejected_article(void **state)
{
	struct article a = {
		.uri = "urn:test:3",
		.pubstatus = "usable",
		.language = "en",
		.body_text = "Iran condemned Israel. Police arrested a student in Shiraz."
	};
	struct enriched out;
	struct err err;

	(void)state;
	for (size_t size = 4096; size <= 65536; size *= 2) {
		struct arena small;

		arena_init(&small, size);
		if (extract_article(extract, &a, NULL, &out, &small, &err))
			assert_int_equal(err.class, ERR_REJECT);
		else
			assert_int_equal(out.event_count, 2);
		arena_release(&small);
	}
}

static void
a_long_line_costs_no_more_than_its_length(void **state)
{
	size_t n = 200000;
	char *text = must_alloc(n * 12 + 1), *p = text;
	struct enriched out;

	(void)state;
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, i % 3 ? "attack " : "hundreds of ");
	struct article a = { .uri = "urn:test:4",
			     .pubstatus = "usable",
			     .language = "en",
			     .body_text = text,
			     .versioncreated = PUBLISHED };
	struct arena big;
	struct err err;

	arena_init(&big, (size_t)1 << 30);
	assert_int_equal(extract_article(extract, &a, NULL, &out, &big, &err), 0);
	arena_release(&big);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_say_who_did_what_to_whom),
		cmocka_unit_test(what_is_no_event_makes_none),
		cmocka_unit_test(numbers_of_dead_hurt_and_held_hang_on_their_verb),
		cmocka_unit_test(dates_places_and_sources_are_the_nearest),
		cmocka_unit_test(a_headline_and_its_lead_are_one_main_event),
		cmocka_unit_test(the_same_article_gives_the_same_ids),
		cmocka_unit_test(withdrawn_and_foreign_articles_have_no_events),
		cmocka_unit_test(an_arena_that_is_too_small_is_a_rejected_article),
		cmocka_unit_test(a_long_line_costs_no_more_than_its_length),
		cmocka_unit_test(every_example_of_the_lexicon_gives_its_type),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
