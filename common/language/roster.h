/*
 * The tables of names: countries, places, cities, people in office,
 * organisations.  Read at start; found by their words, the longest first.
 */
#ifndef LANGUAGE_ROSTER_H
#define LANGUAGE_ROSTER_H

#include "language/language.h"
#include "language/split.h"
#include "language/words.h"
#include "time/date.h"

struct term { /* of office */
	const char *sectors, *country;
	long from, to; /* days; open: LONG_MIN, LONG_MAX */
};

struct thing { /* what a name stands for */
	enum known_kind kind;
	enum entity_type type;
	const char *name, *country, *id;
	const char *sectors, *state;
	struct term *terms;
	size_t term_count;
	double lat, lon;
	bool has_point;
	bool is_wide; /* of no country: Asia, the Black Sea */
	long weight;  /* people who live there; the heavier is meant where nothing else
			 tells */
};

/* One way to write a name. */
struct way {
	const struct thing *thing;
	const char *exact; /* the form that it must have, NULL: any with its capitals */
	uint32_t capitals; /* which of its words have one */
	bool is_short;     /* an alias of one word */
	bool is_doubtful;  /* meant only where the article speaks of the thing's country */
	struct way *next;  /* another thing of the same name */
};

struct roster;
/* Names are cut into words by the splitter, as the texts are; it is borrowed. */
struct roster *roster_new(struct words *w, const struct splitter *s, const char *lexicon,
			  struct err *err);
void roster_free(struct roster *n);

/*
 * Steps of a walk over words, from 0; hyphens are left out.  -1: no name goes
 * on like this.
 */
int roster_step(const struct roster *n, int node, const struct word *word);
const struct way *
roster_at(const struct roster *n, int node); /* the names that end here, or NULL */

/*
 * The term that a person serves on a day, or, over, the last one before it;
 * NULL if there is none.  Without a day: the latest.
 */
const struct term *
thing_term(const struct thing *t, const struct date *day, bool *is_over);

#endif
