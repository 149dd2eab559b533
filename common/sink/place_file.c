#include "sink/place_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "sink/files.h"
#include "time/clock.h"

enum { PLACE_CEILING = 4 << 20, LOCK_MS = 2000 };

int
place_file_open(struct place_file *f, const char *directory, int partition,
		struct err *err)
{
	char *lock = must_printf("%s/.%d.lock", directory, partition);

	*f = (struct place_file){
		.path = must_printf("%s/.%d.position", directory, partition),
		.lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0640)
	};
	if (f->lock_fd < 0)
		err_errno(err, ERR_RETRY, "cannot open %s", lock);
	free(lock);
	return f->lock_fd < 0 ? -1 : 0;
}

void
place_file_close(struct place_file *f)
{
	if (f->path && f->lock_fd >= 0)
		close(f->lock_fd);
	free(f->path);
	*f = (struct place_file){ .lock_fd = -1 };
}

/* flock() has no deadline of its own, and a stopped process keeps its lock for ever. */
int
place_file_lock(struct place_file *f, struct err *err)
{
	struct mono start = mono_now();

	while (!f->locked && flock(f->lock_fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(err, ERR_RETRY, "cannot lock %s", f->path);
		if (mono_since(start) > LOCK_MS)
			return err_set(err, ERR_RETRY,
				       "%s: another process is writing there", f->path);
		poll(NULL, 0, 5);
	}
	f->locked = true;
	return 0;
}

void
place_file_unlock(struct place_file *f)
{
	if (f->locked)
		flock(f->lock_fd, LOCK_UN);
	f->locked = false;
}

int
place_file_foreign(const struct place_file *f, const char *cluster, struct err *err)
{
	return err_set(err, ERR_FATAL,
		       "%s is of another log (%s, this one is %s): give the sink "
		       "a path of its own",
		       f->path, f->cluster, cluster);
}

static int
read_line(const char *line, struct sink_place *place, struct parts *parts)
{
	struct part part, *added;

	if (sscanf(line, "offset %" SCNd64, &place->offset) == 1)
		return 0;
	if (sscanf(line, "epoch %" SCNd64, &place->epoch) == 1)
		return 0;
	if (sscanf(line,
		   "part %13s %15s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
		   " %" SCNd64 " %" SCNd64,
		   part.hour, part.suffix, &part.first, &part.last, &part.bytes,
		   &part.records, &part.from_ms, &part.to_ms) != 8)
		return -1;
	added = parts_add(parts, part.hour, part.suffix, part.first);
	added->last = part.last;
	added->bytes = part.bytes;
	added->records = part.records;
	added->from_ms = part.from_ms;
	added->to_ms = part.to_ms;
	return 0;
}

static int
read_text(struct place_file *f, char *text, const char *cluster, struct sink_place *place,
	  struct parts *parts, struct err *err)
{
	char *save, *line = strtok_r(text, "\n", &save);

	if (!line || strncmp(line, "cluster ", 8))
		return err_set(err, ERR_FATAL, "%s is no file of positions", f->path);
	snprintf(f->cluster, sizeof(f->cluster), "%s", line + 8);
	if (cluster && strcmp(f->cluster, cluster))
		return place_file_foreign(f, cluster, err);
	place->offset = INT64_MIN;
	place->epoch = 0;
	while ((line = strtok_r(NULL, "\n", &save)))
		if (read_line(line, place, parts))
			return err_set(err, ERR_FATAL, "%s: cannot read '%s'", f->path,
				       line);
	if (place->offset < BUS_FIRST || place->epoch < 1)
		return err_set(err, ERR_FATAL, "%s is damaged", f->path);
	return 0;
}

int
place_file_read(struct place_file *f, const char *cluster, struct sink_place *place,
		struct parts *parts, bool *there, struct err *err)
{
	struct buf text;
	int failed;

	buf_init(&text, PLACE_CEILING);
	failed = files_read(f->path, &text, there, err);
	if (!failed && *there)
		failed = read_text(f, text.data ? text.data : (char[]){ "" }, cluster,
				   place, parts, err);
	buf_release(&text);
	return failed;
}

int
place_file_write(struct place_file *f, const char *cluster,
		 const struct sink_place *place, const struct parts *parts,
		 struct err *err)
{
	struct buf text;
	int failed;

	buf_init(&text, PLACE_CEILING);
	buf_printf(&text, "cluster %s\noffset %" PRId64 "\nepoch %" PRId64 "\n", cluster,
		   place->offset, place->epoch);
	for (size_t i = 0; i < parts->count; i++) {
		const struct part *p = &parts->items[i];

		buf_printf(&text,
			   "part %s %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
			   " %" PRId64 " %" PRId64 "\n",
			   p->hour, p->suffix, p->first, p->last, p->size, p->records,
			   p->from_ms, p->to_ms);
	}
	failed =
	    buf_check(&text, err) || files_replace(f->path, text.data, text.size, err);
	buf_release(&text);
	return failed ? -1 : 0;
}
