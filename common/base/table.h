/*
 * A table that people edit: a text file with cells parted by tabs, comments
 * from `#` at the start of a line, and a first line that names the columns.
 * UTF-8.  Read whole at start; cells live as long as the table.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>

#include "base/err.h"

struct table {
	char *path, *text;
	const char *const *names; /* of the columns; borrowed */
	const char **cells;       /* rows * columns; never NULL, "" where empty */
	int *lines;               /* of each row, for messages */
	size_t rows, columns;
};

/*
 * `columns` are the names that the first line must have, in this order.  A
 * missing file, an unknown column, a row with too many cells, bytes that are
 * no UTF-8: ERR_USAGE with path, line and column.  A short row ends in empty
 * cells; empty lines are skipped.  `columns` are borrowed.
 */
int table_open(struct table *t, const char *directory, const char *name,
	       const char *const *columns, size_t n, struct err *err) MUST_CHECK;
void table_close(struct table *t);

const char *table_cell(const struct table *t, size_t row, size_t column);

/* ERR_USAGE, "PATH:LINE: COLUMN: ..."; returns -1. */
int table_bad(const struct table *t, size_t row, size_t column, struct err *err,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
