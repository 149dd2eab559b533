/*
 * Which files of a spool were dealt with, and how: a local SQLite cache of the
 * spool's rows in the ledger's topic, with what the kernel said of each file
 * when it was read.  The topic is the truth.  The cache knows how far it has
 * read it, and is thrown away and made again where it is damaged or belongs
 * to another log.
 *
 * One process watches a spool (the lock says so), so its own rows need not be
 * read back: ledger_begin(), changes, the bus's commit, ledger_commit().  A
 * crash between the last two is made good by ledger_sync() at the next start.
 */
#ifndef SPOOL_LEDGER_H
#define SPOOL_LEDGER_H

#include "bus/bus.h"
#include "record/ledger.h"
#include "spool/file.h"

struct ledger;

struct ledger_conf {
	const char *state; /* directory for the cache; NULL: in memory */
	const char *prefix, *spool;
	bool look; /* read only, no lock: for those who only ask */
};

struct ledger_row {
	struct ledger_file file; /* strings live until the next call */
	enum ledger_state now;   /* as file.state, or held or unreadable for the moment */
	const char *now_reason;
	int64_t since_ms; /* held since */
	struct file_stat stat;
	bool has_stat;
};

/* ERR_USAGE: another process watches this spool.  `look`: ERR_REJECT, there is no cache.
 */
int ledger_open(struct ledger **ledger, const struct ledger_conf *conf,
		struct err *err) MUST_CHECK;
void ledger_close(struct ledger *l); /* before the bus */
const char *ledger_topic(const struct ledger *l);
const char *ledger_spool(const struct ledger *l);

/*
 * Reads the topic from where the cache stands to its end.  `all` at start and
 * after a failed commit; else our own rows are passed over and only what
 * others ask for (to take a file again) is noted.
 */
int ledger_sync(struct ledger *l, struct bus *bus, bool all, struct err *err) MUST_CHECK;

/* Notes what others ask for as far as it has come, and waits for nothing. */
int ledger_look(struct ledger *l, struct bus *bus, struct err *err) MUST_CHECK;

/* 1: found, 0: not, -1: the cache fails (ERR_FATAL: damaged, and removed). */
int ledger_find(struct ledger *l, const char *path, size_t n, struct ledger_row *row,
		struct err *err);
int ledger_owner(struct ledger *l, const char *sha256,
		 struct err *err); /* has it an article? */
bool
ledger_is_known(struct ledger *l, const char *path, size_t n, const struct file_stat *st);

/* All that changes stands between begin and commit or rollback. */
int ledger_begin(struct ledger *l, struct err *err) MUST_CHECK;
int ledger_commit(struct ledger *l, struct err *err) MUST_CHECK;
void ledger_rollback(struct ledger *l);

/* `racy`: changed so shortly before the read that a later change may look the same. */
int ledger_put(struct ledger *l, const char *path, size_t n, const struct ledger_file *f,
	       const struct file_stat *st, bool racy, struct err *err) MUST_CHECK;
int ledger_touch(struct ledger *l, const char *path, size_t n, const struct file_stat *st,
		 bool racy, struct err *err) MUST_CHECK;
int
ledger_put_owner(struct ledger *l, const char *sha256, struct err *err) MUST_CHECK;
/* Held or unreadable: said of the file for now, told to nobody. */
int ledger_put_now(struct ledger *l, const char *path, size_t n, enum ledger_state now,
		   const char *reason, const struct file_stat *st,
		   struct err *err) MUST_CHECK;

/* Files that somebody asked to take again; the request's text lives until the next call. */
bool ledger_is_asked(struct ledger *l, const char *path, size_t n,
		     struct ledger_request *request);
int
ledger_answered(struct ledger *l, const char *path, size_t n, struct err *err) MUST_CHECK;

/* false where there is none. */
bool ledger_start(struct ledger *l, struct ledger_start *start);
int ledger_put_start(struct ledger *l, const struct ledger_start *s,
		     struct err *err) MUST_CHECK;

/* The directory that was watched last; lives until the next call. */
const char *ledger_root(struct ledger *l);
int ledger_put_root(struct ledger *l, const char *path, struct err *err) MUST_CHECK;

/* Every file, or every asked path (row NULL), in the order of their paths; not 0 ends it.
 */
typedef int
ledger_each_f(void *arg, const char *path, size_t n, const struct ledger_row *row);
int
ledger_each(struct ledger *l, ledger_each_f *each, void *arg, struct err *err) MUST_CHECK;
int ledger_each_asked(struct ledger *l, ledger_each_f *each, void *arg,
		      struct err *err) MUST_CHECK;

#endif
