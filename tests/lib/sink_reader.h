/*
 * A consumer of the sink suite's script, with its group: what is between the
 * bus and a sink, without a bus.  Commits go to memory that outlives a child.
 */
#ifndef TESTS_SINK_READER_H
#define TESTS_SINK_READER_H

#include "tests/lib/sink_contract.h"

enum { AT_ONCE = 8 }; /* of each partition in a batch, at most */

struct group {
	int64_t committed[PARTITIONS];
	bool dead[PARTITIONS][EACH];
};

struct reader {
	struct group *group;
	struct sink *sink;
	struct arena arena;
	int next[PARTITIONS];        /* index into the script */
	bool dead[PARTITIONS][EACH]; /* in this batch */
	unsigned seed;
};

#define READER_CLUSTER "a test's log"

struct how {
	bool where, replayed;
	struct bus *moved; /* the log was carried to here; NULL: it was not */
};

int reader_open(struct reader *r, struct group *g, unsigned seed, struct how how,
		struct err *err);
void reader_close(struct reader *r);
int reader_claim(struct reader *r, struct err *err);

/* Some records of each partition; *n positions with what is to be flushed. */
int reader_write_some(struct reader *r, struct bus_position positions[PARTITIONS],
		      size_t *n, struct err *err);

/* The same, flushed and committed. */
int reader_batch(struct reader *r, struct err *err);
void reader_undo(struct reader *r); /* and back to what is committed */
bool reader_is_done(const struct reader *r);

/* From the opening to the end of the script. */
int reader_run(struct group *g, unsigned seed, struct how how, struct err *err);

/* A fact begins: an empty store, a group that has read nothing. */
struct group *group_begin(void);
void group_rewind(struct group *g);

/* All is through: what is there, up to `doubles` of it twice, and what was set aside. */
void group_end(struct group *g, bool where, size_t doubles);

struct script_run script_how(bool where);
void store_compare(struct buf *expected, size_t doubles);
void store_compare_script(bool where, size_t doubles);
/* Half way: nothing is there twice, and nothing in part. */
void store_is_sound(bool where);

#endif
