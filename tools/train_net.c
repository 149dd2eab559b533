/*
 * The net: two layers of LSTM both ways over vectors of words and of their
 * parts (Kiperwasser and Goldberg 2016), a tag for each word, a head by a
 * biaffine score and its relation (Dozat and Manning 2017).  One encoder
 * serves all of them, so tags cost next to nothing and no folds are needed.
 * Learnt by Adam; what is kept is the mean of the last thousand steps.
 */
#include "tools/train_net.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

static const float rate_top = 2e-3f, fade_words = 0.05f;

static struct tensor
tensor(struct net *n, int rows, int columns)
{
	struct tensor t = { n->size, rows, columns };

	n->size += ((size_t)rows * (size_t)columns + 15) / 16 * 16;
	return t;
}

/* Forward, and where it learns, back: the gradient is added to l->g. */
static void
pass(struct lane *l)
{
	enum { WIDE = 2 * NET_HIDDEN };
	size_t bytes;

	l->t_max = 0;
	for (int b = 0; b < LANES; b++) {
		if (b >= l->count)
			l->length[b] = 0;
		if (l->length[b] > l->t_max)
			l->t_max = l->length[b];
	}
	bytes = (size_t)l->t_max * LANES * WIDE * sizeof(float);
	lane_embed(l);
	lane_layer(l, 0);
	lane_mask(l, l->mask_x[1], WIDE, drop_hidden);
	times_mask(l->x[1][0], l->out[0], l->mask_x[1], l->t_max, WIDE);
	lane_layer(l, 1);
	lane_mask(l, l->mask_top, WIDE, drop_hidden);
	times_mask(l->top, l->out[1], l->mask_top, l->t_max, WIDE);
	lane_mask(l, l->mask_low, WIDE, drop_hidden);
	times_mask(l->low, l->out[0], l->mask_low, l->t_max, WIDE);
	memset(l->dtop, 0, bytes);
	memset(l->dlow, 0, bytes);
	lane_tags(l);
	lane_tree(l);
	if (!l->learns)
		return;
	times_mask(l->dout[1], l->dtop, l->mask_top, l->t_max, WIDE);
	lane_layer_back(l, 1);
	times_mask(l->dout[0], l->dx[1], l->mask_x[1], l->t_max, WIDE);
	times_mask(l->dlow, l->dlow, l->mask_low, l->t_max, WIDE);
	axpy(l->dout[0], 1, l->dlow, (int)(bytes / sizeof(float)));
	lane_layer_back(l, 0);
	lane_embed_back(l);
}

static void *
pass_thread(void *arg)
{
	pass(arg);
	return NULL;
}

static void
fill(struct net *n, struct tensor t, float range, struct rng *r)
{
	for (long i = 0; i < (long)t.rows * t.columns; i++)
		n->w[t.at + (size_t)i] = (2 * rng_unit(r) - 1) * range;
}

static void
fill_glorot(struct net *n, struct tensor t, struct rng *r)
{
	fill(n, t, sqrtf(6.0f / (float)(t.rows + t.columns)), r);
}

static void
net_lay_out(struct net *n, const struct vocabulary *v, int word_rows)
{
	enum { H = NET_HIDDEN };

	n->tags = v->tags.count;
	n->relations = v->relations.count;
	n->words = tensor(n, word_rows, VECTOR);
	n->parts = tensor(n, v->parts.count, NET_PARTS);
	for (int k = 0; k < LAYERS; k++)
		for (int d = 0; d < 2; d++) {
			n->wx[k][d] = tensor(n, inputs_of(k), 4 * H);
			n->wh[k][d] = tensor(n, H, 4 * H);
			n->b[k][d] = tensor(n, 1, 4 * H);
		}
	n->tag = tensor(n, 2 * H, up16(n->tags));
	n->tag_b = tensor(n, 1, up16(n->tags));
	n->arc_h = tensor(n, 2 * H, NET_ARC);
	n->arc_hb = tensor(n, 1, NET_ARC);
	n->arc_d = tensor(n, 2 * H, NET_ARC);
	n->arc_db = tensor(n, 1, NET_ARC);
	n->arc_u = tensor(n, NET_ARC, NET_ARC);
	n->arc_v = tensor(n, 1, NET_ARC);
	n->far = tensor(n, 1, NET_FAR);
	n->rel_h = tensor(n, 2 * H, NET_RELATION);
	n->rel_d = tensor(n, 2 * H, NET_RELATION);
	n->rel_b = tensor(n, 1, NET_RELATION);
	n->rel = tensor(n, NET_RELATION, up16(n->relations));
	n->rel_ob = tensor(n, 1, up16(n->relations));
}

static void
net_begin(struct net *n, struct rng *r)
{
	size_t bytes = n->size * sizeof(float);

	n->w = must_alloc(bytes);
	n->mean = must_alloc(bytes);
	n->m1 = must_alloc(bytes);
	n->m2 = must_alloc(bytes);
	n->turned = must_alloc(bytes);
	for (int i = 0; i < THREADS; i++)
		n->grad[i] = must_alloc(bytes);
	fill(n, n->parts, 0.15f, r);
	for (int k = 0; k < LAYERS; k++)
		for (int d = 0; d < 2; d++) {
			fill_glorot(n, n->wx[k][d], r);
			fill_glorot(n, n->wh[k][d], r);
			for (int i = 0; i < NET_HIDDEN; i++)
				n->w[n->b[k][d].at + NET_HIDDEN + (size_t)i] =
				    1; /* forget */
		}
	fill_glorot(n, n->tag, r);
	fill_glorot(n, n->arc_h, r);
	fill_glorot(n, n->arc_d, r);
	fill_glorot(n, n->arc_u, r);
	fill_glorot(n, n->rel_h, r);
	fill_glorot(n, n->rel_d, r);
	fill_glorot(n, n->rel, r);
}

static void
turn(struct net *n, struct tensor t)
{
	const float *from = n->w + t.at;
	float *to = n->turned + t.at;

	for (int i = 0; i < t.rows; i++)
		for (int j = 0; j < t.columns; j++)
			to[(long)j * t.rows + i] = from[(long)i * t.columns + j];
}

static void
turn_all(struct net *n)
{
	for (int k = 0; k < LAYERS; k++)
		for (int d = 0; d < 2; d++) {
			turn(n, n->wx[k][d]);
			turn(n, n->wh[k][d]);
		}
	turn(n, n->tag);
	turn(n, n->arc_h);
	turn(n, n->arc_d);
	turn(n, n->arc_u);
	turn(n, n->rel_h);
	turn(n, n->rel_d);
	turn(n, n->rel);
}

struct piece {
	struct net *net;
	size_t from, to;
	float rate, clip, hold;
};

/* Adam, and the mean of the last weights, which is what is kept. */
static void *
adam(void *arg)
{
	const struct piece *p = arg;
	struct net *n = p->net;
	size_t words = (size_t)n->words.rows * VECTOR;
	const float b1 = 0.9f, b2 = 0.99f;
	float c1 = 1 - powf(b1, (float)n->step), c2 = 1 - powf(b2, (float)n->step);
	float *g0 = n->grad[0], *g1 = n->grad[1], *m1 = n->m1, *m2 = n->m2, *w = n->w;
	float rate = p->rate / c1, hold = p->hold, *mean = n->mean;

	for (size_t i = p->from; i < p->to; i++) {
		float g = (g0[i] + g1[i]) * p->clip;

		m1[i] = b1 * m1[i] + (1 - b1) * g;
		m2[i] = b2 * m2[i] + (1 - b2) * g * g;
		w[i] -= rate * m1[i] / sqrtf(m2[i] / c2 + 1e-14f);
		if (i < words) /* what is learnt of few words fades */
			w[i] -= p->rate * fade_words * w[i];
		mean[i] += hold * (w[i] - mean[i]);
		g0[i] = g1[i] = 0;
	}
	return NULL;
}

static void
learn(struct net *n, float rate)
{
	struct piece piece[THREADS];
	pthread_t thread;
	double norm = 0;
	float hold;

	for (size_t i = 0; i < n->size; i++) {
		float g = n->grad[0][i] + n->grad[1][i];

		norm += (double)(g * g);
	}
	norm = sqrt(norm);
	n->step++;
	hold = 1.0f / (float)(n->step < 1000 ? n->step : 1000);
	for (int i = 0; i < THREADS; i++)
		piece[i] = (struct piece){
			n,    n->size / 2 * (size_t)i,          i ? n->size : n->size / 2,
			rate, norm > 5 ? (float)(5 / norm) : 1, hold
		};
	pthread_create(&thread, NULL, adam, &piece[1]);
	adam(&piece[0]);
	pthread_join(thread, NULL);
	turn_all(n);
}

struct sentence_items {
	struct item *items;
	int length; /* with the root */
	uint32_t order;
};

static int
items_of(const struct vocabulary *v, const struct treebank *t,
	 struct sentence_items **out, bool all)
{
	struct sentence_items *s = must_alloc((size_t)t->count * sizeof *s);
	int count = 0;

	for (int i = 0; i < t->count; i++) {
		const struct conllu_sentence *c = &t->sentences[i];

		if (c->count > LONGEST) {
			if (all)
				die("a sentence of %d words is too long here", c->count);
			continue;
		}
		s[count].length = c->count + 1;
		s[count].items =
		    must_alloc((size_t)(c->count + 1) * sizeof *s[count].items);
		s[count].items[0] =
		    (struct item){ .word = WORD_ROOT, .head = -1, .tag = -1, .xpos = -1 };
		for (int k = 0; k < SPELLING_PARTS; k++)
			s[count].items[0].part[k] = -1;
		for (int j = 0; j < c->count; j++)
			vocabulary_item(v, &c->tokens[j], c->comments == headline_mark,
					&s[count].items[j + 1]);
		count++;
	}
	*out = s;
	return count;
}

static int
by_length(const void *a, const void *b)
{
	const struct sentence_items *x = a, *y = b;

	return x->length != y->length ? x->length - y->length
	       : x->order < y->order  ? -1
				      : x->order > y->order;
}

static void
deal(struct lane *l, const struct sentence_items *s, int count)
{
	l->count = count < 0 ? 0 : count < LANES ? count : LANES;
	for (int i = 0; i < l->count; i++) {
		l->item[i] = s[i].items;
		l->length[i] = s[i].length;
	}
}

static void
lane_reset(struct lane *l)
{
	memset(l->loss, 0, sizeof l->loss);
	l->words = l->right_tag = l->right_upos = 0;
	l->right_head = l->right_rel = l->right_all = 0;
}

static void
check(struct lane *l, const struct sentence_items *dev, int count)
{
	double n;

	lane_reset(l);
	l->w = l->net->mean;
	l->learns = false;
	for (int i = 0; i < count; i += LANES) {
		deal(l, dev + i, count - i);
		pass(l);
	}
	n = (double)l->words / 100;
	printf("  dev tag %.2f upos %.2f uas %.2f las %.2f (with subtypes %.2f)\n",
	       (double)l->right_tag / n, (double)l->right_upos / n,
	       (double)l->right_head / n, (double)l->right_rel / n,
	       (double)l->right_all / n);
	fflush(stdout);
	l->w = l->net->w;
	l->learns = true;
}

static void
shuffle(int *order, int n, struct rng *r)
{
	for (int i = n - 1; i > 0; i--) {
		int j = (int)(rng_next(r) % (uint32_t)(i + 1)), k = order[i];

		order[i] = order[j];
		order[j] = k;
	}
}

static void
epoch(struct net *n, struct lane lane[THREADS], struct sentence_items *s, int count,
      struct rng *r, long steps)
{
	int batches = (count + 2 * LANES - 1) / (2 * LANES);
	int *order = must_alloc((size_t)batches * sizeof *order);

	for (int i = 0; i < count; i++)
		s[i].order = rng_next(r);
	qsort(s, (size_t)count, sizeof *s, by_length);
	for (int i = 0; i < batches; i++)
		order[i] = i;
	shuffle(order, batches, r);
	for (int i = 0; i < batches; i++) {
		const struct sentence_items *at = s + order[i] * 2 * LANES;
		int left = count - order[i] * 2 * LANES, words = 0;
		float done = (float)n->step / (float)steps, rate;
		pthread_t thread;

		for (int k = 0; k < 2 * LANES && k < left; k++)
			words += at[k].length - 1;
		for (int k = 0; k < THREADS; k++) {
			deal(&lane[k], at + k * LANES, left - k * LANES);
			lane[k].scale = 1.0f / (float)words;
		}
		pthread_create(&thread, NULL, pass_thread, &lane[1]);
		pass(&lane[0]);
		pthread_join(thread, NULL);
		rate = rate_top * (done < 0.03f ? done / 0.03f : 1.03f - done);
		learn(n, rate > 0 ? rate : 0);
	}
	free(order);
}

struct net *
net_train(const struct vocabulary *v, const struct treebank *train,
	  const struct treebank *dev, const struct options *o)
{
	struct net *n = must_alloc(sizeof *n);
	struct lane *lane = must_alloc(THREADS * sizeof *lane);
	struct rng r = { o->seed };
	struct sentence_items *s, *d;
	int count = items_of(v, train, &s, false), devs = items_of(v, dev, &d, true);
	int word_rows = WORD_ROWS;
	long steps = (long)o->epochs * ((count + 2 * LANES - 1) / (2 * LANES));

	n->row_of_word = must_alloc((size_t)(v->words.count + WORD_ROWS) * sizeof(int));
	for (int i = 0; i < v->words.count + WORD_ROWS; i++)
		n->row_of_word[i] = i < WORD_ROWS ? i : -1;
	for (int i = 0; i < count; i++)
		for (int j = 1; j < s[i].length; j++)
			if (n->row_of_word[s[i].items[j].word] < 0)
				n->row_of_word[s[i].items[j].word] = word_rows++;
	net_lay_out(n, v, word_rows);
	net_begin(n, &r);
	turn_all(n);
	for (int i = 0; i < THREADS; i++) {
		lane_init(&lane[i], n, v);
		lane[i].rng.s = o->seed * 1000003 + (uint64_t)i + 1;
		lane[i].w = n->w;
		lane[i].g = n->grad[i];
		lane[i].learns = true;
	}
	printf(
	    "net: %zu numbers, %d words, %d parts, %d tags, %d relations, %d sentences\n",
	    n->size, v->words.count, v->parts.count, n->tags, n->relations, count);
	for (int e = 0; e < o->epochs; e++) {
		struct timespec from, to;

		clock_gettime(CLOCK_MONOTONIC, &from);
		epoch(n, lane, s, count, &r, steps);
		clock_gettime(CLOCK_MONOTONIC, &to);
		for (int k = 0; k < 3; k++)
			lane[0].loss[k] += lane[1].loss[k];
		printf("epoch %d: loss tag %.3f head %.3f relation %.3f, %.0f s\n", e + 1,
		       lane[0].loss[0] / train->words, lane[0].loss[1] / train->words,
		       lane[0].loss[2] / train->words,
		       (double)(to.tv_sec - from.tv_sec) +
			   1e-9 * (double)(to.tv_nsec - from.tv_nsec));
		fflush(stdout);
		lane_reset(&lane[0]);
		lane_reset(&lane[1]);
		if (e % 2 || e + 1 == o->epochs)
			check(&lane[0], d, devs);
		lane_reset(&lane[0]);
	}
	return n;
}
