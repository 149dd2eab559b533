/* list; show, pause, resume or cancel ID. */
#ifndef REPLAY_VERBS_H
#define REPLAY_VERBS_H

#include <stdbool.h>

#include "ops/command.h"

bool replay_is_verb(int argc, char **argv);

/* Prints to standard output.  ERR_USAGE: no such replay, or it has ended. */
int
replay_verb(const struct program *p, int argc, char **argv, struct err *err) MUST_CHECK;

#endif
