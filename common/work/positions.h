/* How far each partition has come, one position a partition. */
#ifndef WORK_POSITIONS_H
#define WORK_POSITIONS_H

#include "bus/bus.h"

struct positions {
	struct bus_position *items;
	size_t count;
};

/* The topic's name is borrowed. */
void positions_put(struct positions *p, const char *topic, int partition, int64_t offset);
void positions_drop(struct positions *p, const char *topic, int partition);
void positions_reset(struct positions *p);
void positions_release(struct positions *p);

#endif
