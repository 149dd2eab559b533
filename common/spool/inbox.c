/*
 * A directory is watched first and read then, so whatever comes in between is
 * seen twice and never missed.  Events carry names below a directory; the
 * path is put together here and nothing else is trusted: a path that comes out
 * is looked at again with fstatat().
 */
#include "spool/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/log.h"
#include "spool/dirs.h"
#include "spool/pending.h"
#include "time/clock.h"

enum {
	EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_ATTRIB |
		 IN_DELETE_SELF | IN_MOVE_SELF,
	HOW = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK,
	ENTRIES_A_TICK = 2000,
	READS_A_TICK = 64,
	MAX_TODO = 1 << 18, /* directories found and not yet read */
	POLL_MS = 1000,     /* between scans where events cannot tell */
	SCAN_SHARE = 20,    /* a scan that took a second comes again after twenty */
	OLD_MS = 60000,     /* quiet beyond the skew of any file server's clock */
};

struct inbox {
	struct inbox_conf conf;
	char *root;
	int root_fd, fd, root_watch;
	struct dirs dirs;
	struct pending pending;
	char **todo; /* directories to read, the last one first */
	size_t todo_count, todo_room;
	DIR *dir; /* the one being read */
	char *dir_path;
	struct mono scan_start, next_scan;
	bool scanning, whole; /* from the root on, not a new directory alone */
	bool missed;          /* something did not fit: scan again */
	bool gone, crowded;
	struct inbox_counts counts;
};

static void
todo_push(struct inbox *b, const char *path)
{
	if (b->todo_count == MAX_TODO) { /* again would not help: it is said instead */
		if (!b->crowded)
			log_warn(
			    "more than %d directories wait to be read, some are left out "
			    "spool=%s",
			    MAX_TODO, b->root);
		b->crowded = true;
		return;
	}
	if (b->todo_count == b->todo_room) {
		b->todo_room = b->todo_room ? b->todo_room * 2 : 64;
		b->todo = must_realloc(b->todo, b->todo_room * sizeof(*b->todo));
	}
	b->todo[b->todo_count++] = must_strdup(path);
	b->scanning = true;
}

static void
close_dir(struct inbox *b)
{
	if (b->dir)
		closedir(b->dir);
	free(b->dir_path);
	b->dir = NULL;
	b->dir_path = NULL;
}

static void
scan_all(struct inbox *b)
{
	while (b->todo_count)
		free(b->todo[--b->todo_count]);
	close_dir(b);
	b->missed = false;
	b->whole = true;
	b->scan_start = mono_now();
	todo_push(b, "");
}

static void
poll_from_now_on(struct inbox *b, const char *why)
{
	if (!b->counts.polling)
		log_warn(
		    "not every directory can be watched, so scans look every second or "
		    "slower spool=%s why=\"%s\"",
		    b->root, why);
	b->counts.polling = true;
}

int
inbox_open(struct inbox **inbox, const struct inbox_conf *conf, struct err *err)
{
	struct inbox *b = must_alloc(sizeof(*b));

	b->conf = *conf;
	b->fd = b->root_watch = -1;
	pending_init(&b->pending, conf->max_pending);
	b->root = realpath(conf->path, NULL);
	b->root_fd = b->root ? open(b->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (b->root_fd < 0) {
		err_errno(err, ERR_RETRY, "cannot open the spool %s", conf->path);
		inbox_close(b);
		return -1;
	}
	if (!conf->once) {
		b->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (b->fd < 0)
			poll_from_now_on(b, strerror(errno));
	}
	scan_all(b);
	*inbox = b;
	return 0;
}

void
inbox_close(struct inbox *b)
{
	if (!b)
		return;
	while (b->todo_count)
		free(b->todo[--b->todo_count]);
	free(b->todo);
	close_dir(b);
	dirs_release(&b->dirs);
	pending_release(&b->pending);
	if (b->fd >= 0)
		close(b->fd);
	if (b->root_fd >= 0)
		close(b->root_fd);
	free(b->root);
	free(b);
}

int
inbox_fd(const struct inbox *b)
{
	return b->fd;
}

int
inbox_root(const struct inbox *b)
{
	return b->root_fd;
}

/* directory + "/" + name; NULL where that is longer than any path may be. */
static const char *
join(const char *directory, const char *name, char path[PATH_MAX])
{
	int n =
	    snprintf(path, PATH_MAX, "%s%s%s", directory, *directory ? "/" : "", name);

	return n < PATH_MAX ? path : NULL;
}

static struct pending_item *
put(struct inbox *b, const char *path, size_t n, int in_ms)
{
	struct pending_item *item =
	    pending_put(&b->pending, path, n, mono_now().ms + in_ms);

	if (item) {
		item->renamed = item->waited = false; /* who knows better says so */
	} else {
		b->counts.overflows += !b->missed;
		b->missed = true;
	}
	return item;
}

void
inbox_again(struct inbox *b, const char *path, size_t n, int in_ms)
{
	put(b, path, n, in_ms);
}

/* An event sets the time anew: what waited for a reason of ours has another now. */
static void
put_changed(struct inbox *b, const char *path)
{
	struct pending_item *item = put(b, path, strlen(path), b->conf.settle_ms);

	if (!item)
		return;
	item->waited = true;
	pending_move(&b->pending, item, mono_now().ms + b->conf.settle_ms);
}

static void
put_whole(struct inbox *b, const char *path)
{
	struct pending_item *item = put(b, path, strlen(path), 0);

	if (!item)
		return;
	item->renamed = true;
	pending_move(&b->pending, item, mono_now().ms);
}

static void
watch(struct inbox *b, const char *path)
{
	char whole[PATH_MAX];
	int wd;

	if (b->fd < 0)
		return;
	if (!*path)
		snprintf(whole, sizeof(whole), "%s", b->root);
	else if (!join(b->root, path, whole))
		return poll_from_now_on(b, "a path is too long");
	wd = inotify_add_watch(b->fd, whole, EVENTS | HOW);
	if (wd >= 0)
		dirs_put(&b->dirs, wd, path);
	else if (errno == ENOSPC || errno == ENOMEM)
		poll_from_now_on(b, "fs.inotify.max_user_watches is used up");
	if (wd >= 0 && !*path)
		b->root_watch = wd;
}

static void
open_next(struct inbox *b)
{
	char *path = b->todo[--b->todo_count], text[512];
	int fd;

	watch(b, path);
	fd = *path ? file_open(b->root_fd, path, O_RDONLY | O_DIRECTORY)
		   : openat(b->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	b->dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (b->dir) {
		b->dir_path = path;
		return;
	}
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && !b->counts.scans)
		log_warn("cannot read a directory spool=%s path=%s why=\"%s\"", b->root,
			 file_text(path, strlen(path), text, sizeof(text)),
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
}

static void
scan_file(struct inbox *b, const char *path, const struct stat *st)
{
	struct file_stat f = file_stat(st);
	int64_t age_ms = (file_clock_ns() - f.ctime_ns) / 1000000;

	if (b->conf.known && b->conf.known(b->conf.arg, path, strlen(path), &f))
		return;
	if (age_ms > OLD_MS && age_ms > b->conf.settle_ms)
		put_whole(b, path);
	else
		put(b, path, strlen(path), 0);
}

static void
scan_entry(struct inbox *b, const struct dirent *e)
{
	char path[PATH_MAX];
	struct stat st;
	bool wanted = file_is_wanted(e->d_name);

	if (file_is_ignored(e->d_name) || !join(b->dir_path, e->d_name, path))
		return;
	if (!wanted && e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
		return;
	if (fstatat(dirfd(b->dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISDIR(st.st_mode))
		todo_push(b, path);
	else if (wanted)
		scan_file(b, path, &st);
}

static void
scan_ended(struct inbox *b)
{
	int64_t took = mono_since(b->scan_start);
	int64_t wait = b->counts.polling ? POLL_MS : b->conf.rescan_s * INT64_C(1000);

	if (wait < took * SCAN_SHARE)
		wait = took * SCAN_SHARE;
	b->scanning = false;
	if (b->whole) {
		b->next_scan.ms = mono_now().ms + wait;
		b->counts.scans++;
	}
	b->whole = false;
}

/* Pauses when no more paths can wait; what is being read stays open. */
static void
scan(struct inbox *b)
{
	struct dirent *e;

	for (int i = 0; b->scanning && i < ENTRIES_A_TICK; i++) {
		if (b->pending.count == b->pending.ceiling)
			return;
		if (!b->dir && !b->todo_count) {
			scan_ended(b);
		} else if (!b->dir) {
			open_next(b);
		} else if ((e = readdir(b->dir))) {
			scan_entry(b, e);
		} else {
			close_dir(b);
		}
	}
}

/* A directory was moved away: its watches would tell of paths that are no more. */
static void
forget(struct inbox *b, const char *path)
{
	size_t at = 0;
	int wd;

	while ((wd = dirs_take(&b->dirs, path, &at)) >= 0)
		inotify_rm_watch(b->fd, wd);
}

static void
on_directory(struct inbox *b, const struct inotify_event *e, const char *path)
{
	if (e->mask & IN_MOVED_FROM)
		forget(b, path);
	else if (!file_is_ignored(e->name))
		todo_push(b, path);
}

static void
on_event(struct inbox *b, const struct inotify_event *e)
{
	const char *directory = dirs_path(&b->dirs, e->wd);
	char path[PATH_MAX];

	if (e->mask & IN_Q_OVERFLOW) {
		b->counts.overflows++;
		b->missed = true;
	} else if (e->mask & IN_IGNORED) {
		dirs_remove(&b->dirs, e->wd);
	} else if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
		b->gone |= e->wd == b->root_watch;
	} else if (!directory || !e->len || !join(directory, e->name, path)) {
		return;
	} else if (e->mask & IN_ISDIR) {
		on_directory(b, e, path);
	} else if (e->mask & IN_MOVED_FROM || !file_is_wanted(e->name)) {
		return;
	} else if (e->mask & IN_MOVED_TO) {
		put_whole(b, path);
	} else {
		put_changed(b, path);
	}
}

static void
read_events(struct inbox *b)
{
	_Alignas(struct inotify_event) char bytes[1 << 15];
	ssize_t n;

	for (int i = 0; i < READS_A_TICK && (n = read(b->fd, bytes, sizeof(bytes))) > 0;
	     i++) {
		for (char *p = bytes; p < bytes + n;) {
			const struct inotify_event *e = (const struct inotify_event *)p;

			on_event(b, e);
			p += sizeof(*e) + e->len;
		}
	}
}

/* Enough room that a scan for what was missed does not stop at once. */
static bool
may_scan_again(const struct inbox *b)
{
	return !b->scanning && !b->conf.once &&
	       (b->missed ? b->pending.count <= b->pending.ceiling / 2
			  : mono_now().ms >= b->next_scan.ms);
}

/* Another directory has its name now: the old one was moved, or something is mounted
 * there. */
static bool
is_replaced(const struct inbox *b)
{
	struct stat named, open;

	return stat(b->root, &named) || fstat(b->root_fd, &open) ||
	       named.st_dev != open.st_dev || named.st_ino != open.st_ino;
}

int
inbox_tick(struct inbox *b, struct err *err)
{
	if (b->fd >= 0)
		read_events(b);
	if (b->gone || (may_scan_again(b) && is_replaced(b)))
		return err_set(err, ERR_RETRY, "the spool %s was moved or removed",
			       b->root);
	if (may_scan_again(b))
		scan_all(b);
	scan(b);
	return 0;
}

int
inbox_wait_ms(const struct inbox *b)
{
	const struct pending_item *first = pending_first(&b->pending);
	int64_t now = mono_now().ms, next = b->conf.once ? INT64_MAX : b->next_scan.ms;

	if (may_scan_again(b) || (b->scanning && b->pending.count < b->pending.ceiling))
		return 0;
	if (first && first->due_ms < next)
		next = first->due_ms;
	return next <= now ? 0 : next - now > POLL_MS ? POLL_MS : (int)(next - now);
}

/*
 * Settled: the change time lies settle_ms back, or has not moved for as long
 * (a clock that is off, a file server's).  Else it is due when it may be.
 */
static bool
is_settled(struct inbox *b, struct pending_item *item, const struct file_stat *f)
{
	int64_t settle = b->conf.settle_ms;
	int64_t age = (file_clock_ns() - f->ctime_ns) / 1000000;

	if (item->renamed ||
	    (item->seen_size == f->size && item->seen_ctime_ns == f->ctime_ns))
		return true;
	if (item->waited && age >= settle)
		return true;
	item->seen_size = f->size;
	item->seen_ctime_ns = f->ctime_ns;
	if (item->waited && age > 0)
		settle -= age;
	pending_move(&b->pending, item, mono_now().ms + settle);
	return false;
}

bool
inbox_next(struct inbox *b, struct arena *arena, struct inbox_file *file)
{
	struct pending_item *item;
	struct stat st;

	while ((item = pending_first(&b->pending)) && item->due_ms <= mono_now().ms) {
		bool there = !fstatat(b->root_fd, item->path, &st, AT_SYMLINK_NOFOLLOW);

		file->regular = there && S_ISREG(st.st_mode);
		if (file->regular) {
			file->stat = file_stat(&st);
			if (!is_settled(b, item, &file->stat))
				continue;
		}
		file->path = arena_copy(arena, item->path, item->size);
		file->size = item->size;
		if (!file->path)
			return false; /* the batch is full: it stays due */
		pending_remove(&b->pending, item);
		return true;
	}
	return false;
}

bool
inbox_is_empty(const struct inbox *b)
{
	return b->counts.scans && !b->scanning && !b->missed && !b->pending.count;
}

struct inbox_counts
inbox_counts(const struct inbox *b)
{
	struct inbox_counts c = b->counts;

	c.pending = b->pending.count;
	c.directories = b->dirs.count;
	return c;
}
