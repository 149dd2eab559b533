/*
 * A tagged word to its lemma and its features.  Both are learnt tables: the
 * longest end of the word that is known under its tag says how the lemma is
 * made of it; words that break their ending's rule stand in whole.
 */
#ifndef LANGUAGE_MORPH_H
#define LANGUAGE_MORPH_H

#include "base/arena.h"
#include "language/document.h"
#include "language/model.h"

/*
 * How a lemma is made: "k" the form, "l" the form in small letters; a digit,
 * how many characters fall off its end; what is put there instead.  "=" and
 * a word: that word.  An ending's way counts where it leads to a word that has
 * a vector, else that of a shorter ending is tried.
 */
struct morph {
	struct keyed lemmas, feats, words;
	const char **scripts, **sets;
	int script_count, set_count;
};

int morph_open(struct morph *m, const struct model *model, struct err *err) MUST_CHECK;
void morph_release(struct morph *m);

/* Fills lemma and feats of a sentence whose tags, heads and relations are known. */
void
morph_sentence(const struct morph *m, struct token *t, int count, struct arena *arena);

/* Shared with the trainer. */
enum { MORPH_WHOLE = 100, MORPH_END_MAX = 6, MORPH_FEATS = 120 };
uint64_t morph_key(int part, const char *tag, const char *bytes, size_t n);
void morph_base(const char *form, const char *xpos, bool keep_case, struct buf *out);
size_t
morph_cut(const char *s, size_t n, int characters); /* n less that many characters */

#endif
