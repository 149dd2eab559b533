#include "spool/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "text/utf8.h"

#define NS INT64_C(1000000000)

static int64_t
ns_of(const struct timespec *t)
{
	int64_t s = t->tv_sec, max = INT64_MAX / NS - 1;

	s = s > max ? max : s < -max ? -max : s; /* a date of anybody's choice */
	return s * NS + t->tv_nsec;
}

struct file_stat
file_stat(const struct stat *st)
{
	return (struct file_stat){ (int64_t)st->st_ino, st->st_size, ns_of(&st->st_mtim),
				   ns_of(&st->st_ctim) };
}

bool
file_stat_equal(const struct file_stat *a, const struct file_stat *b)
{
	return a->inode == b->inode && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns;
}

int64_t
file_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return ns_of(&t);
}

static int
open_part(int dir, const char *part, size_t n, int flags)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int fd;

	errno = n > NAME_MAX ? ENAMETOOLONG : EXDEV;
	if (!n || n > NAME_MAX || (n == 2 && !memcmp(part, "..", 2)))
		return -1;
	memcpy(name, part, n);
	name[n] = '\0';
	fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW);
	/* A link answers O_DIRECTORY as a file does. */
	if (fd < 0 && errno == ENOTDIR)
		errno = !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode)
			    ? ELOOP
			    : ENOTDIR;
	return fd;
}

/* Part by part: openat2() does it in one call, but not on every kernel and in every sandbox. */
int
file_open(int root, const char *path, int flags)
{
	int dir = root;

	for (;;) {
		size_t n = strcspn(path, "/");
		const char *rest = path + n + strspn(path + n, "/");
		int fd = open_part(dir, path, n, *rest ? O_PATH | O_DIRECTORY : flags);
		int saved = errno;

		if (dir != root)
			close(dir);
		errno = saved;
		if (fd < 0 || !*rest)
			return fd;
		dir = fd;
		path = rest;
	}
}

const char *
file_text(const char *path, size_t n, char *text, size_t size)
{
	size_t at = 0;
	int length;

	for (size_t i = 0; i < n && at + 5 < size; i += (size_t)length) {
		uint32_t c = utf8_decode(path + i, n - i, &length);

		if (c == UTF8_BAD || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '\\') {
			at += (size_t)snprintf(text + at, size - at, "\\x%02x",
					       (unsigned char)path[i]);
			length = 1;
			continue;
		}
		memcpy(text + at, path + i, (size_t)length);
		at += (size_t)length;
	}
	text[at] = '\0';
	return text;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcasecmp(name + n - m, end);
}

bool
file_is_ignored(const char *name)
{
	return *name == '.' || ends_with(name, "~") || ends_with(name, ".tmp") ||
	       ends_with(name, ".part");
}

bool
file_is_wanted(const char *name)
{
	return !file_is_ignored(name) &&
	       (ends_with(name, ".txt") || ends_with(name, ".txt.gz"));
}
