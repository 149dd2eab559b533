#include "sink/parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sink/files.h"
#include "sink/manifest.h"
#include "time/clock.h"

enum { PART_CEILING = 128 << 20 };

struct part *
parts_add(struct parts *parts, const char *hour, const char *suffix, int64_t first)
{
	struct part *p;

	if (parts->count == parts->room) {
		parts->room = parts->room ? parts->room * 2 : 4;
		parts->items = must_realloc(parts->items, parts->room * sizeof(*p));
	}
	p = &parts->items[parts->count++];
	*p = (struct part){ .first = first,
			    .from_ms = INT64_MAX,
			    .to_ms = INT64_MIN,
			    .born_ms = mono_now().ms,
			    .is_new = true };
	snprintf(p->hour, sizeof(p->hour), "%s", hour);
	snprintf(p->suffix, sizeof(p->suffix), "%s", suffix);
	buf_init(&p->out, PART_CEILING);
	return p;
}

void
parts_remove(struct parts *parts, size_t i)
{
	buf_release(&parts->items[i].out);
	memmove(parts->items + i, parts->items + i + 1,
		(--parts->count - i) * sizeof(*parts->items));
}

void
parts_release(struct parts *parts)
{
	while (parts->count > 0)
		parts_remove(parts, parts->count - 1);
	free(parts->items);
	*parts = (struct parts){ 0 };
}

char *
part_path(const struct part *part, const char *directory, int partition,
	  const char *aside)
{
	return must_printf("%s/%s/%d-%" PRId64 ".%s%s", directory, part->hour, partition,
			   part->first, part->suffix, aside);
}

/* `known`: it may stand there already. */
static int
note(const struct part *part, const char *directory, int partition, const char *whole,
     bool known, struct err *err)
{
	struct manifest_entry e = { .records = part->records,
				    .first = part->first,
				    .last = part->last,
				    .from_ms = part->from_ms,
				    .to_ms = part->to_ms };
	char *path = must_printf("%s/%s/%d.manifest", directory, part->hour, partition);
	bool there;
	int failed;

	snprintf(e.file, sizeof(e.file), "%s", strrchr(whole, '/') + 1);
	failed = known && manifest_has(path, e.file, &known, err);
	if (!failed && !known)
		failed = manifest_measure(whole, &e, &there, err) ||
			 (there && manifest_add(path, &e, err));
	free(path);
	return failed ? -1 : 0;
}

/*
 * An unfinished part becomes a file, and then a line of the manifest.  Gone and
 * published: a kill came after the rename.  Gone altogether: moved away since.
 */
int
part_publish(const struct part *part, const char *directory, int partition,
	     struct err *err)
{
	char *aside = part_path(part, directory, partition, ".tmp"),
	     *whole = part_path(part, directory, partition, "");
	struct stat st;
	int failed;

	if (stat(aside, &st))
		failed = errno != ENOENT
			     ? err_errno(err, ERR_RETRY, "cannot find %s", aside)
			 : access(whole, F_OK)
			     ? 0
			     : files_sync_directory_of(whole, err) ||
				   note(part, directory, partition, whole, true, err);
	else if (st.st_size < part->bytes)
		failed = err_set(err, ERR_FATAL,
				 "%s has lost bytes that the disk had promised: %" PRId64
				 " of %" PRId64,
				 aside, (int64_t)st.st_size, part->bytes);
	else if (st.st_size > part->bytes && files_cut(aside, part->bytes, err))
		failed = -1;
	else if (part->bytes == 0)
		failed = unlink(aside)
			     ? err_errno(err, ERR_RETRY, "cannot remove %s", aside)
			     : 0;
	else
		failed = files_publish(aside, whole, err) ||
			 note(part, directory, partition, whole, false, err);
	free(aside);
	free(whole);
	return failed ? -1 : 0;
}
