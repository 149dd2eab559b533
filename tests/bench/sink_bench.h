/* What the floors of sink_bench have in common. */
#ifndef BENCH_SINK_BENCH_H
#define BENCH_SINK_BENCH_H

#include <stddef.h>

#include "base/arena.h"
#include "sink/sink.h"

enum { BENCH_BATCH = 1000 };

struct bench {
	const struct sink_type *type;
	const char *directory;
	const char **lines;
	size_t *sizes, count, bytes;
	struct arena arena;
};

/* Seconds on the wall and of this processor: a busy machine shows in the first only. */
struct cost {
	double wall, cpu;
};

struct cost cost_now(void);
void cost_since(struct cost *sum, struct cost start);
_Noreturn void die(const char *what);

/* PostgreSQL at PGHOST and its like: the sink's schema and the floor's are dropped. */
void pg_empty(const struct bench *b);
struct cost bare_copy(struct bench *b);

#endif
