/*
 * What the files of the net's training share: the numbers that are learnt, and
 * a lane, sixteen sentences of like length that go through in step.  Row
 * t * LANES + b is word t of sentence b.
 */
#ifndef TOOLS_TRAIN_NET_H
#define TOOLS_TRAIN_NET_H

#include <stddef.h>

#include "tools/train.h"

enum {
	LAYERS = 2,
	THREADS = 2,
	NET_HIDDEN = 96,
	NET_PARTS = 78,
	NET_INPUT = VECTOR + NET_PARTS,
	NET_ARC = 96,
	NET_RELATION = 96,
	NET_FAR = 16,
	LANES = 16,
	LONGEST = 127,
	ROWS = (LONGEST + 1) * LANES,
};

/* Of numbers that go in, of the LSTM's and of the scores' inputs, of whole words. */
static const float drop_input = 0.2f, drop_hidden = 0.33f, drop_word = 0.15f;

struct tensor {
	size_t at;
	int rows, columns;
};

struct net {
	struct tensor words, parts; /* trained rows; see row_of_word */
	struct tensor wx[LAYERS][2], wh[LAYERS][2], b[LAYERS][2];
	struct tensor tag, tag_b, arc_h, arc_hb, arc_d, arc_db, arc_u, arc_v, far;
	struct tensor rel_h, rel_d, rel_b, rel, rel_ob;
	size_t size;
	float *w, *mean, *m1, *m2, *turned; /* turned: the matrices transposed */
	float *grad[THREADS];
	int *row_of_word;
	int tags, relations;
	long step;
};

/* How far the head is: before the word 0 to 6, the root 7, behind it 8 to 14. */
static inline int
net_distance(int word, int head)
{
	int far = head > word ? head - word : word - head, k;

	if (head == 0)
		return 7;
	k = far <= 3 ? far - 1 : far <= 5 ? 3 : far <= 8 ? 4 : far <= 14 ? 5 : 6;
	return head > word ? 8 + k : k;
}

static inline int
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

#define W(t)      (l->w + (t).at)
#define G(t)      (l->g + (t).at)
#define TURNED(t) (l->net->turned + (t).at)

static inline int
inputs_of(int layer)
{
	return layer == 0 ? NET_INPUT : 2 * NET_HIDDEN;
}

void lane_init(struct lane *l, struct net *n, const struct vocabulary *v);

/* tools/train_lstm.c: words to vectors, vectors to vectors that know their sentence. */
void lane_embed(struct lane *l);
void lane_embed_back(struct lane *l);
void lane_layer(struct lane *l, int k);
void lane_layer_back(struct lane *l, int k);

/* tools/train_heads.c: those to scores; where the lane learns, their gradients too. */
void lane_tags(struct lane *l);
void lane_tree(struct lane *l);

/* One mask for all words of a sentence: variational dropout. */
void lane_mask(struct lane *l, float *mask, int columns, float p);
void times_mask(float *to, const float *from, const float *mask, long t_max, int columns);
void add_bias(float *to, const float *bias, long rows, int columns);
void sum_rows(float *to, const float *from, long rows, int columns);

static inline void
axpy(float *y, float a, const float *x, int n)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

#endif
