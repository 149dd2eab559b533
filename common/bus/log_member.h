/*
 * A member of the embedded log, as log_member.c (who joins, polls and leaves),
 * log_share.c (who is alive and reads what) and log_stage.c (what is sent,
 * until it is committed) see it.
 */
#ifndef BUS_LOG_MEMBER_H
#define BUS_LOG_MEMBER_H

#include <fcntl.h>

#include "base/buf.h"
#include "bus/bus_log.h"
#include "time/clock.h"

enum {
	TEND_MS = 500, /* how often the living are counted */
	STAGE_CEILING = 256 << 20,
};

struct held { /* a partition that this member reads */
	const struct log_topic *topic;
	int partition;
	int64_t at, committed; /* next to poll; where an abort goes back to */
	bool wanted;
};

struct staged {
	const struct log_topic *topic;
	int partition;
	struct bus_record record; /* pointers are offsets into bytes until the commit */
	size_t header;            /* first of its headers */
};

struct open_lane { /* during a commit */
	int64_t id;
	struct log_lane lane;
};

struct bus_member {
	struct bus_head head;
	struct bus *bus;
	int64_t epoch;
	int lock_fd;
	char *id, *group;
	const struct log_topic **topics;
	size_t topic_count;
	struct bus_role
	    role; /* the callbacks; its strings are the caller's and not used later */

	struct held *held;
	size_t held_count;
	uint32_t generation;
	struct mono tended, swept;
	bool paused, open;
	size_t turn;
	struct log_batch batch;

	struct buf bytes; /* keys, values and headers of what is staged */
	struct staged *staged;
	size_t staged_count, staged_room;
	struct bus_header *headers;
	size_t header_count, header_room;
	struct open_lane *lanes;
	size_t lane_count;
	unsigned spread; /* where records without a key go */
};

/* ---- log_share.c ---- */

/* The file whose byte EPOCH a living member has locked; -1 and errno. */
int log_locks_open(const struct bus *b);
struct flock log_lock_of(int64_t epoch);

/* Takes what is ours by now and lets go of the rest, telling the caller; at times. */
int log_tend(struct bus_member *m, struct err *err) MUST_CHECK;

/* Writes holder 0 for what is no longer wanted and forgets it. */
int log_let_go(struct bus_member *m, struct err *err) MUST_CHECK;

struct held *
log_find_held(struct bus_member *m, const struct log_topic *t, int partition);
int log_go_to(struct bus_member *m, struct held *h, int64_t offset,
	      struct err *err) MUST_CHECK;

int log_fenced(const struct bus_member *m, struct err *err);

/* ---- log_stage.c: calls of bus_member_type ---- */

int log_stage_begin(struct bus_member *m, struct err *err) MUST_CHECK;
int log_stage_send(struct bus_member *m, const struct bus_record *r,
		   struct err *err) MUST_CHECK;
int log_stage_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
		     struct err *err) MUST_CHECK;
int log_stage_abort(struct bus_member *m, struct err *err) MUST_CHECK;

#endif
