/*
 * The steps, each done once: sinks in one transaction each, the topic that all
 * others read, the epoch.  They are replays under names made of the epoch, so
 * a promote that was killed goes on where it was.
 */
#include "replay/promote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "event/event.h"
#include "ops/stop.h"
#include "record/event_diff.h"
#include "replay/book.h"
#include "replay/live.h"
#include "replay/source.h"
#include "work/epoch.h"

enum {
	BATCH = 1000,
	READ_MS = 200,
	ARENA = 64 << 20,
	MAX_GROUPS = 64,
	MAX_LAG = 500,
	MAX_DELAY_MS = 5
};

struct promotion {
	const struct promote_conf *conf;
	const char *enriched, *state;
	struct epoch before, after;
	struct arena before_arena, arena;
	struct filter *filter;
	int status;
};

/* ---- which extraction it is ---- */

/* "VERSION LEXICON" */
static const char *
lexicon_of(const struct bus_record *r, struct arena *arena)
{
	size_t n;
	const char *value = bus_header(r, "nw-extractor", &n),
		   *text = value ? arena_copy(arena, value, n) : NULL,
		   *blank = text ? strchr(text, ' ') : NULL;

	return blank ? blank + 1 : NULL;
}

static int
look_at(struct promotion *p, const struct bus_record *r, struct err *err)
{
	struct extraction x;
	const char *lexicon;

	if (!r->value)
		return 0;
	arena_reset(&p->arena);
	lexicon = lexicon_of(r, &p->arena);
	if (!lexicon || extraction_parse(&x, r->value, r->value_size, &p->arena, err))
		return err_set(err, ERR_USAGE,
			       "%s/%d offset %" PRId64 " is no record of enrich",
			       r->topic, r->partition, r->offset);
	if (!p->after.epoch)
		p->after = (struct epoch){ x.epoch, must_keep(must_strdup(lexicon)) };
	if (x.epoch == p->after.epoch && !strcmp(lexicon, p->after.lexicon))
		return 0;
	return err_set(
	    err, ERR_USAGE,
	    "%s has records of epoch %ld by lexicon %s and of epoch %ld by "
	    "lexicon %s: what is promoted must be of one extraction. Give each "
	    "a topic of its own",
	    r->topic, p->after.epoch, p->after.lexicon, x.epoch, lexicon);
}

static int
look_through(struct promotion *p, struct source *s, struct err *err)
{
	const struct bus_record *r;
	bool end = false;
	size_t n = 1;

	while (!(end && n == 0) && !stop_asked()) {
		if (s->type->read(s->state, &r, &n, BATCH, READ_MS, &end, err))
			return -1;
		for (size_t i = 0; i < n; i++)
			if (look_at(p, &r[i], err))
				return -1;
	}
	return stop_asked() ? err_set(err, ERR_RETRY, "stopped; run it again") : 0;
}

static int
look_at_topic(struct promotion *p, struct err *err)
{
	struct source_start start = { .bus = p->conf->bus,
				      .name = p->conf->topic,
				      .from_ms = INT64_MIN,
				      .to_ms = INT64_MAX };
	struct replay_place *places = NULL;
	struct source s = { 0 };
	size_t n;
	int failed = source_open(&s, &start, err) ||
		     s.type->fix(s.state, &places, &n, err) ||
		     s.type->begin(s.state, places, n, err) || look_through(p, &s, err);

	source_close(&s);
	free(places);
	if (failed)
		return -1;
	if (!p->after.epoch)
		return err_set(err, ERR_USAGE, "%s has no record in it", p->conf->topic);
	return 0;
}

static bool
is_current(const struct promotion *p)
{
	return p->before.epoch == p->after.epoch &&
	       !strcmp(p->before.lexicon, p->after.lexicon);
}

static int
check_epoch(const struct promotion *p, struct err *err)
{
	if (is_current(p) || p->after.epoch > p->before.epoch)
		return 0;
	return err_set(
	    err, ERR_USAGE,
	    "%s is of epoch %ld, and epoch %ld is current by now (lexicon %s): "
	    "send the articles through enrich anew",
	    p->conf->topic, p->after.epoch, p->before.epoch, p->before.lexicon);
}

/* ---- the steps ---- */

/* One replay; what is said of it goes to standard output. */
static int
replay(struct promotion *p, const char *id, const char *into, const char *sink_name,
       const struct sink_conf *sink, struct err *err)
{
	struct replay_job job = {
		.program = p->conf->program,
		.bus = p->conf->bus,
		.line = { .source = p->conf->topic, .into = into },
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.id = id,
		.reason = p->conf->reason,
		.by = p->conf->by,
		.filter = p->filter,
		.sink_name = sink_name,
		.sink = sink,
		.at_once = sink_name != NULL,
		.show = true,
	};
	struct pace_group groups[MAX_GROUPS];
	struct replay_report r;

	job.pace = (struct pace_conf){
		.max_lag = MAX_LAG,
		.max_delay_ms = MAX_DELAY_MS,
		.groups = groups,
		.group_count = job.at_once ? 0 /* it waits for us */
					   : live_groups(p->conf->program, into, NULL,
							 NULL, groups, MAX_GROUPS),
	};
	if (replay_run(&job, &r, err))
		return err_context(err, "%s", into);
	if (r.outcome == REPLAY_STOPPED)
		return err_set(err, ERR_RETRY, "stopped; run it again");
	if (r.outcome == REPLAY_WAS_CANCELLED)
		return err_set(err, ERR_USAGE, "replay %s was cancelled", id);
	printf("%s: %ld records%s%s\n", into, r.state.sent,
	       sink_name ? ", in one transaction" : "",
	       r.outcome == REPLAY_WAS_DONE ? ", before" : "");
	fflush(stdout);
	if (r.state.rejected > 0)
		p->status = 1;
	return 0;
}

/* A sink that was asked for by name and cannot is an error; another waits for the topic.
 */
static int
into_chosen(struct promotion *p, const char *name, const struct sink_conf *sink,
	    bool is_asked, struct err *err)
{
	const char *topic = sink->topic && *sink->topic ? sink->topic : p->enriched;
	char *id, *into;
	int failed;

	if (!sink->chosen->at_once && is_asked)
		return err_set(err, ERR_USAGE,
			       "sink %s is of type %s, which takes no stretch in one "
			       "transaction; it has it from %s, article by article",
			       name, sink->chosen->name, p->enriched);
	if (!sink->chosen->at_once || (!is_asked && strcmp(topic, p->enriched)))
		return 0;
	id = must_printf("promote-%ld-%s", p->after.epoch, name);
	into = must_printf("sink:%s", name);
	failed = replay(p, id, into, name, sink, err);
	free(id);
	free(into);
	return failed;
}

static int
into_sink(struct promotion *p, const char *name, bool is_asked, struct err *err)
{
	char *flags[] = { NULL };
	struct sink_conf sink;
	int none = 0, failed = sink_configure(&sink, p->conf->program->conf, name, &none,
					      flags, err) ||
			       into_chosen(p, name, &sink, is_asked, err);

	sink_conf_release(&sink);
	return failed ? -1 : 0;
}

static int
into_asked(struct promotion *p, struct err *err)
{
	char *save, *list = must_strdup(p->conf->sinks),
		    *name = strtok_r(list, ",", &save);
	int failed = 0;

	for (; name && !failed; name = strtok_r(NULL, ",", &save))
		failed = into_sink(p, name, true, err);
	free(list);
	return failed;
}

/* Without a configured sink: what `newswire run` starts, if it was started here. */
static int
into_sinks(struct promotion *p, struct err *err)
{
	const struct program *program = p->conf->program;
	char *path = must_printf("%s/sqlite.db", program->state);
	bool is_there = !access(path, F_OK);
	size_t n;
	const char *const *names = conf_names(program->conf, "sink", &n);

	free(path);
	if (p->conf->sinks)
		return into_asked(p, err);
	if (n == 0)
		return is_there ? into_sink(p, "sqlite", false, err) : 0;
	for (size_t i = 0; i < n; i++)
		if (into_sink(p, names[i], false, err))
			return -1;
	return 0;
}

static int
into_topic(struct promotion *p, struct err *err)
{
	char *id = must_printf("promote-%ld", p->after.epoch);
	int failed = replay(p, id, p->enriched, NULL, NULL, err);

	free(id);
	return failed;
}

static int
send_epoch(struct promotion *p, struct err *err)
{
	const char *id = program_name(p->conf->program, "promote");
	struct bus_role role = { .id = id, .sends = &p->state, .send_count = 1 };
	struct bus_member *m = NULL;
	struct bus_record r;
	struct buf value;
	int failed;

	buf_init(&value, 4096);
	epoch_print(&p->after, &value);
	r = book_record(p->state, EPOCH_KEY, &value);
	failed = buf_check(&value, err) || bus_join(p->conf->bus, &role, &m, err) ||
		 bus_begin(m, err) || bus_send(m, &r, err) || bus_commit(m, NULL, 0, err);
	bus_leave(m);
	buf_release(&value);
	return failed ? -1 : 0;
}

static int
make_current(struct promotion *p, struct err *err)
{
	if (!is_current(p) && send_epoch(p, err))
		return -1;
	printf("epoch %ld, lexicon %s: %s\n", p->after.epoch, p->after.lexicon,
	       is_current(p) ? "was current before" : "is current");
	return 0;
}

/* ---- the whole ---- */

/* The lexicon that is installed gets the next epoch, if it has none of its own. */
static int
promote_lexicon(struct promotion *p, struct err *err)
{
	const struct program *program = p->conf->program;
	struct extract *x = extract_new(program->lexicon, 1, err);
	const char *lexicon;
	long setting;

	if (!x)
		return -1;
	lexicon = must_keep(must_strdup(extract_lexicon(x)));
	extract_free(x);
	if (epoch_setting(program->conf, &setting, err))
		return -1;
	p->after = epoch_next(setting, lexicon, &p->before);
	return make_current(p, err);
}

static int
promote_topic(struct promotion *p, struct err *err)
{
	struct filter_start all = { .event_from_ms = INT64_MIN,
				    .event_to_ms = INT64_MAX };

	if (!strcmp(p->conf->topic, p->enriched))
		return err_set(err, ERR_USAGE, "%s is what is current", p->enriched);
	return filter_new(&p->filter, &all, err) || look_at_topic(p, err) ||
		       check_epoch(p, err) || into_sinks(p, err) || into_topic(p, err) ||
		       make_current(p, err)
		   ? -1
		   : 0;
}

int
promote(const struct promote_conf *conf, struct err *err)
{
	struct promotion p = { .conf = conf,
			       .enriched = program_name(conf->program, "enriched"),
			       .state = program_name(conf->program, "state") };
	int failed;

	arena_init(&p.arena, ARENA);
	arena_init(&p.before_arena, ARENA);
	failed = epoch_read(conf->bus, p.state, &p.before, &p.before_arena, err) ||
		 (conf->topic ? promote_topic(&p, err) : promote_lexicon(&p, err));
	filter_free(p.filter);
	arena_release(&p.arena);
	arena_release(&p.before_arena);
	return failed ? -1 : p.status;
}
