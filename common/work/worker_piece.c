/*
 * A piece of a batch is a transaction: its records, what was sent of them, and
 * their positions.
 *
 * A consumer that stores positions with its records needs the group's only to
 * know where to begin, so they are committed once a second, with what is sent,
 * and when there is nothing to read: a transaction less for each piece.
 */
#include "work/worker_parts.h"

#include <string.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "ops/stop.h"

enum {
	PIECE_BYTES = 16 << 20,
	SETTLE_MS = 1000, /* positions that the consumer keeps itself may wait so long */
	SETTLE_REPLAYED_MS = 100, /* a replay goes by them */
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
static struct metric m_last = { .name = "newswire_last_record_timestamp_seconds",
				.kind = METRIC_GAUGE,
				.help = "when the last record was committed" };

void
worker_piece_metrics(void)
{
	static struct metric *const rows[] = { &m_records, &m_sent,   &m_dead,
					       &m_commits, &m_aborts, &m_last };

	for (size_t i = 0; i < LENGTH(rows); i++)
		metric_register(rows[i]);
}

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
		log_warn("set aside topic=%s partition=%d offset=%lld reason=%s: %s",
			 r->topic, r->partition, (long long)r->offset, reason, text);
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

void
worker_begin_piece(struct worker *w)
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
		positions_put(&w->piece, records[*taken].topic, records[*taken].partition,
			      records[*taken].offset + 1);
		w->read_bytes += bus_record_size(&records[*taken]);
		w->has_replayed |=
		    bus_header(&records[*taken], "nw-replay", &size) != NULL;
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
int
worker_settle(struct worker *w, struct err *err)
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

void
worker_ticked(struct worker *w)
{
	if (w->sent && w->type->committed)
		w->type->committed(w->self);
	metric_add(&m_sent, (int64_t)w->sent);
}

int
worker_commit_sent(struct worker *w, struct err *err)
{
	if (!w->in_txn)
		return 0;
	if (bus_commit(w->member, NULL, 0, err))
		return -1;
	w->in_txn = false;
	metric_add(&m_commits, 1);
	return 0;
}

static bool
is_settling_due(const struct worker *w)
{
	return mono_since(w->settled) >=
	       (w->has_replayed ? SETTLE_REPLAYED_MS : SETTLE_MS);
}

int
worker_transact(struct worker *w, const struct bus_record *records, size_t n,
		size_t *taken, struct err *err)
{
	worker_begin_piece(w);
	if ((!w->keeps_positions && begin(w, err)) ||
	    process_some(w, records, n, taken, err))
		return -1;
	if (w->type->flush &&
	    w->type->flush(w->self, w->piece.items, w->piece.count, w, err))
		return -1;
	owe(w);
	if ((w->in_txn || is_settling_due(w)) && worker_settle(w, err))
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
int
worker_take_back(struct worker *w, struct err *err)
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
