/*
 * The rules for times, of lexicon/times.tsv.  A row is a kind, a pattern of
 * words (small letters, | between those that serve alike) and terms
 * (capitals), each with `?` where it may be missing and `!` where it must be
 * missing, `[` and `]` round what belongs to the time; and the function that
 * makes its value.
 */
#ifndef LANGUAGE_TIME_RULE_H
#define LANGUAGE_TIME_RULE_H

#include "language/words.h"

struct time_rules;

/* Adds the rules' words to the vocabulary.  NULL: ERR_USAGE with file, line, column. */
struct time_rules *time_rules_new(struct words *w, const char *lexicon, struct err *err);
void time_rules_free(struct time_rules *rules);

#endif
