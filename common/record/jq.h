/*
 * A question to records, in jq: compiled once, asked of a record's bytes.
 *
 * The answer is the truth of the program's first output: false and null say
 * no, everything else yes, and so does no output say no.  A record that makes
 * the program fail, or run past its bounds, is ERR_REJECT: nobody knows
 * whether it was wanted.  One thread: the one that made it.
 */
#ifndef RECORD_JQ_H
#define RECORD_JQ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* For each record, of the program alone: reading the JSON takes what its size takes. */
enum { JQ_FILTER_CPU_MS = 1000, JQ_FILTER_MB = 256 };

struct jq_filter;

/* ERR_USAGE says line, column and what is wrong there.  Takes some 20 ms. */
int
jq_filter_new(struct jq_filter **filter, const char *program, struct err *err) MUST_CHECK;
void jq_filter_free(struct jq_filter *f);

/* json NULL: a tombstone, which the program sees as null. */
int jq_filter_ask(struct jq_filter *f, const char *json, size_t n, bool *yes,
		  struct err *err) MUST_CHECK;

#endif
