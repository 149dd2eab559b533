/*
 * What `newswire alert --channel NAME` does: alerts of PREFIX.alerts that name
 * this channel, to whoever is at its end.  Each channel is a process and a
 * group of its own, so one that hangs or fails holds up no other.
 */
#ifndef WORK_CHANNEL_WORKER_H
#define WORK_CHANNEL_WORKER_H

#include "ops/command.h"

/* Runs until told to stop; gives the exit status. */
int channel_worker_run(const struct program *program, const char *name);

#endif
