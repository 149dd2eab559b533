/*
 * The halves of a member of the Kafka bus, under one id: what sends, in
 * transactions, and what consumes, in a group.  bus_kafka_member.c joins them.
 */
#ifndef BUS_BUS_KAFKA_MEMBER_H
#define BUS_BUS_KAFKA_MEMBER_H

#include "bus/bus_kafka.h"

/*
 * Whether this code says that somebody else has our id, as a producer.  The
 * brokers answer the same when they gave a transaction up.
 */
bool kafka_is_fencing(rd_kafka_resp_err_t code);

/* ERR_FATAL: another process has this id.  Returns -1. */
int kafka_fenced(const struct bus *bus, const char *id, struct err *err);

/* ---- bus_kafka_sender.c ---- */

struct kafka_sender;

/* Takes the id: whoever had it is fenced, and what it left open is aborted. */
int kafka_sender_open(struct kafka_sender **s, struct bus *bus,
		      const struct bus_role *role, struct err *err) MUST_CHECK;
void kafka_sender_stop(struct kafka_sender *s); /* aborts what is open, within 2 s */
void kafka_sender_close(struct kafka_sender *s);

int kafka_sender_begin(struct kafka_sender *s, struct err *err) MUST_CHECK;
int kafka_sender_send(struct kafka_sender *s, const struct bus_record *r,
		      struct err *err) MUST_CHECK;
int kafka_sender_positions(struct kafka_sender *s, const struct bus_position *p, size_t n,
			   const rd_kafka_consumer_group_metadata_t *group,
			   struct err *err) MUST_CHECK;
int kafka_sender_commit(struct kafka_sender *s, struct err *err) MUST_CHECK;
int kafka_sender_abort(struct kafka_sender *s, struct err *err) MUST_CHECK;

void
kafka_sender_serve(struct kafka_sender *s); /* now and then, for what librdkafka says */
bool kafka_sender_is_open(const struct kafka_sender *s); /* a transaction is */
rd_kafka_resp_err_t
kafka_sender_code(const struct kafka_sender *s); /* of its last failure */

/* ---- bus_kafka_consumer.c ---- */

struct kafka_consumer;

int kafka_consumer_open(struct kafka_consumer **c, struct bus *bus,
			const struct bus_role *role, struct err *err) MUST_CHECK;
void kafka_consumer_close(struct kafka_consumer *c); /* says nothing of revoking */

int
kafka_consumer_poll(struct kafka_consumer *c, const struct bus_record **records,
		    size_t *n, size_t max, int timeout_ms, struct err *err) MUST_CHECK;
int kafka_consumer_seek(struct kafka_consumer *c, const struct bus_position *positions,
			size_t n, struct err *err) MUST_CHECK;
int
kafka_consumer_pause(struct kafka_consumer *c, bool paused, struct err *err) MUST_CHECK;

/* These have been committed; a rewind goes back to them. */
void kafka_consumer_committed(struct kafka_consumer *c, const struct bus_position *p,
			      size_t n);
int kafka_consumer_rewind(struct kafka_consumer *c, struct err *err) MUST_CHECK;

rd_kafka_consumer_group_metadata_t *
kafka_consumer_metadata(struct kafka_consumer *c); /* gives */

/*
 * Takes FENCED_INSTANCE_ID, from whoever was told so: the consumer is to be
 * replaced (ERR_RETRY), or somebody else has its id (ERR_FATAL).  Returns -1.
 */
int kafka_consumer_gone(struct kafka_consumer *c, rd_kafka_resp_err_t code,
			const char *text, struct err *err);
bool kafka_consumer_is_fenced(const struct kafka_consumer *c);

#endif
