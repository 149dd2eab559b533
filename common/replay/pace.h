/*
 * How fast a replay may go: so many records a second, so many times as fast as
 * the records came, and never so fast that those who read the target live fall
 * behind.  One thread.
 *
 * Live first: what was replayed stands in the queue before what comes live.  So
 * it goes in batches that are work for a moment (gait.h), each when all groups
 * are through with the one before; that leaves them time.  A group that does
 * not move is not waited for: it is stopped, or given up.
 */
#ifndef REPLAY_PACE_H
#define REPLAY_PACE_H

#include "bus/bus.h"
#include "replay/gait.h"
#include "time/clock.h"

struct pace_group {
	const char *name, *topic;
	size_t after; /* it reads what the group of this number makes, from 1 on; 0: what is sent */
};

struct pace_conf {
	int64_t rate;	  /* records a second; 0: as many as can be */
	double speed;	  /* times that of the log; 0: as fast as can be */
	int64_t max_lag;  /* records that a live group may be behind; 0: nobody is asked */
	int max_delay_ms; /* that a batch may keep them busy; 0: max_lag alone counts */
	const struct pace_group *groups; /* each after that whose records it reads */
	size_t group_count;
};

struct live_group {
	int64_t at, end, lag; /* as it was asked last */
	int64_t slack;	      /* of its lag, what a transaction leaves: one a partition */
	struct mono asked, moved, through;
	bool is_live;
	bool is_through;	/* with the batch */
	int64_t end_then, goal; /* the topic's end before the batch; with it, -1: not known yet */
};

struct pace {
	struct pace_conf conf;
	struct bus *bus;
	struct mono begun;
	double allowed;	    /* tokens, of the rate */
	int64_t counted_ms; /* when they were counted last */
	struct live_group *groups;
	struct gait gait;
	size_t count; /* of the batch that is on its way */
	struct mono sent;
	int64_t log_ms; /* the log's time at `begun`; INT64_MIN: not known yet */
};

void pace_open(struct pace *p, struct bus *bus, const struct pace_conf *conf);
void pace_close(struct pace *p);

/* How many records may be sent now, up to max; 0: none, ask again in some ms. */
int pace_room(struct pace *p, size_t max, size_t *room, struct err *err) MUST_CHECK;
void pace_sent(struct pace *p, size_t n);
void pace_committed(struct pace *p, size_t n);

/* With a speed: up to which time of the log it has come. */
int64_t pace_horizon(struct pace *p);

/* The group that is most behind, for those who look on; NULL: nobody is live. */
const struct live_group *pace_behind(const struct pace *p, const char **name);

#endif
