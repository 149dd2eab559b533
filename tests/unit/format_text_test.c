#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "format/dateline.h"
#include "format/format.h"
#include "time/clock.h"

static struct arena arena;

static int
open_rules(void **state)
{
	struct err err;

	(void)state;
	arena_init(&arena, 16 << 20);
	return format_open("lexicon", &err);
}

static int
keep(void *arg, const struct parsed *parsed, struct err *err)
{
	(void)err;
	*(struct parsed *)arg = *parsed;
	return 0;
}

static struct parsed
parse(struct source source, const char *text)
{
	struct parsed parsed = { 0 };
	struct err err;

	source.spool = "";
	source.bytes = text;
	source.size = strlen(text);
	if (format_parse(&source, &arena, keep, &parsed, &err))
		fail_msg("%s", err.text);
	return parsed;
}

#define BODY "The ferry stayed in port on Saturday. Nobody was hurt.\n"

/* What a text says of its date comes before what is said of the text. */
static void
the_nearest_source_tells_the_time(void **state)
{
	static const struct {
		const char *text, *published, *path, *created, *version, *origin;
	} rows[] = {
		{ "Ferry stays\n14 March 2024 08:15 UTC\n\n" BODY, "2025-01-01",
		  "2025-02-02.txt", "2024-03-14T08:15:00Z", "2024-03-14T08:15:00Z",
		  "date line" },
		{ "CORK, March 14 (MN) - " BODY, "2025-04-01", "2026-02-02.txt",
		  "2025-03-14T00:00:00Z", "2025-03-14T00:00:00Z", "dateline" },
		{ BODY, "2025-04-01T10:00:00Z", "2026-02-02.txt", "2025-04-01T10:00:00Z",
		  "2025-04-01T10:00:00Z", "published" },
		{ BODY, NULL, "a/2026-02-02-b.txt", "2026-02-02T00:00:00Z",
		  "2026-02-02T00:00:00Z", "file name" },
		{ BODY, NULL, "b.txt", NULL, "2026-11-24T08:00:00Z", "file time" },
		/* A date takes its time of day from the next source that names the day.
		 */
		{ "CORK, Feb. 2 (MN) - " BODY, NULL, "20260202T0410Z-7.txt",
		  "2026-02-02T04:10:00Z", "2026-02-02T04:10:00Z", "dateline" },
		{ "CORK, Nov. 24 (MN) - " BODY, NULL, "b.txt", "2026-11-24T00:00:00Z",
		  "2026-11-24T00:00:00Z", "dateline" },
		/* Without a year it is the last such day before the file. */
		{ "CORK, Dec. 31 (MN) - " BODY, NULL, "b.txt", "2025-12-31T00:00:00Z",
		  "2025-12-31T00:00:00Z", "dateline" },
		{ "Ferry stays\nPublished 14 March 2024\nUpdated 15 March 2024\n\n" BODY,
		  NULL, "b.txt", "2024-03-14T00:00:00Z", "2024-03-15T00:00:00Z",
		  "date line" },
		/* Next year, and what is no date. */
		{ "Ferry stays\n1 June 2027\n\n" BODY, NULL, "b.txt",
		  "2027-06-01T00:00:00Z", "2027-06-01T00:00:00Z", "date line" },
		{ BODY, "tomorrow", "31-31-2026.txt", NULL, "2026-11-24T08:00:00Z",
		  "file time" },
	};
	struct wall mtime;

	(void)state;
	assert_int_equal(wall_parse(&mtime, "2026-11-24T08:00:00Z"), 0);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct source source = { .path = rows[i].path,
					 .published = rows[i].published,
					 .mtime_ms = mtime.ms };
		struct parsed p = parse(source, rows[i].text);
		char origin[64];

		snprintf(origin, sizeof(origin), "\"versioncreated\":\"%s\"",
			 rows[i].origin);
		if (strcmp(p.article.versioncreated, rows[i].version) ||
		    !p.article.firstcreated != !rows[i].created ||
		    (rows[i].created &&
		     strcmp(p.article.firstcreated, rows[i].created)) ||
		    !strstr(p.meta, origin))
			fail_msg("row %zu: %s %s %s", i, p.article.firstcreated,
				 p.article.versioncreated, p.meta);
		arena_reset(&arena);
	}
}

static void
a_dateline_is_told_from_a_sentence_with_a_dash(void **state)
{
	static const struct {
		const char *language, *text, *place, *agency; /* place NULL: none */
	} rows[] = {
		{ "en", "LISBON, Nov. 21 (HP) — Tens of thousands", "LISBON", "HP" },
		{ "en", "LISBON (HP) - Tens of thousands", "LISBON", "HP" },
		{ "en", "LISBON - Tens of thousands", "LISBON", NULL },
		{ "en", "RIO DE JANEIRO, Brazil -- A court", "RIO DE JANEIRO", NULL },
		{ "en", "The Hague (MN) – Judges", "The Hague", "MN" },
		{ "en", "New York, March 3 - Shares fell", "New York", NULL },
		{ "en", "WASHINGTON, D.C. (MN) - Senators", "WASHINGTON", "MN" },
		{ "de", "Berlin/Brüssel (dpa) - Der Minister", "Berlin/Brüssel", "dpa" },
		{ "de", "Berlin (dpa) Der Minister", "Berlin", "dpa" },
		{ "de", "Stuttgart – Der Landtag", "Stuttgart", NULL },
		{ "fr", "PARIS, 14 mars (AFP) - Le maire", "PARIS", "AFP" },
		{ "es", "Madrid, 14 mar (EFE).- El alcalde", "Madrid", "EFE" },
		{ "it", "(ANSA) - ROMA, 14 MAR - Il sindaco", "ROMA", "ANSA" },
		{ "ru", "МОСКВА, 14 марта. /ТАСС/. Мэр", "МОСКВА", "ТАСС" },
		{ "zh", "新华社北京3月14日电 市长说", "北京", "新华社" },
		{ "ja", "［ロンドン 14日 ロイター］ - 市長は", "ロンドン", "ロイター" },
		{ "ko", "(서울=연합뉴스) 시장은", "서울", "연합뉴스" },
		{ "en", "The Korean Central News Agency (KCNA) said on Monday", NULL,
		  NULL },
		{ "de", "Minister Jan Roth (AFP) Mut", NULL, NULL },
		{ "en", "The mayor - a nurse by training - said", NULL, NULL },
		{ "en", "BREAKING - The mayor has resigned", NULL, NULL },
		{ "en", "Stuttgart - the city on the Neckar - is", NULL, NULL },
		{ "en", "\"NO MORE\" - that was the slogan", NULL, NULL },
		{ "en", "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct filed f = { 0 };
		bool found = dateline_find(format_rules(), rows[i].language, rows[i].text,
					   strlen(rows[i].text), &f);

		if (found != !!rows[i].place ||
		    (found && (f.place.n != strlen(rows[i].place) ||
			       memcmp(f.place.s, rows[i].place, f.place.n))) ||
		    (found && !f.agency.s != !rows[i].agency) ||
		    (found && rows[i].agency &&
		     (f.agency.n != strlen(rows[i].agency) ||
		      memcmp(f.agency.s, rows[i].agency, f.agency.n))))
			fail_msg("%s: '%.*s' '%.*s'", rows[i].text, (int)f.place.n,
				 f.place.s ? f.place.s : "", (int)f.agency.n,
				 f.agency.s ? f.agency.s : "");
	}
}

/* The first sentence of a body must never be lost to the headline, nor a headline to a
 * rule. */
static void
a_headline_is_neither_a_sentence_nor_furniture(void **state)
{
	static const struct {
		const char *first, *headline; /* NULL: none */
	} rows[] = {
		{ "Ferry stays in port", "Ferry stays in port" },
		{ "Ferry stays in port.", NULL },
		{ "Ferry stays in port:", NULL },
		{ "Why does the ferry stay in port?",
		  "Why does the ferry stay in port?" },
		{ "“We are tired”, says captain", "“We are tired”, says captain" },
		{ "He said: “We are tired.”", NULL },
		{ "Ferry sold to Acme Inc.", "Ferry sold to Acme Inc." },
		{ "Ferries up 4.5 percent in the U.S.",
		  "Ferries up 4.5 percent in the U.S." },
		{ "# Ferry stays in port", "Ferry stays in port" },
		{ "Ferry stays in port | Harbour Post", "Ferry stays in port" },
		{ "Le « oui » l'emporte en Suisse", "Le « oui » l'emporte en Suisse" },
		{ "Rat sagt »Nein« zu Plan", "Rat sagt »Nein« zu Plan" },
		{ "Von der Leyen besucht Kiew", "Von der Leyen besucht Kiew" },
		{ "Par for the course at the Open", "Par for the course at the Open" },
		{ "Sports minister resigns over ferry",
		  "Sports minister resigns over ferry" },
		{ "World News", NULL },
		{ "... World  NEWS ........................................................."
		  ".........",
		  NULL },
		{ "World News of the Weird is a column that has come to Ferry Harbour",
		  "World News of the Weird is a column that has come to Ferry Harbour" },
		{ "News | Sport | Weather", NULL },
		{ "- a list begins\n- it goes on", NULL },
		{ "– Fear will grow", "– Fear will grow" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct source source = { .path = "x.txt" };
		char *text = must_printf(
		    "%s\n\nThe ferry to the islands stayed in port on Saturday "
		    "because of the storm, the company said.\n\nNobody was "
		    "hurt.\n",
		    rows[i].first);
		struct parsed p = parse(source, text);
		const char *got = p.article.headline;

		if (!got != !rows[i].headline || (got && strcmp(got, rows[i].headline)))
			fail_msg("%s: %s", rows[i].first, got ? got : "none");
		free(text);
		arena_reset(&arena);
	}
}

static void
a_broken_rule_is_said_with_its_line(void **state)
{
	static const struct {
		const char *row, *error;
	} rows[] = {
		{ "first\tpattern\ten\t(unclosed", "furniture.tsv:2: text: at byte 9" },
		{ "nowhere\tline\ten\tNews",
		  "furniture.tsv:2: where: no such place: nowhere" },
		{ "first\tshape\ten\tNews",
		  "furniture.tsv:2: how: neither line, holds nor pattern" },
		{ "first\tline\ten\t...", "furniture.tsv:2: text: no words in it" },
	};
	char dir[] = "/tmp/newswire-rules-XXXXXX", path[64];
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/furniture.tsv", dir);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fprintf(f, "where\thow\tlanguage\ttext\n%s\n", rows[i].row);
		fclose(f);
		assert_null(furniture_new(dir, &err));
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, rows[i].error))
			fail_msg("%s", err.text);
	}
	unlink(path);
	rmdir(dir);
}

static void
a_small_arena_refuses_the_article(void **state)
{
	struct source source = {
		.spool = "", .path = "x.txt", .bytes = BODY, .size = strlen(BODY)
	};
	struct parsed parsed;
	struct err err;

	(void)state;
	for (size_t size = 16; size < 600; size += 16) {
		struct arena small;

		arena_init(&small, size);
		if (format_parse(&source, &small, keep, &parsed, &err))
			assert_int_equal(err.class, ERR_REJECT);
		else
			assert_int_equal(strlen(parsed.article.body_text),
					 strlen(BODY) - 1);
		arena_release(&small);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_source_tells_the_time),
		cmocka_unit_test(a_dateline_is_told_from_a_sentence_with_a_dash),
		cmocka_unit_test(a_headline_is_neither_a_sentence_nor_furniture),
		cmocka_unit_test(a_broken_rule_is_said_with_its_line),
		cmocka_unit_test(a_small_arena_refuses_the_article),
	};

	return cmocka_run_group_tests(tests, open_rules, NULL);
}
