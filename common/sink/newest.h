/*
 * Which records of a batch go before what a store holds (design.md, "Newer"):
 * for state sinks whose store does not decide it itself.
 */
#ifndef SINK_NEWEST_H
#define SINK_NEWEST_H

#include <stdbool.h>
#include <stddef.h>

#include "record/article.h"

/* A record, in the order of the topic.  Strings are borrowed. */
struct candidate {
	const char *id; /* of its uri */
	struct version_key key;
	bool replayed; /* never beats an equal one */
	bool wins;     /* out: it is to be stored */
};

/* What the store holds of an id. */
struct standing {
	const char *id;
	struct version_key key;
	const struct candidate *by; /* out: what replaces it, or NULL */
};

void newest_choose(struct candidate *candidates, size_t n, struct standing *standing,
		   size_t m);

#endif
