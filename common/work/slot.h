/*
 * A worker's stable place in its group: configured, or the first free one,
 * claimed by a lock on STATE/slot.GROUP.N for as long as the process lives.
 */
#ifndef WORK_SLOT_H
#define WORK_SLOT_H

#include <stdbool.h>

#include "base/err.h"

struct slot {
	int number, fd;
	char *path;
};

/* want < 0: the first free one.  ERR_USAGE if the wanted one is taken. */
int slot_claim(struct slot *s, const char *state, const char *group, int want,
	       struct err *err) MUST_CHECK;

/* Whether the lock keeps others out still: its file is the one that they would lock. */
bool slot_is_held(const struct slot *s);

void slot_release(struct slot *s);

#endif
