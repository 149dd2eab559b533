#include "story/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

const char *const feature_names[FEATURES] = {
	"bias",	       "words",	       "title",	      "names",	      "places",
	"numbers",     "events",       "words*names", "words*places", "other day",
	"days apart",
};

enum { SETTINGS = 3 };

static const char *const setting_names[SETTINGS] = { "join", "merge", "move" };

/* The row's name to its place; NULL: no such row. */
static double *
place_of(struct measure *m, const char *name, int *at)
{
	double *const places[SETTINGS] = { &m->join, &m->merge, &m->move };

	for (*at = 0; *at < FEATURES; ++*at)
		if (!strcmp(name, feature_names[*at]))
			return &m->weights[*at];
	for (int i = 0; i < SETTINGS; i++, ++*at)
		if (!strcmp(name, setting_names[i]))
			return places[i];
	return NULL;
}

static int
read_row(struct measure *m, const struct table *t, size_t row, uint32_t *seen, struct err *err)
{
	int i;
	double *at = place_of(m, table_cell(t, row, 0), &i);
	const char *text = table_cell(t, row, 1);
	char *end;
	double value = strtod(text, &end);

	if (!at)
		return table_bad(t, row, 0, err, "no such feature");
	if (end == text || *end || !isfinite(value))
		return table_bad(t, row, 1, err, "\"%s\" is no number", text);
	if (*seen & 1U << i)
		return table_bad(t, row, 0, err, "a second time");
	*at = value;
	*seen |= 1U << i;
	return 0;
}

int
measure_open(struct measure *m, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "feature", "weight" };
	struct table t;
	uint32_t seen = 0;
	int failed = 0;

	*m = (struct measure){ 0 };
	if (table_open(&t, lexicon, "story.tsv", columns, 2, err))
		return -1;
	for (size_t i = 0; i < t.rows && !failed; i++)
		failed = read_row(m, &t, i, &seen, err);
	for (int i = 0; i < FEATURES + SETTINGS && !failed; i++)
		if (!(seen & 1U << i))
			failed = err_set(err, ERR_USAGE, "%s: no row \"%s\"; `make "
							 "train-story` prints the weights",
					 t.path,
					 i < FEATURES ? feature_names[i]
						      : setting_names[i - FEATURES]);
	table_close(&t);
	return failed;
}

static uint32_t
slot_of(uint32_t id)
{
	return id * UINT32_C(0x9e3779b1) >> 23;
}

void
measure_lay_out(struct layout *l, const struct aspect *a)
{
	l->of = *a;
	memset(l->slots, 0, sizeof(l->slots));
	for (uint32_t i = 0; i < a->count; i++) {
		uint32_t at = slot_of(a->items[i] >> 8);

		while (l->slots[at])
			at = (at + 1) % LAYOUT_SLOTS;
		l->slots[at] = a->items[i] ? a->items[i] : 1;
	}
}

static void
products(const struct layout *l, const struct aspect *b, uint32_t dot[TERM_KINDS])
{
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t item = b->items[i], id = item >> 8, at = slot_of(id);

		for (; l->slots[at]; at = (at + 1) % LAYOUT_SLOTS)
			if (l->slots[at] >> 8 == id) {
				dot[term_kind(id)] += (l->slots[at] & 255) * (item & 255);
				break;
			}
	}
}

static double
days_apart(int64_t a, int64_t b)
{
	double days = fabs((double)(a - b)) / 86400000;

	return days < 4 ? days : 4;
}

void
measure_features(const struct layout *l, const struct aspect *b, double x[FEATURES])
{
	const struct aspect *a = &l->of;
	uint32_t dot[TERM_KINDS] = { 0 };

	products(l, b, dot);
	x[FEATURE_BIAS] = 1;
	for (int k = 0; k < TERM_KINDS; k++)
		x[FEATURE_WORDS + k] = dot[k] / (255.0 * 255.0);
	x[FEATURE_WORDS_NAMES] = x[FEATURE_WORDS] * x[FEATURE_NAMES];
	x[FEATURE_WORDS_PLACES] = x[FEATURE_WORDS] * x[FEATURE_PLACES];
	x[FEATURE_APART] = days_apart(a->time_ms, b->time_ms);
	x[FEATURE_OTHER_DAY] = a->main.day && b->main.day && a->main.type == b->main.type &&
			       a->main.day != b->main.day &&
			       llabs(a->time_ms - b->time_ms) > LATER_MS;
}

double
measure_chance(const struct measure *m, const double x[FEATURES])
{
	double sum = 0;

	for (int i = 0; i < FEATURES; i++)
		sum += m->weights[i] * x[i];
	return 1 / (1 + exp(-sum));
}

double
measure_pair(const struct measure *m, const struct layout *a, const struct aspect *b)
{
	double x[FEATURES];

	measure_features(a, b, x);
	return measure_chance(m, x);
}
