#include "language/namer.h"

#include <string.h>

#include "base/mem.h"
#include "language/spelling.h"
#include "text/utf8.h"

enum { SECTION_HEAD = 64, OUT_ROWS = 16, VIEW_MAX = 255 };

struct shape {
	int32_t width, wide, row_shift, labels;
};

static const void *
cut(const unsigned char **p, const unsigned char *end, size_t n)
{
	const void *at = *p;
	size_t whole = (n + 63) / 64 * 64;

	if (!*p || (size_t)(end - *p) < whole) {
		*p = NULL;
		return NULL;
	}
	*p += whole;
	return at;
}

static void
cut_matrix(struct matrix *m, const unsigned char **p, const unsigned char *end, int rows,
	   int columns, bool bias)
{
	m->rows = rows;
	m->columns = columns;
	m->w = cut(p, end, 2 * (size_t)rows * (size_t)columns);
	m->bias = bias ? cut(p, end, 4 * (size_t)rows) : NULL;
}

int
namer_open(struct namer *n, const struct model *m, int wide, struct err *err)
{
	const struct shape *s;
	const void *at = NULL;
	const unsigned char *p, *end;
	size_t size = 0;

	if (classes_open(&n->people, m, "name_people", err) ||
	    keyed_open(&n->rows, m, "name_rows", err) ||
	    model_section(m, "names", SECTION_HEAD, &at, &size, err))
		return -1;
	p = at;
	end = p + size;
	s = cut(&p, end, sizeof *s);
	if (!s || s->labels != LABELS || s->wide != wide || s->width <= 0 ||
	    s->width > NAMER_WIDTH_MAX || s->width % 16 || s->row_shift < 0 ||
	    s->row_shift > 20 || n->rows.columns != LABELS)
		return err_set(err, ERR_USAGE,
			       "the model's names are not of a shape known here");
	n->width = s->width;
	n->row_shift = s->row_shift;
	cut_matrix(&n->low, &p, end, n->width, wide, true);
	cut_matrix(&n->top, &p, end, n->width, wide, false);
	cut_matrix(&n->out, &p, end, OUT_ROWS, n->width, true);
	n->move = cut(&p, end, 4 * (size_t)(LABELS * LABELS));
	if (!p)
		return err_set(err, ERR_USAGE, "the model's names are cut short");
	return 0;
}

uint64_t
namer_person_key(const char *norm)
{
	return spelling_key(-2, norm, strlen(norm));
}

bool
token_is_capital(const struct token *t)
{
	const char *p = t->form;

	return utf8_is_upper(utf8_next(&p, p + strlen(p)));
}

/* Tags of words that are no part of a name just because they have a capital. */
static bool
is_strong(const struct token *t)
{
	static const char *const weak[] = { "DET",  "PRON",  "ADP",   "AUX",
					    "CCONJ", "SCONJ", "PART", "PUNCT" };

	if (!strncmp(t->xpos, "NNP", 3))
		return true;
	if (!token_is_capital(t))
		return false;
	for (size_t i = 0; i < LENGTH(weak); i++)
		if (!strcmp(t->upos, weak[i]))
			return false;
	return true;
}

bool
namer_asks(const struct token *t, int count, int i)
{
	return is_strong(&t[i]) || (i > 0 && is_strong(&t[i - 1])) ||
	       (i + 1 < count && is_strong(&t[i + 1]));
}

void
namer_view(const struct namer *n, const int16_t *low, const int16_t *top,
	   unsigned char *view)
{
	int32_t a[NAMER_WIDTH_MAX], b[NAMER_WIDTH_MAX];

	matrix_times(&n->low, low, 1, a);
	matrix_times(&n->top, top, 1, b);
	for (int i = 0; i < n->width; i++) {
		int x = (a[i] + b[i] + (1 << 17)) >> 18; /* 4 bits behind the point */

		view[i] = (unsigned char)(x < 0 ? 0 : x > VIEW_MAX ? VIEW_MAX : x);
	}
}

void
namer_score(const struct namer *n, const unsigned char *view, const uint64_t *key, int keys,
	    int32_t score[LABELS])
{
	int32_t net[OUT_ROWS], sum[LABELS] = { 0 };
	int16_t x[NAMER_WIDTH_MAX] = { 0 };

	for (int i = 0; view && i < n->width; i++)
		x[i] = (int16_t)(view[i] << 4); /* 8 bits */
	matrix_times(&n->out, x, 1, net);
	for (int k = 0; k < keys; k++) {
		int row = keyed_find(&n->rows, key[k]);
		const signed char *w;

		if (row < 0)
			continue;
		w = n->rows.rows + (size_t)row * LABELS;
		for (int i = 0; i < LABELS; i++)
			sum[i] += w[i];
	}
	for (int i = 0; i < LABELS; i++)
		score[i] = net[i] + sum[i] * (1 << n->row_shift);
}

bool
namer_best(const struct namer *n, const int32_t (*score)[LABELS], int count,
	   signed char *label, struct arena *arena)
{
	signed char(*from)[LABELS] =
	    arena_alloc(arena, (size_t)count * sizeof *from + 1);
	int64_t best[LABELS], next[LABELS];
	int at = 0;

	if (!from)
		return false;
	for (int i = 0; i < count; i++) {
		for (int to = 0; to < LABELS; to++) {
			next[to] = INT64_MIN;
			for (int k = 0; k < (i ? LABELS : 1); k++) {
				int64_t s = (i ? best[k] : 0) + n->move[k * LABELS + to];

				if (s > next[to]) {
					next[to] = s;
					from[i][to] = (signed char)k;
				}
			}
			next[to] += score[i][to];
		}
		memcpy(best, next, sizeof best);
	}
	for (int k = 1; k < LABELS; k++)
		if (count > 0 && best[k] > best[at])
			at = k;
	for (int i = count - 1; i >= 0; i--) {
		label[i] = (signed char)at;
		at = from[i][at];
	}
	return true;
}
