/* newswire sink NAME: a topic to a sink.  What is common to sinks is in sink/sink.c. */
#include <stdio.h>

#include "replay/stretch.h"
#include "work/sink_worker.h"

static int
check(const struct program *p, const char *name, const struct sink_conf *conf)
{
	struct sink_start start = { .name = name, .state = p->state };
	struct err err;
	int failed;

	sink_conf_start(conf, &start);
	failed = conf->chosen->check
		     ? conf->chosen->check(&start, stdout, &err)
		     : err_set(&err, ERR_USAGE, "nothing of a sink of type %s can be "
		       "checked; those with files have manifests", conf->chosen->name);
	return failed ? command_failed("sink", &err) : 0;
}

static int
run_sink(const struct program *p, const char *name, int argc, char **argv)
{
	struct sink_conf conf;
	struct err err;
	int status;

	if (sink_configure(&conf, p->conf, name, &argc, argv, &err)) {
		status = command_failed("sink", &err);
	} else if (argc > 0) {
		fprintf(stderr, "newswire sink: one name only; what is '%s'?\n", argv[0]);
		status = 2;
	} else {
		status = conf.check	? check(p, name, &conf)
			 : conf.dry_run ? stretch_dry_run(p, name, &conf)
			 : conf.to    ? stretch_run(p, name, &conf)
				      : sink_worker_run(p, name, &conf);
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
	printf("\nflags:\n");
	opt_print_flags(sink_opts, stdout);
	printf("\nsettings (also keys of [sink NAME] in the configuration, which has `type` "
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
	.help = "a topic to a database, files, another cluster, a webhook, a command",
	.text =
	    "Reads a topic as group PREFIX.sink.NAME and stores its records.  NAME is a\n"
	    "section [sink NAME] of the configuration with its type and topic, or a "
	    "type.\n\n"
	    "  newswire sink sqlite\n"
	    "  newswire sink jsonl --path /srv/archive --roll-ms 5000\n"
	    "  newswire sink stdout --values bare | jq .article.headline",
	.own_flags = print_flags,
	.needs_state = true,
	.run = run,
};
