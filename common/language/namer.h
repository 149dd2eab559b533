/*
 * The model of names: for a run of tokens that may be names, whether each
 * begins, goes on in or is none of a person, organisation, place or other
 * name.  A row of numbers for each thing that is seen of a token
 * (name_look.h), a small net over the parser's view of it, and how labels
 * follow each other; the best run of labels as a whole.  docs/language.md has
 * the method, tools/train_names.c makes it.  All in whole numbers.
 */
#ifndef LANGUAGE_NAMER_H
#define LANGUAGE_NAMER_H

#include "base/arena.h"
#include "language/document.h"
#include "language/matrix.h"
#include "language/model.h"

/* 0: no name; 1 + 2 * type: it begins; 2 + 2 * type: it goes on. */
enum { LABELS = 9, NAMER_WIDTH_MAX = 128 };

struct namer {
	struct keyed rows;
	int row_shift; /* of a row's numbers, to 20 bits behind the point */
	int width;     /* of the net */
	struct matrix low, top, out;
	struct classes people;
	const int32_t *move; /* [LABELS][LABELS]: from, to */
};

int namer_open(struct namer *n, const struct model *m, int wide,
	       struct err *err) MUST_CHECK;

/* Given (1) and family names (2) of people everywhere are a section of the model too. */
uint64_t namer_person_key(const char *norm);

bool token_is_capital(const struct token *t);

/*
 * Whether a token of a sentence is looked at: names begin at a word with a
 * capital, or with the tag of one; what joins them stands beside it.
 */
bool namer_asks(const struct token *t, int count, int i);
/* What the net makes of a token's two layers: `width` numbers. */
void namer_view(const struct namer *n, const int16_t *low, const int16_t *top,
		unsigned char *view);
/* Scores of one token's labels; view NULL: nothing was seen. */
void namer_score(const struct namer *n, const unsigned char *view, const uint64_t *key,
		 int keys, int32_t score[LABELS]);
/* The best labels for a run; its neighbours are no names.  False: a full arena. */
bool namer_best(const struct namer *n, const int32_t (*score)[LABELS], int count,
		signed char *label, struct arena *arena);

#endif
