/*
 * An INI file as its lines, each with its place, in the form that the
 * configuration has: `key = value`, long lines whole, `#` begins a comment
 * line.  GKeyFile, which reads the configuration, joins sections of one name
 * and keeps no line numbers; rules need both.
 */
#ifndef ALERT_INI_H
#define ALERT_INI_H

#include <stddef.h>

#include "base/err.h"

struct ini_text {
	const char *text;
	size_t size;
	int line, column; /* from 1; columns in characters */
};

struct ini {
	const char *p, *end;
	int line;
};

/* One of: a section's begin (key.text is NULL), a key with its value. */
struct ini_line {
	struct ini_text section, key, value;
};

/*
 * ERR_USAGE, *at where: bytes that are no UTF-8, a NUL, no line end at the
 * end of the file, since whoever writes it is then not done.
 */
int ini_open(struct ini *i, const char *text, size_t n, struct ini_text *at,
	     struct err *err) MUST_CHECK;

/* 1: there was a line, 0: no more, -1: ERR_USAGE with *at. */
int ini_next(struct ini *i, struct ini_line *line, struct ini_text *at,
	     struct err *err) MUST_CHECK;

/* The place of a byte in a value. */
struct ini_text ini_within(const struct ini_text *value, size_t byte);

#endif
