/*
 * Whole articles of our own, tests/cases/event/CASE/{in.txt,events.json}: what
 * a reader finds in them, written down before the program was asked.  A field
 * that events.json leaves out is not judged; "-" is no country or any sector.
 */
#include <dirent.h>
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
#include "event/event.h"

#define CASES "tests/cases/event"

static struct extract *extract;
static struct arena arena;

static int
open_all(void **state)
{
	struct err err;

	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	extract = extract_new("lexicon", 1, &err);
	if (!extract)
		printf("%s\n", err.text);
	return extract ? 0 : -1;
}

static int
close_all(void **state)
{
	(void)state;
	extract_free(extract);
	arena_release(&arena);
	return 0;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = must_alloc(65536);

	assert_non_null(f);
	text[fread(text, 1, 65535, f)] = '\0';
	fclose(f);
	return text;
}

/* A first paragraph without a full stop is the headline; the others are joined by one
 * newline. */
static void
cut(char *text, struct article *a)
{
	char *gap = strstr(text, "\n\n"), *to = text;

	if (gap && gap[-1] != '.') {
		*gap = '\0';
		a->headline = text;
		to = gap + 2;
	}
	a->body_text = to;
	for (char *from = to; *from; from++)
		if (from[0] != '\n' || from[1] != '\n')
			*to++ = *from;
	while (to > a->body_text && to[-1] == '\n')
		to--;
	*to = '\0';
}

static bool
has_code(const struct actor *a, const char *code, size_t n)
{
	const char *slash = memchr(code, '/', n);
	size_t country = (size_t)(slash - code), sector = n - country - 1;

	if (*code != '-' && (!a->country || strlen(a->country) != country ||
			     memcmp(a->country, code, country)))
		return false;
	if (slash[1] == '-')
		return true;
	for (size_t i = 0; i < a->sectors.count; i++)
		if (strlen(a->sectors.items[i]) == sector &&
		    !memcmp(a->sectors.items[i], slash + 1, sector))
			return true;
	return false;
}

/* "CHL/GOV PER/GOV": each is among the actors. */
static bool
are_there(const struct actors *list, const char *codes)
{
	while (*codes) {
		size_t n = strcspn(codes, " ");
		bool found = false;

		for (size_t i = 0; i < list->count; i++)
			found |= has_code(&list->items[i], codes, n);
		if (!found)
			return false;
		codes += n + (codes[n] == ' ');
	}
	return true;
}

static bool
is_in(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i], name))
			return true;
	return false;
}

static bool
is_place(const struct actor *a, const char *name)
{
	return a && strstr(a->span.text, name);
}

static bool
number_is(const json_t *want, const char *key, int got)
{
	const json_t *n = json_object_get(want, key);

	return !n || json_integer_value(n) == got;
}

/* The name of the first field that is not as wanted; NULL: all are. */
static const char *
judge(const struct event *e, const json_t *want)
{
	const char *s;

	if ((s = json_string_value(json_object_get(want, "type"))) && strcmp(s, e->type))
		return "type";
	if ((s = json_string_value(json_object_get(want, "actor"))) &&
	    !are_there(&e->actor, s))
		return "actor";
	if ((s = json_string_value(json_object_get(want, "recipient"))) &&
	    !are_there(&e->recipient, s))
		return "recipient";
	if ((s = json_string_value(json_object_get(want, "mode"))) &&
	    !is_in(&e->modes, s))
		return "mode";
	if ((s = json_string_value(json_object_get(want, "aux"))) && !is_in(&e->aux, s))
		return "aux";
	if ((s = json_string_value(json_object_get(want, "date"))) &&
	    (!e->date || strcmp(s, e->date)))
		return "date";
	if ((s = json_string_value(json_object_get(want, "place"))) &&
	    !is_place(e->location, s))
		return "place";
	if ((s = json_string_value(json_object_get(want, "source"))) &&
	    !is_place(e->attribution, s))
		return "source";
	if (json_is_true(json_object_get(want, "main")) && !e->main)
		return "main";
	if (!number_is(want, "dead", e->dead) ||
	    !number_is(want, "injured", e->injured) ||
	    !number_is(want, "arrested", e->arrested))
		return "numbers";
	return NULL;
}

static const char *
judge_all(const struct enriched *out, const json_t *want)
{
	const char *trigger = json_string_value(json_object_get(want, "trigger"));
	const char *wrong = "no event";

	for (size_t i = 0; i < out->event_count; i++) {
		const struct event *e = &out->events[i];

		if (e->in_headline || strcmp(e->trigger.text, trigger))
			continue;
		wrong = judge(e, want);
		if (!wrong)
			return NULL;
	}
	return wrong;
}

static size_t
read_case(const char *name)
{
	char path[512];
	struct article a = { .uri = "urn:test:case",
			     .pubstatus = "usable",
			     .language = "en" };
	struct enriched out;
	struct err err;
	json_error_t error;
	json_t *want, *item;
	char *text, *date;
	size_t i, wrong = 0;

	snprintf(path, sizeof(path), CASES "/%s/in.txt", name);
	text = read_file(path);
	snprintf(path, sizeof(path), CASES "/%s/events.json", name);
	want = json_load_file(path, 0, &error);
	if (!want)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	date = must_printf("%sT12:00:00Z",
			   json_string_value(json_object_get(want, "published")));
	a.versioncreated = date;
	cut(text, &a);
	arena_reset(&arena);
	assert_int_equal(extract_article(extract, &a, NULL, &out, &arena, &err), 0);
	json_array_foreach(json_object_get(want, "events"), i, item)
	{
		const char *why = judge_all(&out, item);

		if (why)
			print_message("%s: %s: %s\n", name,
				      json_string_value(json_object_get(item, "trigger")),
				      why);
		wrong += why != NULL;
	}
	json_array_foreach(json_object_get(want, "no_event_at"), i,
			   item) for (size_t k = 0; k < out.event_count;
				      k++) if (strstr(out.events[k].trigger.text,
						      json_string_value(item)))
	{
		print_message("%s: an event at %s\n", name, json_string_value(item));
		wrong++;
	}
	json_decref(want);
	free(date);
	free(text);
	return wrong;
}

static void
articles_report_what_a_reader_finds_in_them(void **state)
{
	DIR *directory = opendir(CASES);
	struct dirent *entry;
	size_t cases = 0, wrong = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		wrong += read_case(entry->d_name);
		cases++;
	}
	closedir(directory);
	assert_in_range(cases, 10, 10000);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(articles_report_what_a_reader_finds_in_them),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
