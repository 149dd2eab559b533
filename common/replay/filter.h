/*
 * Which records of the stretch are meant: by event time (ce_time), by key, by a
 * question in jq.  One thread.
 */
#ifndef REPLAY_FILTER_H
#define REPLAY_FILTER_H

#include "bus/bus.h"

enum { FILTER_KEYS_CEILING = 16 << 20 }; /* keys in a file */

struct filter_start {
	int64_t event_from_ms, event_to_ms; /* INT64_MIN, INT64_MAX: no bound */
	const char *keys;                   /* a file, one key a line; NULL: any */
	const char *where;                  /* NULL: any */
};

struct filter;

int filter_new(struct filter **filter, const struct filter_start *start,
	       struct err *err) MUST_CHECK;
void filter_free(struct filter *f);

/* Of the list of keys, which is part of what was asked; NULL: no list. */
const char *filter_keys_sha256(const struct filter *f);

/* ERR_REJECT: the question cannot be asked of this record. */
int filter_ask(struct filter *f, const struct bus_record *r, bool *yes,
	       struct err *err) MUST_CHECK;

#endif
