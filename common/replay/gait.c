#include "replay/gait.h"

#include <assert.h>

enum { PROBE_MS = 2000 };

void
gait_begin(struct gait *g, size_t most, int64_t delay_ms)
{
	assert(most > 0 && delay_ms > 0);
	*g = (struct gait){ .most = most, .delay_ms = delay_ms };
	g->batch = GAIT_FEW < most ? GAIT_FEW : (double)most;
}

size_t
gait_next(struct gait *g, int64_t now_ms)
{
	g->is_probe = !g->probe_count || now_ms - g->probed_ms >= PROBE_MS;
	if (g->is_probe)
		return GAIT_FEW < g->most ? GAIT_FEW : g->most;
	return (size_t)g->batch;
}

static int64_t
least_of(const struct gait *g)
{
	size_t n = g->probe_count < GAIT_PROBES ? g->probe_count : GAIT_PROBES;
	int64_t least = g->probes[0];

	for (size_t i = 1; i < n; i++)
		least = g->probes[i] < least ? g->probes[i] : least;
	return least;
}

void
gait_went(struct gait *g, int64_t now_ms, size_t n, int64_t took_ms)
{
	double least = GAIT_FEW < g->most ? GAIT_FEW : (double)g->most, share;

	if (g->is_probe) {
		g->probes[g->probe_count++ % GAIT_PROBES] = took_ms;
		g->probed_ms = now_ms;
		return;
	}
	share = (double)(took_ms - least_of(g)) / (double)g->delay_ms;
	if (share > 1)
		g->batch *= share < 2 ? 1 / share : 0.5;
	else if ((double)n >= g->batch / 2) /* else there was no more to send */
		g->batch *= share < 0.5 ? 1.5 : 1.1;
	g->batch = g->batch < least ? least : g->batch;
	g->batch = g->batch > (double)g->most ? (double)g->most : g->batch;
}
