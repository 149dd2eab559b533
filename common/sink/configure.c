/* Which sink a name means, and its settings: rows of all sinks, then rows of its type. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sink/sink.h"
#include "time/clock.h"

const struct opt sink_opts[] = {
	OPT(struct sink_conf, type, NULL, 0, 0, "its type (the sink's own name)"),
	OPT(struct sink_conf, topic, NULL, 0, 0, "what it reads (PREFIX.enriched)"),
	OPT(struct sink_conf, replayed, "false", 0, 0,
	    "take replayed records too, where each is appended or sent"),
	OPT(struct sink_conf, from, NULL, 0, 0,
	    "begin with the records of this time, or `now`, where nothing is stored yet"),
	FLAG(struct sink_conf, to, NULL,
	     "end with the last record before this time, or `now`, and leave the group alone"),
	FLAG(struct sink_conf, dry_run, "false",
	     "read and choose, say what would be stored, store and commit nothing"),
	FLAG(struct sink_conf, check, "false",
	     "are the files that were stored still there, whole and unchanged?"),
	OPT(struct sink_conf, where, NULL, 0, 0,
	    "only records of which this jq program says yes"),
	OPT(struct sink_conf, fields, NULL, 0, 0,
	    "only these members: article.uri, events.type"),
	OPT(struct sink_conf, batch, "0", 0, 100000,
	    "most records in one batch; 0: as [worker] says"),
	OPT(struct sink_conf, batch_bytes, "16777216", 65536, 1 << 30,
	    "most bytes of records in one batch"),
	OPT(struct sink_conf, linger_ms, "0", 0, 60000,
	    "time from a batch that was not full to the next"),
	OPT(struct sink_conf, flush_ms, "10000", 100, 14000,
	    "the most that one answer of the store may take"),
	{ 0 },
};

const struct sink_type *
sink_find(const char *name)
{
	for (const struct sink_type *const *t = sink_types; *t; t++)
		if (!strcmp((*t)->name, name))
			return *t;
	return NULL;
}

static size_t
count_rows(const struct opt *o)
{
	size_t n = 0;

	while (o && o[n].name)
		n++;
	return n;
}

/* Appends `more`, whose struct lies `shift` bytes behind. */
static void
add_rows(struct opt *rows, const struct opt *more, size_t shift)
{
	for (rows += count_rows(rows); more && more->name; more++, rows++) {
		*rows = *more;
		rows->offset += shift;
	}
}

/* The type of a name that no configuration mentions, or the one that it says. */
static int
find_type(const char *name, const struct sink_type **type, struct err *err)
{
	const char *names[64], *near;
	size_t n = 0;

	*type = sink_find(name);
	if (*type)
		return 0;
	for (const struct sink_type *const *t = sink_types; *t && n < LENGTH(names); t++)
		names[n++] = (*t)->name;
	near = opt_nearest(name, names, n);
	return err_set(err, ERR_USAGE, "no sink of type '%s'%s%s%s", name,
		       near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "");
}

static int
rows_of_type(const char *name, const struct opt **rows, struct err *err)
{
	const struct sink_type *type;

	if (find_type(name, &type, err))
		return -1;
	*rows = type->opts;
	return 0;
}

const struct conf_section sink_section = {
	.name = "sink",
	.help = "where records go: [sink NAME]",
	.named = true,
	.opts = sink_opts,
	.of_type = rows_of_type,
};

static int
check_fields(const struct sink_conf *c, struct err *err)
{
	if (!c->chosen->whole || !c->fields || !*c->fields)
		return 0;
	return err_set(err, ERR_USAGE, "fields: a sink of type %s stores whole records",
		       c->chosen->name);
}

/* As bus_offset() takes a time. */
static int
parse_time(const char *row, const char *text, int64_t none, int64_t *at, struct err *err)
{
	struct wall t;

	*at = none;
	if (!text || !*text)
		return 0;
	*at = BUS_END;
	if (!strcmp(text, "now"))
		return 0;
	if (wall_parse(&t, text))
		return err_set(err, ERR_USAGE,
			       "%s: '%s' is no time; say 2026-11-24, "
			       "2026-11-24T08:15:00Z or now",
			       row, text);
	*at = t.ms > 0 ? t.ms : 0;
	return 0;
}

/* One table of both kinds of rows over one struct, so that a wrong flag is told the
 * nearest. */
static int
fill(struct sink_conf *c, const struct conf *conf, const char *name, int *argc,
     char **argv, struct err *err)
{
	size_t n = count_rows(sink_opts) + count_rows(c->chosen->opts) + 1;
	struct opt *rows = must_alloc(n * sizeof(*rows));
	struct sink_conf *all = must_alloc(sizeof(*all) + c->chosen->conf_size);
	int failed;

	add_rows(rows, sink_opts + 1, 0); /* the type is chosen by now */
	add_rows(rows, c->chosen->opts, sizeof(*all));
	failed = conf_fill(conf, "sink", name, rows, all, err) ||
		 opt_flags(rows, all, argc, argv, err);
	all->type = c->type;
	all->chosen = c->chosen;
	all->memory = all;
	all->own = all + 1;
	*c = *all;
	free(rows);
	return failed || check_fields(c, err) ||
		       parse_time("from", c->from, 0, &c->from_at, err) ||
		       parse_time("to", c->to, BUS_END, &c->to_at, err)
		   ? -1
		   : 0;
}

int
sink_configure(struct sink_conf *c, const struct conf *conf, const char *name, int *argc,
	       char **argv, struct err *err)
{
	*c = (struct sink_conf){ 0 };
	if (conf_fill(conf, "sink", name, sink_opts, c, err))
		return -1;
	if (find_type(c->type ? c->type : name, &c->chosen, err))
		return err_context(err, "sink %s", name);
	return fill(c, conf, name, argc, argv, err);
}

void
sink_conf_start(const struct sink_conf *c, struct sink_start *start)
{
	start->conf = c->own;
	start->where = c->where;
	start->fields = c->fields;
	start->from = c->from_at;
	start->batch_bytes = (size_t)c->batch_bytes;
	start->flush_ms = c->flush_ms;
}

void
sink_conf_release(struct sink_conf *c)
{
	free(c->memory);
}
