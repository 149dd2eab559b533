/* The spools that are configured, or named by their directories. */
#ifndef SPOOL_SPOOLS_H
#define SPOOL_SPOOLS_H

#include "ops/command.h"

struct spool {
	char *name, *path; /* path: absolute, links resolved */
};

extern const struct conf_section spool_section; /* [spool NAME] */

/*
 * Without a DIR all [spool NAME] sections; a DIR is the spool whose section
 * has its path, else one named by its last part.  ERR_USAGE: no directory,
 * two names alike, one within another, a name that cannot be part of a file's
 * or topic's name.
 * Gives *spools, also after an error: spools_free().
 */
int spools_find(const struct program *program, int argc, char **argv,
		struct spool **spools, size_t *n, struct err *err) MUST_CHECK;

void spools_free(struct spool *spools, size_t n);

#endif
