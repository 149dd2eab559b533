/*
 * One transaction of a replay.  Into a topic, records and state commit
 * together.  Into a sink that keeps its own places, the sink's flush comes
 * first and its places are the truth: what was flushed and not committed is
 * read again and passed over.
 */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "replay/run.h"

enum {
	PIECE_BYTES = 16 << 20,
	PIECE_MS = 100,
	SLOW_MS = 2000,
	STATE_MS = 1000,
	UNCLEAR_SAID = 10
};

static const char mark_name[] = "nw-replay";

/* The record's headers with our mark; one of an earlier replay goes. */
static int
put_mark(struct replay_run *run, struct bus_record *r, struct arena *arena,
	 struct err *err)
{
	struct bus_header *h = arena_alloc(arena, (r->header_count + 1) * sizeof(*h));
	size_t n = 0;

	if (arena_check(arena, err))
		return -1;
	for (size_t i = 0; i < r->header_count; i++)
		if (strcmp(r->headers[i].name, mark_name))
			h[n++] = r->headers[i];
	h[n++] = (struct bus_header){ mark_name, run->mark.data, run->mark.size };
	r->headers = h;
	r->header_count = n;
	return 0;
}

/* At the first record that is sent, so that a filter that finds little costs little. */
static int
begin(struct replay_run *run, struct err *err)
{
	if (run->is_open)
		return 0;
	if (bus_begin(run->member, err))
		return -1;
	run->opened_at = mono_now();
	run->open_bytes = 0;
	run->is_open = true;
	return 0;
}

static int
set_aside(struct replay_run *run, const struct bus_record *r, const struct err *why,
	  struct err *err)
{
	struct deadletter d = { .topic = run->deadletter,
				.stage = run->stage,
				.reason = "reject",
				.text = why->text };
	struct bus_record in = *r, out;

	if (run->job->at_once) /* all or nothing */
		return err_set(err, ERR_FATAL, "%s/%d offset %" PRId64 ": %s", r->topic,
			       r->partition, r->offset, why->text);
	log_warn("set aside topic=%s partition=%d offset=%" PRId64 ": %s", r->topic,
		 r->partition, r->offset, why->text);
	run->state.rejected++;
	arena_reset(&run->arena);
	return begin(run, err) || put_mark(run, &in, &run->arena, err) ||
		       deadletter_make(&out, &in, &d, &run->arena, err) ||
		       bus_send(run->member, &out, err)
		   ? -1
		   : 0;
}

int
transfer_reject(void *arg, const struct bus_record *r, const struct err *why,
		struct err *err)
{
	struct replay_run *run = arg;
	struct bus_record in = *r;

	in.topic = run->job->line.source;
	run->state.sent--;
	return set_aside(run, &in, why, err);
}

static int
send_marked(void *arg, const struct bus_record *r, struct err *err)
{
	struct replay_run *run = arg;
	struct bus_record out = *r;

	if (begin(run, err) || put_mark(run, &out, &run->arena, err))
		return -1;
	run->open_bytes += bus_record_size(&out);
	return bus_send(run->member, &out, err);
}

/* Without a key there is no place to keep but that of the record. */
static int
put_topic(struct replay_run *run, const struct bus_record *r, struct err *err)
{
	struct bus_record out = *r;

	out.topic = run->job->line.into;
	out.partition = r->key ? -1 : r->partition % run->partitions;
	return send_marked(run, &out, err);
}

/* A sink may look at the record until the flush. */
static int
put_sink(struct replay_run *run, const struct bus_record *r, struct err *err)
{
	struct bus_record *out =
	    (struct bus_record *)arena_copy(&run->batch, r, sizeof(*r));

	if (arena_check(&run->batch, err) || put_mark(run, out, &run->batch, err))
		return -1;
	out->topic = run->alias;
	run->is_written = true;
	return sink_write(run->sink, out, err);
}

static int
put_through(struct replay_run *run, const struct bus_record *r, struct err *err)
{
	const struct replay_through *t = run->job->through;
	const char *verdict =
	    journal_verdict(run->journal, r->topic, r->partition, r->offset);
	int failed;

	if (verdict)
		return err_set(err, ERR_REJECT,
			       "%s: this record ended the replay several times", verdict);
	journal_enter(run->journal, r->topic, r->partition, r->offset);
	failed = t->make(t->arg, r, send_marked, run, &run->arena, err);
	journal_leave(run->journal);
	return failed;
}

static int
put(struct replay_run *run, const struct bus_record *r, struct err *err)
{
	arena_reset(&run->arena);
	if (run->job->through)
		return put_through(run, r, err);
	return run->sink ? put_sink(run, r, err) : put_topic(run, r, err);
}

/* Nobody knows whether it was meant: it is left out, counted and said. */
static void
leave_out(struct replay_run *run, const struct bus_record *r, const struct err *why)
{
	if (run->state.rejected++ < UNCLEAR_SAID)
		log_warn("left out topic=%s partition=%d offset=%" PRId64 ": where: %s",
			 r->topic, r->partition, r->offset, why->text);
}

/* A dead letter that was sent back to one stage: the others have had it. */
static bool
is_for_another(const struct replay_run *run, const struct bus_record *r)
{
	size_t n;
	const char *stage = bus_header(r, DEADLETTER_FOR, &n);

	return stage && (run->sink || run->job->through) &&
	       (n != strlen(run->stage) || memcmp(stage, run->stage, n));
}

static int
handle(struct replay_run *run, const struct bus_record *r, struct err *err)
{
	struct err why;
	bool meant;

	run->state.read++;
	if (filter_ask(run->job->filter, r, &meant, err)) {
		if (err->class != ERR_REJECT)
			return -1;
		leave_out(run, r, err);
		return 0;
	}
	if (!meant || is_for_another(run, r))
		return 0;
	if (!put(run, r, err)) {
		run->state.sent++;
		return 0;
	}
	if (err->class != ERR_REJECT)
		return -1;
	why = *err;
	return set_aside(run, r, &why, err);
}

static struct replay_place *
place_of(struct replay_run *run, int partition)
{
	struct replay_place *p = run->state.places;

	while (p->partition != partition)
		p++;
	return p;
}

static int
handle_some(struct replay_run *run, const struct bus_record *records, size_t n,
	    size_t *taken, struct err *err)
{
	long limit = run->job->line.limit;
	struct mono start = mono_now();

	for (*taken = 0; *taken < n; ++*taken) {
		const struct bus_record *r = &records[*taken];

		run->has_limit_come = limit && run->state.sent >= limit;
		if (run->has_limit_come ||
		    (run->is_open && run->open_bytes >= PIECE_BYTES) ||
		    (*taken && (mono_since(start) >= SLOW_MS || stop_asked() ||
				(run->sink && sink_is_full(run->sink)))))
			break;
		if (handle(run, r, err))
			return -1;
		place_of(run, r->partition)->next = r->offset + 1;
	}
	return 0;
}

static int
flush_sink(struct replay_run *run, struct err *err)
{
	size_t n = run->state.place_count;
	struct bus_position *p;

	if (!run->is_written)
		return 0;
	p = arena_alloc(&run->batch, (n + 1) * sizeof(*p));
	if (arena_check(&run->batch, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		p[i] = (struct bus_position){ run->alias, run->state.places[i].partition,
					      run->state.places[i].next };
	if (sink_flush(run->sink, p, n, err))
		return -1;
	arena_reset(&run->batch);
	return 0;
}

static int
send_state(struct replay_run *run, struct err *err)
{
	char at[WALL_TEXT];
	struct bus_record r;

	run->state.at = wall_text(wall_now(), at);
	buf_reset(&run->value);
	replay_state_print(&run->state, &run->value);
	run->state.at = NULL;
	if (buf_check(&run->value, err))
		return err_context(err, "the state of the replay");
	r = book_record(run->topic, run->key, &run->value);
	return bus_send(run->member, &r, err);
}

/* The counts and places of one state to the other; the rest is the same in both. */
static void
copy_progress(struct replay_state *to, const struct replay_state *from)
{
	to->status = from->status;
	to->read = from->read;
	to->sent = from->sent;
	to->rejected = from->rejected;
	memcpy(to->places, from->places, from->place_count * sizeof(*from->places));
}

static int
commit(struct replay_run *run, struct err *err)
{
	if (send_state(run, err) || bus_commit(run->member, NULL, 0, err))
		return -1;
	log_debug("committed records=%ld bytes=%zu open_ms=%lld",
		  run->state.sent - run->committed.sent, run->open_bytes,
		  (long long)mono_since(run->opened_at));
	run->is_open = run->is_written = false;
	run->committed_at = mono_now();
	copy_progress(&run->committed, &run->state);
	for (size_t i = 0; run->journal && i < run->state.place_count; i++)
		journal_forget(run->journal, run->job->line.source,
			       run->state.places[i].partition,
			       run->state.places[i].next - 1);
	return 0;
}

bool
transfer_is_open(const struct replay_run *run)
{
	return (run->is_open || run->is_written) && !run->job->at_once;
}

/*
 * As large as is worth it, however small the batches come.  A sink may look at
 * its records until the flush, and they live no longer than the batch.  For
 * nothing but how far it came a transaction is worth it now and then only.
 */
static bool
is_full(const struct replay_run *run)
{
	if (!transfer_is_open(run))
		return !run->job->at_once && mono_since(run->committed_at) >= STATE_MS;
	return run->sink || run->state.sent - run->committed.sent >= TRANSFER_RECORDS ||
	       run->open_bytes >= PIECE_BYTES || mono_since(run->opened_at) >= PIECE_MS;
}

int
transfer(struct replay_run *run, const struct bus_record *records, size_t n,
	 size_t *taken, struct err *err)
{
	int failed;

	if (run->journal)
		journal_watch(run->journal, true);
	failed = handle_some(run, records, n, taken, err);
	if (run->journal)
		journal_watch(run->journal, false);
	if (failed)
		return -1;
	return is_full(run) ? transfer_state(run, err) : 0;
}

int
transfer_state(struct replay_run *run, struct err *err)
{
	return flush_sink(run, err) || begin(run, err) || commit(run, err) ? -1 : 0;
}

int
transfer_undo(struct replay_run *run, struct err *err)
{
	struct err again;

	copy_progress(&run->state, &run->committed);
	run->has_limit_come = false;
	if (run->sink)
		sink_undo(run->sink);
	arena_reset(&run->batch);
	if (run->is_open && bus_abort(run->member, &again) && again.class != ERR_RETRY)
		*err = again;
	run->is_open = run->is_written = false;
	if (err->class == ERR_RETRY)
		return 0;
	if (err->class == ERR_REJECT)
		err->class = ERR_FATAL;
	return -1;
}
