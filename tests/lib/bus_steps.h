/*
 * Steps that the bus tests are written in.  They check as they go: a failure
 * in the test's own process fails the test, in a child it ends the child.
 *
 * A child is forked before its parent opens a bus, and opens its own.  What
 * parent and child tell each other lies in `struct common`, mapped by both.
 */
#ifndef TESTS_BUS_STEPS_H
#define TESTS_BUS_STEPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bus/bus.h"
#include "tests/lib/bus_contract.h"

struct CMUnitTest;

enum { MAX_CHILDREN = 4, MAX_PARTITIONS = 16, MAX_SEEN = 4096 };

struct common {
	_Atomic int go, stop, stop_feeding;
	_Atomic int64_t step, kill_at, sent;
	_Atomic int owned[MAX_CHILDREN]; /* partitions that each child has */
};

extern const struct bus_world *world;
extern struct common *common;
extern struct err err; /* of the last step */

void steps_start(const struct bus_world *w); /* before the first test */
void steps_fail(const char *file, int line, const char *what);

#define CHECK(x) ((x) ? (void)0 : steps_fail(__FILE__, __LINE__, #x))
#define OK(call) ((call) == 0 ? (void)0 : steps_fail(__FILE__, __LINE__, err.text))

/* The call fails with this class. */
#define FAILS(call, expected)                                     \
	do {                                                      \
		CHECK((call) == -1);                              \
		if (err.class != (expected))                      \
			steps_fail(__FILE__, __LINE__, err.text); \
	} while (0)

/* while (!condition) wait_on(&until): fails once the deadline is past. */
struct until {
	int64_t ms;
	const char *file;
	int line;
};
struct until until_in(int64_t ms, const char *file, int line);
#define WITHIN(ms) until_in(ms, __FILE__, __LINE__)
void wait_on(const struct until *u);

/* A name no other test has. */
const char *fresh(const char *what);

/* PREFIX.NAME, as the topics of a line are called; among the last hundred it lives. */
const char *of_line(const char *prefix, const char *name);

/* quick: with short sessions. */
struct bus *bus_for(bool quick);
void make_topic(struct bus *bus, const char *name, int partitions, bool compacted);
const char *topic_of(struct bus *bus, const char *what, int partitions);
const char *compacted_topic_of(struct bus *bus, const char *what, int partitions);

/* sends NULL: nothing but what it is told later. */
struct bus_member *sender(struct bus *bus, const char *id, const char *topic);
struct bus_member *consumer(struct bus *bus, const char *id, const char *group,
			    const char *topic, const char *sends);

void send_text(struct bus_member *m, const char *topic, int partition, const char *key,
	       const char *value);
void send_one(struct bus_member *m, const char *topic, int partition, const char *key,
	      const char *value); /* in a transaction of its own */

/* Polls until there are records. */
size_t poll_some(struct bus_member *m, const struct bus_record **r, size_t max);

/* Commits the positions after these records. */
int commit_after(struct bus_member *m, const struct bus_record *r, size_t n);

/* What a topic holds, read to its end once there are so many; texts are copied. */
struct seen {
	struct {
		char key[64], value[80];
		int partition;
		int64_t offset;
	} items[MAX_SEEN];
	size_t count;
};
void see(struct bus *bus, const char *topic, size_t least, struct seen *s);

/* Each of value 0 .. n-1 (as text) is there once and nothing else. */
void check_each_once(const struct seen *s, int n);

/* The body runs in a child and its end is the child's: status 0. */
pid_t child(void (*body)(int who, void *arg), int who, void *arg);
void ends(pid_t pid, int64_t ms);      /* by itself, well */
void killed(pid_t pid, int64_t ms);    /* by SIGKILL, from within or by others */
bool is_killed(pid_t pid, int64_t ms); /* false: it ended well */

/* The tests that need processes to be killed: bus_drill.c. */
const struct CMUnitTest *bus_drills(size_t *n);

#endif
