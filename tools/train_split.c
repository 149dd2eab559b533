/*
 * The splitter, an averaged perceptron (Freund and Schapire 1999; Collins
 * 2002) at the boundaries between characters.  The text is put together again
 * from the treebank's tokens; what has been decided before is the model's own
 * opinion, as it will be at work.
 */
#include "tools/train.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/model.h"
#include "language/split.h"
#include "text/utf8.h"

enum { BITS = 17, ROWS = 1 << BITS, PASSES = 10, BAG = 7, RUN_SEEN = 2, MARGIN = 100 };

struct paragraph {
	struct split_page page;
	char *gold; /* enum split of the boundary before each character */
};

struct texts {
	struct paragraph *list;
	int count;
};

struct splitting {
	struct splitter s;
	int *w;
	long *sum, step;
	struct keys runs;
	uint32_t *run_cut;
};

static void
close_paragraph(struct texts *t, struct buf *text, struct buf *gold, struct arena *arena)
{
	struct paragraph *p;

	if (text->size == 0)
		return;
	if (t->count % 256 == 0)
		t->list =
		    must_realloc(t->list, (size_t)(t->count + 256) * sizeof *t->list);
	p = &t->list[t->count];
	if (!split_page_init(&p->page, text->size, arena))
		die("no room for the text");
	split_page_read(&p->page, text->data, text->size);
	if (p->page.at[p->page.n] != (int)text->size)
		die("a paragraph longer than a page");
	p->gold = arena_copy(arena, gold->data, gold->size);
	t->count++;
	buf_reset(text);
	buf_reset(gold);
}

static void
add_form(const char *form, enum split first, struct buf *text, struct buf *gold)
{
	size_t n = utf8_count(form, strlen(form));

	buf_adds(text, form);
	for (size_t i = 0; i < n; i++)
		buf_addc(gold, i == 0 ? (char)first : SPLIT_INSIDE);
}

/* A blank belongs to what comes before it; its own mark is never asked for. */
static void
texts_of(struct texts *t, const struct treebank *bank, struct arena *arena)
{
	struct buf text, gold;
	bool blank = false;

	*t = (struct texts){ 0 };
	buf_init(&text, 1 << 26);
	buf_init(&gold, 1 << 26);
	for (int i = 0; i < bank->count; i++) {
		const struct conllu_sentence *s = &bank->sentences[i];

		if (strstr(s->comments, "# newpar") || strstr(s->comments, "# newdoc")) {
			close_paragraph(t, &text, &gold, arena);
			blank = false;
		}
		for (int j = 0; j < s->count; j++) {
			const struct token *k = &s->tokens[j];

			if (j ? k->blank : blank) {
				buf_addc(&text, ' ');
				buf_addc(&gold, SPLIT_INSIDE);
			}
			add_form(k->form,
				 j == 0      ? SPLIT_SENTENCE
				 : k->joined ? SPLIT_JOINED
					     : SPLIT_TOKEN,
				 &text, &gold);
		}
		blank = s->space_after;
	}
	close_paragraph(t, &text, &gold, arena);
	buf_release(&text);
	buf_release(&gold);
}

/* Runs of letters that are more often cut than not: cannot, gonna, dont. */
static void
learn_runs(struct splitting *l, const struct texts *t)
{
	struct keys seen = { 0 };
	int *cut = must_alloc(300000 * sizeof *cut),
	    *whole = must_alloc(300000 * sizeof *whole);
	int *where = must_alloc(300000 * sizeof *where);

	for (int i = 0; i < t->count; i++) {
		const struct split_page *p = &t->list[i].page;

		for (int from = 0, to; from < p->n; from = to) {
			char low[64];
			int row, at = 0;

			for (to = from; to < p->n && (p->kind[to] | 32) == 'a'; to++)
				;
			if (to == from) {
				to++;
				continue;
			}
			if (to - from > 10 || p->kind[to] == '\'')
				continue;
			for (int k = from; k < to; k++) {
				low[k - from] =
				    p->c[k] < 0x80 ? (char)(p->c[k] | 32) : '?';
				if (k > from && t->list[i].gold[k] != SPLIT_INSIDE && !at)
					at = k - from;
			}
			row = keys_put(&seen, spelling_key(0, low, (size_t)(to - from)));
			if (at)
				cut[row]++, where[row] = at;
			else
				whole[row]++;
		}
	}
	l->run_cut = must_alloc((size_t)seen.count * sizeof *l->run_cut);
	for (int i = 0; i < seen.count; i++)
		if (cut[i] >= RUN_SEEN && cut[i] > whole[i])
			l->run_cut[keys_put(&l->runs, seen.key[i])] = (uint32_t)where[i];
	free(cut);
	free(whole);
	free(where);
}

/* The best answer; *rival is the best but for the right one, and whether it came near. */
static int
best_of(const struct splitting *l, const uint32_t *row, int n, bool gap, int gold,
	int *rival, bool *near)
{
	long score[SPLITS] = { 0 };
	int least = gap ? SPLIT_TOKEN : 0, best = least;

	for (int k = 0; k < n; k++)
		for (int c = 0; c < SPLITS; c++)
			score[c] += l->w[row[k] * SPLITS + (uint32_t)c];
	for (int c = best + 1; c < SPLITS; c++)
		if (score[c] > score[best])
			best = c;
	*rival = gold == least ? least + 1 : least;
	for (int c = least; c < SPLITS; c++)
		if (c != gold && score[c] > score[*rival])
			*rival = c;
	*near = score[gold] - score[*rival] <= MARGIN;
	return best;
}

static void
correct(struct splitting *l, const uint32_t *row, int n, int gold, int said)
{
	for (int k = 0; k < n; k++) {
		l->w[row[k] * SPLITS + (uint32_t)gold]++;
		l->w[row[k] * SPLITS + (uint32_t)said]--;
		l->sum[row[k] * SPLITS + (uint32_t)gold] += l->step;
		l->sum[row[k] * SPLITS + (uint32_t)said] -= l->step;
	}
}

static void
learn_paragraph(struct splitting *l, const struct paragraph *p)
{
	struct split_state state;
	struct split_run run = { 0 };

	split_begin(&state, &p->page);
	for (int i = 1; i < p->page.n; i++) {
		uint32_t row[SPLIT_FEATURES];
		enum split what;
		bool near;
		int rival;

		if (p->page.kind[i] == ' ')
			continue;
		if (split_asks(&l->s, &p->page, i, &run, &what)) {
			int n = split_features(&l->s, &p->page, &state, i, row);

			what = (enum split)best_of(l, row, n, p->page.kind[i - 1] == ' ',
						   p->gold[i], &rival, &near);
			l->step++;
			if (near)
				correct(l, row, n, p->gold[i], rival);
		}
		split_decide(&state, &p->page, i, what);
	}
}

/* Tokens and sentences found, of those that are: F1 of each. */
static void
measure(const struct splitting *l, const struct texts *t, const char *name)
{
	long right[2] = { 0 }, said[2] = { 0 }, gold[2] = { 0 };

	for (int i = 0; i < t->count; i++) {
		const struct paragraph *p = &t->list[i];
		struct split_state state;
		struct split_run run = { 0 };
		bool open[2] = { true, true };

		split_begin(&state, &p->page);
		for (int k = 1; k <= p->page.n; k++) {
			int what = SPLIT_SENTENCE, truth = SPLIT_SENTENCE;

			if (k < p->page.n && p->page.kind[k] == ' ')
				continue;
			if (k < p->page.n) {
				what =
				    (int)split_boundary(&l->s, &p->page, &state, k, &run);
				truth = p->gold[k];
				split_decide(&state, &p->page, k, (enum split)what);
			}
			for (int level = 0; level < 2; level++) {
				int least = level ? SPLIT_SENTENCE : SPLIT_JOINED;
				bool a = what >= least, b = truth >= least;

				said[level] += a;
				gold[level] += b;
				right[level] += a && b && open[level];
				if (a || b)
					open[level] = a && b;
			}
		}
	}
	printf("split: %s words %.2f sentences %.2f\n", name,
	       200.0 * (double)right[0] / (double)(said[0] + gold[0]),
	       200.0 * (double)right[1] / (double)(said[1] + gold[1]));
}

/* One byte each: the few largest are cut. */
static signed char *
bytes_of(const double *mean)
{
	size_t n = (size_t)ROWS * SPLITS, over;
	signed char *out = must_alloc(n);
	double scale;

	for (scale = 64;; scale /= 1.25) {
		over = 0;
		for (size_t i = 0; i < n; i++)
			over += mean[i] * scale > 127 || mean[i] * scale < -127;
		if (over < 40)
			break;
	}
	for (size_t i = 0; i < n; i++) {
		double x = mean[i] * scale;

		out[i] = (signed char)(x > 127    ? 127
				       : x < -127 ? -127
				       : x < 0    ? x - 0.5
						  : x + 0.5);
	}
	return out;
}

/* The mean of all steps; that of several orders of the text is steadier still. */
static void
learn(struct splitting *l, struct texts *t, struct rng *r, double *mean)
{
	memset(l->w, 0, sizeof *l->w * ROWS * SPLITS);
	memset(l->sum, 0, sizeof *l->sum * ROWS * SPLITS);
	l->step = 0;
	for (int pass = 0; pass < PASSES; pass++) {
		for (int i = t->count - 1; i > 0; i--) {
			int k = (int)(rng_next(r) % (uint32_t)(i + 1));
			struct paragraph p = t->list[i];

			t->list[i] = t->list[k];
			t->list[k] = p;
		}
		for (int i = 0; i < t->count; i++)
			learn_paragraph(l, &t->list[i]);
	}
	for (long i = 0; i < (long)ROWS * SPLITS; i++)
		mean[i] += (double)l->w[i] - (double)l->sum[i] / (double)l->step;
}

void
split_train(const struct vocabulary *v, const struct treebank *train,
	    const struct treebank *dev, const struct options *o, struct model_builder *m)
{
	struct splitting l = { .s.bits = BITS };
	static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct rng r = { o->seed };
	struct texts t, d;
	struct arena arena;
	double *mean = must_alloc(sizeof *mean * ROWS * SPLITS);
	signed char *w;

	arena_init(&arena, 1ul << 30);
	texts_of(&t, train, &arena);
	texts_of(&d, dev, &arena);
	learn_runs(&l, &t);
	l.s.classes = v->classes;
	classes_build(&l.s.runs, l.runs.key, l.run_cut, (uint32_t)l.runs.count, lengths,
		      LENGTH(lengths));
	l.w = must_alloc(sizeof *l.w * ROWS * SPLITS);
	l.sum = must_alloc(sizeof *l.sum * ROWS * SPLITS);
	for (int i = 0; i < BAG; i++)
		learn(&l, &t, &r, mean);
	w = bytes_of(mean);
	l.s.w = w;
	measure(&l, &d, "dev");
	model_add(m, "split", w, (size_t)ROWS * SPLITS);
	classes_add(m, "runs", &l.s.runs);
	free(l.w);
	free(l.sum);
	free(w);
	free(mean);
	arena_release(&arena);
}
