/* newswire bus: an embedded log is carried to a Kafka cluster. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bus/copy.h"
#include "ops/command.h"
#include "replay/book.h"
#include "time/clock.h"

enum { LINE_MS = 500 };

struct bus_options {
	bool dry_run;
};

static const struct opt bus_opts[] = {
	FLAG(struct bus_options, dry_run, "false",
	     "copy: say what would be done, do nothing"),
	{ 0 },
};

/* ---- how it goes ---- */

struct progress {
	char *doing;
	int64_t
	    from; /* where it was when it began, since it may go on from a former run */
	struct mono began, line;
	bool shown;
};

static void
clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

static void
say(void *arg, const char *text)
{
	clear(arg);
	puts(text);
	fflush(stdout);
}

static void
count(void *arg, const char *doing, int64_t done, int64_t of)
{
	struct progress *p = arg;
	int64_t ms, rate;

	if (!p->doing || strcmp(p->doing, doing) || done < p->from) {
		free(p->doing);
		p->doing = must_strdup(doing);
		p->from = done;
		p->began = p->line = mono_now();
	}
	if (!isatty(STDERR_FILENO) || mono_since(p->line) < LINE_MS)
		return;
	p->line = mono_now();
	ms = mono_since(p->began);
	rate = ms ? (done - p->from) * 1000 / ms : 0;
	p->shown = true;
	fprintf(stderr, "\r\033[K%s %" PRId64 " of %" PRId64 "  %" PRId64 "/s", doing,
		done, of, rate);
	if (rate > 0 && of > done)
		fprintf(stderr, "  %" PRId64 " s left", (of - done) / rate);
}

/* ---- both sides ---- */

static int
open_log(struct bus **log, const char *path, struct err *err)
{
	struct bus_conf conf = { .log = path, .cluster = "log" };

	if (access(path, R_OK | W_OK))
		return err_errno(err, ERR_USAGE, "cannot open the embedded log %s", path);
	return bus_open(log, &conf, err);
}

/* [kafka] as it is configured, but for the brokers. */
static int
open_cluster(struct bus **bus, const struct program *p, const char *brokers,
	     struct err *err)
{
	size_t n, used = 0;
	const struct conf_pair *pairs = conf_pairs(p->conf, "kafka", &n);
	struct bus_setting *kafka = must_alloc((n + 1) * sizeof(*kafka));
	struct bus_conf conf = { .cluster = p->prefix, .kafka = kafka };
	int failed;

	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].name, "bootstrap.servers") &&
		    strcmp(pairs[i].name, "metadata.broker.list"))
			kafka[used++] =
			    (struct bus_setting){ pairs[i].name, pairs[i].value };
	kafka[used++] = (struct bus_setting){ "bootstrap.servers", brokers };
	conf.kafka_count = used;
	failed = bus_open(bus, &conf, err);
	free(kafka);
	return failed;
}

/* A replay under way knows its places by the log's offsets. */
static int
check_entry(const struct book_entry *e, struct arena *arena, struct err *err)
{
	struct replay_state s;

	arena_reset(arena);
	if (!e->state || e->wish == REPLAY_CANCEL ||
	    replay_state_parse(&s, e->state, e->size, arena, err) ||
	    s.status != REPLAY_RUNNING)
		return 0;
	return err_set(err, ERR_USAGE,
		       "the replay %s is not through, and its places mean nothing on the "
		       "cluster: run it to its end on the log, or `newswire replay cancel "
		       "%s`",
		       e->id, e->id);
}

static int
check_replays(const struct program *program, struct bus *log, struct err *err)
{
	const char *topic = program_name(program, "state");
	int partitions = bus_partitions(log, topic, err), failed = 0;
	struct book b = { 0 };
	struct arena arena;

	if (partitions <= 0)
		return partitions; /* without topics the copy says more */
	if (book_open(&b, log, topic, NULL, err))
		return -1;
	arena_init(&arena, 16 << 20);
	for (size_t i = 0; i < b.count && !failed; i++)
		failed = check_entry(&b.entries[i], &arena, err);
	arena_release(&arena);
	book_close(&b);
	return failed;
}

static int
copy(const struct program *program, const char *log, const char *brokers, bool dry,
     struct err *err)
{
	struct progress p = { 0 };
	struct copy_conf conf = { .prefix = program->prefix,
				  .dry = dry,
				  .say = say,
				  .count = count,
				  .arg = &p };
	int failed = open_log(&conf.from, log, err) ||
		     check_replays(program, conf.from, err) ||
		     open_cluster(&conf.to, program, brokers, err) ||
		     bus_copy(&conf, err);

	clear(&p);
	if (!failed && !dry)
		printf(
		    "done: put `bootstrap.servers = %s` into [kafka] and start the line. "
		    "The log is kept, and sealed.\n",
		    brokers);
	bus_close(conf.from);
	bus_close(conf.to);
	free(p.doing);
	return failed;
}

static int
forget(const struct program *program, const char *log, const char *brokers,
       struct err *err)
{
	struct copy_conf conf = { .prefix = program->prefix };
	size_t n = 0;
	int failed = open_log(&conf.from, log, err) ||
		     open_cluster(&conf.to, program, brokers, err) ||
		     bus_copy_forget(&conf, &n, err);

	bus_close(conf.from);
	bus_close(conf.to);
	if (!failed)
		printf("%zu records of the copy are forgotten\n", n);
	return failed;
}

static int
unseal(const char *path, struct err *err)
{
	struct bus *log = NULL;
	int failed = open_log(&log, path, err) || bus_unseal(log, err);

	bus_close(log);
	if (!failed)
		printf(
		    "%s is in use again; what was carried from it stays as it is on the "
		    "cluster\n",
		    path);
	return failed;
}

static int
run(const struct program *program, void *options, int argc, char **argv)
{
	const struct bus_options *o = options;
	struct err err;
	int failed;

	if (argc == 3 && !strcmp(argv[0], "copy"))
		failed = copy(program, argv[1], argv[2], o->dry_run, &err);
	else if (argc == 3 && !strcmp(argv[0], "forget"))
		failed = forget(program, argv[1], argv[2], &err);
	else if (argc == 2 && !strcmp(argv[0], "unseal"))
		failed = unseal(argv[1], &err);
	else
		failed =
		    err_set(&err, ERR_USAGE,
			    "say `copy LOG BROKERS`, `forget LOG BROKERS` or `unseal LOG`");
	return failed ? command_failed("bus", &err) : 0;
}

extern const struct command bus_command;
const struct command bus_command = {
	.name = "bus",
	.args = "copy LOG BROKERS | forget LOG BROKERS | unseal LOG",
	.help = "an embedded log is carried to a Kafka cluster",
	.text =
	    "copy    carries topics, ledger, states and the positions of groups of the "
	    "line\n"
	    "        with this --prefix from an embedded log to a cluster, each record "
	    "once, and\n"
	    "        compares both sides.  Nobody may run on the log.  Stopped or "
	    "killed, the\n"
	    "        same command goes on.  Settings of [kafka] count, but for the "
	    "brokers.\n"
	    "forget  takes away what the copy of a log left there, once no sink asks for "
	    "it\n"
	    "unseal  takes a log that was carried into use again\n\n"
	    "  newswire bus copy /var/lib/newswire/log.db kafka1:9092,kafka2:9092 "
	    "--dry-run\n"
	    "  newswire bus copy /var/lib/newswire/log.db kafka1:9092,kafka2:9092",
	.opts = bus_opts,
	.conf_size = sizeof(struct bus_options),
	.run = run,
};
