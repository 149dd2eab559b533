/*
 * What `bus copy` writes into the topic of states on the cluster that it
 * carries a log to:
 *
 *	copy/LOG                  {"state", "records"}   has begun; is done
 *	copy/LOG/TOPIC            {"begin", "next"}      how far it is, by partition
 *	copy/LOG/TOPIC/PARTITION  {"runs", "end"}        where each offset went
 *
 * all with kind, id and at.  LOG is the log's name for good (bus_cluster()).
 * The last says to whom keeps an offset of the log, a sink say, where to go
 * on: offsets differ, since a cluster gives some away to its markers.
 */
#ifndef RECORD_COPIED_H
#define RECORD_COPIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

#define COPIED_KIND "copy/"

struct copied_log {
	bool done;
	int64_t records;
};

struct copied_topic {
	int64_t *begin, *next; /* of each partition: the first to copy, the next one */
	int partitions;
};

/* `count` records that follow one another without a gap, here as there. */
struct copied_run {
	int64_t from, to, count;
};

struct copied_place {
	struct copied_run *runs;
	size_t count, room;
	int64_t end; /* there: behind the last */
};

void copied_log_print(const struct copied_log *c, const char *id, struct buf *out);
int copied_log_parse(struct copied_log *c, const char *json, size_t n,
		     struct err *err) MUST_CHECK;

void copied_topic_print(const struct copied_topic *c, const char *id, struct buf *out);
int copied_topic_parse(struct copied_topic *c, const char *json, size_t n,
		       struct arena *arena, struct err *err) MUST_CHECK;

void copied_place_print(const struct copied_place *c, const char *id, struct buf *out);
int copied_place_parse(struct copied_place *c, const char *json, size_t n,
		       struct arena *arena, struct err *err) MUST_CHECK;

/* Where the first record at or after this offset of the log lies now. */
int64_t copied_offset(const struct copied_place *c, int64_t offset);

/* Record after record, in order; items are malloc'd, copied_place_release(). */
void copied_place_add(struct copied_place *c, int64_t from, int64_t to);
void copied_place_release(struct copied_place *c);

#endif
