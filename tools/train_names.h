/* What the two halves of the training of names share: texts, and what is learnt. */
#ifndef TOOLS_TRAIN_NAMES_H
#define TOOLS_TRAIN_NAMES_H

#include "language/namer.h"
#include "tools/train.h"

/* One token that may be a part of a name. */
struct name_token {
	int *rows, row_count; /* of the keys that are seen often enough */
	int16_t *low, *top;   /* the parser's layers */
	unsigned allowed;     /* bits of labels: all that the set may mean */
	int label;            /* of the gold; -1: it does not say */
};

/* A run of them; both its neighbours are no names. */
struct name_run {
	struct name_token *tokens;
	int count;
};

struct name_set {
	const char *name;
	struct name_run *runs;
	int count, room, gold[4], lost; /* names; those that no run holds */
	bool for_training;
};

struct name_keys {
	struct keys keys;
	int *seen;
	int room;
};

struct name_reader; /* the parser, the tables */
/* tables NULL: people's names are those that the model has. */
struct name_reader *
name_reader_new(const char *model, const char *lexicon, const char *tables);
const struct classes *name_reader_people(const struct name_reader *n);
int name_reader_wide(const struct name_reader *n);
const struct model *name_reader_model(const struct name_reader *n);
/* Keys of a set for training are counted, those of others only looked up. */
void name_set_read(struct name_reader *n, struct name_set *set, const char *path,
		   struct name_keys *keys);
/* Rows that are seen less often than `least` go; the others are counted anew. */
void name_sets_prune(struct name_set *sets, int count, struct name_keys *keys, int least);

#endif
