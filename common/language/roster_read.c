/*
 * The tables that the roster is made of.  People edit them: a code that is
 * none, a row that stands twice, a term that ends before it began or runs into
 * another of the same office is refused with its line and column.
 */
#include "language/roster_build.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/table.h"
#include "language/reader.h"

enum {
	COUNTRY_WEIGHT = 100000000,
	CODES_MAX = 1000,
	ROWS_MAX = 1 << 20,
	ROOM = 64 << 20
};

struct held { /* an office by somebody */
	long from, to;
	int line;
	struct held *next;
};

struct reading {
	struct roster *roster;
	struct map countries, sectors; /* codes; the values say only that it is one */
	struct map offices;            /* name, office, country: struct held */
	struct map rows;               /* organisation and country: there already */
	struct arena arena;
};

typedef int row_fn(struct reading *r, const struct table *t, size_t row, struct err *err);

static const char *
cell(const struct table *t, size_t row, int column)
{
	return t->cells[row * t->columns + (size_t)column];
}

static char *
slug(const char *prefix, const char *name, const char *country)
{
	char text[256], norm[NORM_MAX];
	size_t n = 0;

	fold(name, strlen(name), norm, 200);
	for (const char *p = norm; *p && n < 200; p++)
		if (isalnum((unsigned char)*p))
			text[n++] = *p;
		else if (n && text[n - 1] != '-')
			text[n++] = '-';
	while (n && text[n - 1] == '-')
		n--;
	return must_printf("%s/%.*s%s%s", prefix, (int)n, text, *country ? "." : "",
			   country);
}

static void
set_point(struct thing *t, const char *lat, const char *lon)
{
	if (!*lat || !*lon)
		return;
	t->has_point = true;
	t->lat = strtod(lat, NULL);
	t->lon = strtod(lon, NULL);
}

/* ---- checks ---- */

/* The place for a key, made here; NULL: there is no room for so many. */
static void **
place_for(struct reading *r, struct map *map, const char *name, const char *country,
	  const char *office)
{
	char *key = arena_printf(&r->arena, "%s\t%s\t%s", name, country, office);

	return key ? map_put(map, key, strlen(key)) : NULL;
}

static void
note(struct reading *r, struct map *codes, const char *code)
{
	char *key = arena_strdup(&r->arena, code);
	void **place = key ? map_put(codes, key, strlen(key)) : NULL;

	if (place)
		*place = r;
}

static int
check_country(const struct reading *r, const struct table *t, size_t row, int column,
	      struct err *err)
{
	const char *code = cell(t, row, column);

	if (map_get(&r->countries, code, strlen(code)))
		return 0;
	return table_bad(
	    t, row, (size_t)column, err,
	    "\"%s\" is no code of countries.tsv, nor UNO, EUR, IGO, NGO, IMG, ISM or MNC",
	    code);
}

static int
check_sectors(const struct reading *r, const struct table *t, size_t row, int column,
	      struct err *err)
{
	const char *p = cell(t, row, column);

	while (*(p += strspn(p, " "))) {
		size_t size = strcspn(p, " ");

		if (!map_get(&r->sectors, p, size))
			return table_bad(t, row, (size_t)column, err,
					 "%.*s is no sector of ontology.tsv", (int)size,
					 p);
		p += size;
	}
	return 0;
}

static int
check_name(const struct table *t, size_t row, int column, struct err *err)
{
	return *cell(t, row, column)
		   ? 0
		   : table_bad(t, row, (size_t)column, err, "a row has a name");
}

/* ---- rows ---- */

static int
add_sector(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	(void)err;
	if (!strcmp(cell(t, row, 0), "sector"))
		note(r, &r->sectors, cell(t, row, 1));
	return 0;
}

static int
add_country(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	enum { NAME, CODE, ALIASES, PEOPLE, LAT, LON };
	const char *name = cell(t, row, NAME), *code = cell(t, row, CODE);
	struct thing *country, *people;

	if (map_get(&r->countries, code, strlen(code)))
		return table_bad(t, row, CODE, err, "%s is another country's", code);
	note(r, &r->countries, code);
	country = roster_add(r->roster, KNOWN_COUNTRY, name, code, "");
	roster_name(r->roster, country, cell(t, row, ALIASES));
	set_point(country, cell(t, row, LAT), cell(t, row, LON));
	country->weight = COUNTRY_WEIGHT;
	country->id = must_printf("iso3166/%s", code);
	country->sectors = must_strdup("GOV");
	if (!*cell(t, row, PEOPLE))
		return 0;
	people = roster_add(r->roster, KNOWN_NATIONALITY, name, code, "");
	people->type = ENTITY_MISC;
	people->weight = COUNTRY_WEIGHT;
	people->id = must_strdup(country->id);
	roster_name(r->roster, people, cell(t, row, PEOPLE));
	return 0;
}

static int
add_place(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	enum { NAME, KIND, COUNTRY, LAT, LON, ALIASES };
	const char *kind = cell(t, row, KIND), *country = cell(t, row, COUNTRY);
	bool is_seat = !strcmp(kind, "capital") || !strcmp(kind, "seat");
	bool is_office = !strcmp(kind, "seat");
	struct thing *place;

	if (*country && check_country(r, t, row, COUNTRY, err))
		return -1;
	place = roster_add(r->roster, is_seat ? KNOWN_SEAT : KNOWN_PLACE,
			   cell(t, row, NAME), country, is_office ? "seat" : "");
	if (place->id)
		return table_bad(t, row, NAME, err, "%s has a row already",
				 cell(t, row, NAME));
	roster_name(r->roster, place, cell(t, row, ALIASES));
	set_point(place, cell(t, row, LAT), cell(t, row, LON));
	place->is_wide = !strcmp(kind, "wide");
	place->weight = 5000000;
	if (is_seat)
		place->sectors = must_strdup("GOV");
	if (is_office)
		place->type = ENTITY_ORG;
	place->id = slug("place", cell(t, row, NAME), country);
	return 0;
}

static int
add_city(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	enum { NAME, COUNTRY, STATE, LAT, LON, PEOPLE };
	struct thing *city = roster_add(r->roster, KNOWN_PLACE, cell(t, row, NAME),
					cell(t, row, COUNTRY), cell(t, row, STATE));

	(void)err;
	set_point(city, cell(t, row, LAT), cell(t, row, LON));
	city->weight = strtol(cell(t, row, PEOPLE), NULL, 10);
	if (!city->id)
		city->id = slug("place", cell(t, row, NAME), cell(t, row, COUNTRY));
	return 0;
}

static void
organisation(struct reading *r, const char *name, const char *country,
	     const char *sectors, const char *aliases)
{
	struct thing *o = roster_add(r->roster, KNOWN_ORGANISATION, name, country, "");

	free((char *)o->sectors);
	o->type = ENTITY_ORG;
	o->sectors = must_strdup(sectors);
	o->weight = COUNTRY_WEIGHT;
	if (!o->id)
		o->id = slug("organisation", name, "");
	roster_name(r->roster, o, aliases);
}

static int
add_organisation(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	enum { NAME, COUNTRY, SECTORS, ALIASES };
	const char *name = cell(t, row, NAME), *country = cell(t, row, COUNTRY);
	void **seen = place_for(r, &r->rows, name, country, "");

	if (check_name(t, row, NAME, err) || check_country(r, t, row, COUNTRY, err) ||
	    check_sectors(r, t, row, SECTORS, err))
		return -1;
	if (!seen)
		return table_bad(t, row, NAME, err, "there are too many rows before it");
	if (*seen)
		return table_bad(t, row, NAME, err, "%s of %s has a row already", name,
				 country);
	*seen = r;
	organisation(r, name, country, cell(t, row, SECTORS), cell(t, row, ALIASES));
	return 0;
}

/* A year, a month or a day: its first day or, for the end of a term, its last. */
static int
day_of(const char *text, bool is_end, long *days)
{
	struct date d = { 0, is_end ? 12 : 1, 1 };
	int parts = sscanf(text, "%4d-%2d-%2d", &d.year, &d.month, &d.day);

	if (strlen(text) != (size_t)(parts * 3 + 1) || parts < 1 || d.month < 1 ||
	    d.month > 12)
		return -1;
	if (parts < 3)
		d.day = is_end ? date_month_length(d.year, d.month) : 1;
	*days = date_days(d);
	return date_is_valid(d) ? 0 : -1;
}

/* from and to stand beside each other; an empty one is open. */
static int
read_term(const struct table *t, size_t row, int column, struct term *term,
	  struct err *err)
{
	const char *from = cell(t, row, column), *to = cell(t, row, column + 1);

	term->from = LONG_MIN;
	term->to = LONG_MAX;
	if (*from && day_of(from, false, &term->from))
		return table_bad(t, row, (size_t)column, err,
				 "no date: a year, 2024-05 or 2024-05-31");
	if (*to && day_of(to, true, &term->to))
		return table_bad(t, row, (size_t)column + 1, err,
				 "no date: a year, 2024-05 or 2024-05-31");
	if (term->from > term->to)
		return table_bad(t, row, (size_t)column + 1, err,
				 "before the term began");
	return 0;
}

static void
person(struct reading *r, const char *name, const struct term *term, const char *aliases)
{
	struct thing *p = roster_add(r->roster, KNOWN_PERSON, name, term->country, "");
	struct term *mine;

	p->type = ENTITY_PER;
	p->weight = COUNTRY_WEIGHT;
	if (!p->id)
		p->id = slug("person", name, "");
	roster_name(r->roster, p, aliases);
	p->terms = must_realloc(p->terms, (p->term_count + 1) * sizeof *p->terms);
	mine = &p->terms[p->term_count++];
	*mine = *term;
	mine->sectors = must_strdup(term->sectors);
	mine->country = must_strdup(term->country);
}

/* Nobody holds an office twice at a time; the day of a second oath belongs to both. */
static int
hold(struct reading *r, const struct table *t, size_t row, const struct term *term,
     struct err *err)
{
	enum { NAME, COUNTRY, OFFICE, FROM = 4 };
	void **first = place_for(r, &r->offices, cell(t, row, NAME),
				 cell(t, row, COUNTRY), cell(t, row, OFFICE));
	struct held *h = arena_alloc(&r->arena, sizeof *h);

	if (!first || !h)
		return table_bad(t, row, NAME, err, "there are too many rows before it");
	for (struct held *other = *first; other; other = other->next)
		if (term->from < other->to && other->from < term->to)
			return table_bad(t, row, FROM, err,
					 "it runs into the term of line %d", other->line);
	*h = (struct held){ term->from, term->to, t->lines[row], *first };
	*first = h;
	return 0;
}

static int
add_leader(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	enum { NAME, COUNTRY, OFFICE, SECTORS, FROM, TO, ALIASES };
	struct term term = { .sectors = cell(t, row, SECTORS),
			     .country = cell(t, row, COUNTRY) };

	if (check_name(t, row, NAME, err) || check_country(r, t, row, COUNTRY, err) ||
	    check_sectors(r, t, row, SECTORS, err) || read_term(t, row, FROM, &term, err))
		return -1;
	if (!*term.sectors)
		return table_bad(t, row, SECTORS, err, "a term has a sector");
	if (hold(r, t, row, &term, err))
		return -1;
	person(r, cell(t, row, NAME), &term, cell(t, row, ALIASES));
	return 0;
}

/* A newsroom's own. */
static int
add_local(struct reading *r, const struct table *t, size_t row, struct err *err)
{
	enum { KIND, NAME, COUNTRY, SECTORS, FROM, TO, ALIASES };
	const char *kind = cell(t, row, KIND);
	struct term term = { .sectors = cell(t, row, SECTORS),
			     .country = cell(t, row, COUNTRY) };
	bool is_person = !strcmp(kind, "person");

	if (!is_person && strcmp(kind, "organisation"))
		return table_bad(t, row, KIND, err,
				 "\"%s\" is not person or organisation", kind);
	if (check_name(t, row, NAME, err) || check_country(r, t, row, COUNTRY, err) ||
	    check_sectors(r, t, row, SECTORS, err) || read_term(t, row, FROM, &term, err))
		return -1;
	if (is_person && !*term.sectors)
		return table_bad(t, row, SECTORS, err, "a person has a sector");
	if (!is_person && (*cell(t, row, FROM) || *cell(t, row, TO)))
		return table_bad(t, row, *cell(t, row, FROM) ? FROM : TO, err,
				 "dates are a person's");
	if (is_person)
		person(r, cell(t, row, NAME), &term, cell(t, row, ALIASES));
	else
		organisation(r, cell(t, row, NAME), term.country, term.sectors,
			     cell(t, row, ALIASES));
	return 0;
}

/* ---- tables ---- */

static int
read_table(struct reading *r, const char *lexicon, const char *name,
	   const char *const *columns, size_t count, row_fn *add, struct err *err)
{
	struct table t;
	int failed = 0;

	if (table_open(&t, lexicon, name, columns, count, err))
		return -1;
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = add(r, &t, i, err);
	table_close(&t);
	return failed;
}

static int
read_all(struct reading *r, const char *lexicon, struct err *err)
{
	static const char *const ontology[] = { "kind", "name",  "of",    "score",
						"quad", "cameo", "medtop" };
	static const char *const country[] = { "name",       "country", "aliases",
					       "adjectives", "lat",     "lon" };
	static const char *const place[] = { "name", "kind", "country",
					     "lat",  "lon",  "aliases" };
	static const char *const city[] = { "name", "country", "state",
					    "lat",  "lon",     "population" };
	static const char *const organisations[] = { "name",    "country", "sectors",
						     "aliases", "source",  "checked" };
	static const char *const leader[] = { "name",    "country", "office",
					      "sectors", "from",    "to",
					      "aliases", "source",  "checked" };
	static const char *const local[] = { "kind", "name", "country", "sectors",
					     "from", "to",   "aliases" };
	static const struct {
		const char *name;
		const char *const *columns;
		size_t count;
		row_fn *add;
		bool is_optional;
	} tables[] = {
		{ "ontology.tsv", ontology, LENGTH(ontology), add_sector, false },
		{ "countries.tsv", country, LENGTH(country), add_country, false },
		{ "places.tsv", place, LENGTH(place), add_place, false },
		{ "cities.tsv", city, LENGTH(city), add_city, false },
		{ "organisations.tsv", organisations, LENGTH(organisations),
		  add_organisation, false },
		{ "leaders.tsv", leader, LENGTH(leader), add_leader, false },
		{ "actors.local", local, LENGTH(local), add_local, true },
	};

	for (size_t i = 0; i < LENGTH(tables); i++) {
		char *path = must_printf("%s/%s", lexicon, tables[i].name);
		bool is_there = !access(path, F_OK);

		free(path);
		if (tables[i].is_optional && !is_there)
			continue;
		if (read_table(r, lexicon, tables[i].name, tables[i].columns,
			       tables[i].count, tables[i].add, err))
			return -1;
	}
	return 0;
}

int
roster_read(struct roster *n, const char *lexicon, struct err *err)
{
	static const char *const of_none[] = { "UNO", "EUR", "IGO", "NGO",
					       "IMG", "ISM", "MNC" };
	struct reading r = { .roster = n };
	int failed;

	arena_init(&r.arena, ROOM);
	map_init(&r.countries, CODES_MAX);
	map_init(&r.sectors, CODES_MAX);
	map_init(&r.offices, ROWS_MAX);
	map_init(&r.rows, ROWS_MAX);
	for (size_t i = 0; i < LENGTH(of_none); i++)
		note(&r, &r.countries, of_none[i]);
	failed = read_all(&r, lexicon, err);
	map_release(&r.countries);
	map_release(&r.sectors);
	map_release(&r.offices);
	map_release(&r.rows);
	arena_release(&r.arena);
	return failed;
}
