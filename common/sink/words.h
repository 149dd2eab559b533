/*
 * What a person types to find articles, as an expression for FTS5, whose own
 * grammar takes "don't", U.S. and Al-Shabaab for mistakes.
 *
 *	north korea missile	all three
 *	"north korea"		one after the other
 *	missile OR rocket	either; binds its two neighbours only
 *	-drill			articles without it
 *	sanction*		whatever begins so
 *	headline:kim		there only; body: too
 */
#ifndef SINK_WORDS_H
#define SINK_WORDS_H

#include "base/buf.h"

/* Appends.  ERR_USAGE: no word to look for, too many, no UTF-8. */
int words_match(const char *words, struct buf *out, struct err *err) MUST_CHECK;

/* Such a word stands in the index only as the whole run of letters around it. */
bool words_are_spaceless(const char *words);

#endif
