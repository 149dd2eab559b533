/*
 * What the files of the Kafka bus share.  They alone include rdkafka.h.
 *
 *   bus_kafka.c           the log itself: settings, errors, opening
 *   bus_kafka_admin.c     topics, offsets
 *   bus_kafka_group.c     groups and their positions
 *   bus_kafka_lag.c       lag, open transactions
 *   bus_kafka_batch.c     librdkafka's messages as records
 *   bus_kafka_place.c     where partitions are read
 *   bus_kafka_reader.c    readers without a group
 *   bus_kafka_member.c    a member, of two halves:
 *   bus_kafka_sender.c    its transactions
 *   bus_kafka_consumer.c  its place in the group
 */
#ifndef BUS_BUS_KAFKA_H
#define BUS_BUS_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "bus/bus.h"
#include "time/clock.h"

enum {
	KAFKA_ASK_MS = 10000,         /* to wait for an answer */
	KAFKA_SLICE_MS = 1000,        /* before it is said that there was none yet */
	KAFKA_BATCH_BYTES = 16 << 20, /* of the records that one poll gives */
	KAFKA_MAX_BATCH = BUS_MAX_RECORD + (1 << 20), /* a record and its framing */
};

/* One librdkafka instance, and what it last complained of. */
struct kafka_handle {
	rd_kafka_t *rk;
	struct bus *bus;
	char trouble[256]; /* "" if there is none */
	bool down;         /* no broker can be reached; cleared by whoever says so */
	bool was_cut;      /* since kafka_heard() */
	rd_kafka_resp_err_t
	    undelivered; /* of the first record that failed in this transaction */
	char undelivered_topic[128];
};

/* No record lies between these offsets, only markers and what was aborted or compacted.
 */
struct kafka_clean {
	char *topic;
	int partition;
	int64_t from, to;
};

struct bus {
	struct bus_head head;
	struct kafka_handle ask; /* for questions and administration; consumes nothing */
	struct bus_setting *settings;
	size_t setting_count;
	char *brokers, *cluster, *reader_group;
	struct kafka_clean *clean;
	size_t clean_count;
};

/* Where a partition is read and where it goes back to. */
struct kafka_place {
	char *topic;
	int partition;
	int64_t next; /* no record below it is given */
	int64_t base; /* committed, or where it began */
	int64_t until; /* of a reader: its end */
	bool at_end, doubted, stopped, paused;
};

/* Records that live until the next poll. */
struct kafka_batch {
	rd_kafka_message_t **messages;
	struct bus_record *records;
	struct bus_header *headers;
	size_t count, room, header_room, bytes;
};

/* ---- bus_kafka.c ---- */

/*
 * A new instance: `ours` are defaults that [kafka] may change, `fixed` come
 * last.  Both end with a NULL name.  The hooks may be NULL.
 */
struct kafka_hooks {
	void (*rebalance)(rd_kafka_t *, rd_kafka_resp_err_t,
			  rd_kafka_topic_partition_list_t *, void *);
	bool deliveries; /* note the first failure in `undelivered` */
};
int kafka_start(struct kafka_handle *h, struct bus *bus, rd_kafka_type_t type,
		const struct bus_setting *ours, const struct bus_setting *fixed,
		const struct kafka_hooks *hooks, struct err *err) MUST_CHECK;
void kafka_stop(struct kafka_handle *h); /* at once: what is queued is dropped */

/* The effective value of a setting, as a number. */
int64_t kafka_setting(const struct kafka_handle *h, const char *name);

extern const struct bus_setting kafka_consumer_defaults[], kafka_producer_defaults[];

/*
 * That the brokers do not answer is said once, and again when they do: a call
 * that may last waits in slices, says kafka_silent() after each that had no
 * answer, and kafka_heard() at its end.
 */
void kafka_silent(struct kafka_handle *h);
void kafka_heard(struct kafka_handle *h);
bool kafka_is_silent(void);

/*
 * Asks, and if there is an answer has heard it: what was said of the brokers may be
 * over, and with nothing to read nobody else tells.
 */
bool kafka_answers(struct kafka_handle *h, int ms);

/*
 * for (ms = KAFKA_SLICE_MS; ms; ms = kafka_slice(h, code, start, ms)) of a
 * question that may be asked again: for how long, 0 when `code` is an answer or
 * KAFKA_ASK_MS are over.
 */
int kafka_slice(struct kafka_handle *h, rd_kafka_resp_err_t code, struct mono start, int ms);

/* A failure in words: what was being done, what Kafka says, what to do.  Returns -1. */
int
kafka_err(struct kafka_handle *h, rd_kafka_resp_err_t code, const char *text,
	  struct err *err, const char *doing, ...) __attribute__((format(printf, 5, 6)));

/* ---- bus_kafka_admin.c ---- */

/* The answer to one admin request, whose queue it takes, or NULL and err; and what a request
 * is made with.  Both are freed by the caller. */
rd_kafka_event_t *kafka_answer(struct bus *bus, rd_kafka_queue_t *q, const char *doing,
			       struct err *err) MUST_CHECK;
rd_kafka_AdminOptions_t *kafka_options(struct bus *bus, rd_kafka_admin_op_t op);

int kafka_topics(struct bus *, const struct bus_topic *, size_t, bool, bus_say_f *,
		 void *, struct err *);
int kafka_partitions(struct bus *, const char *, struct err *);
int kafka_offset(struct bus *, const char *, int, int64_t, int64_t *, struct err *);

/* The offsets of all in the list: `at` as in bus_offset(), one for all. */
int kafka_offsets(struct bus *bus, rd_kafka_topic_partition_list_t *list, int64_t at,
		  struct err *err) MUST_CHECK;

/* The same, asked of this handle, and of no moved leader again. */
rd_kafka_resp_err_t
kafka_ask_offsets(struct kafka_handle *h, rd_kafka_topic_partition_list_t *list, int64_t at);

/* ---- bus_kafka_group.c ---- */

int
kafka_committed(struct bus *, const char *, const char *, int, int64_t *, struct err *);
int kafka_place_group(struct bus *, const char *, const struct bus_position *, size_t,
		      struct err *);
int kafka_forget(struct bus *, const char *, bool *, struct err *);

/* Fills in the group's positions, -1 where it has none. */
int kafka_positions(struct bus *bus, const char *group,
		    rd_kafka_topic_partition_list_t *list, struct err *err) MUST_CHECK;

/* ---- bus_kafka_lag.c ---- */

int kafka_lag(struct bus *, const char *, const char *, int64_t *, struct err *);
int kafka_settled(struct bus *, const char *, bool *, struct err *);
int kafka_standing(struct bus *, const char *, const char *, int64_t *, int64_t *, struct err *);

/* ---- bus_kafka_batch.c ---- */

void kafka_batch_reset(struct kafka_batch *b);
void kafka_batch_release(struct kafka_batch *b);
void kafka_batch_add(struct kafka_batch *b, rd_kafka_message_t *message); /* takes */
void kafka_batch_finish(struct kafka_batch *b); /* makes the records */

/* ---- bus_kafka_place.c ---- */

/* Assigns all places at `next`. */
int kafka_assign(struct kafka_handle *h, const struct kafka_place *places, size_t n,
		 struct err *err) MUST_CHECK;
struct kafka_place *
kafka_place(struct kafka_place *places, size_t n, const char *topic, int partition);
void kafka_places_free(struct kafka_place *places, size_t n);

/*
 * That the places are within their topics.  Positions that retention has
 * overtaken move up; one beyond the end is that of another topic which had
 * this name: ERR_FATAL.  BUS_FIRST and BUS_END become numbers.
 */
int kafka_places_check(struct bus *bus, const char *group, struct kafka_place *places,
		       size_t n, struct err *err) MUST_CHECK;

/* ---- bus_kafka_member.c, bus_kafka_reader.c ---- */

int kafka_join(struct bus *, const struct bus_role *, struct bus_member **, struct err *);
int kafka_read_open(struct bus *, const char *, struct bus_reader **, struct err *);
extern const struct bus_member_type kafka_member_type;
extern const struct bus_reader_type kafka_reader_type;

/* Reads from these places only (n of one topic; copied). */
int kafka_read_from(struct bus *bus, const struct bus_position *positions, size_t n,
		    struct bus_reader **reader, struct err *err) MUST_CHECK;

#endif
