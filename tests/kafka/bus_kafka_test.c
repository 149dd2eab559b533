/* The contract, on a real Apache Kafka that this test starts. */
#include "tests/lib/broker.h"
#include "tests/lib/bus_contract.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * A resume that comes while an assignment is begun can undo that beginning, once in a
 * thousand times and on a busy machine.  So here all of them are seen: none may be of a
 * partition that was assigned and has not been paused since.
 */
static struct fresh {
	rd_kafka_t *rk;
	char topic[128];
	int partition;
} fresh[256];
static size_t fresh_count;
static int too_soon;

rd_kafka_resp_err_t __real_rd_kafka_assign(rd_kafka_t *, const rd_kafka_topic_partition_list_t *);
rd_kafka_resp_err_t __wrap_rd_kafka_assign(rd_kafka_t *, const rd_kafka_topic_partition_list_t *);
rd_kafka_resp_err_t __real_rd_kafka_pause_partitions(rd_kafka_t *, rd_kafka_topic_partition_list_t *);
rd_kafka_resp_err_t __wrap_rd_kafka_pause_partitions(rd_kafka_t *, rd_kafka_topic_partition_list_t *);
rd_kafka_resp_err_t __real_rd_kafka_resume_partitions(rd_kafka_t *, rd_kafka_topic_partition_list_t *);
rd_kafka_resp_err_t __wrap_rd_kafka_resume_partitions(rd_kafka_t *, rd_kafka_topic_partition_list_t *);

/* NULL: of any partition. */
static struct fresh *
find_fresh(const rd_kafka_t *rk, const rd_kafka_topic_partition_t *p)
{
	for (size_t i = 0; i < fresh_count; i++)
		if (fresh[i].rk == rk &&
		    (!p || (fresh[i].partition == p->partition && !strcmp(fresh[i].topic, p->topic))))
			return &fresh[i];
	return NULL;
}

rd_kafka_resp_err_t
__wrap_rd_kafka_assign(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list)
{
	struct fresh *f;

	while ((f = find_fresh(rk, NULL)))
		*f = fresh[--fresh_count];
	for (int i = 0; list && i < list->cnt && fresh_count < sizeof(fresh) / sizeof(*fresh); i++) {
		f = &fresh[fresh_count++];
		f->rk = rk;
		f->partition = list->elems[i].partition;
		snprintf(f->topic, sizeof(f->topic), "%s", list->elems[i].topic);
	}
	return __real_rd_kafka_assign(rk, list);
}

rd_kafka_resp_err_t
__wrap_rd_kafka_pause_partitions(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
	struct fresh *f;

	for (int i = 0; i < list->cnt; i++)
		if ((f = find_fresh(rk, &list->elems[i])))
			*f = fresh[--fresh_count];
	return __real_rd_kafka_pause_partitions(rk, list);
}

rd_kafka_resp_err_t
__wrap_rd_kafka_resume_partitions(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++)
		if (find_fresh(rk, &list->elems[i])) {
			printf("%s/%d is resumed while it is assigned\n", list->elems[i].topic,
			       (int)list->elems[i].partition);
			too_soon++;
		}
	return __real_rd_kafka_resume_partitions(rk, list);
}

static char brokers[64];

static void
conf_of(struct bus_conf *conf, bool quick)
{
	static const struct bus_setting settings[] = {
		{ "bootstrap.servers", brokers },
		{ "session.timeout.ms",
		  "6000" }, /* the least that brokers take by default */
		{ "heartbeat.interval.ms", "200" },
	};

	*conf = (struct bus_conf){ .cluster = "test",
				   .kafka = settings,
				   .kafka_count = quick ? 3 : 1 };
}

static void
restart(void)
{
	broker("restart", brokers, sizeof(brokers));
}

static const struct bus_world kafka = {
	.conf = conf_of,
	.restart = restart,
	.takeover_ms = 12000,
};

int
main(int argc, char **argv)
{
	int failed;

	broker("start", brokers, sizeof(brokers));
	failed = bus_contract(&kafka, argc > 1 ? argv[1] : NULL);
	broker("stop", NULL, 0);
	return failed + (too_soon > 0);
}
