/* Which sink a name means, and its settings: rows of all sinks, then rows of its type. */
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "sink/sink.h"

const struct opt sink_opts[] = {
	OPT(struct sink_conf, type, NULL, 0, 0,
	    "sqlite, jsonl, stdout (the sink's own name)"),
	OPT(struct sink_conf, topic, NULL, 0, 0, "what it reads (PREFIX.enriched)"),
	OPT(struct sink_conf, replayed, "false", 0, 0,
	    "store replayed records too, where each is appended"),
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

/* Rows that are there already are not taken twice: `path` is of many types. */
static void
add_rows(struct opt *rows, const struct opt *more, size_t shift)
{
	size_t n = count_rows(rows);

	for (; more && more->name; more++) {
		if (opt_find(rows, more->name))
			continue;
		rows[n] = *more;
		rows[n++].offset += shift;
	}
}

const struct conf_section *
sink_section(void)
{
	static struct conf_section section = { .name = "sink",
					       .help = "where records go",
					       .named = true };
	size_t n = count_rows(sink_opts) + 1;
	struct opt *rows;

	if (section.opts)
		return &section;
	for (const struct sink_type *const *t = sink_types; *t; t++)
		n += count_rows((*t)->opts);
	rows = must_alloc(n * sizeof(*rows));
	add_rows(rows, sink_opts, 0);
	for (const struct sink_type *const *t = sink_types; *t; t++)
		add_rows(rows, (*t)->opts, 0);
	section.opts = rows;
	return &section;
}

static int
choose(struct sink_conf *c, const struct conf *conf, const char *name, struct err *err)
{
	const char *names[64], *near;
	size_t n = 0;

	if (conf_fill(conf, "sink", name, sink_opts, c, err))
		return -1;
	c->chosen = sink_find(c->type ? c->type : name);
	if (c->chosen)
		return 0;
	for (const struct sink_type *const *t = sink_types; *t && n < LENGTH(names); t++)
		names[n++] = (*t)->name;
	near = opt_nearest(c->type ? c->type : name, names, n);
	return err_set(err, ERR_USAGE,
		       c->type ? "[sink %s]: no type '%s'%s%s%s"
			       : "no section [sink %s] and no type '%s'%s%s%s",
		       name, c->type ? c->type : name, near ? "; did you mean '" : "",
		       near ? near : "", near ? "'?" : "");
}

int
sink_configure(struct sink_conf *c, const struct conf *conf, const char *name, int *argc,
	       char **argv, struct err *err)
{
	struct opt *rows;
	struct sink_conf *all;

	if (choose(c, conf, name, err))
		return -1;
	rows = must_alloc((count_rows(sink_opts) + count_rows(c->chosen->opts) + 1) *
			  sizeof(*rows));
	add_rows(rows, sink_opts + 1, 0); /* the type is chosen by now */
	add_rows(rows, c->chosen->opts, sizeof(*all));
	all = must_alloc(sizeof(*all) + c->chosen->conf_size);
	if (conf_fill(conf, "sink", name, rows, all, err) ||
	    opt_flags(rows, all, argc, argv, err))
		return -1;
	c->topic = all->topic;
	c->replayed = all->replayed;
	c->own = all + 1;
	return 0;
}
