/* Why a word is an event or none: for those who write lexicon/triggers.tsv. */
#ifndef EVENT_WHY_H
#define EVENT_WHY_H

#include "event/event.h"
#include "event/lexicon.h"

/* why NULL: the row fits.  Texts live until the arena is reset. */
typedef void why_f(void *arg, const struct pattern *p, const char *why);

/* Says of each row that the token may trigger; of none where no row has its word. */
int coder_why(const struct coder *coder, const struct document *d, int token, why_f *say,
	      void *arg, struct arena *arena, struct err *err) MUST_CHECK;

#endif
