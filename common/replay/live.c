#include "replay/live.h"

#include <string.h>

#include "base/mem.h"

enum { MAX_NAMES = 64 };

struct groups {
	struct pace_group *items;
	size_t count, max;
};

size_t
live_names(const char *text, const char **words, size_t max)
{
	char *save, *copy = text ? must_keep(must_strdup(text)) : NULL, *word;
	size_t n = 0;

	for (word = copy ? strtok_r(copy, ",", &save) : NULL; word && n < max;
	     word = strtok_r(NULL, ",", &save))
		words[n++] = word;
	return n;
}

static void
add(struct groups *g, const char *name, const char *topic, size_t after)
{
	if (g->count < g->max)
		g->items[g->count++] = (struct pace_group){ name, topic, after };
}

static const char *
group_of_sink(const struct program *p, const char *name)
{
	return must_keep(must_printf("%s.sink.%s", p->prefix, name));
}

static const char *
topic_of_sink(const struct program *p, const char *name)
{
	enum conf_source source;
	const char *topic = conf_text(p->conf, "sink", name, "topic", &source);

	return topic && *topic ? topic : program_name(p, "enriched");
}

/*
 * A worker reads what its name stands for; a sink what its section says.  What
 * a worker makes of a replay comes to its own readers.
 */
static void
add_readers(struct groups *g, const struct program *p, const char *topic, size_t after)
{
	static const struct {
		const char *worker, *from, *into;
	} rows[] = { { "enrich", "articles", "enriched" },
		     { "story", "enriched", "stories" },
		     { "alert", "stories", "alerts" } };
	size_t n;
	const char *const *sinks = conf_names(p->conf, "sink", &n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(topic_of_sink(p, sinks[i]), topic))
			add(g, group_of_sink(p, sinks[i]), topic, after);
	if (n == 0 && !strcmp(program_name(p, "enriched"), topic))
		add(g, group_of_sink(p, "sqlite"), topic, after); /* as `run` has it */
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (!strcmp(program_name(p, rows[i].from), topic)) {
			add(g, program_name(p, rows[i].worker), topic, after);
			add_readers(g, p, program_name(p, rows[i].into), g->count);
		}
}

size_t
live_groups(const struct program *p, const char *into, const char *sink_name,
	    const char *named, struct pace_group *groups, size_t max)
{
	struct groups g = { groups, 0, max };
	const char *names[MAX_NAMES],
	    *topic = sink_name ? topic_of_sink(p, sink_name) : into;
	size_t n = live_names(named, names, MAX_NAMES);

	for (size_t i = 0; i < n; i++)
		add(&g, names[i], topic, 0);
	if (!named && sink_name)
		add(&g, group_of_sink(p, sink_name), topic, 0);
	else if (!named)
		add_readers(&g, p, into, 0);
	return g.count;
}
