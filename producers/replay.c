/*
 * newswire replay: a stretch of the log again, into a topic or a sink; what
 * replays there are, and what they are asked.  What a replay does is in
 * common/replay.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "replay/progress.h"
#include "replay/live.h"
#include "replay/replay.h"
#include "replay/through.h"
#include "replay/verbs.h"
#include "replay/verify.h"

struct replay_conf {
	const char *from, *to, *event_from, *event_to, *where, *keys, *into;
	const char *through, *rate, *speed, *allow_effects, *reason, *id, *yield_to;
	int64_t limit, max_lag;
	int max_delay_ms;
	bool dry_run, verify;
};

#define S struct replay_conf
static const struct opt replay_opts[] = {
	FLAG(S, from, NULL, "from this time on: when the record came on the bus"),
	FLAG(S, to, NULL, "up to, not with, this time (the end as it is at the start)"),
	FLAG(S, event_from, NULL, "only records whose event time is not before this"),
	FLAG(S, event_to, NULL, "only records whose event time is before this"),
	FLAG(S, where, NULL, "only records of which this jq program is true"),
	FLAG(S, keys, NULL, "only records with one of the keys in this file, one a line"),
	FLAG(S, into, NULL, "where to: a topic, or sink:NAME"),
	FLAG(S, through, NULL,
	     "enrich: each article becomes an enriched record of this lexicon"),
	FLAG(S, limit, "0", "so many records, then it is done (0: all)"),
	FLAG(S, allow_effects, NULL,
	     "sinks that append, or act on the world, and are to take it all the same: "
	     "NAME,NAME"),
	FLAG(S, reason, NULL, "said in every record and in the list of replays"),
	FLAG(S, id, NULL,
	     "its name (made of the line); the same line runs anew under another"),
	FLAG(S, dry_run, "false", "read, filter and count; write nothing"),
	FLAG(S, verify, "false",
	     "at the end compare what lies in the topic with the stretch"),
	OPT(S, rate, "max", 0, 0, "records a second: 500/s"),
	OPT(S, speed, "max", 0, 0, "times as fast as the records came: 60x"),
	OPT(S, max_lag, "500", 0, INT64_MAX,
	    "records that those who read the target live may be behind; above it the "
	    "replay waits (0: it does not look)"),
	OPT(S, max_delay_ms, "5", 0, 60000,
	    "and no more at once than keep them busy for so many milliseconds (0: "
	    "max_lag alone counts)"),
	OPT(S, yield_to, NULL, 0, 0,
	    "their groups: GROUP,GROUP (the workers and sinks of this configuration)"),
	{ 0 },
};
#undef S

enum { MAX_NAMES = 64 };

struct command_line {
	const struct program *program;
	const struct replay_conf *conf;
	struct bus *bus;
	struct replay_job job;
	struct through through;
	struct sink_conf sink;
	const char *names[MAX_NAMES];
	struct pace_group groups[MAX_NAMES];
};

/* ---- words ---- */

static int
parse_time(const char *name, const char *text, int64_t none, int64_t *ms, struct err *err)
{
	struct wall t = { none };

	if (text && wall_parse(&t, text))
		return err_set(err, ERR_USAGE,
			       "--%s '%s' is no time; say 2026-11-24 or "
			       "2026-11-24T08:15:00Z",
			       name, text);
	*ms = t.ms;
	return 0;
}

/* "max", or a number with or without its unit behind it. */
static int
parse_pace(const char *name, const char *text, const char *unit, double *value,
	   struct err *err)
{
	char *end;

	*value = 0;
	if (!text || !strcmp(text, "max"))
		return 0;
	*value = strtod(text, &end);
	if (end != text && *value > 0 && *value < 1e9 && (!*end || !strcmp(end, unit)))
		return 0;
	return err_set(err, ERR_USAGE, "%s '%s' is neither max nor a number: say 60%s",
		       name, text, unit);
}

/* ---- the job that a line means ---- */

static bool
is_among(const struct names *names, const char *word)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i], word))
			return true;
	return false;
}

/* A sink that appends would only pass over what is replayed, unless it is named. */
static int
choose_sink(struct command_line *c, struct err *err)
{
	struct replay_job *job = &c->job;
	char *flags[] = { NULL };
	int none = 0;

	if (strncmp(job->line.into, "sink:", 5))
		return 0;
	if (c->conf->verify)
		return err_set(err, ERR_USAGE,
			       "--verify compares topics; a sink holds its own form of "
			       "the records");
	job->sink_name = job->line.into + 5;
	if (sink_configure(&c->sink, c->program->conf, job->sink_name, &none, flags, err))
		return -1;
	job->sink = &c->sink;
	if ((c->sink.chosen->kind == SINK_STATE &&
	     c->sink.chosen->effect == SINK_IDEMPOTENT) ||
	    is_among(&job->line.effects, job->sink_name))
		return 0;
	return err_set(err, ERR_USAGE,
		       "sink %s appends, or acts on the world: what it has had before it "
		       "would have twice. If that is meant, say --allow-effects %s",
		       job->sink_name, job->sink_name);
}

static int
fill_filter(struct command_line *c, struct err *err)
{
	const struct replay_conf *conf = c->conf;
	struct filter_start start = { .keys = conf->keys, .where = conf->where };

	if (parse_time("event-from", conf->event_from, INT64_MIN, &start.event_from_ms,
		       err) ||
	    parse_time("event-to", conf->event_to, INT64_MAX, &start.event_to_ms, err) ||
	    filter_new(&c->job.filter, &start, err))
		return -1;
	c->job.line.keys = filter_keys_sha256(c->job.filter);
	return 0;
}

static int
fill_line(struct command_line *c, const char *source, struct err *err)
{
	const struct replay_conf *conf = c->conf;
	struct replay_job *job = &c->job;

	if (!conf->into || !*conf->into)
		return err_set(err, ERR_USAGE,
			       "where to? --into TOPIC or --into sink:NAME");
	job->line = (struct replay_line){
		.source = source,
		.into = conf->into,
		.from = conf->from,
		.to = conf->to,
		.event_from = conf->event_from,
		.event_to = conf->event_to,
		.where = conf->where,
		.limit = (long)conf->limit,
		.effects = { c->names,
			     live_names(conf->allow_effects, c->names, MAX_NAMES) },
	};
	if (conf->limit < 0)
		return err_set(err, ERR_USAGE, "--limit is a number of records");
	if (conf->id && (strchr(conf->id, '/') || !*conf->id))
		return err_set(err, ERR_USAGE, "--id is one word without a slash");
	return 0;
}

static int
choose_through(struct command_line *c, struct err *err)
{
	const char *name = c->conf->through;
	struct replay_job *job = &c->job;

	if (!name)
		return 0;
	if (job->sink_name || c->conf->verify)
		return err_set(
		    err, ERR_USAGE,
		    "--through makes other records, for a topic and nothing to "
		    "--verify: send them into a topic, then that into a sink");
	if (through_open(&c->through, c->program, c->bus, name, job->line.into, err))
		return -1;
	job->through = &c->through.step;
	job->line.through = c->through.said;
	return 0;
}

static int
fill_job(struct command_line *c, const char *source, struct err *err)
{
	const struct replay_conf *conf = c->conf;
	struct replay_job *job = &c->job;
	double rate;

	job->program = c->program;
	job->bus = c->bus;
	job->id = conf->id;
	job->reason = conf->reason;
	job->by = program_user();
	job->show = c->program->verbosity >= 0;
	job->pace.max_lag = conf->max_lag;
	job->pace.max_delay_ms = conf->max_delay_ms;
	if (fill_line(c, source, err) ||
	    parse_time("from", conf->from, INT64_MIN, &job->from_ms, err) ||
	    parse_time("to", conf->to, INT64_MAX, &job->to_ms, err) ||
	    parse_pace("rate", conf->rate, "/s", &rate, err) ||
	    parse_pace("speed", conf->speed, "x", &job->pace.speed, err) ||
	    fill_filter(c, err) || choose_sink(c, err) || choose_through(c, err))
		return -1;
	job->pace.rate = rate > 0 && rate < 1 ? 1 : (int64_t)rate;
	if (job->from_ms >= job->to_ms)
		return err_set(err, ERR_USAGE, "--from %s is not before --to %s",
			       conf->from, conf->to);
	job->pace.groups = c->groups;
	job->pace.group_count = live_groups(c->program, job->line.into, job->sink_name,
					    conf->yield_to, c->groups, MAX_NAMES);
	return 0;
}

/* ---- running one ---- */

static int
verify(const struct replay_job *job, const struct replay_report *r, bool *equal,
       struct err *err)
{
	struct verify_pair *pairs;
	size_t n;

	if (replay_verify(job, &r->state, &pairs, &n, err))
		return -1;
	*equal = true;
	for (size_t i = 0; i < n; i++) {
		*equal &= pairs[i].equal;
		printf("partition %zu: %ld records of the stretch, %ld there, %s\n", i,
		       pairs[i].meant.count, pairs[i].found.count,
		       pairs[i].equal ? "the same"
		       : pairs[i].meant.count == pairs[i].found.count
			   ? "NOT the same content"
			   : "NOT the same");
	}
	free(pairs);
	return 0;
}

static int
report_end(const struct replay_job *job, const struct replay_report *r)
{
	const struct replay_state *s = &r->state;

	switch (r->outcome) {
	case REPLAY_FINISHED:
		printf(
		    "replay %s: done in %.1f s: %ld records read, %ld sent into %s, %ld "
		    "set aside\n",
		    s->id, (double)r->ms / 1000, s->read, s->sent, job->line.into,
		    s->rejected);
		return s->rejected > 0;
	case REPLAY_WAS_DONE:
		printf(
		    "replay %s: was done at %s, with %ld records sent into %s; nothing "
		    "is left to do (with --id NAME the same line runs anew)\n",
		    s->id, s->at, s->sent, job->line.into);
		return 0;
	case REPLAY_WAS_CANCELLED:
		printf(
		    "replay %s: cancelled after %ld records sent into %s, which stay\n",
		    s->id, s->sent, job->line.into);
		return 1;
	case REPLAY_STOPPED:
		printf("replay %s: stopped at %.1f %%, after %ld records; the same line "
		       "goes on from there\n",
		       s->id, (double)progress_share(s) / 100, s->sent);
		return 75;
	}
	return 1;
}

static int
foresee(const struct command_line *c, struct err *err)
{
	struct replay_forecast f;
	char first[WALL_TEXT], last[WALL_TEXT];

	if (replay_foresee(&c->job, &f, err)) {
		free(f.places);
		return -1;
	}
	for (size_t i = 0; i < f.place_count; i++)
		printf("%s partition %d: offsets %ld to %ld\n", c->job.line.source,
		       f.places[i].partition, f.places[i].from, f.places[i].end);
	printf("%ld records read, %ld of them (%.1f MB) would go into %s", f.read,
	       f.meant, (double)f.bytes / 1e6, c->job.line.into);
	if (f.meant > 0)
		printf("; they came from %s to %s",
		       wall_text((struct wall){ f.first_ms }, first),
		       wall_text((struct wall){ f.last_ms }, last));
	printf("\n");
	free(f.places);
	return 0;
}

static int
run_and_report(const struct command_line *c, struct err *err)
{
	struct replay_report r;
	bool equal = true;
	int status;

	if (replay_run(&c->job, &r, err))
		return command_failed("replay", err);
	status = report_end(&c->job, &r);
	fflush(stdout);
	if (!c->conf->verify || r.state.status != REPLAY_DONE)
		return status;
	if (verify(&c->job, &r, &equal, err))
		return command_failed("replay", err);
	return equal ? status : 1;
}

static int
run_line(const struct program *p, const struct replay_conf *conf, const char *source)
{
	struct command_line c = { .program = p, .conf = conf };
	struct err err;
	int status = 0;

	if (program_bus(p, &c.bus, &err) || fill_job(&c, source, &err) ||
	    (conf->dry_run && foresee(&c, &err)))
		status = command_failed("replay", &err);
	else if (!conf->dry_run)
		status = run_and_report(&c, &err);
	filter_free(c.job.filter);
	through_close(&c.through);
	sink_conf_release(&c.sink);
	bus_close(c.bus);
	return status;
}

/* ---- the command ---- */

static int
run(const struct program *p, void *conf, int argc, char **argv)
{
	struct err err;

	if (replay_is_verb(argc, argv))
		return replay_verb(p, argc, argv, &err) ? command_failed("replay", &err)
							: 0;
	if (argc == 1 && argv[0][0] != '-')
		return run_line(p, conf, argv[0]);
	err_set(&err, ERR_USAGE,
		"say TOPIC --into TOPIC, or list, or show, pause, resume, cancel with an "
		"ID; see --help");
	return command_failed("replay", &err);
}

extern const struct command replay_command;
const struct command replay_command = {
	.name = "replay",
	.args = "TOPIC --into TOPIC|sink:NAME | list | show|pause|resume|cancel ID",
	.help = "a stretch of a topic again, into a topic or a sink",
	.text =
	    "Reads a stretch of a topic, or of an archive of JSON Lines, and sends its "
	    "records\n"
	    "again, marked, each once: a line that was killed goes on when it is run "
	    "again.\n\n"
	    "    newswire replay news.articles --from 2026-11-01 --to 2026-11-08 \\\n"
	    "        --into news.articles --reason 'new lexicon'\n"
	    "    newswire replay ./archive/news.enriched --into sink:sqlite",
	.section = "replay",
	.opts = replay_opts,
	.conf_size = sizeof(struct replay_conf),
	.needs_state = true,
	.run = run,
};
