/* What a story window remembers, in the topic PREFIX.state. */
#ifndef WORK_STORY_STATE_H
#define WORK_STORY_STATE_H

#include "bus/bus.h"
#include "story/window.h"

/*
 * A new window with all that was remembered of the last one; gives.  Waits a
 * while for what a former owner has committed to be seen.  `beat` is called
 * while it reads.
 */
struct window *
story_state_read(struct bus *bus, const char *topic, struct window_conf conf,
		 const char *lexicon, void (*beat)(void *), void *arg, struct err *err);

enum { STORY_KEY = 1100 }; /* bytes of a key that fits */

/* Key and value of a record of the topic; nothing to remember: a tombstone. */
struct bus_record
story_state_member(const char *topic, const char *uri, const struct remembered *r,
		   struct buf *key, struct buf *json);
struct bus_record
story_state_note(const char *topic, uint64_t id, const struct story_note *n,
		 struct buf *key, struct buf *json);

#endif
