/*
 * The rules of lexicon/furniture.tsv: lines that a site or a wire puts round
 * an article, and the shapes of bylines, datelines and labels.  Read at
 * start, never changed; matching is bounded by the length of what is matched
 * and by PCRE's limits.  Any thread may match.
 */
#ifndef FORMAT_FURNITURE_H
#define FORMAT_FURNITURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct furniture;

enum place {
	PLACE_FIRST,
	PLACE_LAST,
	PLACE_REST,
	PLACE_ANYWHERE,
	PLACE_TITLE,
	PLACE_BYLINE,
	PLACE_DATELINE,
	PLACE_NOPLACE,
	PLACE_LABEL,
	PLACES
};

struct piece { /* of the text that was matched; s NULL: not there */
	const char *s;
	size_t n;
};

struct furniture *furniture_new(const char *lexicon, struct err *err); /* NULL on error */
void furniture_free(struct furniture *f);

/* Is the whole of s such a line? */
bool furniture_is(const struct furniture *f, enum place place, const char *s, size_t n);

/* Bytes of s before what names the site; n if nothing does. */
size_t furniture_title(const struct furniture *f, const char *s, size_t n);

/* The name in a byline, by the shape alone; s NULL: none. */
struct piece furniture_byline(const struct furniture *f, const char *s, size_t n);

struct dateline {
	struct piece place, date, agency;
};
bool furniture_dateline(const struct furniture *f, const char *s, size_t n,
			struct dateline *d);

/* The member that a label (without its colon) stands for; NULL: no label. */
const char *furniture_label(const struct furniture *f, const char *s, size_t n);

#endif
