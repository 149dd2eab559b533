/* newswire sink NAME: a topic to a sink.  What is common to sinks is in sink/sink.c. */
#include <stdio.h>

#include "base/mem.h"
#include "sink/sink.h"
#include "work/worker.h"

struct consumer {
	struct sink *sink;
	struct arena
	    arena; /* the sink has it from its opening on, before there is a worker */
	struct worker *worker; /* from the first record on */
};

static int
consumer_reject(void *self, const struct bus_record *r, const struct err *why,
		struct err *err)
{
	struct consumer *c = self;

	return worker_reject(c->worker, r, why, err);
}

static void
consumer_beat(void *self)
{
	struct consumer *c = self;

	if (c->worker)
		worker_beat(c->worker);
}

static int
consumer_process(void *self, const struct bus_record *r, struct worker *w,
		 struct err *err)
{
	struct consumer *c = self;

	c->worker = w;
	arena_reset(&c->arena);
	return sink_write(c->sink, r, err);
}

static int
consumer_assigned(void *self, struct bus_position *positions, size_t n, struct err *err)
{
	struct consumer *c = self;

	return sink_claim(c->sink, positions, n, err);
}

static int
consumer_flush(void *self, const struct bus_position *positions, size_t n,
	       struct worker *w, struct err *err)
{
	struct consumer *c = self;

	c->worker = w;
	return sink_flush(c->sink, positions, n, err);
}

static void
consumer_aborted(void *self)
{
	struct consumer *c = self;

	sink_undo(c->sink);
}

static void
consumer_revoked(void *self, const struct bus_position *positions, size_t n)
{
	struct consumer *c = self;

	sink_release(c->sink, positions, n);
}

static int
consumer_tick(void *self, int64_t now_ms, struct worker *w, struct err *err)
{
	struct consumer *c = self;

	(void)now_ms;
	(void)w;
	return sink_tick(c->sink, err);
}

static const struct consumer_type consumer = {
	.name = "sink",
	.process = consumer_process,
	.assigned = consumer_assigned,
	.flush = consumer_flush,
	.aborted = consumer_aborted,
	.revoked = consumer_revoked,
	.tick = consumer_tick,
};

static int
work(const struct program *p, const char *name, const struct sink_conf *conf,
     struct bus *bus)
{
	struct consumer c = { 0 };
	const char *topic =
	    conf->topic && *conf->topic ? conf->topic : program_name(p, "enriched");
	const char *deadletter = program_name(p, "deadletter");
	struct sink_start sink = { .name = name,
				   .state = p->state,
				   .cluster = bus_cluster(bus),
				   .bus = bus,
				   .conf = conf->own,
				   .arena = &c.arena,
				   .replayed = conf->replayed,
				   .flush_ms = conf->flush_ms,
				   .where = conf->where,
				   .fields = conf->fields,
				   .batch_bytes = (size_t)conf->batch_bytes,
				   .reject = consumer_reject,
				   .beat = consumer_beat,
				   .arg = &c };
	struct worker_start start = { .program = p,
				      .group = must_keep(must_printf("sink.%s", name)),
				      .topics = &topic,
				      .topic_count = 1,
				      .sends = &deadletter,
				      .send_count = 1 };
	struct err err;
	int status;

	arena_init(&c.arena, (size_t)512 << 20);
	if (sink_open(&c.sink, conf->chosen, &sink, &err)) {
		arena_release(&c.arena);
		return command_failed("sink", &err);
	}
	status = worker_run(&consumer, &c, &start);
	sink_close(c.sink);
	arena_release(&c.arena);
	return status;
}

/* A bus of our own: the worker's is its, and is not there yet when the sink opens. */
static int
run_sink(const struct program *p, const char *name, int argc, char **argv)
{
	struct sink_conf conf;
	struct bus *bus;
	struct err err;
	int status;

	if (sink_configure(&conf, p->conf, name, &argc, argv, &err)) {
		status = command_failed("sink", &err);
	} else if (argc > 0) {
		fprintf(stderr, "newswire sink: one name only; what is '%s'?\n", argv[0]);
		status = 2;
	} else if (program_bus(p, &bus, &err)) {
		status = command_failed("sink", &err);
	} else {
		status = work(p, name, &conf, bus);
		bus_close(bus);
	}
	sink_conf_release(&conf);
	return status;
}

static int
run(const struct program *p, void *none, int argc, char **argv)
{
	(void)none;
	if (argc > 0 && argv[0][0] != '-')
		return run_sink(p, argv[0], argc - 1, argv + 1);
	fprintf(stderr, "newswire sink: which one? sink NAME [flags]; see --help\n");
	return 2;
}

static void
print_flags(void)
{
	printf("\nflags (also keys of [sink NAME] in the configuration, which has `type` "
	       "too):\n");
	opt_print(sink_opts + 1, stdout); /* the type is a key only */
	for (const struct sink_type *const *t = sink_types; *t; t++) {
		printf("\ntype %s: %s\n", (*t)->name, (*t)->help);
		opt_print((*t)->opts, stdout);
	}
}

const struct command sink_command;
const struct command sink_command = {
	.name = "sink",
	.args = "NAME [flags]",
	.help = "a topic to SQLite, JSON Lines or standard output",
	.text =
	    "Reads a topic as group PREFIX.sink.NAME and stores its records.  NAME is a\n"
	    "section [sink NAME] of the configuration with its type and topic, or a "
	    "type.\n\n"
	    "  newswire sink sqlite\n"
	    "  newswire sink jsonl --path /srv/archive --linger-ms 5000\n"
	    "  newswire sink stdout --values bare | jq .article.headline",
	.own_flags = print_flags,
	.needs_state = true,
	.run = run,
};
