/*
 * A paragraph to sentences and tokens.  Between any two characters stands one
 * of four things; a linear model looks at what is around and says which.
 * Where letters run on, or small words follow each other, nothing is asked;
 * addresses and dates in figures stay whole, a dash stands alone.
 */
#ifndef LANGUAGE_SPLIT_H
#define LANGUAGE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "language/model.h"

enum split {
	SPLIT_INSIDE, /* of a token */
	SPLIT_JOINED, /* two tokens, one written word: do+n't */
	SPLIT_TOKEN,
	SPLIT_SENTENCE,
	SPLITS,
};

/* A longer paragraph is read in pages; a longer run without blanks is cut. */
enum {
	SPLIT_PAGE = 1 << 16,
	SPLIT_RUN_MAX = 1000,
	SPLIT_MARGIN = 4,
	SPLIT_FEATURES = 48
};

/* A page of text as code points; the arrays may be asked SPLIT_MARGIN beyond either end.
 */
struct split_page {
	int n;
	uint32_t *c; /* quotes and dashes of one kind */
	char *kind;  /* a, A, 0, blank, the character itself, or one for all others */
	int *at;     /* bytes; at[n] is the page's size */
};
/* Room for pages of a text of n bytes; false where the arena ran full. */
bool split_page_init(struct split_page *p, size_t n, struct arena *arena);
/* Reads as much of the text as a page holds. */
void split_page_read(struct split_page *p, const char *text, size_t n);

struct splitter {
	struct classes runs; /* cannot, gonna: how many characters the first part has */
	struct classes classes; /* of words, for what follows a stop */
	const signed char *w;   /* [1 << bits][SPLITS] */
	int bits;
};
int splitter_open(struct splitter *s, const struct model *m, struct err *err) MUST_CHECK;

/* What has been decided so far, as far as it matters. */
struct split_state {
	int token;            /* where the token in hand begins */
	int before[2][2];     /* the two tokens before it: from, to */
	int tokens;           /* of the sentence in hand, complete ones */
	int quotes, brackets; /* open in it */
	bool shouts;          /* the page has no small letters */
};
void split_begin(struct split_state *s, const struct split_page *p);
/* The boundary before character i is this: goes on. */
void
split_decide(struct split_state *s, const struct split_page *p, int i, enum split what);

/* What is known of the run of characters in hand; begin with zeros. */
struct split_run {
	int cut;                      /* where its letters are cut: can|not; 0: nowhere */
	int to;                       /* its end */
	int from_address, to_address; /* nothing in an address is cut */
};

/* True if the boundary must be asked for; else *what is what it is. */
bool split_asks(const struct splitter *s, const struct split_page *p, int i,
		struct split_run *run, enum split *what);

/* Rows of the boundary's features; how many. */
int split_features(const struct splitter *s, const struct split_page *p,
		   const struct split_state *state, int i, uint32_t row[SPLIT_FEATURES]);

/* The boundary before character i, 0 < i < n, which is no blank. */
enum split split_boundary(const struct splitter *s, const struct split_page *p,
			  const struct split_state *state, int i, struct split_run *run);

#endif
