/* However it is read, a file gives the same bytes and the same end. */
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/packed.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 1 << 20, CHUNK = 1 << 16 };

/* -1: damaged; reads no more than MOST bytes. */
static long
read_all(const char *path, char *to, size_t chunk)
{
	struct unpacker *u;
	struct err err;
	long n, all = 0;

	assert(!unpacker_open(&u, path, &err));
	while (all < MOST && (n = unpacker_read(u, to + all, chunk, &err)) != 0) {
		if (n < 0) {
			all = -1;
			break;
		}
		all += n;
	}
	unpacker_close(u);
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char one[MOST + CHUNK], other[MOST + CHUNK];
	char path[64];
	int fd = memfd_create("packed", MFD_CLOEXEC);
	long n, m;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = read_all(path, one, CHUNK);
	m = read_all(path, other, 77);
	close(fd);
	if (n >= MOST || m >= MOST)
		return 0;
	assert(n == m);
	if (n > 0)
		assert(!memcmp(one, other, (size_t)n));
	return 0;
}
