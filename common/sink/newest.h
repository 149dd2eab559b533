/*
 * Which records of a batch go before what a store holds (design.md, "Newer"):
 * for state sinks whose store does not decide it itself.
 */
#ifndef SINK_NEWEST_H
#define SINK_NEWEST_H

#include <stdbool.h>
#include <stddef.h>

#include "bus/bus.h"
#include "record/enriched.h"

/* A record, in the order of the topic. */
struct candidate {
	const char *id; /* of its uri */
	struct version_key key;
	bool replayed; /* never beats an equal one */
	bool wins;     /* out: it is to be stored */
};

/* What the store holds of an id; the same may be said twice.  Strings are borrowed. */
struct standing {
	const char *id;
	struct version_key key;
	const struct candidate *by; /* out: what replaces it, or NULL */
};

/* The record, parsed: ERR_REJECT if it is none. */
int enriched_of(const struct bus_record *r, struct enriched *e, struct arena *arena,
		struct err *err) MUST_CHECK;

/* Its id is the SHA-256 of its uri in base64url, as in an ni URI; texts are copied to `kept`. */
int candidate_of(const struct bus_record *r, const struct enriched *e,
		 struct candidate *c, struct arena *kept, struct err *err) MUST_CHECK;

void newest_choose(struct candidate *candidates, size_t n, struct standing *standing,
		   size_t m);

#endif
