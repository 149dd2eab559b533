/*
 * An enriched record as other projects' data have it, for tools that read
 * those: PLOVER's members as JSON Lines, a row for each event in the order of
 * GDELT's 2.0 events or of POLECAT's weekly files.  What is unknown is empty
 * (absent in PLOVER); docs/shapes.md has the tables in words.
 *
 * Events of types of our own have no place there.  A withdrawn article has no
 * events, so it has no rows.
 */
#ifndef RECORD_VIEW_H
#define RECORD_VIEW_H

#include <stdint.h>

#include "record/enriched.h"

struct view {
	const char *name;
	const char *suffix; /* of its files */
	char delimiter;     /* 0: JSON */
	bool head;          /* a first line with the columns' names */
	bool cameo;         /* events with a CAMEO code; else those with a quad */
	const struct view_column *columns;
};

extern const struct view view_plover, view_gdelt, view_polecat;

/* ERR_USAGE names those that there are. */
const struct view *view_find(const char *name, struct err *err) MUST_CHECK;

struct view_how {
	int64_t added_ms; /* when the record came; -1: unknown */
	bool unreal;      /* negated and hypothetical events too */
};

void view_print_head(const struct view *v, struct buf *out);

/* A line for each event that has a place in the view. */
void view_print(const struct view *v, const struct enriched *e,
		const struct view_how *how, struct buf *out);

/* ---- for the tables ---- */

struct view_cell {
	const struct enriched *record;
	const struct event *event;
	const struct actors *sides[2]; /* who did it, to whom */
	const struct view_how *how;
};

/* Text of one cell, nothing where it is unknown; in JSON a member of that name.  NULL: we
 * never know it. */
struct view_column {
	const char *name;
	void (*print)(const struct view_cell *c, const struct view_column *column,
		      struct buf *out);
	int which; /* of a group of columns that are made alike */
};

enum { VIEW_ACTOR, VIEW_RECIPIENT };

#define VIEW_CELL(name)                                                               \
	static void name(const struct view_cell *c, const struct view_column *column, \
			 struct buf *out)

/* Every date of ours is YYYY-MM-DD at its start; NULL or no date gives false. */
bool view_date(const char *text, int *year, int *month, int *day);
void view_print_words(const struct names *names, const char *between, struct buf *out);

#endif
