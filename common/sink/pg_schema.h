/* The tables of the PostgreSQL sink, in a schema of their own. */
#ifndef SINK_PG_SCHEMA_H
#define SINK_PG_SCHEMA_H

#include "sink/pg.h"

extern const char *const postgres_steps[]; /* NULL-ended, generated */

/*
 * Makes `schema` the one that all further words mean, and brings its tables to
 * what this program knows: in one transaction, one worker at a time.  ERR_USAGE
 * for a schema of a newer newswire or of something else.
 */
int pg_schema_update(struct pg *pg, const char *schema, struct err *err) MUST_CHECK;

/* ERR_USAGE if it is no plain name. */
int pg_schema_name(const char *schema, struct err *err) MUST_CHECK;

#endif
