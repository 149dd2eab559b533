/*
 * A stretch of a topic into a sink, once and beside its group: `newswire sink
 * NAME --to TIME`.  And what a sink would be given, without one: --dry-run.
 *
 * The stretch is fixed at the start.  Neither joins the group nor moves its
 * positions.  Where the sink keeps places with what it stores, those count: the
 * same line again goes on, and another owner is fenced as ever.
 */
#ifndef REPLAY_STRETCH_H
#define REPLAY_STRETCH_H

#include "ops/command.h"
#include "sink/sink.h"

/* Each gives the exit status. */
int stretch_run(const struct program *program, const char *name,
		const struct sink_conf *conf);
int stretch_dry_run(const struct program *program, const char *name,
		    const struct sink_conf *conf);

#endif
