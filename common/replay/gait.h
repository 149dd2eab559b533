/*
 * How many records a replay sends at once, while others come live: so many that
 * those who read them are busy with them for a moment, and no more.
 *
 * A batch takes a time to be through even if it is of a few records, as each
 * reader commits.  That is measured with a few now and then; what a batch takes
 * beyond it is work, for which a live record has to wait.
 */
#ifndef REPLAY_GAIT_H
#define REPLAY_GAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAIT_FEW = 10, GAIT_PROBES = 4 };

struct gait {
	size_t most;      /* records at once */
	int64_t delay_ms; /* that their work may take */
	double batch;
	int64_t probes[GAIT_PROBES], probed_ms; /* what few took, the last times */
	size_t probe_count;
	bool is_probe;
};

void gait_begin(struct gait *g, size_t most, int64_t delay_ms);

/* The size of the next batch. */
size_t gait_next(struct gait *g, int64_t now_ms);

/* It was of n records, and through after so long. */
void gait_went(struct gait *g, int64_t now_ms, size_t n, int64_t took_ms);

#endif
