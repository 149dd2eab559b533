/*
 * Which records a sink gets, and what of them: `where`, a question in jq, and
 * `fields`, the members that are kept.  A record that was cut to its fields is
 * ours until shape_drop(), since a sink may hold on to it until the flush.
 */
#ifndef SINK_SHAPE_H
#define SINK_SHAPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "bus/bus.h"

struct shape {
	struct jq_filter *where, *withdrawal; /* NULL: every record */
	struct pick *fields;                  /* NULL: all of it */
	struct buf text;
	struct arena kept;
};

/*
 * Either may be NULL or empty.  keeps_newest: withdrawals pass whatever
 * `where` says, else what was taken back would stand in the store for ever.
 * room: bytes of records between two calls of shape_drop().
 */
int shape_open(struct shape *s, const char *where, const char *fields, bool keeps_newest,
	       size_t room, struct err *err) MUST_CHECK;
void shape_close(struct shape *s); /* also after a failure, and of a zeroed one */

/* *r as the sink is to see it; NULL: not at all.  ERR_REJECT: it cannot be told. */
int shape_apply(struct shape *s, const struct bus_record **r, struct err *err) MUST_CHECK;

/* The record as it was on the bus. */
const struct bus_record *shape_origin(const struct shape *s, const struct bus_record *r);

void shape_drop(struct shape *s);

#endif
