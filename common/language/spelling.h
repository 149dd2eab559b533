/*
 * What can be seen of a word by itself: the keys under which a model's tables
 * know it and its parts.  Training and parsing both ask here, so they cannot
 * disagree.
 */
#ifndef LANGUAGE_SPELLING_H
#define LANGUAGE_SPELLING_H

#include <stddef.h>
#include <stdint.h>

enum spelling_part {
	SPELLING_FORM,   /* as written */
	SPELLING_SHAPE,  /* Xx, X.X., d-d */
	SPELLING_FIRST1, /* of the folded form: its first letters, its last */
	SPELLING_FIRST2,
	SPELLING_FIRST3,
	SPELLING_LAST1,
	SPELLING_LAST2,
	SPELLING_LAST3,
	SPELLING_LAST4,
	SPELLING_CLASS, /* of the word: a class that was learnt elsewhere, and its roots
			 */
	SPELLING_CLASS6,
	SPELLING_CLASS4,
	SPELLING_HEADLINE, /* of all words of a headline */
	SPELLING_PARTS,
};

/* Keys are never 0; 0 stands for a part that a word does not have. */
struct spelling {
	uint64_t word;    /* folded: its vector, */
	uint64_t pattern; /* or where it has none, that of its digits as 0 */
	uint64_t part[SPELLING_PARTS];
};

/* All parts but the classes and the headline; norm is the folded form
 * (language/reader.h). */
void spelling_of(struct spelling *s, const char *form, const char *norm);

uint64_t spelling_key(int part, const char *bytes, size_t n);
void spelling_add_headline(struct spelling *s);
void spelling_add_class(struct spelling *s, unsigned class);

#endif
