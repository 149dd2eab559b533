/* A row for each event, in files, for tools that read GDELT's or POLECAT's. */
#include "sink/append_view.h"

struct csv_conf {
	struct append_conf files;
	const char *shape;
	bool unreal;
};

struct csv {
	struct append *files;
	struct append_view view;
};

static const struct opt csv_opts[] = {
	APPEND_OPTS,
	OPT(struct csv_conf, shape, "gdelt", 0, 0, "gdelt or polecat: whose columns"),
	OPT(struct csv_conf, unreal, "false", 0, 0,
	    "rows of negated and hypothetical events too"),
	{ 0 },
};

static int
csv_open(void *state, const struct sink_start *start, struct err *err)
{
	struct csv *s = state;
	const struct csv_conf *conf = start->conf;
	const struct view *view = view_find(conf->shape, err);

	if (!view)
		return err_context(err, "sink %s", start->name);
	if (!view->delimiter)
		return err_set(err, ERR_USAGE,
			       "sink %s: shape %s has no columns: give it to a sink of "
			       "type jsonl",
			       start->name, view->name);
	append_view_init(&s->view, view, conf->unreal, start);
	return append_open(&s->files, &s->view.form, &s->view, start, err);
}

static void
csv_close(void *state)
{
	struct csv *s = state;

	append_close(s);
	append_view_release(&s->view);
}

const struct sink_type sink_csv_type;
const struct sink_type sink_csv_type = {
	.name = "csv",
	.help = "a row for each event, as GDELT or POLECAT have them, in files",
	APPEND_CALLS,
	.whole = true,
	.state_size = sizeof(struct csv),
	.conf_size = sizeof(struct csv_conf),
	.opts = csv_opts,
	.open = csv_open,
	.close = csv_close,
};
