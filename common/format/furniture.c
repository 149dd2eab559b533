#define PCRE2_CODE_UNIT_WIDTH 8
#include "format/furniture.h"

#include <assert.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/table.h"
#include "text/utf8.h"

enum { WHERE, HOW, LANGUAGE, TEXT, COLUMNS };

static const char *const places[PLACES] = { "first",    "last",    "rest",
					    "anywhere", "title",   "byline",
					    "dateline", "noplace", "label" };

#define MAX_MATCHED 1500 /* bytes; furniture is short */
#define MAX_KEY     256

struct pattern {
	pcre2_code *code;
	struct pattern *next;
};

struct rules {
	struct map lines; /* "all news" to the member of a label, or to itself */
	struct pattern *patterns, **last;
};

struct furniture {
	struct table table;
	struct rules rules[PLACES];
	struct key {
		char *key;
		struct key *next;
	} * keys;
	pcre2_match_context *limits;
};

/* Small letters, one space between words, nothing but letters, marks and digits at the
 * ends. */
static size_t
key_of(const char *s, size_t n, char key[MAX_KEY])
{
	const char *p = s, *end = s + n;
	size_t used = 0, kept = 0;

	while (p < end && used + 8 < MAX_KEY) {
		uint32_t c = utf8_next(&p, end);
		bool word = utf8_is_letter(c) || utf8_is_digit(c);

		if (utf8_is_space(c))
			c = ' ';
		if (!word && (kept == 0 || (c == ' ' && key[used - 1] == ' ')))
			continue;
		used += (size_t)utf8_encode(utf8_lower(c), key + used);
		if (word)
			kept = used;
	}
	return p < end ? 0 : kept;
}

static int
add_line(struct furniture *f, size_t row, struct rules *rules, const char *value,
	 struct err *err)
{
	const char *text = table_cell(&f->table, row, TEXT);
	struct key *item = must_alloc(sizeof(*item));
	char key[MAX_KEY];
	size_t n = key_of(text, strlen(text), key);
	void **place;

	item->key = must_alloc(n + 1);
	memcpy(item->key, key, n);
	item->next = f->keys;
	f->keys = item;
	if (n == 0)
		return table_bad(&f->table, row, TEXT, err,
				 "no words in it, or too many");
	place = map_put(&rules->lines, item->key, n);
	if (!place)
		return table_bad(&f->table, row, TEXT, err, "too many rows");
	*place = (void *)value;
	return 0;
}

static int
add_pattern(struct furniture *f, size_t row, struct rules *rules, struct err *err)
{
	const char *text = table_cell(&f->table, row, TEXT);
	struct pattern *p;
	PCRE2_SIZE at;
	int code;
	pcre2_code *made =
	    pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
			  PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &code, &at, NULL);

	if (!made) {
		char why[128];

		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		return table_bad(&f->table, row, TEXT, err, "at byte %zu: %s", (size_t)at,
				 why);
	}
	p = must_alloc(sizeof(*p));
	p->code = made;
	*rules->last = p;
	rules->last = &p->next;
	return 0;
}

static int
add_row(struct furniture *f, size_t row, struct err *err)
{
	const char *where = table_cell(&f->table, row, WHERE);
	const char *how = table_cell(&f->table, row, HOW);
	size_t i = 0;

	while (i < PLACES && strcmp(places[i], where))
		i++;
	if (i == PLACES)
		return table_bad(&f->table, row, WHERE, err, "no such place: %s", where);
	if (i == PLACE_LABEL || !strcmp(how, "line"))
		return add_line(f, row, &f->rules[i], how, err);
	if (!strcmp(how, "pattern"))
		return add_pattern(f, row, &f->rules[i], err);
	return table_bad(&f->table, row, HOW, err, "neither line nor pattern: %s", how);
}

struct furniture *
furniture_new(const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "where", "how", "language", "text" };
	struct furniture *f = must_alloc(sizeof(*f));

	for (int i = 0; i < PLACES; i++) {
		map_init(&f->rules[i].lines, 65536);
		f->rules[i].last = &f->rules[i].patterns;
	}
	f->limits = pcre2_match_context_create(NULL);
	assert(f->limits);
	pcre2_set_match_limit(f->limits, 20000);
	pcre2_set_depth_limit(f->limits, 2000);
	if (table_open(&f->table, lexicon, "furniture.tsv", columns, COLUMNS, err))
		goto bad;
	for (size_t i = 0; i < f->table.rows; i++)
		if (add_row(f, i, err))
			goto bad;
	return f;
bad:
	furniture_free(f);
	return NULL;
}

void
furniture_free(struct furniture *f)
{
	if (!f)
		return;
	for (int i = 0; i < PLACES; i++) {
		map_release(&f->rules[i].lines);
		for (struct pattern *p = f->rules[i].patterns, *next; p; p = next) {
			next = p->next;
			pcre2_code_free(p->code);
			free(p);
		}
	}
	for (struct key *k = f->keys, *next; k; k = next) {
		next = k->next;
		free(k->key);
		free(k);
	}
	pcre2_match_context_free(f->limits);
	table_close(&f->table);
	free(f);
}

/* Running into a limit is no match: a rule that needs more is a bad rule. */
static bool
matches(const struct furniture *f, const struct pattern *p, const char *s, size_t n,
	pcre2_match_data *found)
{
	return pcre2_match(p->code, (PCRE2_SPTR)s, n, 0, PCRE2_NO_UTF_CHECK, found,
			   f->limits) >= 0;
}

/* The first pattern of the place that matches, with its groups in *found, which the
 * caller frees. */
static const struct pattern *
first_match(const struct furniture *f, enum place place, const char *s, size_t n,
	    pcre2_match_data **found)
{
	const struct pattern *p = f->rules[place].patterns;

	*found = NULL;
	if (n == 0 || n > MAX_MATCHED || !p)
		return NULL;
	*found = pcre2_match_data_create(8, NULL);
	assert(*found);
	while (p && !matches(f, p, s, n, *found))
		p = p->next;
	return p;
}

static struct piece
group(const char *s, pcre2_match_data *found, int number)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(found);

	if (number < 1 || (uint32_t)number >= pcre2_get_ovector_count(found) ||
	    ends[2 * number] == PCRE2_UNSET)
		return (struct piece){ NULL, 0 };
	return (struct piece){ s + ends[2 * number],
			       ends[2 * number + 1] - ends[2 * number] };
}

bool
furniture_is(const struct furniture *f, enum place place, const char *s, size_t n)
{
	char key[MAX_KEY];
	size_t used = key_of(s, n, key);
	pcre2_match_data *found;
	bool is;

	if (used > 0 && map_get(&f->rules[place].lines, key, used))
		return true;
	is = first_match(f, place, s, n, &found);
	pcre2_match_data_free(found);
	return is;
}

size_t
furniture_title(const struct furniture *f, const char *s, size_t n)
{
	pcre2_match_data *found;

	if (first_match(f, PLACE_TITLE, s, n, &found))
		n = pcre2_get_ovector_pointer(found)[0];
	pcre2_match_data_free(found);
	return n;
}

struct piece
furniture_byline(const struct furniture *f, const char *s, size_t n)
{
	struct piece name = { NULL, 0 };
	pcre2_match_data *found;

	if (first_match(f, PLACE_BYLINE, s, n, &found))
		name = group(s, found, 1);
	pcre2_match_data_free(found);
	return name;
}

static struct piece
named_group(const struct pattern *p, const char *s, pcre2_match_data *found,
	    const char *name)
{
	int number = pcre2_substring_number_from_name(p->code, (PCRE2_SPTR)name);

	return group(s, found, number);
}

bool
furniture_dateline(const struct furniture *f, const char *s, size_t n, struct dateline *d)
{
	pcre2_match_data *found;
	const struct pattern *p = first_match(f, PLACE_DATELINE, s, n, &found);

	if (p)
		*d = (struct dateline){ named_group(p, s, found, "place"),
					named_group(p, s, found, "date"),
					named_group(p, s, found, "agency") };
	pcre2_match_data_free(found);
	return p;
}

const char *
furniture_label(const struct furniture *f, const char *s, size_t n)
{
	char key[MAX_KEY];
	size_t used = key_of(s, n, key);

	return used > 0 ? map_get(&f->rules[PLACE_LABEL].lines, key, used) : NULL;
}
