/* The keys of a rule, each with its reader: between rules.c and rule_key.c alone. */
#ifndef ALERT_RULE_KEY_H
#define ALERT_RULE_KEY_H

#include "alert/ini.h"
#include "alert/rule.h"

struct rule_reader {
	struct rules *rules;
	const struct codes *codes;
	struct ini_text at; /* of what is wrong */
	struct err *err;
};

struct rule_key {
	const char *name;
	int (*read)(struct rule_reader *x, struct rule *r, const struct ini_text *value);
};
extern const struct rule_key rule_keys[]; /* ends with a NULL name */

/* Parts of a value, for the readers; ERR_USAGE with the place in x->at. */
int rule_whole(struct rule_reader *x, const struct ini_text *t, int min, int max,
	       int *value) MUST_CHECK;
/* 90s, 10m, 24h, 2d */
int rule_duration(struct rule_reader *x, const struct ini_text *t,
		  int64_t *ms) MUST_CHECK;
/* "A WORD B", the word with blanks around it: its two sides; ERR_USAGE says the example. */
int rule_sides(struct rule_reader *x, const struct ini_text *value, const char *word,
	       const char *example, struct ini_text *a, struct ini_text *b) MUST_CHECK;
char *rule_copy(struct rule_reader *x, const struct ini_text *t);

/* Those of the clock, in rule_time.c. */
typedef int rule_key_f(struct rule_reader *x, struct rule *r,
		       const struct ini_text *value);
rule_key_f rule_read_needs, rule_read_hold, rule_read_quiet, rule_read_recover,
    rule_read_escalate, rule_read_expect;

#endif
