/* What a record may be sent through on its way: enrich. */
#ifndef REPLAY_THROUGH_H
#define REPLAY_THROUGH_H

#include "replay/replay.h"
#include "work/enrich.h"

struct through {
	struct enrich enrich;
	struct replay_through step;
	char *said; /* for the line: "enrich 2 LEXICON" */
};

/*
 * name: enrich.  Where its records lie beside those that are (`into` is not
 * PREFIX.enriched), they are of the next epoch, to be compared and promoted;
 * in their place they must be of a promoted one, as they would replace none.
 */
int through_open(struct through *t, const struct program *p, struct bus *bus,
		 const char *name, const char *into, struct err *err) MUST_CHECK;
void through_close(struct through *t); /* also one that is zeroed */

#endif
