/*
 * A sink under the worker: what `newswire sink NAME` does once its words are
 * read.  Every process of that name is a member of the group PREFIX.sink.NAME.
 */
#ifndef WORK_SINK_WORKER_H
#define WORK_SINK_WORKER_H

#include "ops/command.h"
#include "sink/sink.h"

/* Runs until told to stop; gives the exit status. */
int sink_worker_run(const struct program *program, const char *name,
		    const struct sink_conf *conf);

#endif
