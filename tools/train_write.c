/*
 * The net to whole numbers, and into the model file.  The widths here are
 * those of common/language/net.c; a sum that could leave 32 bits there is
 * refused here.
 */
#include "tools/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/model.h"
#include "tools/train_net.h"

enum {
	WEIGHT = 1 << 12,
	INPUT_MAX = 4095,
	HIDDEN_MAX = 1024,
	PAIR_MAX = 2047,
	CURVE = 4096,
	WORD_SHIFT = 5,
};

void
section_put(struct buf *b, const void *bytes, size_t n)
{
	buf_add(b, bytes, n);
	while (b->size % 64)
		buf_addc(b, 0);
}

static int
whole(double x, int limit)
{
	double r = rint(x);

	return r > limit ? limit : r < -limit ? -limit : (int)r;
}

void
matrix_put(struct buf *out, const float *w, const float *bias, int rows, int columns,
	   int point, double input_max)
{
	int16_t *q = must_alloc(2 * (size_t)rows * (size_t)columns);
	int32_t *b = must_alloc(4 * (size_t)rows);

	for (int r = 0; r < rows; r++) {
		double sum = 0;

		for (int k = 0; k < columns; k++) {
			int v = whole((double)w[(long)k * rows + r] * WEIGHT, 32767);

			q[((long)(r / 16) * (columns / 2) + k / 2) * 32 + r % 16 * 2 +
			  k % 2] = (int16_t)v;
			sum += abs(v) * input_max;
		}
		if (bias) {
			double x = (double)bias[r] * (1 << point);

			b[r] = whole(x, 1 << 30);
			sum += fabs(x);
		}
		if (sum > 1073741824.0) /* two may be added */
			die("a row's sum does not fit 32 bits: %.0f", sum);
	}
	section_put(out, q, 2 * (size_t)rows * (size_t)columns);
	if (bias)
		section_put(out, b, 4 * (size_t)rows);
	free(q);
	free(b);
}

static void
put_matrix(struct buf *out, const struct net *n, struct tensor w,
	   const struct tensor *bias, int point, double input_max)
{
	matrix_put(out, n->mean + w.at, bias ? n->mean + bias->at : NULL, w.columns,
		   w.rows, point, input_max);
}

static void
put_curves(struct buf *out)
{
	int16_t c[CURVE];

	for (int i = 0; i < CURVE; i++)
		c[i] = (int16_t)whole(32768 / (1 + exp(-(i - CURVE / 2) / 256.0)), 32767);
	section_put(out, c, sizeof c);
	for (int i = 0; i < CURVE; i++)
		c[i] = (int16_t)whole(32768 * tanh((i - CURVE / 2) / 256.0), 32767);
	section_put(out, c, sizeof c);
}

/* The largest power of two that nearly all numbers of the table can bear. */
static int
shift_of(const float *f, size_t n)
{
	for (int bits = 9; bits > 0; bits--) {
		size_t over = 0;

		for (size_t i = 0; i < n; i++)
			over += fabsf(f[i]) * (float)(1 << bits) > 127;
		if (over * 5000 < n)
			return 10 - bits;
	}
	return 10;
}

static void
add_words(struct model_builder *m, const struct net *n, const struct vocabulary *v)
{
	int count = v->words.count + WORD_ROWS;
	signed char *rows = must_alloc((size_t)count * VECTOR);
	uint32_t *value = must_alloc((size_t)count * sizeof *value);

	for (int i = 0; i < count; i++) {
		int trained = n->row_of_word[i];

		for (int k = 0; k < VECTOR; k++) {
			double x =
			    i < WORD_ROWS ? 0 : v->vectors[(i - WORD_ROWS) * VECTOR + k];

			if (trained >= 0)
				x += 32.0 *
				     (double)n->mean[n->words.at +
						     (size_t)(trained * VECTOR + k)];
			rows[i * VECTOR + k] = (signed char)whole(x, 127);
		}
		value[i] = (uint32_t)(i + WORD_ROWS);
	}
	keyed_add(m, "words", v->words.key, value, (uint32_t)v->words.count, rows,
		  (uint32_t)count, VECTOR);
	free(rows);
	free(value);
}

static int
add_parts(struct model_builder *m, const struct net *n, const struct vocabulary *v)
{
	const float *f = n->mean + n->parts.at;
	size_t size = (size_t)v->parts.count * NET_PARTS;
	signed char *rows = must_alloc(size);
	int shift = shift_of(f, size);

	for (size_t i = 0; i < size; i++)
		rows[i] = (signed char)whole((double)f[i] * (1 << (10 - shift)), 127);
	keyed_add(m, "parts", v->parts.key, NULL, (uint32_t)v->parts.count, rows,
		  (uint32_t)v->parts.count, NET_PARTS);
	free(rows);
	return shift;
}

static void
add_strings(struct model_builder *m, const char *name, const struct labels *l,
	    bool halves)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < l->count; i++) {
		const char *bar = halves ? strchr(l->name[i], '|') : NULL;

		if (bar) {
			buf_add(&b, l->name[i], (size_t)(bar - l->name[i]));
			buf_addc(&b, 0);
			buf_adds(&b, bar + 1);
		} else
			buf_adds(&b, l->name[i]);
		buf_addc(&b, 0);
	}
	model_add(m, name, b.data, b.size);
	buf_release(&b);
}

void
net_write(const struct net *n, const struct vocabulary *v, struct model_builder *m)
{
	int32_t shape[8] = { NET_INPUT, NET_HIDDEN,   NET_ARC,    NET_RELATION,
			     n->tags,   n->relations, WORD_SHIFT, 0 };
	int16_t prior[NET_ARC];
	int32_t far[NET_FAR];
	struct buf b;

	add_words(m, n, v);
	shape[7] = add_parts(m, n, v);
	classes_add(m, "classes", &v->classes);
	add_strings(m, "tags", &v->tags, true);
	add_strings(m, "relations", &v->relations, false);
	buf_init(&b, 1 << 28);
	section_put(&b, shape, sizeof shape);
	put_curves(&b);
	for (int k = 0; k < LAYERS; k++)
		for (int d = 0; d < 2; d++) {
			put_matrix(&b, n, n->wx[k][d], &n->b[k][d], 22,
				   k ? HIDDEN_MAX : INPUT_MAX);
			put_matrix(&b, n, n->wh[k][d], NULL, 0, HIDDEN_MAX);
		}
	put_matrix(&b, n, n->tag, &n->tag_b, 22, HIDDEN_MAX);
	put_matrix(&b, n, n->arc_h, &n->arc_hb, 22, HIDDEN_MAX);
	put_matrix(&b, n, n->arc_d, &n->arc_db, 22, HIDDEN_MAX);
	put_matrix(&b, n, n->arc_u, NULL, 0, PAIR_MAX);
	for (int i = 0; i < NET_ARC; i++)
		prior[i] =
		    (int16_t)whole((double)n->mean[n->arc_v.at + (size_t)i] * WEIGHT,
				   32767);
	section_put(&b, prior, sizeof prior);
	for (int i = 0; i < NET_FAR; i++)
		far[i] = whole((double)n->mean[n->far.at + (size_t)i] * 65536, 1 << 22);
	section_put(&b, far, sizeof far);
	put_matrix(&b, n, n->rel_h, &n->rel_b, 22, HIDDEN_MAX);
	put_matrix(&b, n, n->rel_d, NULL, 0, HIDDEN_MAX);
	put_matrix(&b, n, n->rel, &n->rel_ob, 20, PAIR_MAX);
	model_add(m, "net", b.data, b.size);
	buf_release(&b);
}
