/* Names, what they stand for and how they come together, as rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/reading.h"
static struct document d;

static const char *const types[] = { "PER", "ORG", "LOC", "MISC" };

static void
read_text(struct article *a, const char *headline, const char *body,
	  const char *published)
{
	*a = (struct article){ .uri = "urn:x",
			       .headline = headline,
			       .body_text = body,
			       .versioncreated = published };
	reading(a, &d);
}

static const struct entity *
entity(const char *text)
{
	for (size_t i = 0; i < d.entity_count; i++)
		if (!strcmp(d.entities[i].span.text, text))
			return &d.entities[i];
	return NULL;
}

struct row {
	const char *text, *name, *type, *country; /* type NULL: no such name */
};

static void
check_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *c = &rows[i];
		const struct entity *e;
		struct article a;

		read_text(&a, NULL, c->text, "2025-09-01T00:00:00Z");
		e = entity(c->name);
		if (!c->type && !e)
			continue;
		if (!e || !c->type)
			fail_msg("%s: %s is %s", c->text, c->name,
				 e ? types[e->type] : "not found");
		if (strcmp(types[e->type], c->type) ||
		    strcmp(e->country ? e->country : "", c->country))
			fail_msg("%s: %s is %s of %s", c->text, c->name, types[e->type],
				 e->country ? e->country : "no country");
	}
}

static void
known_names_are_found_the_longest_first(void **state)
{
	static const struct row rows[] = {
		{ "He left for North Korea.", "North Korea", "LOC", "PRK" },
		{ "The DPRK fired.", "DPRK", "LOC", "PRK" },
		{ "It hit South Sudan.", "South Sudan", "LOC", "SSD" },
		{ "The U.S. left.", "U.S.", "LOC", "USA" },
		{ "Washington, D.C. is quiet.", "Washington, D.C.", "LOC", "USA" },
		{ "The People's Republic of China won.", "People's Republic of China",
		  "LOC", "CHN" },
		{ "He spoke for the Bank of Japan.", "Bank of Japan", "ORG", "JPN" },
		{ "Russian troops left.", "Russian", "MISC", "RUS" },
		{ "It struck al-Qaida today.", "al-Qaida", "ORG", "IMG" },
		{ "President Bashar al-Assad fled.", "Bashar al-Assad", "PER", "SYR" },
		{ "President Recep Tayyip Erdo\u011fan spoke.",
		  "Recep Tayyip Erdo\u011fan", "PER", "TUR" },
		{ "C\u00f4te d'Ivoire won.", "C\u00f4te d'Ivoire", "LOC", "CIV" },
		{ "Kim Jong-un came.", "Kim Jong-un", "PER", "PRK" },
		{ "The Kremlin denied it.", "Kremlin", "ORG", "RUS" },
		{ "Talks in Pristina, Kosovo.", "Kosovo", "LOC", "KOS" },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
common_words_are_no_names(void **state)
{
	static const struct row rows[] = {
		{ "They ate turkey.", "turkey", NULL, NULL },
		{ "Let us go.", "us", NULL, NULL },
		{ "He polish the car and who knows.", "who", NULL, NULL },
		{ "Officials said so.", "Officials", NULL, NULL },
		{ "It closed on Monday in May.", "Monday", NULL, NULL },
		{ "Analysts fear Islamic rule.", "Islamic", NULL, NULL },
		{ "The president left.", "president", NULL, NULL },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
unknown_names_are_typed_by_what_stands_round_them(void **state)
{
	static const struct row rows[] = {
		{ "We met President Zolani Mbweba.", "Zolani Mbweba", "PER", "" },
		{ "A spokesman, Peter Zwicklow, left.", "Peter Zwicklow", "PER", "" },
		{ "He works for Zwicklow Inc. today.", "Zwicklow Inc.", "ORG", "" },
		{ "The Russian Foreign Ministry spoke.", "Foreign Ministry",
		  "ORG", "RUS" },
		{ "He is at the University of Zwicklow.", "University of Zwicklow", "ORG",
		  "" },
		{ "They crossed the Zwicklow River.", "Zwicklow River", "LOC", "" },
		{ "They live in Zwicklow.", "Zwicklow", "LOC", "" },
		{ "North Korea's Ministry of Foreign Affairs spoke.",
		  "Ministry of Foreign Affairs", "ORG", "PRK" },
		{ "The town of Zwicklow burned.", "Zwicklow", "LOC", "" },
		{ "They live in Zwicklow, Kenya.", "Zwicklow", "LOC", "KEN" },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
one_name_for_several_places_is_settled_by_the_article(void **state)
{
	static const struct row rows[] = {
		{ "Rain fell in Georgia. Russia sent tanks to Tbilisi.", "Georgia", "LOC",
		  "GEO" },
		{ "Rain fell in Georgia, Alabama, Florida, Texas and Ohio. The U.S. "
		  "Congress met. "
		  "American troops left Nevada.",
		  "Georgia", "LOC", "USA" },
		{ "He came to Paris.", "Paris", "LOC", "FRA" },
		{ "He lives in Birmingham, Alabama.", "Birmingham", "LOC", "USA" },
	};

	check_all(rows, LENGTH(rows));
	(void)state;
}

static void
mentions_of_one_thing_are_one_entity(void **state)
{
	struct article a;
	const struct entity *e;

	read_text(&a, "Kim tests missile",
		  "Kim Jong Un watched. The Korean Central News Agency (KCNA) said so. "
		  "Kim left, KCNA said.",
		  "2025-09-01T00:00:00Z");
	e = entity("Kim Jong Un");
	assert_non_null(e);
	assert_int_equal(e->mention_count, 2);
	assert_true(e->mentions[0].in_headline);
	assert_string_equal(e->id, "person/kim-jong-un");
	e = entity("Korean Central News Agency");
	assert_non_null(e);
	assert_int_equal(e->mention_count, 2);
	assert_string_equal(e->mentions[1].text, "KCNA");
	assert_null(entity("Kim"));
	(void)state;
}

static void
an_office_holds_on_the_articles_date(void **state)
{
	static const struct {
		const char *text, *published, *name, *sectors;
	} cases[] = {
		{ "Barack Obama spoke.", "2010-05-05T00:00:00Z", "Barack Obama", "GOV" },
		{ "Barack Obama spoke.", "2017-01-20T00:00:00Z", "Barack Obama", "GOV" },
		{ "Barack Obama spoke.", "2017-01-21T00:00:00Z", "Barack Obama", "ELI" },
		{ "Barack Obama spoke.", "2005-05-05T00:00:00Z", "Barack Obama", "" },
		{ "Pope Leo XIV spoke.", "2025-09-01T00:00:00Z", "Pope Leo XIV", "REL" },
		{ "Yahya Sinwar spoke.", "2020-09-01T00:00:00Z", "Yahya Sinwar", "REB" },
		{ "Assimi Goita spoke.", "2025-09-01T00:00:00Z", "Assimi Goita",
		  "GOV MIL" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct entity *e;
		struct article a;
		char got[64] = "";

		read_text(&a, NULL, cases[i].text, cases[i].published);
		e = entity(cases[i].name);
		assert_non_null(e);
		for (size_t k = 0; k < d.known[e - d.entities].sectors.count; k++)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s",
				 k ? " " : "", d.known[e - d.entities].sectors.items[k]);
		if (strcmp(got, cases[i].sectors))
			fail_msg("%s of %s: %s", cases[i].name, cases[i].published, got);
	}
	(void)state;
}

static void
a_headline_in_capitals_has_only_names_known_elsewhere(void **state)
{
	struct article a;

	read_text(&a, "Peter Zwicklow Praises Russia's Brave New Plan",
		  "Peter Zwicklow praised a plan of Russia.", "2025-09-01T00:00:00Z");
	assert_int_equal(d.entity_count, 2);
	assert_int_equal(entity("Peter Zwicklow")->mention_count, 1);
	assert_int_equal(entity("Russia")->mention_count, 1);
	(void)state;
}

static void
other_languages_have_tokens_and_no_names(void **state)
{
	struct article a = { .uri = "urn:x",
			     .language = "de",
			     .body_text = "Putin in Berlin." };

	reading(&a, &d);
	assert_int_equal(d.token_count, 4);
	assert_int_equal(d.entity_count, 0);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_names_are_found_the_longest_first),
		cmocka_unit_test(common_words_are_no_names),
		cmocka_unit_test(unknown_names_are_typed_by_what_stands_round_them),
		cmocka_unit_test(one_name_for_several_places_is_settled_by_the_article),
		cmocka_unit_test(mentions_of_one_thing_are_one_entity),
		cmocka_unit_test(an_office_holds_on_the_articles_date),
		cmocka_unit_test(a_headline_in_capitals_has_only_names_known_elsewhere),
		cmocka_unit_test(other_languages_have_tokens_and_no_names),
	};

	return cmocka_run_group_tests(tests, reading_open, reading_close);
}
