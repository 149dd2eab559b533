/*
 * The examples of triggers.tsv.  One serves all triggers of its row: where the
 * marked word is not this trigger's, its word of the same form is put in that
 * place.  Phrases are tried by those alone whose words stand there.
 */
#ifndef EVENT_EXAMPLE_H
#define EVENT_EXAMPLE_H

#include "event/event.h"
#include "event/lexicon.h"

struct example {
	char text[512];
	int start, end; /* bytes of the trigger */
};

/* A text with one *word* marked, that word or `instead`. */
void example_unmark(const char *marked, const char *instead, struct example *out);

/* False: the row's example is not one of this trigger. */
bool example_of(const struct lexicon *x, const struct pattern *p, struct example *out);

/* The event at the marked word; NULL: none. */
const struct event *example_event(const struct enriched *e, const struct example *x);

#endif
