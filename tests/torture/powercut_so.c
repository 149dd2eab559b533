/* The shim: see powercut.h.  Only calls that SQLite and our sinks write with are watched. */
#include "tests/torture/powercut.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The path of fd if it is a file (or a directory) that is watched. */
static bool
is_watched(int fd, char path[PATH_MAX], struct stat *st)
{
	const char *root = getenv("POWERCUT_ROOT");
	char link[64];
	ssize_t n;

	if (!root || fstat(fd, st) || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	n = (ssize_t)strlen(path);
	return !strncmp(path, root, strlen(root)) && (n < 4 || strcmp(path + n - 4, "-shm"));
}

static int
open_journal(const struct stat *st)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%llx-%llx", getenv("POWERCUT_DIR"),
	    (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

static void
append(const struct stat *st, const struct undo *u, const void *bytes)
{
	struct iovec parts[2] = { { (void *)(uintptr_t)u, sizeof(*u) },
		{ (void *)(uintptr_t)bytes, (size_t)u->size } };
	int journal = open_journal(st);

	if (journal < 0 || REAL(writev)(journal, parts, 2) != (ssize_t)(sizeof(*u) + (size_t)u->size))
		abort();
	close(journal);
}

/* Before n bytes at offset are overwritten. */
static void
keep(int fd, int64_t offset, size_t n)
{
	struct undo u = { .kind = UNDO_BYTES, .offset = offset };
	char path[PATH_MAX];
	struct stat st;
	char *bytes;
	int own;

	if (!is_watched(fd, path, &st))
		return;
	snprintf(u.path, sizeof(u.path), "%.*s", (int)sizeof(u.path) - 1, path);
	bytes = malloc(n + 1);
	own = open(path, O_RDONLY | O_CLOEXEC); /* fd may be write-only */
	u.size = own >= 0 ? pread(own, bytes, n, offset) : 0;
	u.size = u.size < 0 ? 0 : u.size;
	u.file_size = st.st_size;
	append(&st, &u, bytes);
	if (own >= 0)
		close(own);
	free(bytes);
}

static void
forget(int fd)
{
	char path[PATH_MAX];
	struct stat st;
	int journal;

	if (!is_watched(fd, path, &st))
		return;
	journal = open_journal(&st);
	if (journal < 0 || REAL(ftruncate)(journal, 0))
		abort();
	close(journal);
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	keep(fd, offset, n);
	return REAL(pwrite)(fd, bytes, n, offset);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
	keep(fd, offset, n);
	return REAL(pwrite64)(fd, bytes, n, offset);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	struct stat st;
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at >= 0 && (fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &st))
		at = st.st_size;
	if (at >= 0)
		keep(fd, at, n);
	return REAL(write)(fd, bytes, n);
}

static void
keep_tail(int fd, off_t size)
{
	struct stat st;

	if (!fstat(fd, &st))
		keep(fd, size, st.st_size > size ? (size_t)(st.st_size - size) : 0);
}

int
ftruncate(int fd, off_t size)
{
	keep_tail(fd, size);
	return REAL(ftruncate)(fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	keep_tail(fd, size);
	return REAL(ftruncate64)(fd, size);
}

int
fsync(int fd)
{
	int rc = REAL(fsync)(fd);

	if (!rc)
		forget(fd);
	return rc;
}

int
fdatasync(int fd)
{
	int rc = REAL(fdatasync)(fd);

	if (!rc)
		forget(fd);
	return rc;
}

/*
 * A second name for what a rename is about to replace.  A pid comes again, so a
 * name may be taken; and without what it replaced no rename can be taken back.
 */
static void
save(struct undo *u, const char *to)
{
	static unsigned count;

	do
		snprintf(u->saved, sizeof(u->saved), "%s/.saved-%d-%u", getenv("POWERCUT_DIR"),
		    (int)getpid(), count++);
	while (link(to, u->saved) && errno == EEXIST);
	if (access(u->saved, F_OK)) {
		if (!access(to, F_OK))
			abort();
		*u->saved = '\0';
	}
}

/* Until its directory is synced, a file may be back under its old name. */
int
rename(const char *from, const char *to)
{
	struct undo u = { .kind = UNDO_RENAME };
	char directory[PATH_MAX], path[PATH_MAX], *slash;
	struct stat st;
	int fd, rc;

	snprintf(directory, sizeof(directory), "%s", to);
	slash = strrchr(directory, '/');
	if (!slash || *to != '/' || *from != '/')
		return REAL(rename)(from, to);
	*slash = '\0';
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && is_watched(fd, path, &st)) {
		snprintf(u.path, sizeof(u.path), "%s", from);
		snprintf(u.to, sizeof(u.to), "%s", to);
		save(&u, to);
		append(&st, &u, "");
	}
	rc = REAL(rename)(from, to);
	if (fd >= 0)
		close(fd);
	return rc;
}
