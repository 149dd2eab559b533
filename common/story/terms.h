/*
 * An article as weighted terms.  A term is a number: its kind in the top
 * bits, then a hash of its text (Weinberger et al. 2009, feature hashing), so
 * that no table of words grows with the stream, and a term means the same
 * after a restart and in another process.
 */
#ifndef STORY_TERMS_H
#define STORY_TERMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct enriched;

enum term_kind {
	TERM_WORD,   /* of headline and body, by its stem */
	TERM_TITLE,  /* of the headline, or of the first sentence */
	TERM_NAME,   /* a word of a person's or an organisation's name */
	TERM_PLACE,  /* a place, by its name and by its country */
	TERM_NUMBER, /* as written; dead, hurt and arrested by their sum */
	TERM_EVENT,  /* type, and type with who, whom and where */
	TERM_KINDS
};

enum { TERMS_MOST = 2048 }; /* of an article */
enum { TERM_KIND_BITS = 3, TERM_HASH_BITS = 21, TERM_BITS = 24 };

static inline enum term_kind
term_kind(uint32_t id)
{
	return (enum term_kind)(id >> TERM_HASH_BITS);
}

struct term {
	uint32_t id;
	float weight;	  /* how often */
	const char *text; /* for people */
};

struct terms {
	struct term *items; /* by id */
	size_t count;
};

uint32_t term_id(enum term_kind kind, const char *text, size_t n);

/* The stem of a word in small letters; gives its length. */
size_t term_stem(char *word, size_t n);

/* All terms of the article, in its arena, with how often each occurs. */
int
terms_read(struct terms *t, const struct enriched *e, struct arena *arena, struct err *err)
	MUST_CHECK;

#endif
