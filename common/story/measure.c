#include "story/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

const char *const feature_names[FEATURES] = {
	"bias",	    "words",	"title", "names",    "places",	  "numbers",	"events",
	"named", "no names", "no places", "no numbers", "articles", "length",
};

/* The row's name to its place; NULL: no such row. */
static double *
place_of(struct measure *m, const char *name)
{
	for (int i = 0; i < FEATURES; i++)
		if (!strcmp(name, feature_names[i]))
			return &m->weights[i];
	return !strcmp(name, "join") ? &m->join : !strcmp(name, "merge") ? &m->merge : NULL;
}

static int
read_row(struct measure *m, const struct table *t, size_t row, unsigned *seen,
	 struct err *err)
{
	double *at = place_of(m, table_cell(t, row, 0));
	const char *text = table_cell(t, row, 1);
	char *end;
	double value = strtod(text, &end);

	if (!at)
		return table_bad(t, row, 0, err, "no such feature");
	if (end == text || *end || !isfinite(value))
		return table_bad(t, row, 1, err, "\"%s\" is no number", text);
	if (*at != 0)
		return table_bad(t, row, 0, err, "a second time");
	*at = value;
	(*seen)++;
	return 0;
}

int
measure_open(struct measure *m, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "feature", "weight" };
	struct table t;
	unsigned seen = 0;
	int failed = 0;

	*m = (struct measure){ 0 };
	if (table_open(&t, lexicon, "story.tsv", columns, 2, err))
		return -1;
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = read_row(m, &t, i, &seen, err);
	if (!failed && seen != FEATURES + 2)
		failed = err_set(err, ERR_USAGE, "%s: %u rows, not %d: make it anew with "
						 "tools/train_story",
				 t.path, seen, FEATURES + 2);
	table_close(&t);
	return failed;
}

void
vector_norms(struct vector *v)
{
	memset(v->norms, 0, sizeof(v->norms));
	for (size_t i = 0; i < v->count; i++)
		v->norms[term_kind(v->items[i].id)] += v->items[i].weight * v->items[i].weight;
	for (int k = 0; k < TERM_KINDS; k++)
		v->norms[k] = sqrtf(v->norms[k]);
}

static void
products(const struct vector *a, const struct vector *b, double dot[TERM_KINDS])
{
	const struct term *p = a->items, *q = b->items, *p_end = p + a->count,
			  *q_end = q + b->count;

	memset(dot, 0, TERM_KINDS * sizeof(*dot));
	while (p < p_end && q < q_end) {
		if (p->id == q->id)
			dot[term_kind(p->id)] += (double)p->weight * (double)q->weight;
		if (p->id <= q->id)
			p++;
		else
			q++;
	}
}

void
measure_features(const struct vector *article, const struct vector *story, int articles,
		 double x[FEATURES])
{
	static const enum feature of_kind[TERM_KINDS] = {
		FEATURE_WORDS,	FEATURE_TITLE,	 FEATURE_NAMES,
		FEATURE_PLACES, FEATURE_NUMBERS, FEATURE_EVENTS,
	};
	double dot[TERM_KINDS];

	products(article, story, dot);
	memset(x, 0, FEATURES * sizeof(*x));
	x[FEATURE_BIAS] = 1;
	for (int k = 0; k < TERM_KINDS; k++) {
		double norm = (double)article->norms[k] * (double)story->norms[k];

		x[of_kind[k]] = norm > 0 ? dot[k] / norm : 0;
	}
	x[FEATURE_NAMED] = x[FEATURE_WORDS] * x[FEATURE_NAMES];
	x[FEATURE_NO_NAMES] = !(article->norms[TERM_NAME] > 0 && story->norms[TERM_NAME] > 0);
	x[FEATURE_NO_PLACES] = !(article->norms[TERM_PLACE] > 0 && story->norms[TERM_PLACE] > 0);
	x[FEATURE_NO_NUMBERS] =
	    !(article->norms[TERM_NUMBER] > 0 && story->norms[TERM_NUMBER] > 0);
	x[FEATURE_ARTICLES] = log2(articles < 64 ? articles : 64) / 6;
	x[FEATURE_LENGTH] = log2(1.0 + (double)article->count) / 8;
}

double
measure_score(const struct measure *m, const double x[FEATURES])
{
	double sum = 0;

	for (int i = 0; i < FEATURES; i++)
		sum += m->weights[i] * x[i];
	return 1 / (1 + exp(-sum));
}
