/*
 * The trained part of the language core: tags, lemmas, features, heads and
 * relations for the tokens of a sentence.  A parser is read at start, never
 * changes and may be used by any thread; its tables are the mapped model.
 */
#ifndef LANGUAGE_PARSER_H
#define LANGUAGE_PARSER_H

#include "base/arena.h"
#include "language/document.h"
#include "language/split.h"
#include "language/tree.h"

struct parser;

struct parser *parser_new(const char *model, struct err *err); /* NULL on error */
void parser_free(struct parser *p);

/* What texts were cut into and read as; in an arena.  Begin with zeros. */
struct parsed {
	struct sentence *sentences;
	struct token *tokens; /* of all sentences, in order */
	size_t sentence_count, token_count, sentence_room, token_room;
};

enum text_kind {
	TEXT_LINES,    /* each line is a paragraph: body_text */
	TEXT_WRAPPED,  /* a blank line ends a paragraph */
	TEXT_HEADLINE, /* one sentence, in the style of headlines */
};

/*
 * Cuts a text into sentences and tokens, which go behind those that *out has,
 * and reads each sentence.  Any bytes give a valid answer; the work is linear.
 * ERR_REJECT where the arena runs full.
 */
int parser_text(const struct parser *p, const char *text, size_t n, enum text_kind kind,
		struct parsed *out, struct arena *arena, struct err *err) MUST_CHECK;

/*
 * Fills upos, xpos, lemma, feats, head and deprel of a sentence; form, norm
 * and blank are known.  Spans (of tokens, counted from the sentence's first)
 * come out as subtrees, except for their own heads' other dependents.  `base`
 * is added to every head.  The work is linear in the sentence's length.
 * ERR_REJECT where the arena runs full.
 */
int parser_sentence(const struct parser *p, struct token *t, int count, int base,
		    bool headline, const struct tied *spans, int span_count,
		    struct arena *arena, struct err *err) MUST_CHECK;

/*
 * From now on tokens that may be names carry a view (language/namer.h): the
 * net's two layers are gone once a sentence is read.  Borrowed.
 */
struct namer;
void parser_show(struct parser *p, const struct namer *namer);

struct spelling;
void parser_spelling(const struct parser *p, const struct token *t, struct spelling *s);

const struct model *parser_model(const struct parser *p);
const struct net *parser_net(const struct parser *p);

/* The first half alone: sentences and tokens, with form, norm and place. */
int parser_cut(const struct splitter *s, const char *text, size_t n, enum text_kind kind,
	       struct parsed *out, struct arena *arena, struct err *err) MUST_CHECK;
const struct splitter *parser_splitter(const struct parser *p);

#endif
