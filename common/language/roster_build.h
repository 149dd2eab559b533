/* Between the tables of names (roster_read.c) and the roster that they fill (roster.c).
 */
#ifndef LANGUAGE_ROSTER_BUILD_H
#define LANGUAGE_ROSTER_BUILD_H

#include "language/roster.h"

/* The thing of this name, country (a person's does not count) and state: there already,
 * or new. */
struct thing *roster_add(struct roster *n, enum known_kind kind, const char *name,
			 const char *country, const char *state);
/*
 * Each of a cell's names, parted by semicolons.  One that ends in ? is meant
 * only where the article speaks of the thing's country otherwise.
 */
void roster_name(struct roster *n, const struct thing *t, const char *list);

/* Reads all tables; a wrong cell is said with its place. */
int roster_read(struct roster *n, const char *lexicon, struct err *err);

#endif
