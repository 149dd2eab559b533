/*
 * An article to something that patterns can match: sentences, tokens, names,
 * times, quotes.  Knows no Kafka.  A `language` is read at start, never
 * changes and may be used by any thread; a `document` lives in the arena.
 */
#ifndef LANGUAGE_LANGUAGE_H
#define LANGUAGE_LANGUAGE_H

#include "language/document.h"
#include "record/enriched.h"

struct language;

/* What the tables know of an entity, beside its name, country and point. */
enum known_kind {
	KNOWN_NOTHING,     /* a name by its shape alone */
	KNOWN_COUNTRY,     /* Turkey */
	KNOWN_NATIONALITY, /* Turkish, Turks */
	KNOWN_SEAT,        /* a capital or seat that stands for its government: Seoul, the
			      Kremlin */
	KNOWN_PLACE,
	KNOWN_PERSON,
	KNOWN_ORGANISATION,
};
struct known {
	enum known_kind kind;
	struct names sectors; /* on the article's date: GOV, MIL, ELI ...; may be empty */
	const char
	    *title; /* that stood before a person's name: President, Gen. ...; NULL */
};

struct document {
	const struct article *article;
	const char *published; /* YYYY-MM-DD: the article's date; NULL if it has none */
	struct sentence *sentences;
	size_t sentence_count;
	struct token *tokens; /* of all sentences, in order; a headline's come first */
	size_t token_count;
	struct timex *times;
	size_t time_count;
	struct quote *quotes;
	size_t quote_count;
	struct entity *entities;
	size_t entity_count;
	struct known *known; /* one for each entity */
};

/* Reads the tables and the model, english.model, of a directory.  NULL on error. */
struct language *language_new(const char *lexicon, struct err *err);
void language_free(struct language *l);

/* The span of tokens [first, last] of one sentence; its text is in the arena. */
struct span
document_span(const struct document *d, int first, int last, struct arena *arena);
int document_sentence(const struct document *d,
		      int token); /* index of the token's sentence */

/* Other languages than English give sentences and tokens only: no tags, no heads. */
int language_read(const struct language *l, const struct article *a, struct document *d,
		  struct arena *arena, struct err *err) MUST_CHECK;

#endif
