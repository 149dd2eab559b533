/*
 * Files of texts and what is to be read in them.  A text is one or more
 * lines, each a paragraph ("= " before one: the headline), then lines that
 * begin with one of `marks`: what must come out, in this order.  An empty
 * line parts, and # begins a comment.
 */
#ifndef TESTS_LIB_READINGS_H
#define TESTS_LIB_READINGS_H

#include "base/buf.h"
#include "tests/lib/reading.h"

/* Writes what was read in a document, a line each, as the file says it. */
typedef void readings_print(const struct document *d, struct buf *out);

/* Prints each text that is read otherwise; returns how many, and how many there are. */
int readings_check(const char *path, const char *marks, readings_print *print, int *count);

#endif
