/*
 * The tables of `newswire story`, from sets of articles as JSON Lines with
 * `headline` and `text`, and for weights `id` and `story`:
 *
 *	story_weights frequencies FILE...  frequencies.tsv: in how many of a thousand
 *	                                   articles a stem stands
 *	story_weights weights FILE...      story.tsv's rows of weights: a logistic model
 *	                                   over pairs of articles of one file, by Newton's
 *	                                   method, with a ridge
 *
 * What no such set teaches, dates and where to cut, is not written: story.tsv
 * has it by hand.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "event/event.h"
#include "record/lines.h"
#include "story/article.h"
#include "story/weigh.h"

enum { ARENA = 256 << 20, LINE_MOST = 16 << 20, MOST_OF_A_FILE = 600, LEARNT = FEATURE_OTHER_DAY, LEAST = 2 };

static const double ridge = 0.1, alike = 0.02;

struct learning {
	const char *lexicon;
	struct extract *extract;
	struct weigh weigh;
	struct undo undo;
	struct seen {
		struct vector vector;
		struct aspect aspect;
		char *story;
	} *seen;
	size_t count;
	double (*x)[FEATURES];
	bool *same;
	size_t pairs, pair_room;
	struct map words; /* stem to how many articles have it */
	int articles;
};

static _Noreturn void
stop(const struct err *err)
{
	fprintf(stderr, "story_weights: %s\n", err->text);
	exit(1);
}

static char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return must_strdup(text ? text : "");
}

/* ---- weights ---- */

static void
add_pairs(struct learning *l, const struct seen *a)
{
	struct layout laid_out;

	measure_lay_out(&laid_out, &a->aspect);
	for (size_t i = 0; i < l->count; i++) {
		double *x;

		if (l->pairs == l->pair_room) {
			l->pair_room = l->pair_room ? 2 * l->pair_room : 1 << 16;
			l->x = must_realloc(l->x, l->pair_room * sizeof(*l->x));
			l->same = must_realloc(l->same, l->pair_room * sizeof(*l->same));
		}
		x = l->x[l->pairs];
		memset(x, 0, sizeof(*l->x));
		measure_features(&laid_out, &l->seen[i].aspect, x);
		if (x[FEATURE_WORDS] >= alike)
			l->same[l->pairs++] = !strcmp(a->story, l->seen[i].story);
	}
}

static void
learn_article(struct learning *l, const json_t *from, const struct story_article *article)
{
	struct seen *s;

	s = &l->seen[l->count];
	*s = (struct seen){ .story = text_of(from, "story") };
	weigh_article(&l->weigh, &article->terms, &s->vector);
	weigh_learn(&l->weigh, s->vector.items, s->vector.count);
	undo_forget(&l->undo);
	s->aspect = (struct aspect){ s->vector.items, s->vector.count, article->time_ms,
				    article->main };
	add_pairs(l, s);
	l->count++;
}

/* a x = b by elimination; a is symmetric and positive. */
static void
solve(double a[LEARNT][LEARNT], double b[LEARNT])
{
	for (int i = 0; i < LEARNT; i++)
		for (int j = i + 1; j < LEARNT; j++) {
			double f = a[j][i] / a[i][i];

			for (int k = i; k < LEARNT; k++)
				a[j][k] -= f * a[i][k];
			b[j] -= f * b[i];
		}
	for (int i = LEARNT; i-- > 0;) {
		for (int k = i + 1; k < LEARNT; k++)
			b[i] -= a[i][k] * b[k];
		b[i] /= a[i][i];
	}
}

static void
newton_step(const struct learning *l, struct measure *m)
{
	double a[LEARNT][LEARNT] = { { 0 } }, b[LEARNT] = { 0 };

	for (int i = 0; i < LEARNT; i++) {
		double r = i == FEATURE_BIAS ? 1e-9 : ridge;

		a[i][i] = r;
		b[i] = -r * m->weights[i];
	}
	for (size_t n = 0; n < l->pairs; n++) {
		const double *x = l->x[n];
		double p = measure_chance(m, x), w = p * (1 - p);

		for (int i = 0; i < LEARNT; i++) {
			b[i] += (l->same[n] - p) * x[i];
			for (int j = 0; j < LEARNT; j++)
				a[i][j] += w * x[i] * x[j];
		}
	}
	solve(a, b);
	for (int i = 0; i < LEARNT; i++)
		m->weights[i] += b[i];
}

static void
print_weights(const struct learning *l)
{
	struct measure m = { 0 };

	for (int i = 0; i < 25; i++)
		newton_step(l, &m);
	for (int i = 0; i < LEARNT; i++)
		printf("%s\t%.2f\n", feature_names[i], m.weights[i]);
	fprintf(stderr, "%zu pairs\n", l->pairs);
}

/* ---- frequencies ---- */

static void
count_words(struct learning *l, const struct terms *t)
{
	l->articles++;
	for (size_t i = 0; i < t->count; i++) {
		const char *stem = t->items[i].text;
		void **count;

		if (term_kind(t->items[i].id) != TERM_WORD)
			continue;
		if (!map_get(&l->words, stem, strlen(stem)))
			stem = must_strdup(stem);
		count = map_put(&l->words, stem, strlen(stem));
		*count = (char *)*count + 1;
	}
}

struct row {
	const char *stem;
	long per_thousand;
};

static int
by_frequency(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->per_thousand != y->per_thousand ? (x->per_thousand < y->per_thousand) -
							(x->per_thousand > y->per_thousand)
						  : strcmp(x->stem, y->stem);
}

static void
print_frequencies(const struct learning *l)
{
	struct row *rows = must_alloc(l->words.count * sizeof(*rows));
	size_t n = 0;

	for (size_t i = 0; i < l->words.count; i++) {
		const struct map_entry *e = &l->words.entries[i];
		long count = (char *)e->value - (char *)NULL;

		rows[n] = (struct row){ e->key, lround(1000.0 * (double)count / l->articles) };
		n += rows[n].per_thousand >= LEAST;
	}
	qsort(rows, n, sizeof(*rows), by_frequency);
	for (size_t i = 0; i < n; i++)
		printf("%s\t%ld\n", rows[i].stem, rows[i].per_thousand);
	fprintf(stderr, "%d articles\n", l->articles);
}

/* ---- both ---- */

static int
read_article(struct learning *l, const json_t *from, bool weights, struct arena *arena,
	     struct err *err)
{
	struct article a = { .uri = text_of(from, "id"),
			     .headline = text_of(from, "headline"),
			     .body_text = text_of(from, "text"),
			     .versioncreated = text_of(from, "published") };
	struct enriched e = { .article = a };
	struct story_article article;

	if (weights && extract_article(l->extract, &a, NULL, &e, arena, err))
		return -1;
	if (story_article_read(&article, &e, INT64_MAX, arena, err))
		return -1;
	if (weights)
		learn_article(l, from, &article);
	else
		count_words(l, &article.terms);
	return 0;
}

/* Sets are of different size: no more of one than of another. */
static void
read_file(struct learning *l, const char *path, bool weights)
{
	struct lines lines;
	struct buf line;
	struct arena arena;
	struct err err;
	int got = lines_open(&lines, path, &err);

	buf_init(&line, LINE_MOST);
	arena_init(&arena, ARENA);
	for (int n = 0; n < MOST_OF_A_FILE && !got; n++) {
		json_t *from;

		got = lines_next(&lines, &line, &err);
		if (got < 1)
			break;
		from = json_loadb(line.data, line.size, 0, NULL);
		got = read_article(l, from, weights, &arena, &err);
		json_decref(from);
		arena_reset(&arena);
	}
	if (got < 0)
		stop(&err);
	arena_release(&arena);
	buf_release(&line);
	lines_close(&lines);
}

int
main(int argc, char **argv)
{
	struct learning l = { .lexicon = "lexicon" };
	bool weights = argc > 2 && !strcmp(argv[1], "weights");
	struct err err;

	if (argc < 3 || (!weights && strcmp(argv[1], "frequencies")) != 0) {
		fputs("usage: story_weights weights|frequencies FILE...\n", stderr);
		return 2;
	}
	map_init(&l.words, 1 << 22);
	l.seen = must_alloc(MOST_OF_A_FILE * sizeof(*l.seen));
	if (weights && !(l.extract = extract_new(l.lexicon, 1, &err)))
		stop(&err);
	for (int i = 2; i < argc; i++) {
		l.count = 0;
		if (weights && weigh_init(&l.weigh, &l.undo, l.lexicon, &err))
			stop(&err);
		read_file(&l, argv[i], weights);
		weigh_release(&l.weigh);
	}
	if (weights)
		print_weights(&l);
	else
		print_frequencies(&l);
	return 0;
}
