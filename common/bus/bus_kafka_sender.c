/*
 * The half of a member that sends: transactions, one at a time.
 *
 * Two things to know.  A transaction that begins soon after another of the
 * same transactional id is refused until the brokers have written the markers
 * of the former one, and asks again after 20 ms.  So there are two producers,
 * whose ids differ by what stands behind `~`, and they take turns.  Who takes
 * our id takes both, and positions count in the order in which they were sent.
 *
 * A producer that is lost for another reason than a new owner of its id is
 * replaced before the next transaction.
 */
#include "bus/bus_kafka_member.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "time/clock.h"

enum {
	TURNS = 2,
	JOIN_MS = 20000,    /* the transaction of a former owner ends within it */
	DOWN_MS = 3000,     /* with no broker there the caller may do something else */
	OUTCOME_MS = 60000, /* of a commit; then a new start must find out */
	STOP_MS = 2000,     /* for an answer, when told to stop or leaving */
	POLL_EVERY = 64,    /* sends, for delivery reports */
};

struct producer {
	struct kafka_handle handle; /* rk is NULL where there is none */
	char *id;
	rd_kafka_topic_t **topics; /* NULL where one is not asked for yet */
	bool is_lost;              /* must be replaced */
};

struct kafka_sender {
	struct bus *bus;
	char *id;
	struct producer turns[TURNS], *now;
	char **topics; /* names */
	size_t topic_count;
	unsigned sent;
	bool keeps_time;
	bool in_txn, is_fenced, is_leaving;
	struct mono began;
	int64_t txn_ms, send_ms; /* limits in force */
	int patience_ms;         /* for positions */
	rd_kafka_resp_err_t code;

	bool (*is_ours)(void *);
	void *arg;
};

void
kafka_sender_serve(struct kafka_sender *s)
{
	for (struct producer *p = s->turns; p < s->turns + TURNS; p++)
		rd_kafka_poll(p->handle.rk, 0);
}

bool
kafka_sender_is_open(const struct kafka_sender *s)
{
	return s->in_txn;
}

rd_kafka_resp_err_t
kafka_sender_code(const struct kafka_sender *s)
{
	return s->code;
}

/* ---- failures ---- */

/*
 * What fences us without another owner: a transaction that lasted too long is
 * given up by the brokers in the same way, and after they were away a late
 * answer may say it of our former self.  Then the id may be taken again, by
 * whoever still holds it on this machine.  An owner on another machine is
 * fenced so at most once: it has seen no such thing, ends, and takes the id
 * when it is started again.
 */
static bool
is_own_doing(const struct kafka_sender *s)
{
	bool in_time = !s->in_txn || mono_since(s->began) < s->txn_ms;

	return (!in_time || s->now->handle.was_cut) &&
	       (!s->is_ours || s->is_ours(s->arg));
}

/* What a lost producer means for the caller. */
static int
lost(struct kafka_sender *s, rd_kafka_resp_err_t code, const char *text,
     const char *doing, struct err *err)
{
	s->code = code;
	s->now->is_lost = true;
	s->is_fenced = kafka_is_fencing(code) && !is_own_doing(s);
	if (kafka_is_fencing(code) && !s->is_fenced)
		return err_set(
		    err, ERR_RETRY,
		    "Kafka at %s: %s as %s: the transaction was given up after "
		    "%" PRId64 " ms (transaction.timeout.ms is %" PRId64 ")%s",
		    s->bus->brokers, doing, s->id, mono_since(s->began), s->txn_ms,
		    s->now->handle.was_cut ? "; the connection was lost" : "");
	kafka_err(&s->now->handle, code, text, err, "%s as %s", doing, s->id);
	if (!s->is_fenced && err->class == ERR_FATAL)
		err->class = ERR_RETRY;
	return -1;
}

/* For another reason than that the transaction was given up. */
static bool
has_undelivered(const struct kafka_sender *s)
{
	rd_kafka_resp_err_t code = s->now->handle.undelivered;

	return code && code != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
	       code != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

/*
 * A transaction that failed is tried again, whatever it was; but a time that a
 * record bears is refused each time, where a clock may be put right.
 */
static void
classify(const struct kafka_sender *s, rd_kafka_resp_err_t code, struct err *err)
{
	if (s->keeps_time && code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
		err->class = ERR_USAGE;
	else if (err->class == ERR_FATAL)
		err->class = ERR_RETRY;
}

/* The first record that failed says more than that the transaction did. */
static int
undelivered(struct kafka_sender *s, const char *doing, struct err *err)
{
	struct kafka_handle *h = &s->now->handle;

	kafka_err(h, h->undelivered, NULL, err, "%s: a record for topic %s", doing,
		  h->undelivered_topic);
	classify(s, h->undelivered, err);
	return -1;
}

/* Takes the error of a call on the transaction. */
static int
failed(struct kafka_sender *s, rd_kafka_error_t *error, const char *doing,
       struct err *err)
{
	struct kafka_handle *h = &s->now->handle;
	rd_kafka_resp_err_t why;
	bool is_fatal = rd_kafka_error_is_fatal(error);
	char text[256];

	s->code = rd_kafka_error_code(error);
	snprintf(text, sizeof(text), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	rd_kafka_poll(h->rk, 0);
	why = rd_kafka_fatal_error(h->rk, text, sizeof(text));
	if (why)
		return lost(s, why, text, doing, err);
	if (is_fatal || kafka_is_fencing(s->code))
		return lost(s, s->code, text, doing, err);
	if (has_undelivered(s))
		return undelivered(s, doing, err);
	kafka_err(h, s->code, text, err, "%s as %s", doing, s->id);
	classify(s, s->code, err);
	return -1;
}

/* After a call that had no answer in its slice; past the transaction's time it has none.
 */
static void
wait_on(struct kafka_handle *h, struct mono asked)
{
	rd_kafka_poll(h->rk, mono_since(asked) < KAFKA_SLICE_MS / 2 ? 100 : 0);
	kafka_silent(h);
}

/* ---- producers ---- */

static void
stop_producer(struct kafka_sender *s, struct producer *p)
{
	for (size_t i = 0; i < s->topic_count; i++) {
		if (p->topics[i])
			rd_kafka_topic_destroy(p->topics[i]);
		p->topics[i] = NULL;
	}
	kafka_stop(&p->handle);
}

/*
 * Asks for a topic's metadata: the first record of one that is not known yet
 * waits a second.
 */
static int
ask_for_topic(struct kafka_handle *h, rd_kafka_topic_t *topic, const char *name,
	      struct err *err)
{
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t code = rd_kafka_metadata(h->rk, 0, topic, &md, KAFKA_ASK_MS);

	rd_kafka_poll(h->rk, 0);
	if (code)
		return kafka_err(h, code, NULL, err, "ask for topic %s", name);
	code = md->topic_cnt == 1 ? md->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
	rd_kafka_metadata_destroy(md);
	if (code && code != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
		return kafka_err(h, code, NULL, err, "topic %s", name);
	return 0;
}

static int
open_topic(struct kafka_sender *s, struct producer *p, size_t i, struct err *err)
{
	rd_kafka_topic_t *t = rd_kafka_topic_new(p->handle.rk, s->topics[i], NULL);

	if (!t)
		return kafka_err(&p->handle, rd_kafka_last_error(), NULL, err, "topic %s",
				 s->topics[i]);
	if (ask_for_topic(&p->handle, t, s->topics[i], err)) {
		rd_kafka_topic_destroy(t);
		return -1;
	}
	p->topics[i] = t;
	return 0;
}

/* The number of the topic, which is new where nothing was sent to it yet. */
static size_t
topic_named(struct kafka_sender *s, const char *name)
{
	size_t n = s->topic_count;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(s->topics[i], name))
			return i;
	s->topics = must_realloc(s->topics, (n + 1) * sizeof(*s->topics));
	s->topics[n] = must_strdup(name);
	for (struct producer *p = s->turns; p < s->turns + TURNS; p++) {
		p->topics = must_realloc(p->topics, (n + 1) * sizeof(*p->topics));
		p->topics[n] = NULL;
	}
	return s->topic_count++;
}

/* Whoever had the id is fenced, and what it left open is aborted. */
static int
take_id(struct kafka_sender *s, struct err *err)
{
	struct kafka_handle *h = &s->now->handle;
	struct mono start = mono_now(), asked = start;
	rd_kafka_error_t *error;

	while ((error = rd_kafka_init_transactions(h->rk, KAFKA_SLICE_MS)) != NULL) {
		if (!rd_kafka_error_is_retriable(error) || stop_asked() ||
		    mono_since(start) > (h->down ? DOWN_MS : JOIN_MS))
			return failed(s, error, "take the id", err);
		rd_kafka_error_destroy(error);
		wait_on(h, asked);
		asked = mono_now();
	}
	kafka_heard(h);
	return 0;
}

static int
start_producer(struct kafka_sender *s, struct producer *p, struct err *err)
{
	const struct bus_setting fixed[] = {
		{ "transactional.id", p->id },
		{ "enable.idempotence", "true" },
		{ "acks", "all" },
		{ NULL, NULL },
	};
	const struct kafka_hooks hooks = { .deliveries = true };

	s->now = p;
	p->is_lost = true;
	if (kafka_start(&p->handle, s->bus, RD_KAFKA_PRODUCER, kafka_producer_defaults,
			fixed, &hooks, err))
		return -1;
	s->txn_ms = kafka_setting(&p->handle, "transaction.timeout.ms");
	s->send_ms = kafka_setting(&p->handle, "message.timeout.ms");
	if (take_id(s, err))
		return -1;
	for (size_t i = 0; i < s->topic_count; i++)
		if (open_topic(s, p, i, err))
			return -1;
	p->is_lost = false;
	return 0;
}

/* After it was lost. */
static int
replace_producer(struct kafka_sender *s, struct err *err)
{
	if (s->is_fenced)
		return kafka_fenced(s->bus, s->id, err);
	if (!s->now->is_lost)
		return 0;
	log_info("kafka id=%s: a new producer takes over from the one that failed",
		 s->now->id);
	stop_producer(s, s->now);
	return start_producer(s, s->now, err);
}

/* ---- transactions ---- */

int
kafka_sender_begin(struct kafka_sender *s, struct err *err)
{
	rd_kafka_error_t *error;

	assert(!s->in_txn);
	if (replace_producer(s, err))
		return -1;
	s->code = s->now->handle.undelivered = RD_KAFKA_RESP_ERR_NO_ERROR;
	error = rd_kafka_begin_transaction(s->now->handle.rk);
	if (error)
		return failed(s, error, "begin a transaction", err);
	s->in_txn = true;
	s->began = mono_now();
	return 0;
}

/* A batch of one record as the broker counts it: no more than this, compressed or not. */
static size_t
framed_size(const struct bus_record *r)
{
	return bus_record_size(r) + 128 + 10 * r->header_count;
}

static rd_kafka_headers_t *
headers_of(const struct bus_record *r)
{
	rd_kafka_headers_t *h;

	if (!r->header_count)
		return NULL;
	h = rd_kafka_headers_new(r->header_count);
	for (size_t i = 0; i < r->header_count; i++)
		rd_kafka_header_add(h, r->headers[i].name, -1, r->headers[i].value,
				    (ssize_t)r->headers[i].size);
	return h;
}

static rd_kafka_resp_err_t
produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, const struct bus_record *r,
	int64_t time_ms)
{
	rd_kafka_headers_t *headers = headers_of(r);
	int32_t partition = r->partition < 0 ? RD_KAFKA_PARTITION_UA : r->partition;
	rd_kafka_resp_err_t code;

	code =
	    rd_kafka_producev(rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
			      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			      RD_KAFKA_V_KEY(r->key, r->key_size),
			      RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value,
					       r->value_size),
			      RD_KAFKA_V_TIMESTAMP(time_ms), /* 0: now */
			      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
	if (code && headers)
		rd_kafka_headers_destroy(headers);
	return code;
}

static int
not_sent(struct kafka_sender *s, rd_kafka_resp_err_t code, const struct bus_record *r,
	 struct err *err)
{
	struct kafka_handle *h = &s->now->handle;
	char text[256];
	rd_kafka_resp_err_t why = rd_kafka_fatal_error(h->rk, text, sizeof(text));

	if (why)
		return lost(s, why, text, "send", err);
	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		return err_set(
		    err, ERR_REJECT,
		    "a record of %zu bytes is over message.max.bytes in [kafka]",
		    bus_record_size(r));
	if (code == RD_KAFKA_RESP_ERR__STATE && h->undelivered)
		return undelivered(s, "send", err);
	kafka_err(h, code, NULL, err, "send to topic %s", r->topic);
	if (err->class == ERR_FATAL)
		err->class = ERR_RETRY; /* the transaction has failed: abort says more */
	return -1;
}

int
kafka_sender_send(struct kafka_sender *s, const struct bus_record *r, struct err *err)
{
	size_t i = topic_named(s, r->topic);
	rd_kafka_t *rk = s->now->handle.rk;
	struct mono start = mono_now();
	rd_kafka_resp_err_t code;

	assert(s->in_txn);
	if (framed_size(r) > KAFKA_MAX_BATCH)
		return err_set(err, ERR_REJECT,
			       "a record with %zu headers is over the limit",
			       r->header_count);
	if (!s->now->topics[i] && open_topic(s, s->now, i, err))
		return -1;
	if (s->sent++ % POLL_EVERY == 0)
		rd_kafka_poll(rk, 0);
	while ((code = produce(rk, s->now->topics[i], r,
			       s->keeps_time ? r->time_ms : 0)) ==
		   RD_KAFKA_RESP_ERR__QUEUE_FULL &&
	       mono_since(start) < s->send_ms)
		rd_kafka_poll(rk, 20);
	return code ? not_sent(s, code, r, err) : 0;
}

/*
 * Unlike the other calls this one cannot be asked again: time that is up ends
 * the transaction.  So it is short, that others need not wait to hear why, and
 * longer each time.
 */
int
kafka_sender_positions(struct kafka_sender *s, const struct bus_position *p, size_t n,
		       const rd_kafka_consumer_group_metadata_t *group, struct err *err)
{
	struct kafka_handle *h = &s->now->handle;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
	rd_kafka_error_t *error;

	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, p[i].topic, p[i].partition)
		    ->offset = p[i].offset;
	error = rd_kafka_send_offsets_to_transaction(h->rk, list, group, s->patience_ms);
	rd_kafka_topic_partition_list_destroy(list);
	if (!error) {
		s->patience_ms = KAFKA_SLICE_MS;
		return 0;
	}
	failed(s, error, "commit positions", err);
	if (s->code == RD_KAFKA_RESP_ERR__TIMED_OUT) {
		kafka_silent(h);
		s->patience_ms =
		    2 * s->patience_ms < s->txn_ms ? 2 * s->patience_ms : (int)s->txn_ms;
	}
	return -1;
}

/* Told to stop, nobody waits for brokers that do not answer: the next start finds out. */
static int
unknown(struct kafka_sender *s, rd_kafka_error_t *error, struct err *err)
{
	s->now->is_lost = true;
	failed(s, error, "commit", err);
	err->class = stop_asked() ? ERR_RETRY : ERR_FATAL;
	return err_context(err, "what became of a transaction is not known");
}

/*
 * Asked again until it is known: the same records twice, or none, is what a
 * guess would cost.
 */
int
kafka_sender_commit(struct kafka_sender *s, struct err *err)
{
	struct kafka_handle *h = &s->now->handle;
	struct mono start = mono_now(), asked = start;
	rd_kafka_error_t *error;

	assert(s->in_txn);
	while ((error = rd_kafka_commit_transaction(h->rk, KAFKA_SLICE_MS)) != NULL) {
		if (!rd_kafka_error_is_retriable(error))
			return failed(s, error, "commit", err);
		if (mono_since(start) > (stop_asked() ? STOP_MS : OUTCOME_MS))
			return unknown(s, error, err);
		rd_kafka_error_destroy(error);
		wait_on(h, asked);
		asked = mono_now();
	}
	kafka_heard(h);
	s->in_txn = false;
	s->now = s->now == s->turns + TURNS - 1 ? s->turns : s->now + 1;
	return 0;
}

/* After its time the brokers have given a transaction up themselves. */
static int
abort_in_slices(struct kafka_sender *s, struct err *err)
{
	struct kafka_handle *h = &s->now->handle;
	struct mono start = mono_now(), asked = start;
	rd_kafka_error_t *error;

	while ((error = rd_kafka_abort_transaction(h->rk, KAFKA_SLICE_MS)) != NULL) {
		if (!rd_kafka_error_is_retriable(error) ||
		    mono_since(start) >
			(stop_asked() || s->is_leaving ? STOP_MS : s->txn_ms)) {
			s->now->is_lost = true;
			return failed(s, error, "abort", err);
		}
		rd_kafka_error_destroy(error);
		wait_on(h, asked);
		asked = mono_now();
	}
	kafka_heard(h);
	return 0;
}

static void
abort_transaction(struct kafka_sender *s)
{
	struct err err;

	if (!s->now->is_lost && abort_in_slices(s, &err))
		log_warn("%s", err.text);
	rd_kafka_poll(s->now->handle.rk, 0);
	s->in_txn = false;
	if (has_undelivered(s))
		s->now->is_lost =
		    true; /* its sequence has a gap, which fails the next batch */
}

int
kafka_sender_abort(struct kafka_sender *s, struct err *err)
{
	if (s->in_txn)
		abort_transaction(s);
	return replace_producer(s, err);
}

/* ---- coming and going ---- */

void
kafka_sender_stop(struct kafka_sender *s)
{
	if (!s || !s->in_txn)
		return;
	s->is_leaving = true;
	abort_transaction(s);
}

void
kafka_sender_close(struct kafka_sender *s)
{
	if (!s)
		return;
	kafka_sender_stop(s);
	for (struct producer *p = s->turns; p < s->turns + TURNS; p++) {
		stop_producer(s, p);
		free(p->topics);
		free(p->id);
	}
	for (size_t i = 0; i < s->topic_count; i++)
		free(s->topics[i]);
	free(s->topics);
	free(s->id);
	free(s);
}

int
kafka_sender_open(struct kafka_sender **out, struct bus *bus, const struct bus_role *role,
		  struct err *err)
{
	struct kafka_sender *s = must_alloc(sizeof(*s));

	s->bus = bus;
	s->id = must_strdup(role->id);
	s->patience_ms = KAFKA_SLICE_MS;
	s->is_ours = role->is_ours;
	s->arg = role->arg;
	s->keeps_time = role->keeps_time;
	for (int i = 0; i < TURNS; i++)
		s->turns[i].id =
		    i ? must_printf("%s~%d", role->id, i) : must_strdup(role->id);
	for (size_t i = 0; i < role->send_count; i++)
		topic_named(s, role->sends[i]);
	for (int i = TURNS; i-- > 0;)
		if (start_producer(s, &s->turns[i], err)) {
			kafka_sender_close(s);
			return -1;
		}
	*out = s;
	return 0;
}
