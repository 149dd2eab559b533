/*
 * Two layers of LSTM both ways.  What runs backwards runs over rows put in
 * reverse, sentence by sentence, so padding is always behind the end and
 * harmless.
 */
#include "tools/train_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tools/gemm.h"

static float *
room(int columns)
{
	return must_alloc((size_t)ROWS * (size_t)columns * sizeof(float));
}

void
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

void
lane_mask(struct lane *l, float *mask, int columns, float p)
{
	float keep = 1 / (1 - p);

	for (long i = 0; i < (long)LANES * columns; i++)
		mask[i] = !l->learns ? 1 : rng_unit(&l->rng) < p ? 0 : keep;
}

void
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

void
lane_embed(struct lane *l)
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
	lane_mask(l, l->mask_x[0], NET_INPUT, drop_input);
	times_mask(x, x, l->mask_x[0], l->t_max, NET_INPUT);
}

void
lane_embed_back(struct lane *l)
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

void
add_bias(float *to, const float *bias, long rows, int columns)
{
	for (long r = 0; r < rows; r++)
		memcpy(to + r * columns, bias, (size_t)columns * sizeof *to);
}

void
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

	lane_mask(l, l->mask_h[k][d], H, drop_hidden);
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

void
lane_layer(struct lane *l, int k)
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

void
lane_layer_back(struct lane *l, int k)
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
