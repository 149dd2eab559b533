/*
 * What a replay is: from its state, or fixed anew.
 *
 * The order matters.  Joining fences whoever runs the same line and ends its
 * open transaction; only then does the state topic say how far it came.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "replay/run.h"
#include "time/clock.h"
#include "work/topics.h"
#include "work/worker.h"

#define DAY_MS INT64_C(86400000)

/* ---- where to ---- */

/* Nothing is made for a stretch that is not there. */
static int
check_stretch(struct replay_run *run, struct err *err)
{
	struct replay_place *places;
	size_t n;

	if (run->source.type->fix(run->source.state, &places, &n, err))
		return -1;
	free(places);
	return 0;
}

static int
need_target(struct replay_run *run, struct err *err)
{
	const struct replay_job *job = run->job;
	struct topics_conf conf;
	struct bus_topic topic = { .name = job->line.into };

	if (job->sink_name)
		return 0;
	run->partitions = bus_partitions(job->bus, job->line.into, err);
	if (run->partitions)
		return run->partitions < 0 ? -1 : 0;
	if (check_stretch(run, err) || conf_fill(job->program->conf, topics_section.name,
						 NULL, topics_section.opts, &conf, err))
		return -1;
	topic.partitions = run->partitions = conf.partitions;
	topic.retention_ms = (int64_t)conf.retention_days * DAY_MS;
	log_info("topic %s: is made", topic.name);
	return bus_topics(job->bus, &topic, 1, false, NULL, NULL, err);
}

static int
open_sink(struct replay_run *run, struct err *err)
{
	const struct replay_job *job = run->job;
	struct sink_start start = { .name = job->sink_name,
				    .state = job->program->state,
				    .cluster = bus_cluster(job->bus),
				    .arena = &run->arena,
				    .replayed = true,
				    .reject = transfer_reject,
				    .arg = run };

	if (!job->sink_name)
		return 0;
	sink_conf_start(job->sink, &start);
	return sink_open(&run->sink, job->sink->chosen, &start, err);
}

/* A record that a worker dies of is set aside here as there. */
static int
open_journal(struct replay_run *run, struct err *err)
{
	const struct program *p = run->job->program;
	struct worker_conf conf;

	if (!run->job->through)
		return 0;
	if (conf_fill(p->conf, "worker", NULL, worker_section.opts, &conf, err) ||
	    journal_open(&run->journal, p->state, run->role, 0, conf.budget_ms,
			 conf.drain_ms, err))
		return -1;
	journal_of(run->journal, bus_cluster(run->job->bus));
	return 0;
}

static int
join(struct replay_run *run, struct err *err)
{
	const char *sends[] = { run->topic, run->deadletter, run->job->line.into };
	struct bus_role role = { .id = run->role,
				 .sends = sends,
				 .send_count = run->job->sink_name ? 2 : 3 };

	return bus_join(run->job->bus, &role, &run->member, err);
}

/* The same id for another line can only be one that was given by hand. */
static int
read_state(struct replay_run *run, const struct book_entry *e, struct err *err)
{
	char before[REPLAY_ID], now[REPLAY_ID];

	if (replay_state_parse(&run->state, e->state, e->size, &run->memory, err))
		return -1;
	replay_line_id(&run->state.line, before);
	replay_line_id(&run->job->line, now);
	if (!strcmp(before, now))
		return 0;
	return err_set(err, ERR_USAGE,
		       "replay %s is another line: see `newswire replay show %s`, and "
		       "give this one an --id of its own",
		       run->id, run->id);
}

static int
fix_starts(struct replay_run *run, struct err *err)
{
	struct replay_state *s = &run->state;
	int n = run->partitions;

	s->starts = arena_calloc(&run->memory, ((size_t)n + 1) * sizeof(*s->starts));
	if (arena_check(&run->memory, err))
		return -1;
	s->start_count = (size_t)n;
	for (int i = 0; i < n; i++) {
		int64_t end;

		if (bus_offset(run->job->bus, run->job->line.into, i, BUS_END, &end, err))
			return -1;
		s->starts[i] = (struct replay_start){ i, end };
	}
	return 0;
}

static int
fix(struct replay_run *run, struct err *err)
{
	const struct replay_job *job = run->job;
	struct replay_place *places;
	char at[WALL_TEXT];
	size_t n;

	if (run->source.type->fix(run->source.state, &places, &n, err))
		return -1;
	run->state = (struct replay_state){
		.kind = "replay",
		.id = run->id,
		.line = job->line,
		.reason = job->reason,
		.by = job->by,
		.started = arena_strdup(&run->memory, wall_text(wall_now(), at)),
		.places = (struct replay_place *)arena_copy(&run->memory, places,
							    n * sizeof(*places)),
		.place_count = n,
	};
	free(places);
	return arena_check(&run->memory, err) ? -1 : fix_starts(run, err);
}

/* state.places is what runs; what was committed has its own copy. */
static int
part_states(struct replay_run *run, struct err *err)
{
	size_t size = run->state.place_count * sizeof(*run->state.places);

	run->committed = run->state;
	run->committed.places =
	    (struct replay_place *)arena_copy(&run->memory, run->state.places, size);
	return arena_check(&run->memory, err);
}

static int
know_state(struct replay_run *run, struct err *err)
{
	const struct book_entry *e = book_find(&run->book, run->id);
	bool is_new = !e || !e->state;

	if ((is_new ? fix(run, err) : read_state(run, e, err)) || part_states(run, err))
		return -1;
	return is_new ? transfer_state(run, err) : 0;
}

static void
print_mark(struct replay_run *run)
{
	struct replay_mark mark = { .id = run->id,
				    .reason = run->state.reason,
				    .by = run->state.by,
				    .effects = run->state.line.effects };

	replay_mark_print(&mark, &run->mark);
}

int
run_go_to_places(struct replay_run *run, struct err *err)
{
	return run->source.type->begin(run->source.state, run->state.places,
				       run->state.place_count, err);
}

/* A sink's places that are ahead of ours stay ahead: it passes over what it has. */
static int
claim_sink(struct replay_run *run, struct err *err)
{
	size_t n = run->state.place_count;
	struct bus_position *p = must_alloc((n + 1) * sizeof(*p));
	int failed;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct bus_position){ run->alias, run->state.places[i].partition,
					      run->state.places[i].next };
	failed = sink_claim(run->sink, p, n, err);
	free(p);
	return failed;
}

/* ---- its memory ---- */

static int
open_run(struct replay_run *run, const struct replay_job *job, struct err *err)
{
	struct source_start start = { job->bus, job->line.source, job->from_ms,
				      job->to_ms };
	char id[REPLAY_ID];

	replay_line_id(&job->line, id);
	arena_init(&run->memory, 64 << 20);
	arena_init(&run->arena, RECORD_ARENA);
	arena_init(&run->batch, RECORD_ARENA);
	buf_init(&run->mark, STATE_CEILING);
	buf_init(&run->value, STATE_CEILING);
	run->job = job;
	run->id = must_keep(must_strdup(job->id ? job->id : id)); /* reports have it */
	run->key = must_printf("replay/%s", run->id);
	run->role = must_printf("%s.replay.%s", job->program->prefix, run->id);
	run->alias = must_strdup(run->role);
	run->topic = program_name(job->program, "state");
	run->deadletter = program_name(job->program, "deadletter");
	run->stage = job->sink_name ? must_keep(must_printf("sink.%s", job->sink_name))
		     : job->through ? job->through->name
				    : "replay";
	pace_open(&run->pace, job->bus, &job->pace);
	return source_open(&run->source, &start, err);
}

int
run_begin(struct replay_run *run, const struct replay_job *job, struct err *err)
{
	return open_run(run, job, err) || need_target(run, err) || join(run, err) ||
		       book_open(&run->book, job->bus, run->topic, run->id, err) ||
		       know_state(run, err)
		   ? -1
		   : 0;
}

int
run_make_ready(struct replay_run *run, struct err *err)
{
	struct source *s = &run->source;

	print_mark(run);
	return s->type->check(s->state, run->state.places, run->state.place_count, err) ||
		       open_journal(run, err) || open_sink(run, err) ||
		       (run->sink && claim_sink(run, err)) || run_go_to_places(run, err)
		   ? -1
		   : 0;
}

/* What the report has of the state is the process's. */
void
run_end(struct replay_run *run)
{
	source_close(&run->source);
	sink_close(run->sink);
	journal_close(run->journal);
	bus_leave(run->member);
	book_close(&run->book);
	pace_close(&run->pace);
	arena_release(&run->arena);
	arena_release(&run->batch);
	buf_release(&run->mark);
	buf_release(&run->value);
	free(run->key);
	free(run->role);
	free(run->alias);
}
