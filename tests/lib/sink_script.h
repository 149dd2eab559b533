/*
 * The records that every sink of the suite is given, and what is to come of
 * each: versions of a few articles out of order, withdrawals, and some that
 * are no article.
 */
#ifndef TESTS_SINK_SCRIPT_H
#define TESTS_SINK_SCRIPT_H

#include "base/buf.h"
#include "bus/bus.h"

enum { PARTITIONS = 3, EACH = 60 };

/* An enriched record, made as the program makes it: its events' ids are HEADLINE#0, #1 ...,
 * and its meta, also of what was withdrawn, {"was":"HEADLINE"}. */
struct sink_article {
	const char *uri, *version, *created, *headline;
	int events; /* each with an actor and a recipient */
	long epoch;
	bool withdrawn;
};
void sink_article_print(const struct sink_article *a, struct buf *out);

enum step_kind { STEP_ARTICLE, STEP_BAD, STEP_POISON };

struct step {
	struct bus_record record;
	enum step_kind kind;
	struct sink_article article;
	char uri[32], version[16], headline[32];
	struct buf value;
};

extern struct step script[PARTITIONS][EACH];
extern const char script_topic[];

/* The even versions; a bad step is one that it cannot tell. */
extern const char script_where[];

/* poison: a headline that the store refuses; NULL: there is none. */
void script_write(const char *poison);

/* What is to become of a step. */
enum fate { FATE_STORED, FATE_PASSED, FATE_DEAD };
struct script_run {
	bool where;        /* script_where is asked */
	bool keeps_newest; /* a state sink */
	bool takes_any;    /* what is no article too */
	bool events;       /* shows those alone: an article without any is not there */
};
enum fate script_fate(const struct script_run *run, const struct step *s);

/* The lines that should be there at the end: see sink_line_*(). */
void script_expect(const struct script_run *run, struct buf *out);

/* The lines that may be there on the way: no other article, and none in part. */
void script_allow(const struct script_run *run, struct buf *out);

/* An append sink's records, a state sink's articles and tombstones, in any order. */
void sink_line_record(struct buf *out, int partition, int64_t offset);
void sink_line_article(struct buf *out, const char *uri, const char *version,
		       const char *headline, int events, int actors);
void sink_line_tombstone(struct buf *out, const char *uri, const char *version);

unsigned script_dice(unsigned *seed, unsigned sides);

#endif
