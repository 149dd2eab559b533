/*
 * What a replay leaves in the records: its mark on each record that it sends
 * (the header nw-replay), and its state, the value of replay/ID in
 * PREFIX.state, written in the transaction of what it says.
 *
 * A replay's id comes from its line: the same line again is the same replay,
 * which goes on where it was.  How fast it goes, for whom and why are no part
 * of that.  All parsed text is the arena's.
 */
#ifndef RECORD_REPLAY_H
#define RECORD_REPLAY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "record/names.h"

/* ---- the header nw-replay ---- */

struct replay_mark {
	const char *id, *reason, *by; /* reason NULL: absent */
	struct names effects; /* sinks that append and are to take it all the same */
};

void replay_mark_print(const struct replay_mark *m, struct buf *out);

/* Whether the mark is that of this replay. */
bool replay_mark_is(const void *header, size_t n, const char *id);

/* Whether the mark on a record names this sink; a mark that is none of ours names nobody.
 */
bool replay_mark_names(const void *header, size_t n, const char *sink);

/* ---- the state ---- */

enum replay_status { REPLAY_RUNNING, REPLAY_DONE, REPLAY_CANCELLED };

/* What the user asked for.  NULL: not asked. */
struct replay_line {
	const char *source;  /* a topic, or a directory or file of an archive */
	const char *into;    /* a topic, or sink:NAME */
	const char *through; /* the worker that makes something else of each record */
	const char *from, *to, *event_from, *event_to; /* as given */
	const char *where, *keys;                      /* keys: sha-256 of the list */
	long limit;                                    /* 0: none */
	struct names effects;
};

/* A partition's stretch, fixed at the start: from its first offset up to, not with, end.
 */
struct replay_place {
	int partition;
	long from, next, end;
};

/* Where the target's partition ended before the first record was sent. */
struct replay_start {
	int partition;
	long offset;
};

struct replay_state {
	const char *kind, *id, *at; /* kind: "replay" */
	enum replay_status status;
	struct replay_line line;
	const char *reason, *by, *started; /* reason NULL: absent */
	struct replay_place *places;
	size_t place_count;
	struct replay_start *starts;
	size_t start_count;
	long read, sent; /* records */
	long rejected;   /* to the dead letters */
};

/* The first 12 digits of the line's sha-256. */
#define REPLAY_ID 13
void replay_line_id(const struct replay_line *line, char id[REPLAY_ID]);

void replay_state_print(const struct replay_state *s, struct buf *out);
int replay_state_parse(struct replay_state *s, const char *json, size_t n,
		       struct arena *arena, struct err *err) MUST_CHECK;

/* ---- what is asked of one that runs: the value of replay/ID/ask ---- */

enum replay_wish { REPLAY_GO_ON, REPLAY_PAUSE, REPLAY_CANCEL };

void replay_ask_print(const char *id, enum replay_wish wish, struct buf *out);
int replay_ask_parse(enum replay_wish *wish, const char *json, size_t n,
		     struct arena *arena, struct err *err) MUST_CHECK;

/* The id in a key of PREFIX.state; NULL: no replay's.  *asks: it is replay/ID/ask. */
const char *replay_key_id(const void *key, size_t n, bool *asks, struct arena *arena);

#endif
