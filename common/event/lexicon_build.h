/* The inside of a lexicon, for the files that build it: lexicon.c and triggers.c. */
#ifndef EVENT_LEXICON_BUILD_H
#define EVENT_LEXICON_BUILD_H

#include "base/table.h"
#include "event/digest.h"
#include "event/inflect.h"
#include "event/lexicon.h"

#define MAX_TYPES 64
#define MAX_MODES 128
#define MAX_BITS  64

struct irregular {
	const char *forms[4]; /* of verbs: past, done, -ing, -s; of nouns: plural */
};

struct nested {
	const struct type *outer, *inner;
	struct outcome outcome;
};

struct lexicon {
	struct arena arena;
	struct map words, agents, irregular, cameo, sectors;
	struct type types[MAX_TYPES];
	struct mode modes[MAX_MODES];
	struct nested nested[MAX_MODES];
	const char *classes[MAX_BITS], *contexts[MAX_BITS];
	unsigned type_count, mode_count, nested_count, class_count, context_count;
	struct pattern *patterns;
	size_t pattern_count;
	char hash[DIGEST_TEXT];
};

/* The word of this form, made if there is none. */
struct word *lexicon_add(struct lexicon *x, const char *form);

typedef void
word_fn(struct lexicon *x, struct word *w, unsigned form, const void *context);

/* Calls fn for each form of the lemma and notes the forms and the lemma at the word. */
void
lexicon_add_verb(struct lexicon *x, const char *lemma, word_fn *fn, const void *context);
void
lexicon_add_noun(struct lexicon *x, const char *lemma, word_fn *fn, const void *context);

/* The next of the comma-parted items of a cell, without blanks; NULL: no more.  Copied.
 */
const char *lexicon_item(struct lexicon *x, const char **cell);

int triggers_read(struct lexicon *x, const char *directory, struct err *err) MUST_CHECK;

/* The pattern's words[0] in each of its forms gets a reading of it. */
void triggers_index(struct lexicon *x, const struct pattern *p);

#endif
