/*
 * How near two articles are, as features, and the chance that they tell of one
 * occurrence: a logistic model whose weights tools/train_story learns from
 * topics with known stories.
 */
#ifndef STORY_MEASURE_H
#define STORY_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "story/terms.h"

enum { VECTOR_MOST = 88 };

/*
 * An article's weighted terms by id, each `id << 8 | weight`, of length 255 for
 * each kind: integers, so that every machine and a restart come to the same.
 */
struct vector {
	uint32_t count;
	uint32_t items[VECTOR_MOST];
};

struct happening { /* an article's main event */
	uint8_t type; /* a hash */
	uint16_t day; /* of the epoch; 0: not said */
};

struct aspect { /* what else is compared; of one article */
	const uint32_t *items;
	uint32_t count;
	int64_t time_ms;
	struct happening main;
};

enum { LATER_MS = 18 * 3600000 }; /* a text of another day */

enum feature {
	FEATURE_BIAS,
	FEATURE_WORDS, /* cosines, kind by kind as in terms.h */
	FEATURE_TITLE,
	FEATURE_NAMES,
	FEATURE_PLACES,
	FEATURE_NUMBERS,
	FEATURE_EVENTS,
	FEATURE_WORDS_NAMES, /* products: alike in both */
	FEATURE_WORDS_PLACES,
	FEATURE_OTHER_DAY, /* another day's text, its main event of the same type on another day */
	FEATURE_APART,	   /* days from one to the other, up to four */
	FEATURES
};

/*
 * One article laid out to be compared with many: its terms by the low bits of
 * a hash, so that looking up another's terms has next to no branch that could
 * go wrong.  Borrows the aspect.
 */
enum { LAYOUT_SLOTS = 512 };

struct layout {
	struct aspect of;
	uint32_t slots[LAYOUT_SLOTS]; /* an item; 0: empty */
};

void measure_lay_out(struct layout *l, const struct aspect *a);
void measure_features(const struct layout *a, const struct aspect *b, double x[FEATURES]);

struct measure {
	double weights[FEATURES];
	double join;  /* the least mean chance that puts an article into a story */
	double merge; /* and one story into another */
	double move;  /* an article goes elsewhere when it fits so much better there */
};

extern const char *const feature_names[FEATURES];

/* From story.tsv of the lexicon. */
int measure_open(struct measure *m, const char *lexicon, struct err *err) MUST_CHECK;

/* 0 to 1 */
double measure_chance(const struct measure *m, const double x[FEATURES]);
double measure_pair(const struct measure *m, const struct layout *a, const struct aspect *b);

#endif
