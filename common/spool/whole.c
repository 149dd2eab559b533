#include "spool/whole.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 256 << 10 };

void
whole_init(struct whole *w, size_t ceiling)
{
	*w = (struct whole){ .what = WHOLE_GONE };
	buf_init(&w->bytes, ceiling > WHOLE_HEAD ? ceiling : WHOLE_HEAD);
}

void
whole_release(struct whole *w)
{
	buf_release(&w->bytes);
}

static int
is(struct whole *w, enum whole_what what, const char *why)
{
	w->what = what;
	snprintf(w->why, sizeof(w->why), "%s", why);
	return 0;
}

/* What it says of the file; -1 where it is our own trouble. */
static int
failed(struct whole *w, const char *path, struct err *err)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ESTALE:
		return is(w, WHOLE_GONE, strerror(errno));
	case ELOOP:
		return is(w, WHOLE_ODD, "a symbolic link: only files are taken");
	case ENXIO:
	case ENODEV:
		return is(w, WHOLE_ODD, "no regular file");
	case EWOULDBLOCK:
	case ETXTBSY:
		return is(w, WHOLE_BUSY, strerror(errno));
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return err_errno(err, ERR_RETRY, "cannot open %s", path);
	default:
		return is(w, WHOLE_UNREADABLE, strerror(errno));
	}
}

static int
is_odd(struct whole *w, mode_t mode)
{
	if (S_ISDIR(mode))
		return is(w, WHOLE_GONE, "a directory");
	return is(w, WHOLE_ODD,
		  S_ISLNK(mode)    ? "a symbolic link: only files are taken"
		  : S_ISFIFO(mode) ? "a FIFO: only files are taken"
		  : S_ISSOCK(mode) ? "a socket: only files are taken"
				   : "a device: only files are taken");
}

static void
hash(EVP_MD_CTX *sha, const void *bytes, size_t n)
{
	int ok = EVP_DigestUpdate(sha, bytes, n);

	assert(ok == 1);
}

static ssize_t
read_chunk(int fd, char *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* All of it goes into bytes, if it fits; -1: errno. */
static int
read_small(struct whole *w, int fd)
{
	size_t most = w->bytes.ceiling;

	for (;;) {
		size_t want = (size_t)w->stat.size - w->bytes.size + 1;
		char *p;
		ssize_t n;

		if ((size_t)w->stat.size < w->bytes.size || w->bytes.size + want > most)
			want = w->bytes.size < most ? 1 : 0;
		p = want ? buf_reserve(&w->bytes, want) : NULL;
		if (!p) {
			errno = want ? ENOMEM : EWOULDBLOCK; /* it grew meanwhile */
			return -1;
		}
		n = read_chunk(fd, p, want);
		if (n <= 0)
			return (int)n;
		buf_added(&w->bytes, (size_t)n);
		if (w->bytes.size == (size_t)w->stat.size && (size_t)n < want)
			return 0; /* a byte more was asked for and is not there */
	}
}

/* The beginning stays in bytes, the rest is hashed and forgotten; -1: errno. */
static int
read_rest(struct whole *w, int fd, EVP_MD_CTX *sha)
{
	char *p = buf_reserve(&w->bytes, WHOLE_HEAD), chunk[CHUNK];
	ssize_t n;

	if (!p)
		return errno = ENOMEM, -1;
	while (w->bytes.size < WHOLE_HEAD &&
	       (n = read_chunk(fd, p + w->bytes.size, WHOLE_HEAD - w->bytes.size)) > 0)
		buf_added(&w->bytes, (size_t)n);
	hash(sha, w->bytes.data, w->bytes.size);
	if (!w->has_digest)
		return 0;
	while ((n = read_chunk(fd, chunk, sizeof(chunk))) > 0 &&
	       (!w->leased || fcntl(fd, F_GETLEASE) == F_RDLCK))
		hash(sha, chunk, (size_t)n);
	return n < 0 ? -1 : 0;
}

static int
read_large(struct whole *w, int fd)
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	int failure;

	if (!sha || EVP_DigestInit_ex(sha, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(sha);
		return errno = ENOMEM, -1;
	}
	failure = read_rest(w, fd, sha);
	if (!failure && EVP_DigestFinal_ex(sha, w->digest, NULL) != 1)
		failure = -1;
	EVP_MD_CTX_free(sha);
	return failure;
}

static int
read_all(struct whole *w, int fd)
{
	w->has_digest = w->stat.size <= WHOLE_HASHED;
	if (w->what == WHOLE_LARGE)
		return read_large(w, fd);
	if (read_small(w, fd))
		return -1;
	ni_digest(w->bytes.data, w->bytes.size, w->digest);
	return 0;
}

/* false: somebody has it open for writing. */
static bool
take_lease(struct whole *w, int fd)
{
	w->leased = !fcntl(fd, F_SETLEASE, F_RDLCK);
	return w->leased || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static int
read_open(struct whole *w, int fd, const char *path, struct err *err)
{
	struct stat st;
	struct file_stat after;

	if (fstat(fd, &st))
		return failed(w, path, err);
	w->stat = file_stat(&st);
	if (!S_ISREG(st.st_mode))
		return is_odd(w, st.st_mode);
	if (!take_lease(w, fd))
		return is(w, WHOLE_BUSY, "it is open for writing");
	w->what = (size_t)w->stat.size < w->bytes.ceiling ? WHOLE_READ : WHOLE_LARGE;
	if (read_all(w, fd) || fstat(fd, &st))
		return failed(w, path, err);
	after = file_stat(&st);
	if (!file_stat_equal(&w->stat, &after) ||
	    (w->leased && fcntl(fd, F_GETLEASE) != F_RDLCK))
		return is(w, WHOLE_BUSY, "it changed while it was read");
	return 0;
}

/* Before it is opened: to open a device or a FIFO already does something to it. */
static int
look(int root, const char *path, struct stat *st)
{
	int fd = file_open(root, path, O_PATH), failure;

	if (fd < 0)
		return -1;
	failure = fstat(fd, st);
	close(fd);
	return failure;
}

static int
read_regular(struct whole *w, int root, const char *path, struct err *err)
{
	int fd = file_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY), result;

	if (fd < 0)
		return failed(w, path, err);
	result = read_open(w, fd, path, err);
	close(fd); /* gives the lease back */
	return result;
}

int
whole_read(struct whole *w, int root, const char *path, const struct file_stat *regular,
	   struct err *err)
{
	struct stat st;

	buf_reset(&w->bytes);
	w->leased = w->has_digest = false;
	w->why[0] = '\0';
	if (regular) {
		w->stat = *regular;
		return read_regular(w, root, path, err);
	}
	if (look(root, path, &st))
		return failed(w, path, err);
	w->stat = file_stat(&st);
	if (!S_ISREG(st.st_mode))
		return is_odd(w, st.st_mode);
	return read_regular(w, root, path, err);
}
