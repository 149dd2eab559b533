/* JSON Lines in files: what can be replayed, or values alone. */
#include "sink/append.h"
#include "sink/line.h"

struct jsonl_conf {
	struct append_conf files;
	const char *values;
};

struct jsonl {
	struct append *files;
	bool bare;
};

static const struct opt jsonl_opts[] = {
	APPEND_OPTS,
	OPT(struct jsonl_conf, values, "lines", 0, 0,
	    "lines: of the log; bare: values alone, which cannot be replayed"),
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
jsonl_open(void *state, const struct sink_start *start, struct err *err)
{
	struct jsonl *s = state;
	const struct jsonl_conf *conf = start->conf;

	if (line_format(conf->values, &s->bare, err))
		return err_context(err, "sink %s", start->name);
	return append_open(&s->files, &jsonl_form, s, start, err);
}

const struct sink_type sink_jsonl_type;
const struct sink_type sink_jsonl_type = {
	.name = "jsonl",
	.help = "JSON Lines in compressed files by topic and hour, each record once",
	.kind = SINK_APPEND,
	.effect = SINK_IDEMPOTENT,
	.state_size = sizeof(struct jsonl),
	.conf_size = sizeof(struct jsonl_conf),
	.opts = jsonl_opts,
	.open = jsonl_open,
	.claim = append_claim,
	.write = append_write,
	.flush = append_flush,
	.undo = append_undo,
	.tick = append_tick,
	.check = append_check,
	.close = append_close,
};
