/*
 * Topics by the admin API, offsets, the positions of groups, and lag.
 *
 * Kafka's offsets count markers and what compaction took, so a difference of
 * offsets is no lag: where it is not 0, a reader looks whether a record lies
 * between.  A stretch found empty is remembered, as a quiet topic is asked
 * about each second.
 */
#include "bus/bus_kafka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

enum { MAX_CLEAN = 1024 };

/* The answer to one admin request, or NULL and err. */
static rd_kafka_event_t *
answer(struct bus *bus, rd_kafka_queue_t *q, const char *doing, struct err *err)
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

static rd_kafka_AdminOptions_t *
options(struct bus *bus, rd_kafka_admin_op_t op)
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
	rd_kafka_AdminOptions_t *o = options(bus, RD_KAFKA_ADMIN_OP_CREATETOPICS);
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
	e = answer(bus, q, "create a topic", err);
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
	rd_kafka_AdminOptions_t *o = options(bus, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
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
	e = answer(bus, q, "read the settings of a topic", err);
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
static rd_kafka_resp_err_t
ask_offsets(struct kafka_handle *h, rd_kafka_topic_partition_list_t *list, int64_t at)
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
	while ((code = ask_offsets(&bus->ask, list, at)) != 0 && has_moved(code) &&
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

/* ---- groups ---- */

static int
take_positions(struct bus *bus, const char *group, const rd_kafka_event_t *e,
	       rd_kafka_topic_partition_list_t *list, struct err *err)
{
	const rd_kafka_topic_partition_list_t *got;
	const rd_kafka_group_result_t **groups;
	const rd_kafka_error_t *error;
	size_t n;

	groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
	    rd_kafka_event_ListConsumerGroupOffsets_result((rd_kafka_event_t *)e), &n);
	error = n ? rd_kafka_group_result_error(groups[0]) : NULL;
	if (error)
		return kafka_err(&bus->ask, rd_kafka_error_code(error),
				 rd_kafka_error_string(error), err,
				 "positions of group %s", group);
	got = n ? rd_kafka_group_result_partitions(groups[0]) : NULL;
	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_topic_partition_t *to = &list->elems[i], *from = NULL;

		if (got)
			from = rd_kafka_topic_partition_list_find(
			    (rd_kafka_topic_partition_list_t *)got, to->topic,
			    to->partition);
		if (from && from->err)
			return kafka_err(&bus->ask, from->err, NULL, err,
					 "positions of group %s", group);
		to->offset = from && from->offset >= 0 ? from->offset : -1;
	}
	return 0;
}

/* Fills in the group's positions, -1 where it has none. */
static int
positions_of(struct bus *bus, const char *group, rd_kafka_topic_partition_list_t *list,
	     struct err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(bus->ask.rk);
	rd_kafka_AdminOptions_t *o =
	    options(bus, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	rd_kafka_ListConsumerGroupOffsets_t *r =
	    rd_kafka_ListConsumerGroupOffsets_new(group, list);
	rd_kafka_event_t *e;
	int rc;

	rd_kafka_ListConsumerGroupOffsets(bus->ask.rk, &r, 1, o, q);
	rd_kafka_ListConsumerGroupOffsets_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
	e = answer(bus, q, "read the positions of a group", err);
	if (!e)
		return -1;
	rc = take_positions(bus, group, e, list, err);
	rd_kafka_event_destroy(e);
	return rc;
}

int
kafka_committed(struct bus *bus, const char *group, const char *topic, int partition,
		int64_t *offset, struct err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int rc;

	rd_kafka_topic_partition_list_add(list, topic, partition);
	rc = positions_of(bus, group, list, err);
	*offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

/* What the answer says of the group, or of the first partition that it refused. */
static int
check_placed(struct bus *bus, const char *group, const rd_kafka_event_t *e, struct err *err)
{
	const rd_kafka_topic_partition_list_t *got;
	const rd_kafka_group_result_t **groups;
	const rd_kafka_error_t *error;
	size_t n;

	groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
	    rd_kafka_event_AlterConsumerGroupOffsets_result((rd_kafka_event_t *)e), &n);
	error = n ? rd_kafka_group_result_error(groups[0]) : NULL;
	if (error)
		return kafka_err(&bus->ask, rd_kafka_error_code(error),
				 rd_kafka_error_string(error), err,
				 "set the positions of group %s", group);
	got = n ? rd_kafka_group_result_partitions(groups[0]) : NULL;
	for (int i = 0; got && i < got->cnt; i++)
		if (got->elems[i].err)
			return kafka_err(&bus->ask, got->elems[i].err, NULL, err,
					 "set the positions of group %s", group);
	return 0;
}

int
kafka_place_group(struct bus *bus, const char *group, const struct bus_position *positions,
		  size_t n, struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)n + 1);
	rd_kafka_AdminOptions_t *o =
	    options(bus, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
	rd_kafka_queue_t *q = rd_kafka_queue_new(bus->ask.rk);
	rd_kafka_AlterConsumerGroupOffsets_t *r;
	rd_kafka_event_t *e;
	int rc;

	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, positions[i].topic,
						  positions[i].partition)
		    ->offset = positions[i].offset;
	r = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
	rd_kafka_AlterConsumerGroupOffsets(bus->ask.rk, &r, 1, o, q);
	rd_kafka_AlterConsumerGroupOffsets_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_topic_partition_list_destroy(list);
	e = answer(bus, q, "set the positions of a group", err);
	if (!e)
		return -1;
	rc = check_placed(bus, group, e, err);
	rd_kafka_event_destroy(e);
	return rc;
}

int
kafka_forget(struct bus *bus, const char *group, bool *known, struct err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(bus->ask.rk);
	rd_kafka_AdminOptions_t *o = options(bus, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
	rd_kafka_DeleteGroup_t *r = rd_kafka_DeleteGroup_new(group);
	const rd_kafka_group_result_t **groups;
	const rd_kafka_error_t *error;
	rd_kafka_event_t *e;
	size_t n;
	int rc = 0;

	rd_kafka_DeleteGroups(bus->ask.rk, &r, 1, o, q);
	rd_kafka_DeleteGroup_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
	e = answer(bus, q, "forget a group", err);
	if (!e)
		return -1;
	groups =
	    rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(e),
						&n);
	error = n ? rd_kafka_group_result_error(groups[0]) : NULL;
	*known = !error || rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
	if (error && *known)
		rc = kafka_err(&bus->ask, rd_kafka_error_code(error),
			       rd_kafka_error_string(error), err, "forget group %s",
			       group);
	rd_kafka_event_destroy(e);
	return rc;
}

/* ---- lag ---- */

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
		   positions_of(bus, group, at, err) ||
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
	code = ask_offsets(&loose, list, BUS_END);
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
	rc = positions_of(bus, group, positions, err);
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
