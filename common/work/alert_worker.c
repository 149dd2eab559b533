#include "work/alert_worker.h"

#include <signal.h>
#include <string.h>

#include "alert/teller.h"
#include "base/mem.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "ops/stop.h"
#include "time/clock.h"
#include "work/worker.h"

enum { LISTEN_MS = 500, MOST = 1000 };

enum row { ALERTS, MATCHES, OLD, MUTED, HELD, RULES, REMEMBERED, TAKEN, REFUSED, ROWS };

static struct metric rows[ROWS] = {
	[ALERTS] = { .name = "newswire_alert_alerts_total",
		     .help = "alerts of all kinds that were sent" },
	[MATCHES] = { .name = "newswire_alert_matches_total",
		      .help = "rules that held of a record, told or not" },
	[OLD] = { .name = "newswire_alert_silent_total",
		  .labels = "reason=\"old\"",
		  .help = "matches that were not told, by reason" },
	[MUTED] = { .name = "newswire_alert_silent_total",
		    .labels = "reason=\"muted\"",
		    .help = "matches that were not told, by reason" },
	[HELD] = { .name = "newswire_alert_silent_total",
		   .labels = "reason=\"held\"",
		   .help = "matches that were not told, by reason" },
	[RULES] = { .name = "newswire_alert_rules",
		    .kind = METRIC_GAUGE,
		    .help = "rules that are in force" },
	[REMEMBERED] = { .name = "newswire_alert_remembered",
			 .kind = METRIC_GAUGE,
			 .help = "subjects that were told of and are remembered" },
	[TAKEN] = { .name = "newswire_alert_reloads_total",
		    .labels = "result=\"taken\"",
		    .help = "files of rules by what became of them" },
	[REFUSED] = { .name = "newswire_alert_reloads_total",
		      .labels = "result=\"refused\"",
		      .help = "files of rules by what became of them" },
};

struct alert_worker {
	const struct program *program;
	const struct alert_conf *conf;
	const char *state; /* topic */
	struct codes *codes;
	struct teller *teller;
	struct teller_counts counted;
	struct bus *bus;
	struct bus_reader *reader; /* of the state's topic */
	struct mono listened;
};

static int
send(void *arg, const struct bus_record *r, struct err *err)
{
	return worker_send(arg, r, err);
}

/* ---- rules ---- */

static int
take_rules(struct alert_worker *a, struct err *err)
{
	struct rules *rules;

	if (alert_rules_open(&rules, a->conf->rules, a->codes, a->program->conf, err))
		return -1;
	teller_rules(a->teller, rules, wall_now().ms);
	metric_set(&rows[RULES], (int64_t)rules->count);
	log_info("rules=%zu file=%s", rules->count, a->conf->rules);
	return 0;
}

/* All or nothing: what is wrong is said, and the old ones stay. */
static void
reload(struct alert_worker *a)
{
	struct err err;

	if (!reload_asked())
		return;
	if (!take_rules(a, &err)) {
		metric_add(&rows[TAKEN], 1);
		return;
	}
	metric_add(&rows[REFUSED], 1);
	log_error("the rules are as before: %s", err.text);
}

/* ---- what others write ---- */

static bool
is_of_others(const struct bus_record *r)
{
	static const char mute[] = "mute/", due[] = "alert/due/";

	return (r->key_size > strlen(mute) && !memcmp(r->key, mute, strlen(mute))) ||
	       (!r->value && r->key_size > strlen(due) &&
		!memcmp(r->key, due, strlen(due)));
}

/* Between transactions only: what is learnt is not undone. */
static int
listen(struct alert_worker *a, struct err *err)
{
	const struct bus_record *records;
	size_t n;

	if (!a->reader || mono_since(a->listened) < LISTEN_MS)
		return 0;
	a->listened = mono_now();
	if (bus_read(a->reader, &records, &n, MOST, 0, NULL, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (is_of_others(&records[i]) &&
		    memory_learn(teller_memory(a->teller), &records[i], err))
			return -1;
	return 0;
}

static int
learn(void *arg, const struct bus_record *r, struct err *err)
{
	return memory_learn(arg, r, err);
}

/* ---- the consumer ---- */

static int
open_alert(void *self, struct worker *w, struct err *err)
{
	struct alert_worker *a = self;

	(void)err;
	a->bus = worker_bus(w);
	return 0;
}

static void
close_alert(void *self)
{
	struct alert_worker *a = self;

	bus_read_close(a->reader);
	a->reader = NULL;
}

/*
 * All that is remembered, anew, once what a former owner was committing can be
 * seen: else what it told last would be told again.
 */
static int
assigned(void *self, struct bus_position *positions, size_t n, struct err *err)
{
	struct alert_worker *a = self;
	struct memory *memory = teller_memory(a->teller);

	bool settled;

	(void)positions;
	if (!n)
		return 0;
	if (bus_settled(a->bus, a->state, &settled, err))
		return -1;
	if (!settled)
		return err_set(err, ERR_RETRY,
			       "%s: a former owner's transaction has not ended",
			       a->state);
	memory_clear(memory);
	close_alert(a);
	if (bus_read_open(a->bus, a->state, &a->reader, err) ||
	    bus_read_rest(a->reader, learn, memory, err))
		return -1;
	log_info("remembers subjects=%zu held=%zu due=%zu muted=%zu",
		 memory_count(memory, MEMO_TOLD), memory_count(memory, MEMO_HELD),
		 memory_count(memory, MEMO_DUE), memory_count(memory, MEMO_MUTE));
	return 0;
}

static int
process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct alert_worker *a = self;

	return teller_record(a->teller, r, wall_now().ms, worker_arena(w),
			     &(struct memory_out){ send, w }, err);
}

static int
look_at_clock(struct alert_worker *a, bool is_caught_up, struct worker *w,
	      struct err *err)
{
	arena_reset(worker_arena(w));
	return teller_clock(a->teller, wall_now().ms, is_caught_up, worker_arena(w),
			    &(struct memory_out){ send, w }, err);
}

static int
flush(void *self, const struct bus_position *positions, size_t n, struct worker *w,
      struct err *err)
{
	(void)positions;
	(void)n;
	return look_at_clock(self, false, w, err);
}

static void
count(struct alert_worker *a)
{
	const struct teller_counts *now = teller_counts(a->teller);
	struct teller_counts *before = &a->counted;

	metric_add(&rows[ALERTS], now->alerts - before->alerts);
	metric_add(&rows[MATCHES], now->matches - before->matches);
	metric_add(&rows[OLD], now->old - before->old);
	metric_add(&rows[MUTED], now->muted - before->muted);
	metric_add(&rows[HELD], now->held - before->held);
	metric_set(&rows[REMEMBERED],
		   (int64_t)memory_count(teller_memory(a->teller), MEMO_TOLD));
	*before = *now;
}

static void
committed(void *self)
{
	struct alert_worker *a = self;
	struct err err;

	memory_committed(teller_memory(a->teller));
	count(a);
	reload(a);
	if (listen(a, &err))
		log_warn("%s", err.text);
}

static void
aborted(void *self)
{
	struct alert_worker *a = self;

	memory_aborted(teller_memory(a->teller));
	a->counted = *teller_counts(a->teller);
}

static int
tick(void *self, int64_t now_ms, struct worker *w, struct err *err)
{
	struct alert_worker *a = self;

	(void)now_ms;
	reload(a);
	return listen(a, err) || look_at_clock(a, true, w, err) ? -1 : 0;
}

static const struct consumer_type alert_type = {
	.name = "alert",
	.process = process,
	.open = open_alert,
	.close = close_alert,
	.assigned = assigned,
	.flush = flush,
	.committed = committed,
	.aborted = aborted,
	.tick = tick,
};

/* ---- beginning and end ---- */

int
alert_worker_run(const struct program *program, const struct alert_conf *conf)
{
	struct alert_worker a = { .program = program, .conf = conf, .state = program_name(program, "state") };
	const char *in = program_name(program, "stories");
	const char *sends[] = { program_name(program, "alerts"), a.state,
				program_name(program, "deadletter") };
	struct worker_start start = { .program = program,
				      .group = "alert",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = LENGTH(sends),
				      .alone = true };
	struct teller_names names = {
		sends[0], a.state, must_keep(must_printf("/%s/alert", program->prefix))
	};
	struct err err;
	int status;

	signal(SIGIO, SIG_IGN); /* see whole.h */
	a.teller = teller_new(&names, conf->keep_days * INT64_C(86400000));
	a.codes = codes_new(program->lexicon, &err);
	if (!a.codes || program_make_state(program, &err) || take_rules(&a, &err)) {
		status = command_failed("alert", &err);
	} else {
		for (int i = 0; i < ROWS; i++)
			metric_register(&rows[i]);
		status = worker_run(&alert_type, &a, &start);
	}
	teller_free(a.teller);
	codes_free(a.codes);
	return status;
}
