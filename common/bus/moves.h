/*
 * Where offsets of a log went that `bus copy` carried to this cluster: for
 * those who keep offsets of their own, as sinks do.  Read from the topic of
 * states at the first question, and kept.
 */
#ifndef BUS_MOVES_H
#define BUS_MOVES_H

#include "bus/bus.h"

struct moves;

struct moves *moves_new(struct bus *bus, const char *states); /* borrows the bus */
void moves_free(struct moves *m);

/*
 * *offset was one of a partition of `log`; if that was carried to here it
 * becomes the one of the same record, or of the first one after it.
 */
int moves_find(struct moves *m, const char *log, const char *topic, int partition,
	       int64_t *offset, bool *known, struct err *err) MUST_CHECK;

#endif
