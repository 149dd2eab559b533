/*
 * A batch that was polled is worked off in pieces, each one transaction: a
 * piece ends after commit_ms or PIECE_BYTES of output, so neither a rebalance
 * nor a shutdown waits for a thousand slow records.  How many are polled
 * follows from how many the last piece took.
 *
 * The trap: an abort rewinds the bus to the committed positions, so what is
 * left of the batch in memory must be dropped, not gone on with.
 */
#include "work/worker.h"

#include <poll.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "work/worker_parts.h"

enum {
	ARENA_BYTES = 512 << 20, /* address space; a record's own limits come first */
	FIRST_BATCH = 64,
	REST_REPLAYED_MS = 2, /* a replay waits for what is settled */
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
		if (worker_transact(w, records + done, n - done, &taken, err)) {
			if (worker_take_back(w, err))
				return -1;
			return worker_recover(w, WORKING, err);
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
	worker_begin_piece(w);
	if ((w->type->tick && w->type->tick(w->self, mono_now().ms, w, err)) ||
	    worker_settle(w, err)) {
		if (worker_take_back(w, err))
			return -1;
		return worker_recover(w, TICKING, err);
	}
	worker_ticked(w);
	w->failures[TICKING] = 0;
	return 0;
}

/* A small batch was worked off: the next one may be larger. */
static int
linger(struct worker *w, struct err *err)
{
	w->looked = (struct mono){ 0 };
	if (worker_settle(w, err)) {
		if (worker_take_back(w, err))
			return -1;
		return worker_recover(w, TICKING, err);
	}
	if (worker_rest(w, w->start->linger_ms, worker_is_batch_waiting, err))
		return worker_recover(w, POLLING, err);
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
			if (worker_recover(w, POLLING, err))
				return -1;
			continue;
		}
		w->failures[POLLING] = 0;
		health_ready(w->health, is_well(w));
		if (n ? work_off(w, records, n, err) : tick(w, err))
			return -1;
		worker_measure_lag(w);
		if (w->start->linger_ms && n && n < w->batch && is_well(w) &&
		    linger(w, err))
			return -1;
	}
	return worker_settle(w, err);
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
		poll(NULL, 0, worker_back_off_ms(w->failures[POLLING]++));
	}
	w->failures[POLLING] = 0;
	return 0;
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
	worker_piece_metrics();
	worker_wait_metrics();
	if (open_all(&w, &err) || loop(&w, &err)) {
		status =
		    stop_asked() && err.class == ERR_RETRY ? 0 : err_exit_status(&err);
		if (status)
			log_error("%s", err.text);
	}
	close_all(&w);
	return status;
}
