/*
 * A reader without a group.
 *
 * librdkafka says when a partition's end was met, but that may have been
 * before the caller asked.  So when all ends are met the log is asked once
 * more where they are.
 */
#include "bus/bus_kafka.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

enum { WAKE_MS = 5, WAKE_TIMEOUT_MS = 100 };

struct bus_reader {
	struct bus_head head;
	struct kafka_handle handle;
	struct kafka_place *places;
	size_t place_count;
	struct kafka_batch batch;
	bool asks;    /* this read wants to know of the end */
	bool was_end; /* said by the last such */
	bool is_moved; /* places are to be assigned again */
	bool is_late; /* an error came behind records: it is said by the next read */
	struct err late;
};

static int
start_reader(struct bus_reader *r, struct bus *bus, struct err *err)
{
	const struct bus_setting fixed[] = {
		{ "group.id",
		  bus->reader_group }, /* names no group: nothing joins or commits */
		{ "isolation.level", "read_committed" },
		{ "enable.auto.commit", "false" },
		{ "enable.auto.offset.store", "false" },
		{ "enable.partition.eof", "true" },
		{ NULL, NULL },
	};

	r->head.type = &bus_kafka_type;
	if (kafka_start(&r->handle, bus, RD_KAFKA_CONSUMER, kafka_consumer_defaults,
			fixed, NULL, err))
		return -1;
	rd_kafka_poll_set_consumer(r->handle.rk);
	return kafka_assign(&r->handle, r->places, r->place_count, err);
}

int
kafka_read_from(struct bus *bus, const struct bus_position *positions, size_t n,
		struct bus_reader **reader, struct err *err)
{
	struct bus_reader *r = must_alloc(sizeof(*r));

	r->places = must_alloc((n + 1) * sizeof(*r->places));
	r->place_count = n;
	for (size_t i = 0; i < n; i++)
		r->places[i] =
		    (struct kafka_place){ .topic = must_strdup(positions[i].topic),
					  .partition = positions[i].partition,
					  .next = positions[i].offset,
					  .until = INT64_MAX };
	if (start_reader(r, bus, err)) {
		r->head.type->reader->close(r);
		return -1;
	}
	*reader = r;
	return 0;
}

/* In numbers: librdkafka looks for a first offset at intervals of half a second. */
static int
read_all(struct bus *bus, rd_kafka_topic_partition_list_t *first,
	 struct bus_reader **reader, struct err *err)
{
	size_t n = (size_t)first->cnt;
	struct bus_position *from;
	int rc;

	if (kafka_offsets(bus, first, BUS_FIRST, err))
		return -1;
	from = must_alloc(n * sizeof(*from));
	for (size_t i = 0; i < n; i++)
		from[i] = (struct bus_position){ first->elems[i].topic,
						 first->elems[i].partition,
						 first->elems[i].offset };
	rc = kafka_read_from(bus, from, n, reader, err);
	free(from);
	return rc;
}

int
kafka_read_open(struct bus *bus, const char *topic, struct bus_reader **reader,
		struct err *err)
{
	int n = kafka_partitions(bus, topic, err), rc;
	rd_kafka_topic_partition_list_t *first;

	if (n < 0)
		return -1;
	if (n == 0)
		return kafka_err(&bus->ask, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL,
				 err, "read topic %s", topic);
	first = rd_kafka_topic_partition_list_new(n);
	for (int i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(first, topic, i);
	rc = read_all(bus, first, reader, err);
	rd_kafka_topic_partition_list_destroy(first);
	return rc;
}

/* The log's end is one partition's; the reader's may come before it. */
static int64_t
end_of(const struct kafka_place *p, int64_t end)
{
	return p->until < end ? p->until : end;
}

static bool
is_done(const struct kafka_place *p)
{
	return p->next >= p->until;
}

static int
pause_place(struct bus_reader *r, struct kafka_place *p, bool paused, struct err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(list, p->topic, p->partition);
	code = paused ? rd_kafka_pause_partitions(r->handle.rk, list)
		      : rd_kafka_resume_partitions(r->handle.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (code)
		return kafka_err(&r->handle, code, NULL, err, "%s partition %d of %s",
				 paused ? "pause" : "resume", p->partition, p->topic);
	p->paused = paused;
	return 0;
}

/*
 * What was read to where it was to end is fetched no more.
 *
 * The trap: an assignment is begun by librdkafka's thread after the call, and a resume that
 * comes between is the newer request to a partition, so that the beginning is passed over as
 * outdated, without a word, and the partition is never read.  So what is paused is resumed
 * before it is assigned.
 */
static int
assign(struct bus_reader *r, struct err *err)
{
	struct kafka_place *open = must_alloc((r->place_count + 1) * sizeof(*open));
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < r->place_count; i++) {
		struct kafka_place *p = &r->places[i];

		p->stopped = is_done(p);
		p->at_end |= p->stopped;
		if (p->stopped)
			continue;
		rc = p->paused ? pause_place(r, p, false, err) : 0;
		open[n++] = *p;
	}
	rc = rc ? rc : kafka_assign(&r->handle, open, n, err);
	free(open);
	return rc;
}

/* The others go on with what they have; an assignment would have them fetch it anew. */
static int
stop_place(struct bus_reader *r, struct kafka_place *p, struct err *err)
{
	p->stopped = p->at_end = true;
	return pause_place(r, p, true, err);
}

static struct kafka_place *
own_place(struct bus_reader *r, int partition, struct err *err)
{
	struct kafka_place *p =
	    kafka_place(r->places, r->place_count, r->places->topic, partition);

	if (!p)
		err_set(err, ERR_USAGE, "topic %s has no partition %d", r->places->topic,
			partition);
	return p;
}

/* The next read assigns: a seek in each of many partitions is one assignment. */
static void
begin_again(struct bus_reader *r)
{
	kafka_batch_reset(&r->batch);
	for (size_t i = 0; i < r->place_count; i++)
		r->places[i].at_end = false;
	r->was_end = false;
	r->is_moved = true;
}

static int
reader_until(struct bus_reader *r, int partition, int64_t offset, struct err *err)
{
	struct kafka_place *p = own_place(r, partition, err);

	if (!p)
		return -1;
	p->until = offset;
	begin_again(r);
	return 0;
}

static int
reader_seek(struct bus_reader *r, int partition, int64_t offset, struct err *err)
{
	struct kafka_place *p = own_place(r, partition, err);

	if (!p)
		return -1;
	if (offset < 0 &&
	    kafka_offset(r->handle.bus, p->topic, partition, offset, &offset, err))
		return -1;
	p->next = offset;
	begin_again(r);
	return 0;
}

static bool
all_at_end(const struct bus_reader *r)
{
	for (size_t i = 0; i < r->place_count; i++)
		if (!r->places[i].at_end)
			return false;
	return true;
}

static bool
all_done(const struct bus_reader *r)
{
	for (size_t i = 0; i < r->place_count; i++)
		if (!is_done(&r->places[i]))
			return false;
	return true;
}

/* Whether the ends that were met are the ends still. */
static int
ask_for_end(struct bus_reader *r, bool *end, struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)r->place_count);
	int rc;

	for (size_t i = 0; i < r->place_count; i++)
		rd_kafka_topic_partition_list_add(list, r->places[i].topic,
						  r->places[i].partition);
	rc = kafka_offsets(r->handle.bus, list, BUS_END, err);
	*end = !rc;
	for (int i = 0; !rc && i < list->cnt; i++) {
		struct kafka_place *p =
		    kafka_place(r->places, r->place_count, list->elems[i].topic,
				list->elems[i].partition);

		p->at_end = p->next >= end_of(p, list->elems[i].offset);
		*end = *end && p->at_end;
	}
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

static int
take_message(struct bus_reader *r, rd_kafka_message_t *m, struct err *err)
{
	struct kafka_place *p;

	if (m->err && m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		kafka_err(&r->handle, m->err, rd_kafka_message_errstr(m), err,
			  "read topic %s", r->places->topic);
		rd_kafka_message_destroy(m);
		return -1;
	}
	p = kafka_place(r->places, r->place_count, rd_kafka_topic_name(m->rkt),
			m->partition);
	if (m->err) {
		p->at_end = true;
		if (p->next < m->offset)
			p->next = m->offset;
		rd_kafka_message_destroy(m);
	} else if (m->offset >= p->until) {
		rd_kafka_message_destroy(m);
		p->next = p->until;
	} else if (m->offset < p->next) {
		rd_kafka_message_destroy(m);
	} else {
		p->at_end = false;
		p->next = m->offset + 1;
		kafka_batch_add(&r->batch, m);
	}
	return is_done(p) && !p->stopped ? stop_place(r, p, err) : 0;
}

/*
 * librdkafka 2.0 fetches no more while a partition's queue is full, and looks
 * once a second whether it is so still.  Any request wakes it: without this a
 * reader that is quicker than that stands still until the second is over.
 */
static void
wake(struct bus_reader *r)
{
	int64_t low, high;

	for (size_t i = 0; i < r->place_count; i++) {
		if (r->places[i].at_end)
			continue;
		rd_kafka_query_watermark_offsets(r->handle.rk, r->places[i].topic,
						 r->places[i].partition, &low, &high,
						 WAKE_TIMEOUT_MS);
		return;
	}
}

static rd_kafka_message_t *
next_message(struct bus_reader *r, int left)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(r->handle.rk,
						       left < WAKE_MS ? left : WAKE_MS);

	if (m || left <= WAKE_MS)
		return m;
	if (!all_at_end(r))
		wake(r);
	return rd_kafka_consumer_poll(r->handle.rk, left - WAKE_MS);
}

/* Until there are records and no more are ready, the end is met, or time is up. */
static int
gather(struct bus_reader *r, size_t max, int timeout_ms, bool *end, struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_message_t *m;
	int64_t left;

	*end = all_done(r);
	while (!*end && r->batch.count < max && r->batch.bytes < KAFKA_BATCH_BYTES) {
		left = r->batch.count ? 0 : timeout_ms - mono_since(start);
		m = next_message(r, left > 0 ? (int)left : 0);
		if (!m)
			break;
		if (take_message(r, m, err)) {
			r->is_late = true;
			r->late = *err;
			break;
		}
		if (!r->asks || r->was_end || !all_at_end(r))
			continue;
		if (ask_for_end(r, end, err))
			return -1;
		if (*end)
			break;
	}
	if (r->asks && !*end && all_at_end(r))
		return ask_for_end(r, end, err);
	return 0;
}

/*
 * Where a connection was lost.  Records that lay ready say nothing of it: the brokers
 * may have gone with the last of them.
 */
static int
look_for_brokers(struct bus_reader *r, struct err *err)
{
	struct kafka_handle *h = &r->handle;

	if ((!h->was_cut && !kafka_is_silent()) || kafka_answers(h, KAFKA_SLICE_MS))
		return 0;
	kafka_silent(h);
	return kafka_err(h, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, NULL, err,
			 "read topic %s", r->places->topic);
}

static int
reader_read(struct bus_reader *r, const struct bus_record **records, size_t *n,
	    size_t max, int timeout_ms, bool *end, struct err *err)
{
	bool none;

	r->asks = end != NULL;
	end = end ? end : &none;
	kafka_batch_reset(&r->batch);
	if (r->is_moved && assign(r, err))
		return -1;
	r->is_moved = false;
	if (!r->is_late && gather(r, max, timeout_ms, end, err) && !r->batch.count)
		return -1;
	if (r->is_late && !r->batch.count) {
		r->is_late = false;
		*err = r->late;
		return -1;
	}
	r->was_end = r->asks ? *end : r->was_end;
	if (!r->batch.count && !*end && look_for_brokers(r, err))
		return -1;
	kafka_batch_finish(&r->batch);
	*records = r->batch.records;
	*n = r->batch.count;
	return 0;
}

static void
reader_close(struct bus_reader *r)
{
	kafka_batch_release(&r->batch);
	kafka_stop(&r->handle);
	kafka_places_free(r->places, r->place_count);
	free(r);
}

const struct bus_reader_type kafka_reader_type = {
	.seek = reader_seek,
	.until = reader_until,
	.read = reader_read,
	.close = reader_close,
};
