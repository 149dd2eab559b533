#include "format/read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/gzip.h"

/* What is wrong with the system gets better by itself; what is wrong with the file does
 * not. */
static int
failed(struct err *err, const char *what, const char *name)
{
	switch (errno) {
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ESTALE:
	case ETIMEDOUT:
		return err_errno(err, ERR_RETRY, "cannot %s %s", what, name);
	default:
		return err_errno(err, ERR_REJECT, "cannot %s %s", what, name);
	}
}

static const char *
kind(mode_t mode)
{
	return S_ISDIR(mode)    ? "a directory"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
				: "a device";
}

static int
too_large(struct err *err, const char *name, size_t ceiling)
{
	return err_set(err, ERR_REJECT, "%s is larger than %zu bytes", name, ceiling);
}

/* To the end of the file, which may have grown since fstat(). */
static int
slurp(struct buf *raw, int fd, const char *name, size_t guess, struct err *err)
{
	for (;;) {
		size_t left = raw->ceiling - raw->size;
		size_t want = guess > raw->size ? guess - raw->size + 1 : 65536;
		char more, *p;
		ssize_t n;

		if (want > left)
			want = left;
		p = want ? buf_reserve(raw, want) : &more;
		if (!p)
			return err_set(err, ERR_RETRY, "no memory for %s", name);
		n = pread(fd, p, want ? want : 1, (off_t)raw->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(err, "read", name);
		if (n == 0)
			return 0;
		if (!want)
			return too_large(err, name, raw->ceiling);
		buf_added(raw, (size_t)n);
	}
}

static int
inflate_file(struct file *f, const char *name, size_t ceiling, struct err *err)
{
	struct buf out;
	int rc;

	buf_init(&out, ceiling);
	rc = gunzip(f->bytes.data, f->bytes.size, ceiling, &out, &f->is_cut, err);
	if (rc)
		err_context(err, "%s", name);
	buf_release(&f->bytes);
	f->bytes = out;
	return rc;
}

int
file_read_fd(struct file *f, int fd, const char *name, size_t ceiling, struct err *err)
{
	struct stat st;

	*f = (struct file){ 0 };
	buf_init(&f->bytes, ceiling);
	if (fstat(fd, &st))
		return failed(err, "read", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_REJECT, "%s is %s", name, kind(st.st_mode));
	if ((uint64_t)st.st_size > ceiling)
		return too_large(err, name, ceiling);
	f->mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	if (slurp(&f->bytes, fd, name, (size_t)st.st_size, err))
		return -1;
	ni_digest(f->bytes.data ? f->bytes.data : "", f->bytes.size, f->digest);
	if (f->bytes.size >= 2 && !memcmp(f->bytes.data, "\x1f\x8b", 2))
		return inflate_file(f, name, ceiling, err);
	return 0;
}

int
file_read(struct file *f, const char *path, size_t ceiling, struct err *err)
{
	/* O_NONBLOCK: opening a FIFO returns at once; O_NOCTTY: a terminal does not
	 * become ours. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc;

	*f = (struct file){ 0 };
	buf_init(&f->bytes, ceiling);
	if (fd < 0)
		return failed(err, "open", path);
	rc = file_read_fd(f, fd, path, ceiling, err);
	close(fd);
	return rc;
}

void
file_release(struct file *f)
{
	buf_release(&f->bytes);
}
