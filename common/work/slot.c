#include "work/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { MOST = 1000 };

/* 0: claimed; 1: taken; -1: failed. */
static int
try(struct slot *s, struct err *err)
{
	s->fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->fd < 0)
		return err_errno(err, ERR_USAGE, "cannot open %s", s->path);
	if (!flock(s->fd, LOCK_EX | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK
		   ? 1
		   : err_errno(err, ERR_USAGE, "cannot lock %s", s->path);
}

int
slot_claim(struct slot *s, const char *state, const char *group, int want,
	   struct err *err)
{
	for (int i = want < 0 ? 0 : want; i < MOST; i++) {
		int rc;

		*s =
		    (struct slot){ i, -1, must_printf("%s/slot.%s.%d", state, group, i) };
		rc = try(s, err);
		if (!rc)
			return 0;
		slot_release(s);
		if (rc < 0)
			return -1;
		if (want >= 0)
			return err_set(err, ERR_USAGE,
				       "slot %d of %s is held by another process", want,
				       group);
	}
	return err_set(err, ERR_USAGE, "%s has %d workers already", group, MOST);
}

bool
slot_is_held(const struct slot *s)
{
	struct stat ours, theirs;

	return s->path && !fstat(s->fd, &ours) && !stat(s->path, &theirs) &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

void
slot_release(struct slot *s)
{
	if (!s->path)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	s->path = NULL;
}
