/*
 * Settings are rows of a table: name, place, default, range, help.  The same
 * rows serve the file, the environment, the flags, --help, the manual page
 * and `newswire config`.  The kind is taken from the field, so a row and its
 * field cannot disagree.  Strings are owned by the process.
 */
#ifndef OPS_OPT_H
#define OPS_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum opt_kind { OPT_BOOL, OPT_INT, OPT_LONG, OPT_DOUBLE, OPT_STRING };

struct opt {
	const char *name;  /* as the field: settle_ms; the flag is --settle-ms */
	const char *value; /* the default; NULL: none */
	const char *help;
	size_t offset;
	enum opt_kind kind;
	int64_t min, max; /* numbers; 0, 0: any */
	bool only_flag;	  /* --dry-run: of this call alone, no key of the configuration */
};

#define OPT_KIND(S, field)                                                                       \
	_Generic(((S *)0)->field, bool: OPT_BOOL, int: OPT_INT, int64_t: OPT_LONG,               \
	    double: OPT_DOUBLE, const char *: OPT_STRING)
#define OPT(S, field, value, min, max, help)                                                     \
	{ #field, value, help, offsetof(S, field), OPT_KIND(S, field), min, max, false }
#define FLAG(S, field, value, help)                                                              \
	{ #field, value, help, offsetof(S, field), OPT_KIND(S, field), 0, 0, true }

/* Sets one row's field from text: ERR_USAGE says the row, the value and the range. */
int opt_set(const struct opt *o, void *base, const char *text, struct err *err) MUST_CHECK;
int opt_defaults(const struct opt *opts, void *base, struct err *err) MUST_CHECK;

/* The row's value as text in buf; "" where a string is NULL. */
const char *opt_get(const struct opt *o, const void *base, char *buf, size_t size);

/* The settings as --help shows them, and the flags that are none. */
void opt_print(const struct opt *opts, FILE *out);
void opt_print_flags(const struct opt *opts, FILE *out);
bool opt_has_flags(const struct opt *opts);

const struct opt *opt_find(const struct opt *opts, const char *name); /* '-' as '_' */

/* The nearest of the names, or NULL if none is near enough to be meant. */
const char *opt_nearest(const char *word, const char *const *names, size_t n);

/* --flag VALUE, --flag=VALUE, bare --flag for bools, --no-flag; others go to the front of argv. */
int opt_flags(const struct opt *opts, void *base, int *argc, char **argv,
    struct err *err) MUST_CHECK;

#endif
