/*
 * Files of a sink that may still grow: DIRECTORY/HOUR/PARTITION-OFFSET.SUFFIX.tmp,
 * which becomes a file by its rename and then a line of HOUR/PARTITION.manifest.
 */
#ifndef SINK_PARTS_H
#define SINK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { HOUR_TEXT = 14, SUFFIX_TEXT = 16 }; /* 2026-11-24T08 and NUL */

struct part {
	char hour[HOUR_TEXT];
	char suffix[SUFFIX_TEXT]; /* "jsonl.gz" */
	int64_t first;            /* offset of its first line */
	int64_t last;             /* and of its last */
	int64_t bytes;            /* of whole members, durable */
	int64_t size;             /* with those of this batch */
	int64_t records;
	int64_t from_ms, to_ms; /* earliest and latest timestamp */
	int64_t born_ms;        /* of the clock for intervals */
	bool is_new;
	struct buf out; /* compressed, not written yet */
};

struct parts {
	struct part *items;
	size_t count, room;
};

struct part *
parts_add(struct parts *parts, const char *hour, const char *suffix, int64_t first);
void parts_remove(struct parts *parts, size_t i);
void parts_release(struct parts *parts);

/* The caller frees it.  aside: ".tmp", or "" for what it becomes. */
char *part_path(const struct part *part, const char *directory, int partition,
		const char *aside);

/* Also of one that was published before; nothing of it need be there any more. */
int part_publish(const struct part *part, const char *directory, int partition,
		 struct err *err) MUST_CHECK;

#endif
