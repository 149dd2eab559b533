/*
 * A text as patterns see it: sentences of tokens, each with its tags, its
 * head and where it stands.  It lives in an arena; whoever fills a part of it
 * says so in its own header.
 */
#ifndef LANGUAGE_DOCUMENT_H
#define LANGUAGE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Words as Universal Dependencies' English treebanks cut them: do n't, state
 * - run, U.S., $ 5.  A form is always a piece of the text, so the tokens of a
 * sentence and the blanks between them are the sentence.
 */
struct token {
	const char *form; /* as in the text; NUL-ended */
	const char
	    *norm; /* folded quotes, accents and case: what tables are asked with */
	const char *lemma, *upos, *xpos, *feats,
	    *deprel; /* all NULL where the text is not English; feats NULL: none */
	int head;    /* index in the document, -1: root or none */
	int start,
	    end; /* code points, of body_text or, in a headline's sentence, of headline */
	int byte;        /* where that begins in bytes; strlen(form) long */
	bool blank;      /* follows a blank */
	bool joined;     /* one written word with the token before it: do+n't, can+not */
	const unsigned char *view; /* what the parser's net saw, for names; NULL: nothing */
	int entity;      /* index into entities, -1 */
	int time, quote; /* index, -1 */
	int refers; /* token that this pronoun or title stands for, -1 */
};

struct sentence {
	int first, count; /* tokens */
	int start, end, paragraph;
	bool in_headline;
};

#endif
