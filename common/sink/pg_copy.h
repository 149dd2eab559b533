/* Rows as PostgreSQL's COPY takes them in its text format. */
#ifndef SINK_PG_COPY_H
#define SINK_PG_COPY_H

#include <stdarg.h>

#include "base/buf.h"

void pg_copy_text(struct buf *out, const char *text); /* NULL is null */

/* The values as row_taker has them (sink/rows.h), tabs between; no end of line. */
void pg_copy_values(struct buf *out, const char *kinds, va_list values);

/* One more item of an array, as '{"a","b"}'; begin with an empty buffer, end with pg_array_end(). */
void pg_array_add(struct buf *out, const char *item);
const char *pg_array_end(struct buf *out);

#endif
