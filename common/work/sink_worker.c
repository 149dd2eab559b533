#include "work/sink_worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "time/clock.h"
#include "work/worker.h"

enum { ARENA_BYTES = 512 << 20 };

enum row { WRITTEN, FILTERED, REPLAYED, REFUSED, FAILING, ROWS };

static struct metric rows[ROWS] = {
	[WRITTEN] = { .name = "newswire_sink_records_total", .labels = "written" },
	[FILTERED] = { .name = "newswire_sink_records_total", .labels = "filtered" },
	[REPLAYED] = { .name = "newswire_sink_records_total", .labels = "replayed" },
	[REFUSED] = { .name = "newswire_sink_records_total", .labels = "refused" },
	[FAILING] = { .name = "newswire_sink_failing_since_timestamp_seconds",
		      .kind = METRIC_GAUGE,
		      .help = "since when the store takes nothing; 0: it does" },
};

struct sink_worker {
	const struct program *program;
	const char *name;
	const struct sink_conf *conf;
	struct sink *sink;
	struct arena arena; /* the sink has it from its opening on */
	struct worker *worker;
	struct sink_counts told;
	int64_t shown; /* records stored when the terminal was told last */
	struct mono shown_at;
};

/* ---- what can be seen of it ---- */

/* The sink's name goes into each row's labels. */
static void
register_rows(const char *name)
{
	char *safe = must_strdup(name);

	for (char *s = safe; (s = strpbrk(s, "\"\\\n")); s++)
		*s = '_';
	for (int i = 0; i < ROWS; i++) {
		struct metric *m = &rows[i];

		m->labels =
		    m->labels ? must_printf("sink=\"%s\",result=\"%s\"", safe, m->labels)
			      : must_printf("sink=\"%s\"", safe);
		m->help = m->help ? m->help : "records by what became of them";
		metric_register(m);
	}
	free(safe);
}

static void
tell(struct sink_worker *s)
{
	const struct sink_counts *now = sink_counts(s->sink);

	metric_add(&rows[WRITTEN], now->written - s->told.written);
	metric_add(&rows[FILTERED], now->filtered - s->told.filtered);
	metric_add(&rows[REPLAYED], now->replayed - s->told.replayed);
	metric_add(&rows[REFUSED], now->refused - s->told.refused);
	s->told = *now;
}

static void
is_well(bool well)
{
	int64_t since = metric_get(&rows[FAILING]), now = wall_now().ms / 1000;

	if (well && since)
		log_info("the store takes records again after %lld s",
			 (long long)(now - since));
	if (well || !since)
		metric_set(&rows[FAILING], well ? 0 : now);
}

static void
show(struct sink_worker *s)
{
	const struct sink_counts *c = sink_counts(s->sink);
	int64_t since = metric_get(&rows[FAILING]), ms = mono_since(s->shown_at);

	if (!log_progress_due())
		return;
	if (since)
		log_progress("sink %s: waits for its store since %lld s, %lld behind",
			     s->name, (long long)(wall_now().ms / 1000 - since),
			     (long long)worker_lag(s->worker));
	else
		log_progress("sink %s: %lld stored, %lld passed over, %lld set aside, "
			     "%lld/s, %lld behind",
			     s->name, (long long)c->written,
			     (long long)(c->filtered + c->replayed),
			     (long long)c->refused,
			     (long long)((c->written - s->shown) * 1000 / (ms + 1)),
			     (long long)worker_lag(s->worker));
	s->shown = c->written;
	s->shown_at = mono_now();
}

/* What the sink said: a store that is away shows until a batch is through. */
static int
noted(struct sink_worker *s, int failed, const struct err *err)
{
	if (failed && err->class == ERR_RETRY) {
		is_well(false);
		show(s);
	}
	return failed;
}

/* ---- the sink's calls ---- */

static int
reject(void *self, const struct bus_record *r, const struct err *why, struct err *err)
{
	struct sink_worker *s = self;

	return worker_reject(s->worker, r, why, err);
}

static void
beat(void *self)
{
	struct sink_worker *s = self;

	worker_beat(s->worker);
}

/* ---- the worker's calls ---- */

static int
open_sink(void *self, struct worker *w, struct err *err)
{
	struct sink_worker *s = self;
	const struct sink_conf *conf = s->conf;
	struct bus *bus = worker_bus(w);
	struct sink_start start = { .name = s->name,
				    .state = s->program->state,
				    .cluster = bus_cluster(bus),
				    .states = program_name(s->program, "state"),
				    .bus = bus,
				    .arena = &s->arena,
				    .replayed = conf->replayed,
				    .reject = reject,
				    .beat = beat,
				    .arg = s };

	s->worker = w;
	sink_conf_start(conf, &start);
	if (sink_open(&s->sink, conf->chosen, &start, err))
		return -1;
	if (conf->chosen->claim)
		worker_keeps_positions(w);
	return 0;
}

static void
close_sink(void *self)
{
	struct sink_worker *s = self;

	sink_close(s->sink);
	s->sink = NULL;
}

static int
process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct sink_worker *s = self;

	(void)w;
	arena_reset(&s->arena);
	return noted(s, sink_write(s->sink, r, err), err);
}

static int
assigned(void *self, struct bus_position *positions, size_t n, struct err *err)
{
	struct sink_worker *s = self;

	return noted(s, sink_claim(s->sink, positions, n, err), err);
}

static int
flush(void *self, const struct bus_position *positions, size_t n, struct worker *w,
      struct err *err)
{
	struct sink_worker *s = self;

	(void)w;
	return noted(s, sink_flush(s->sink, positions, n, err), err);
}

static void
committed(void *self)
{
	tell(self);
	is_well(true);
	show(self);
}

static void
aborted(void *self)
{
	struct sink_worker *s = self;

	sink_undo(s->sink);
}

static void
revoked(void *self, const struct bus_position *positions, size_t n)
{
	struct sink_worker *s = self;

	sink_release(s->sink, positions, n);
}

static int
tick(void *self, int64_t now_ms, struct worker *w, struct err *err)
{
	struct sink_worker *s = self;

	(void)now_ms;
	(void)w;
	show(s);
	return sink_tick(s->sink, err);
}

static const struct consumer_type consumer = {
	.name = "sink",
	.open = open_sink,
	.close = close_sink,
	.process = process,
	.assigned = assigned,
	.flush = flush,
	.committed = committed,
	.aborted = aborted,
	.revoked = revoked,
	.tick = tick,
};

/* ---- beginning and end ---- */

int
sink_worker_run(const struct program *p, const char *name, const struct sink_conf *conf)
{
	struct sink_worker s = { .program = p, .name = name, .conf = conf };
	const char *topic =
	    conf->topic && *conf->topic ? conf->topic : program_name(p, "enriched");
	const char *deadletter = program_name(p, "deadletter");
	struct worker_start start = { .program = p,
				      .group = must_keep(must_printf("sink.%s", name)),
				      .topics = &topic,
				      .topic_count = 1,
				      .sends = &deadletter,
				      .send_count = 1,
				      .batch = conf->batch,
				      .batch_bytes = conf->batch_bytes,
				      .linger_ms = conf->linger_ms };
	int status;

	arena_init(&s.arena, ARENA_BYTES);
	register_rows(name);
	status = worker_run(&consumer, &s, &start);
	log_progress_end();
	arena_release(&s.arena);
	return status;
}
