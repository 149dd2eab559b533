/* What the files themselves say, where the position file is gone. */
#ifndef SINK_ARCHIVE_H
#define SINK_ARCHIVE_H

#include <stdint.h>

#include "base/err.h"

/*
 * The offset after the last line of this partition in
 * DIRECTORY/HOUR/PARTITION-*.SUFFIX; untouched if there is no such file.  The manifest says
 * it, or else lines of the log themselves.  ERR_FATAL where neither does: unfinished files,
 * bare values, a damaged file.
 */
int archive_last(const char *directory, const char *topic, int partition,
		 const char *suffix, int64_t *offset, struct err *err) MUST_CHECK;

#endif
