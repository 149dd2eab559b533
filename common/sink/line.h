/*
 * A line of the log, as files, pipes and tap hold it:
 *
 *	{"topic":"news.enriched","partition":3,"offset":1200,"timestamp":1795507200000,
 *	 "key":"urn:x","headers":[["ce_id","urn:x#1"]],"value":{...}}
 *
 * timestamp: milliseconds of the epoch.  headers: pairs, in order, since a
 * name may come twice.  value: the record's own bytes where they are one line
 * of JSON; other bytes are a string and "value_as":"text" or "base64" follows.
 * key: a string, with "key_as":"base64" where it is no UTF-8; so too a
 * header's value, with "base64" as third item.  null: there is none.
 */
#ifndef SINK_LINE_H
#define SINK_LINE_H

#include "base/buf.h"
#include "bus/bus.h"

enum { LINE_CEILING = 64 << 20 }; /* the largest record, every byte escaped */

/* `values` of a configuration: "lines", or "bare": values alone, which cannot be
 * replayed. */
int line_format(const char *values, bool *bare, struct err *err) MUST_CHECK;

void
line_print(const struct bus_record *r, bool bare, struct buf *out); /* with newline */

#endif
