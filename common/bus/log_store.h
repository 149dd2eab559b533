/*
 * What lies in the embedded log: topics, their lanes (one for each partition),
 * records, positions, members.  log_store.c has the first two, log_record.c,
 * log_sweep.c and log_group.c the rest; the SQL of all of it is in log_sql.c.
 *
 * A record's rowid is lane << 40 | offset, so a lane is one stretch of one
 * b-tree: appends go to its end and a read is a walk.  Offsets come from the
 * lane's counter, never from the largest rowid, which retention may take away.
 * A compacted topic is compacted at once: a record replaces the one with its
 * key, and `newest` says where that one lies.
 */
#ifndef BUS_LOG_STORE_H
#define BUS_LOG_STORE_H

#include "base/arena.h"
#include "bus/bus.h"
#include "bus/log_db.h"

enum { OFFSET_BITS = 40 };

struct log_topic {
	char *name;
	int64_t lane; /* of partition 0; the others follow */
	int partitions;
	int64_t retention_ms;
	bool compacted;
};

struct log_lane { /* a lane's row */
	int64_t first, next, time_ms;
};

struct bus {
	struct bus_head head;
	struct log_db db;
	char cluster[40];
	int64_t max_bytes;
	struct log_topic **topics; /* looked up once: a topic never changes */
	size_t topic_count;
};

int log_store_open(struct bus *b, const char *path, struct err *err) MUST_CHECK;
void log_store_close(struct bus *b);

/*
 * A sealed log is read only: nobody may join it.  The text says why, and what
 * to do; NULL opens it again.  "" where it is not sealed.
 */
int log_seal(struct bus *b, const char *text, struct err *err) MUST_CHECK;
int log_sealed(struct bus *b, char text[256], struct err *err) MUST_CHECK;

/* All topics, and all positions that a group has committed.  Not 0 ends it. */
typedef int log_topic_f(void *arg, const struct log_topic *t);
int log_each_topic(struct bus *b, log_topic_f *f, void *arg, struct err *err) MUST_CHECK;
typedef int log_position_f(void *arg, const char *group, int64_t lane, int64_t offset);
int log_each_position(struct bus *b, log_position_f *f, void *arg,
		      struct err *err) MUST_CHECK;

/* NULL in *topic: there is none. */
int log_topic_find(struct bus *b, const char *name, const struct log_topic **topic,
		   struct err *err) MUST_CHECK;
int log_topic_need(struct bus *b, const char *name, const struct log_topic **topic,
		   struct err *err) MUST_CHECK; /* ERR_USAGE if there is none */
int log_topic_add(struct bus *b, const struct bus_topic *t, struct err *err) MUST_CHECK;

int
log_lane_get(struct bus *b, int64_t lane, struct log_lane *l, struct err *err) MUST_CHECK;
int log_lane_set(struct bus *b, int64_t lane, const struct log_lane *l,
		 struct err *err) MUST_CHECK;

/* The first offset whose time is at or after time_ms; next if there is none. */
int log_lane_at(struct bus *b, int64_t lane, int64_t time_ms, int64_t *offset,
		struct err *err) MUST_CHECK;

/* The group that has committed least of the lane (-1: nothing), or *position INT64_MAX. */
int log_lane_slowest(struct bus *b, int64_t lane, char group[256], int64_t *position,
		     struct err *err) MUST_CHECK;

/* Whether a record lies at or after offset. */
int log_lane_has(struct bus *b, int64_t lane, int64_t offset, bool *has,
		 struct err *err) MUST_CHECK;

/* In a transaction; l is read before and set after by the caller.  time_ms 0: now. */
int
log_append(struct bus *b, const struct log_topic *t, int partition, struct log_lane *l,
	   const struct bus_record *r, struct err *err) MUST_CHECK;

/*
 * Up to max records from *offset on, into arena (they live there), until
 * about max_bytes are read.  Moves *offset behind the last one.
 */
int log_fetch(struct bus *b, const struct log_topic *t, int partition, int64_t *offset,
	      size_t max, size_t max_bytes, struct arena *arena,
	      struct bus_record *records, size_t *n, struct err *err) MUST_CHECK;

/* Deletes some of what is past its time and committed by every registered group. */
int log_sweep(struct bus *b, struct err *err) MUST_CHECK;

/* Bytes in use; 0 if it cannot be told. */
int64_t log_size(struct bus *b);

/* ERR_RETRY that says which group holds the log at its bound. */
int log_full(struct bus *b, struct err *err);

/* ---- groups ---- */

struct log_position {
	int64_t offset; /* -1: none committed */
	int64_t holder; /* epoch of the member that reads it; 0: nobody */
};

int log_position_get(struct bus *b, const char *group, int64_t lane,
		     struct log_position *p, bool *exists, struct err *err) MUST_CHECK;
int
log_position_hold(struct bus *b, const char *group, int64_t lane, int64_t holder,
		  struct err *err) MUST_CHECK; /* registers the group for the lane, too */
int log_position_set(struct bus *b, const char *group, int64_t lane, int64_t offset,
		     struct err *err) MUST_CHECK;
int log_group_forget(struct bus *b, const char *group, bool *known,
		     struct err *err) MUST_CHECK;

struct log_member {
	int64_t epoch;
	char *id;
	char *topics; /* each followed by a newline */
};

/* Members of the group (NULL: all there are) in the order of their ids; freed by
 * log_members_free(). */
int log_members(struct bus *b, const char *group, struct log_member **members, size_t *n,
		struct err *err) MUST_CHECK;
void log_members_free(struct log_member *members, size_t n);

/* A new epoch for this id, whose former owner is out from now on. */
int log_member_add(struct bus *b, const char *id, const char *group, const char *topics,
		   int64_t *epoch, struct err *err) MUST_CHECK;
int log_member_remove(struct bus *b, int64_t epoch, struct err *err) MUST_CHECK;
int log_member_is(struct bus *b, int64_t epoch, bool *is, struct err *err) MUST_CHECK;

#endif
