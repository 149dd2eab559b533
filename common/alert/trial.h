/*
 * Rules tried on articles, for a person: for each article what would be told
 * and why, and of the other rules the first thing that is missing.  Stories
 * are told of once, in the order of the articles; no age is too high.
 */
#ifndef ALERT_TRIAL_H
#define ALERT_TRIAL_H

#include <stdio.h>

#include "alert/match.h"
#include "alert/when.h"

struct trial;

struct trial *trial_new(const struct rules *rules, bool says_why_not, FILE *out);
void trial_free(struct trial *t);

/*
 * name: the article's place, for the reader.  Without a story of its own an
 * article is one.  The arena has the record, and is not reset.
 */
int trial_article(struct trial *t, const char *name, const struct enriched *e,
		  const char *json, size_t n, struct arena *arena,
		  struct err *err) MUST_CHECK;

/* How many were told, and what each rule has cost. */
void trial_end(const struct trial *t);

#endif
