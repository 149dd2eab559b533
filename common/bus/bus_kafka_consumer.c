/*
 * The half of a member that consumes, under one group.instance.id.
 *
 * Two things to know.  Partitions come and go only inside a poll: the callback
 * notes what is assigned, and it is taken up outside of it, as positions may
 * not be readable yet (a dead owner's transaction is open).  To rewind is to
 * assign again.
 */
#include "bus/bus_kafka_member.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "time/clock.h"

enum {
	POSITIONS_MS = 2000, /* between two looks whether stop was asked for */
	REJOIN_MS = 60000,   /* after a lost session */
	CLOSE_MS = 2500,
	LOOK_MS = 100,
};

struct kafka_consumer {
	struct kafka_handle handle; /* rk is NULL where there is none */
	struct bus *bus;
	char *id, *group;
	char **reads; /* the group's topics */
	size_t read_count;
	struct kafka_place *places;
	size_t place_count;
	rd_kafka_topic_partition_list_t *assigned; /* to be taken up */
	bool is_paused, is_leaving, is_fenced;
	bool is_alone; /* as bus_role.alone */
	bool is_gone;  /* must be replaced */
	bool has_lost; /* its session, at `lost` */
	struct mono lost;
	struct kafka_batch batch;
	bool is_late; /* an error came behind records: the next poll says it */
	struct err late;

	int (*on_assigned)(void *, struct bus_position *, size_t, struct err *);
	void (*on_revoked)(void *, const struct bus_position *, size_t);
	void *arg;
};

/*
 * A consumer that lost its session (a broker that was away) joins anew under
 * its id and is then told, by an answer to its former self, that it was
 * replaced: by itself.  If only the commit was of the former self the consumer
 * goes on.  Another owner would have fenced our producer first, and the next
 * transaction finds that out.
 */
int
kafka_consumer_gone(struct kafka_consumer *c, rd_kafka_resp_err_t code, const char *text,
		    struct err *err)
{
	char why[256];
	bool is_well = !rd_kafka_fatal_error(c->handle.rk, why, sizeof(why));
	bool is_other = code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID && !is_well &&
			!rd_kafka_assignment_lost(c->handle.rk) &&
			!(c->has_lost && mono_since(c->lost) < REJOIN_MS);

	c->is_gone = c->is_gone || !is_well;
	c->is_fenced = c->is_fenced || is_other;
	if (!is_other)
		code = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
	kafka_err(&c->handle, code, text, err, "read as %s", c->id);
	err->class = is_other ? ERR_FATAL : ERR_RETRY;
	return -1;
}

bool
kafka_consumer_is_fenced(const struct kafka_consumer *c)
{
	return c->is_fenced;
}

static void
drop_assignment(struct kafka_consumer *c)
{
	if (c->assigned)
		rd_kafka_topic_partition_list_destroy(c->assigned);
	c->assigned = NULL;
}

static void
drop_places(struct kafka_consumer *c)
{
	kafka_places_free(c->places, c->place_count);
	c->places = NULL;
	c->place_count = 0;
}

static void
say_revoked(struct kafka_consumer *c)
{
	struct bus_position *p;

	if (!c->place_count || c->is_leaving || !c->on_revoked)
		return;
	p = must_alloc(c->place_count * sizeof(*p));
	for (size_t i = 0; i < c->place_count; i++)
		p[i] = (struct bus_position){ c->places[i].topic, c->places[i].partition,
					      c->places[i].base };
	c->on_revoked(c->arg, p, c->place_count);
	free(p);
}

/*
 * A pause is kept for a partition that goes, and when it is assigned again it would
 * still be paused, whatever was said meanwhile.
 */
static void
resume_all(struct kafka_consumer *c)
{
	rd_kafka_topic_partition_list_t *list;

	if (!c->is_paused || !c->place_count || rd_kafka_assignment(c->handle.rk, &list))
		return;
	rd_kafka_resume_partitions(c->handle.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
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
	struct kafka_consumer *c =
	    (struct kafka_consumer *)((char *)h -
				      offsetof(struct kafka_consumer, handle));

	drop_assignment(c);
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !c->is_leaving) {
		c->assigned = rd_kafka_topic_partition_list_copy(list);
		rd_kafka_yield(rk);
		return;
	}
	if (rd_kafka_assignment_lost(rk)) {
		c->has_lost = true;
		c->lost = mono_now();
	}
	kafka_batch_reset(&c->batch);
	say_revoked(c);
	resume_all(c);
	drop_places(c);
	rd_kafka_assign(rk, NULL);
}

/* Goes on from `next` of all places. */
static int
assign_again(struct kafka_consumer *c, struct err *err)
{
	rd_kafka_topic_partition_list_t *list;

	if (!c->place_count || c->is_gone || rd_kafka_assignment_lost(c->handle.rk))
		return 0;
	if (kafka_assign(&c->handle, c->places, c->place_count, err))
		return -1;
	if (!c->is_paused || rd_kafka_assignment(c->handle.rk, &list))
		return 0;
	rd_kafka_pause_partitions(c->handle.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return 0;
}

static int
take_places(struct kafka_consumer *c, const struct bus_position *p, size_t n,
	    struct err *err)
{
	drop_places(c);
	c->places = must_alloc((n + 1) * sizeof(*c->places));
	c->place_count = n;
	for (size_t i = 0; i < n; i++)
		c->places[i] = (struct kafka_place){ .topic = must_strdup(p[i].topic),
						     .partition = p[i].partition,
						     .next = p[i].offset,
						     .base = p[i].offset };
	if (kafka_places_check(c->bus, c->group, c->places, c->place_count, err) ||
	    kafka_assign(&c->handle, c->places, n, err) ||
	    (c->is_paused && assign_again(c, err))) {
		drop_places(c);
		return -1;
	}
	return 0;
}

/* 1: not readable yet, as a transaction of the former owner is open. */
static int
read_positions(struct kafka_consumer *c, struct err *err)
{
	rd_kafka_resp_err_t code =
	    rd_kafka_committed(c->handle.rk, c->assigned, POSITIONS_MS);

	for (int i = 0; !code && i < c->assigned->cnt; i++)
		code = c->assigned->elems[i].err;
	if (code == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT ||
	    (code == RD_KAFKA_RESP_ERR__TIMED_OUT && !c->handle.down))
		return 1;
	c->handle.down = false;
	return code ? kafka_err(&c->handle, code, NULL, err, "positions of group %s",
				c->group)
		    : 0;
}

/*
 * The coordinator shares partitions out; what is read is the client's own
 * decision, and positions of any partition may be committed by a member of the
 * group's generation.  So who is given partition 0 reads all, the others none.
 */
static int
take_all_or_none(struct kafka_consumer *c, struct err *err)
{
	rd_kafka_topic_partition_list_t *all =
	    rd_kafka_topic_partition_list_new(c->assigned->cnt);
	int n = 0;

	for (int i = 0; i < c->assigned->cnt && n >= 0; i++) {
		const rd_kafka_topic_partition_t *e = &c->assigned->elems[i];

		if (e->partition)
			continue;
		n = bus_partitions(c->bus, e->topic, err);
		for (int p = 0; p < n; p++)
			rd_kafka_topic_partition_list_add(all, e->topic, p);
	}
	if (n < 0) {
		rd_kafka_topic_partition_list_destroy(all);
		return -1;
	}
	drop_assignment(c);
	c->assigned = all;
	return 0;
}

static int
take_assignment(struct kafka_consumer *c, struct err *err)
{
	struct bus_position *p;
	int rc, n;

	if (c->is_alone && take_all_or_none(c, err))
		return -1;
	n = c->assigned->cnt;
	rc = n ? read_positions(c, err) : 0;
	if (rc)
		return rc < 0 ? -1 : 0;
	p = must_alloc((size_t)(n + 1) * sizeof(*p));
	for (int i = 0; i < n; i++) {
		const rd_kafka_topic_partition_t *e = &c->assigned->elems[i];

		p[i] = (struct bus_position){ e->topic, e->partition,
					      e->offset >= 0 ? e->offset : BUS_FIRST };
	}
	if (n && c->on_assigned)
		rc = c->on_assigned(c->arg, p, (size_t)n, err);
	if (!rc)
		rc = take_places(c, p, (size_t)n, err);
	free(p);
	if (!rc)
		drop_assignment(c);
	return rc;
}

/*
 * Nothing should come from below what is wanted: a former fetch is filtered
 * by librdkafka.  It does where the topic ended below our position and the
 * client began anew, so the first time the ends are looked at.
 */
static int
below(struct kafka_consumer *c, struct kafka_place *p, rd_kafka_message_t *message,
      struct err *err)
{
	log_debug("topic=%s partition=%d offset=%" PRId64 " dropped: next is %" PRId64,
		  p->topic, p->partition, message->offset, p->next);
	rd_kafka_message_destroy(message);
	if (p->doubted)
		return 0;
	p->doubted = true;
	return kafka_places_check(c->bus, c->group, c->places, c->place_count, err);
}

static int
bad_message(struct kafka_consumer *c, rd_kafka_message_t *message, struct err *err)
{
	rd_kafka_resp_err_t code = message->err;
	char text[256];

	snprintf(text, sizeof(text), "%s", rd_kafka_message_errstr(message));
	rd_kafka_message_destroy(message);
	if (code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
		log_warn("kafka id=%s: %s", c->id, text); /* it rejoins by itself */
		return 0;
	}
	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		code = rd_kafka_fatal_error(c->handle.rk, text, sizeof(text));
		return kafka_consumer_gone(c, code, text, err);
	}
	return kafka_err(&c->handle, code, text, err, "read as %s", c->id);
}

static int
start_consumer(struct kafka_consumer *c, struct err *err)
{
	const struct bus_setting fixed[] = {
		{ "group.id", c->group },
		{ "group.instance.id", c->id },
		{ "isolation.level", "read_committed" },
		{ "enable.auto.commit", "false" },
		{ "enable.auto.offset.store", "false" },
		{ NULL, NULL },
	};
	const struct kafka_hooks hooks = { .rebalance = on_rebalance };
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t code;

	if (kafka_start(&c->handle, c->bus, RD_KAFKA_CONSUMER, kafka_consumer_defaults,
			fixed, &hooks, err))
		return -1;
	rd_kafka_poll_set_consumer(c->handle.rk);
	list = rd_kafka_topic_partition_list_new((int)c->read_count);
	for (size_t i = 0; i < c->read_count; i++)
		rd_kafka_topic_partition_list_add(list, c->reads[i],
						  RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(c->handle.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return code ? kafka_err(&c->handle, code, NULL, err, "subscribe as %s", c->id)
		    : 0;
}

/* With a deadline: rd_kafka_consumer_close() waits for brokers that may be gone. */
static void
stop_consumer(struct kafka_consumer *c)
{
	struct mono start = mono_now();
	rd_kafka_queue_t *q = rd_kafka_queue_get_consumer(c->handle.rk);
	rd_kafka_error_t *error = rd_kafka_consumer_close_queue(c->handle.rk, q);
	rd_kafka_message_t *message;

	if (error)
		rd_kafka_error_destroy(error);
	while (!error && !rd_kafka_consumer_closed(c->handle.rk) &&
	       mono_since(start) < CLOSE_MS) {
		message = rd_kafka_consumer_poll(c->handle.rk, 20);
		if (message)
			rd_kafka_message_destroy(message);
	}
	rd_kafka_queue_destroy(q);
	kafka_stop(&c->handle);
}

static int
replace_consumer(struct kafka_consumer *c, struct err *err)
{
	if (c->is_fenced)
		return kafka_fenced(c->bus, c->id, err);
	log_info("kafka id=%s: a new consumer takes over from the one that failed",
		 c->id);
	kafka_batch_reset(&c->batch);
	say_revoked(c);
	drop_places(c);
	if (c->handle.rk)
		stop_consumer(c);
	drop_assignment(c);
	c->is_gone = false;
	if (!start_consumer(c, err))
		return 0;
	c->is_gone = true;
	return -1;
}

static int
take_message(struct kafka_consumer *c, rd_kafka_message_t *message, struct err *err)
{
	struct kafka_place *p;

	if (message->err)
		return bad_message(c, message, err);
	p = kafka_place(c->places, c->place_count, rd_kafka_topic_name(message->rkt),
			message->partition);
	if (!p || c->is_paused) {
		rd_kafka_message_destroy(message);
		return 0;
	}
	if (message->offset < p->next)
		return below(c, p, message, err);
	p->next = message->offset + 1;
	kafka_batch_add(&c->batch, message);
	return 0;
}

static int
gather(struct kafka_consumer *c, size_t max, int timeout_ms, struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_message_t *message;
	int64_t left;

	do {
		if (c->assigned && take_assignment(c, err))
			return -1;
		left = c->batch.count ? 0 : timeout_ms - mono_since(start);
		message = rd_kafka_consumer_poll(c->handle.rk, left > 0 ? (int)left : 0);
		if (message && take_message(c, message, err))
			return -1;
	} while ((message || (c->assigned && left > 0)) && c->batch.count < max &&
		 c->batch.bytes < KAFKA_BATCH_BYTES);
	return 0;
}

int
kafka_consumer_poll(struct kafka_consumer *c, const struct bus_record **records,
		    size_t *n, size_t max, int timeout_ms, struct err *err)
{
	if (c->is_gone && replace_consumer(c, err))
		return -1;
	kafka_batch_reset(&c->batch);
	if (!c->is_late && gather(c, max, timeout_ms, err)) {
		c->is_late = true;
		c->late = *err;
	}
	if (c->is_late && !c->batch.count) {
		c->is_late = false;
		*err = c->late;
		return -1;
	}
	if (c->batch.count)
		kafka_heard(&c->handle);
	else if (c->handle.down || kafka_is_silent())
		kafka_answers(&c->handle, LOOK_MS);
	if (c->handle.down) {
		kafka_silent(&c->handle);
		c->handle.down = false;
		return kafka_err(&c->handle, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, NULL,
				 err, "read as %s", c->id);
	}
	kafka_batch_finish(&c->batch);
	*records = c->batch.records;
	*n = c->batch.count;
	return 0;
}

int
kafka_consumer_seek(struct kafka_consumer *c, const struct bus_position *positions,
		    size_t n, struct err *err)
{
	struct kafka_place *p;
	int64_t offset;

	for (size_t i = 0; i < n; i++) {
		p = kafka_place(c->places, c->place_count, positions[i].topic,
				positions[i].partition);
		if (!p)
			continue; /* another member has it by now */
		offset = positions[i].offset;
		if (offset < 0 &&
		    kafka_offset(c->bus, p->topic, p->partition, offset, &offset, err))
			return -1;
		p->next = offset;
	}
	kafka_batch_reset(&c->batch);
	return kafka_places_check(c->bus, c->group, c->places, c->place_count, err)
		   ? -1
		   : assign_again(c, err);
}

int
kafka_consumer_pause(struct kafka_consumer *c, bool paused, struct err *err)
{
	rd_kafka_topic_partition_list_t *list;

	if (c->is_paused == paused)
		return 0;
	c->is_paused = paused;
	if (!c->place_count || rd_kafka_assignment(c->handle.rk, &list))
		return 0;
	if (paused)
		rd_kafka_pause_partitions(c->handle.rk, list);
	else
		rd_kafka_resume_partitions(c->handle.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return paused ? 0 : assign_again(c, err);
}

void
kafka_consumer_committed(struct kafka_consumer *c, const struct bus_position *p, size_t n)
{
	struct kafka_place *place;

	for (size_t i = 0; i < n; i++) {
		place =
		    kafka_place(c->places, c->place_count, p[i].topic, p[i].partition);
		if (place)
			place->base = p[i].offset;
	}
}

int
kafka_consumer_rewind(struct kafka_consumer *c, struct err *err)
{
	kafka_batch_reset(&c->batch);
	for (size_t i = 0; i < c->place_count; i++)
		c->places[i].next = c->places[i].base;
	if (!assign_again(c, err))
		return 0;
	c->is_gone = true; /* a new one begins where the group stands */
	return -1;
}

rd_kafka_consumer_group_metadata_t *
kafka_consumer_metadata(struct kafka_consumer *c)
{
	return rd_kafka_consumer_group_metadata(c->handle.rk);
}

void
kafka_consumer_close(struct kafka_consumer *c)
{
	if (!c)
		return;
	c->is_leaving = true;
	kafka_batch_release(&c->batch);
	c->batch = (struct kafka_batch){ 0 };
	if (c->handle.rk)
		stop_consumer(c);
	drop_assignment(c);
	drop_places(c);
	for (size_t i = 0; i < c->read_count; i++)
		free(c->reads[i]);
	free(c->reads);
	free(c->id);
	free(c->group);
	free(c);
}

int
kafka_consumer_open(struct kafka_consumer **out, struct bus *bus,
		    const struct bus_role *role, struct err *err)
{
	struct kafka_consumer *c = must_alloc(sizeof(*c));

	c->bus = bus;
	c->id = must_strdup(role->id);
	c->group = must_strdup(role->group);
	c->on_assigned = role->assigned;
	c->on_revoked = role->revoked;
	c->arg = role->arg;
	c->is_alone = role->alone;
	c->reads = must_alloc((role->topic_count + 1) * sizeof(*c->reads));
	for (; c->read_count < role->topic_count; c->read_count++)
		c->reads[c->read_count] = must_strdup(role->topics[c->read_count]);
	if (start_consumer(c, err)) {
		kafka_consumer_close(c);
		return -1;
	}
	*out = c;
	return 0;
}
