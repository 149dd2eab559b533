/*
 * newswire run: everything on one machine.  Starts watch, the enrich workers,
 * the story worker if it is wanted, alert where there are rules, and the sinks as child
 * processes, starts again what dies, and says how it
 * goes in one line.  With --once it ends when the last file is through: first
 * watch by itself, then each stage when nothing is left for it to read.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "ops/board.h"
#include "ops/command.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "sink/sink.h"
#include "sink/summary.h"
#include "text/safe.h"
#include "text/grid.h"
#include "work/supervise.h"
#include "work/topics.h"

enum { MOST_CHILDREN = 64, MOST_FLAGS = 32, WATCH = 0, TURN_MS = 100, LINE_MS = 500 };

struct run_conf {
	bool once, story;
	int workers, stop_ms;
};

static const struct opt run_opts[] = {
	FLAG(struct run_conf, once, "false",
	     "end when every file that is there now is through"),
	OPT(struct run_conf, workers, "1", 1, 32, "enrich workers"),
	OPT(struct run_conf, story, "false", 0, 0,
	    "group articles into stories too; a sink without a topic of its own reads those"),
	OPT(struct run_conf, stop_ms, "15000", 100, 600000,
	    "how long workers may take to stop before they are killed"),
	{ 0 },
};

/* What a child reads: the stage is through when its lag is 0. */
struct stage {
	const char *group, *topic;
	size_t first, count; /* its children */
};

struct run {
	const struct program *program;
	struct run_conf conf;
	struct bus *bus;
	struct board *board;
	struct child children[MOST_CHILDREN];
	size_t child_count;
	struct stage stages[MOST_CHILDREN];
	size_t stage_count, through;   /* stages that are done, with --once */
	const char *flags[MOST_FLAGS]; /* what all children get */
	size_t flag_count;
	const char *database; /* of the first SQLite sink; NULL */
	int64_t *dead_before; /* ends of the dead letters' partitions at the start */
	int dead_partitions;
	struct mono line_at;
	int64_t last_stored;
};

/* ---- one at a time ---- */

/* The lock file says who holds it. */
static int
take_state(const struct program *p, int argc, char **argv, struct err *err)
{
	char *path = must_printf("%s/run.lock", p->state), holder[512] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		err_errno(err, ERR_USAGE, "cannot open %s", path);
	free(path);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		ssize_t n = read(fd, holder, sizeof(holder) - 1);

		close(fd);
		return err_set(err, ERR_USAGE,
			       "%s is held by another run (%.*s); stop it first, or "
			       "choose another --state",
			       p->state, n > 0 ? (int)n : 0, holder);
	}
	if (ftruncate(fd, 0))
		return err_errno(err, ERR_USAGE, "cannot write the lock in %s", p->state);
	dprintf(fd, "pid %d:", (int)getpid());
	for (int i = 0; i < argc; i++)
		dprintf(fd, " %s", argv[i]);
	return 0; /* open until the process ends */
}

/* ---- the children ---- */

static void
add_flag(struct run *r, const char *name, const char *value)
{
	if (!value || r->flag_count + 2 > MOST_FLAGS)
		return;
	r->flags[r->flag_count++] = must_strdup(name);
	r->flags[r->flag_count++] = value;
}

static void
add_flags(struct run *r)
{
	const struct program *p = r->program;

	add_flag(r, "--config", conf_path(p->conf));
	add_flag(r, "--prefix", p->prefix);
	add_flag(r, "--state", p->state);
	add_flag(r, "--log", p->log);
	add_flag(r, "--lexicon", p->lexicon);
	add_flag(r, "--max-log-bytes", must_printf("%" PRId64, p->max_log_bytes));
	if (p->verbosity)
		r->flags[r->flag_count++] = p->verbosity > 0 ? "--verbose" : "--quiet";
}

static struct child *
add_child(struct run *r, const char *name, const char *const *words, size_t n)
{
	struct child *c = &r->children[r->child_count];
	const char **argv = must_alloc((n + r->flag_count + 3) * sizeof(*argv));
	size_t k = 0;

	argv[k++] = r->program->self;
	argv[k++] = name;
	for (size_t i = 0; i < r->flag_count; i++)
		argv[k++] = r->flags[i];
	for (size_t i = 0; i < n; i++)
		argv[k++] = words[i];
	*c = (struct child){
		.name = name, .argv = argv, .board = r->board, .row = r->child_count
	};
	r->child_count++;
	return c;
}

static void
add_stage(struct run *r, const char *group, const char *topic, size_t children)
{
	r->stages[r->stage_count++] =
	    (struct stage){ must_printf("%s.%s", r->program->prefix, group), topic,
			    r->child_count - children, children };
}

static void
add_watch(struct run *r, int argc, char **argv)
{
	const char **words = must_alloc(((size_t)argc + 1) * sizeof(*words));
	size_t n = 0;

	if (r->conf.once)
		words[n++] = "--once";
	for (int i = 0; i < argc; i++)
		words[n++] = argv[i];
	add_child(r, "watch", words, n)->once = r->conf.once;
	free(words);
}

/* Of a sink that names none. */
static const char *
sink_topic(const struct run *r)
{
	return program_name(r->program, r->conf.story ? "stories" : "enriched");
}

static int
add_sink(struct run *r, const char *name, struct err *err)
{
	struct sink_conf conf;
	char *no_flags[1] = { NULL }, *group;
	int none = 0, failed;

	failed = sink_configure(&conf, r->program->conf, name, &none, no_flags, err);
	if (!failed && r->child_count == MOST_CHILDREN)
		failed = err_set(err, ERR_USAGE, "more than %d workers", MOST_CHILDREN);
	if (!failed) {
		const char *topic = conf.topic && *conf.topic ? conf.topic : sink_topic(r),
			   *words[] = { name, "--topic", topic };

		add_child(r, "sink", words, LENGTH(words))->name =
		    must_keep(must_printf("sink %s", name));
		group = must_printf("sink.%s", name);
		add_stage(r, group, topic, 1);
		free(group);
		if (!r->database && !strcmp(conf.chosen->name, "sqlite"))
			r->database =
			    sink_sqlite_path(conf.own, r->program->state, name);
	}
	sink_conf_release(&conf);
	return failed;
}

static int
add_sinks(struct run *r, struct err *err)
{
	size_t n;
	const char *const *names = conf_names(r->program->conf, "sink", &n);

	if (!n)
		return add_sink(r, "sqlite", err);
	for (size_t i = 0; i < n; i++)
		if (add_sink(r, names[i], err))
			return -1;
	return 0;
}

/* Alerts are for who has rules, and of stories. */
static bool
has_rules(const struct run *r)
{
	enum conf_source source;
	const char *rules = conf_text(r->program->conf, "alert", NULL, "rules", &source);

	return rules && *rules;
}

/* A process each: one that hangs holds up no other, nor the end of run --once. */
static void
add_channels(struct run *r)
{
	size_t n;
	const char *const *names = conf_names(r->program->conf, "channel", &n);

	for (size_t i = 0; i < n && r->child_count < MOST_CHILDREN; i++) {
		const char *words[] = { "--channel", names[i] };

		add_child(r, "alert", words, LENGTH(words))->name =
		    must_keep(must_printf("channel %s", names[i]));
	}
}

static int
add_children(struct run *r, int argc, char **argv, struct err *err)
{
	bool alerts = has_rules(r);

	r->conf.story = r->conf.story || alerts;
	add_flags(r);
	add_watch(r, argc, argv);
	for (int i = 0; i < r->conf.workers; i++)
		add_child(r, "enrich", NULL, 0);
	add_stage(r, "enrich", program_name(r->program, "articles"),
		  (size_t)r->conf.workers);
	if (r->conf.story) {
		add_child(r, "story", NULL, 0);
		add_stage(r, "story", program_name(r->program, "enriched"), 1);
	}
	if (alerts) {
		add_child(r, "alert", NULL, 0);
		add_stage(r, "alert", program_name(r->program, "stories"), 1);
		add_channels(r);
	}
	return add_sinks(r, err);
}

/* ---- how it goes ---- */

static int64_t
sum(const struct run *r, const char *child, const char *counter)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->child_count; i++)
		if (!strcmp(r->children[i].argv[1], child))
			n += board_get(r->board, i, counter);
	return n;
}

static void
say_line(struct run *r)
{
	int64_t ms = mono_since(r->line_at), stored;

	if (!isatty(STDERR_FILENO) || ms < LINE_MS)
		return;
	stored = sum(r, "sink", "newswire_records_total");
	fprintf(stderr,
		"\r\033[Kpublished %" PRId64 "  enriched %" PRId64 "  stored %" PRId64
		"  dead letters %" PRId64 "  %" PRId64 "/s",
		sum(r, "watch", "newswire_watch_published_total"),
		sum(r, "enrich", "newswire_records_total"), stored,
		sum(r, "watch", "newswire_watch_rejected_total") +
		    sum(r, "enrich", "newswire_deadletters_total") +
		    sum(r, "sink", "newswire_deadletters_total"),
		(stored - r->last_stored) * 1000 / (ms ? ms : 1));
	r->last_stored = stored;
	r->line_at = mono_now();
}

/* What a stage before this one just committed may not be seen yet: then no lag is none. */
static int
stage_through(struct run *r, const struct stage *s, bool *through, struct err *err)
{
	int64_t lag;

	*through = false;
	if (bus_lag(r->bus, s->group, s->topic, &lag, err))
		return -1;
	if (lag)
		return 0;
	if (bus_settled(r->bus, s->topic, through, err))
		return -1;
	if (*through && bus_lag(r->bus, s->group, s->topic, &lag, err))
		return -1;
	*through = *through && !lag;
	return 0;
}

/* Stage after stage, since each feeds the next.  True when the last one is through. */
static bool
is_through(struct run *r)
{
	struct err err;
	bool through = r->children[WATCH].ended;

	while (through && r->through < r->stage_count) {
		if (stage_through(r, &r->stages[r->through], &through, &err))
			log_warn("%s", err.text);
		r->through += through;
	}
	return through;
}

static int
work(struct run *r, struct err *err)
{
	while (!stop_asked()) {
		if (supervise(r->children, r->child_count, err))
			return -1;
		if (r->conf.once && is_through(r))
			return 0;
		say_line(r);
		supervise_wait(TURN_MS);
	}
	return 0;
}

/* ---- dead letters of this run, counted on the bus itself ---- */

static int
note_dead(struct run *r, struct err *err)
{
	const char *topic = program_name(r->program, "deadletter");

	r->dead_partitions = bus_partitions(r->bus, topic, err);
	if (r->dead_partitions < 0)
		return -1;
	r->dead_before =
	    must_alloc((size_t)r->dead_partitions * sizeof(*r->dead_before) + 1);
	for (int i = 0; i < r->dead_partitions; i++)
		if (bus_offset(r->bus, topic, i, BUS_END, &r->dead_before[i], err))
			return -1;
	return 0;
}

/* Files and reasons hold anybody's bytes. */
static void
say_dead(const struct bus_record *r)
{
	size_t n, m;
	const char *why = bus_header(r, "__connect.errors.exception.message", &n);
	const char *file = bus_header(r, "nw-file", &m);
	struct buf line;

	buf_init(&line, 64 << 10);
	if (!file) {
		file = r->key;
		m = file ? r->key_size : 0;
	}
	safe_text(&line, file ? file : "", m, false);
	buf_adds(&line, ": ");
	safe_text(&line, why ? why : "", why ? n : 0, false);
	fprintf(stderr, "  %s\n", line.data);
	buf_release(&line);
}

static int
count_one(void *count, const struct bus_record *r, struct err *err)
{
	(void)err;
	if ((*(int64_t *)count)++ < 20)
		say_dead(r);
	return 0;
}

static int
count_dead(struct run *r, int64_t *count, struct err *err)
{
	struct bus_reader *reader;
	int failed = 0;

	*count = 0;
	if (bus_read_open(r->bus, program_name(r->program, "deadletter"), &reader, err))
		return -1;
	for (int i = 0; i < r->dead_partitions && !failed; i++)
		failed = bus_read_seek(reader, i, r->dead_before[i], err);
	failed = failed || bus_read_rest(reader, count_one, count, err);
	bus_read_close(reader);
	return failed ? -1 : 0;
}

static int
summarise(struct run *r, int64_t *dead, struct err *err)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (r->database && summary_print(r->database, stdout, grid_terminal(120), err))
		return -1;
	if (r->database)
		printf("\nThe database is %s.  Try next:\n"
		       "  %s query --path %s WORDS    articles that have them\n"
		       "  %s query --path %s 'SELECT * FROM who_did_what LIMIT 10'\n"
		       "  %s explain FILE    what was found in a file, and why\n"
		       "  %s run DIR         the same for your own files, until Ctrl-C\n",
		    r->database, r->program->self, r->database, r->program->self,
		    r->database, r->program->self, r->program->self);
	fflush(stdout);
	if (count_dead(r, dead, err))
		return -1;
	if (*dead)
		fprintf(stderr, "%" PRId64 " set aside; `%s dlq list` has them\n", *dead,
			r->program->self);
	return 0;
}

/* ---- beginning and end ---- */

static int
open_run(struct run *r, int argc, char **argv, struct err *err)
{
	if (take_state(r->program, argc, argv, err) ||
	    (r->conf.once ? program_bus(r->program, &r->bus, err)
			  : program_bus_wait(r->program, NULL, &r->bus, err)) ||
	    topics_make(r->program, r->bus, err) || note_dead(r, err) ||
	    board_open(&r->board, MOST_CHILDREN, err))
		return -1;
	return add_children(r, argc, argv, err);
}

static int
run(const struct program *program, void *conf, int argc, char **argv)
{
	struct run *r = must_keep(must_alloc(sizeof(*r)));
	struct err err;
	int64_t dead = 0;
	int status = 0;

	r->program = program;
	r->conf = *(const struct run_conf *)conf;
	if (open_run(r, argc, argv, &err))
		return command_failed("run", &err);
	if (work(r, &err))
		status = command_failed("run", &err);
	supervise_stop(r->children, r->child_count, r->conf.stop_ms);
	if (!status && r->conf.once && !stop_asked() && summarise(r, &dead, &err))
		status = command_failed("run", &err);
	if (!status && (dead || r->children[WATCH].status == 1))
		status = 1;
	bus_close(r->bus);
	board_close(r->board);
	return status;
}

extern const struct command run_command;
const struct command run_command = {
	.name = "run",
	.args = "[--once] DIR...",
	.help = "everything on one machine: watch, enrich, sinks, kept alive",
	.text = "Starts the workers as child processes and starts again what dies.  "
		"Without brokers in\n"
		"[kafka] they share the embedded log in the state directory.  The sinks "
		"are the\n"
		"[sink NAME] sections; without any, SQLite in the state directory.\n\n"
		"  newswire run --once demo/       once over these files, then a table "
		"of events\n"
		"  newswire run /var/spool/wires   until Ctrl-C",
	.section = "run",
	.opts = run_opts,
	.conf_size = sizeof(struct run_conf),
	.needs_state = true,
	.run = run,
};
