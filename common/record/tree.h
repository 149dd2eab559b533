/*
 * JSON of no fixed shape: what is only passed on.  It becomes a tree of
 * jansson's, is looked at, and is written again on one line.  For record/
 * only: a json_t does not leave this folder.
 */
#ifndef RECORD_TREE_H
#define RECORD_TREE_H

#include <jansson.h>

#include "record/cursor.h"

/*
 * One JSON value out of n bytes, or NULL: no JSON, a name twice, NUL, half a
 * surrogate, a number too large, more values than any record has.  Gives.
 */
json_t *tree_load(const char *json, size_t n, struct err *err);
json_t *tree_read(struct cursor *c); /* the next value */

/* The value as JSON on one line; the caller checks the arena. */
int tree_text(const char **text, json_t *value, struct arena *arena,
	      struct err *err) MUST_CHECK;

bool tree_has_null(json_t *value);

#endif
