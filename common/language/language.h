/*
 * An article to something that patterns can match: sentences, tokens, names,
 * times, quotes.  Knows no Kafka.  A `language` is read at start, never
 * changes and may be used by any thread; a `document` lives in the arena.
 */
#ifndef LANGUAGE_LANGUAGE_H
#define LANGUAGE_LANGUAGE_H

#include "record/enriched.h"

struct language;

/*
 * Words as Universal Dependencies' English treebanks cut them: do n't, state
 * - run, U.S., $ 5.  A form is always a piece of the text, so the tokens of a
 * sentence and the blanks between them are the sentence.
 */
struct token {
	const char *form; /* as in the text; NUL-ended */
	const char
	    *norm; /* folded quotes, accents and case: what tables are asked with */
	const char *lemma, *upos, *xpos,
	    *deprel; /* NULL until the language core sets them */
	int head;    /* index in the document, -1: root or none */
	int start,
	    end; /* code points, of body_text or, in a headline's sentence, of headline */
	int byte;        /* where that begins in bytes; strlen(form) long */
	bool blank;      /* follows a blank */
	int entity;      /* index into entities, -1 */
	int time, quote; /* index, -1 */
};

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

struct sentence {
	int first, count; /* tokens */
	int start, end, paragraph;
	bool in_headline;
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

struct language *language_new(const char *lexicon, struct err *err); /* NULL on error */
void language_free(struct language *l);

/* The span of tokens [first, last] of one sentence; its text is in the arena. */
struct span
document_span(const struct document *d, int first, int last, struct arena *arena);
int document_sentence(const struct document *d,
		      int token); /* index of the token's sentence */

/* Other languages than English give sentences and tokens only. */
int language_read(const struct language *l, const struct article *a, struct document *d,
		  struct arena *arena, struct err *err) MUST_CHECK;

#endif
