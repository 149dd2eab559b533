/*
 * Two sides of enriched records, each a topic, an archive or a file of lines:
 * what is in both is compared event by event, version by version.  Both sides
 * lie in a file of their own meanwhile, so that memory is flat however long
 * they are.  One thread.
 */
#ifndef REPLAY_COMPARE_H
#define REPLAY_COMPARE_H

#include "base/map.h"
#include "bus/bus.h"
#include "record/event_diff.h"

struct compare_conf {
	struct bus *bus;       /* NULL: both sides are files */
	const char *sides[2];  /* before, after */
	const char *directory; /* for the file meanwhile */
	int64_t from_ms, to_ms;
	int examples; /* of each kind */
};

/* One count: of a type, or of a field of a type. */
struct compare_row {
	char *type, *field; /* field NULL: of the type */
	long counts[EVENT_CHANGES];
};

struct compare_example {
	enum event_change change;
	char *type, *fields, *uri, *headline, *before,
	    *after; /* "" where there is none */
};

struct compare {
	struct compare_conf conf;
	long records[2], unread[2]; /* unread: no enriched record, each said */
	long articles_both, articles_only[2], articles_same;
	long events[EVENT_CHANGES];
	struct compare_row *rows;
	size_t row_count;
	struct compare_example *examples;
	size_t example_count;
	struct map by_name; /* index + 1 of a row */
};

/* ERR_USAGE: a side that is not there.  Rows are sorted by type, then field. */
int compare_run(struct compare *c, const struct compare_conf *conf,
		struct err *err) MUST_CHECK;
void compare_release(struct compare *c);

#endif
