#include "sink/append_view.h"

#include "sink/newest.h"

enum { HEAD_CEILING = 4096 };

static int
print_events(void *arg, const struct bus_record *r, struct buf *out, struct err *err)
{
	const struct append_view *v = arg;
	const struct view_how how = { .added_ms = r->time_ms, .unreal = v->unreal };
	struct enriched e;

	if (enriched_of(r, &e, v->arena, err))
		return -1;
	view_print(v->view, &e, &how, out);
	return 0;
}

void
append_view_init(struct append_view *v, const struct view *view, bool unreal,
		 const struct sink_start *start)
{
	*v =
	    (struct append_view){ .view = view, .unreal = unreal, .arena = start->arena };
	buf_init(&v->head, HEAD_CEILING);
	if (view->head)
		view_print_head(view, &v->head);
	v->form = (struct append_form){ .suffix = view->suffix,
					.head = v->head.data,
					.print = print_events };
}

void
append_view_release(struct append_view *v)
{
	buf_release(&v->head);
}
