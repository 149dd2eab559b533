/*
 * What alerts must remember, kept in memory and, as small records by key, in
 * news.state: each change is sent in the transaction of what it belongs to,
 * and undone in memory when that is aborted.
 *
 *	memory_put(m, &memo)		changes it and sends the change
 *	memory_committed(m)		what was changed stands
 *	memory_aborted(m)		or never was
 *
 * One thread.
 */
#ifndef ALERT_MEMORY_H
#define ALERT_MEMORY_H

#include "alert/when.h"
#include "base/buf.h"
#include "base/map.h"
#include "bus/bus.h"

enum memo_kind {
	MEMO_TOLD,   /* alert/told/ID: of a subject */
	MEMO_RULE,   /* alert/rule/NAME: its clocks */
	MEMO_SOURCE, /* alert/source/CODE: when it was heard last */
	MEMO_HELD,   /* alert/held/ID: an alert that waits for the digest */
	MEMO_DUE,    /* alert/due/ID: an alert that nobody has acknowledged */
	MEMO_MUTE,   /* mute/NAME: of a rule; written by others */
	MEMO_EFFECT, /* effect/CHANNEL/ID: what became of a sending */
	MEMO_KINDS,
};

enum { MEMO_ID_BYTES = 256 };

/* Strings are the memory's own; memory_put() borrows and copies. */
struct memo {
	enum memo_kind kind;
	const char *id;
	const char *rule; /* of a subject, a held or due alert; else NULL */
	struct told told; /* of a subject */
	const char *last; /* time: what it was put at */
	const char
	    *until; /* a rule is silent, a mute lasts (NULL: for ever), an alert is due */
	bool active;        /* a rule has told, and not yet that it is over */
	const char *recent; /* of a rule with `needs`: seconds of its latest matches */
	const char *alert;  /* held or due: its JSON */
	const char *by;     /* who muted */
	const char *status, *why; /* of a sending: intent, done, failed, refused, held */
};

struct memory;

/* How a change leaves: a record of the state's topic. */
struct memory_out {
	int (*send)(void *arg, const struct bus_record *r, struct err *err);
	void *arg;
};

struct memory *memory_new(const char *topic); /* borrows */
void memory_free(struct memory *m);
void memory_clear(struct memory *m);

/* A record of the topic as another has written it, or we ourselves; others' are passed.
 */
int
memory_learn(struct memory *m, const struct bus_record *r, struct err *err) MUST_CHECK;

const struct memo *
memory_get(const struct memory *m, enum memo_kind kind, const char *id);
int memory_put(struct memory *m, const struct memo *memo, const struct memory_out *out,
	       struct err *err) MUST_CHECK;
int memory_drop(struct memory *m, enum memo_kind kind, const char *id,
		const struct memory_out *out, struct err *err) MUST_CHECK;
void memory_committed(struct memory *m);
void memory_aborted(struct memory *m);

/*
 * All of a kind: *at is 0 before the first; NULL: no more.  What is put or
 * dropped meanwhile spoils nothing.
 */
const struct memo *memory_next(const struct memory *m, enum memo_kind kind, size_t *at);
size_t memory_count(const struct memory *m, enum memo_kind kind);

#endif
