/* A document to the events that it reports: who did what to whom, where, when, says who.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "language/language.h"

struct coder;

/* Both are borrowed by the coder for its life. */
struct coder *coder_new(const char *lexicon, const struct language *l, struct err *err);
void coder_free(struct coder *c);

/* Fills events, times, quotes, entities of out; all in the arena, from the same document.
 */
int coder_code(const struct coder *c, const struct document *d, struct enriched *out,
	       struct arena *arena, struct err *err) MUST_CHECK;

/* Hash of the tables: the `lexicon` of the extractor. */
const char *coder_lexicon(const struct coder *c);

/* The whole way, as extract, enrich and explain share it. */
struct extract;
struct extract *extract_new(const char *lexicon, long epoch, struct err *err);
void extract_free(struct extract *x);
const char *extract_lexicon(const struct extract *x); /* as coder_lexicon() */
void extract_set_epoch(struct extract *x, long epoch);
int
extract_article(const struct extract *x, const struct article *a, const char *meta,
		struct enriched *out, struct arena *arena, struct err *err) MUST_CHECK;

#endif
