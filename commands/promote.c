/* newswire promote: an extraction made current.  Its steps are in
 * common/replay/promote.c. */
#include "base/mem.h"
#include "bus/bus.h"
#include "replay/promote.h"

struct promote_flags {
	const char *sink, *reason;
};

static const struct opt promote_opts[] = {
	FLAG(struct promote_flags, sink, NULL,
	     "sinks that take it in one transaction: NAME,NAME (those of the "
	     "configuration that can)"),
	FLAG(struct promote_flags, reason, NULL, "said in every record"),
	{ 0 },
};

static int
run(const struct program *p, void *arg, int argc, char **argv)
{
	const struct promote_flags *flags = arg;
	struct promote_conf conf = { .program = p,
				     .topic = argc > 0 ? argv[0] : NULL,
				     .sinks = flags->sink,
				     .reason = flags->reason,
				     .by = program_user() };
	struct err err;
	int status;

	if (argc > 1)
		status = err_set(&err, ERR_USAGE, "one topic, or none");
	else if (!conf.topic && conf.sinks)
		status =
		    err_set(&err, ERR_USAGE, "--sink takes what lies in a topic: which?");
	else
		status = program_bus(p, &conf.bus, &err) ? -1 : promote(&conf, &err);
	bus_close(conf.bus);
	return status < 0 ? command_failed("promote", &err) : status;
}

extern const struct command promote_command;
const struct command promote_command = {
	.name = "promote",
	.args = "[TOPIC]",
	.help = "an extraction made current: its epoch, its records",
	.text =
	    "Without a topic: the lexicon that is installed has the next epoch from "
	    "now on.\n"
	    "With one: what was extracted into it takes the place of what is in\n"
	    "PREFIX.enriched and in the sinks, in one transaction where a sink can.\n\n"
	    "    newswire replay news.articles --through enrich --into "
	    "news.enriched.next\n"
	    "    newswire diff news.enriched news.enriched.next\n"
	    "    newswire promote news.enriched.next",
	.opts = promote_opts,
	.conf_size = sizeof(struct promote_flags),
	.needs_state = true,
	.run = run,
};
