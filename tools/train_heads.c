/* Scores of tags, heads and relations, and what is to be learnt of them. */
#include "tools/train_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tools/gemm.h"

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

/* Of tags with the XPOS that is all that is known, what the net holds likeliest. */
static int
gold_tag(const struct lane *l, const struct item *it, const float *s)
{
	int best = it->tag;

	for (int i = 0; it->xpos >= 0 && i < l->net->tags; i++)
		if (l->v->xpos_of_tag[i] == it->xpos && (best < 0 || s[i] > s[best]))
			best = i;
	return best;
}

void
lane_tags(struct lane *l)
{
	const struct net *n = l->net;
	int columns = up16(n->tags), wide = 2 * NET_HIDDEN;
	long rows = (long)l->t_max * LANES;
	float *h = l->low, *dh = l->dlow;

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
			gold = gold_tag(l, &l->item[b][t], s);
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

void
lane_tree(struct lane *l)
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
	lane_mask(l, l->mask_ah, NET_ARC, drop_hidden);
	lane_mask(l, l->mask_ad, NET_ARC, drop_hidden);
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

			if (l->learns && it->head < 0)
				continue; /* no tree */
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
