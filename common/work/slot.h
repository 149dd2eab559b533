/*
 * A worker's stable place in its group: configured, or the first free one,
 * claimed by a lock on STATE/slot.GROUP.N for as long as the process lives.
 */
#ifndef WORK_SLOT_H
#define WORK_SLOT_H

#include "base/err.h"

/* want < 0: the first free one.  ERR_USAGE if the wanted one is taken. */
int slot_claim(const char *state, const char *group, int want, int *slot,
	       struct err *err) MUST_CHECK;

#endif
