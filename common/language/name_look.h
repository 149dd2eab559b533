/*
 * What the model of names is asked with: keys of all that can be seen of a
 * token, of its neighbours, of the tables and of the rest of the article.
 * Training and reading both ask here, so they cannot disagree.
 */
#ifndef LANGUAGE_NAME_LOOK_H
#define LANGUAGE_NAME_LOOK_H

#include "language/reader.h"

enum { LOOK_KEYS = 96 };

struct atoms;
struct look {
	const struct reader *r;
	const struct way **way;  /* [token]: of the longest table name over it, or NULL */
	unsigned char *table;    /* [token]: its kind and the token's place in it */
	uint16_t *article;       /* [token]: what the word is elsewhere in the article */
	bool *asked;             /* [token]: it may be a part of a name */
	struct atoms *atoms;     /* of the sentence that was entered last */
	int first, count, room;
};

/* Walks the article; false where the arena ran full. */
bool look_init(struct look *l, const struct reader *r);
/* Before a sentence's tokens are looked at. */
bool look_enter(struct look *l, const struct sentence *s);
/* The keys of a token of that sentence; returns how many. */
int look_keys(const struct look *l, int token, uint64_t key[LOOK_KEYS]);

/* The end of the longest table name from token a on, or a; *found is its first way. */
int table_name(const struct reader *r, int a, int end, const struct way **found);

#endif
