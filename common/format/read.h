/*
 * A file's bytes, whole, whatever lies at the path.  Nothing blocks on a
 * FIFO, no device is touched, nothing is read past the ceiling; what is
 * gzipped (by its content, not by its name) comes inflated.
 */
#ifndef FORMAT_READ_H
#define FORMAT_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/ni.h"

struct file {
	struct buf bytes;                /* inflated */
	unsigned char digest[NI_DIGEST]; /* sha-256 of the file as it lies there */
	int64_t mtime_ms;
	bool is_cut; /* the gzip ends early: perhaps a file still being written */
};

/*
 * ERR_REJECT: no regular file, not there, not to be read, larger than ceiling
 * (also once inflated), bad gzip.  ERR_RETRY: the disk or the system is
 * unwell.  `f` is filled anew; file_release() it, also after an error.
 */
int
file_read(struct file *f, const char *path, size_t ceiling, struct err *err) MUST_CHECK;

/* The same for a descriptor that is open on a regular file; name is for messages. */
int file_read_fd(struct file *f, int fd, const char *name, size_t ceiling,
		 struct err *err) MUST_CHECK;

void file_release(struct file *f);

#endif
