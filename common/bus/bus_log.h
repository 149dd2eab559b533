/* What bus_log.c and log_member.c share. */
#ifndef BUS_BUS_LOG_H
#define BUS_BUS_LOG_H

#include "bus/log_store.h"

enum { LOG_BATCH_BYTES = 16 << 20 }; /* a batch stops growing here */

struct log_batch {
	struct arena arena;
	struct bus_record *records;
	size_t count, room;
};

void log_batch_init(struct log_batch *batch);
void log_batch_release(struct log_batch *batch);
void log_batch_reset(struct log_batch *batch, size_t max);
int log_batch_fetch(struct log_batch *batch, struct bus *b, const struct log_topic *t,
		    int partition, int64_t *at, size_t max, struct err *err) MUST_CHECK;

int log_join(struct bus *b, const struct bus_role *role, struct bus_member **member,
	     struct err *err) MUST_CHECK;

/* ERR_RETRY if the group (NULL: the log) has a living member. */
int log_group_empty(struct bus *b, const char *group, struct err *err) MUST_CHECK;

extern const struct bus_member_type log_member_type;

#endif
