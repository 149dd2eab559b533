/*
 * A tree that the net has read, put right where it breaks a rule of the
 * language.  Places count from 1 as in a reading, 0 is the root; heads of
 * tokens count from the first token.
 */
#ifndef LANGUAGE_MEND_H
#define LANGUAGE_MEND_H

#include <stdint.h>

#include "language/document.h"

struct mend {
	const char *const *tags; /* UPOS and XPOS of each tag, in turn */
	int tag_count;
	const int32_t *scores; /* of each place, of each tag */
	int stride;
	int *tag; /* of each place */
	struct token *t;
	int count;
};

void mend_tree(struct mend *m);
bool mend_is_finite(const struct mend *m, int place);
/*
 * The place of the verb that the root should be, which gets the tag of one; 0:
 * the root is right, or nothing is likely.  For running text, not headlines.
 */
int mend_root(struct mend *m);
/* After the tree was read anew with this root: what stands beside it. */
void mend_clause(struct mend *m, int place);

#endif
