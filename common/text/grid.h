/*
 * Rows of text for a terminal, in columns that fit it.  A cell is cut by what
 * it takes up on the screen, not by bytes: a Chinese character takes two
 * columns, an accent none.  What a terminal would obey (control characters,
 * a change of direction) becomes a blank.
 */
#ifndef TEXT_GRID_H
#define TEXT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid {
	FILE *out;
	int columns; /* of the terminal */
	const char *const *titles;
	size_t count;
	size_t fixed; /* the first so many are never made narrower */
	int *widths;
	char **held; /* the first rows: they say how wide a column is */
	size_t rows;
	bool fitted, stacked; /* stacked: a line a cell, where the columns cannot fit */
};

/* Borrows the titles until the end. */
void grid_begin(struct grid *g, const char *const *titles, size_t count, FILE *out,
		int columns);
void grid_row(struct grid *g, const char *const *cells); /* NULL: empty */
void grid_end(struct grid *g); /* prints what is held; no title without a row */

/* One line of text, in at most so many columns; an ellipsis says that it was cut. */
void grid_cut(FILE *out, const char *text, int columns);

/* As many lines as the text takes, each indented and cut at a blank. */
void grid_wrap(FILE *out, const char *text, int indent, int columns);

/* Of the terminal that standard output is; else COLUMNS, else `otherwise`. */
int grid_terminal(int otherwise);

#endif
