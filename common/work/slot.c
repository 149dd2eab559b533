#include "work/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"

enum { MOST = 1000 };

/* 0: claimed, and the descriptor stays open until the process ends; 1: taken; -1: failed. */
static int
try(const char *state, const char *group, int slot, struct err *err)
{
	char *path = must_printf("%s/slot.%s.%d", state, group, slot);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	int rc = 0;

	if (fd < 0) {
		rc = err_errno(err, ERR_USAGE, "cannot open %s", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		rc = errno == EWOULDBLOCK ? 1 : err_errno(err, ERR_USAGE, "cannot lock %s", path);
		close(fd);
	}
	free(path);
	return rc;
}

int
slot_claim(const char *state, const char *group, int want, int *slot, struct err *err)
{
	for (int i = want < 0 ? 0 : want; i < MOST; i++) {
		int rc = try(state, group, i, err);

		if (rc < 0)
			return -1;
		*slot = i;
		if (!rc)
			return 0;
		if (want >= 0)
			return err_set(err, ERR_USAGE, "slot %d of %s is held by another process", want,
			    group);
	}
	return err_set(err, ERR_USAGE, "%s has %d workers already", group, MOST);
}
