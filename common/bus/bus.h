/*
 * The bus: the log that carries records.  Two implementations, bus_kafka.c
 * and bus_log.c, behind one interface; tests/kafka/bus_contract.h is what both
 * promise.  The bus knows no articles.
 *
 * Three handles.  A `bus` is the log itself: its topics and offsets.  A
 * `bus_member` owns a stable id: it sends records and, in a group, consumes
 * them; records out and positions in commit together.  A `bus_reader` reads a
 * topic without a group.  All read committed records only.
 *
 * A handle belongs to one thread.  Every call may fail with ERR_RETRY (the
 * log is not reachable now), ERR_FATAL (fenced, or a bug) or ERR_USAGE.
 *
 * Others see a commit a moment after it returned, as Kafka writes its markers
 * meanwhile: readers, bus_offset(), bus_committed() and bus_lag().
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct bus_header {
	const char *name;
	const void *value;
	size_t size;
};

struct bus_record {
	const char *topic;
	int partition;   /* sending: -1, by the key */
	int64_t offset;  /* reading only */
	int64_t time_ms; /* of production; reading, and sending by one that keeps times */
	const void *key; /* NULL: no key */
	size_t key_size;
	const void *value; /* NULL: a tombstone */
	size_t value_size;
	const struct bus_header *headers;
	size_t header_count;
};

/* The next offset to read. */
struct bus_position {
	const char *topic;
	int partition;
	int64_t offset;
};

struct bus_topic {
	const char *name;
	int partitions;
	int64_t retention_ms; /* -1: for ever */
	bool compacted;
};

struct bus_setting {
	const char *name, *value;
};

struct bus_conf {
	const char *log; /* the embedded log's file; used when `kafka` names no brokers */
	const char *cluster;  /* name of the prefix; for messages only */
	const struct bus_setting *kafka; /* [kafka], to librdkafka unchanged */
	size_t kafka_count;
	int64_t max_log_bytes;	/* embedded log: above this a sender waits; 0: no bound */
};

enum { BUS_FIRST = -2, BUS_END = -1 }; /* for bus_offset() */
enum { BUS_MAX_RECORD = 8 << 20 };     /* bytes of key, value and headers */

struct bus;
struct bus_member;
struct bus_reader;

/* The value of the named header, last one wins; NULL if there is none. */
const void *bus_header(const struct bus_record *r, const char *name, size_t *size);

int bus_open(struct bus **bus, const struct bus_conf *conf, struct err *err) MUST_CHECK;
void bus_close(struct bus *bus);

/* Names the log for good: positions from another log mean nothing here. */
const char *bus_cluster(const struct bus *bus);

/*
 * Creates what is missing ("is made").  What exists and differs is said through
 * `say` (one call a difference, text lives for the call) and left as it is;
 * `dry` only says ("is missing").
 */
typedef void bus_say_f(void *arg, const char *topic, const char *text);
int bus_topics(struct bus *bus, const struct bus_topic *topics, size_t n, bool dry,
    bus_say_f *say, void *arg, struct err *err) MUST_CHECK;

/* Number of partitions; 0 if there is no such topic; -1 on error. */
int bus_partitions(struct bus *bus, const char *topic, struct err *err);

/*
 * The offset at BUS_FIRST, at BUS_END (last stable offset: a reader of
 * committed records can reach it) or of the first record produced at or after
 * that many milliseconds of the epoch (the end if there is none).
 */
int bus_offset(struct bus *bus, const char *topic, int partition, int64_t at,
    int64_t *offset, struct err *err) MUST_CHECK;

/* The group's committed position, -1 if it has none. */
int bus_committed(struct bus *bus, const char *group, const char *topic, int partition,
    int64_t *offset, struct err *err) MUST_CHECK;

/*
 * Records between the group's positions and the ends of the topic's partitions.
 * 0 exactly when there is none left to read: transaction markers and what
 * compaction took away do not count, though among many records they may be
 * counted along.
 */
int bus_lag(struct bus *bus, const char *group, const char *topic, int64_t *lag,
    struct err *err) MUST_CHECK;

/*
 * Whether every transaction on the topic has ended where readers see it.  On
 * Kafka bus_commit() is back before they do, and until then lag and ends
 * leave its records out.  Connects anew each time: ask when the lag is 0.
 */
int bus_settled(struct bus *bus, const char *topic, bool *settled, struct err *err) MUST_CHECK;

/*
 * Where the group stands in the topic and where that ends, as offsets summed
 * over the partitions; -1 for a group without a position.  Quick, to be asked
 * many times a second: Kafka's transaction markers are counted along, so that
 * of a partition that is read to its end one is left at times.
 */
int bus_standing(struct bus *bus, const char *group, const char *topic, int64_t *at,
    int64_t *end, struct err *err) MUST_CHECK;

/* Sets positions of a group, which must have no members (bus copy). */
int bus_place(struct bus *bus, const char *group, const struct bus_position *positions,
    size_t n, struct err *err) MUST_CHECK;

/* Forgets the group and its positions (it must have no members).  *known: there was one. */
int bus_forget(struct bus *bus, const char *group, bool *known, struct err *err) MUST_CHECK;

/* ---- a member ---- */

struct bus_role {
	const char *id;	   /* transactional id and group instance id: stable over restarts */
	const char *group; /* NULL: sends only */
	const char *const *topics; /* what the group reads */
	size_t topic_count;
	const char *const *sends; /* topics it will send to: metadata is asked for first */
	size_t send_count;
	/*
	 * One member reads all partitions of a topic, the others stand by: who has
	 * partition 0 has them all.  All members of the group must say so.
	 */
	bool alone;
	/*
	 * Its records go out with the time_ms that they bear (bus copy).  All others get
	 * the time of production: with an older one retention would take them early.
	 */
	bool keeps_time;
	/*
	 * Called from bus_poll().  assigned: the positions hold the group's (or
	 * BUS_FIRST) and may be overwritten (beyond the topic's end: ERR_FATAL,
	 * it is not the topic that was read); after -1 it is called again by the
	 * next poll.  revoked: what was polled has been committed or aborted by
	 * then; another owner may start after it returns.
	 */
	int (*assigned)(void *arg, struct bus_position *positions, size_t n, struct err *err);
	void (*revoked)(void *arg, const struct bus_position *positions, size_t n);
	/*
	 * Whether the caller still holds the lock that keeps others of this machine
	 * from the id; NULL: there is none.  Without the lock an id that was taken
	 * from us is not taken again.
	 */
	bool (*is_ours)(void *arg);
	void *arg;
};

/* Fences whoever had the id before: their next commit fails with ERR_FATAL. */
int bus_join(struct bus *bus, const struct bus_role *role, struct bus_member **member,
    struct err *err) MUST_CHECK;

/*
 * Up to `max` records, waiting at most timeout_ms for the first one.  The
 * records live until the next bus_poll().  Not to be called in a transaction.
 * A rebalance waits until a poll: drain, commit, release.  *n may be 0.
 */
int bus_poll(struct bus_member *m, const struct bus_record **records, size_t *n,
    size_t max, int timeout_ms, struct err *err) MUST_CHECK;

/*
 * One transaction: begin, send any number, commit with the positions of what
 * was consumed (n may be 0; no record need be sent).  After ERR_RETRY from
 * send or commit: bus_abort(), again while it says ERR_RETRY itself.  It also
 * rewinds the member to where its last commit left it, or to where `assigned`
 * let it begin, so that the same records are polled again; without a
 * transaction it only rewinds.  A commit blocks until its outcome is known; if
 * that cannot be found out it is ERR_FATAL, and a new start finds out.
 * bus_send copies.
 * A record above BUS_MAX_RECORD is refused with ERR_REJECT and nothing is sent.
 */
int bus_begin(struct bus_member *m, struct err *err) MUST_CHECK;
int bus_send(struct bus_member *m, const struct bus_record *r, struct err *err) MUST_CHECK;
int bus_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
    struct err *err) MUST_CHECK;
int bus_abort(struct bus_member *m, struct err *err) MUST_CHECK;

/*
 * Goes to these positions (a sink's own, say); an abort goes back all the same.  One of a
 * partition that is not this member's by now is passed over.
 */
int bus_seek(struct bus_member *m, const struct bus_position *positions, size_t n,
    struct err *err) MUST_CHECK;

/* While paused bus_poll() keeps the membership and gives no records. */
int bus_pause(struct bus_member *m, bool paused, struct err *err) MUST_CHECK;

void bus_leave(struct bus_member *m); /* aborts what is open; within 5 s */

/* ---- a reader without a group ---- */

int bus_read_open(struct bus *bus, const char *topic, struct bus_reader **reader,
    struct err *err) MUST_CHECK; /* at BUS_FIRST of every partition */
int bus_read_seek(struct bus_reader *r, int partition, int64_t offset,
    struct err *err) MUST_CHECK;
/* No record at or behind this offset is given: it is the partition's end for this reader. */
int bus_read_until(struct bus_reader *r, int partition, int64_t offset,
    struct err *err) MUST_CHECK;

/*
 * As bus_poll(); *end says that every partition was read to the end it had when asked.
 * It returns as soon as the end is met; after that it waits for new records.
 * `end` may be NULL: on Kafka it takes questions, and waiting for their answers, to
 * know the end, and none to take what has come so far.
 */
int bus_read(struct bus_reader *r, const struct bus_record **records, size_t *n,
    size_t max, int timeout_ms, bool *end, struct err *err) MUST_CHECK;
void bus_read_close(struct bus_reader *r);

/*
 * Each record from where the reader stands to the ends that are there when it
 * meets them.  Not 0 from `each` ends it, and is what comes back.
 */
typedef int bus_each_f(void *arg, const struct bus_record *r, struct err *err);
int bus_read_rest(struct bus_reader *r, bus_each_f *each, void *arg,
    struct err *err) MUST_CHECK;
int bus_read_all(struct bus *bus, const char *topic, bus_each_f *each, void *arg,
    struct err *err) MUST_CHECK; /* of a topic, from its first on */

/*
 * What an implementation gives; bus.c checks arguments and calls through.
 * Each handle struct begins with its `struct bus_head`.
 */
struct bus_type {
	const char *name;
	int (*open)(struct bus **, const struct bus_conf *, struct err *);
	void (*close)(struct bus *);
	const char *(*cluster)(const struct bus *);
	int (*topics)(struct bus *, const struct bus_topic *, size_t, bool, bus_say_f *, void *,
	    struct err *);
	int (*partitions)(struct bus *, const char *, struct err *);
	int (*offset)(struct bus *, const char *, int, int64_t, int64_t *, struct err *);
	int (*committed)(struct bus *, const char *, const char *, int, int64_t *, struct err *);
	int (*lag)(struct bus *, const char *, const char *, int64_t *, struct err *);
	int (*settled)(struct bus *, const char *, bool *, struct err *);
	int (*standing)(struct bus *, const char *, const char *, int64_t *, int64_t *, struct err *);
	int (*place)(struct bus *, const char *, const struct bus_position *, size_t, struct err *);
	int (*forget)(struct bus *, const char *, bool *, struct err *);
	int (*join)(struct bus *, const struct bus_role *, struct bus_member **, struct err *);
	int (*read_open)(struct bus *, const char *, struct bus_reader **, struct err *);
	const struct bus_member_type *member;
	const struct bus_reader_type *reader;
};

struct bus_member_type {
	int (*poll)(struct bus_member *, const struct bus_record **, size_t *, size_t, int,
	    struct err *);
	int (*begin)(struct bus_member *, struct err *);
	int (*send)(struct bus_member *, const struct bus_record *, struct err *);
	int (*commit)(struct bus_member *, const struct bus_position *, size_t, struct err *);
	int (*abort)(struct bus_member *, struct err *);
	int (*seek)(struct bus_member *, const struct bus_position *, size_t, struct err *);
	int (*pause)(struct bus_member *, bool, struct err *);
	void (*leave)(struct bus_member *);
};

struct bus_reader_type {
	int (*seek)(struct bus_reader *, int, int64_t, struct err *);
	int (*until)(struct bus_reader *, int, int64_t, struct err *);
	int (*read)(struct bus_reader *, const struct bus_record **, size_t *, size_t, int, bool *,
	    struct err *);
	void (*close)(struct bus_reader *);
};

struct bus_head {
	const struct bus_type *type;
};

size_t bus_record_size(const struct bus_record *r); /* key, value and headers */

/* The partitioner of Kafka's Java client, so that a key has one place whoever sends it. */
uint32_t bus_murmur2(const void *key, size_t n);

extern const struct bus_type bus_kafka_type, bus_log_type;

#endif
