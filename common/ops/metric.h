/*
 * Counters are rows: name, kind, unit in the name, help.  A thread of the
 * health server reads them while the worker writes, so they are atomics;
 * relaxed, since each stands alone.
 */
#ifndef OPS_METRIC_H
#define OPS_METRIC_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
	const char *name; /* newswire_records_total */
	const char *labels; /* topic="news.articles"; NULL: none */
	const char *help;
	enum metric_kind kind;
	_Atomic int64_t value;
	_Atomic int64_t *mirror; /* on the supervisor's board */
};

void metric_register(struct metric *m); /* static storage; rows of one name stand together */
void metric_write(struct buf *out);     /* Prometheus text format 0.0.4 */

static inline void
metric_add(struct metric *m, int64_t n)
{
	atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
	if (m->mirror)
		atomic_fetch_add_explicit(m->mirror, n, memory_order_relaxed);
}

static inline void
metric_set(struct metric *m, int64_t n)
{
	atomic_store_explicit(&m->value, n, memory_order_relaxed);
}

static inline int64_t
metric_get(const struct metric *m)
{
	return atomic_load_explicit(&m->value, memory_order_relaxed);
}

#endif
