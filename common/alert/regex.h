/*
 * A pattern of a rule, /.../ or /.../i, PCRE2, asked of a text under limits:
 * a pattern that would take for ever gives up, and says so.
 */
#ifndef ALERT_REGEX_H
#define ALERT_REGEX_H

#include <stddef.h>

#include "base/err.h"

/* Steps of the matcher for one text, and what it may put on its heap. */
enum { REGEX_STEPS = 1000000, REGEX_HEAP_KIB = 8192 };

enum regex_answer { REGEX_NO, REGEX_YES, REGEX_GAVE_UP };

struct regex;

/* ERR_USAGE, *at the byte where it is wrong. */
int regex_new(struct regex **regex, const char *text, size_t n, size_t *at,
	      struct err *err) MUST_CHECK;
void regex_free(struct regex *r);

/* The text is UTF-8. */
enum regex_answer regex_ask(const struct regex *r, const char *text, size_t n);

#endif
