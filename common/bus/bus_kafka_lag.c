/*
 * How far a group is behind, and whether a topic has open transactions.
 *
 * Kafka's offsets count markers and what compaction took, so a difference of
 * offsets is no lag: where it is not 0, a reader looks whether a record lies
 * between.  A stretch found empty is remembered, as a quiet topic is asked
 * about each second.
 */
#include "bus/bus_kafka.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { MAX_CLEAN = 1024 };

static struct kafka_clean *
clean_of(struct bus *bus, const char *topic, int partition)
{
	for (size_t i = 0; i < bus->clean_count; i++)
		if (bus->clean[i].partition == partition &&
		    !strcmp(bus->clean[i].topic, topic))
			return &bus->clean[i];
	return NULL;
}

static bool
is_clean(struct bus *bus, const char *topic, int partition, int64_t from, int64_t to)
{
	const struct kafka_clean *c = clean_of(bus, topic, partition);

	return from == to || (c && c->from <= from && c->to == to);
}

static void
set_clean(struct bus *bus, const char *topic, int partition, int64_t from, int64_t to)
{
	struct kafka_clean *c = clean_of(bus, topic, partition);

	if (!c && bus->clean_count == MAX_CLEAN)
		return;
	if (!c) {
		bus->clean =
		    must_realloc(bus->clean, (bus->clean_count + 1) * sizeof(*c));
		c = &bus->clean[bus->clean_count++];
		*c = (struct kafka_clean){ must_strdup(topic), partition, 0, 0 };
	}
	c->from = from;
	c->to = to;
}

struct stretch { /* of one partition, from the group's position to the end */
	struct bus_position from;
	int64_t end;
	bool is_read;
};

/* Reads until each stretch has shown a record or its end. */
static int
look(struct bus *bus, struct stretch *s, size_t n, struct err *err)
{
	struct bus_position *from = must_alloc(n * sizeof(*from));
	struct mono start = mono_now();
	const struct bus_record *r;
	struct bus_reader *reader;
	bool end = false;
	size_t found = 0, count;
	int rc;

	for (size_t i = 0; i < n; i++)
		from[i] = s[i].from;
	rc = kafka_read_from(bus, from, n, &reader, err);
	free(from);
	if (rc)
		return -1;
	while (!rc && !end && found < n) {
		rc = bus_read(reader, &r, &count, 1000, 500, &end, err);
		for (; !rc && count; count--, r++)
			for (size_t i = 0; i < n; i++)
				if (s[i].from.partition == r->partition &&
				    !s[i].is_read) {
					s[i].is_read = r->offset < s[i].end;
					found += s[i].is_read;
				}
		if (!rc && !end && found < n && mono_since(start) > KAFKA_ASK_MS)
			rc = kafka_err(&bus->ask, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, err,
				       "read topic %s to its end", s->from.topic);
	}
	bus_read_close(reader);
	return rc;
}

static int
sum_lag(struct bus *bus, struct stretch *s, size_t n, int64_t *lag, struct err *err)
{
	*lag = 0;
	if (n && look(bus, s, n, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s[i].is_read)
			*lag += s[i].end - s[i].from.offset;
		else
			set_clean(bus, s[i].from.topic, s[i].from.partition,
				  s[i].from.offset, s[i].end);
	}
	return 0;
}

static int
measure(struct bus *bus, const char *topic, rd_kafka_topic_partition_list_t *at,
	rd_kafka_topic_partition_list_t *first, rd_kafka_topic_partition_list_t *end,
	int64_t *lag, struct err *err)
{
	struct stretch *s = must_alloc((size_t)(end->cnt + 1) * sizeof(*s));
	size_t n = 0;
	int rc;

	for (int i = 0; i < end->cnt; i++) {
		int partition = end->elems[i].partition;
		int64_t from =
		    rd_kafka_topic_partition_list_find(at, topic, partition)->offset;
		int64_t least =
		    rd_kafka_topic_partition_list_find(first, topic, partition)->offset;

		if (from < least)
			from = least;
		if (from < end->elems[i].offset &&
		    !is_clean(bus, topic, partition, from, end->elems[i].offset))
			s[n++] = (struct stretch){ { topic, partition, from },
						   end->elems[i].offset,
						   false };
	}
	rc = sum_lag(bus, s, n, lag, err);
	free(s);
	return rc;
}

static rd_kafka_topic_partition_list_t *
partitions_of(const char *topic, int n)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n);

	for (int i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, topic, i);
	return list;
}

int
kafka_lag(struct bus *bus, const char *group, const char *topic, int64_t *lag,
	  struct err *err)
{
	int n = kafka_partitions(bus, topic, err), rc;
	rd_kafka_topic_partition_list_t *at, *first, *end;

	if (n < 0)
		return -1;
	at = partitions_of(topic, n);
	first = rd_kafka_topic_partition_list_copy(at);
	end = rd_kafka_topic_partition_list_copy(at);
	*lag = 0;
	/* The end first: what is committed meanwhile makes the lag smaller, never
	 * negative. */
	rc = n && (kafka_offsets(bus, end, BUS_END, err) ||
		   kafka_offsets(bus, first, BUS_FIRST, err) ||
		   kafka_positions(bus, group, at, err) ||
		   measure(bus, topic, at, first, end, lag, err))
		 ? -1
		 : 0;
	rd_kafka_topic_partition_list_destroy(at);
	rd_kafka_topic_partition_list_destroy(first);
	rd_kafka_topic_partition_list_destroy(end);
	return rc;
}

/* ---- open transactions ---- */

/* Ends with what no transaction has ended yet, as only a client of its own is told. */
static int
written_ends(struct bus *bus, rd_kafka_topic_partition_list_t *list, struct err *err)
{
	static const struct bus_setting fixed[] = {
		{ "isolation.level", "read_uncommitted" }, { NULL, NULL }
	};
	struct kafka_handle loose;
	rd_kafka_resp_err_t code;

	if (kafka_start(&loose, bus, RD_KAFKA_CONSUMER, kafka_consumer_defaults, fixed,
			NULL, err))
		return -1;
	code = kafka_ask_offsets(&loose, list, BUS_END);
	kafka_stop(&loose);
	return code ? kafka_err(&bus->ask, code, NULL, err, "offsets of topic %s",
				list->elems[0].topic)
		    : 0;
}

int
kafka_settled(struct bus *bus, const char *topic, bool *settled, struct err *err)
{
	int n = kafka_partitions(bus, topic, err), rc;
	rd_kafka_topic_partition_list_t *written, *stable;

	*settled = n == 0;
	if (n <= 0)
		return n;
	written = partitions_of(topic, n);
	stable = rd_kafka_topic_partition_list_copy(written);
	/* What was written first, so that what comes meanwhile does no harm. */
	rc = written_ends(bus, written, err) || kafka_offsets(bus, stable, BUS_END, err)
		 ? -1
		 : 0;
	*settled = !rc;
	for (int i = 0; i < n && *settled; i++)
		*settled = stable->elems[i].offset >=
			   rd_kafka_topic_partition_list_find(written, topic,
							      stable->elems[i].partition)
			       ->offset;
	rd_kafka_topic_partition_list_destroy(written);
	rd_kafka_topic_partition_list_destroy(stable);
	return rc;
}

/* ---- how far, about ---- */

static int64_t
sum_positions(rd_kafka_topic_partition_list_t *at,
	      const rd_kafka_topic_partition_list_t *first)
{
	int64_t sum = 0;
	bool has_position = false;

	for (int i = 0; i < at->cnt; i++) {
		int64_t from = first ? first->elems[i].offset : 0;

		has_position |= at->elems[i].offset >= 0;
		sum += at->elems[i].offset < from ? from : at->elems[i].offset;
	}
	return has_position ? sum : -1;
}

static bool
is_any_missing(const rd_kafka_topic_partition_list_t *at)
{
	for (int i = 0; i < at->cnt; i++)
		if (at->elems[i].offset < 0)
			return true;
	return false;
}

int
kafka_standing(struct bus *bus, const char *group, const char *topic, int64_t *at,
	       int64_t *end, struct err *err)
{
	int n = kafka_partitions(bus, topic, err), rc;
	rd_kafka_topic_partition_list_t *positions, *first, *ends;
	bool needs_first;

	*at = -1;
	*end = 0;
	if (n <= 0)
		return n;
	positions = partitions_of(topic, n);
	first = rd_kafka_topic_partition_list_copy(positions);
	ends = rd_kafka_topic_partition_list_copy(positions);
	rc = kafka_positions(bus, group, positions, err);
	needs_first = !rc && is_any_missing(positions);
	if (!rc)
		rc = (needs_first && kafka_offsets(bus, first, BUS_FIRST, err)) ||
			     kafka_offsets(bus, ends, BUS_END, err)
			 ? -1
			 : 0;
	if (!rc) {
		*at = sum_positions(positions, needs_first ? first : NULL);
		*end = sum_positions(ends, NULL);
	}
	rd_kafka_topic_partition_list_destroy(positions);
	rd_kafka_topic_partition_list_destroy(first);
	rd_kafka_topic_partition_list_destroy(ends);
	return rc;
}
