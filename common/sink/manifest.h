/*
 * HOUR/PARTITION.manifest: a line of JSON for each file of that hour and
 * partition, once it can be seen and for as long as nobody deletes it.  Members
 * stand in this order, without blanks:
 *
 *	{"file":"3-1.jsonl.gz","bytes":812,"sha256":"...","records":20,"first":1,"last":24,
 *	 "from":1795507200000,"to":1795507203000}
 *
 * first, last: offsets; from, to: the earliest and the latest timestamp, in
 * milliseconds of the epoch.
 */
#ifndef SINK_MANIFEST_H
#define SINK_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { MANIFEST_SHA = 65, MANIFEST_NAME = 64 };

struct manifest_entry {
	char file[MANIFEST_NAME], sha256[MANIFEST_SHA];
	int64_t bytes, records, first, last, from_ms, to_ms;
};

void manifest_print(const struct manifest_entry *e, struct buf *out);

/* Without its newline.  ERR_REJECT: it is no such line. */
int
manifest_parse(struct manifest_entry *e, const char *line, struct err *err) MUST_CHECK;

/* Calls take for each line until it fails; a last one that was cut is passed over. */
int manifest_each(const char *path,
		  int (*take)(void *arg, const struct manifest_entry *e, struct err *err),
		  void *arg, struct err *err) MUST_CHECK;

/* Puts an entry behind the last whole line, durably. */
int manifest_add(const char *path, const struct manifest_entry *e,
		 struct err *err) MUST_CHECK;

int
manifest_has(const char *path, const char *file, bool *yes, struct err *err) MUST_CHECK;

/* Size and sum of a file, as an entry has them; *there says whether there is one. */
int manifest_measure(const char *path, struct manifest_entry *e, bool *there,
		     struct err *err) MUST_CHECK;

#endif
