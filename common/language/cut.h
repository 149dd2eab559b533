/* A run of text without blanks, cut into words as UD's English treebanks cut them. */
#ifndef LANGUAGE_CUT_H
#define LANGUAGE_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "language/words.h"

/* A longer run is cut here, wherever that is: the work for one word stays bounded. */
enum { CHUNK_MAX = 1000 };

struct chunk {
	int n;                     /* code points */
	uint32_t c[CHUNK_MAX + 1]; /* 0 at the end */
	int at[CHUNK_MAX + 1];     /* bytes from the chunk's start; at[n] is its length */
	uint32_t next;             /* what stands behind the blank: No. 5 is no end */
	int count;
	int ends[CHUNK_MAX + 1]; /* of its tokens, in code points */
};

/* Reads code points up to a blank or the end; a byte that is no UTF-8 counts as one. */
void chunk_read(struct chunk *k, const char *text, size_t n);
void chunk_cut(struct chunk *k, const struct words *w);

bool char_is_blank(uint32_t c);
bool char_is_quote(uint32_t c); /* double quotes of all styles; no apostrophes */
bool char_is_apostrophe(uint32_t c);

#endif
