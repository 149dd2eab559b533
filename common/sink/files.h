/*
 * Files that are whole or absent: written aside, synced, renamed, and the
 * directory synced, since a name is data of its directory.
 *
 * A failure is ERR_RETRY: full and missing disks come back.
 */
#ifndef SINK_FILES_H
#define SINK_FILES_H

#include <stdint.h>

#include "base/buf.h"

/* mkdir -p, each new name durable. */
int files_make_directory(const char *path, struct err *err) MUST_CHECK;
int files_sync_directory(const char *path, struct err *err) MUST_CHECK;
int files_sync_directory_of(const char *path, struct err *err) MUST_CHECK;

/* At `at`, whatever stood there and behind; the file is made if need be; synced. */
int files_write_at(const char *path, int64_t at, const void *bytes, size_t n,
		   struct err *err) MUST_CHECK;
int files_cut(const char *path, int64_t size, struct err *err) MUST_CHECK;

/* The whole content; *there says whether there is such a file. */
int
files_read(const char *path, struct buf *out, bool *there, struct err *err) MUST_CHECK;
int
files_replace(const char *path, const void *bytes, size_t n, struct err *err) MUST_CHECK;

/* Renames and makes the name durable; never over a file that is there (ERR_FATAL). */
int files_publish(const char *from, const char *to, struct err *err) MUST_CHECK;

#endif
