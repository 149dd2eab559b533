/* Who reads a replay's target live, and is to come first. */
#ifndef REPLAY_LIVE_H
#define REPLAY_LIVE_H

#include "ops/command.h"
#include "replay/pace.h"

/*
 * Of the target, a topic or, with its name, a sink: the groups that are named
 * (GROUP,GROUP), or without names the workers and the configured sinks that
 * read it.  The names are the process's.
 */
size_t live_groups(const struct program *p, const char *into, const char *sink_name,
		   const char *named, struct pace_group *groups, size_t max);

/* Words parted by commas; they are the process's. */
size_t live_names(const char *text, const char **words, size_t max);

#endif
