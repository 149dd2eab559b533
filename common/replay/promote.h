/*
 * An extraction made current: its records, beside those that are, take their
 * place, and its epoch is what its lexicon has from now on.
 */
#ifndef REPLAY_PROMOTE_H
#define REPLAY_PROMOTE_H

#include "record/epoch.h"
#include "replay/replay.h"

struct promote_conf {
	const struct program *program;
	struct bus *bus;
	const char *topic; /* NULL: the installed lexicon alone */
	const char *sinks; /* NAME,NAME; NULL: those of the configuration */
	const char *reason, *by;
};

/* Prints each step to standard output.  Gives the exit status, or -1. */
int promote(const struct promote_conf *conf, struct err *err) MUST_CHECK;

#endif
