/*
 * A file's bytes as they lie there, read while nobody writes.
 *
 * A read lease says so: the kernel grants one only while no process has the
 * file open for writing, and takes it back when one asks.  Where there are
 * none (another owner's file without CAP_LEASE, NFS) what fstat() says before
 * and after has to do.  SIGIO must be ignored: it comes when a lease is asked back.
 */
#ifndef SPOOL_WHOLE_H
#define SPOOL_WHOLE_H

#include "base/buf.h"
#include "spool/file.h"
#include "text/ni.h"

enum whole_what {
	WHOLE_READ,
	WHOLE_LARGE,      /* above the ceiling: bytes are its beginning */
	WHOLE_BUSY,       /* somebody writes, or wrote meanwhile */
	WHOLE_GONE,       /* not there any more */
	WHOLE_UNREADABLE, /* no permission, or the disk says no */
	WHOLE_ODD,        /* no regular file: a link, a FIFO, a device */
};

enum {
	WHOLE_HEAD = 64 << 10, /* what is kept of a large file */
	WHOLE_HASHED =
	    1 << 30, /* larger files have no digest: it would hold up the others */
};

struct whole {
	enum whole_what what;
	struct file_stat stat;
	struct buf bytes;
	bool has_digest;
	unsigned char digest[NI_DIGEST]; /* of all bytes where has_digest */
	bool leased;
	char why[128]; /* for the last three */
};

void whole_init(struct whole *w, size_t ceiling);
void whole_release(struct whole *w);

/*
 * `regular`: what was just seen of a regular file; NULL: it may be anything, and
 * is looked at first, as opening does something to a FIFO or a device.  -1 and
 * ERR_RETRY: no memory, no descriptors.
 */
int whole_read(struct whole *w, int root, const char *path,
	       const struct file_stat *regular, struct err *err) MUST_CHECK;

#endif
