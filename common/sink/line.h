/*
 * A line of the log, as files, pipes and tap hold it:
 *
 *	{"topic":"news.enriched","partition":3,"offset":1200,"timestamp":1795507200000,
 *	 "key":"urn:x","headers":[["ce_id","urn:x#1"]],"value":{...}}
 *
 * timestamp: milliseconds of the epoch.  headers: pairs, in order, since a
 * name may come twice.  value: the record's own bytes where they are one line
 * of JSON and not null; other bytes are a string and "value_as":"text" or
 * "base64" follows.
 * key: a string, with "key_as":"base64" where it is no UTF-8; so too a
 * header's value, with "base64" as third item.  null: there is none.
 */
#ifndef SINK_LINE_H
#define SINK_LINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "bus/bus.h"

enum { LINE_CEILING = 64 << 20 }; /* the largest record, every byte escaped */

/* `values` of a configuration: "lines", or "bare": values alone, which cannot be
 * replayed. */
int line_format(const char *values, bool *bare, struct err *err) MUST_CHECK;

void
line_print(const struct bus_record *r, bool bare, struct buf *out); /* with newline */

/* Whether this JSON is null: as a value it would stand for a tombstone. */
bool line_says_null(const char *json, size_t n);

/*
 * The record of a line, without its newline, members in any order: what was
 * printed comes back byte for byte.  It borrows from text and the arena.
 * ERR_REJECT: no line of the log.
 */
int line_parse(struct bus_record *r, const char *text, size_t n, struct arena *arena,
	       struct err *err) MUST_CHECK;

#endif
