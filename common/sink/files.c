#include "sink/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? must_printf("%.*s", slash > path ? (int)(slash - path) : 1, path)
		     : must_strdup(".");
}

int
files_sync_directory(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed = fd < 0 || fsync(fd);

	if (failed)
		err_errno(err, ERR_RETRY, "cannot sync directory %s", path);
	if (fd >= 0)
		close(fd);
	return failed ? -1 : 0;
}

int
files_sync_directory_of(const char *path, struct err *err)
{
	char *directory = directory_of(path);
	int failed = files_sync_directory(directory, err);

	free(directory);
	return failed;
}

int
files_make_directory(const char *path, struct err *err)
{
	char *copy = must_strdup(path);
	int failed = 0;

	for (char *p = copy + 1; !failed; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (!mkdir(copy, 0750))
			failed = files_sync_directory_of(copy, err);
		else if (errno != EEXIST)
			failed =
			    err_errno(err, ERR_RETRY, "cannot make directory %s", copy);
		*p = c;
		if (!c)
			break;
	}
	free(copy);
	return failed;
}

static int
write_all(int fd, const char *bytes, size_t n, int64_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, at);

		if (done < 0 && errno != EINTR)
			return -1;
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
			at += done;
		}
	}
	return 0;
}

int
files_write_at(const char *path, int64_t at, const void *bytes, size_t n, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	int failed =
	    fd < 0 || ftruncate(fd, at) || write_all(fd, bytes, n, at) || fsync(fd);

	if (failed)
		err_errno(err, ERR_RETRY, "cannot write %s", path);
	if (fd >= 0 && close(fd) && !failed)
		failed = err_errno(err, ERR_RETRY, "cannot close %s", path);
	return failed ? -1 : 0;
}

int
files_cut(const char *path, int64_t size, struct err *err)
{
	return files_write_at(path, size, NULL, 0, err);
}

int
files_read(const char *path, struct buf *out, bool *there, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	*there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT
			   ? 0
			   : err_errno(err, ERR_RETRY, "cannot open %s", path);
	while (n != 0) {
		char *to = buf_reserve(out, 4096);

		n = to ? read(fd, to, 4096) : 0;
		if (n > 0)
			buf_added(out, (size_t)n);
		else if (n < 0 && errno != EINTR)
			break;
	}
	if (n < 0)
		err_errno(err, ERR_RETRY, "cannot read %s", path);
	close(fd);
	return n < 0 ? -1 : buf_check(out, err);
}

static int
rename_durably(const char *from, const char *to, struct err *err)
{
	if (rename(from, to))
		return err_errno(err, ERR_RETRY, "cannot rename %s to %s", from, to);
	return files_sync_directory_of(to, err);
}

int
files_replace(const char *path, const void *bytes, size_t n, struct err *err)
{
	char *aside = must_printf("%s.tmp", path);
	int failed =
	    files_write_at(aside, 0, bytes, n, err) || rename_durably(aside, path, err);

	free(aside);
	return failed ? -1 : 0;
}

int
files_publish(const char *from, const char *to, struct err *err)
{
	if (!access(to, F_OK))
		return err_set(err, ERR_FATAL,
			       "%s is there already; %s holds the same records", to,
			       from);
	return rename_durably(from, to, err);
}
