/*
 * What lies in a spool and should be looked at: by inotify on its directories,
 * and by a scan that finds what no event told of (at start, after the queue
 * ran over, in a new directory, every rescan_s).
 *
 * A path comes out when it is due: at once if it was renamed in, else after
 * settle_ms without a change.  Who takes it decides; one thread.  Memory is
 * bounded: when `max_pending` paths wait, the scan pauses and events are left
 * for the next scan.
 */
#ifndef SPOOL_INBOX_H
#define SPOOL_INBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "spool/file.h"

struct inbox;

struct inbox_conf {
	const char *path; /* the spool's directory */
	int settle_ms, rescan_s;
	size_t max_pending;
	bool once; /* one scan and no events */
	/* Is this file known as it stands?  Then a scan leaves it out.  NULL: none is. */
	bool (*known)(void *arg, const char *path, size_t n, const struct file_stat *st);
	void *arg;
};

struct inbox_file {
	const char *path; /* below the spool; in the caller's arena */
	size_t size;
	bool regular; /* as it was just seen: */
	struct file_stat stat;
};

struct inbox_counts {
	long overflows; /* of inotify's queue or ours */
	long scans;     /* completed */
	size_t pending, directories;
	bool polling; /* not every directory could be watched: found by scans alone */
};

int inbox_open(struct inbox **inbox, const struct inbox_conf *conf,
	       struct err *err) MUST_CHECK;
void inbox_close(struct inbox *b);

/* To wait on for events (-1: there are none), and to open files below. */
int inbox_fd(const struct inbox *b);
int inbox_root(const struct inbox *b);

/* Reads events and goes on with a scan; bounded work.  ERR_RETRY: the directory is gone.
 */
int inbox_tick(struct inbox *b, struct err *err) MUST_CHECK;

/* Milliseconds until there is something to do. */
int inbox_wait_ms(const struct inbox *b);

/* The next path that is due.  What lies there may have gone meanwhile. */
bool inbox_next(struct inbox *b, struct arena *arena, struct inbox_file *file);

/* Look at it (again) in that many milliseconds, settled or not. */
void inbox_again(struct inbox *b, const char *path, size_t n, int in_ms);

/* The first scan is through and nothing waits. */
bool inbox_is_empty(const struct inbox *b);
struct inbox_counts inbox_counts(const struct inbox *b);

#endif
