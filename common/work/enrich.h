/*
 * What enrich makes of an article's record: for the worker, and for a replay
 * through it.  One thread.
 */
#ifndef WORK_ENRICH_H
#define WORK_ENRICH_H

#include "base/arena.h"
#include "base/buf.h"
#include "bus/bus.h"
#include "event/event.h"
#include "ops/opt.h"

struct enrich_conf { /* [enrich] */
	int64_t epoch;
	bool events;
};

extern const struct opt enrich_opts[];

struct enrich {
	struct extract *extract;
	const char *topic;
	const char *events; /* the flat topic; NULL: none */
	struct buf json;
};

/* With the tables of this directory; topics and epoch are yet to be set. */
int enrich_open(struct enrich *e, const char *lexicon, struct err *err) MUST_CHECK;
void enrich_close(struct enrich *e); /* also one that is zeroed */

/* Takes a record on: r is the callee's for the call. */
struct enrich_out {
	int (*send)(void *arg, const struct bus_record *r, struct err *err);
	void *arg;
	struct arena *arena; /* of the record in hand */
};

int enrich_article(struct enrich *e, const struct bus_record *r,
		   const struct enrich_out *to, struct err *err) MUST_CHECK;

#endif
