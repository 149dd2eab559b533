/*
 * A boolean question to the words of an article:
 *
 *	("missile" NEAR/5 test*) AND NOT exercise
 *
 * Words side by side must all be there; OR binds weakest, then AND, then NOT,
 * then NEAR.  Parsed once into the arena; asked of a scan.
 */
#ifndef ALERT_QUERY_H
#define ALERT_QUERY_H

#include <stdbool.h>

#include "alert/terms.h"
#include "base/err.h"

enum { QUERY_NEAR_MOST = 500, QUERY_DEPTH = 32, QUERY_NEEDS = 64 };

enum query_kind {
	QUERY_PHRASE, /* terms side by side; a word is one of one */
	QUERY_NEAR,   /* each item within its distance of the one before */
	QUERY_AND,
	QUERY_OR,
	QUERY_NOT,
};

struct query {
	enum query_kind kind;
	const int *terms; /* of a phrase */
	size_t count;
	int within;                 /* of an item of NEAR: words from the one before */
	struct query *items, *next; /* items: of all but a phrase */
};

/*
 * ERR_USAGE says what is wrong, and *at the byte where.  Terms that it needs are
 * added to t.
 */
int query_parse(const struct query **query, const char *text, size_t n, struct terms *t,
		struct arena *arena, size_t *at, struct err *err) MUST_CHECK;

/* Room that it needs is taken from the arena and given back. */
bool query_holds(const struct query *q, const struct scan *s, struct arena *arena);

/*
 * Terms one of which every text has of which the query holds: at most `room`
 * in terms, those of the least weight that are found.  0: there are none, or too many.
 */
size_t query_needs(const struct query *q, const struct terms *t, int *terms, size_t room);

/* The same of another part of an AND or a NEAR: one that does not need term `but`. */
size_t query_needs_too(const struct query *q, const struct terms *t, int but, int *terms,
		       size_t room);

#endif
