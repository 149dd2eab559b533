/*
 * The net, at work: a sentence's words to a tag for each, and scores of each
 * word as the head of each other.  What it is made of and how it was trained
 * is in docs/language.md and tools/train_net.c.  All in whole numbers: the
 * same answers on every machine.
 */
#ifndef LANGUAGE_NET_H
#define LANGUAGE_NET_H

#include "base/arena.h"
#include "language/document.h"
#include "language/matrix.h"
#include "language/model.h"
#include "language/spelling.h"

/* A longer sentence is read in pieces. */
enum { NET_WORDS = 127, NET_PLACES = NET_WORDS + 1, NET_LAYERS = 2, NET_FAR = 16 };

struct net_layer {
	struct matrix x[2], h[2]; /* from the input; from the word before: both ways */
};

struct net {
	struct keyed words, parts;
	struct classes classes;
	int input, hidden, arc, relation; /* widths */
	int word_shift, part_shift;       /* of their rows, to 10 bits */
	struct net_layer layer[NET_LAYERS];
	struct matrix tag, arc_head, arc_word, arc_pair, relation_head, relation_word,
	    relations;
	const int16_t *arc_prior; /* [arc] */
	const int32_t *far;       /* [NET_FAR] */
	const int16_t *curve[2];  /* sigmoid, tanh */
	int tags, relation_count;
};

int net_open(struct net *n, const struct model *m, int tags, int relations,
	     struct err *err) MUST_CHECK;

/* All that is seen of a word by itself, its class too; no headline's mark. */
void net_spelling(const struct net *n, const struct token *t, struct spelling *s);

/* What the net made of a sentence; place 0 is the root, place i the i-th word. */
struct net_reading {
	int places;
	const int16_t *low, *top; /* [places][2 * hidden]: each word in its sentence */
	int32_t *tag;             /* [places][tags up to 16]: scores */
	int32_t *arc; /* [word][head], NET_PLACES wide: 16 bits behind the point */
	const int32_t *from_head, *from_word; /* for net_relation */
};

/* count: 1 to NET_WORDS.  NULL where the arena ran full. */
struct net_reading *net_read(const struct net *n, const struct token *t, int count,
			     bool headline, struct arena *arena);

/*
 * The best relation of the word at place `word` to its head, by number; `never`
 * has a row for each relation, NULL: any may be.
 */
int net_relation(const struct net *n, const struct net_reading *r, int word, int head,
		 const bool *never);

#endif
