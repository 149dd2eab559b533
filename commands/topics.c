/* Creates the topics of a line and says what differs on those that are there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/command.h"
#include "work/topics.h"

static void
say(void *arg, const char *topic, const char *text)
{
	size_t *said = arg;

	++*said;
	printf("%s: %s\n", topic, text);
}

/* In a dry run bus_topics() says what is missing. */
static int
create(struct bus *bus, const struct bus_topic *topics, size_t n, bool dry, struct err *err)
{
	size_t said = 0, created = 0;
	bool missing[TOPICS];

	for (size_t i = 0; i < n; i++) {
		int partitions = bus_partitions(bus, topics[i].name, err);

		if (partitions < 0)
			return -1;
		missing[i] = !partitions;
	}
	if (bus_topics(bus, topics, n, dry, say, &said, err))
		return -1;
	for (size_t i = 0; i < n && !dry; i++) {
		if (!missing[i])
			continue;
		created++;
		printf("%s: created, partitions=%d\n", topics[i].name,
		       topics[i].partitions);
	}
	if (!said && !created)
		printf("%zu topics, all as they should be\n", n);
	return 0;
}

/* The group's whole name is what `watch` and the logs say; without the prefix it is taken
 * too. */
static int
forget(const struct program *p, struct bus *bus, const char *group, struct err *err)
{
	size_t n = strlen(p->prefix);
	char *whole = !strncmp(group, p->prefix, n) && group[n] == '.'
			  ? must_strdup(group)
			  : must_printf("%s.%s", p->prefix, group);
	bool known;
	int failed = bus_forget(bus, whole, &known, err);

	if (!failed && !known)
		failed = err_set(err, ERR_REJECT,
				 "there is no group %s: it is `enrich` or `sink.NAME`, "
				 "NAME as in [sink NAME]",
				 whole);
	if (!failed)
		printf("%s: forgotten\n", whole);
	free(whole);
	return failed;
}

static int
work(const struct program *p, const struct topics_conf *c, int argc, char **argv,
     struct err *err)
{
	static struct bus_topic topics[TOPICS]; /* the names are the process's */
	struct bus *bus;
	bool events;
	size_t n;
	int failed;

	if (argc && (argc != 2 || strcmp(argv[0], "forget")))
		return err_set(err, ERR_USAGE, "'%s' is not understood; see --help",
			       argv[0]);
	if (topics_have_events(p->conf, &events, err) || program_bus(p, &bus, err))
		return -1;
	n = topics_fill(topics, p->prefix, c, events);
	failed = argc ? forget(p, bus, argv[1], err)
		      : create(bus, topics, n, c->dry_run, err);
	bus_close(bus);
	return failed;
}

static int
topics_run(const struct program *p, void *conf, int argc, char **argv)
{
	struct err err;

	return work(p, conf, argc, argv, &err) ? command_failed("topics", &err) : 0;
}

const struct command topics_command = {
	.name = "topics",
	.args = "[--dry-run] | forget GROUP",
	.help = "create the topics, or end a group",
	.text =
	    "Creates the topics that are missing, with partitions and time to live as\n"
	    "[topics] says, and prints what differs on those that are there (it changes\n"
	    "nothing on them).  `newswire run` does the same at its start.\n\n"
	    "  newswire topics --dry-run      what it would do\n"
	    "  newswire topics forget GROUP   ends a group: its positions are forgotten",
	.section = "topics",
	.opts = topics_opts,
	.conf_size = sizeof(struct topics_conf),
	.needs_state = true,
	.run = topics_run,
};
