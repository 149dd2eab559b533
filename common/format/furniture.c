#define PCRE2_CODE_UNIT_WIDTH 8
#include "format/furniture.h"

#include <assert.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/table.h"
#include "text/utf8.h"

enum { WHERE, HOW, LANGUAGE, TEXT, COLUMNS };

static const char *const places[PLACES] = { "first",    "last",    "rest",
					    "anywhere", "title",   "byline",
					    "dateline", "noplace", "label" };

#define MAX_MATCHED 1500 /* bytes; furniture is short */
#define MAX_KEY     400

struct pattern {
	pcre2_code *code;
	struct pattern *next;
};

struct rules {
	struct map lines;   /* "all news" to the member of a label, or to itself */
	size_t longest;     /* of them; a longer key is none */
	pcre2_code *phrase; /* any of those that a key may hold */
	struct pattern *patterns, **last;
	struct buf all, held; /* the patterns and the phrases as one */
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
 * ends.  0: there is nothing of it, or more than `longest` (below MAX_KEY). */
static size_t
key_of(const char *s, size_t n, size_t longest, char key[MAX_KEY])
{
	const char *p = s, *end = s + n;
	size_t used = 0, kept = 0;

	while (p < end && used + 8 < MAX_KEY && kept <= longest) {
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
	return p < end || kept > longest ? 0 : kept;
}

/* The key of a row's text; 0 and *err where it has none. */
static size_t
row_key(struct furniture *f, size_t row, char key[MAX_KEY], struct err *err)
{
	const char *text = table_cell(&f->table, row, TEXT);
	size_t n = key_of(text, strlen(text), MAX_KEY, key);

	if (n == 0)
		table_bad(&f->table, row, TEXT, err, "no words in it, or too many");
	return n;
}

static int
add_line(struct furniture *f, size_t row, struct rules *rules, const char *value,
	 struct err *err)
{
	struct key *item = must_alloc(sizeof(*item));
	char key[MAX_KEY];
	size_t n = row_key(f, row, key, err);
	void **place;

	item->key = must_alloc(n + 1);
	memcpy(item->key, key, n);
	item->next = f->keys;
	f->keys = item;
	if (n == 0)
		return -1;
	place = map_put(&rules->lines, item->key, n);
	if (!place)
		return table_bad(&f->table, row, TEXT, err, "too many rows");
	*place = (void *)value;
	rules->longest = n > rules->longest ? n : rules->longest;
	return 0;
}

static int
add_phrase(struct furniture *f, size_t row, struct rules *rules, struct err *err)
{
	char key[MAX_KEY];
	size_t n = row_key(f, row, key, err);

	if (n == 0)
		return -1;
	buf_adds(&rules->held, rules->held.size ? "|\\Q" : "\\Q");
	buf_add(&rules->held, key, n);
	buf_adds(&rules->held, "\\E");
	rules->longest = MAX_KEY;
	return 0;
}

static pcre2_code *
compile(const char *text, char why[128], size_t *at)
{
	int code;
	pcre2_code *made =
	    pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
			  PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &code, at, NULL);

	if (!made)
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, 128);
	return made;
}

static void
keep_pattern(struct rules *rules, pcre2_code *code)
{
	struct pattern *p = must_alloc(sizeof(*p));

	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	p->code = code;
	*rules->last = p;
	rules->last = &p->next;
}

static int
add_pattern(struct furniture *f, size_t row, enum place place, struct err *err)
{
	const char *text = table_cell(&f->table, row, TEXT);
	struct rules *rules = &f->rules[place];
	char why[128];
	size_t at;
	pcre2_code *made = compile(text, why, &at);

	if (!made)
		return table_bad(&f->table, row, TEXT, err, "at byte %zu: %s", at, why);
	if (place ==
	    PLACE_DATELINE) { /* its groups have names, so each is matched by itself */
		keep_pattern(rules, made);
		return 0;
	}
	pcre2_code_free(made);
	buf_adds(&rules->all, rules->all.size ? "|" : "(?|");
	buf_adds(&rules->all, text);
	return 0;
}

static int
join_phrases(struct rules *rules, struct err *err)
{
	PCRE2_SIZE at;
	int code;

	if (!rules->held.size)
		return 0;
	if (buf_check(&rules->held, err))
		return -1;
	rules->phrase = pcre2_compile((PCRE2_SPTR)rules->held.data, rules->held.size, 0,
				      &code, &at, NULL);
	if (!rules->phrase)
		return err_set(err, ERR_USAGE, "all phrases as one: error %d", code);
	pcre2_jit_compile(rules->phrase, PCRE2_JIT_COMPLETE);
	return 0;
}

/* One match of many alternatives costs a tenth of as many matches. */
static int
join_patterns(struct furniture *f, struct err *err)
{
	for (int i = 0; i < PLACES; i++) {
		struct buf *all = &f->rules[i].all;
		char why[128];
		pcre2_code *made;
		size_t at;

		if (join_phrases(&f->rules[i], err))
			return err_context(err, "%s: %s", f->table.path, places[i]);
		if (!all->size)
			continue;
		buf_addc(all, ')');
		if (buf_check(all, err))
			return -1;
		made = compile(all->data, why, &at);
		if (!made)
			return err_set(err, ERR_USAGE, "%s: %s: all patterns as one: %s",
				       f->table.path, places[i], why);
		keep_pattern(&f->rules[i], made);
	}
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
	if (!strcmp(how, "holds"))
		return add_phrase(f, row, &f->rules[i], err);
	if (!strcmp(how, "pattern"))
		return add_pattern(f, row, (enum place)i, err);
	return table_bad(&f->table, row, HOW, err, "neither line, holds nor pattern: %s",
			 how);
}

struct furniture *
furniture_new(const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "where", "how", "language", "text" };
	struct furniture *f = must_alloc(sizeof(*f));

	for (int i = 0; i < PLACES; i++) {
		map_init(&f->rules[i].lines, 65536);
		f->rules[i].last = &f->rules[i].patterns;
		buf_init(&f->rules[i].all, 1 << 20);
		buf_init(&f->rules[i].held, 1 << 20);
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
	if (join_patterns(f, err))
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
		pcre2_code_free(f->rules[i].phrase);
		buf_release(&f->rules[i].all);
		buf_release(&f->rules[i].held);
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

/* PCRE keeps some 20 kB of frames in it: making one for each match doubles the cost. */
static pcre2_match_data *
match_data(void)
{
	static _Thread_local pcre2_match_data *data;

	if (!data)
		data = pcre2_match_data_create(8, NULL);
	assert(data);
	return data;
}

/*
 * As machine code where PCRE could make some (not where memory may never become
 * code) and its small stack does.  Running into a limit is no match: a rule
 * that needs more is a bad rule.
 */
static bool
matches(const struct furniture *f, const struct pattern *p, const char *s, size_t n,
	pcre2_match_data *found)
{
	int code = pcre2_match(p->code, (PCRE2_SPTR)s, n, 0, PCRE2_NO_UTF_CHECK, found,
			       f->limits);

	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match(p->code, (PCRE2_SPTR)s, n, 0,
				   PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, found, f->limits);
	return code >= 0;
}

/* The first pattern of the place that matches, with its groups in *found, which the
 * caller frees. */
static const struct pattern *
first_match(const struct furniture *f, enum place place, const char *s, size_t n,
	    pcre2_match_data **found)
{
	const struct pattern *p = f->rules[place].patterns;

	if (n == 0 || n > MAX_MATCHED || !p)
		return NULL;
	*found = match_data();
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

static bool
holds(const pcre2_code *phrase, const char *key, size_t n)
{
	return phrase &&
	       pcre2_match(phrase, (PCRE2_SPTR)key, n, 0, 0, match_data(), NULL) >= 0;
}

bool
furniture_is(const struct furniture *f, enum place place, const char *s, size_t n)
{
	const struct rules *rules = &f->rules[place];
	char key[MAX_KEY];
	size_t used = key_of(s, n, rules->longest, key);
	pcre2_match_data *found;

	if (used > 0 &&
	    (map_get(&rules->lines, key, used) || holds(rules->phrase, key, used)))
		return true;
	return first_match(f, place, s, n, &found);
}

size_t
furniture_title(const struct furniture *f, const char *s, size_t n)
{
	pcre2_match_data *found;

	if (first_match(f, PLACE_TITLE, s, n, &found))
		n = pcre2_get_ovector_pointer(found)[0];
	return n;
}

struct piece
furniture_byline(const struct furniture *f, const char *s, size_t n)
{
	struct piece name = { NULL, 0 };
	pcre2_match_data *found;

	if (first_match(f, PLACE_BYLINE, s, n, &found))
		name = group(s, found, 1);
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
	return p;
}

const char *
furniture_label(const struct furniture *f, const char *s, size_t n)
{
	const struct rules *rules = &f->rules[PLACE_LABEL];
	char key[MAX_KEY];
	size_t used = key_of(s, n, rules->longest, key);

	return used > 0 ? map_get(&rules->lines, key, used) : NULL;
}
