/* JSON Lines in files: what can be replayed, values alone, or events as PLOVER has them. */
#include "sink/append_view.h"
#include "sink/line.h"

struct jsonl_conf {
	struct append_conf files;
	const char *values, *shape;
	bool unreal;
};

struct jsonl {
	struct append *files;
	struct append_view view; /* of a shape */
	bool bare;
};

static const struct opt jsonl_opts[] = {
	APPEND_OPTS,
	OPT(struct jsonl_conf, values, "lines", 0, 0,
	    "lines: of the log; bare: values alone, which cannot be replayed"),
	OPT(struct jsonl_conf, shape, NULL, 0, 0,
	    "plover: a line for each event, instead of the record"),
	OPT(struct jsonl_conf, unreal, "false", 0, 0,
	    "of a shape: negated and hypothetical events too"),
	{ 0 },
};

static int
print_line(void *arg, const struct bus_record *r, struct buf *out, struct err *err)
{
	const struct jsonl *s = arg;

	(void)err;
	line_print(r, s->bare, out);
	return 0;
}

static const struct append_form jsonl_form = { .suffix = "jsonl", .print = print_line };

static int
open_shape(struct jsonl *s, const struct sink_start *start, struct err *err)
{
	const struct jsonl_conf *conf = start->conf;
	const struct view *view = view_find(conf->shape, err);

	if (!view)
		return -1;
	if (view->delimiter)
		return err_set(err, ERR_USAGE,
			       "shape %s has columns: give it to a sink of type csv",
			       view->name);
	if (start->fields && *start->fields)
		return err_set(err, ERR_USAGE, "fields: a shape takes whole records");
	append_view_init(&s->view, view, conf->unreal, start);
	return append_open(&s->files, &s->view.form, &s->view, start, err);
}

static int
jsonl_open(void *state, const struct sink_start *start, struct err *err)
{
	struct jsonl *s = state;
	const struct jsonl_conf *conf = start->conf;

	if (conf->shape && *conf->shape)
		return open_shape(s, start, err) ? err_context(err, "sink %s", start->name)
						 : 0;
	if (line_format(conf->values, &s->bare, err))
		return err_context(err, "sink %s", start->name);
	return append_open(&s->files, &jsonl_form, s, start, err);
}

static void
jsonl_close(void *state)
{
	struct jsonl *s = state;

	append_close(s);
	append_view_release(&s->view);
}

const struct sink_type sink_jsonl_type;
const struct sink_type sink_jsonl_type = {
	.name = "jsonl",
	.help = "JSON Lines in compressed files by topic and hour, each record once",
	APPEND_CALLS,
	.state_size = sizeof(struct jsonl),
	.conf_size = sizeof(struct jsonl_conf),
	.opts = jsonl_opts,
	.open = jsonl_open,
	.close = jsonl_close,
};
