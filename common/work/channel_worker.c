/*
 * What is about to be sent is stated in PREFIX.state, and committed, before it
 * is; what came of it is committed with the position.  So after a crash what
 * is stated and has no end may have been sent.  A channel that takes a key
 * gets the same one again; of another one alert at a time is stated, and the
 * channel's on_unknown says what becomes of it.
 */
#include "work/channel_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/memory.h"
#include "base/mem.h"
#include "bus/deadletter.h"
#include "channel/channel.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "time/clock.h"
#include "work/worker.h"

enum { BATCH = 16, SWEEP_MS = 60000, SWEEP_MOST = 1000 };
static const int64_t keep_ms = INT64_C(8) * 24 * 3600 * 1000; /* above the topic's */

enum row { SENT, REFUSED, HELD, AGAIN, FAILING, ROWS };

static struct metric rows[ROWS] = {
	[SENT] = { .name = "newswire_channel_alerts_total", .labels = "sent" },
	[REFUSED] = { .name = "newswire_channel_alerts_total", .labels = "refused" },
	[HELD] = { .name = "newswire_channel_alerts_total", .labels = "held" },
	[AGAIN] = { .name = "newswire_channel_failures_total",
		    .help = "sendings that failed, and come again" },
	[FAILING] = { .name = "newswire_channel_failing_since_timestamp_seconds",
		      .kind = METRIC_GAUGE,
		      .help = "since when the channel takes nothing; 0: it does" },
};

struct channel_worker {
	struct channel channel;
	const char *state; /* topic */
	char *head;        /* of its keys */
	struct bus *bus;
	struct memory *memory;
	const struct bus_record *items[BATCH]; /* of this piece, to be sent */
	size_t count;
	struct mono swept;
};

static int
send(void *arg, const struct bus_record *r, struct err *err)
{
	return worker_send(arg, r, err);
}

static char *
effect_id(const struct channel_worker *c, const char *alert, char id[MEMO_ID_BYTES])
{
	snprintf(id, MEMO_ID_BYTES, "%s/%s", c->channel.name, alert);
	return id;
}

static const char *
status_of(const struct channel_worker *c, const char *alert)
{
	char id[MEMO_ID_BYTES];
	const struct memo *m =
	    memory_get(c->memory, MEMO_EFFECT, effect_id(c, alert, id));

	return m ? m->status : "";
}

static int
state(struct channel_worker *c, struct worker *w, const struct alert *a,
      const char *status, const char *why, struct err *err)
{
	char id[MEMO_ID_BYTES], now[WALL_TEXT];
	struct memo memo = { .kind = MEMO_EFFECT,
			     .id = effect_id(c, a->id, id),
			     .rule = a->rule,
			     .last = wall_text(wall_now(), now),
			     .status = status,
			     .why = why };

	return memory_put(c->memory, &memo, &(struct memory_out){ send, w }, err);
}

/* What was stated stands, whatever becomes of the rest. */
static int
commit(struct channel_worker *c, struct worker *w, struct err *err)
{
	if (worker_commit_sent(w, err))
		return -1;
	memory_committed(c->memory);
	return 0;
}

/* ---- one alert ---- */

enum turn { TURN_DONE, TURN_SEND, TURN_SEND_AGAIN };

static bool
is(const char *status, const char *what)
{
	return !strcmp(status, what);
}

/*
 * What is to be done with it, by what is known of it.  One that was refused, or
 * is held, is sent where its dead letter was sent back.
 */
static int
begin(struct channel_worker *c, struct worker *w, const struct bus_record *r,
      const struct alert *a, enum turn *turn, struct err *err)
{
	const char *status = status_of(c, a->id);
	bool is_open = is(status, "intent");
	size_t n;

	*turn = is_open ? TURN_SEND_AGAIN : TURN_SEND;
	if (is(status, "done") || ((is(status, "held") || is(status, "refused")) &&
				   !bus_header(r, DEADLETTER_FOR, &n)))
		*turn = TURN_DONE;
	if (*turn == TURN_DONE)
		return 0;
	if (is_open && !c->channel.type->takes_key && c->channel.holds_unknown) {
		*turn = TURN_DONE;
		metric_add(&rows[HELD], 1);
		log_warn("alert %s of [%s] may have been sent, and is held", a->id,
			 a->rule);
		return state(c, w, a, "held", "it may have been sent", err);
	}
	return is_open ? 0 : state(c, w, a, "intent", NULL, err);
}

/* Failed: it comes again, and was not taken unless its state says so. */
static int
failed(struct channel_worker *c, struct worker *w, const struct alert *a,
       enum channel_answer answer, const struct err *why, struct err *err)
{
	bool is_open = answer == CHANNEL_UNKNOWN && !c->channel.type->takes_key;

	metric_add(&rows[AGAIN], 1);
	if (!metric_get(&rows[FAILING]))
		metric_set(&rows[FAILING], wall_now().ms / 1000);
	if ((!is_open && state(c, w, a, "failed", why->text, err)) || commit(c, w, err))
		return -1;
	return err_set(err, ERR_RETRY, "%s: %s", c->channel.name, why->text);
}

static int
end(struct channel_worker *c, struct worker *w, const struct bus_record *r,
    const struct alert *a, enum channel_answer answer, const struct err *why,
    struct err *err)
{
	switch (answer) {
	case CHANNEL_SENT:
		metric_add(&rows[SENT], 1);
		metric_set(&rows[FAILING], 0);
		return state(c, w, a, "done", NULL, err);
	case CHANNEL_REFUSED:
		metric_add(&rows[REFUSED], 1);
		/* the dead letter last: it takes the arena that the alert is in */
		return state(c, w, a, "refused", why->text, err) ||
			       worker_reject(w, r, why, err)
			   ? -1
			   : 0;
	case CHANNEL_AWAY:
	case CHANNEL_UNKNOWN:
		break;
	}
	return failed(c, w, a, answer, why, err);
}

static int
read_alert(struct worker *w, const struct bus_record *r, struct alert *a, struct err *err)
{
	arena_reset(worker_arena(w));
	return alert_parse(a, r->value, r->value_size, worker_arena(w), err);
}

static int
deliver(struct channel_worker *c, struct worker *w, const struct bus_record *r,
	bool maybe_repeated, struct err *err)
{
	struct alert a;
	struct letter letter = { .alert = &a,
				 .json = r->value,
				 .size = r->value_size,
				 .maybe_repeated = maybe_repeated };
	enum channel_answer answer;
	struct err why = { 0 };

	if (read_alert(w, r, &a, err))
		return -1;
	worker_beat(w);
	answer = channel_send(&c->channel, &letter, &why);
	return end(c, w, r, &a, answer, &why, err);
}

/* ---- some alerts: stated together, then sent one after the other ---- */

static int
deliver_some(struct channel_worker *c, struct worker *w, size_t from, size_t to,
	     struct err *err)
{
	enum turn turns[BATCH];
	struct alert a;

	if (channel_is_well(&c->channel, err))
		return -1;
	for (size_t i = from; i < to; i++)
		if (read_alert(w, c->items[i], &a, err) ||
		    begin(c, w, c->items[i], &a, &turns[i], err))
			return -1;
	if (commit(c, w, err))
		return -1;
	for (size_t i = from; i < to; i++)
		if (turns[i] != TURN_DONE &&
		    deliver(c, w, c->items[i],
			    turns[i] == TURN_SEND_AGAIN && !c->channel.type->takes_key,
			    err))
			return -1;
	return 0;
}

static int
sweep(struct channel_worker *c, struct worker *w, struct err *err)
{
	int64_t now_ms = wall_now().ms;
	const struct memo *m;
	struct wall last;
	size_t at = 0;
	int dropped = 0;

	if (mono_since(c->swept) < SWEEP_MS)
		return 0;
	c->swept = mono_now();
	while (dropped < SWEEP_MOST && (m = memory_next(c->memory, MEMO_EFFECT, &at)))
		if (!wall_parse(&last, m->last) && now_ms - last.ms > keep_ms &&
		    ++dropped &&
		    memory_drop(c->memory, MEMO_EFFECT, m->id,
				&(struct memory_out){ send, w }, err))
			return -1;
	return 0;
}

/* ---- the consumer ---- */

static int
open_channel(void *self, struct worker *w, struct err *err)
{
	struct channel_worker *c = self;

	(void)err;
	c->bus = worker_bus(w);
	return 0;
}

static int
learn(void *arg, const struct bus_record *r, struct err *err)
{
	struct channel_worker *c = arg;
	size_t n = strlen(c->head);

	return r->key_size > n && !memcmp(r->key, c->head, n)
		   ? memory_learn(c->memory, r, err)
		   : 0;
}

static int
assigned(void *self, struct bus_position *positions, size_t n, struct err *err)
{
	struct channel_worker *c = self;
	bool settled;

	(void)positions;
	if (!n)
		return 0;
	if (bus_settled(c->bus, c->state, &settled, err))
		return -1;
	if (!settled)
		return err_set(err, ERR_RETRY,
			       "%s: a former owner's transaction has not ended",
			       c->state);
	memory_clear(c->memory);
	if (bus_read_all(c->bus, c->state, learn, c, err))
		return -1;
	log_info("remembers sendings=%zu", memory_count(c->memory, MEMO_EFFECT));
	return 0;
}

static int
process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct channel_worker *c = self;
	struct alert a;
	size_t n;

	if (!r->value || bus_header(r, "nw-replay", &n))
		return 0;
	if (read_alert(w, r, &a, err))
		return -1;
	if (channel_wants(&c->channel, &a))
		c->items[c->count++] = r;
	return 0;
}

static int
flush(void *self, const struct bus_position *positions, size_t n, struct worker *w,
      struct err *err)
{
	struct channel_worker *c = self;
	size_t at_once = c->channel.type->takes_key ? BATCH : 1;

	(void)positions;
	(void)n;
	for (size_t i = 0; i < c->count; i += at_once) {
		size_t left = c->count - i;

		if (deliver_some(c, w, i, i + (left < at_once ? left : at_once), err))
			return -1;
	}
	return 0;
}

static void
committed(void *self)
{
	struct channel_worker *c = self;

	memory_committed(c->memory);
	c->count = 0;
}

static void
aborted(void *self)
{
	struct channel_worker *c = self;

	memory_aborted(c->memory);
	c->count = 0;
}

static int
tick(void *self, int64_t now_ms, struct worker *w, struct err *err)
{
	(void)now_ms;
	return sweep(self, w, err);
}

static const struct consumer_type channel_consumer = {
	.name = "alert",
	.process = process,
	.open = open_channel,
	.assigned = assigned,
	.flush = flush,
	.committed = committed,
	.aborted = aborted,
	.tick = tick,
};

/* ---- beginning and end ---- */

static void
register_rows(const char *name)
{
	char *safe = must_strdup(name);

	for (char *s = safe; (s = strpbrk(s, "\"\\\n")); s++)
		*s = '_';
	for (int i = 0; i < ROWS; i++) {
		struct metric *m = &rows[i];

		m->labels = m->labels ? must_printf("channel=\"%s\",result=\"%s\"", safe,
						    m->labels)
				      : must_printf("channel=\"%s\"", safe);
		m->help = m->help ? m->help : "alerts by what became of them";
		metric_register(m);
	}
	free(safe);
}

int
channel_worker_run(const struct program *program, const char *name)
{
	struct channel_worker c = { .state = program_name(program, "state") };
	const char *in = program_name(program, "alerts");
	const char *sends[] = { c.state, program_name(program, "deadletter") };
	struct worker_start start = { .program = program,
				      .group = must_keep(must_printf("alert.%s", name)),
				      .topics = &in,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = LENGTH(sends),
				      .batch = BATCH,
				      .alone = true };
	struct err err;
	int status;

	c.memory = memory_new(c.state);
	c.head = must_printf("effect/%s/", name);
	if (channel_open(&c.channel, program->conf, name, &err) ||
	    program_make_state(program, &err)) {
		status = command_failed("alert", &err);
	} else {
		register_rows(name);
		status = worker_run(&channel_consumer, &c, &start);
	}
	channel_close(&c.channel);
	memory_free(c.memory);
	free(c.head);
	return status;
}
