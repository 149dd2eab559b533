/*
 * Which language is this text in?  By its script, its letters and its short
 * words, from lexicon/languages.tsv.  A sentence is enough as a rule; a
 * headline often is.
 */
#ifndef TEXT_GUESS_H
#define TEXT_GUESS_H

#include <stddef.h>

#include "base/err.h"

struct guess;

struct guess *guess_new(const char *lexicon, struct err *err); /* NULL on error */
void guess_free(struct guess *g);

/* A BCP 47 primary language that lives as long as g; NULL: too little to tell by. */
const char *guess_language(const struct guess *g, const char *text, size_t n);

#endif
