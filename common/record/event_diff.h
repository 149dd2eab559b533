/*
 * Two extractions of one article, event by event.  An event of one is that of
 * the other if it has its id, or else the same trigger, or else the same type
 * and the most of its span in common.
 */
#ifndef RECORD_EVENT_DIFF_H
#define RECORD_EVENT_DIFF_H

#include "base/arena.h"
#include "base/buf.h"

/* What of an enriched record says which article it is; slices of its JSON, or the
 * arena's. */
struct extraction {
	const char *uri, *version,
	    *headline; /* version "1" and headline "" where absent */
	long epoch;
	const char *events; /* a list's JSON */
	size_t size;
};

/* Walks over the record once; what it does not need it does not look at. */
int extraction_parse(struct extraction *x, const char *json, size_t n,
		     struct arena *arena, struct err *err) MUST_CHECK;

enum event_change { EVENT_SAME, EVENT_CHANGED, EVENT_ADDED, EVENT_GONE, EVENT_CHANGES };

struct event_difference {
	enum event_change change;
	const char *type;          /* before, where there was one */
	const char *const *fields; /* that have changed, in the record's order */
	size_t field_count;
	const char *before, *after; /* in a few words; NULL: there is none, or it is the same */
};

typedef void event_difference_f(void *arg, const struct event_difference *d);

/* Tells of each event once.  before and after: lists' JSON. */
int events_compare(const char *before, size_t n, const char *after, size_t m,
		   struct arena *arena, event_difference_f *f, void *arg,
		   struct err *err) MUST_CHECK;

#endif
