/*
 * The words that queries ask for, numbered, and where they stand in a text.
 *
 * A word is a run of letters and digits, folded: small letters, no accents;
 * in scripts without spaces each character is one.  Query and text are cut
 * the same way, so U.S. in either is two words side by side.
 */
#ifndef ALERT_TERMS_H
#define ALERT_TERMS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"

enum { TERM_BYTES = 64, TERMS_MOST = 1 << 20 };

struct terms {
	struct map words, prefixes; /* to number + 1; keys in the arena of who asked */
	uint64_t lengths;           /* of the prefixes, in bytes */
	size_t count;
	struct term_use {
		int size; /* bytes */
		int uses; /* how often queries have it */
	} * items;        /* by number */
};

/*
 * How bad it is to look for rules by a term: short words stand everywhere,
 * and of a word that many rules have each finds all of them.
 */
long term_weight(const struct terms *t, int term);

void terms_init(struct terms *t);
void terms_release(struct terms *t);

/* The folded word at *p, which is put behind it; its size, 0: there is none before end.
 */
size_t term_next(const char **p, const char *end, char word[TERM_BYTES]);

/* The number of a folded word, new or not; -1: there are too many. */
int terms_add(struct terms *t, const char *word, size_t n, bool is_prefix,
	      struct arena *arena);

/* Where each term stands in a record: positions of words, rising. */
struct places {
	int *at;
	size_t count, room;
};
struct scan {
	const struct terms *terms;
	struct places *places; /* by number */
	int *found; /* numbers that stand somewhere, in the order of the text */
	size_t found_count;
	int next;
};

void scan_init(struct scan *s, const struct terms *t); /* terms stay as they are now */
void scan_release(struct scan *s);
void scan_reset(struct scan *s);

/* Positions go to the arena: check it.  What one text ends with is far from the next. */
void scan_text(struct scan *s, const char *text, size_t n, struct arena *arena);

#endif
