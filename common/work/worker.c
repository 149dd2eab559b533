/*
 * A batch that was polled is worked off in pieces, each one transaction: a
 * piece ends after commit_ms or PIECE_BYTES of output, so neither a rebalance
 * nor a shutdown waits for a thousand slow records.  How many are polled
 * follows from how many the last piece took.
 *
 * The trap: an abort rewinds the bus to the committed positions, so what is
 * left of the batch in memory must be dropped, not gone on with.
 *
 * A consumer that stores positions with its records needs the group's only to
 * know where to begin, so they are committed once a second, with what is sent,
 * and when there is nothing to read: a transaction less for each piece.
 */
#include "work/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "ops/health.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "ops/stop.h"
#include "time/clock.h"
#include "work/journal.h"
#include "work/positions.h"
#include "work/slot.h"

enum {
	POLL_MS = 200,
	PIECE_BYTES = 16 << 20,
	ARENA_BYTES = 512 << 20, /* address space; a record's own limits come first */
	FIRST_BATCH = 64,
	BACK_OFF_MS = 100,
	BACK_OFF_MOST_MS = 10000,
	LAG_MS = 10000,
	LOOK_MS = 1000,
	SETTLE_MS = 1000, /* positions that the consumer keeps itself may wait so long */
	SETTLE_REPLAYED_MS = 100, /* a replay goes by them, */
	REST_REPLAYED_MS = 2,	  /* and waits for them */
	MORE_HEADERS = 2,
};

static struct metric m_records = { .name = "newswire_records_total",
				   .help = "records processed and committed" };
static struct metric m_sent = { .name = "newswire_sent_total",
				.help = "records sent and committed" };
static struct metric m_dead = { .name = "newswire_deadletters_total",
				.help = "records set aside" };
static struct metric m_commits = { .name = "newswire_transactions_total",
				   .labels = "result=\"committed\"",
				   .help = "transactions by their end" };
static struct metric m_aborts = { .name = "newswire_transactions_total",
				  .labels = "result=\"aborted\"",
				  .help = "transactions by their end" };
static struct metric m_lag = {
	.name = "newswire_lag_records",
	.kind = METRIC_GAUGE,
	.help = "records between the group's positions and the ends of its topics"
};
static struct metric m_last = { .name = "newswire_last_record_timestamp_seconds",
				.kind = METRIC_GAUGE,
				.help = "when the last record was committed" };

/* Each has its own tries: that the bus answers again says nothing of the store. */
enum act { POLLING, WORKING, TICKING, ACTS };

struct worker {
	const struct consumer_type *type;
	void *self;
	const struct worker_start *start;
	struct worker_conf conf;
	const char *stage, *deadletter;
	struct bus *bus;
	struct bus_member *member;
	struct arena arena;
	struct journal *journal;
	struct health *health;
	char *id, *group;
	struct slot slot;

	const struct bus_record *now; /* in process() */
	struct positions piece; /* after the records of this piece */
	struct positions owed;	/* stored by the consumer, and not committed yet */
	bool keeps_positions;	/* it stores them itself */
	bool in_txn;
	struct mono settled;			   /* when positions were committed last */
	bool has_replayed;			   /* records since then */
	size_t sent, sent_bytes, read_bytes, dead; /* in this piece */
	size_t batch;                              /* how many to poll next */
	int failures[ACTS];                        /* in a row */
	struct mono lag_asked, looked;
};

struct arena *
worker_arena(struct worker *w)
{
	return &w->arena;
}

void
worker_keeps_positions(struct worker *w)
{
	w->keeps_positions = true;
}

struct bus *
worker_bus(struct worker *w)
{
	return w->bus;
}

/* ---- sending ---- */

/* What only stores records may have nothing to send for a long time. */
static int
begin(struct worker *w, struct err *err)
{
	if (!w->in_txn && bus_begin(w->member, err))
		return -1;
	w->in_txn = true;
	return 0;
}

static size_t
pass_on(const struct worker *w, const struct bus_record *r, const char *name,
	struct bus_header *out)
{
	size_t n;
	const void *value = w->now ? bus_header(w->now, name, &n) : NULL;

	if (!value || bus_header(r, name, NULL))
		return 0;
	*out = (struct bus_header){ name, value, n };
	return 1;
}

int
worker_send(struct worker *w, const struct bus_record *r, struct err *err)
{
	struct bus_header headers[64];
	struct bus_record copy = *r;

	if (r->header_count + MORE_HEADERS <= LENGTH(headers)) {
		size_t n = r->header_count;

		if (n)
			memcpy(headers, r->headers, n * sizeof(*headers));
		n += pass_on(w, r, "nw-replay", headers + n);
		n += pass_on(w, r, "traceparent", headers + n);
		copy.headers = headers;
		copy.header_count = n;
	}
	if (begin(w, err) || bus_send(w->member, &copy, err))
		return -1;
	w->sent++;
	w->sent_bytes += bus_record_size(&copy);
	return 0;
}

static int
set_aside(struct worker *w, const struct bus_record *r, const char *reason,
	  const char *text, struct err *err)
{
	struct deadletter d = {
		.topic = w->deadletter, .stage = w->stage, .reason = reason, .text = text
	};
	struct bus_record out;

	arena_reset(&w->arena);
	if (deadletter_make(&out, r, &d, &w->arena, err) || begin(w, err) ||
	    bus_send(w->member, &out, err))
		return -1;
	w->dead++;
	if (!w->failures[WORKING]) /* else it was said at the first try */
		log_warn("set aside topic=%s partition=%d offset=%lld reason=%s: %s", r->topic,
			 r->partition, (long long)r->offset, reason, text);
	return 0;
}

int
worker_reject(struct worker *w, const struct bus_record *r, const struct err *why,
	      struct err *err)
{
	return set_aside(w, r, "reject", why->text, err);
}

void
worker_beat(struct worker *w)
{
	health_beat(w->health);
}

/* ---- one record ---- */

/* A dead letter that was sent back to the stage it failed in: the others have had it. */
static bool
is_for_another(const struct worker *w, const struct bus_record *r)
{
	size_t n;
	const char *stage = bus_header(r, DEADLETTER_FOR, &n);

	return stage && (n != strlen(w->stage) || memcmp(stage, w->stage, n));
}

static int
process(struct worker *w, const struct bus_record *r, struct err *err)
{
	const char *verdict =
	    journal_verdict(w->journal, r->topic, r->partition, r->offset);
	struct err why;
	int failed;

	if (is_for_another(w, r))
		return 0;
	if (verdict)
		return set_aside(w, r, verdict,
				 "the worker died of this record, several times", err);
	arena_reset(&w->arena);
	w->now = r;
	journal_enter(w->journal, r->topic, r->partition, r->offset);
	failed = w->type->process(w->self, r, w, err);
	journal_leave(w->journal);
	w->now = NULL;
	if (!failed || err->class != ERR_REJECT)
		return failed;
	why = *err;
	return set_aside(w, r, "reject", why.text, err);
}

/* ---- one piece of a batch: a transaction ---- */

static void
begin_piece(struct worker *w)
{
	positions_reset(&w->piece);
	w->sent = w->sent_bytes = w->read_bytes = w->dead = 0;
}

static bool
is_full(const struct worker *w, struct mono start)
{
	int64_t most = w->start->batch_bytes;

	return w->sent_bytes >= PIECE_BYTES || mono_since(start) >= w->conf.commit_ms ||
	       (most && (int64_t)w->read_bytes >= most) || stop_asked();
}

static int
process_some(struct worker *w, const struct bus_record *records, size_t n, size_t *taken,
	     struct err *err)
{
	struct mono start = mono_now();
	int failed = 0;
	size_t size;

	journal_watch(w->journal, true);
	for (*taken = 0; *taken < n && (!*taken || !is_full(w, start)); ++*taken) {
		failed = process(w, &records[*taken], err);
		if (failed)
			break;
		positions_put(&w->piece, records[*taken].topic,
			      records[*taken].partition, records[*taken].offset + 1);
		w->read_bytes += bus_record_size(&records[*taken]);
		w->has_replayed |= bus_header(&records[*taken], "nw-replay", &size) != NULL;
	}
	journal_watch(w->journal, false);
	return failed;
}

static void
count_piece(struct worker *w, size_t taken)
{
	metric_add(&m_records, (int64_t)taken);
	metric_add(&m_sent, (int64_t)w->sent);
	metric_add(&m_dead, (int64_t)w->dead);
	metric_set(&m_last, wall_now().ms / 1000);
}

/* The group's topic of this name: records and their names go with the next poll. */
static const char *
own_name(const struct worker *w, const char *topic)
{
	for (size_t i = 0; i < w->start->topic_count; i++)
		if (!strcmp(w->start->topics[i], topic))
			return w->start->topics[i];
	return NULL; /* it reads no other */
}

static void
owe(struct worker *w)
{
	const struct bus_position *p = w->piece.items;

	for (size_t i = 0; i < w->piece.count; i++)
		positions_put(&w->owed, own_name(w, p[i].topic), p[i].partition,
			      p[i].offset);
}

/* What was sent, and the positions, in one transaction. */
static int
settle(struct worker *w, struct err *err)
{
	w->has_replayed = false;
	if (!w->in_txn && !w->owed.count)
		return 0;
	if (begin(w, err) || bus_commit(w->member, w->owed.items, w->owed.count, err))
		return -1;
	w->in_txn = false;
	w->settled = mono_now();
	positions_reset(&w->owed);
	metric_add(&m_commits, 1);
	return 0;
}

static bool
is_settling_due(const struct worker *w)
{
	return mono_since(w->settled) >= (w->has_replayed ? SETTLE_REPLAYED_MS : SETTLE_MS);
}

static int
transact(struct worker *w, const struct bus_record *records, size_t n, size_t *taken,
	 struct err *err)
{
	begin_piece(w);
	if ((!w->keeps_positions && begin(w, err)) ||
	    process_some(w, records, n, taken, err))
		return -1;
	if (w->type->flush &&
	    w->type->flush(w->self, w->piece.items, w->piece.count, w, err))
		return -1;
	owe(w);
	if ((w->in_txn || is_settling_due(w)) && settle(w, err))
		return -1;
	if (w->type->committed)
		w->type->committed(w->self);
	for (size_t i = 0; i < w->piece.count; i++)
		journal_forget(w->journal, w->piece.items[i].topic,
			       w->piece.items[i].partition, w->piece.items[i].offset);
	count_piece(w, *taken);
	return 0;
}

/* Takes back what the transaction did; the class of what went wrong stays in *err. */
static int
take_back(struct worker *w, struct err *err)
{
	struct err again;

	metric_add(&m_aborts, 1);
	w->in_txn = false;
	positions_reset(&w->owed); /* they come again with their records */
	if (w->type->aborted)
		w->type->aborted(w->self);
	if (bus_abort(w->member, &again)) {
		if (again.class != ERR_RETRY)
			*err = again;
		log_warn("%s", again.text);
	}
	return err->class == ERR_RETRY ? 0 : -1;
}

/* ---- when the world is unwell ---- */

static int
back_off_ms(int failures)
{
	unsigned random = 0;
	int ms = BACK_OFF_MS << (failures < 8 ? failures : 8);

	ms = ms < BACK_OFF_MOST_MS ? ms : BACK_OFF_MOST_MS;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned)mono_now().ms;
	return ms / 2 + (int)(random % (unsigned)(ms / 2));
}

/* Keeps the membership by polling without taking records. */
static int
rest(struct worker *w, int ms, bool (*is_over)(struct worker *), struct err *err)
{
	struct mono start = mono_now();
	int failed = bus_pause(w->member, true, err);

	while (!failed && !stop_asked() && mono_since(start) < ms &&
	       !(is_over && is_over(w))) {
		const struct bus_record *none;
		int left = ms - (int)mono_since(start);
		size_t n;

		left = left < POLL_MS ? left : POLL_MS;
		health_beat(w->health);
		if (left > 0 && bus_poll(w->member, &none, &n, 1, left, err)) {
			failed = err->class != ERR_RETRY;
			poll(NULL, 0, left);
		}
	}
	return failed || bus_pause(w->member, false, err) ? -1 : 0;
}

static int
back_off(struct worker *w, enum act act, const struct err *why, struct err *err)
{
	int ms = back_off_ms(w->failures[act]++), tries = w->failures[act];

	if (!(tries & (tries - 1))) /* the 1st, 2nd, 4th ... */
		log_warn("try=%d wait_ms=%d: %s", tries, ms, why->text);
	return rest(w, ms, NULL, err);
}

/* 0: it will be tried again; -1: it is the end. */
static int
recover(struct worker *w, enum act act, struct err *err)
{
	struct err why = *err;

	if (why.class == ERR_REJECT)
		return err_set(err, ERR_FATAL, "a failure without a record: %s",
			       why.text);
	if (why.class != ERR_RETRY)
		return -1;
	return back_off(w, act, &why, err);
}

/* ---- the loop ---- */

/* Whoever lingers takes all that has come meanwhile. */
static void
set_batch(struct worker *w, size_t n)
{
	size_t most = (size_t)(w->start->batch ? w->start->batch : w->conf.batch);
	size_t least = w->start->linger_ms ? most : FIRST_BATCH;

	n = n > least ? n : least;
	w->batch = n < most ? n : most;
}

static int
work_off(struct worker *w, const struct bus_record *records, size_t n, struct err *err)
{
	size_t taken;

	for (size_t done = 0; done < n && !stop_asked(); done += taken) {
		if (transact(w, records + done, n - done, &taken, err)) {
			if (take_back(w, err))
				return -1;
			return recover(w, WORKING, err);
		}
		w->failures[WORKING] = 0;
		w->batch = taken < n - done ? taken : 2 * taken;
		health_beat(w->health);
	}
	set_batch(w, w->batch);
	return 0;
}

/* There is nothing to read. */
static int
tick(struct worker *w, struct err *err)
{
	begin_piece(w);
	if ((w->type->tick && w->type->tick(w->self, mono_now().ms, w, err)) ||
	    settle(w, err)) {
		if (take_back(w, err))
			return -1;
		return recover(w, TICKING, err);
	}
	w->failures[TICKING] = 0;
	return 0;
}

static int
ask_lag(const struct worker *w, int64_t *lag)
{
	struct err err;

	*lag = 0;
	for (size_t i = 0; i < w->start->topic_count; i++) {
		int64_t one;

		if (bus_lag(w->bus, w->group, w->start->topics[i], &one, &err))
			return -1;
		*lag += one;
	}
	return 0;
}

static void
measure_lag(struct worker *w)
{
	int64_t lag;

	if ((!w->health && !log_progress_due()) ||
	    (w->lag_asked.ms && mono_since(w->lag_asked) < LAG_MS))
		return;
	w->lag_asked = mono_now();
	if (!ask_lag(w, &lag)) /* else the gauge keeps its last value */
		metric_set(&m_lag, lag);
}

int64_t
worker_lag(const struct worker *w)
{
	(void)w;
	return metric_get(&m_lag);
}

static bool
is_batch_waiting(struct worker *w)
{
	int64_t lag;

	if (mono_since(w->looked) < LOOK_MS)
		return false;
	w->looked = mono_now();
	return !ask_lag(w, &lag) && lag >= (int64_t)w->batch;
}

/* A small batch was worked off: the next one may be larger. */
static int
linger(struct worker *w, struct err *err)
{
	w->looked = (struct mono){ 0 };
	if (settle(w, err)) {
		if (take_back(w, err))
			return -1;
		return recover(w, TICKING, err);
	}
	if (rest(w, w->start->linger_ms, is_batch_waiting, err))
		return recover(w, POLLING, err);
	return 0;
}

static bool
is_well(const struct worker *w)
{
	for (int i = 0; i < ACTS; i++)
		if (w->failures[i])
			return false;
	return true;
}

static int
loop(struct worker *w, struct err *err)
{
	while (!stop_asked()) {
		const struct bus_record *records;
		size_t n;

		health_beat(w->health);
		if (bus_poll(w->member, &records, &n, w->batch,
			     w->has_replayed ? REST_REPLAYED_MS : POLL_MS, err)) {
			health_ready(w->health, false);
			if (recover(w, POLLING, err))
				return -1;
			continue;
		}
		w->failures[POLLING] = 0;
		health_ready(w->health, is_well(w));
		if (n ? work_off(w, records, n, err) : tick(w, err))
			return -1;
		measure_lag(w);
		if (w->start->linger_ms && n && n < w->batch && is_well(w) &&
		    linger(w, err))
			return -1;
	}
	return settle(w, err);
}

/* ---- beginning and end ---- */

static int
on_assigned(void *arg, struct bus_position *positions, size_t n, struct err *err)
{
	struct worker *w = arg;

	journal_learn(w->journal);
	for (size_t i = 0; i < n; i++)
		log_debug("assigned topic=%s partition=%d", positions[i].topic,
			  positions[i].partition);
	return w->type->assigned ? w->type->assigned(w->self, positions, n, err) : 0;
}

static void
on_revoked(void *arg, const struct bus_position *positions, size_t n)
{
	struct worker *w = arg;

	for (size_t i = 0; i < n; i++)
		positions_drop(&w->owed, positions[i].topic, positions[i].partition);
	w->failures[WORKING] = 0; /* what failed may be another's now */
	if (w->type->revoked)
		w->type->revoked(w->self, positions, n);
}

static bool
is_ours(void *arg)
{
	const struct worker *w = arg;

	return slot_is_held(&w->slot);
}

/* The cluster may come up after us: joining is tried until it works or we are told to
 * stop. */
static int
join(struct worker *w, struct err *err)
{
	const struct worker_start *s = w->start;
	struct bus_role role = { .id = w->id,
				 .group = w->group,
				 .topics = s->topics,
				 .topic_count = s->topic_count,
				 .sends = s->sends,
				 .send_count = s->send_count,
				 .assigned = on_assigned,
				 .revoked = on_revoked,
				 .alone = s->alone,
				 .is_ours = is_ours,
				 .arg = w };

	while (bus_join(w->bus, &role, &w->member, err)) {
		if (err->class != ERR_RETRY || stop_asked())
			return -1;
		log_warn("%s", err->text);
		health_beat(w->health);
		poll(NULL, 0, back_off_ms(w->failures[POLLING]++));
	}
	w->failures[POLLING] = 0;
	return 0;
}

static void
count_rows(void)
{
	static struct metric *const rows[] = { &m_records, &m_sent, &m_dead, &m_commits,
					       &m_aborts,  &m_lag,  &m_last };

	for (size_t i = 0; i < LENGTH(rows); i++)
		metric_register(rows[i]);
}

static int
open_all(struct worker *w, struct err *err)
{
	const struct program *p = w->start->program;

	if (conf_fill(p->conf, "worker", NULL, worker_section.opts, &w->conf, err) ||
	    slot_claim(&w->slot, p->state, w->group, w->conf.slot, err) ||
	    journal_open(&w->journal, p->state, w->group, w->slot.number,
			 w->conf.budget_ms, w->conf.drain_ms, err))
		return -1;
	w->id = must_printf("%s.%d", w->group, w->slot.number);
	log_as(must_keep(must_printf("%s.%d", w->start->group, w->slot.number)));
	if (w->conf.health_port >= 0) {
		if (health_open(&w->health, w->conf.health_port, w->conf.budget_ms * 2,
				err))
			return -1;
		log_info("health=127.0.0.1:%d", health_port(w->health));
	}
	set_batch(w, FIRST_BATCH);
	if (program_bus_wait(p, w->health, &w->bus, err) ||
	    (w->type->open && w->type->open(w->self, w, err)))
		return -1;
	journal_of(w->journal, bus_cluster(w->bus));
	return join(w, err);
}

static void
close_all(struct worker *w)
{
	bus_leave(w->member);
	if (w->type->close)
		w->type->close(w->self);
	bus_close(w->bus);
	health_close(w->health);
	journal_close(w->journal);
	arena_release(&w->arena);
	positions_release(&w->piece);
	positions_release(&w->owed);
	slot_release(&w->slot);
	free(w->id);
	free(w->group);
}

int
worker_run(const struct consumer_type *type, void *self, const struct worker_start *start)
{
	struct worker w = { .type = type, .self = self, .start = start };
	struct err err;
	int status = 0;

	w.stage = start->group;
	w.group = must_printf("%s.%s", start->program->prefix, start->group);
	w.deadletter = program_name(start->program, "deadletter");
	arena_init(&w.arena, ARENA_BYTES);
	count_rows();
	if (open_all(&w, &err) || loop(&w, &err)) {
		status =
		    stop_asked() && err.class == ERR_RETRY ? 0 : err_exit_status(&err);
		if (status)
			log_error("%s", err.text);
	}
	close_all(&w);
	return status;
}
