/* Which epoch an extractor has: its setting's, or the one that was promoted. */
#ifndef WORK_EPOCH_H
#define WORK_EPOCH_H

#include "bus/bus.h"
#include "ops/conf.h"
#include "record/epoch.h"

/* Reads PREFIX.state to its end; epoch 0 where none was promoted or there is no topic. */
int epoch_read(struct bus *bus, const char *topic, struct epoch *e, struct arena *arena,
	       struct err *err) MUST_CHECK;

/* [enrich] epoch */
int epoch_setting(const struct conf *conf, long *epoch, struct err *err) MUST_CHECK;

/* What this lexicon extracts next: of the epoch that is promoted with it, else of a higher
 * one than any. */
struct epoch epoch_next(long setting, const char *lexicon, const struct epoch *promoted);

/*
 * The larger of the setting and the promoted one, but that only for the lexicon
 * which it was promoted with: another one may be the older.
 */
long epoch_of(long setting, const char *lexicon, const struct epoch *promoted);

#endif
