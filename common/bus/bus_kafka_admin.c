/* Topics by the admin API, and offsets. */
#include "bus/bus_kafka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The answer to one admin request, or NULL and err. */
rd_kafka_event_t *
kafka_answer(struct bus *bus, rd_kafka_queue_t *q, const char *doing, struct err *err)
{
	rd_kafka_event_t *e = rd_kafka_queue_poll(q, 2 * KAFKA_ASK_MS);

	rd_kafka_queue_destroy(q);
	if (e && !rd_kafka_event_error(e))
		return e;
	rd_kafka_poll(bus->ask.rk, 0);
	if (e)
		kafka_err(&bus->ask, rd_kafka_event_error(e),
			  rd_kafka_event_error_string(e), err, "%s", doing);
	else
		kafka_err(&bus->ask, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, err, "%s",
			  doing);
	if (e)
		rd_kafka_event_destroy(e);
	return NULL;
}

rd_kafka_AdminOptions_t *
kafka_options(struct bus *bus, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(bus->ask.rk, op);
	char why[128];

	rd_kafka_AdminOptions_set_request_timeout(o, KAFKA_ASK_MS, why, sizeof(why));
	if (op == RD_KAFKA_ADMIN_OP_CREATETOPICS)
		rd_kafka_AdminOptions_set_operation_timeout(o, KAFKA_ASK_MS, why,
							    sizeof(why));
	return o;
}

/* ---- topics ---- */

/* As the describe request gives them and the create request takes them. */
struct topic_settings {
	struct {
		const char *name;
		char value[32];
	} rows[3];
};

static struct topic_settings
settings_of(const struct bus_topic *t)
{
	struct topic_settings s = { { { "cleanup.policy", "" },
				      { "retention.ms", "" },
				      { "max.message.bytes", "" } } };

	strcpy(s.rows[0].value, t->compacted ? "compact" : "delete");
	snprintf(s.rows[1].value, sizeof(s.rows[1].value), "%" PRId64, t->retention_ms);
	snprintf(s.rows[2].value, sizeof(s.rows[2].value), "%d", KAFKA_MAX_BATCH);
	return s;
}

static int
create(struct bus *bus, const struct bus_topic *t, struct err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(bus->ask.rk);
	rd_kafka_AdminOptions_t *o = kafka_options(bus, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	struct topic_settings s = settings_of(t);
	const rd_kafka_topic_result_t *const *results;
	rd_kafka_event_t *e;
	rd_kafka_NewTopic_t *new;
	rd_kafka_resp_err_t code;
	char why[256];
	size_t n;
	int rc = 0;

	new = rd_kafka_NewTopic_new(t->name, t->partitions, -1, why, sizeof(why));
	if (!new) {
		rd_kafka_AdminOptions_destroy(o);
		rd_kafka_queue_destroy(q);
		return err_set(err, ERR_USAGE, "topic %s: %s", t->name, why);
	}
	for (size_t i = 0; i < LENGTH(s.rows); i++)
		rd_kafka_NewTopic_set_config(new, s.rows[i].name, s.rows[i].value);
	rd_kafka_CreateTopics(bus->ask.rk, &new, 1, o, q);
	rd_kafka_NewTopic_destroy(new);
	rd_kafka_AdminOptions_destroy(o);
	e = kafka_answer(bus, q, "create a topic", err);
	if (!e)
		return -1;
	results =
	    rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e),
						&n);
	code = n ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
	if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		rc = kafka_err(&bus->ask, code,
			       n ? rd_kafka_topic_result_error_string(results[0]) : NULL,
			       err, "create topic %s", t->name);
	rd_kafka_event_destroy(e);
	return rc;
}

/* A limit may be higher than asked for; all else is to be equal. */
static bool
differs(const char *name, const char *is, const char *wanted)
{
	if (!strcmp(name, "max.message.bytes"))
		return strtoll(is, NULL, 10) < strtoll(wanted, NULL, 10);
	return strcmp(is, wanted) != 0;
}

static void
compare(const rd_kafka_ConfigResource_t *is, const struct bus_topic *t, bus_say_f *say,
	void *arg)
{
	struct topic_settings s = settings_of(t);
	const rd_kafka_ConfigEntry_t **entries;
	char text[256];
	size_t n;

	entries = rd_kafka_ConfigResource_configs(is, &n);
	for (size_t i = 0; i < n; i++) {
		const char *name = rd_kafka_ConfigEntry_name(entries[i]);
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		for (size_t k = 0; k < LENGTH(s.rows); k++) {
			if (!value || strcmp(name, s.rows[k].name) ||
			    (t->compacted && !strcmp(name, "retention.ms")) ||
			    !differs(name, value, s.rows[k].value))
				continue;
			snprintf(text, sizeof(text), "has %s = %s, not %s", name, value,
				 s.rows[k].value);
			say(arg, t->name, text);
		}
	}
}

static int
say_differences(struct bus *bus, const struct bus_topic *t, int partitions,
		bus_say_f *say, void *arg, struct err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(bus->ask.rk);
	rd_kafka_AdminOptions_t *o = kafka_options(bus, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_ConfigResource_t *r =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->name);
	const rd_kafka_ConfigResource_t **results;
	rd_kafka_event_t *e;
	char text[64];
	size_t n;
	int rc = 0;

	rd_kafka_DescribeConfigs(bus->ask.rk, &r, 1, o, q);
	rd_kafka_ConfigResource_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
	e = kafka_answer(bus, q, "read the settings of a topic", err);
	if (!e)
		return -1;
	results = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(e), &n);
	if (n && rd_kafka_ConfigResource_error(results[0]))
		rc = kafka_err(&bus->ask, rd_kafka_ConfigResource_error(results[0]),
			       rd_kafka_ConfigResource_error_string(results[0]), err,
			       "read the settings of topic %s", t->name);
	else if (n)
		compare(results[0], t, say, arg);
	rd_kafka_event_destroy(e);
	if (!rc && partitions != t->partitions) {
		snprintf(text, sizeof(text), "has %d partitions, not %d", partitions,
			 t->partitions);
		say(arg, t->name, text);
	}
	return rc;
}

/* All partitions of a topic just made have leaders, or they are not there for who asks
 * next. */
static int
wait_for_topic(struct bus *bus, const struct bus_topic *t, struct err *err)
{
	struct mono start = mono_now();
	int n;

	while ((n = kafka_partitions(bus, t->name, err)) != t->partitions) {
		if (n < 0 && err->class != ERR_RETRY)
			return -1;
		if (mono_since(start) > KAFKA_ASK_MS)
			return err_set(err, ERR_RETRY,
				       "Kafka at %s: topic %s was created but has %d of "
				       "%d partitions",
				       bus->brokers, t->name, n, t->partitions);
		rd_kafka_poll(bus->ask.rk, 10);
	}
	return 0;
}

int
kafka_topics(struct bus *bus, const struct bus_topic *topics, size_t count, bool dry,
	     bus_say_f *say, void *arg, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct bus_topic *t = &topics[i];
		int n = kafka_partitions(bus, t->name, err);

		if (n < 0)
			return -1;
		if (n) {
			if (say_differences(bus, t, n, say, arg, err))
				return -1;
			continue;
		}
		if (dry)
			say(arg, t->name, "is missing");
		else if (create(bus, t, err) || wait_for_topic(bus, t, err))
			return -1;
	}
	return 0;
}

static int
count_partitions(struct bus *bus, const struct rd_kafka_metadata *md, struct err *err)
{
	const struct rd_kafka_metadata_topic *t = md->topics;

	if (md->topic_cnt != 1 || t->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    t->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return 0;
	if (t->err)
		return kafka_err(&bus->ask, t->err, NULL, err, "topic %s", t->topic);
	for (int i = 0; i < t->partition_cnt; i++)
		if (t->partitions[i].leader < 0)
			return kafka_err(&bus->ask,
					 RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, NULL,
					 err, "topic %s", t->topic);
	return t->partition_cnt;
}

int
kafka_partitions(struct bus *bus, const char *topic, struct err *err)
{
	rd_kafka_topic_t *t = rd_kafka_topic_new(bus->ask.rk, topic, NULL);
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
	struct mono start = mono_now();
	int n;

	if (!t)
		return kafka_err(&bus->ask, rd_kafka_last_error(), NULL, err, "topic %s",
				 topic);
	for (int ms = KAFKA_SLICE_MS; ms; ms = kafka_slice(&bus->ask, code, start, ms))
		code = rd_kafka_metadata(bus->ask.rk, 0, t, &md, ms);
	rd_kafka_topic_destroy(t);
	rd_kafka_poll(bus->ask.rk, 0);
	if (code)
		return kafka_err(&bus->ask, code, NULL, err, "ask for topic %s", topic);
	n = count_partitions(bus, md, err);
	rd_kafka_metadata_destroy(md);
	return n;
}

/* ---- offsets ---- */

/*
 * Times below 0 are the protocol's own for first and end, and the end that a
 * read-committed client is given is the last stable offset; a list is asked
 * for at once, where rd_kafka_query_watermark_offsets() asks twice for one.
 */
rd_kafka_resp_err_t
kafka_ask_offsets(struct kafka_handle *h, rd_kafka_topic_partition_list_t *list, int64_t at)
{
	struct mono start = mono_now();
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

	for (int ms = KAFKA_SLICE_MS; ms; ms = kafka_slice(h, code, start, ms)) {
		for (int i = 0; i < list->cnt; i++)
			list->elems[i].offset = at;
		code = rd_kafka_offsets_for_times(h->rk, list, ms);
	}
	for (int i = 0; !code && i < list->cnt; i++)
		code = list->elems[i].err;
	return code;
}

static bool
has_moved(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
	       code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
	       code == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
}

/* A topic just made, or a leader that moved: librdkafka does not ask anew by itself. */
int
kafka_offsets(struct bus *bus, rd_kafka_topic_partition_list_t *list, int64_t at,
	      struct err *err)
{
	struct mono start = mono_now();
	rd_kafka_resp_err_t code;

	if (!list->cnt)
		return 0;
	while ((code = kafka_ask_offsets(&bus->ask, list, at)) != 0 && has_moved(code) &&
	       mono_since(start) < KAFKA_ASK_MS) {
		if (kafka_partitions(bus, list->elems[0].topic, err) < 0 &&
		    err->class != ERR_RETRY)
			return -1;
		rd_kafka_poll(bus->ask.rk, 20);
	}
	if (!code)
		return 0;
	rd_kafka_poll(bus->ask.rk, 0);
	return kafka_err(&bus->ask, code, NULL, err, "offsets of topic %s",
			 list->elems[0].topic);
}

int
kafka_offset(struct bus *bus, const char *topic, int partition, int64_t at,
	     int64_t *offset, struct err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int rc;

	rd_kafka_topic_partition_list_add(list, topic, partition);
	rc = kafka_offsets(bus, list, at, err);
	if (!rc && at >= 0 && list->elems[0].offset < 0)
		rc = kafka_offsets(bus, list, BUS_END, err);
	*offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}
