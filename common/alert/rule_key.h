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

#endif
