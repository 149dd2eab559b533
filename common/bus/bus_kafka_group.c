/* Groups by the admin API: the positions that they have committed, set and forgotten. */
#include "bus/bus_kafka.h"

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
int
kafka_positions(struct bus *bus, const char *group, rd_kafka_topic_partition_list_t *list,
		struct err *err)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(bus->ask.rk);
	rd_kafka_AdminOptions_t *o =
	    kafka_options(bus, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	rd_kafka_ListConsumerGroupOffsets_t *r =
	    rd_kafka_ListConsumerGroupOffsets_new(group, list);
	rd_kafka_event_t *e;
	int rc;

	rd_kafka_ListConsumerGroupOffsets(bus->ask.rk, &r, 1, o, q);
	rd_kafka_ListConsumerGroupOffsets_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
	e = kafka_answer(bus, q, "read the positions of a group", err);
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
	rc = kafka_positions(bus, group, list, err);
	*offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

/* What the answer says of the group, or of the first partition that it refused. */
static int
check_placed(struct bus *bus, const char *group, const rd_kafka_event_t *e,
	     struct err *err)
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
kafka_place_group(struct bus *bus, const char *group,
		  const struct bus_position *positions, size_t n, struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)n + 1);
	rd_kafka_AdminOptions_t *o =
	    kafka_options(bus, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
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
	e = kafka_answer(bus, q, "set the positions of a group", err);
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
	rd_kafka_AdminOptions_t *o = kafka_options(bus, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
	rd_kafka_DeleteGroup_t *r = rd_kafka_DeleteGroup_new(group);
	const rd_kafka_group_result_t **groups;
	const rd_kafka_error_t *error;
	rd_kafka_event_t *e;
	size_t n;
	int rc = 0;

	rd_kafka_DeleteGroups(bus->ask.rk, &r, 1, o, q);
	rd_kafka_DeleteGroup_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
	e = kafka_answer(bus, q, "forget a group", err);
	if (!e)
		return -1;
	groups =
	    rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(e),
						&n);
	error = n ? rd_kafka_group_result_error(groups[0]) : NULL;
	*known =
	    !error || rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
	if (error && *known)
		rc = kafka_err(&bus->ask, rd_kafka_error_code(error),
			       rd_kafka_error_string(error), err, "forget group %s",
			       group);
	rd_kafka_event_destroy(e);
	return rc;
}
