/*
 * A member: a transactional producer and, in a group, a consumer, under one
 * id that is both transactional.id and group.instance.id.
 *
 * Three things to know.  Partitions come and go only inside bus_poll(): the
 * callback notes what is assigned, and it is taken up outside of it, as
 * positions may not be readable yet (a dead owner's transaction is open).  To
 * rewind is to assign again.  A producer that is lost for another reason than
 * a new owner of its id is replaced by bus_abort().
 */
#include "bus/bus_kafka.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "time/clock.h"

enum {
	JOIN_MS = 20000,     /* the transaction of a former owner ends within it */
	POSITIONS_MS = 2000, /* between two looks whether stop was asked for */
	OUTCOME_MS = 60000,  /* of a commit; then a new start must find out */
	REJOIN_MS = 60000,   /* after a lost session */
	LEAVE_ABORT_MS = 2000,
	LEAVE_CLOSE_MS = 2500,
	POLL_EVERY = 64, /* sends, for delivery reports */
};

struct topic {
	char *name;
	rd_kafka_topic_t *rkt;
};

struct bus_member {
	struct bus_head head;
	struct bus *bus;
	char *id, *group;
	struct kafka_handle producer, consumer; /* rk is NULL where there is none */
	struct topic *topics;                   /* of the producer */
	size_t topic_count;
	unsigned sent;

	bool in_txn, is_lost, is_fenced; /* lost: the producer must be replaced */
	struct mono began;
	int64_t txn_ms, send_ms; /* limits in force */

	char **reads; /* the group's topics */
	size_t read_count;
	struct kafka_place *places;
	size_t place_count;
	rd_kafka_topic_partition_list_t *assigned; /* to be taken up */
	bool is_paused, is_leaving, is_gone; /* gone: the consumer must be replaced */
	bool has_lost;                       /* its session, at `lost` */
	struct mono lost;
	struct kafka_batch batch;
	bool is_late; /* an error came behind records: the next poll says it */
	struct err late;

	int (*on_assigned)(void *, struct bus_position *, size_t, struct err *);
	void (*on_revoked)(void *, const struct bus_position *, size_t);
	void *arg;
};

/* ---- the producer ---- */

static bool
is_fencing(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__FENCED ||
	       code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
	       code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

/*
 * The consumer may be no use any more.  One that lost its session (a broker
 * that was away) joins anew under its id and is then told, by an answer to its
 * former self, that it was replaced: by itself.  If only the commit was of the
 * former self the consumer goes on.  Another owner would have fenced our
 * producer first, and the next transaction finds that out.
 */
static int
gone(struct bus_member *m, rd_kafka_resp_err_t code, const char *text, struct err *err)
{
	char why[256];
	bool is_well = !rd_kafka_fatal_error(m->consumer.rk, why, sizeof(why));
	bool is_other = code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID && !is_well &&
			!rd_kafka_assignment_lost(m->consumer.rk) &&
			!(m->has_lost && mono_since(m->lost) < REJOIN_MS);

	m->is_gone = m->is_gone || !is_well;
	m->is_fenced = m->is_fenced || is_other;
	if (!is_other)
		code = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
	kafka_err(&m->consumer, code, text, err, "read as %s", m->id);
	err->class = is_other ? ERR_FATAL : ERR_RETRY;
	return -1;
}

/*
 * A transaction that lasted too long is aborted by the broker in the same way
 * as a new owner would do it.  Taking the id again is right then: had another
 * owner come, its consumer fences ours all the same.
 */
static bool
timed_out(const struct bus_member *m)
{
	return m->in_txn && mono_since(m->began) >= m->txn_ms;
}

/* What a lost producer means for the caller. */
static int
lost(struct bus_member *m, rd_kafka_resp_err_t code, const char *text, const char *doing,
     struct err *err)
{
	m->is_lost = true;
	if (is_fencing(code) && timed_out(m)) {
		return err_set(err, ERR_RETRY,
			       "Kafka at %s: %s: the transaction of %s lasted %" PRId64
			       " ms; transaction.timeout.ms is %" PRId64,
			       m->bus->brokers, doing, m->id, mono_since(m->began),
			       m->txn_ms);
	}
	m->is_fenced = is_fencing(code);
	kafka_err(&m->producer, code, text, err, "%s as %s", doing, m->id);
	if (!m->is_fenced && err->class == ERR_FATAL)
		err->class = ERR_RETRY;
	return -1;
}

/* For another reason than that the transaction was given up. */
static bool
has_undelivered(const struct bus_member *m)
{
	return m->producer.undelivered &&
	       m->producer.undelivered != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
	       m->producer.undelivered != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

/* The first record that failed says more than that the transaction did. */
static int
undelivered(struct bus_member *m, const char *doing, struct err *err)
{
	rd_kafka_resp_err_t code = m->producer.undelivered;

	kafka_err(&m->producer, code, NULL, err, "%s: a record for topic %s", doing,
		  m->producer.undelivered_topic);
	if (err->class == ERR_FATAL)
		err->class = ERR_RETRY;
	return -1;
}

/* Takes the error of a call on the transaction. */
static int
failed(struct bus_member *m, rd_kafka_error_t *error, const char *doing, struct err *err)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(error), why;
	bool is_fatal = rd_kafka_error_is_fatal(error);
	char text[256];

	snprintf(text, sizeof(text), "%s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	rd_kafka_poll(m->producer.rk, 0);
	why = rd_kafka_fatal_error(m->producer.rk, text, sizeof(text));
	if (why)
		return lost(m, why, text, doing, err);
	if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
		return gone(m, code, text, err);
	if (is_fatal || is_fencing(code))
		return lost(m, code, text, doing, err);
	if (has_undelivered(m))
		return undelivered(m, doing, err);
	kafka_err(&m->producer, code, text, err, "%s as %s", doing, m->id);
	if (err->class == ERR_FATAL)
		err->class = ERR_RETRY;
	return -1;
}

static void
stop_producer(struct bus_member *m)
{
	for (size_t i = 0; i < m->topic_count; i++) {
		if (m->topics[i].rkt)
			rd_kafka_topic_destroy(m->topics[i].rkt);
		m->topics[i].rkt = NULL;
	}
	kafka_stop(&m->producer);
}

/*
 * A topic's handle.  Its metadata is asked for at once: the first record of a
 * topic that is not known yet waits a second.
 */
static rd_kafka_topic_t *
open_topic(struct bus_member *m, struct topic *t, struct err *err)
{
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t code;

	t->rkt = rd_kafka_topic_new(m->producer.rk, t->name, NULL);
	if (!t->rkt) {
		kafka_err(&m->producer, rd_kafka_last_error(), NULL, err, "topic %s",
			  t->name);
		return NULL;
	}
	code = rd_kafka_metadata(m->producer.rk, 0, t->rkt, &md, KAFKA_ASK_MS);
	rd_kafka_poll(m->producer.rk, 0);
	if (code) {
		kafka_err(&m->producer, code, NULL, err, "ask for topic %s", t->name);
		return NULL;
	}
	code = md->topic_cnt == 1 ? md->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
	rd_kafka_metadata_destroy(md);
	if (!code || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
		return t->rkt;
	kafka_err(&m->producer, code, NULL, err, "topic %s", t->name);
	return NULL;
}

static struct topic *
topic_named(struct bus_member *m, const char *name)
{
	for (size_t i = 0; i < m->topic_count; i++)
		if (!strcmp(m->topics[i].name, name))
			return &m->topics[i];
	m->topics = must_realloc(m->topics, (m->topic_count + 1) * sizeof(*m->topics));
	m->topics[m->topic_count] = (struct topic){ must_strdup(name), NULL };
	return &m->topics[m->topic_count++];
}

/* Takes the id: whoever had it is fenced, and what it left open is aborted. */
static int
take_id(struct bus_member *m, struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_error_t *error;

	while ((error = rd_kafka_init_transactions(m->producer.rk, JOIN_MS)) != NULL) {
		if (!rd_kafka_error_is_retriable(error) || mono_since(start) > JOIN_MS)
			return failed(m, error, "take the id", err);
		rd_kafka_error_destroy(error);
	}
	return 0;
}

static int
start_producer(struct bus_member *m, struct err *err)
{
	const struct bus_setting fixed[] = {
		{ "transactional.id", m->id },
		{ "enable.idempotence", "true" },
		{ "acks", "all" },
		{ NULL, NULL },
	};
	const struct kafka_hooks hooks = { .deliveries = true };

	if (kafka_start(&m->producer, m->bus, RD_KAFKA_PRODUCER, kafka_producer_defaults,
			fixed, &hooks, err))
		return -1;
	m->txn_ms = kafka_setting(&m->producer, "transaction.timeout.ms");
	m->send_ms = kafka_setting(&m->producer, "message.timeout.ms");
	m->is_lost = false;
	if (take_id(m, err))
		goto failed;
	for (size_t i = 0; i < m->topic_count; i++)
		if (!open_topic(m, &m->topics[i], err))
			goto failed;
	return 0;
failed:
	m->is_lost = true;
	return -1;
}

static int
fenced(struct bus_member *m, struct err *err)
{
	return err_set(err, ERR_FATAL,
		       "Kafka at %s: %s was fenced: another process has this id",
		       m->bus->brokers, m->id);
}

/* After a producer was lost. */
static int
replace_producer(struct bus_member *m, struct err *err)
{
	if (m->is_fenced)
		return fenced(m, err);
	if (!m->is_lost)
		return 0;
	log_info("kafka id=%s: a new producer takes over from the one that failed",
		 m->id);
	stop_producer(m);
	return start_producer(m, err);
}

/* ---- the consumer ---- */

static void
drop_assignment(struct bus_member *m)
{
	if (m->assigned)
		rd_kafka_topic_partition_list_destroy(m->assigned);
	m->assigned = NULL;
}

static void
drop_places(struct bus_member *m)
{
	kafka_places_free(m->places, m->place_count);
	m->places = NULL;
	m->place_count = 0;
}

static void
say_revoked(struct bus_member *m)
{
	struct bus_position *p;

	if (!m->place_count || m->is_leaving || !m->on_revoked)
		return;
	p = must_alloc(m->place_count * sizeof(*p));
	for (size_t i = 0; i < m->place_count; i++)
		p[i] = (struct bus_position){ m->places[i].topic, m->places[i].partition,
					      m->places[i].base };
	m->on_revoked(m->arg, p, m->place_count);
	free(p);
}

/*
 * Runs inside rd_kafka_consumer_poll().  Records of this poll have not been
 * given out: with their partitions they go back to who has them next.
 */
static void
on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
	     rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_handle *h = opaque;
	struct bus_member *m =
	    (struct bus_member *)((char *)h - offsetof(struct bus_member, consumer));

	drop_assignment(m);
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !m->is_leaving) {
		m->assigned = rd_kafka_topic_partition_list_copy(list);
		rd_kafka_yield(rk);
		return;
	}
	if (rd_kafka_assignment_lost(rk)) {
		m->has_lost = true;
		m->lost = mono_now();
	}
	kafka_batch_reset(&m->batch);
	say_revoked(m);
	drop_places(m);
	rd_kafka_assign(rk, NULL);
}

/* What lies beyond the end is the position of another topic that had this name. */
static int
check_end(const struct bus_member *m, struct kafka_place *p, int64_t end, struct err *err)
{
	if (p->next == BUS_END)
		p->next = p->base = end;
	if (p->next <= end)
		return 0;
	return err_set(err, ERR_FATAL,
		       "topic %s partition %d ends at %" PRId64
		       " but %s stands at %" PRId64
		       ": the topic was cut or created anew; `newswire topics forget` "
		       "starts the group from the beginning",
		       p->topic, p->partition, end, m->group, p->next);
}

/* Positions that retention has overtaken move up. */
static void
check_first(const struct bus_member *m, struct kafka_place *p, int64_t first)
{
	if (p->next >= first)
		return;
	if (p->next != BUS_FIRST)
		log_warn("topic=%s partition=%d: retention removed %" PRId64
			 " offsets before %s read them",
			 p->topic, p->partition, first - p->next, m->group);
	p->next = p->base = first;
}

/*
 * Also makes numbers of BUS_FIRST and BUS_END: librdkafka looks for them at
 * intervals of half a second.
 */
static int
check_range(struct bus_member *m, rd_kafka_topic_partition_list_t *range, struct err *err)
{
	const rd_kafka_topic_partition_t *e = range->elems;

	if (kafka_offsets(m->bus, range, BUS_END, err))
		return -1;
	for (int i = 0; i < range->cnt; i++)
		if (check_end(m,
			      kafka_place(m->places, m->place_count, e[i].topic,
					  e[i].partition),
			      e[i].offset, err))
			return -1;
	if (kafka_offsets(m->bus, range, BUS_FIRST, err))
		return -1;
	for (int i = 0; i < range->cnt; i++)
		check_first(m,
			    kafka_place(m->places, m->place_count, e[i].topic,
					e[i].partition),
			    e[i].offset);
	return 0;
}

static int
check_places(struct bus_member *m, struct err *err)
{
	rd_kafka_topic_partition_list_t *range =
	    rd_kafka_topic_partition_list_new((int)m->place_count);
	int rc;

	for (size_t i = 0; i < m->place_count; i++)
		rd_kafka_topic_partition_list_add(range, m->places[i].topic,
						  m->places[i].partition);
	rc = m->place_count ? check_range(m, range, err) : 0;
	rd_kafka_topic_partition_list_destroy(range);
	return rc;
}

/* Goes on from `next` of all places. */
static int
assign_again(struct bus_member *m, struct err *err)
{
	rd_kafka_topic_partition_list_t *list;

	if (!m->place_count || m->is_gone || rd_kafka_assignment_lost(m->consumer.rk))
		return 0;
	if (kafka_assign(&m->consumer, m->places, m->place_count, err))
		return -1;
	if (!m->is_paused || rd_kafka_assignment(m->consumer.rk, &list))
		return 0;
	rd_kafka_pause_partitions(m->consumer.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return 0;
}

static int
take_places(struct bus_member *m, const struct bus_position *p, size_t n, struct err *err)
{
	drop_places(m);
	m->places = must_alloc((n + 1) * sizeof(*m->places));
	m->place_count = n;
	for (size_t i = 0; i < n; i++)
		m->places[i] = (struct kafka_place){ .topic = must_strdup(p[i].topic),
						     .partition = p[i].partition,
						     .next = p[i].offset,
						     .base = p[i].offset };
	if (check_places(m, err) || kafka_assign(&m->consumer, m->places, n, err) ||
	    (m->is_paused && assign_again(m, err))) {
		drop_places(m);
		return -1;
	}
	return 0;
}

/* 1: not readable yet, as a transaction of the former owner is open. */
static int
read_positions(struct bus_member *m, struct err *err)
{
	rd_kafka_resp_err_t code =
	    rd_kafka_committed(m->consumer.rk, m->assigned, POSITIONS_MS);

	for (int i = 0; !code && i < m->assigned->cnt; i++)
		code = m->assigned->elems[i].err;
	if (code == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT ||
	    (code == RD_KAFKA_RESP_ERR__TIMED_OUT && !m->consumer.down))
		return 1;
	m->consumer.down = false;
	return code ? kafka_err(&m->consumer, code, NULL, err, "positions of group %s",
				m->group)
		    : 0;
}

static int
take_assignment(struct bus_member *m, struct err *err)
{
	struct bus_position *p;
	int rc = read_positions(m, err), n = m->assigned->cnt;

	if (rc)
		return rc < 0 ? -1 : 0;
	p = must_alloc((size_t)(n + 1) * sizeof(*p));
	for (int i = 0; i < n; i++) {
		const rd_kafka_topic_partition_t *e = &m->assigned->elems[i];

		p[i] = (struct bus_position){ e->topic, e->partition,
					      e->offset >= 0 ? e->offset : BUS_FIRST };
	}
	if (n && m->on_assigned)
		rc = m->on_assigned(m->arg, p, (size_t)n, err);
	if (!rc)
		rc = take_places(m, p, (size_t)n, err);
	free(p);
	if (!rc)
		drop_assignment(m);
	return rc;
}

/*
 * Nothing should come from below what is wanted: a former fetch is filtered
 * by librdkafka.  It does where the topic ended below our position and the
 * client began anew, so the first time the ends are looked at.
 */
static int
below(struct bus_member *m, struct kafka_place *p, rd_kafka_message_t *message,
      struct err *err)
{
	log_debug("topic=%s partition=%d offset=%" PRId64 " dropped: next is %" PRId64,
		  p->topic, p->partition, message->offset, p->next);
	rd_kafka_message_destroy(message);
	if (p->doubted)
		return 0;
	p->doubted = true;
	return check_places(m, err);
}

static int
bad_message(struct bus_member *m, rd_kafka_message_t *message, struct err *err)
{
	rd_kafka_resp_err_t code = message->err;
	char text[256];

	snprintf(text, sizeof(text), "%s", rd_kafka_message_errstr(message));
	rd_kafka_message_destroy(message);
	if (code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
		log_warn("kafka id=%s: %s", m->id, text); /* it rejoins by itself */
		return 0;
	}
	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		code = rd_kafka_fatal_error(m->consumer.rk, text, sizeof(text));
		return gone(m, code, text, err);
	}
	return kafka_err(&m->consumer, code, text, err, "read as %s", m->id);
}

static int
start_consumer(struct bus_member *m, struct err *err)
{
	const struct bus_setting fixed[] = {
		{ "group.id", m->group },
		{ "group.instance.id", m->id },
		{ "isolation.level", "read_committed" },
		{ "enable.auto.commit", "false" },
		{ "enable.auto.offset.store", "false" },
		{ NULL, NULL },
	};
	const struct kafka_hooks hooks = { .rebalance = on_rebalance };
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t code;

	if (kafka_start(&m->consumer, m->bus, RD_KAFKA_CONSUMER, kafka_consumer_defaults,
			fixed, &hooks, err))
		return -1;
	rd_kafka_poll_set_consumer(m->consumer.rk);
	list = rd_kafka_topic_partition_list_new((int)m->read_count);
	for (size_t i = 0; i < m->read_count; i++)
		rd_kafka_topic_partition_list_add(list, m->reads[i],
						  RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(m->consumer.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return code ? kafka_err(&m->consumer, code, NULL, err, "subscribe as %s", m->id)
		    : 0;
}

/* With a deadline: rd_kafka_consumer_close() waits for brokers that may be gone. */
static void
stop_consumer(struct bus_member *m)
{
	struct mono start = mono_now();
	rd_kafka_queue_t *q = rd_kafka_queue_get_consumer(m->consumer.rk);
	rd_kafka_error_t *error = rd_kafka_consumer_close_queue(m->consumer.rk, q);
	rd_kafka_message_t *message;

	if (error)
		rd_kafka_error_destroy(error);
	while (!error && !rd_kafka_consumer_closed(m->consumer.rk) &&
	       mono_since(start) < LEAVE_CLOSE_MS) {
		message = rd_kafka_consumer_poll(m->consumer.rk, 20);
		if (message)
			rd_kafka_message_destroy(message);
	}
	rd_kafka_queue_destroy(q);
	kafka_stop(&m->consumer);
}

static int
replace_consumer(struct bus_member *m, struct err *err)
{
	if (m->is_fenced)
		return fenced(m, err);
	log_info("kafka id=%s: a new consumer takes over from the one that failed",
		 m->id);
	kafka_batch_reset(&m->batch);
	say_revoked(m);
	drop_places(m);
	if (m->consumer.rk)
		stop_consumer(m);
	drop_assignment(m);
	m->is_gone = false;
	if (!start_consumer(m, err))
		return 0;
	m->is_gone = true;
	return -1;
}

static int
take_message(struct bus_member *m, rd_kafka_message_t *message, struct err *err)
{
	struct kafka_place *p;

	if (message->err)
		return bad_message(m, message, err);
	p = kafka_place(m->places, m->place_count, rd_kafka_topic_name(message->rkt),
			message->partition);
	if (!p || m->is_paused) {
		rd_kafka_message_destroy(message);
		return 0;
	}
	if (message->offset < p->next)
		return below(m, p, message, err);
	p->next = message->offset + 1;
	kafka_batch_add(&m->batch, message);
	return 0;
}

static int
gather(struct bus_member *m, size_t max, int timeout_ms, struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_message_t *message;
	int64_t left;

	do {
		if (m->assigned && take_assignment(m, err))
			return -1;
		left = m->batch.count ? 0 : timeout_ms - mono_since(start);
		message =
		    rd_kafka_consumer_poll(m->consumer.rk, left > 0 ? (int)left : 0);
		if (message && take_message(m, message, err))
			return -1;
	} while ((message || (m->assigned && left > 0)) && m->batch.count < max &&
		 m->batch.bytes < KAFKA_BATCH_BYTES);
	return 0;
}

static int
member_poll(struct bus_member *m, const struct bus_record **records, size_t *n,
	    size_t max, int timeout_ms, struct err *err)
{
	assert(m->group && !m->in_txn);
	if (m->is_gone && replace_consumer(m, err))
		return -1;
	kafka_batch_reset(&m->batch);
	rd_kafka_poll(m->producer.rk, 0);
	if (!m->is_late && gather(m, max, timeout_ms, err)) {
		m->is_late = true;
		m->late = *err;
	}
	if (m->is_late && !m->batch.count) {
		m->is_late = false;
		*err = m->late;
		return -1;
	}
	if (m->batch.count)
		m->consumer.down = false;
	if (m->consumer.down) {
		m->consumer.down = false;
		return kafka_err(&m->consumer, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, NULL,
				 err, "read as %s", m->id);
	}
	kafka_batch_finish(&m->batch);
	*records = m->batch.records;
	*n = m->batch.count;
	return 0;
}

static int
member_seek(struct bus_member *m, const struct bus_position *positions, size_t n,
	    struct err *err)
{
	struct kafka_place *p;
	int64_t offset;

	for (size_t i = 0; i < n; i++) {
		p = kafka_place(m->places, m->place_count, positions[i].topic,
				positions[i].partition);
		if (!p)
			continue; /* another member has it by now */
		offset = positions[i].offset;
		if (offset < 0 &&
		    kafka_offset(m->bus, p->topic, p->partition, offset, &offset, err))
			return -1;
		p->next = offset;
	}
	kafka_batch_reset(&m->batch);
	return assign_again(m, err);
}

static int
member_pause(struct bus_member *m, bool paused, struct err *err)
{
	rd_kafka_topic_partition_list_t *list;

	if (m->is_paused == paused)
		return 0;
	m->is_paused = paused;
	if (!m->place_count || rd_kafka_assignment(m->consumer.rk, &list))
		return 0;
	if (paused)
		rd_kafka_pause_partitions(m->consumer.rk, list);
	else
		rd_kafka_resume_partitions(m->consumer.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return paused ? 0 : assign_again(m, err);
}

/* ---- transactions ---- */

static int
member_begin(struct bus_member *m, struct err *err)
{
	rd_kafka_error_t *error;

	assert(!m->in_txn);
	if (replace_producer(m, err))
		return -1;
	m->producer.undelivered = RD_KAFKA_RESP_ERR_NO_ERROR;
	error = rd_kafka_begin_transaction(m->producer.rk);
	if (error)
		return failed(m, error, "begin a transaction", err);
	m->in_txn = true;
	m->began = mono_now();
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
produce(struct bus_member *m, rd_kafka_topic_t *rkt, const struct bus_record *r)
{
	rd_kafka_headers_t *headers = headers_of(r);
	int32_t partition = r->partition < 0 ? RD_KAFKA_PARTITION_UA : r->partition;
	rd_kafka_resp_err_t code;

	code = rd_kafka_producev(
	    m->producer.rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(partition),
	    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(r->key, r->key_size),
	    RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value, r->value_size),
	    RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
	if (code && headers)
		rd_kafka_headers_destroy(headers);
	return code;
}

static int
not_sent(struct bus_member *m, rd_kafka_resp_err_t code, const struct bus_record *r,
	 struct err *err)
{
	char text[256];
	rd_kafka_resp_err_t why =
	    rd_kafka_fatal_error(m->producer.rk, text, sizeof(text));

	if (why)
		return lost(m, why, text, "send", err);
	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		return err_set(
		    err, ERR_REJECT,
		    "a record of %zu bytes is over message.max.bytes in [kafka]",
		    bus_record_size(r));
	if (code == RD_KAFKA_RESP_ERR__STATE && m->producer.undelivered)
		return undelivered(m, "send", err);
	kafka_err(&m->producer, code, NULL, err, "send to topic %s", r->topic);
	if (err->class == ERR_FATAL)
		err->class = ERR_RETRY; /* the transaction has failed: abort says more */
	return -1;
}

static int
member_send(struct bus_member *m, const struct bus_record *r, struct err *err)
{
	struct topic *t = topic_named(m, r->topic);
	rd_kafka_topic_t *rkt = t->rkt;
	struct mono start;
	rd_kafka_resp_err_t code;

	assert(m->in_txn);
	if (framed_size(r) > KAFKA_MAX_BATCH)
		return err_set(err, ERR_REJECT,
			       "a record with %zu headers is over the limit",
			       r->header_count);
	if (!rkt && !(rkt = open_topic(m, t, err)))
		return -1;
	if (m->sent++ % POLL_EVERY == 0)
		rd_kafka_poll(m->producer.rk, 0);
	code = produce(m, rkt, r);
	for (start = mono_now();
	     code == RD_KAFKA_RESP_ERR__QUEUE_FULL && mono_since(start) < m->send_ms;
	     code = produce(m, rkt, r))
		rd_kafka_poll(m->producer.rk, 20);
	return code ? not_sent(m, code, r, err) : 0;
}

static int
send_positions(struct bus_member *m, const struct bus_position *p, size_t n,
	       struct err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
	rd_kafka_consumer_group_metadata_t *group =
	    rd_kafka_consumer_group_metadata(m->consumer.rk);
	rd_kafka_error_t *error;

	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, p[i].topic, p[i].partition)
		    ->offset = p[i].offset;
	do
		error =
		    rd_kafka_send_offsets_to_transaction(m->producer.rk, list, group, -1);
	while (error && rd_kafka_error_is_retriable(error) && !timed_out(m) &&
	       (rd_kafka_error_destroy(error), true));
	rd_kafka_consumer_group_metadata_destroy(group);
	rd_kafka_topic_partition_list_destroy(list);
	return error ? failed(m, error, "commit positions", err) : 0;
}

/* Asked again until it is known: the same records twice, or none, is what a guess would
 * cost. */
static int
end_transaction(struct bus_member *m, struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_error_t *error;

	while ((error = rd_kafka_commit_transaction(m->producer.rk, -1)) != NULL) {
		if (!rd_kafka_error_is_retriable(error))
			return failed(m, error, "commit", err);
		if (mono_since(start) > OUTCOME_MS) {
			failed(m, error, "commit", err);
			err->class = ERR_FATAL;
			return err_context(err,
					   "what became of a transaction is not known");
		}
		rd_kafka_error_destroy(error);
	}
	return 0;
}

static int
member_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
	      struct err *err)
{
	struct kafka_place *p;

	assert(m->in_txn && (!n || m->group));
	if (n && send_positions(m, positions, n, err))
		return -1;
	if (end_transaction(m, err))
		return -1;
	m->in_txn = false;
	for (size_t i = 0; i < n; i++) {
		p = kafka_place(m->places, m->place_count, positions[i].topic,
				positions[i].partition);
		if (p)
			p->base = positions[i].offset;
	}
	return 0;
}

static int
abort_transaction(struct bus_member *m, int timeout_ms, struct err *err)
{
	rd_kafka_error_t *error;
	bool again;

	error =
	    m->is_lost ? NULL : rd_kafka_abort_transaction(m->producer.rk, timeout_ms);
	if (error) {
		again = rd_kafka_error_is_retriable(error);
		failed(m, error, "abort", err);
		if (again && !m->is_lost)
			return -1; /* it goes on by itself; the next call waits again */
		m->is_lost = true;
	}
	rd_kafka_poll(m->producer.rk, 0);
	m->in_txn = false;
	if (has_undelivered(m))
		m->is_lost =
		    true; /* its sequence has a gap, which fails the next batch */
	return 0;
}

static int
member_abort(struct bus_member *m, struct err *err)
{
	if (m->in_txn && abort_transaction(m, -1, err))
		return -1;
	if (replace_producer(m, err))
		return -1;
	kafka_batch_reset(&m->batch);
	for (size_t i = 0; i < m->place_count; i++)
		m->places[i].next = m->places[i].base;
	return assign_again(m, err);
}

/* ---- coming and going ---- */

static void
member_leave(struct bus_member *m)
{
	struct err err;

	m->is_leaving = true;
	if (m->in_txn && abort_transaction(m, LEAVE_ABORT_MS, &err))
		log_warn("kafka id=%s: left with a transaction open: %s", m->id,
			 err.text);
	kafka_batch_release(&m->batch);
	m->batch = (struct kafka_batch){ 0 };
	if (m->consumer.rk)
		stop_consumer(m);
	drop_assignment(m);
	drop_places(m);
	stop_producer(m);
	for (size_t i = 0; i < m->topic_count; i++)
		free(m->topics[i].name);
	free(m->topics);
	for (size_t i = 0; i < m->read_count; i++)
		free(m->reads[i]);
	free(m->reads);
	free(m->id);
	free(m->group);
	free(m);
}

int
kafka_join(struct bus *bus, const struct bus_role *role, struct bus_member **member,
	   struct err *err)
{
	struct bus_member *m = must_alloc(sizeof(*m));

	m->head.type = &bus_kafka_type;
	m->bus = bus;
	m->id = must_strdup(role->id);
	m->group = must_strdup(role->group);
	m->on_assigned = role->assigned;
	m->on_revoked = role->revoked;
	m->arg = role->arg;
	for (size_t i = 0; i < role->send_count; i++)
		topic_named(m, role->sends[i]);
	m->reads = must_alloc((role->topic_count + 1) * sizeof(*m->reads));
	for (; m->read_count < role->topic_count; m->read_count++)
		m->reads[m->read_count] = must_strdup(role->topics[m->read_count]);
	if (start_producer(m, err) || (role->group && start_consumer(m, err))) {
		member_leave(m);
		return -1;
	}
	*member = m;
	return 0;
}

const struct bus_member_type kafka_member_type = {
	.poll = member_poll,
	.begin = member_begin,
	.send = member_send,
	.commit = member_commit,
	.abort = member_abort,
	.seek = member_seek,
	.pause = member_pause,
	.leave = member_leave,
};
