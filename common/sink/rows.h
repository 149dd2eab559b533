/*
 * An enriched record as rows of tables: articles and what they report, one
 * list of columns for every sink that has tables.  A sink makes its tables
 * with the columns in this order and takes a row as a list of values.
 */
#ifndef SINK_ROWS_H
#define SINK_ROWS_H

#include <stdarg.h>
#include <stdint.h>

#include "record/enriched.h"

enum row_table {
	ROW_ARTICLE,
	ROW_EVENT,
	ROW_ACTOR,
	ROW_TIME,
	ROW_QUOTE,
	ROW_ENTITY,
	ROW_MENTION,
	ROW_TABLES
};

/*
 * Takes one row.  A letter for each value:
 *
 *	t text, NULL is null            d the same, a date as YYYY-MM-DD
 *	i int                           b bool, as an int
 *	o int, negative is null         l int64_t
 *	r double, NaN is null           k int64_t, 0 is null
 *	n struct names *, NULL or none is null
 *	s struct span *: text, part, start, stop; NULL: four nulls
 *
 * All are borrowed for the call.
 */
typedef int (*row_taker)(void *arg, enum row_table table, struct err *err,
			 const char *kinds, va_list values);

/* What belongs to the article comes after it, since its id may be known only then. */
int rows_of_article(const struct enriched *e, int64_t id, row_taker take, void *arg,
		    struct err *err) MUST_CHECK;
int rows_of_parts(const struct enriched *e, int64_t id, row_taker take, void *arg,
		  struct err *err) MUST_CHECK;

#endif
