/* How a replay goes on: one line on a terminal, rewritten. */
#ifndef REPLAY_PROGRESS_H
#define REPLAY_PROGRESS_H

#include <stdbool.h>

#include "record/replay.h"
#include "time/clock.h"

struct progress {
	struct mono begun, shown;
	long done_before; /* offsets, by earlier runs */
	long read_before;
	bool is_terminal;
};

void progress_begin(struct progress *p, const struct replay_state *s);

/* Once a second; group: the live one that is most behind, NULL if there is none. */
void progress_show(struct progress *p, const struct replay_state *s, const char *group,
		   int64_t lag, bool last);

/* Of the stretch's offsets, in hundredths of a percent. */
long progress_share(const struct replay_state *s);

#endif
