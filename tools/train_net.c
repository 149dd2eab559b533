/*
 * The net: two layers of LSTM both ways over vectors of words and of their
 * parts (Kiperwasser and Goldberg 2016), a tag for each word, a head by a
 * biaffine score and its relation (Dozat and Manning 2017).  One encoder
 * serves all of them, so tags cost next to nothing and no folds are needed.
 *
 * Sixteen sentences of like length go through in step: row t * LANES + b is
 * word t of sentence b.  What runs backwards runs over rows put in reverse,
 * sentence by sentence, so padding is always behind the end and harmless.
 */
#include "tools/train.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tools/gemm.h"
#include "tools/train_net.h"

enum { LANES = 16, LONGEST = 127, ROWS = (LONGEST + 1) * LANES };

static const float drop_input = 0.2f, drop_hidden = 0.33f, drop_word = 0.15f,
		   rate_top = 2e-3f;
static const float fade_words = 0.05f;
static const int tag_layer = 1;

static struct tensor
tensor(struct net *n, int rows, int columns)
{
	struct tensor t = { n->size, rows, columns };

	n->size += ((size_t)rows * (size_t)columns + 15) / 16 * 16;
	return t;
}

static int
up16(int n)
{
	return (n + 15) / 16 * 16;
}

/* Everything a thread needs for its sentences. */
struct lane {
	struct net *net;
	const struct vocabulary *v;
	const struct item *item[LANES];
	int length[LANES]; /* with the root */
	int count, t_max;
	bool learns;
	float scale;
	struct rng rng;
	float *w, *g;
	float *x[LAYERS][2], *dx[LAYERS]; /* inputs, put in order for each way */
	float *z[LAYERS][2], *c[LAYERS][2], *tc[LAYERS][2], *h[LAYERS][2], *hm[LAYERS][2];
	float *dh[LAYERS][2], *mask_h[LAYERS][2], *mask_x[LAYERS], *out[LAYERS],
	    *dout[LAYERS];
	float *top, *dtop, *mask_top, *low, *dlow, *mask_low;
	float *tag, *ah, *ad, *hu, *dah, *dad, *dhu, *mask_ah, *mask_ad;
	float *rh, *rd, *drh, *drd, *rel, *hid, *dhid;
	int (*word_row)[LANES];
	double loss[3];
	long words, right_tag, right_upos, right_head, right_rel, right_all;
};

static float *
room(int columns)
{
	return must_alloc((size_t)ROWS * (size_t)columns * sizeof(float));
}

static int
inputs_of(int layer)
{
	return layer == 0 ? NET_INPUT : 2 * NET_HIDDEN;
}

static void
lane_init(struct lane *l, struct net *n, const struct vocabulary *v)
{
	l->net = n;
	l->v = v;
	for (int k = 0; k < LAYERS; k++) {
		for (int d = 0; d < 2; d++) {
			l->x[k][d] = room(inputs_of(k));
			l->z[k][d] = room(4 * NET_HIDDEN);
			l->c[k][d] = room(NET_HIDDEN);
			l->tc[k][d] = room(NET_HIDDEN);
			l->h[k][d] = room(NET_HIDDEN);
			l->hm[k][d] = room(NET_HIDDEN);
			l->dh[k][d] = room(NET_HIDDEN);
			l->mask_h[k][d] = room(NET_HIDDEN);
		}
		l->dx[k] = room(inputs_of(k));
		l->mask_x[k] = room(inputs_of(k));
		l->out[k] = room(2 * NET_HIDDEN);
		l->dout[k] = room(2 * NET_HIDDEN);
	}
	l->top = room(2 * NET_HIDDEN);
	l->dtop = room(2 * NET_HIDDEN);
	l->mask_top = room(2 * NET_HIDDEN);
	l->low = room(2 * NET_HIDDEN);
	l->dlow = room(2 * NET_HIDDEN);
	l->mask_low = room(2 * NET_HIDDEN);
	l->tag = room(up16(n->tags));
	l->ah = room(NET_ARC), l->ad = room(NET_ARC), l->hu = room(NET_ARC);
	l->dah = room(NET_ARC), l->dad = room(NET_ARC), l->dhu = room(NET_ARC);
	l->mask_ah = room(NET_ARC), l->mask_ad = room(NET_ARC);
	l->rh = room(NET_RELATION), l->rd = room(NET_RELATION);
	l->drh = room(NET_RELATION), l->drd = room(NET_RELATION);
	l->hid = room(NET_RELATION), l->dhid = room(NET_RELATION);
	l->rel = room(up16(n->relations));
	l->word_row = must_alloc(sizeof *l->word_row * (LONGEST + 1));
}

#define W(t)      (l->w + (t).at)
#define G(t)      (l->g + (t).at)
#define TURNED(t) (l->net->turned + (t).at)

/* One mask for all words of a sentence: variational dropout. */
static void
draw_mask(struct lane *l, float *mask, int columns, float p)
{
	float keep = 1 / (1 - p);

	for (long i = 0; i < (long)LANES * columns; i++)
		mask[i] = !l->learns ? 1 : rng_unit(&l->rng) < p ? 0 : keep;
}

static void
times_mask(float *to, const float *from, const float *mask, long t_max, int columns)
{
	long n = (long)LANES * columns;

	for (long t = 0; t < t_max; t++)
		for (long i = 0; i < n; i++)
			to[t * n + i] = from[t * n + i] * mask[i];
}

/* Row of word t, read from the other end. */
static long
mirrored(const struct lane *l, int t, int b)
{
	return (long)(t < l->length[b] ? l->length[b] - 1 - t : t) * LANES + b;
}

static void
embed(struct lane *l)
{
	const struct net *n = l->net;
	float *x = l->x[0][0];

	memset(x, 0, (size_t)l->t_max * LANES * NET_INPUT * sizeof *x);
	for (int b = 0; b < l->count; b++)
		for (int t = 0; t < l->length[b]; t++) {
			const struct item *it = &l->item[b][t];
			float *to = x + ((long)t * LANES + b) * NET_INPUT;
			int word = it->word;
			const float *row;

			if (l->learns && t > 0 && rng_unit(&l->rng) < drop_word)
				word = WORD_UNKNOWN;
			if (word >= WORD_ROWS) {
				const signed char *s =
				    l->v->vectors + (long)(word - WORD_ROWS) * VECTOR;

				for (int i = 0; i < VECTOR; i++)
					to[i] = (float)s[i] * (1.0f / 32);
			}
			word = n->row_of_word[word];
			l->word_row[t][b] = word;
			if (word >= 0) {
				row = W(n->words) + (long)word * VECTOR;
				for (int i = 0; i < VECTOR; i++)
					to[i] += row[i];
			}
			for (int k = 0; k < SPELLING_PARTS; k++) {
				if (it->part[k] < 0)
					continue;
				row = W(n->parts) + (long)it->part[k] * NET_PARTS;
				for (int i = 0; i < NET_PARTS; i++)
					to[VECTOR + i] += row[i];
			}
		}
	draw_mask(l, l->mask_x[0], NET_INPUT, drop_input);
	times_mask(x, x, l->mask_x[0], l->t_max, NET_INPUT);
}

static void
embed_back(struct lane *l)
{
	const struct net *n = l->net;
	float *dx = l->dx[0];

	times_mask(dx, dx, l->mask_x[0], l->t_max, NET_INPUT);
	for (int b = 0; b < l->count; b++)
		for (int t = 0; t < l->length[b]; t++) {
			const struct item *it = &l->item[b][t];
			const float *from = dx + ((long)t * LANES + b) * NET_INPUT;
			float *row;

			if (l->word_row[t][b] >= 0) {
				row = G(n->words) + (long)l->word_row[t][b] * VECTOR;
				for (int i = 0; i < VECTOR; i++)
					row[i] += from[i];
			}
			for (int k = 0; k < SPELLING_PARTS; k++) {
				if (it->part[k] < 0)
					continue;
				row = G(n->parts) + (long)it->part[k] * NET_PARTS;
				for (int i = 0; i < NET_PARTS; i++)
					row[i] += from[VECTOR + i];
			}
		}
}

static void
add_bias(float *to, const float *bias, long rows, int columns)
{
	for (long r = 0; r < rows; r++)
		memcpy(to + r * columns, bias, (size_t)columns * sizeof *to);
}

static void
sum_rows(float *to, const float *from, long rows, int columns)
{
	for (long r = 0; r < rows; r++)
		for (int i = 0; i < columns; i++)
			to[i] += from[r * columns + i];
}

/* The vector library's exp is not asked for what leaves its range. */
static inline float
sigmoid(float x)
{
	return 1 / (1 + expf(x > 60 ? -60 : x < -60 ? 60 : -x));
}

/* Gates lie side by side: in, forget, out, new. */
static void
lstm(struct lane *l, int k, int d)
{
	enum { H = NET_HIDDEN, N = LANES * H };
	const struct net *n = l->net;
	long rows = (long)l->t_max * LANES;
	float *z = l->z[k][d], *c = l->c[k][d], *tc = l->tc[k][d], *h = l->h[k][d];
	float *hm = l->hm[k][d];

	draw_mask(l, l->mask_h[k][d], H, drop_hidden);
	add_bias(z, W(n->b[k][d]), rows, 4 * H);
	gemm(rows, 4 * H, inputs_of(k), l->x[k][d], inputs_of(k), W(n->wx[k][d]), 4 * H,
	     z, 4 * H);
	memset(hm, 0, N * sizeof *hm);
	for (long t = 0; t < l->t_max; t++) {
		float *zt = z + t * LANES * 4 * H, *ct = c + t * N, *tct = tc + t * N;
		float *ht = h + t * N;

		if (t > 0)
			gemm(LANES, 4 * H, H, hm + t * N, H, W(n->wh[k][d]), 4 * H, zt,
			     4 * H);
		for (int b = 0; b < LANES; b++) {
			float *gi = zt + b * 4 * H, *gf = gi + H, *go = gf + H,
			      *gn = go + H;
			const float *before = t ? ct - N + b * H : NULL;

			for (int i = 0; i < 3 * H; i++)
				gi[i] = sigmoid(gi[i]);
			for (int i = 0; i < H; i++)
				gn[i] = 2 * sigmoid(2 * gn[i]) - 1;
			for (int i = 0; i < H; i++)
				ct[b * H + i] =
				    gi[i] * gn[i] + (before ? gf[i] * before[i] : 0);
			for (int i = 0; i < H; i++) {
				tct[b * H + i] = 2 * sigmoid(2 * ct[b * H + i]) - 1;
				ht[b * H + i] = go[i] * tct[b * H + i];
			}
		}
		if (t + 1 < l->t_max)
			times_mask(hm + (t + 1) * N, ht, l->mask_h[k][d], 1, H);
	}
}

static void
lstm_back(struct lane *l, int k, int d)
{
	enum { H = NET_HIDDEN, N = LANES * H };
	const struct net *n = l->net;
	long rows = (long)l->t_max * LANES;
	float *z = l->z[k][d], *c = l->c[k][d], *tc = l->tc[k][d], *dh = l->dh[k][d];
	static __thread float dc[N], dhm[N];

	memset(dc, 0, sizeof dc);
	for (long t = l->t_max - 1; t >= 0; t--) {
		float *zt = z + t * LANES * 4 * H;

		for (int b = 0; b < LANES; b++) {
			float *gi = zt + b * 4 * H, *gf = gi + H, *go = gf + H,
			      *gn = go + H;
			const float *before = t ? c + (t - 1) * N + b * H : NULL;
			const float *tct = tc + t * N + b * H, *dht = dh + t * N + b * H;

			for (int i = 0; i < H; i++) {
				float di, df, dgo, dn, dcell;

				dcell = dc[b * H + i] +
					dht[i] * go[i] * (1 - tct[i] * tct[i]);
				dgo = dht[i] * tct[i] * go[i] * (1 - go[i]);
				di = dcell * gn[i] * gi[i] * (1 - gi[i]);
				df = before ? dcell * before[i] * gf[i] * (1 - gf[i]) : 0;
				dn = dcell * gi[i] * (1 - gn[i] * gn[i]);
				dc[b * H + i] = dcell * gf[i];
				gi[i] = di, gf[i] = df, go[i] = dgo, gn[i] = dn;
			}
		}
		if (t == 0)
			break;
		memset(dhm, 0, sizeof dhm);
		gemm(LANES, H, 4 * H, zt, 4 * H, TURNED(n->wh[k][d]), H, dhm, H);
		for (int i = 0; i < N; i++)
			dh[(t - 1) * N + i] += dhm[i] * l->mask_h[k][d][i];
	}
	gemm_t(inputs_of(k), 4 * H, rows, l->x[k][d], inputs_of(k), z, 4 * H,
	       G(n->wx[k][d]), 4 * H);
	gemm_t(H, 4 * H, rows - LANES, l->hm[k][d] + N, H, z + LANES * 4 * H, 4 * H,
	       G(n->wh[k][d]), 4 * H);
	sum_rows(G(n->b[k][d]), z, rows, 4 * H);
}

static void
layer(struct lane *l, int k)
{
	enum { H = NET_HIDDEN };
	int columns = inputs_of(k);

	for (int t = 0; t < l->t_max; t++)
		for (int b = 0; b < LANES; b++)
			memcpy(l->x[k][1] + mirrored(l, t, b) * columns,
			       l->x[k][0] + ((long)t * LANES + b) * columns,
			       (size_t)columns * sizeof(float));
	lstm(l, k, 0);
	lstm(l, k, 1);
	for (int t = 0; t < l->t_max; t++)
		for (int b = 0; b < LANES; b++) {
			long r = (long)t * LANES + b;

			memcpy(l->out[k] + r * 2 * H, l->h[k][0] + r * H,
			       H * sizeof(float));
			memcpy(l->out[k] + r * 2 * H + H,
			       l->h[k][1] + mirrored(l, t, b) * H, H * sizeof(float));
		}
}

static void
layer_back(struct lane *l, int k)
{
	enum { H = NET_HIDDEN };
	const struct net *n = l->net;
	int columns = inputs_of(k);
	long rows = (long)l->t_max * LANES;
	float *back = l->x[k][1];

	for (int t = 0; t < l->t_max; t++)
		for (int b = 0; b < LANES; b++) {
			long r = (long)t * LANES + b;

			memcpy(l->dh[k][0] + r * H, l->dout[k] + r * 2 * H,
			       H * sizeof(float));
			memcpy(l->dh[k][1] + mirrored(l, t, b) * H,
			       l->dout[k] + r * 2 * H + H, H * sizeof(float));
		}
	lstm_back(l, k, 0);
	lstm_back(l, k, 1);
	memset(l->dx[k], 0, (size_t)rows * (size_t)columns * sizeof(float));
	memset(back, 0, (size_t)rows * (size_t)columns * sizeof(float));
	gemm(rows, columns, 4 * H, l->z[k][0], 4 * H, TURNED(n->wx[k][0]), columns,
	     l->dx[k], columns);
	gemm(rows, columns, 4 * H, l->z[k][1], 4 * H, TURNED(n->wx[k][1]), columns, back,
	     columns);
	for (int t = 0; t < l->t_max; t++)
		for (int b = 0; b < LANES; b++) {
			float *to = l->dx[k] + ((long)t * LANES + b) * columns;
			const float *from = back + mirrored(l, t, b) * columns;

			for (int i = 0; i < columns; i++)
				to[i] += from[i];
		}
}

static void
relu(float *x, const float *mask, long rows, int columns)
{
	for (long i = 0; i < rows * columns; i++)
		x[i] = x[i] > 0 ? x[i] : 0;
	if (mask)
		times_mask(x, x, mask, rows / LANES, columns);
}

/* Turns scores into the gradient of their log loss; returns the best. */
static int
softmax(float *s, int n, int gold, float scale, double *loss)
{
	float top = s[0], sum = 0;
	int best = 0;

	for (int i = 1; i < n; i++)
		if (s[i] > top)
			top = s[i], best = i;
	for (int i = 0; i < n; i++)
		sum += s[i] = expf(s[i] - top < -60 ? -60 : s[i] - top);
	if (gold < 0) {
		memset(s, 0, (size_t)n * sizeof *s);
		return best;
	}
	*loss -= log(s[gold] / sum + 1e-30);
	for (int i = 0; i < n; i++)
		s[i] *= scale / sum;
	s[gold] -= scale;
	return best;
}

static bool
same_upos(const struct vocabulary *v, int a, int b)
{
	const char *x = v->tags.name[a], *y = v->tags.name[b];
	size_t n = strcspn(x, "|");

	return n == strcspn(y, "|") && !strncmp(x, y, n);
}

static void
tags(struct lane *l)
{
	const struct net *n = l->net;
	int columns = up16(n->tags), wide = 2 * NET_HIDDEN;
	long rows = (long)l->t_max * LANES;
	float *h = tag_layer == 1 ? l->low : l->top,
	      *dh = tag_layer == 1 ? l->dlow : l->dtop;

	add_bias(l->tag, W(n->tag_b), rows, columns);
	gemm(rows, columns, wide, h, wide, W(n->tag), columns, l->tag, columns);
	for (int t = 0; t < l->t_max; t++)
		for (int b = 0; b < LANES; b++) {
			float *s = l->tag + ((long)t * LANES + b) * columns;
			int gold, best;

			if (b >= l->count || t == 0 || t >= l->length[b]) {
				memset(s, 0, (size_t)columns * sizeof *s);
				continue;
			}
			gold = l->item[b][t].tag;
			best = softmax(s, n->tags, gold, l->scale, &l->loss[0]);
			memset(s + n->tags, 0, (size_t)(columns - n->tags) * sizeof *s);
			l->words++;
			l->right_tag += best == gold;
			l->right_upos += gold >= 0 && same_upos(l->v, best, gold);
		}
	if (!l->learns)
		return;
	gemm_t(wide, columns, rows, h, wide, l->tag, columns, G(n->tag), columns);
	sum_rows(G(n->tag_b), l->tag, rows, columns);
	gemm(rows, wide, columns, l->tag, columns, TURNED(n->tag), wide, dh, wide);
}

static float
dot(const float *a, const float *b, int n)
{
	float sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void
axpy(float *y, float a, const float *x, int n)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

static int
arc_scores(struct lane *l, int b, int t, float *s)
{
	const struct net *n = l->net;
	const float *d = l->ad + ((long)t * LANES + b) * NET_ARC;

	for (int h = 0; h < l->length[b]; h++) {
		long r = (long)h * LANES + b;

		s[h] = dot(d, l->hu + r * NET_ARC, NET_ARC) +
		       dot(l->ah + r * NET_ARC, W(n->arc_v), NET_ARC) +
		       W(n->far)[net_distance(t, h)];
	}
	s[t] = -1e9f;
	return l->length[b];
}

static void
arc_back(struct lane *l, int b, int t, const float *s)
{
	const struct net *n = l->net;
	long d = (long)t * LANES + b;

	for (int h = 0; h < l->length[b]; h++) {
		long r = (long)h * LANES + b;

		if (s[h] == 0)
			continue;
		axpy(l->dad + d * NET_ARC, s[h], l->hu + r * NET_ARC, NET_ARC);
		axpy(l->dhu + r * NET_ARC, s[h], l->ad + d * NET_ARC, NET_ARC);
		axpy(l->dah + r * NET_ARC, s[h], W(n->arc_v), NET_ARC);
		axpy(G(n->arc_v), s[h], l->ah + r * NET_ARC, NET_ARC);
		G(n->far)[net_distance(t, h)] += s[h];
	}
}

static void
relation(struct lane *l, int b, int t, int head, int gold, bool head_right)
{
	const struct net *n = l->net;
	int columns = up16(n->relations);
	long d = (long)t * LANES + b, h = (long)head * LANES + b;
	float *hid = l->hid, *s = l->rel, *dhid = l->dhid;
	int best;

	for (int i = 0; i < NET_RELATION; i++) {
		float x = l->rh[h * NET_RELATION + i] + l->rd[d * NET_RELATION + i];

		hid[i] = x > 0 ? x : 0;
	}
	memcpy(s, W(n->rel_ob), (size_t)columns * sizeof *s);
	gemm(1, columns, NET_RELATION, hid, NET_RELATION, W(n->rel), columns, s, columns);
	best = softmax(s, n->relations, l->learns ? gold : -1, l->scale, &l->loss[2]);
	if (gold >= 0 &&
	    same_relation(l->v->relations.name[best], l->v->relations.name[gold])) {
		l->right_rel += head_right;
		l->right_all += head_right && best == gold;
	}
	if (!l->learns)
		return;
	memset(s + n->relations, 0, (size_t)(columns - n->relations) * sizeof *s);
	gemm_t(NET_RELATION, columns, 1, hid, NET_RELATION, s, columns, G(n->rel),
	       columns);
	axpy(G(n->rel_ob), 1, s, columns);
	memset(dhid, 0, NET_RELATION * sizeof *dhid);
	gemm(1, NET_RELATION, columns, s, columns, TURNED(n->rel), NET_RELATION, dhid,
	     NET_RELATION);
	for (int i = 0; i < NET_RELATION; i++)
		if (hid[i] > 0) {
			l->drh[h * NET_RELATION + i] += dhid[i];
			l->drd[d * NET_RELATION + i] += dhid[i];
		}
}

static void
dense(struct lane *l, float *to, struct tensor w, struct tensor b, int columns)
{
	long rows = (long)l->t_max * LANES;

	add_bias(to, W(b), rows, columns);
	gemm(rows, columns, 2 * NET_HIDDEN, l->top, 2 * NET_HIDDEN, W(w), columns, to,
	     columns);
}

static void
dense_back(struct lane *l, const float *d, struct tensor w, struct tensor b, int columns)
{
	long rows = (long)l->t_max * LANES;
	int wide = 2 * NET_HIDDEN;

	gemm_t(wide, columns, rows, l->top, wide, d, columns, G(w), columns);
	sum_rows(G(b), d, rows, columns);
	gemm(rows, wide, columns, d, columns, l->net->turned + w.at, wide, l->dtop, wide);
}

static void
relu_back(float *d, const float *x, const float *mask, long rows, int columns)
{
	times_mask(d, d, mask, rows / LANES, columns);
	for (long i = 0; i < rows * columns; i++)
		d[i] = x[i] > 0 ? d[i] : 0;
}

static void
tree(struct lane *l)
{
	const struct net *n = l->net;
	long rows = (long)l->t_max * LANES;
	float s[LONGEST + 1];

	dense(l, l->ah, n->arc_h, n->arc_hb, NET_ARC);
	dense(l, l->ad, n->arc_d, n->arc_db, NET_ARC);
	dense(l, l->rh, n->rel_h, n->rel_b, NET_RELATION);
	memset(l->rd, 0, (size_t)rows * NET_RELATION * sizeof(float));
	gemm(rows, NET_RELATION, 2 * NET_HIDDEN, l->top, 2 * NET_HIDDEN, W(n->rel_d),
	     NET_RELATION, l->rd, NET_RELATION);
	draw_mask(l, l->mask_ah, NET_ARC, drop_hidden);
	draw_mask(l, l->mask_ad, NET_ARC, drop_hidden);
	relu(l->ah, l->mask_ah, rows, NET_ARC);
	relu(l->ad, l->mask_ad, rows, NET_ARC);
	memset(l->hu, 0, (size_t)rows * NET_ARC * sizeof(float));
	gemm(rows, NET_ARC, NET_ARC, l->ah, NET_ARC, W(n->arc_u), NET_ARC, l->hu,
	     NET_ARC);
	if (l->learns) {
		memset(l->dah, 0, (size_t)rows * NET_ARC * sizeof(float));
		memset(l->dad, 0, (size_t)rows * NET_ARC * sizeof(float));
		memset(l->dhu, 0, (size_t)rows * NET_ARC * sizeof(float));
		memset(l->drh, 0, (size_t)rows * NET_RELATION * sizeof(float));
		memset(l->drd, 0, (size_t)rows * NET_RELATION * sizeof(float));
	}
	for (int b = 0; b < l->count; b++)
		for (int t = 1; t < l->length[b]; t++) {
			const struct item *it = &l->item[b][t];
			int best, k = arc_scores(l, b, t, s);

			best = softmax(s, k, l->learns ? it->head : -1, l->scale,
				       &l->loss[1]);
			l->right_head += best == it->head;
			relation(l, b, t, l->learns ? it->head : best, it->relation,
				 best == it->head);
			if (l->learns)
				arc_back(l, b, t, s);
		}
	if (!l->learns)
		return;
	gemm_t(NET_ARC, NET_ARC, rows, l->ah, NET_ARC, l->dhu, NET_ARC, G(n->arc_u),
	       NET_ARC);
	gemm(rows, NET_ARC, NET_ARC, l->dhu, NET_ARC, TURNED(n->arc_u), NET_ARC, l->dah,
	     NET_ARC);
	relu_back(l->dah, l->ah, l->mask_ah, rows, NET_ARC);
	relu_back(l->dad, l->ad, l->mask_ad, rows, NET_ARC);
	dense_back(l, l->dah, n->arc_h, n->arc_hb, NET_ARC);
	dense_back(l, l->dad, n->arc_d, n->arc_db, NET_ARC);
	dense_back(l, l->drh, n->rel_h, n->rel_b, NET_RELATION);
	gemm_t(2 * NET_HIDDEN, NET_RELATION, rows, l->top, 2 * NET_HIDDEN, l->drd,
	       NET_RELATION, G(n->rel_d), NET_RELATION);
	gemm(rows, 2 * NET_HIDDEN, NET_RELATION, l->drd, NET_RELATION, TURNED(n->rel_d),
	     2 * NET_HIDDEN, l->dtop, 2 * NET_HIDDEN);
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
	embed(l);
	layer(l, 0);
	draw_mask(l, l->mask_x[1], WIDE, drop_hidden);
	times_mask(l->x[1][0], l->out[0], l->mask_x[1], l->t_max, WIDE);
	layer(l, 1);
	draw_mask(l, l->mask_top, WIDE, drop_hidden);
	times_mask(l->top, l->out[1], l->mask_top, l->t_max, WIDE);
	draw_mask(l, l->mask_low, WIDE, drop_hidden);
	times_mask(l->low, l->out[0], l->mask_low, l->t_max, WIDE);
	memset(l->dtop, 0, bytes);
	memset(l->dlow, 0, bytes);
	tags(l);
	tree(l);
	if (!l->learns)
		return;
	times_mask(l->dout[1], l->dtop, l->mask_top, l->t_max, WIDE);
	layer_back(l, 1);
	times_mask(l->dout[0], l->dx[1], l->mask_x[1], l->t_max, WIDE);
	times_mask(l->dlow, l->dlow, l->mask_low, l->t_max, WIDE);
	axpy(l->dout[0], 1, l->dlow, (int)(bytes / sizeof(float)));
	layer_back(l, 0);
	embed_back(l);
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
		    (struct item){ .word = WORD_ROOT, .head = -1, .tag = -1 };
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
