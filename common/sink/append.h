/*
 * What sinks with files have in common:
 * TOPIC/YYYY-MM-DDTHH/PARTITION-OFFSET.SUFFIX, by the hour of the record's
 * timestamp and the first offset in the file.  Each record once, whatever is
 * killed; a file is whole from the moment it can be seen, and then a line of
 * PARTITION.manifest beside it says its size and what it should hold.
 */
#ifndef SINK_APPEND_H
#define SINK_APPEND_H

#include <stdio.h>

#include "base/buf.h"
#include "ops/opt.h"
#include "sink/sink.h"

struct append_conf { /* a type's settings begin with these */
	const char *path, *compress;
	int level, roll_ms, roll_records;
	int64_t roll_bytes;
};

#define APPEND_OPTS                                                                \
	OPT(struct append_conf, path, NULL, 0, 0, "directory (STATE/NAME)"),       \
	    OPT(struct append_conf, compress, "gzip", 0, 0, "gzip, zstd or none"), \
	    OPT(struct append_conf, level, "0", 0, 19,                             \
		"of the compression; 0: 6 of gzip, 3 of zstd"),                    \
	    OPT(struct append_conf, roll_ms, "30000", 0, 86400000,                 \
		"longest time before a record can be seen in a file"),             \
	    OPT(struct append_conf, roll_bytes, "67108864", 1, INT64_MAX,          \
		"compressed size of a file"),                                      \
	    OPT(struct append_conf, roll_records, "100000", 1, INT32_MAX,          \
		"most records in a file")

/* The directory of these settings; the caller frees it. */
char *append_directory(const struct sink_start *start);

struct append_form {
	const char *suffix; /* "jsonl" */
	const char *head; /* what each file begins with, newline and all; NULL: nothing */
	/* The lines of a record; none, where it has nothing to say here. */
	int (*print)(void *arg, const struct bus_record *r, struct buf *out,
		     struct err *err);
};

struct append;

/* The form and arg are borrowed, also after a failure: until append_close(). */
int append_open(struct append **append, const struct append_form *form, void *arg,
		const struct sink_start *start, struct err *err) MUST_CHECK;

/* Those of a sink_type whose state begins with a struct append *. */
int append_claim(void *state, struct sink_place *places, size_t n, struct err *err);
int append_write(void *state, const struct bus_record *r, bool stored, struct err *err);
int append_flush(void *state, const struct sink_place *places, size_t n, struct err *err);
void append_undo(void *state);
int append_tick(void *state, struct err *err);
void append_close(void *state);

/* Of the type whose state begins so; it says how it opens and closes. */
#define APPEND_CALLS                                                               \
	.kind = SINK_APPEND, .effect = SINK_IDEMPOTENT, .claim = append_claim,     \
	.write = append_write, .flush = append_flush, .undo = append_undo,         \
	.tick = append_tick, .check = append_check

/* The files against their manifests: a line for each fault, a table. */
int append_check(const struct sink_start *start, FILE *out, struct err *err);

#endif
