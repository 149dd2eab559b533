/*
 * How far a partition is stored in a directory of files, who stores it, and
 * which of its files are unfinished: a small text file, replaced whole.  Its
 * rename is the moment at which a flush has happened.  The lock beside it is
 * held while anything of the partition is written, so that a former owner
 * sees the new epoch before it can write a byte.
 */
#ifndef SINK_PLACE_FILE_H
#define SINK_PLACE_FILE_H

#include "sink/parts.h"
#include "sink/sink.h"

struct place_file {
	char *path;
	char cluster[80]; /* as it was read */
	int lock_fd;
	bool locked;
};

int place_file_open(struct place_file *f, const char *directory, int partition,
		    struct err *err) MUST_CHECK;
void place_file_close(struct place_file *f);

/* ERR_RETRY if another process has had it for two seconds. */
int place_file_lock(struct place_file *f, struct err *err) MUST_CHECK;
void place_file_unlock(struct place_file *f);

/* Locked.  *there: false for a partition that was never stored here.  ERR_FATAL: it is of
 * another cluster; NULL takes any. */
int place_file_read(struct place_file *f, const char *cluster, struct sink_place *place,
		    struct parts *parts, bool *there, struct err *err) MUST_CHECK;
int place_file_foreign(const struct place_file *f, const char *cluster, struct err *err);
int place_file_write(struct place_file *f, const char *cluster,
		     const struct sink_place *place, const struct parts *parts,
		     struct err *err) MUST_CHECK;

#endif
