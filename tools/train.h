/*
 * The trainer: treebank to lexicon/english.model.  tools/train.c says in which
 * order; each other file makes one section of the model.  One seed, the same
 * model on the same machine.
 */
#ifndef TOOLS_TRAIN_H
#define TOOLS_TRAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "language/conllu.h"
#include "language/model.h"
#include "language/spelling.h"

struct options {
	const char *tables;      /* directory of vectors.tsv and clusters.tsv */
	const char *train, *dev; /* CoNLL-U, plain or gzipped */
	const char *tagged;      /* news with tags alone; NULL: none */
	const char *out;
	int words;  /* vectors kept */
	int epochs; /* over the treebank, for the net */
	uint64_t seed;
	const char *lexicon;
	const char *names[8], *names_dev[8]; /* JSON Lines with the gold */
	int name_sets, name_devs, name_epochs;
};

/* Randomness: xorshift64*. */
struct rng {
	uint64_t s;
};
static inline uint32_t
rng_next(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return (uint32_t)((r->s * 0x2545f4914f6cdd1dull) >> 32);
}
static inline float
rng_unit(struct rng *r) /* [0, 1) */
{
	return (float)(rng_next(r) >> 8) * (1.0f / 16777216.0f);
}

/* Keys to rows 0, 1, 2 ..., in order of coming. */
struct keys {
	uint64_t *slot_key, *key; /* key[row] */
	int *slot_row;
	int count, room, slots;
};
int keys_find(const struct keys *k, uint64_t key); /* -1 */
int keys_put(struct keys *k, uint64_t key);

/* Names to numbers: tags, relations. */
struct labels {
	const char **name;
	int count;
};
int labels_find(const struct labels *l, const char *name); /* -1 */
int labels_put(struct labels *l, const char *name);

struct treebank {
	struct conllu_sentence *sentences;
	int count, words;
};
void treebank_read(struct treebank *t, const char *path, struct arena *arena);
/* Copies of some sentences as headlines and in capitals, put behind the others. */
void treebank_add_copies(struct treebank *t, uint64_t seed, struct arena *arena);
extern const char headline_mark[]; /* the comments of the first kind */
char *with_capitals(const char *form, bool all, struct arena *arena);
/* Token, XPOS and a name's label in lines of three columns: no trees, no UPOS. */
void treebank_read_tagged(struct treebank *t, const char *path, struct arena *arena);
/* The tagged sentences, and what the treebank would have if it were news. */
void treebank_add_news(struct treebank *t, const struct treebank *tagged, uint64_t seed,
		       struct arena *arena);

/* The relation without its subtype: what is scored. */
bool same_relation(const char *a, const char *b);

enum { VECTOR = 50, WORD_UNKNOWN = 0, WORD_ROOT = 1, WORD_ROWS = 2 };

/* What training knows of words. */
struct vocabulary {
	struct keys words;    /* rows WORD_ROWS ... of vectors */
	signed char *vectors; /* [row][VECTOR], 32 to one */
	struct classes classes;
	struct keys parts; /* rows of the net's second table */
	struct labels tags, relations;
	int *xpos_of_tag; /* the first tag with the same XPOS */
};
void vocabulary_read(struct vocabulary *v, const struct options *o); /* the tables */
void vocabulary_learn(struct vocabulary *v, const struct treebank *train);

/* A token as the net takes it: rows, -1 for none. */
struct item {
	int word, part[SPELLING_PARTS];
	int tag, xpos, head,
	    relation; /* head: 0 is the root, 1 the first word; -1: not
			     * known; xpos: the first tag that has it, where the tag
			     * itself is not known */
};
void vocabulary_item(const struct vocabulary *v, const struct token *t, bool headline,
		     struct item *item);

/* tools/train_net.c */
struct net;
struct net *net_train(const struct vocabulary *v, const struct treebank *train,
		      const struct treebank *dev, const struct options *o);
void net_write(const struct net *n, const struct vocabulary *v, struct model_builder *m);

/* tools/train_split.c */
void
split_train(const struct vocabulary *v, const struct treebank *train,
	    const struct treebank *dev, const struct options *o, struct model_builder *m);

/* tools/train_morph.c */
void morph_train(const struct treebank *t, const struct options *o,
		 struct model_builder *m);

/* tools/train_names.c: adds the sections of names to the model at o->out. */
void names_train(const struct options *o);

/* tools/train_write.c: pieces of a section, each at a multiple of 64. */
void section_put(struct buf *b, const void *bytes, size_t n);
/* w is [columns][rows] as it was trained: in, out.  bias may be NULL; `point` bits behind
 * its point; input_max is what an input can be at most. */
void matrix_put(struct buf *out, const float *w, const float *bias, int rows, int columns,
		int point, double input_max);

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
