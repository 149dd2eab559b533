/*
 * CoNLL-U (universaldependencies.org/format.html), in and out, a sentence at
 * a time.  What we do not fill (comments, MISC, written words over several
 * tokens) goes through as it came; empty nodes and DEPS do not.
 */
#ifndef LANGUAGE_CONLLU_H
#define LANGUAGE_CONLLU_H

#include "base/arena.h"
#include "base/buf.h"
#include "language/document.h"

struct conllu {
	const char *p, *end;
	int line;
};

struct conllu_sentence {
	struct token
	    *tokens; /* heads count from the sentence's first, -1: root or none */
	int count;
	const char *comments; /* whole lines, "" if there are none */
	bool space_after;     /* the last token */
	const char **misc;    /* of each token; NULL: _ */
	const char **written; /* "3-4\tdon't ..." that begins at this token, or NULL */
};

/* 1: a sentence; 0: the end; -1 and ERR_REJECT: no CoNLL-U, and in which line. */
int conllu_next(struct conllu *in, struct conllu_sentence *s, struct arena *arena,
		struct err *err) MUST_CHECK;

void conllu_print(const struct conllu_sentence *s, struct buf *out);

#endif
