#include "bus/log_db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

struct log_bell {
	_Atomic uint32_t count, generation;
};

static int
open_beside(const struct log_db *d, const char *suffix)
{
	char *path = must_printf("%s-%s", d->path, suffix);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	free(path);
	return fd;
}

static int
open_bell(struct log_db *d)
{
	d->bell_fd = open_beside(d, "bell");
	if (d->bell_fd < 0 || ftruncate(d->bell_fd, sizeof(*d->bell)))
		return -1;
	d->bell = mmap(NULL, sizeof(*d->bell), PROT_READ | PROT_WRITE, MAP_SHARED, d->bell_fd, 0);
	if (d->bell == MAP_FAILED)
		d->bell = NULL;
	return d->bell ? 0 : -1;
}

/* Waits in the turnstile: first the queue, then the lock, then out of the queue. */
static int
lock(struct log_db *d)
{
	while (flock(d->queue_fd, LOCK_EX))
		if (errno != EINTR)
			return -1;
	while (flock(d->main_fd, LOCK_EX))
		if (errno != EINTR)
			return -1;
	flock(d->queue_fd, LOCK_UN);
	d->locked = true;
	return 0;
}

static void
unlock(struct log_db *d)
{
	if (d->locked)
		flock(d->main_fd, LOCK_UN);
	d->locked = false;
}

int
log_db_failed(struct log_db *d, const char *doing, struct err *err)
{
	int code = sqlite3_errcode(d->db);
	bool ours = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_MISUSE ||
	    code == SQLITE_ERROR || code == SQLITE_CONSTRAINT;

	return err_set(err, ours ? ERR_FATAL : ERR_RETRY, "%s: %s: %s", d->path, doing,
	    sqlite3_errmsg(d->db));
}

static int
prepare_file(struct log_db *d, const char *schema, struct err *err)
{
	if (sqlite3_exec(d->db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL", NULL, NULL,
		NULL) ||
	    /* A batch of a thousand files fits, so that none of it is written and read twice. */
	    sqlite3_exec(d->db,
		"PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000;"
		"PRAGMA cache_size = -16000", NULL, NULL, NULL))
		return log_db_failed(d, "opening", err);
	if (log_db_begin(d, err))
		return -1;
	if (sqlite3_exec(d->db, schema, NULL, NULL, NULL)) {
		log_db_failed(d, "making the tables", err);
		log_db_rollback(d);
		return -1;
	}
	return log_db_commit(d, err);
}

int
log_db_open(struct log_db *d, const char *path, const char *schema, const char *const *texts,
    int text_count, struct err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	*d = (struct log_db){ .path = must_strdup(path), .texts = texts, .text_count = text_count,
		.queue_fd = -1, .main_fd = -1, .bell_fd = -1 };
	d->statements = must_alloc((size_t)text_count * sizeof(*d->statements));
	d->queue_fd = open_beside(d, "queue");
	d->main_fd = open_beside(d, "lock");
	if (d->queue_fd < 0 || d->main_fd < 0 || open_bell(d)) {
		err_errno(err, ERR_USAGE, "cannot open the embedded log %s", path);
		log_db_close(d);
		return -1;
	}
	if (sqlite3_open_v2(path, &d->db, flags, NULL)) {
		err_set(err, ERR_USAGE, "cannot open the embedded log %s: %s", path,
		    sqlite3_errmsg(d->db));
		log_db_close(d);
		return -1;
	}
	sqlite3_busy_timeout(d->db, 10000); /* a backup or a checkpoint of another process */
	if (prepare_file(d, schema, err)) {
		log_db_close(d);
		return -1;
	}
	return 0;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
log_db_close(struct log_db *d)
{
	for (int i = 0; i < d->text_count; i++)
		sqlite3_finalize(d->statements[i]);
	free(d->statements);
	sqlite3_close(d->db);
	if (d->bell)
		munmap(d->bell, sizeof(*d->bell));
	close_fd(d->bell_fd);
	close_fd(d->main_fd);
	close_fd(d->queue_fd);
	free(d->path);
}

sqlite3_stmt *
log_db_query(struct log_db *d, int text)
{
	assert(text < d->text_count);
	if (!d->statements[text])
		sqlite3_prepare_v3(d->db, d->texts[text], -1, SQLITE_PREPARE_PERSISTENT,
		    &d->statements[text], NULL);
	if (d->statements[text])
		sqlite3_reset(d->statements[text]);
	return d->statements[text];
}

int
log_db_begin(struct log_db *d, struct err *err)
{
	assert(!d->locked);
	if (lock(d))
		return err_errno(err, ERR_RETRY, "%s: waiting for the writers' lock", d->path);
	if (sqlite3_exec(d->db, "BEGIN IMMEDIATE", NULL, NULL, NULL)) {
		log_db_failed(d, "beginning a transaction", err);
		unlock(d);
		return -1;
	}
	return 0;
}

static void
ring(struct log_db *d)
{
	atomic_fetch_add(&d->bell->count, 1);
	syscall(SYS_futex, &d->bell->count, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

int
log_db_commit(struct log_db *d, struct err *err)
{
	if (sqlite3_exec(d->db, "COMMIT", NULL, NULL, NULL)) {
		log_db_failed(d, "committing", err);
		log_db_rollback(d);
		return -1;
	}
	unlock(d);
	ring(d);
	return 0;
}

void
log_db_rollback(struct log_db *d)
{
	if (!sqlite3_get_autocommit(d->db))
		sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	unlock(d);
}

uint32_t
log_db_bell(const struct log_db *d)
{
	return atomic_load(&d->bell->count);
}

/* A ringer killed between COMMIT and the bell is made up for by the timeout. */
bool
log_db_wait(const struct log_db *d, uint32_t bell, int timeout_ms)
{
	struct timespec t = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	return timeout_ms <= 0 ||
	    !syscall(SYS_futex, &d->bell->count, FUTEX_WAIT, bell, &t, NULL, 0) || errno != EINTR;
}

uint32_t
log_db_generation(const struct log_db *d)
{
	return atomic_load(&d->bell->generation);
}

void
log_db_new_generation(struct log_db *d)
{
	atomic_fetch_add(&d->bell->generation, 1);
	ring(d);
}
