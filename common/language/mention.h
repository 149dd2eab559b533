/* Between finding names and gathering them into entities. */
#ifndef LANGUAGE_MENTION_H
#define LANGUAGE_MENTION_H

#include "language/reader.h"

enum mention_kind {
	MENTION_NAME,  /* of the type said */
	MENTION_WEAK,  /* one capitalised word: what it is depends on the rest of the
			  article */
	MENTION_OUGHT, /* as weak, and nothing at all where the article says no more */
};

struct mention {
	int first, last; /* tokens */
	enum entity_type type;
	enum mention_kind kind;
	const struct way *way; /* all things of this name; NULL: unknown */
	const struct thing *thing;
	const char *country; /* of a word beside it: Russian Foreign Ministry; NULL */
	const char *title;
	bool guessed; /* the type is only the likeliest for such words */
	int entity;
};

struct mentions {
	struct mention *items;
	size_t count, room;
	struct reader *r;
};

struct mention *
mention_add(struct mentions *m, int first, int last, enum entity_type type);

/* Finds names; those of sentences in capitals come last, looked up among the others. */
void names_find(struct mentions *m);
/* Chooses among things of one name, and gathers mentions into the document's entities. */
void names_gather(struct mentions *m);

#endif
