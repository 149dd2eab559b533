/*
 * What the files of the publisher share: publish.c has batches and their
 * transactions, publish_file.c what becomes of one file, publish_record.c the
 * records that say so.
 */
#ifndef SPOOL_PUBLISH_PARTS_H
#define SPOOL_PUBLISH_PARTS_H

#include "format/format.h"
#include "spool/batch.h"
#include "spool/publish.h"
#include "spool/whole.h"
#include "time/clock.h"

enum { HEX = 65 };

/* A file of the batch in hand, to put it back or to say what became of it. */
struct taken {
	struct inbox_file file;
	const char *rejected; /* why */
	struct taken *next;
};

struct publisher {
	struct publish_conf conf;
	struct bus *bus;
	struct bus_member *member;
	struct ledger *ledger;
	struct ledger_start start;
	struct batch batch; /* of one file, */
	struct arena arena; /* as this is */
	struct arena names; /* of the files in the transaction */
	struct whole whole;
	struct buf inflated, text, key;
	struct taken *taken;
	struct publish_counts counts;
	bool open; /* a transaction on the bus: */
	struct mono began;
	size_t files, bytes;
	bool stale; /* the cache may be behind the topic */
	long alone; /* so many batches of one file, to find what the bus refuses */
	char *refused, *refused_why;
	char *articles, *deadletter, *id, *source, *stage;
};

/* The file in hand. */
struct work {
	struct publisher *p;
	struct inbox *inbox;
	struct taken *taken;
	const char *path;
	size_t size;
	bool asked, racy;
	struct ledger_request request; /* where it was asked for; in the batch's arena */
	int known;                     /* ledger_find()'s answer */
	struct ledger_row row;         /* its strings in the batch's arena */
	char sha256[HEX];              /* "" where the file is too large for one */
	const struct parsed *parsed;
};

/* ---- publish_file.c ---- */

/* Looks at a file and puts what is to be said of it into the batch and the ledger. */
int publish_look_at(struct publisher *p, struct inbox *inbox, struct taken *t,
		    struct err *err) MUST_CHECK;

/* ---- publish_record.c ---- */

/* A key of the ledger's topic; lives until the next call. */
struct buf *publish_key(struct publisher *p, char kind, const char *rest, size_t n);
int publish_add(struct publisher *p, const char *topic, const struct buf *k,
		const struct buf *value, struct err *err) MUST_CHECK;

struct ledger_file
publish_outcome(const struct work *w, enum ledger_state state, const char *reason);

/* The row goes to the topic, and into the cache as if it were there already. */
int publish_say(struct work *w, const struct ledger_file *f, struct err *err) MUST_CHECK;

/* Done: what was asked of this file need not be asked again. */
int publish_answer(struct work *w, struct err *err) MUST_CHECK;

/* `reason` is a word; what is no file at all has no bytes for a letter. */
int publish_reject(struct work *w, const char *reason, const char *why,
		   struct err *err) MUST_CHECK;

/* The article that was parsed, as the next version of its uri. */
int publish_article(struct work *w, struct err *err) MUST_CHECK;

#endif
