/*
 * The vocabulary: every word that a table or a rule knows, by its folded
 * form, with the classes that it belongs to.  A token is looked up once; all
 * rules ask its word.
 */
#ifndef LANGUAGE_WORDS_H
#define LANGUAGE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"

enum word_class {
	WORD_TITLE = 1 << 0,    /* stands before a person's name: president, mr, gen */
	WORD_FIRST = 1 << 1,    /* a first name */
	WORD_PARTICLE = 1 << 2, /* inside names: al, bin, de, van */
	WORD_COMPANY = 1 << 3,  /* ends an organisation's name: inc, corp, ltd */
	WORD_BODY = 1 << 4,     /* ends or heads one: ministry, university, committee */
	WORD_FEATURE = 1 << 5,  /* of a place's name: river, province, mount */
	WORD_SAY = 1 << 6,      /* verbs of speech */
	WORD_COMMON = 1 << 7,   /* no name at a sentence's start */
	WORD_PLACE_BEFORE = 1 << 8, /* in, near: what follows is a place */
	WORD_MAN = 1 << 9,          /* first names and pronouns by gender */
	WORD_WOMAN = 1 << 10,
	WORD_OTHER = 1 << 11, /* capitalised, and yet no name of these types */
	/* Of lemmas: what a clause under it is said or thought, promised, claimed to be. */
	WORD_REPORT = 1 << 12, /* say, believe, find: that ... */
	WORD_INTEND = 1 << 13, /* promise, urge: to ... */
	WORD_CLAIM = 1 << 14,  /* nouns: the claim, hope, warning that ... */
	WORD_SURE = 1 << 15,   /* adjectives: sure, afraid that ... */
	WORD_SOURCE = 1 << 16, /* police, officials, study: who speaks in a headline */
	WORD_PERSON = 1 << 17, /* man, nurse, suspect: a person, and no title */
	WORD_EVENT = 1 << 18, /* ends the name of an event, a prize, a law: games, war */
};

struct word {
	const char *norm;
	uint32_t classes;
	uint32_t id;        /* > 0; 0 is every word that no table knows */
	unsigned char time; /* enum time_word */
	bool begins_time;   /* a rule for times begins with it */
	short value;
	const char *sectors; /* of an organisation that it heads; NULL */
	bool of_state;       /* and that is its country's own: ministry, army */
};

struct words {
	struct map map;
	struct word unknown;
	uint32_t count;
};

int words_read(struct words *w, const char *lexicon, struct err *err) MUST_CHECK;
void words_release(struct words *w);

/* The word of a folded form; &w->unknown if it is none. */
const struct word *words_find(const struct words *w, const char *norm, size_t n);

/* Adds it where it is new. */
struct word *words_add(struct words *w, const char *norm, size_t n);

#endif
