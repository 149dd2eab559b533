/*
 * A sentence as a row of chunks: noun groups, verb groups and what parts
 * them, as its tree has them.
 */
#ifndef EVENT_CHUNK_H
#define EVENT_CHUNK_H

#include "event/lexicon.h"
#include "event/syntax.h"
#include "language/language.h"
#include "text/utf8.h"

enum chunk_kind {
	CHUNK_NOUN,
	CHUNK_VERB,
	CHUNK_PREP,
	CHUNK_AND,
	CHUNK_COMMA,
	CHUNK_SUB, /* because, when, that: a clause begins */
	CHUNK_REL, /* who, which, that: a clause about the noun before it */
	CHUNK_TIME,
	CHUNK_ADVERB,
	CHUNK_BREAK, /* ; : dashes, brackets */
};

struct chunk {
	enum chunk_kind kind;
	int first, end; /* tokens of the document, end exclusive */
	int head;       /* token: the last noun, the main verb, the preposition */
	int root;       /* token that the tree hangs the group by */
	/* of verbs: */
	unsigned form;  /* of the main verb */
	bool is_finite; /* or may be: a past form alone */
	bool has_auxiliary;
	bool is_passive, is_infinitive, is_negated;
	bool is_future; /* will, is going to */
	bool is_would;  /* reported future */
	bool is_modal;  /* could, may */
	bool is_perfect;
};

struct chunks {
	const struct lexicon *lexicon;
	const struct document *document;
	const struct sentence *sentence;
	struct utf8_cursor *text; /* the sentence's: body or headline */
	struct syntax tree;
	const struct word *
	    *words; /* of each token of the sentence; an empty word if unknown */
	struct chunk *items;
	int count;
	int *of_token; /* chunk of each token of the sentence, -1 */
};

/* The caller has set lexicon, document, sentence and text.  ERR_REJECT if the arena is
 * full. */
int chunks_read(struct chunks *c, struct arena *arena, struct err *err) MUST_CHECK;

const struct word *chunks_word(const struct chunks *c, int token);
int chunks_of(const struct chunks *c, int token); /* the token's chunk, -1 */
const struct chunk *chunks_at(const struct chunks *c, int index); /* NULL outside */
bool chunks_is_kind(const struct chunks *c, int token, uint32_t kind);
bool chunks_is(const struct chunks *c, int token, const char *norm);
bool chunks_is_plural(const struct chunks *c, int token);
bool chunks_is_done(const struct chunks *c, int token); /* were injured, as an adjective */
struct span chunks_span(const struct chunks *c, int first, int end, struct arena *arena);

#endif
