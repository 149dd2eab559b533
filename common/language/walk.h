/*
 * Walking the trees of a document: children, the words below a word, and who
 * the subject of a verb is, also where it stands with another verb.
 */
#ifndef LANGUAGE_WALK_H
#define LANGUAGE_WALK_H

#include "base/arena.h"
#include "language/document.h"

struct walk {
	const struct token *t;
	int count;
	int *child, *next;  /* the first child, the next of the same head; -1 */
	int *left, *right;  /* the first and last token at or below a token */
	int *begin, *end;   /* its sentence's tokens: [begin, end) */
};

/* False where the arena runs full. */
bool walk_read(struct walk *s, const struct token *tokens, size_t count,
		 const struct sentence *sentences, size_t sentence_count,
		 struct arena *arena);

/* The relation, or one of its subtypes: "nsubj" is also nsubj:pass. */
bool walk_is(const struct walk *s, int token, const char *relation);
bool walk_has(const struct walk *s, int token, const char *feature);
bool walk_under(const struct walk *s, int token, int above); /* or the same */

int walk_child(const struct walk *s, int head, const char *relation); /* -1 */

/* A verb, or what a copula or a subject makes a clause of. */
bool walk_is_clause(const struct walk *s, int token);
int walk_clause(const struct walk *s, int token); /* the nearest, itself included */

/*
 * Who does what the verb says: its own subject, that of the verb that it is
 * joined to, the noun that "who" stands for.  -1: nobody is named, as in the
 * passive without "by", or the subject is an empty "it".
 */
int walk_subject(const struct walk *s, int verb);

/* Whom it quotes: quoted X as saying; X was quoted. -1 */
int walk_quoted(const struct walk *s, int verb);

/* A word of a relative clause for the noun that it speaks of: who, which, that. -1 */
int walk_relative(const struct walk *s, int token);

#endif
