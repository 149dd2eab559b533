/*
 * JSON text into a buf, member by member, without a tree in between: what we
 * write is written once, in the order of the standard.  Reading is jansson's,
 * inside record/ only.
 *
 *	json_open(out, NULL, '{');
 *	json_string(out, "uri", a->uri);	absent where the value is NULL
 *	json_null_or(out, "name", name);	null where it is NULL
 *	json_close(out, '}');
 *
 * Commas are put where they are needed: by the last byte written.
 */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* name NULL: an item of a list. */
void json_open(struct buf *out, const char *name, char bracket);
void json_close(struct buf *out, char bracket);
void json_string(struct buf *out, const char *name, const char *value);
void json_null_or(struct buf *out, const char *name, const char *value);
void json_bytes(struct buf *out, const char *name, const char *value, size_t n); /* UTF-8 */
void json_int(struct buf *out, const char *name, int64_t value);
void json_real(struct buf *out, const char *name, double value); /* %.6g and the like; 1.0 as 1.0 */
void json_bool(struct buf *out, const char *name, bool value);
void json_raw(struct buf *out, const char *name, const char *json); /* NULL: absent */

#endif
