/*
 * JSON text into a buf, member by member, without a tree in between: what we
 * write is written once, in the order of the standard.  Reading is cursor.h's,
 * and jansson's where a tree is needed, inside record/ only.
 *
 *	json_open(out, NULL, '{');
 *	json_text(out, "uri", a->uri);	absent where the value is NULL
 *	json_null_or(out, "name", name);	null where it is NULL
 *	json_close(out, '}');
 *
 * Commas are put where they are needed: by the last byte written.  A line of
 * JSON may follow another, parted by a newline.  Control characters are
 * escaped, and a byte that is no UTF-8 goes out as U+FFFD, so that what we
 * write can always be read.  No name here may be one of jansson's: the
 * linker would give ours to it without a word.
 */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* name NULL: an item of a list. */
void json_open(struct buf *out, const char *name, char bracket);
void json_close(struct buf *out, char bracket);
void json_text(struct buf *out, const char *name, const char *value);
void json_null_or(struct buf *out, const char *name, const char *value);
/* As json_text(), of n bytes; may hold NUL. */
void json_bytes(struct buf *out, const char *name, const char *value, size_t n);
void json_int(struct buf *out, const char *name, int64_t value);
/* Finite; 8 digits: a metre of latitude. */
void json_double(struct buf *out, const char *name, double value);
void json_bool(struct buf *out, const char *name, bool value);
void json_raw(struct buf *out, const char *name, const char *json); /* NULL: absent */

#endif
