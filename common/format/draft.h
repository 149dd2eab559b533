/*
 * An article in the making from plain text: its lines, what has been taken
 * from them so far, and where each member came from.
 */
#ifndef FORMAT_DRAFT_H
#define FORMAT_DRAFT_H

#include "format/dateline.h"
#include "format/format.h"
#include "text/layout.h"

struct note { /* a pair in meta */
	const char *name, *value;
};

struct notes {
	struct note items[32];
	size_t count;
};

#define MAX_REMOVED 100 /* more are counted */

struct draft {
	const struct source *source;
	const struct rules *rules;
	struct arena *arena;
	const char *language; /* as told by the text */
	struct layout layout;
	size_t first, end; /* the lines of the body */
	struct article article;
	struct stamp created, modified;
	bool has_created, has_modified;
	struct notes provenance, extra;
	struct piece removed[MAX_REMOVED];
	size_t removed_count; /* may be more than MAX_REMOVED */
};

/* Sets a member that is not set yet; false where it is. */
bool draft_set(struct draft *d, const char **member, const char *name, struct piece value,
	       const char *origin);
void draft_stamp(struct draft *d, const struct stamp *stamp, const char *origin);
void draft_note(struct notes *notes, const char *name, const char *value);
void draft_remove(struct draft *d, struct piece text);
struct piece draft_line(const struct draft *d, size_t i);

/* Takes labels, headline, byline, dates and furniture off the top: d->first is where the
 * body begins. */
void head_read(struct draft *d);

#endif
