/* Two clocks that cannot be mixed up: one for intervals, one for dates. */
#ifndef TIME_CLOCK_H
#define TIME_CLOCK_H

#include <stdint.h>

struct mono {
	int64_t ms;
};
struct wall {
	int64_t ms; /* of the epoch, UTC */
};

struct mono mono_now(void);
int64_t mono_ns(void); /* the same clock, for what is over before a millisecond is */
struct wall wall_now(void);

static inline int64_t
mono_since(struct mono then)
{
	return mono_now().ms - then.ms;
}

/* 2026-11-24T08:15:00Z (21 bytes with the NUL; milliseconds are cut). */
#define WALL_TEXT 21
const char *wall_text(struct wall t, char text[WALL_TEXT]);

/* Minutes since midnight where this machine is. */
int wall_local_minute(struct wall t);

/* An ISO date or date-time with any zone; without a zone UTC.  -1 if it is none. */
int wall_parse(struct wall *t, const char *text);

#endif
