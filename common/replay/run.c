/*
 * A replay as it runs: piece by piece until the ends that were fixed, as fast
 * as it may, and with an ear for what it is asked.
 */
#include "replay/run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "replay/progress.h"

enum {
	READ_MS = 200,
	MORE_MS = 10,     /* for more of the same transaction */
	ROOM_MS = 2,
	WAIT_MS = 10,
	ASK_MS = 500,     /* the state topic, what is asked */
	CHECK_MS = 5000,  /* retention */
	HORIZON_MS = 100, /* how often more of the log's time is due */
	BACK_OFF_MS = 100,
	BACK_OFF_MOST_MS = 10000,
};

/* ---- between the batches ---- */

struct loop {
	struct mono asked, checked;
	struct replay_place *then; /* places at the last check */
	struct progress progress;
	long committed; /* that the pace knows of */
	int failures;
	bool all; /* of the stretch is to be read by now */
	bool ended;
};

/* 0: it will be tried again. */
static int
recover(struct replay_run *run, struct loop *l, struct err *err)
{
	int ms = BACK_OFF_MS << (l->failures < 7 ? l->failures : 7);
	struct mono start = mono_now();

	if (transfer_undo(run, err))
		return -1;
	ms = ms < BACK_OFF_MOST_MS ? ms : BACK_OFF_MOST_MS;
	l->failures++;
	l->ended = false;
	log_warn("try=%d wait_ms=%d: %s", l->failures, ms, err->text);
	while (!stop_asked() && mono_since(start) < ms)
		poll(NULL, 0, WAIT_MS);
	while (run_go_to_places(run, err)) {
		if (err->class != ERR_RETRY || stop_asked())
			return -1;
		poll(NULL, 0, BACK_OFF_MOST_MS / 10);
	}
	return 0;
}

/* What is asked in the state topic; while it is `pause`, nothing else. */
static int
ask_wish(struct replay_run *run, struct loop *l, struct err *err)
{
	const struct book_entry *e;
	bool paused = false;

	if (transfer_is_open(run) && transfer_state(run, err))
		return -1;
	do {
		l->asked = mono_now();
		if (book_read(&run->book, err))
			return -1;
		e = book_find(&run->book, run->id);
		if (!e || e->wish != REPLAY_PAUSE)
			break;
		if (!paused)
			log_info("replay %s is paused: `newswire replay resume %s` lets "
				 "it go on",
				 run->id, run->id);
		paused = true;
		poll(NULL, 0, ASK_MS);
	} while (!stop_asked());
	if (paused && !stop_asked())
		log_info("replay %s goes on", run->id);
	if (e && e->wish == REPLAY_CANCEL)
		run->state.status = REPLAY_CANCELLED;
	return 0;
}

/* Retention is behind where this was at the last look, so nothing was missed since. */
static int
check_source(struct replay_run *run, struct loop *l, struct err *err)
{
	size_t n = run->state.place_count;

	if (mono_since(l->checked) < CHECK_MS)
		return 0;
	l->checked = mono_now();
	if (run->source.type->check(run->source.state, l->then, n, err))
		return -1;
	memcpy(l->then, run->state.places, n * sizeof(*l->then));
	return 0;
}

/* ---- at so many times the speed of the log ---- */

/* The first records say what time it is in the log; they are read again. */
static int
find_log_time(struct replay_run *run, const struct bus_record *r, size_t n,
	      struct loop *l, struct err *err)
{
	run->pace.log_ms = INT64_MAX;
	for (; n > 0; n--, r++)
		if (r->time_ms < run->pace.log_ms)
			run->pace.log_ms = r->time_ms;
	run->pace.begun = mono_now();
	return run_go_to_places(run, err) ||
		       run->source.type->until(run->source.state, run->pace.log_ms + 1,
					       &l->all, err)
		   ? -1
		   : 0;
}

/* All of before the horizon is through: a little later there is more. */
static int
widen(struct replay_run *run, struct loop *l, struct err *err)
{
	struct mono start = mono_now();

	while (!stop_asked() && mono_since(start) < HORIZON_MS)
		poll(NULL, 0, WAIT_MS);
	return run->source.type->until(run->source.state, pace_horizon(&run->pace),
				       &l->all, err);
}

/* ---- the loop ---- */

static int
work_off(struct replay_run *run, const struct bus_record *records, size_t n,
	 struct loop *l, struct err *err)
{
	for (size_t taken; n > 0 && !run->has_limit_come && !stop_asked();
	     n -= taken, records += taken) {
		long sent = run->state.sent;

		if (transfer(run, records, n, &taken, err))
			return -1;
		l->failures = 0;
		pace_sent(&run->pace, (size_t)(run->state.sent - sent));
	}
	return 0;
}

/* One batch at most.  ended: the ends that were fixed are met, or the limit is. */
static int
read_and_work(struct replay_run *run, size_t room, struct loop *l, struct err *err)
{
	const struct bus_record *records;
	bool end;
	size_t n;

	if (run->source.type->read(run->source.state, &records, &n, room,
				   transfer_is_open(run) ? MORE_MS : READ_MS, &end, err))
		return -1;
	if (n == 0 && transfer_is_open(run) && transfer_state(run, err))
		return -1;
	if (n > 0 && run->job->pace.speed > 0 && run->pace.log_ms == INT64_MIN)
		return find_log_time(run, records, n, l, err);
	if (work_off(run, records, n, l, err))
		return -1;
	l->ended = run->has_limit_come || (n == 0 && end && l->all);
	if (n > 0 || !end || l->ended)
		return 0;
	return run->pace.log_ms == INT64_MIN ? 0 : widen(run, l, err);
}

/* What waits to be committed is on its way already. */
static int
find_room(struct replay_run *run, struct loop *l, size_t *room, struct err *err)
{
	size_t open = (size_t)(run->state.sent - run->committed.sent);

	if (run->committed.sent > l->committed)
		pace_committed(&run->pace, (size_t)(run->committed.sent - l->committed));
	l->committed = run->committed.sent;
	if (pace_room(&run->pace, TRANSFER_RECORDS + open, room, err))
		return -1;
	*room -= *room < open ? *room : open;
	return 0;
}

static int
step(struct replay_run *run, struct loop *l, struct err *err)
{
	size_t room;

	if ((mono_since(l->asked) >= ASK_MS && ask_wish(run, l, err)) ||
	    check_source(run, l, err) || find_room(run, l, &room, err))
		return -1;
	if (run->state.status == REPLAY_CANCELLED || stop_asked())
		return 0;
	if (room > 0)
		return read_and_work(run, room, l, err);
	if (transfer_is_open(run))
		return transfer_state(run, err);
	poll(NULL, 0, ROOM_MS);
	return 0;
}

static void
show(struct replay_run *run, struct loop *l, bool last)
{
	const struct live_group *behind;
	const char *group = NULL;

	if (!run->job->show)
		return;
	behind = pace_behind(&run->pace, &group);
	progress_show(&l->progress, &run->state, group, behind ? behind->lag : 0, last);
}

/* What was read and not committed yet goes with the end, or with the stop. */
static int
end_run(struct replay_run *run, struct loop *l, struct err *err)
{
	struct replay_state *s = &run->state;

	if (l->ended)
		s->status = REPLAY_DONE;
	for (size_t i = 0; l->ended && !run->has_limit_come && i < s->place_count; i++)
		s->places[i].next = s->places[i].end;
	if (!l->ended && run->job->at_once)
		return transfer_undo(run, &(struct err){ .class = ERR_RETRY });
	return transfer_state(run, err);
}

static int
loop(struct replay_run *run, struct err *err)
{
	size_t n = run->state.place_count;
	struct loop l = { .checked = mono_now(),
			  .committed = run->committed.sent,
			  .all = true };
	int failed = 0;

	l.then = must_alloc((n + 1) * sizeof(*l.then));
	memcpy(l.then, run->state.places, n * sizeof(*l.then));
	progress_begin(&l.progress, &run->state);
	while (!failed) {
		bool is_over =
		    l.ended || run->state.status == REPLAY_CANCELLED || stop_asked();

		failed = is_over ? end_run(run, &l, err) : step(run, &l, err);
		if (!failed && is_over)
			break;
		if (failed && is_over && stop_asked()) {
			failed = transfer_undo(run, err); /* the next run does it */
			break;
		}
		if (failed)
			failed = recover(run, &l, err);
		show(run, &l, false);
	}
	show(run, &l, true);
	free(l.then);
	return failed;
}

static enum replay_outcome
outcome_of(enum replay_status before, enum replay_status now)
{
	switch (now) {
	case REPLAY_DONE:
		return before == REPLAY_DONE ? REPLAY_WAS_DONE : REPLAY_FINISHED;
	case REPLAY_CANCELLED:
		return REPLAY_WAS_CANCELLED;
	case REPLAY_RUNNING:
		return REPLAY_STOPPED;
	}
	return REPLAY_STOPPED;
}

int
replay_run(const struct replay_job *job, struct replay_report *report, struct err *err)
{
	struct replay_run run = { 0 };
	struct mono start = mono_now();
	enum replay_status before;
	long sent;
	int failed = run_begin(&run, job, err);

	before = run.state.status;
	sent = run.state.sent;
	if (!failed && before == REPLAY_RUNNING)
		failed = run_make_ready(&run, err) || loop(&run, err);
	*report = (struct replay_report){ .outcome = outcome_of(before, run.state.status),
					  .state = run.state,
					  .ms = mono_since(start),
					  .sent = run.state.sent - sent };
	run_end(&run);
	return failed ? -1 : 0;
}
