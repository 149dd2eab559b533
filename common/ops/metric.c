#include "ops/metric.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "ops/board.h"

enum { MOST = 256 };
static struct metric *rows[MOST];
static _Atomic int count;

void
metric_register(struct metric *m)
{
	int n = atomic_load(&count);

	assert(n < MOST);
	if (m->kind == METRIC_COUNTER)
		m->mirror = board_row(m->name);
	rows[n] = m;
	atomic_store(&count, n + 1); /* the reader sees a whole row */
}

void
metric_write(struct buf *out)
{
	int n = atomic_load(&count);

	for (int i = 0; i < n; i++) {
		const struct metric *m = rows[i];

		if (!i || strcmp(rows[i - 1]->name, m->name))
			buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
			    m->kind == METRIC_COUNTER ? "counter" : "gauge");
		buf_adds(out, m->name);
		if (m->labels)
			buf_printf(out, "{%s}", m->labels);
		buf_printf(out, " %" PRId64 "\n", metric_get(m));
	}
}
