/*
 * How near an article is to a story, as features, and two decisions upon them:
 * which story is nearest, and whether that is near enough.  The weights are
 * learnt by tools/train_story from topics with known stories.
 */
#ifndef STORY_MEASURE_H
#define STORY_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "story/terms.h"

enum feature {
	FEATURE_BIAS,
	FEATURE_WORDS, /* cosines, kind by kind as in terms.h */
	FEATURE_TITLE,
	FEATURE_NAMES,
	FEATURE_PLACES,
	FEATURE_NUMBERS,
	FEATURE_EVENTS,
	FEATURE_NAMED,	  /* words by names: alike in both */
	FEATURE_NO_NAMES, /* one of the two has none, so that nothing can match */
	FEATURE_NO_PLACES,
	FEATURE_NO_NUMBERS,
	FEATURE_ARTICLES, /* of the story, as a logarithm: a centroid of many is smoother */
	FEATURE_LENGTH,	  /* of the article in terms, likewise */
	FEATURES
};

struct vector { /* of an article or a story; by id */
	struct term items[256];
	size_t count;
	float norms[TERM_KINDS];
};

void vector_norms(struct vector *v); /* from its items */

/* articles: how many the story has. */
void measure_features(const struct vector *article, const struct vector *story, int articles,
		      double x[FEATURES]);

struct measure {
	double weights[FEATURES];
	double join; /* the least score that puts an article into a story */
	double merge; /* and one story into another */
};

extern const char *const feature_names[FEATURES];

/* From story.tsv of the lexicon. */
int measure_open(struct measure *m, const char *lexicon, struct err *err) MUST_CHECK;

/* 0 to 1: the chance that they are the same story, going by the features. */
double measure_score(const struct measure *m, const double x[FEATURES]);

#endif
