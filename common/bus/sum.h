/*
 * A SHA-256 over records, one after the other: key, value, headers, each with
 * its size, so that no two rows of records run into the same bytes.  Where and
 * when a record lies is not in it.
 */
#ifndef BUS_SUM_H
#define BUS_SUM_H

#include "bus/bus.h"

enum { BUS_SUM = 32 };

struct bus_sum {
	void *context;
};

/* These end the program where there is no memory: a sum of half is none. */
void bus_sum_begin(struct bus_sum *s);
void bus_sum_add(struct bus_sum *s, const struct bus_record *r);
void bus_sum_end(struct bus_sum *s, unsigned char digest[BUS_SUM]);

#endif
