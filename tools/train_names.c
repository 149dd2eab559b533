/*
 * The model of names: a linear model over what is seen of each token, a layer
 * of a net over the parser's two, and moves from label to label, learnt
 * together as a conditional random field (Lafferty, McCallum, Pereira 2001):
 * what is made likelier is the sum over all labels that the text allows, so a
 * set that does not mark a kind teaches nothing of it.  AdaGrad for rows, Adam
 * for the net; the mean over the later epochs is what is kept.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/name_look.h"
#include "tools/train_names.h"

enum {
	WIDTH = 48,
	OUT_ROWS = 16,
	SEEN_LEAST = 3,
	ROWS_MAX = 43000, /* two thirds of 65536 slots */
	BATCH = 24,       /* runs */
	RUN_MAX = 512,
	WIDE_MAX = 512,
};

static const float row_rate = 0.03f, net_rate = 0.001f, row_drop = 0.6f,
		   layer_drop = 0.3f, width_drop = 0.3f, row_decay = 3e-3f;

/* All that is learnt, in one block of numbers so that a mean is easy. */
struct crf {
	int rows, wide;
	size_t size, net_at; /* numbers; those before it are rows */
	float *row;          /* [rows][LABELS] */
	float *low, *top;    /* [wide][WIDTH] */
	float *bias;         /* [WIDTH] */
	float *out;          /* [WIDTH][OUT_ROWS] */
	float *out_bias;     /* [OUT_ROWS] */
	float *move;         /* [LABELS][LABELS] */
};

struct training {
	struct crf now, step, first, second, mean;
	struct rng rng;
	float *all_rows; /* AdaGrad's sums */
	int steps, means;
};

static void
field_new(struct crf *f, int rows, int wide)
{
	float *p;

	f->rows = rows;
	f->wide = wide;
	f->net_at = (size_t)rows * LABELS;
	f->size = f->net_at + 2 * (size_t)WIDTH * (size_t)wide + WIDTH +
		  OUT_ROWS * (WIDTH + 1) + LABELS * LABELS;
	p = f->row = must_alloc(f->size * sizeof *f->row);
	memset(p, 0, f->size * sizeof *p);
	f->low = p + f->net_at;
	f->top = f->low + (size_t)WIDTH * (size_t)wide;
	f->bias = f->top + (size_t)WIDTH * (size_t)wide;
	f->out = f->bias + WIDTH;
	f->out_bias = f->out + OUT_ROWS * WIDTH;
	f->move = f->out_bias + OUT_ROWS;
}

static bool
may_follow(int from, int to)
{
	return to == 0 || to % 2 == 1 || from == to || from == to - 1;
}

/* A token on its way through the net. */
struct passing {
	float x[2 * WIDE_MAX]; /* both layers, some dropped */
	float view[WIDTH];
	bool on[WIDTH];
	float score[LABELS], error[LABELS];
	bool row_on[LOOK_KEYS];
};

static void
pass(const struct crf *f, const struct name_token *t, struct passing *p,
     struct rng *rng /* NULL: not training */)
{
	int wide = f->wide;
	float keep = rng ? 1 / (1 - layer_drop) : 1, more = rng ? 1 / (1 - width_drop) : 1;

	memcpy(p->view, f->bias, sizeof p->view);
	for (int i = 0; i < 2 * wide; i++) {
		const float *w = f->low + (size_t)i * WIDTH; /* top is behind it */
		float x = (float)(i < wide ? t->low[i] : t->top[i - wide]) / 1024;

		p->x[i] = rng && rng_unit(rng) < layer_drop ? 0 : x * keep;
		if (p->x[i] != 0)
			for (int k = 0; k < WIDTH; k++)
				p->view[k] += w[k] * p->x[i];
	}
	for (int k = 0; k < WIDTH; k++) {
		float sum = p->view[k];

		p->on[k] = sum > 0 && sum < 15.9f && !(rng && rng_unit(rng) < width_drop);
		p->view[k] = p->on[k] ? sum * more : sum >= 15.9f && !rng ? 15.9f : 0;
	}
	for (int y = 0; y < LABELS; y++) {
		float sum = f->out_bias[y];

		for (int k = 0; k < WIDTH; k++)
			sum += f->out[k * OUT_ROWS + y] * p->view[k];
		p->score[y] = sum;
	}
	for (int k = 0; k < t->row_count; k++) {
		const float *w = f->row + (size_t)t->rows[k] * LABELS;

		p->row_on[k] = !(rng && rng_unit(rng) < row_drop);
		if (p->row_on[k])
			for (int y = 0; y < LABELS; y++)
				p->score[y] += w[y] * (rng ? 1 / (1 - row_drop) : 1);
	}
}

static float
log_sum(const float *x)
{
	float top = x[0], sum = 0;

	for (int i = 1; i < LABELS; i++)
		top = x[i] > top ? x[i] : top;
	if (top < -1e20f)
		return -1e30f;
	for (int i = 0; i < LABELS; i++)
		sum += expf(x[i] - top);
	return top + logf(sum);
}

/*
 * Forward and backward over a run, over all labels or the allowed ones; adds
 * `sign` times the likelihood of each label to the errors and of each move to
 * `moves`.  Returns the log of the sum.
 */
static float
run_over(const struct crf *f, const struct name_run *run, struct passing *p,
	 bool only_allowed, float sign, float *moves)
{
	static float a[RUN_MAX][LABELS], b[RUN_MAX][LABELS];
	int n = run->count;
	float all, x[LABELS];

	for (int i = 0; i < n; i++)
		for (int y = 0; y < LABELS; y++) {
			bool off = only_allowed && !(run->tokens[i].allowed & 1u << y);

			for (int k = 0; k < LABELS; k++)
				x[k] = !may_follow(k, y) || (i == 0 && k > 0)
					   ? -1e30f
					   : (i ? a[i - 1][k] : 0) +
						 f->move[k * LABELS + y];
			a[i][y] = off ? -1e30f : log_sum(x) + p[i].score[y];
		}
	for (int i = n - 1; i >= 0; i--)
		for (int y = 0; y < LABELS; y++) {
			for (int k = 0; k < LABELS; k++)
				x[k] = i == n - 1 ? -1e30f
				       : !may_follow(y, k) ||
					       (only_allowed &&
						!(run->tokens[i + 1].allowed & 1u << k))
					   ? -1e30f
					   : b[i + 1][k] + p[i + 1].score[k] +
						 f->move[y * LABELS + k];
			b[i][y] = i == n - 1 ? 0 : log_sum(x);
		}
	all = log_sum(a[n - 1]);
	if (all < -1e20f)
		return all;
	for (int i = 0; i < n; i++)
		for (int y = 0; y < LABELS; y++) {
			if (a[i][y] < -1e20f)
				continue;
			p[i].error[y] += sign * expf(a[i][y] + b[i][y] - all);
			for (int k = 0; k < LABELS; k++)
				if (may_follow(k, y) && (i > 0 || k == 0) &&
				    (i == 0 || a[i - 1][k] > -1e20f))
					moves[k * LABELS + y] +=
					    sign *
					    expf((i ? a[i - 1][k] : 0) +
						 f->move[k * LABELS + y] + p[i].score[y] +
						 b[i][y] - all);
		}
	return all;
}

static void
back(struct training *g, const struct name_token *t, const struct passing *p)
{
	struct crf *f = &g->now, *s = &g->step;
	int wide = f->wide;
	float e[WIDTH] = { 0 };

	for (int y = 0; y < LABELS; y++) {
		s->out_bias[y] += p->error[y];
		for (int k = 0; k < WIDTH; k++)
			s->out[k * OUT_ROWS + y] += p->error[y] * p->view[k];
	}
	for (int k = 0; k < WIDTH; k++) {
		for (int y = 0; p->on[k] && y < LABELS; y++)
			e[k] += f->out[k * OUT_ROWS + y] * p->error[y];
		e[k] /= 1 - width_drop;
		s->bias[k] += e[k];
	}
	for (int i = 0; i < 2 * wide; i++) {
		float *w = s->low + (size_t)i * WIDTH;

		if (p->x[i] != 0)
			for (int k = 0; k < WIDTH; k++)
				w[k] += e[k] * p->x[i];
	}
	for (int k = 0; k < t->row_count; k++) {
		float *w = f->row + (size_t)t->rows[k] * LABELS,
		      *sum = g->all_rows + (size_t)t->rows[k] * LABELS;

		if (!p->row_on[k])
			continue;
		for (int y = 0; y < LABELS; y++) {
			float d = p->error[y] / (1 - row_drop) + row_decay * w[y];

			sum[y] += d * d;
			w[y] -= row_rate * d / (sqrtf(sum[y]) + 1e-4f);
		}
	}
}

/* Adam, for all that is no row. */
static void
step(struct training *g)
{
	float a = 1 - powf(0.9f, (float)++g->steps), b = 1 - powf(0.999f, (float)g->steps);

	for (size_t i = g->now.net_at; i < g->now.size; i++) {
		float e = g->step.row[i] / BATCH, *m = &g->first.row[i],
		      *v = &g->second.row[i];

		*m = 0.9f * *m + 0.1f * e;
		*v = 0.999f * *v + 0.001f * e * e;
		g->now.row[i] -= net_rate * (*m / a) / (sqrtf(*v / b) + 1e-7f);
		g->step.row[i] = 0;
	}
}

static double
learn(struct training *g, const struct name_run *run)
{
	static struct passing p[RUN_MAX];
	float gold, all;

	if (run->count > RUN_MAX)
		return 0;
	for (int i = 0; i < run->count; i++) {
		pass(&g->now, &run->tokens[i], &p[i], &g->rng);
		memset(p[i].error, 0, sizeof p[i].error);
	}
	gold = run_over(&g->now, run, p, true, -1, g->step.move);
	if (gold < -1e20f)
		return 0; /* labels that cannot follow each other */
	all = run_over(&g->now, run, p, false, 1, g->step.move);
	for (int i = 0; i < run->count; i++)
		back(g, &run->tokens[i], &p[i]);
	return (double)(all - gold);
}

static void
decode(const struct crf *f, const struct name_run *run, int *label)
{
	static struct passing p[RUN_MAX];
	static int from[RUN_MAX][LABELS];
	float best[LABELS], next[LABELS];
	int at = 0;

	for (int i = 0; i < run->count; i++) {
		pass(f, &run->tokens[i], &p[i], NULL);
		for (int y = 0; y < LABELS; y++) {
			next[y] = -1e30f;
			for (int k = 0; k < (i ? LABELS : 1); k++) {
				float s = (i ? best[k] : 0) + f->move[k * LABELS + y] +
					  p[i].score[y];

				if (may_follow(k, y) && s > next[y]) {
					next[y] = s;
					from[i][y] = k;
				}
			}
		}
		memcpy(best, next, sizeof best);
	}
	for (int y = 1; y < LABELS; y++)
		at = best[y] > best[at] ? y : at;
	for (int i = run->count - 1; i >= 0; i--) {
		label[i] = at;
		at = from[i][at];
	}
}

static int
span_end(const int *label, int i, int count)
{
	int first = label[i], k = i + 1;

	while (k < count && label[k] == first + 1)
		k++;
	return k;
}

/* How many names of each type are said and right; F1 over the first three. */
static double
score(const struct crf *f, const struct name_set *set, double by_type[3])
{
	int said[4] = { 0 }, right[4] = { 0 }, label[RUN_MAX], gold[RUN_MAX];
	double r = 0, s = 0, g = 0;

	for (int k = 0; k < set->count; k++) {
		const struct name_run *run = &set->runs[k];

		if (run->count > RUN_MAX)
			continue;
		decode(f, run, label);
		for (int i = 0; i < run->count; i++)
			gold[i] = run->tokens[i].label < 0 ? 0 : run->tokens[i].label;
		for (int i = 0; i < run->count; i++) {
			int end;

			if (label[i] % 2 == 0 || run->tokens[i].label < 0)
				continue;
			end = span_end(label, i, run->count);
			said[label[i] / 2]++;
			right[label[i] / 2] +=
			    gold[i] == label[i] && span_end(gold, i, run->count) == end;
		}
	}
	for (int y = 0; y < 3; y++) {
		by_type[y] = 2.0 * right[y] / (said[y] + set->gold[y] + 1e-9);
		r += right[y];
		s += said[y];
		g += set->gold[y];
	}
	return 2 * r / (s + g + 1e-9);
}

static void
add_to_mean(struct training *g)
{
	for (size_t i = 0; i < g->now.size; i++)
		g->mean.row[i] +=
		    (g->now.row[i] - g->mean.row[i]) / (float)(g->means + 1);
	g->means++;
}

static void
report(const struct training *g, const struct name_set *sets, int count, const char *what,
       double loss)
{
	printf("names: %s, loss %.4f", what, loss);
	for (int s = 0; s < count; s++) {
		double by[3], f1 = score(g->means ? &g->mean : &g->now, &sets[s], by);

		if (!sets[s].for_training)
			printf("; %s %.4f (%.3f %.3f %.3f)", sets[s].name, f1, by[0], by[1],
			       by[2]);
	}
	printf("\n");
	fflush(stdout);
}

static void
begin(struct training *g, int rows, int wide, uint64_t seed)
{
	float scale = sqrtf(1.0f / (float)wide);

	*g = (struct training){ .rng = { seed ? seed : 1 } };
	field_new(&g->now, rows, wide);
	field_new(&g->step, rows, wide);
	field_new(&g->first, rows, wide);
	field_new(&g->second, rows, wide);
	field_new(&g->mean, rows, wide);
	g->all_rows = must_alloc(g->now.net_at * sizeof(float) + 1);
	memset(g->all_rows, 0, g->now.net_at * sizeof(float));
	for (float *w = g->now.low; w < g->now.bias; w++)
		*w = (rng_unit(&g->rng) * 2 - 1) * scale;
	for (float *w = g->now.out; w < g->now.out_bias; w++)
		*w = (rng_unit(&g->rng) * 2 - 1) * 0.2f;
}

static void
train(struct training *g, const struct name_set *sets, int count, int epochs)
{
	const struct name_run **order;
	int runs = 0;

	for (int s = 0; s < count; s++)
		runs += sets[s].for_training ? sets[s].count : 0;
	order = must_alloc((size_t)runs * sizeof(struct name_run *));
	runs = 0;
	for (int s = 0; s < count; s++)
		for (int i = 0; sets[s].for_training && i < sets[s].count; i++)
			order[runs++] = &sets[s].runs[i];
	for (int e = 0; e < epochs; e++) {
		double loss = 0;
		char what[32];

		for (int i = runs - 1; i > 0; i--) {
			int k = (int)(rng_next(&g->rng) % (uint32_t)(i + 1));
			const struct name_run *one = order[i];

			order[i] = order[k];
			order[k] = one;
		}
		for (int i = 0; i < runs; i++) {
			loss += learn(g, order[i]);
			if (i % BATCH == BATCH - 1 || i == runs - 1)
				step(g);
		}
		if (e >= epochs / 3)
			add_to_mean(g);
		snprintf(what, sizeof what, "epoch %d", e + 1);
		report(g, sets, count, what, loss / runs);
	}
	free(order);
}

/* The rows that weigh most; the others are gone, from the sets too. */
static void
choose_rows(const struct crf *f, struct name_set *sets, int count, struct name_keys *keys)
{
	float *weight = must_alloc((size_t)f->rows * sizeof *weight + 1), low = 0,
	      high = 1000;

	for (int i = 0; i < f->rows; i++) {
		weight[i] = 0;
		for (int y = 0; y < LABELS; y++)
			weight[i] += fabsf(f->row[i * LABELS + y]);
	}
	for (int turn = 0; turn < 60; turn++) {
		float middle = (low + high) / 2;
		int over = 0;

		for (int i = 0; i < f->rows; i++)
			over += weight[i] >= middle;
		*(over > ROWS_MAX ? &low : &high) = middle;
	}
	for (int i = 0; i < f->rows; i++)
		keys->seen[i] = weight[i] >= high ? 1 : 0;
	name_sets_prune(sets, count, keys, 1);
	free(weight);
}

/* Rows in one byte a number, as fine as nearly all of them bear. */
static int
quantise(const struct crf *f, signed char *rows)
{
	int bits = 7;
	size_t n = f->net_at;

	for (; bits > 0; bits--) {
		size_t over = 0;

		for (size_t i = 0; i < n; i++)
			over += fabsf(f->row[i]) * (float)(1 << bits) > 127;
		if (over * 2000 < n)
			break;
	}
	for (size_t i = 0; i < n; i++) {
		float x = rintf(f->row[i] * (float)(1 << bits));

		rows[i] = (signed char)(x > 127 ? 127 : x < -127 ? -127 : x);
	}
	return 20 - bits;
}

static void
write(const struct crf *f, const struct name_keys *keys, const struct name_reader *n,
      const char *path)
{
	signed char *rows = must_alloc(f->net_at + 1);
	int32_t shape[4] = { WIDTH, f->wide, quantise(f, rows), LABELS },
		move[LABELS * LABELS];
	struct model_builder m;
	struct err err;
	struct buf b;

	model_begin(&m);
	model_copy(&m, name_reader_model(n), "name");
	classes_add(&m, "name_people", name_reader_people(n));
	keyed_add(&m, "name_rows", keys->keys.key, NULL, (uint32_t)f->rows, rows,
		  (uint32_t)f->rows, LABELS);
	buf_init(&b, 1 << 24);
	section_put(&b, shape, sizeof shape);
	matrix_put(&b, f->low, f->bias, WIDTH, f->wide, 22, 1024);
	matrix_put(&b, f->top, NULL, WIDTH, f->wide, 0, 1024);
	matrix_put(&b, f->out, f->out_bias, OUT_ROWS, WIDTH, 20, 255 * 16);
	for (int from = 0; from < LABELS; from++)
		for (int to = 0; to < LABELS; to++)
			move[from * LABELS + to] =
			    may_follow(from, to)
				? (int32_t)lrintf(f->move[from * LABELS + to] * (1 << 20))
				: -(1 << 30);
	section_put(&b, move, sizeof move);
	model_add(&m, "names", b.data, b.size);
	if (model_write(&m, path, &err))
		die("%s", err.text);
	buf_release(&b);
	free(rows);
}

void
names_train(const struct options *o)
{
	struct name_reader *n = name_reader_new(o->out, o->lexicon, o->tables);
	struct name_set sets[16] = { 0 };
	struct name_keys keys = { 0 };
	struct training g;
	int count = 0;

	for (int i = 0; i < o->name_sets + o->name_devs; i++) {
		bool dev = i >= o->name_sets;
		const char *path = dev ? o->names_dev[i - o->name_sets] : o->names[i];
		struct name_set *s = &sets[count++];

		*s = (struct name_set){ .name = path, .for_training = !dev };
		name_set_read(n, s, path, &keys);
		printf("names: %s: %d runs, PER %d ORG %d LOC %d; %d out of reach\n", path,
		       s->count, s->gold[0], s->gold[1], s->gold[2], s->lost);
	}
	name_sets_prune(sets, count, &keys, SEEN_LEAST);
	printf("names: %d keys\n", keys.keys.count);
	begin(&g, keys.keys.count, name_reader_wide(n), o->seed);
	train(&g, sets, count, o->name_epochs / 2);
	if (g.now.rows > ROWS_MAX) {
		choose_rows(&g.mean, sets, count, &keys);
		begin(&g, keys.keys.count, name_reader_wide(n), o->seed);
	}
	train(&g, sets, count, o->name_epochs);
	write(&g.mean, &keys, n, o->out);
}
