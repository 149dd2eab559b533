/* Files of a view: a line for each event of an enriched record. */
#ifndef SINK_APPEND_VIEW_H
#define SINK_APPEND_VIEW_H

#include "record/view.h"
#include "sink/append.h"

struct append_view {
	struct append_form form; /* for append_open(), whose arg is all of this */
	const struct view *view;
	bool unreal;
	struct buf head;
	struct arena *arena;
};

void append_view_init(struct append_view *v, const struct view *view, bool unreal,
		      const struct sink_start *start);
void append_view_release(struct append_view *v); /* also of a zeroed one */

#endif
