/* A trigger in the text: the row of the table that fits its clause best. */
#ifndef EVENT_FRAME_H
#define EVENT_FRAME_H

#include "event/coding.h"
#include "event/why.h"

/* False: the token triggers nothing.  Fills pattern, clause, token, chunk, chunks of
 * *out. */
bool
frame_match(const struct coding *g, const struct chunks *c, int token, struct found *out);

/* Says of each row whose word stands at the token whether it fits. */
void
frame_why(const struct coding *g, const struct chunks *c, int token, why_f *say, void *arg);

/* Who fills the first filled of these slots. */
struct actors frame_actors(struct coding *g, const struct found *f,
			   const enum slot choices[SLOT_CHOICES], bool is_loose);

/* The same as bare words: shares, an earthquake. */
struct actors frame_words(struct coding *g, const struct found *f,
			  const enum slot choices[SLOT_CHOICES]);

#endif
