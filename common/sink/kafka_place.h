/*
 * The value of a position in a topic: {"cluster":"...","offset":1200,"epoch":3},
 * members in this order, without blanks.  The cluster is that of the log which
 * the offset is of.
 */
#ifndef SINK_KAFKA_PLACE_H
#define SINK_KAFKA_PLACE_H

#include <stdint.h>

#include "base/buf.h"

enum { KAFKA_CLUSTER = 80 };

struct kafka_place {
	char cluster[KAFKA_CLUSTER];
	int64_t offset, epoch;
};

void kafka_place_print(const struct kafka_place *p, struct buf *out);

/* ERR_FATAL: it is none. */
int kafka_place_parse(struct kafka_place *p, const char *text, size_t n,
		      struct err *err) MUST_CHECK;

#endif
