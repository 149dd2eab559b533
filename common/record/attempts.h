/*
 * What dead letters say in JSON: the header nw-dlq-history with all attempts,
 * and the value of `dlq/ID` in the topic of states.  Both come from a topic
 * that anybody may write to.
 */
#ifndef RECORD_ATTEMPTS_H
#define RECORD_ATTEMPTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct attempt {
	const char *at, *stage, *reason, *text; /* NULL: it does not say */
};

/* [..., {"at", "stage", "reason", "text"}], oldest first.  What is no list before (NULL
 * too) is left behind. */
void attempts_add(struct buf *out, const char *before, const struct attempt *a);

/* In the arena; none where the text is no list.  ERR_REJECT: they do not fit. */
int attempts_parse(const char *json, size_t n, struct attempt **attempts, size_t *count,
		   struct arena *arena, struct err *err) MUST_CHECK;

enum letter_state { LETTER_NEW, LETTER_RETRIED, LETTER_DROPPED };

const char *letter_state_name(enum letter_state state);
int letter_state_find(const char *name, enum letter_state *state); /* -1: no such name */

/* {"kind": "dlq", "id", "at", "state", "to"}; to: where it was sent; may be NULL. */
void letter_state_print(struct buf *out, const char *id, enum letter_state state,
			int64_t at_ms, const char *to);
int letter_state_parse(enum letter_state *state, const char *json, size_t n,
		       struct err *err) MUST_CHECK;

#endif
