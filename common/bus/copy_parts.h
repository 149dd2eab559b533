/* What copy.c and copy_check.c share. */
#ifndef BUS_COPY_PARTS_H
#define BUS_COPY_PARTS_H

#include "bus/copy.h"
#include "bus/log_store.h"
#include "record/copied.h"

struct copy_topic {
	const struct log_topic *from;
	struct copied_topic at; /* how far it is */
	bool has_begun;         /* its state is on the cluster */
	int64_t records;        /* on the log, about */
	struct copied_place *places;
};

struct copy {
	const struct copy_conf *conf;
	struct bus_member *member; /* on the cluster */
	char *states;              /* its topic */
	char *kind;                /* what our keys there begin with */
	struct copy_topic *topics;
	size_t count;
	int64_t records;
	bool is_done;
	struct arena arena;
	struct buf key, value;
};

void copy_say(const struct copy *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Runs f until it does not fail with ERR_RETRY or the program is told to stop. */
int copy_insist(int (*f)(struct copy *, void *, struct err *), struct copy *c, void *arg,
		struct err *err) MUST_CHECK;

/* Sends a record of states in the open transaction; key: what follows our kind. */
int copy_send_state(struct copy *c, const char *rest, struct err *err) MUST_CHECK;

/* ---- copy_check.c ---- */

/* Where to begin: what the cluster would throw away at once is left, unless unread. */
int copy_begin(struct copy *c, struct copy_topic *t, struct err *err) MUST_CHECK;

/* Both sides hold the same; fills in t->places of a topic that is kept by time. */
int copy_compare(struct copy *c, struct copy_topic *t, struct err *err) MUST_CHECK;

/* Groups stand on the cluster where they stood. */
int copy_positions(struct copy *c, struct err *err) MUST_CHECK;

#endif
