/* newswire enrich: articles in, the same with the events that they report out. */
#include <poll.h>

#include "base/mem.h"
#include "ops/command.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "work/enrich.h"
#include "work/epoch.h"
#include "work/topics.h"
#include "work/worker.h"

enum { WAIT_MS = 1000, STATE_ARENA = 1 << 20 };

static int
send(void *arg, const struct bus_record *r, struct err *err)
{
	return worker_send(arg, r, err);
}

static int
process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	return enrich_article(self, r, &(struct enrich_out){ send, w, worker_arena(w) },
			      err);
}

static const struct consumer_type enrich_type = { .name = "enrich", .process = process };

static int
ask_epoch(const struct program *p, struct epoch *e, struct arena *arena, struct err *err)
{
	struct bus *bus;
	int failed;

	if (program_bus(p, &bus, err))
		return -1;
	failed = epoch_read(bus, program_name(p, "state"), e, arena, err);
	bus_close(bus);
	return failed;
}

/* The cluster may come up after us. */
static int
set_epoch(const struct program *p, struct extract *x, long setting, struct err *err)
{
	struct epoch promoted;
	struct arena arena;
	int failed;

	arena_init(&arena, STATE_ARENA);
	while ((failed = ask_epoch(p, &promoted, &arena, err)) != 0) {
		if (err->class != ERR_RETRY || stop_asked())
			break;
		log_warn("%s", err->text);
		poll(NULL, 0, WAIT_MS);
	}
	if (!failed)
		extract_set_epoch(x, epoch_of(setting, extract_lexicon(x), &promoted));
	arena_release(&arena);
	return failed;
}

/* Who says so by a flag alone has the topic made too. */
static int
make_topic(const struct program *program, struct err *err)
{
	struct bus *bus;
	int failed;

	if (program_bus(program, &bus, err))
		return -1;
	failed = topics_make_events(program, bus, err);
	bus_close(bus);
	return failed;
}

static int
run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct enrich_conf *conf = arg;
	const char *in = program_name(program, "articles"),
		   *dead = program_name(program, "deadletter");
	const char *topic = program_name(program, "enriched"),
		   *events = conf->events ? program_name(program, "events") : NULL;
	const char *sends[] = { topic, dead, events };
	struct enrich e;
	struct worker_start start = { .program = program,
				      .group = "enrich",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = events ? 3 : 2 };
	struct err err;
	int status;

	(void)argv;
	if (argc) {
		err_set(&err, ERR_USAGE, "takes no arguments, only flags; see --help");
		return command_failed("enrich", &err);
	}
	if (events && make_topic(program, &err))
		return command_failed("enrich", &err);
	if (enrich_open(&e, program->lexicon, &err))
		return command_failed("enrich", &err);
	e.topic = topic;
	e.events = events;
	if (set_epoch(program, e.extract, (long)conf->epoch, &err))
		status = stop_asked() ? 0 : command_failed("enrich", &err);
	else
		status = worker_run(&enrich_type, &e, &start);
	enrich_close(&e);
	return status;
}

extern const struct command enrich_command;
const struct command enrich_command = {
	.name = "enrich",
	.args = "",
	.help = "add to each article the events that it reports",
	.text = "Reads PREFIX.articles, writes PREFIX.enriched: each article with its "
		"events, times,\n"
		"quotes and entities.  One thread; start more of it to go faster: the "
		"partitions\n"
		"are shared out among them.  What was enriched before is made anew by "
		"`newswire\n"
		"replay PREFIX.articles --through enrich`.",
	.section = "enrich",
	.opts = enrich_opts,
	.conf_size = sizeof(struct enrich_conf),
	.needs_state = true,
	.run = run,
};
