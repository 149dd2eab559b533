/* Whether what a replay wrote is the stretch that it read, partition by partition. */
#ifndef REPLAY_VERIFY_H
#define REPLAY_VERIFY_H

#include "replay/replay.h"

/*
 * Records and the sum of their digests, so that the order does not matter: a
 * partition of the target has records of several of the source.
 */
struct verify_sum {
	long count;
	uint64_t high, low;
};

struct verify_pair { /* of a partition of the target */
	struct verify_sum meant, found;
	bool equal;
};

/* Gives the pairs, one a partition.  Of a replay into a topic, as records are. */
int replay_verify(const struct replay_job *job, const struct replay_state *state,
		  struct verify_pair **pairs, size_t *n, struct err *err) MUST_CHECK;

#endif
