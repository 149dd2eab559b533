/* Feasts by name and the day they fall on: lexicon/feasts.tsv. */
#ifndef LANGUAGE_TIME_FEAST_H
#define LANGUAGE_TIME_FEAST_H

#include "language/time_scan.h"

struct feasts;

/* Adds their words to the vocabulary.  NULL: ERR_USAGE with file, line, column. */
struct feasts *feasts_new(struct words *w, const char *lexicon, struct err *err);
void feasts_free(struct feasts *f);

/* The longest name at piece i: where it ends, its number in slot->n; else -1. */
int feast_term(const struct scan *s, int i, struct slot *slot);

/* Its first day in a year; false: none.  *whole_month: it lasts one, as Ramadan does. */
bool
feast_day(const struct feasts *f, int feast, int year, struct date *d, bool *whole_month);

#endif
