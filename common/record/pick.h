/*
 * Some members of a JSON value, by dotted paths: "article.uri, events.type".
 * What is kept is kept byte for byte, in the order in which it came; a path
 * goes into each item of a list that it meets.
 */
#ifndef RECORD_PICK_H
#define RECORD_PICK_H

#include <stddef.h>

#include "base/buf.h"

struct pick;

/* ERR_USAGE says which path is none. */
int pick_new(struct pick **pick, const char *paths, struct err *err) MUST_CHECK;
void pick_free(struct pick *p);

/*
 * Appends the chosen part of the value.  What no path leads to is left out, and an
 * object on the way stays, though empty.  ERR_REJECT: not JSON on one line; what
 * out has then is to be thrown away.
 */
int pick_print(const struct pick *p, const char *json, size_t n, struct buf *out,
	       struct err *err) MUST_CHECK;

#endif
