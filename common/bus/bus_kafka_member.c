/*
 * A member joins two halves under one id, which is both transactional.id and
 * group.instance.id: a sender and, in a group, a consumer.
 */
#include "bus/bus_kafka_member.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct bus_member {
	struct bus_head head;
	struct bus *bus;
	char *id;
	struct kafka_sender *sender;
	struct kafka_consumer *consumer; /* NULL: sends only */
};

bool
kafka_is_fencing(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__FENCED ||
	       code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
	       code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

int
kafka_fenced(const struct bus *bus, const char *id, struct err *err)
{
	return err_set(err, ERR_FATAL,
		       "Kafka at %s: %s was fenced: another process has this id",
		       bus->brokers, id);
}

static int
member_poll(struct bus_member *m, const struct bus_record **records, size_t *n,
	    size_t max, int timeout_ms, struct err *err)
{
	assert(m->consumer && !kafka_sender_is_open(m->sender));
	kafka_sender_serve(m->sender);
	return kafka_consumer_poll(m->consumer, records, n, max, timeout_ms, err);
}

static int
member_begin(struct bus_member *m, struct err *err)
{
	if (m->consumer && kafka_consumer_is_fenced(m->consumer))
		return kafka_fenced(m->bus, m->id, err);
	return kafka_sender_begin(m->sender, err);
}

static int
member_send(struct bus_member *m, const struct bus_record *r, struct err *err)
{
	return kafka_sender_send(m->sender, r, err);
}

static int
send_positions(struct bus_member *m, const struct bus_position *positions, size_t n,
	       struct err *err)
{
	rd_kafka_consumer_group_metadata_t *group = kafka_consumer_metadata(m->consumer);
	int rc = kafka_sender_positions(m->sender, positions, n, group, err);

	rd_kafka_consumer_group_metadata_destroy(group);
	return rc;
}

static int
member_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
	      struct err *err)
{
	assert(!n || m->consumer);
	if ((n && send_positions(m, positions, n, err)) ||
	    kafka_sender_commit(m->sender, err)) {
		rd_kafka_resp_err_t code = kafka_sender_code(m->sender);

		if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID && m->consumer)
			return kafka_consumer_gone(m->consumer, code, NULL, err);
		return -1;
	}
	if (n)
		kafka_consumer_committed(m->consumer, positions, n);
	return 0;
}

/* What was polled comes again, however the sender fares. */
static int
member_abort(struct bus_member *m, struct err *err)
{
	int rc = kafka_sender_abort(m->sender, err);

	if (m->consumer && kafka_consumer_is_fenced(m->consumer))
		return kafka_fenced(m->bus, m->id, err);
	if (m->consumer && kafka_consumer_rewind(m->consumer, err))
		return -1;
	return rc;
}

static int
member_seek(struct bus_member *m, const struct bus_position *positions, size_t n,
	    struct err *err)
{
	return kafka_consumer_seek(m->consumer, positions, n, err);
}

static int
member_pause(struct bus_member *m, bool paused, struct err *err)
{
	return kafka_consumer_pause(m->consumer, paused, err);
}

/* The transaction first: its markers let others go on. */
static void
member_leave(struct bus_member *m)
{
	kafka_sender_stop(m->sender);
	kafka_consumer_close(m->consumer);
	kafka_sender_close(m->sender);
	free(m->id);
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
	if (kafka_sender_open(&m->sender, bus, role, err) ||
	    (role->group && kafka_consumer_open(&m->consumer, bus, role, err))) {
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
