#include "alert/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/table.h"
#include "language/reader.h"
#include "ops/opt.h"

enum { ARENA_MB = 32, MOST = 100000, WORDS_MOST = 256 };

struct group {
	const char *const *countries; /* NULL-ended */
	const char *itself;           /* code of its own name; NULL: it has none */
};

struct point {
	double lat, lon;
	long weight; /* people; a place of places.tsv weighs more than all */
};

struct words_of_kind {
	const char *items[WORDS_MOST];
	size_t count;
};

struct codes {
	struct arena arena;
	struct words_of_kind kinds[CODE_KINDS];
	struct map countries; /* codes to themselves; IGO and its like too */
	struct map names;     /* folded names of states to their codes */
	struct map groups;    /* folded names to groups */
	struct map points;    /* folded names to points */
};

void
code_of_name(const char *name, size_t n, char code[CODE_BYTES])
{
	code[0] = '=';
	fold(name, n, code + 1, CODE_BYTES - 1);
}

/* A name's place in one of the maps, made where there is none. */
static void **
place_of(struct codes *c, struct map *m, const char *name, size_t n)
{
	char code[CODE_BYTES];

	code_of_name(name, n, code);
	return map_put(m, arena_strdup(&c->arena, code), strlen(code));
}

static void *
look(const struct map *m, const char *name, size_t n)
{
	char code[CODE_BYTES];

	code_of_name(name, n, code);
	return map_get(m, code, strlen(code));
}

/* Each of "a; b; c", without the blanks round it; `cut` is one byte. */
static bool
next_of_list(const char **p, char cut, const char **item, size_t *n)
{
	const char *end;

	*p += strspn(*p, " ");
	if (!**p)
		return false;
	end = strchr(*p, cut);
	if (!end)
		end = *p + strlen(*p);
	*item = *p;
	*n = (size_t)(end - *p);
	while (*n && (*item)[*n - 1] == ' ')
		--*n;
	*p = end + (*end != '\0');
	return true;
}

static void
add_word(struct codes *c, enum code_kind kind, const char *word)
{
	struct words_of_kind *k = &c->kinds[kind];

	for (size_t i = 0; i < k->count; i++)
		if (!strcmp(k->items[i], word))
			return;
	if (k->count < WORDS_MOST)
		k->items[k->count++] = arena_strdup(&c->arena, word);
}

static void
add_country(struct codes *c, const char *code)
{
	char *kept = arena_strdup(&c->arena, code);
	void **at = map_put(&c->countries, kept, strlen(code));

	if (at && !*at)
		*at = kept;
}

static void
add_name(struct codes *c, const char *name, size_t n, const char *country)
{
	void **at = place_of(c, &c->names, name, n);

	if (at && !*at)
		*at = arena_strdup(&c->arena, country);
}

static void
add_point(struct codes *c, const char *name, size_t n, const char *lat, const char *lon,
	  long weight)
{
	void **at;
	struct point *p;

	if (!*lat || !*lon || !(at = place_of(c, &c->points, name, n)))
		return;
	p = *at;
	if (p && p->weight >= weight)
		return;
	if (!p && !(p = arena_alloc(&c->arena, sizeof(*p))))
		return;
	*p = (struct point){ strtod(lat, NULL), strtod(lon, NULL), weight };
	*at = p;
}

static int
row_of_ontology(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	static const struct {
		const char *name;
		enum code_kind kind;
	} kinds[] = {
		{ "type", CODE_TYPE },
		{ "mode", CODE_MODE },
		{ "sector", CODE_SECTOR },
	};

	(void)err;
	for (size_t i = 0; i < LENGTH(kinds); i++)
		if (!strcmp(table_cell(t, row, 0), kinds[i].name))
			add_word(c, kinds[i].kind, table_cell(t, row, 1));
	return 0;
}

static int
row_of_contexts(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	(void)err;
	add_word(c, CODE_CONTEXT, table_cell(t, row, 0));
	return 0;
}

static int
row_of_countries(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	const char *name = table_cell(t, row, 0), *code = table_cell(t, row, 1);
	const char *p = table_cell(t, row, 2), *alias;
	size_t n;

	(void)err;
	add_country(c, code);
	add_name(c, name, strlen(name), code);
	add_point(c, name, strlen(name), table_cell(t, row, 4), table_cell(t, row, 5), 0);
	while (next_of_list(&p, ';', &alias, &n))
		add_name(c, alias, n, code);
	return 0;
}

static int
row_of_organisations(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	(void)err;
	if (*table_cell(t, row, 1))
		add_country(c, table_cell(t, row, 1));
	return 0;
}

static int
row_of_places(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	const char *name = table_cell(t, row, 0), *p = table_cell(t, row, 5), *alias;
	const char *lat = table_cell(t, row, 3), *lon = table_cell(t, row, 4);
	size_t n;

	(void)err;
	add_point(c, name, strlen(name), lat, lon, 1L << 40);
	while (next_of_list(&p, ';', &alias, &n))
		add_point(c, alias, n, lat, lon, 1L << 40);
	return 0;
}

static int
row_of_cities(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	const char *name = table_cell(t, row, 0);

	(void)err;
	add_point(c, name, strlen(name), table_cell(t, row, 3), table_cell(t, row, 4),
		  strtol(table_cell(t, row, 5), NULL, 10));
	return 0;
}

static int
add_group(struct codes *c, const char *name, size_t n, struct group *g)
{
	void **at = place_of(c, &c->groups, name, n);

	if (at && *at)
		return -1;
	if (at)
		*at = g;
	return 0;
}

static int
row_of_groups(struct codes *c, const struct table *t, size_t row, struct err *err)
{
	struct group *g = arena_calloc(&c->arena, sizeof(*g));
	const char *name = table_cell(t, row, 0), *itself = table_cell(t, row, 2);
	const char *p = table_cell(t, row, 1), *item, **list;
	char code[CODE_BYTES];
	size_t n, count = 0;

	if (!g || add_group(c, name, strlen(name), g))
		return table_bad(t, row, 0, err, "a group of this name stands above");
	while (next_of_list(&p, ';', &item, &n))
		if (add_group(c, item, n, g))
			return table_bad(t, row, 1, err,
					 "a group of this name stands above");
	code_of_name(itself, strlen(itself), code);
	g->itself = *itself ? arena_strdup(&c->arena, code) : NULL;
	p = table_cell(t, row, 3);
	list = arena_calloc(&c->arena, (strlen(p) / 2 + 2) * sizeof(*list));
	if (!list)
		return arena_check(&c->arena, err);
	while (next_of_list(&p, ' ', &item, &n)) {
		list[count] = map_get(&c->countries, item, n);
		if (!list[count++])
			return table_bad(t, row, 3, err, "'%.*s' is no state's code",
					 (int)n, item);
	}
	if (!count)
		return table_bad(t, row, 3, err, "a group without states");
	g->countries = list;
	return 0;
}

/* Groups come last: their states must be known. */
static const struct source {
	const char *file, *columns[8];
	int (*row)(struct codes *c, const struct table *t, size_t row, struct err *err);
} sources[] = {
	{ "ontology.tsv",
	  { "kind", "name", "of", "score", "quad", "cameo", "medtop" },
	  row_of_ontology },
	{ "contexts.tsv", { "context", "words" }, row_of_contexts },
	{ "countries.tsv",
	  { "name", "country", "aliases", "adjectives", "lat", "lon" },
	  row_of_countries },
	{ "organisations.tsv",
	  { "name", "country", "sectors", "aliases", "source", "checked" },
	  row_of_organisations },
	{ "places.tsv",
	  { "name", "kind", "country", "lat", "lon", "aliases" },
	  row_of_places },
	{ "cities.tsv",
	  { "name", "country", "state", "lat", "lon", "population" },
	  row_of_cities },
	{ "groups.tsv",
	  { "name", "aliases", "itself", "countries", "source", "checked" },
	  row_of_groups },
};

static int
read_table(struct codes *c, const char *lexicon, const struct source *s, struct err *err)
{
	struct table t;
	size_t columns = 0;
	int failed = 0;

	while (s->columns[columns])
		columns++;
	if (table_open(&t, lexicon, s->file, s->columns, columns, err))
		return -1;
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = s->row(c, &t, i, err);
	table_close(&t);
	return failed;
}

struct codes *
codes_new(const char *lexicon, struct err *err)
{
	struct codes *c = must_alloc(sizeof(*c));
	int failed = 0;

	arena_init(&c->arena, (size_t)ARENA_MB << 20);
	map_init(&c->countries, MOST);
	map_init(&c->names, MOST);
	map_init(&c->groups, MOST);
	map_init(&c->points, MOST);
	for (size_t i = 0; i < LENGTH(sources) && !failed; i++)
		failed = read_table(c, lexicon, &sources[i], err);
	if (!failed && !arena_check(&c->arena, err))
		return c;
	codes_free(c);
	return NULL;
}

void
codes_free(struct codes *c)
{
	if (!c)
		return;
	map_release(&c->countries);
	map_release(&c->names);
	map_release(&c->groups);
	map_release(&c->points);
	arena_release(&c->arena);
	free(c);
}

/* ---- what a rule's text means ---- */

static const char *
same_word(const struct words_of_kind *k, const char *text, size_t n)
{
	for (size_t i = 0; i < k->count; i++)
		if (strlen(k->items[i]) == n && !strncasecmp(k->items[i], text, n))
			return k->items[i];
	return NULL;
}

const char *
codes_find(const struct codes *c, enum code_kind kind, const char *text, size_t n,
	   struct err *err)
{
	static const char *const names[] = { "type", "mode", "context", "sector" };
	const struct words_of_kind *k = &c->kinds[kind];
	const char *found = same_word(k, text, n), *near;
	char word[64];

	if (found)
		return found;
	snprintf(word, sizeof(word), "%.*s", (int)n, text);
	for (char *p = word; kind == CODE_TYPE && *p; p++)
		*p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	near = opt_nearest(word, k->items, k->count);
	err_set(err, ERR_USAGE, "no %s '%.*s'%s%s%s", names[kind], (int)n, text,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static bool
is_code_like(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	return n == 3;
}

static int
no_code(const struct codes *c, const char *text, size_t n, struct err *err)
{
	const char **all = must_alloc((c->countries.count + WORDS_MOST) * sizeof(*all)),
		   *near;
	char word[8];
	size_t count = 0;

	for (; count < c->countries.count; count++)
		all[count] = c->countries.entries[count].value;
	for (size_t i = 0; i < c->kinds[CODE_SECTOR].count; i++)
		all[count++] = c->kinds[CODE_SECTOR].items[i];
	snprintf(word, sizeof(word), "%.*s", (int)n, text);
	near = opt_nearest(word, all, count);
	free(all);
	return err_set(
	    err, ERR_USAGE,
	    "no state, sector or group '%s'%s%s%s; a name stands in quotation marks",
	    word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Of each of the states, with the sector behind it. */
static void
give_with_sector(const char *country, const char *sector, code_f *give, void *arg)
{
	char code[CODE_BYTES];

	snprintf(code, sizeof(code), "%s%s%s", country, sector ? "/" : "",
		 sector ? sector : "");
	give(arg, code);
}

/* A state or a group of states. */
static bool
give_states(const struct codes *c, const char *text, size_t n, const char *sector,
	    code_f *give, void *arg)
{
	const char *country = map_get(&c->countries, text, n);
	const struct group *g;

	if (!country)
		country = look(&c->names, text, n);
	if (country) {
		give_with_sector(country, sector, give, arg);
		return true;
	}
	g = look(&c->groups, text, n);
	if (!g)
		return false;
	for (size_t i = 0; g->countries[i]; i++)
		give_with_sector(g->countries[i], sector, give, arg);
	if (g->itself && !sector)
		give(arg, g->itself);
	return true;
}

static bool
give_quoted(const char *text, size_t n, code_f *give, void *arg)
{
	char code[CODE_BYTES];

	if (n < 3 || text[0] != '"' || text[n - 1] != '"')
		return false;
	code_of_name(text + 1, n - 2, code);
	give(arg, code);
	return true;
}

static int
give_name(const struct codes *c, const char *text, size_t n, code_f *give, void *arg,
	  struct err *err)
{
	char code[CODE_BYTES];

	if (is_code_like(text, n))
		return no_code(c, text, n, err);
	code_of_name(text, n, code);
	give(arg, code);
	return 0;
}

int
codes_actor(const struct codes *c, const char *text, size_t n, code_f *give, void *arg,
	    struct err *err)
{
	const char *slash = memchr(text, '/', n), *sector;
	char code[CODE_BYTES];

	if (give_quoted(text, n, give, arg))
		return 0;
	if (slash) {
		size_t before = (size_t)(slash - text);

		sector = codes_find(c, CODE_SECTOR, slash + 1, n - before - 1, err);
		if (!sector)
			return -1;
		return give_states(c, text, before, sector, give, arg)
			   ? 0
			   : err_set(err, ERR_USAGE, "no state or group '%.*s'",
				     (int)before, text);
	}
	if (give_states(c, text, n, NULL, give, arg))
		return 0;
	sector =
	    is_code_like(text, n) ? same_word(&c->kinds[CODE_SECTOR], text, n) : NULL;
	if (!sector)
		return give_name(c, text, n, give, arg, err);
	snprintf(code, sizeof(code), "/%s", sector);
	give(arg, code);
	return 0;
}

int
codes_place(const struct codes *c, const char *text, size_t n, code_f *give, void *arg,
	    struct err *err)
{
	if (give_quoted(text, n, give, arg) || give_states(c, text, n, NULL, give, arg))
		return 0;
	return give_name(c, text, n, give, arg, err);
}

int
codes_point(const struct codes *c, const char *text, size_t n, double *lat, double *lon,
	    struct err *err)
{
	const struct point *p = look(&c->points, text, n);
	char word[CODE_BYTES], *end;

	if (p) {
		*lat = p->lat;
		*lon = p->lon;
		return 0;
	}
	snprintf(word, sizeof(word), "%.*s", (int)n, text);
	*lat = strtod(word, &end);
	if (end == word || *end != ' ')
		return err_set(
		    err, ERR_USAGE,
		    "no place '%s' is known: its latitude and longitude, as in "
		    "'50.45 30.52'",
		    word);
	*lon = strtod(end, &end);
	if (*end || !(*lat >= -90 && *lat <= 90 && *lon >= -180 && *lon <= 180))
		return err_set(err, ERR_USAGE,
			       "'%s' is no latitude and longitude in degrees, as in "
			       "'50.45 30.52'",
			       word);
	return 0;
}
