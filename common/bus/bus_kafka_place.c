/* Where partitions are read, by members and by readers without a group. */
#include "bus/bus_kafka.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"

struct kafka_place *
kafka_place(struct kafka_place *places, size_t n, const char *topic, int partition)
{
	for (size_t i = 0; i < n; i++)
		if (places[i].partition == partition && !strcmp(places[i].topic, topic))
			return &places[i];
	return NULL;
}

void
kafka_places_free(struct kafka_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(places[i].topic);
	free(places);
}

int
kafka_assign(struct kafka_handle *h, const struct kafka_place *places, size_t n,
	     struct err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
	rd_kafka_resp_err_t code;

	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, places[i].topic,
						  places[i].partition)
		    ->offset = places[i].next;
	code = rd_kafka_assign(h->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return code ? kafka_err(h, code, NULL, err, "assign partitions") : 0;
}

static int
check_end(struct kafka_place *p, const char *group, int64_t end, struct err *err)
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
		       p->topic, p->partition, end, group, p->next);
}

static void
check_first(struct kafka_place *p, const char *group, int64_t first)
{
	if (p->next >= first)
		return;
	if (p->next != BUS_FIRST)
		log_warn("topic=%s partition=%d: retention removed %" PRId64
			 " offsets before %s read them",
			 p->topic, p->partition, first - p->next, group);
	p->next = p->base = first;
}

/* librdkafka looks for BUS_FIRST and BUS_END at intervals of half a second. */
static int
check_range(struct bus *bus, const char *group, struct kafka_place *places, size_t n,
	    rd_kafka_topic_partition_list_t *range, struct err *err)
{
	const rd_kafka_topic_partition_t *e = range->elems;

	if (kafka_offsets(bus, range, BUS_END, err))
		return -1;
	for (int i = 0; i < range->cnt; i++)
		if (check_end(kafka_place(places, n, e[i].topic, e[i].partition), group,
			      e[i].offset, err))
			return -1;
	if (kafka_offsets(bus, range, BUS_FIRST, err))
		return -1;
	for (int i = 0; i < range->cnt; i++)
		check_first(kafka_place(places, n, e[i].topic, e[i].partition), group,
			    e[i].offset);
	return 0;
}

int
kafka_places_check(struct bus *bus, const char *group, struct kafka_place *places,
		   size_t n, struct err *err)
{
	rd_kafka_topic_partition_list_t *range =
	    rd_kafka_topic_partition_list_new((int)n);
	int rc;

	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(range, places[i].topic,
						  places[i].partition);
	rc = n ? check_range(bus, group, places, n, range, err) : 0;
	rd_kafka_topic_partition_list_destroy(range);
	return rc;
}
