/*
 * What the kernel says of a file, to tell whether it is the one we knew.
 *
 * The change time stands where others keep device and birth time: no program
 * can set it, every write, rename and chmod moves it, and an inode that is
 * used again gets a new one.  So it also shows a rewrite of equal size whose
 * modification time was put back.
 */
#ifndef SPOOL_FILE_H
#define SPOOL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct file_stat {
	int64_t inode, size, mtime_ns, ctime_ns;
};

struct file_stat file_stat(const struct stat *st);
bool file_stat_equal(const struct file_stat *a, const struct file_stat *b);

/* The time now, as the kernel stamps it on files. */
int64_t file_clock_ns(void);

/* open() below a directory; a link on the way is ELOOP, a way out of it EXDEV, never followed. */
int file_open(int root, const char *path, int flags);

/* A name for messages: what is no printable UTF-8 as \xNN; always NUL-ended. */
const char *file_text(const char *path, size_t n, char *text, size_t size);

/* Articles by their name, and not somebody's unfinished work: .x x~ x.tmp x.part. */
bool file_is_wanted(const char *name);
bool file_is_ignored(const char *name);

#endif
