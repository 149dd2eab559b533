/*
 * The files of an archive: HOUR/PARTITION-OFFSET.jsonl (.gz, .zst) below a
 * directory, as the sink jsonl lays them out, or one file of lines.
 */
#ifndef REPLAY_ARCHIVE_FILES_H
#define REPLAY_ARCHIVE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct archive_file {
	char *path;
	int partition;
	int64_t first;   /* offset of its first line */
	int64_t hour_ms; /* all its records are of this hour */
};

struct archive_files {
	struct archive_file *items; /* by partition, then by offset */
	size_t count;
	bool is_one; /* a file alone: its lines are counted, whatever their offsets */
};

/* ERR_USAGE: there is none. */
int archive_files_find(struct archive_files *files, const char *path,
		       struct err *err) MUST_CHECK;
void archive_files_release(struct archive_files *files);

#endif
