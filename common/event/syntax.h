/*
 * The tree of a sentence as the coder walks it: relations as numbers, a word's
 * dependents in the order of the text.  Words are indices of the document; what
 * lies outside of the stretch that was read is no word: -1.
 */
#ifndef EVENT_SYNTAX_H
#define EVENT_SYNTAX_H

#include "base/arena.h"
#include "language/document.h"

/* Universal Dependencies' relations, with the subtypes that change who does what. */
enum rel {
	REL_OTHER,
	REL_ACL,
	REL_RELCL,
	REL_ADVCL,
	REL_ADVMOD,
	REL_AGENT, /* obl:agent */
	REL_AMOD,
	REL_APPOS,
	REL_AUX,
	REL_CASE,
	REL_CC,
	REL_CCOMP,
	REL_COMPOUND,
	REL_CONJ,
	REL_COP,
	REL_CSUBJ,
	REL_DESC, /* nmod:desc: President Kim */
	REL_DET,
	REL_FIXED,
	REL_FLAT,
	REL_IOBJ,
	REL_MARK,
	REL_NMOD,
	REL_NSUBJ,
	REL_NUMMOD,
	REL_OBJ,
	REL_OBL,
	REL_PARATAXIS,
	REL_PASSIVE, /* aux:pass */
	REL_POSS,    /* nmod:poss */
	REL_PRT,     /* compound:prt: called off */
	REL_PUNCT,
	REL_ROOT,
	REL_SUBJECT_PASSIVE, /* nsubj:pass, csubj:pass */
	REL_XCOMP,
};

struct syntax {
	const struct token *tokens; /* the document's */
	int first, count;
	unsigned char *rel;
	short *child, *next;
};

/* ERR_REJECT if the arena is full. */
int syntax_read(struct syntax *s, const struct token *tokens, int first, int count,
		struct arena *arena, struct err *err) MUST_CHECK;

int syntax_rel(const struct syntax *s, int token);
int syntax_head(const struct syntax *s, int token);
int syntax_first(const struct syntax *s, int token); /* dependent, -1 */
int syntax_next(const struct syntax *s, int dependent);
int syntax_child(const struct syntax *s, int token, int rel); /* the first such */

/* Tags; false outside. */
bool syntax_is(const struct syntax *s, int token, const char *upos);
bool syntax_has(const struct syntax *s, int token, const char *xpos);

#endif
