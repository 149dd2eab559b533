/*
 * The file under the embedded log: a SQLite database in WAL mode, the lock
 * that its writers queue on, and the bell that wakes its readers.
 *
 * The lock is a turnstile of two flocks: who waits for the second holds the
 * first, so a writer that comes back at once cannot overtake it (SQLite's
 * busy handler starved writers for up to 2 s).  The kernel lets go of both
 * when a process dies.  The bell is a futex in a mapped file; it is rung
 * after COMMIT has returned, when the records can be seen.
 */
#ifndef BUS_LOG_DB_H
#define BUS_LOG_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct log_db {
	sqlite3 *db;
	sqlite3_stmt **statements; /* prepared on first use, one for each text */
	const char *const *texts;
	int text_count;
	char *path;
	int queue_fd, main_fd, bell_fd;
	struct log_bell *bell;
	bool locked;
};

/* `texts`: the SQL of all statements, asked for by index; borrowed for the life of the
 * db. */
int log_db_open(struct log_db *d, const char *path, const char *schema,
		const char *const *texts, int text_count, struct err *err) MUST_CHECK;
void log_db_close(struct log_db *d);

/* Reset and ready to bind; NULL only if the database is broken. */
sqlite3_stmt *log_db_query(struct log_db *d, int text);

/* -1 with a class: full disk, I/O, busy are ERR_RETRY; a damaged file is ERR_FATAL. */
int log_db_failed(struct log_db *d, const char *doing, struct err *err);

/* One write transaction.  End frees the lock whatever happens and rings after a commit.
 */
int log_db_begin(struct log_db *d, struct err *err) MUST_CHECK;
int log_db_commit(struct log_db *d, struct err *err) MUST_CHECK;
void log_db_rollback(struct log_db *d);

/* The bell: read the count, look for records, wait for another count. */
uint32_t log_db_bell(const struct log_db *d);
/* false: a signal came. */
bool log_db_wait(const struct log_db *d, uint32_t bell, int timeout_ms);

/* Counts changes of membership; members look at it before each poll. */
uint32_t log_db_generation(const struct log_db *d);
void log_db_new_generation(struct log_db *d);

#endif
