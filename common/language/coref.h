/*
 * What pronouns and titles stand for: he, its, who, the president, the
 * agency.  Fills `refers` of tokens with the noun or name meant, never again
 * a word that itself refers.  It is silent where the text does not tell.
 */
#ifndef LANGUAGE_COREF_H
#define LANGUAGE_COREF_H

#include "language/quote.h"
#include "language/walk.h"

void coref_read(struct reader *r, const struct walk *x, const struct stretches *marks);

#endif
