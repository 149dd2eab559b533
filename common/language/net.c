/*
 * Two layers of LSTM, each in both directions.  The part of a layer that does
 * not wait for the word before is one product for the whole sentence; only
 * the recurrent part goes word by word.
 */
#include "language/net.h"

#include <string.h>

#include "text/utf8.h"

enum {
	ONE = 1 << 10,           /* of an activation */
	INPUT_MAX = 4 * ONE - 1, /* the writer of the model counts on these bounds */
	PAIR_MAX = 8 * 256 - 1,  /* 8 bits behind the point, before scores of pairs */
	HEAD_MAX = 16 * 256 - 1,
	CURVE = 4096,             /* points from -8 to 8 */
	CELL_MAX = (1 << 15) - 1, /* 16, 11 bits behind the point */
	WIDTH_MAX = 256,
	ROW_UNKNOWN = 0,
	ROW_ROOT = 1,
};

struct net_shape {
	int32_t input, hidden, arc, relation, tags, relations, word_shift, part_shift;
};

/* Takes the next piece of the section; NULL when there is too little left. */
struct piece {
	const unsigned char *at, *end;
	bool bad;
};

static const void *
take(struct piece *p, size_t n)
{
	const void *at = p->at;

	n = (n + 63) / 64 * 64;
	if (p->bad || n > (size_t)(p->end - p->at)) {
		p->bad = true;
		return NULL;
	}
	p->at += n;
	return at;
}

static void
take_matrix(struct piece *p, struct matrix *m, int rows, int columns, bool bias)
{
	rows = (rows + 15) / 16 * 16;
	m->rows = rows;
	m->columns = columns;
	m->w = take(p, 2 * (size_t)rows * (size_t)columns);
	m->bias = bias ? take(p, 4 * (size_t)rows) : NULL;
}

static bool
shape_fits(const struct net *n, const struct net_shape *s, int tags, int relations)
{
	return s->input > 0 && s->input <= 512 && s->input % 2 == 0 && s->hidden > 0 &&
	       s->hidden <= 256 && s->hidden % 32 == 0 && s->arc > 0 && s->arc <= 256 &&
	       s->arc % 16 == 0 && s->relation > 0 && s->relation <= 256 &&
	       s->relation % 16 == 0 && s->tags == tags && s->relations == relations &&
	       n->words.columns + n->parts.columns == s->input &&
	       n->words.count > ROW_ROOT && s->word_shift >= 0 && s->word_shift <= 10 &&
	       s->part_shift >= 0 && s->part_shift <= 10;
}

int
net_open(struct net *n, const struct model *m, int tags, int relations, struct err *err)
{
	const struct net_shape *s;
	const void *at;
	struct piece p;
	size_t size;
	int wide;

	if (keyed_open(&n->words, m, "words", err) ||
	    keyed_open(&n->parts, m, "parts", err) ||
	    classes_open(&n->classes, m, "classes", err) ||
	    model_section(m, "net", sizeof *s, &at, &size, err))
		return -1;
	p = (struct piece){ at, (const unsigned char *)at + size, false };
	s = take(&p, sizeof *s);
	if (!s || !shape_fits(n, s, tags, relations))
		return err_set(err, ERR_USAGE,
			       "the model's net is not of a shape known here");
	n->input = s->input, n->hidden = s->hidden, n->arc = s->arc,
	n->relation = s->relation;
	n->tags = tags, n->relation_count = relations;
	n->word_shift = s->word_shift, n->part_shift = s->part_shift;
	wide = 2 * n->hidden;
	for (int i = 0; i < 2; i++)
		n->curve[i] = take(&p, CURVE * sizeof *n->curve[i]);
	for (int k = 0; k < NET_LAYERS; k++)
		for (int d = 0; d < 2; d++) {
			take_matrix(&p, &n->layer[k].x[d], 4 * n->hidden,
				    k ? wide : n->input, true);
			take_matrix(&p, &n->layer[k].h[d], 4 * n->hidden, n->hidden,
				    false);
		}
	take_matrix(&p, &n->tag, tags, wide, true);
	take_matrix(&p, &n->arc_head, n->arc, wide, true);
	take_matrix(&p, &n->arc_word, n->arc, wide, true);
	take_matrix(&p, &n->arc_pair, n->arc, n->arc, false);
	n->arc_prior = take(&p, 2 * (size_t)n->arc);
	n->far = take(&p, 4 * NET_FAR);
	take_matrix(&p, &n->relation_head, n->relation, wide, true);
	take_matrix(&p, &n->relation_word, n->relation, wide, false);
	take_matrix(&p, &n->relations, relations, n->relation, true);
	if (p.bad)
		return err_set(err, ERR_USAGE, "the model's net is cut short");
	return 0;
}

static inline int
clamp(int x, int low, int high)
{
	return x < low ? low : x > high ? high : x;
}

static void
add_row(int16_t *to, const struct keyed *k, int row, int shift)
{
	const signed char *from = k->rows + (size_t)row * (size_t)k->columns;

	for (int i = 0; i < k->columns; i++)
		to[i] = (int16_t)(to[i] + from[i] * (1 << shift));
}

void
net_spelling(const struct net *n, const struct token *t, struct spelling *s)
{
	uint32_t class;

	spelling_of(s, t->form, t->norm);
	if (classes_find(&n->classes,
			 spelling_key(SPELLING_CLASS, t->form, strlen(t->form)),
			 &class) ||
	    classes_find(&n->classes,
			 spelling_key(SPELLING_CLASS, t->norm, strlen(t->norm)), &class))
		spelling_add_class(s, class);
}

/* The word's vector and the sum of its parts', side by side. */
static void
embed(const struct net *n, const struct token *t, bool headline, int16_t *x)
{
	struct spelling s;
	int row;

	net_spelling(n, t, &s);
	if (headline)
		spelling_add_headline(&s);
	row = keyed_find(&n->words, s.word);
	if (row < 0 && s.pattern)
		row = keyed_find(&n->words, s.pattern);
	add_row(x, &n->words, row < 0 ? ROW_UNKNOWN : row, n->word_shift);
	for (int k = 0; k < SPELLING_PARTS; k++) {
		row = s.part[k] ? keyed_find(&n->parts, s.part[k]) : -1;
		if (row >= 0)
			add_row(x + n->words.columns, &n->parts, row, n->part_shift);
	}
	for (int i = 0; i < n->input; i++)
		x[i] = (int16_t)clamp(x[i], -INPUT_MAX, INPUT_MAX);
}

/*
 * A step of the curves is 1/256; z has 22 bits behind the point.  In its own
 * loop, as the two around it can be done many at a time and this one cannot.
 */
static void
bend_all(const int16_t *restrict curve, const int32_t *restrict z, int n,
	 int32_t *restrict out)
{
	int32_t at[3 * WIDTH_MAX];

	for (int i = 0; i < n; i++)
		at[i] = clamp((z[i] + (1 << 13)) >> 14, -CURVE / 2, CURVE / 2 - 1);
	for (int i = 0; i < n; i++)
		out[i] = curve[at[i] + CURVE / 2];
}

/*
 * One direction.  Gates lie side by side: in, forget, out, new; the curves
 * have 15 bits behind the point, the cell 11, the output 10.
 */
static void
lstm(const struct net *n, const struct matrix *h_w, const int32_t *z, int places,
     bool back, int16_t *out, int column)
{
	int hidden = n->hidden, wide = 2 * hidden;
	int32_t gate[4 * WIDTH_MAX], open[3 * WIDTH_MAX], new[WIDTH_MAX], bent[WIDTH_MAX];
	int32_t cell[WIDTH_MAX] = { 0 };

	for (int i = 0; i < places; i++) {
		int at = back ? places - 1 - i : i;
		int16_t *h = out + (size_t)at * (size_t)wide + column;

		memcpy(gate, z + (size_t)at * 4 * (size_t)hidden,
		       4 * (size_t)hidden * sizeof *gate);
		if (i > 0)
			matrix_add(h_w, back ? h + wide : h - wide, gate);
		bend_all(n->curve[0], gate, 3 * hidden, open);
		bend_all(n->curve[1], gate + 3 * hidden, hidden, new);
		for (int j = 0; j < hidden; j++) {
			int c = (open[hidden + j] * cell[j] + (1 << 14)) >> 15;

			c += (open[j] * new[j] + (1 << 18)) >> 19;
			cell[j] = clamp(c, -CELL_MAX, CELL_MAX);
			new[j] = cell[j] * (1 << 11);
		}
		bend_all(n->curve[1], new, hidden, bent);
		for (int j = 0; j < hidden; j++)
			h[j] =
			    (int16_t)((open[2 * hidden + j] * bent[j] + (1 << 19)) >> 20);
	}
}

static void
layer(const struct net *n, const struct net_layer *l, const int16_t *x, int places,
      int32_t *z, int16_t *out)
{
	for (int d = 0; d < 2; d++) {
		matrix_times(&l->x[d], x, places, z);
		lstm(n, &l->h[d], z, places, d == 1, out, d * n->hidden);
	}
}

/* To 8 bits behind the point; the negative is cut off. */
static void
bend(int16_t *to, const int32_t *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (int16_t)clamp(from[i] >> 14, 0, PAIR_MAX);
}

/* Near and far, before and after: as the trainer counts. */
static int
distance(int word, int head)
{
	int far = head > word ? head - word : word - head, k;

	if (head == 0)
		return 7;
	k = far <= 3 ? far - 1 : far <= 5 ? 3 : far <= 8 ? 4 : far <= 14 ? 5 : 6;
	return head > word ? 8 + k : k;
}

static int32_t
dot(const int16_t *a, const int16_t *b, int n)
{
	int32_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void
arcs(const struct net *n, struct net_reading *r, int32_t *z, int16_t *head, int16_t *word,
     int16_t *pair)
{
	int places = r->places, arc = n->arc;
	int32_t prior[NET_PLACES];

	matrix_times(&n->arc_head, r->top, places, z);
	bend(head, z, places * arc);
	matrix_times(&n->arc_word, r->top, places, z);
	bend(word, z, places * arc);
	matrix_times(&n->arc_pair, head, places, z);
	for (int i = 0; i < places * arc; i++)
		pair[i] = (int16_t)clamp((z[i] + (1 << 11)) >> 12, -HEAD_MAX, HEAD_MAX);
	for (int h = 0; h < places; h++)
		prior[h] = dot(head + (size_t)h * (size_t)arc, n->arc_prior, arc) >> 4;
	for (int w = 1; w < places; w++)
		for (int h = 0; h < places; h++)
			r->arc[w * NET_PLACES + h] =
			    dot(word + (size_t)w * (size_t)arc,
				pair + (size_t)h * (size_t)arc, arc) +
			    prior[h] + n->far[distance(w, h)];
}

struct net_reading *
net_read(const struct net *n, const struct token *t, int count, bool headline,
	 struct arena *arena)
{
	size_t places = (size_t)count + 1, wide = 2 * (size_t)n->hidden;
	struct net_reading *r = arena_calloc(arena, sizeof *r);
	int16_t *x = arena_calloc(arena, places * (size_t)n->input * sizeof *x);
	int16_t *low = arena_alloc(arena, places * wide * sizeof *low);
	int16_t *top = arena_alloc(arena, places * wide * sizeof *top);
	int16_t *head = arena_alloc(arena, places * (size_t)n->arc * sizeof *head);
	int16_t *word = arena_alloc(arena, places * (size_t)n->arc * sizeof *word);
	int16_t *pair = arena_alloc(arena, places * (size_t)n->arc * sizeof *pair);
	int32_t *z = arena_alloc(arena, places * 2 * wide * sizeof *z);
	int32_t *from_head = arena_alloc(arena, places * (size_t)n->relation * sizeof *z);
	int32_t *from_word = arena_alloc(arena, places * (size_t)n->relation * sizeof *z);
	int32_t *tag = arena_alloc(arena, places * (size_t)n->tag.rows * sizeof *tag);
	int32_t *arc = arena_alloc(arena, places * NET_PLACES * sizeof *arc);

	if (arena->full)
		return NULL;
	*r =
	    (struct net_reading){ (int)places, low, top, tag, arc, from_head, from_word };
	add_row(x, &n->words, ROW_ROOT, n->word_shift);
	for (int i = 0; i < count; i++)
		embed(n, &t[i], headline, x + (size_t)(i + 1) * (size_t)n->input);
	layer(n, &n->layer[0], x, r->places, z, low);
	layer(n, &n->layer[1], low, r->places, z, top);
	matrix_times(&n->tag, low, r->places, tag);
	arcs(n, r, z, head, word, pair);
	matrix_times(&n->relation_head, top, r->places, from_head);
	matrix_times(&n->relation_word, top, r->places, from_word);
	return r;
}

int
net_relation(const struct net *n, const struct net_reading *r, int word, int head,
	     const bool *never)
{
	const int32_t *a = r->from_head + (size_t)head * (size_t)n->relation;
	const int32_t *b = r->from_word + (size_t)word * (size_t)n->relation;
	int32_t sum[WIDTH_MAX], score[WIDTH_MAX];
	int16_t hidden[WIDTH_MAX];
	int best = -1;

	for (int i = 0; i < n->relation; i++)
		sum[i] = (a[i] >> 1) + (b[i] >> 1); /* one bit less, no overflow */
	for (int i = 0; i < n->relation; i++)
		hidden[i] = (int16_t)clamp(sum[i] >> 13, 0, PAIR_MAX);
	matrix_times(&n->relations, hidden, 1, score);
	for (int i = 0; i < n->relation_count; i++)
		if (!(never && never[i]) && (best < 0 || score[i] > score[best]))
			best = i;
	return best < 0 ? 0 : best;
}
