/*
 * The extraction that is current: the value of extractor/current in
 * PREFIX.state, which `newswire promote` writes.  A record of a higher epoch
 * replaces one of a lower of the same version.
 */
#ifndef RECORD_EPOCH_H
#define RECORD_EPOCH_H

#include "base/arena.h"
#include "base/buf.h"

#define EPOCH_KEY "extractor/current"

struct epoch {
	long epoch;          /* 0: none was ever promoted */
	const char *lexicon; /* the one that this epoch is of */
};

void epoch_print(const struct epoch *e, struct buf *out);
int epoch_parse(struct epoch *e, const char *json, size_t n, struct arena *arena,
		struct err *err) MUST_CHECK;

#endif
