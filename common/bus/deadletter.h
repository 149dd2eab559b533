/*
 * A dead letter: the record as it came, with why and where it failed in
 * headers.  Kafka Connect's `__connect.errors.*` are written so that its tools
 * can read them; our own keep the history of every attempt.
 */
#ifndef BUS_DEADLETTER_H
#define BUS_DEADLETTER_H

#include "base/arena.h"
#include "bus/bus.h"

enum { DEADLETTER_KEPT = 64 << 10 }; /* bytes of a value that is over the limit */

/*
 * On a record that was sent back: the stage that it is for, without the prefix
 * (enrich, sink.NAME).  All others have had it, and pass it over.
 */
#define DEADLETTER_FOR "nw-dlq-for"

struct deadletter {
	const char *topic; /* news.deadletter */
	const char *stage; /* enrich, watch.wires, sink.db ... */
	const char
	    *reason; /* one word: reject, crash, hang, kill, too-large, truncated ... */
	const char *text;  /* the sentence */
	const char *whole; /* over the limit: where the whole value lies; NULL: the topic
			      it came from */
	int64_t size;	    /* of the whole, where r has its beginning only; else 0 */
	const char *sha256; /* of it; NULL: not known */
};

/*
 * r->topic, partition and offset are where it came from (a file: topic NULL).
 * The result borrows r's key, value and headers; the rest is in the arena.
 * Where not all of key, value and headers is kept, size and sha-256 of the value are said.
 */
int deadletter_make(struct bus_record *out, const struct bus_record *r,
		    const struct deadletter *d, struct arena *arena,
		    struct err *err) MUST_CHECK;

/* Names of headers that deadletter_make() writes and takes away. */
bool deadletter_is_ours(const char *name);

#endif
