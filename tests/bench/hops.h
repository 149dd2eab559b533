/* What the files of the bare hops share; hops.c says what they are for. */
#ifndef TESTS_HOPS_H
#define TESTS_HOPS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GROWTH = 8, /* enriched records of bench.py's texts: 8.4 times the article */
	HEADER_BYTES = 600,
	FILE_MAX = 1 << 20,
	MOST = 64, /* of a batch */
};

/* Fills `filler` with the value and what makes an enriched record longer. */
extern char filler[FILE_MAX * GROWTH];
size_t grow(const void *value, size_t size);

void stop(const char *text) __attribute__((noreturn));
bool start(void); /* a process: true in it, false in the caller */

/* How a bus takes what the spool has, one transaction for what came together. */
struct taker {
	void (*begin)(void *to);
	void (*put)(void *to, const char *topic, const char *key, const void *value,
		    size_t size);
	void (*commit)(void *to);
	void *to;
};

void watch(const char *spool, const struct taker *t);

struct db {
	sqlite3 *db;
	int lock; /* writers queue for it: SQLite's own waiting is by sleeps */
	int bell; /* to ring after a commit; -1: nobody waits */
};

void db_open(struct db *d, const char *path, const char *tables);
sqlite3_stmt *db_prepare(struct db *d, const char *text);
void db_step(struct db *d, sqlite3_stmt *s);
void db_begin(void *to);
void db_commit(void *to);

/* The sink: a row with the text alone, and how far it came. */
extern const char row_tables[];
void insert_row(struct db *d, const void *text, size_t size);
void set_position(struct db *d, const char *topic, int partition, int64_t offset);

void run_log(const char *spool, const char *rows, const char *log);
void
run_kafka(const char *spool, const char *rows, const char *brokers, const char *prefix);

#endif
