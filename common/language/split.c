/*
 * Characters are asked one by one from the left.  A decision sees the
 * characters around it, the token that would end here, the two before it, what
 * follows up to the next blank, and how the sentence stands.  Rows of weights
 * are found by hash alone; what shares one shares it in training too.
 */
#include "language/split.h"

#include <string.h>

#include "language/spelling.h"
#include "text/utf8.h"

enum { TEXT_MAX = 12, RUN_MAX = 10 };

/* NUL and the marks of no width too: nothing of them is a word. */
static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0x200b || c == 0xfeff || (c > 0x7e && utf8_is_space(c));
}

static bool
is_quote(uint32_t c)
{
	return c == '"' || (c >= 0x201c && c <= 0x201f) || c == 0xab || c == 0xbb ||
	       (c >= 0x300c && c <= 0x300f) || c == 0xff02;
}

static bool
is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x201b || c == 0x2bc;
}

static uint32_t
plain(uint32_t c)
{
	if (is_quote(c))
		return '"';
	if (is_apostrophe(c))
		return '\'';
	if (c == 0x2013 || c == 0x2014 || c == 0x2015)
		return 0x2014;
	if (c == 0x2010 || c == 0x2011 || c == 0x2012)
		return '-';
	return c;
}

static char
kind_of(uint32_t c)
{
	if (is_blank(c))
		return ' ';
	if (c < 0x80) {
		if (c - 'a' < 26)
			return 'a';
		if (c - 'A' < 26)
			return 'A';
		return c - '0' < 10 ? '0' : (char)c;
	}
	if (c == 0x2014)
		return '~' + 1;
	if (c == 0x2026)
		return '.';
	if (utf8_is_upper(c))
		return 'A';
	if (utf8_is_letter(c))
		return utf8_is_spaceless(c) ? 3 : 'a';
	if (utf8_is_digit(c))
		return '0';
	return utf8_is_symbol(c) ? 1 : 2;
}

bool
split_page_init(struct split_page *p, size_t n, struct arena *arena)
{
	size_t room = (n < SPLIT_PAGE ? n : SPLIT_PAGE) + 2 * SPLIT_MARGIN + 1;
	uint32_t *c = arena_calloc(arena, room * sizeof *c);
	char *kind = arena_alloc(arena, room);

	p->at = arena_alloc(arena, room * sizeof *p->at);
	if (arena->full)
		return false;
	p->c = c + SPLIT_MARGIN;
	p->kind = kind + SPLIT_MARGIN;
	memset(kind, '\n', SPLIT_MARGIN);
	return true;
}

void
split_page_read(struct split_page *p, const char *text, size_t n)
{
	const char *q = text, *end = text + n;
	int last_blank = 0;

	p->n = 0;
	while (q < end && p->n < SPLIT_PAGE) {
		p->at[p->n] = (int)(q - text);
		p->c[p->n] = plain(utf8_next(&q, end));
		p->kind[p->n] = kind_of(p->c[p->n]);
		if (p->kind[p->n] == ' ')
			last_blank = p->n;
		p->n++;
	}
	/* What goes on beyond the page goes on in the next, from a blank if there is one.
	 */
	if (q < end && last_blank > 0)
		q = text + p->at[p->n = last_blank];
	p->at[p->n] = (int)(q - text);
	for (int i = 0; i < SPLIT_MARGIN; i++) {
		p->c[p->n + i] = 0;
		p->kind[p->n + i] = '\n';
	}
}

int
splitter_open(struct splitter *s, const struct model *m, struct err *err)
{
	const void *at = NULL;
	size_t size = 0;

	if (classes_open(&s->runs, m, "runs", err) ||
	    classes_open(&s->classes, m, "classes", err) ||
	    model_section(m, "split", SPLITS, &at, &size, err))
		return -1;
	s->w = at;
	for (s->bits = 0; ((size_t)SPLITS << s->bits) < size; s->bits++)
		;
	if ((size_t)SPLITS << s->bits != size)
		return err_set(err, ERR_USAGE, "the model's splitter has a wrong size");
	return 0;
}

void
split_begin(struct split_state *s, const struct split_page *p)
{
	*s = (struct split_state){ .before = { { -1, -1 }, { -1, -1 } }, .shouts = true };
	for (int i = 0; i < p->n && s->shouts; i++)
		s->shouts = p->kind[i] != 'a';
}

static void
count_open(struct split_state *s, const struct split_page *p, int from, int to)
{
	if (to - from != 1)
		return;
	if (p->c[from] == '"')
		s->quotes = !s->quotes;
	else if (p->c[from] == '(' || p->c[from] == '[')
		s->brackets++;
	else if ((p->c[from] == ')' || p->c[from] == ']') && s->brackets > 0)
		s->brackets--;
}

void
split_decide(struct split_state *s, const struct split_page *p, int i, enum split what)
{
	int end = i;

	if (what == SPLIT_INSIDE)
		return;
	while (end > s->token && p->kind[end - 1] == ' ')
		end--;
	count_open(s, p, s->token, end);
	memcpy(s->before[1], s->before[0], sizeof s->before[0]);
	s->before[0][0] = s->token;
	s->before[0][1] = end;
	s->token = i;
	s->tokens++;
	if (what == SPLIT_SENTENCE)
		s->tokens = s->quotes = s->brackets = 0;
}

static bool
is_letter(char kind)
{
	return kind == 'a' || kind == 'A';
}

/* The letters from i on, small, into `low`; how many there are, RUN_MAX + 1 if too many.
 */
static int
run_at(const struct split_page *p, int i, char low[RUN_MAX + 1])
{
	int n = 0;

	for (; is_letter(p->kind[i + n]) && n <= RUN_MAX; n++)
		if (n < RUN_MAX)
			low[n] = p->c[i + n] < 0x80 ? (char)(p->c[i + n] | 32) : '?';
	return n;
}

/* A run of letters is looked up where it begins. */
static bool
cut_by_table(const struct splitter *s, const struct split_page *p, int i,
	     struct split_run *run)
{
	char low[RUN_MAX + 1];
	uint32_t cut;
	int n;

	if (i >= 2 && is_letter(p->kind[i - 2]))
		return run->cut == i;
	run->cut = 0;
	n = run_at(p, i - 1, low);
	if (n > RUN_MAX || p->kind[i - 1 + n] == '\'')
		return false;
	if (classes_find(&s->runs, spelling_key(0, low, (size_t)n), &cut))
		run->cut = i - 1 + (int)cut;
	return run->cut == i;
}

static bool
is_digits(const struct split_page *p, int from, int n)
{
	for (int i = 0; i < n; i++)
		if (from + i >= p->n || p->kind[from + i] != '0')
			return false;
	return true;
}

/* 2025-08-31: the treebank has too few of them to learn from. */
static bool
is_date(const struct split_page *p, int from)
{
	return is_digits(p, from, 4) && p->c[from + 4] == '-' &&
	       is_digits(p, from + 5, 2) && p->c[from + 7] == '-' &&
	       is_digits(p, from + 8, 2) && p->kind[from + 10] != '0';
}

/* https://..., www...., name@host: up to the marks that may follow it. */
static void
look_at_run(const struct split_page *p, int from, struct split_run *run)
{
	int to = from, begin = from, at = 0, dot = 0, scheme = 0;

	while (to < p->n && p->kind[to] != ' ' && to - from < SPLIT_RUN_MAX) {
		if (p->c[to] == '@' && to > from)
			at = to;
		if (p->c[to] == '.' && is_letter(p->kind[to + 1]))
			dot = to;
		if (p->c[to] == ':' && p->c[to + 1] == '/' && p->c[to + 2] == '/')
			scheme = to;
		to++;
	}
	run->to = to;
	run->from_address = run->to_address = 0;
	while (begin < to && !is_letter(p->kind[begin]) && p->kind[begin] != '0')
		begin++;
	if (is_date(p, begin)) {
		run->from_address = begin;
		run->to_address = begin + 10;
		return;
	}
	if (!(scheme > begin || (at > begin && dot > at) ||
	      (dot > begin && to - begin > 5 && (p->c[begin] | 32) == 'w' &&
	       (p->c[begin + 1] | 32) == 'w' && (p->c[begin + 2] | 32) == 'w')))
		return;
	while (to > begin && strchr(".,;:!?)]>\"'", p->kind[to - 1]))
		to--;
	run->from_address = begin;
	run->to_address = to;
}

/* The dash that parts; kind_of() has them so. */
static bool
is_dash(char kind)
{
	return kind == '~' + 1;
}

/* 9e99, 0x10: once letters have followed digits, no more is asked of it. */
static bool
starts_with_digit(const struct split_page *p, int i)
{
	int from = i;

	while (from > 0 && i - from < TEXT_MAX &&
	       (is_letter(p->kind[from - 1]) || p->kind[from - 1] == '0'))
		from--;
	return p->kind[from] == '0';
}

bool
split_asks(const struct splitter *s, const struct split_page *p, int i,
	   struct split_run *run, enum split *what)
{
	char a = p->kind[i - 1], b = p->kind[i];

	if (a != ' ' && i > run->to)
		look_at_run(p, i - 1, run);
	if (i > run->from_address && i < run->to_address) {
		*what = SPLIT_INSIDE;
		return false;
	}

	if (a == ' ') {
		*what = SPLIT_TOKEN;
		for (i--; i > 0 && p->kind[i - 1] == ' '; i--)
			;
		return i > 0 && !(p->kind[i - 1] == 'a' && b == 'a');
	}
	if (is_letter(a) && is_letter(b)) {
		if ((p->c[i] | 32) == 'n' && p->c[i + 1] == '\'') /* is|n't */
			return true;
		*what = cut_by_table(s, p, i, run) ? SPLIT_JOINED : SPLIT_INSIDE;
		return false;
	}
	*what = a == 3 || b == 3 || is_dash(a) != is_dash(b) ? SPLIT_TOKEN : SPLIT_INSIDE;
	return *what == SPLIT_INSIDE && !(a == '0' && b == '0') &&
	       !(is_letter(a) && b == '0' && starts_with_digit(p, i - 1));
}

/* A stretch as one number: small letters, no more than its first TEXT_MAX characters. */
static uint32_t
text_hash(const struct split_page *p, int from, int to)
{
	uint32_t h = 2166136261u;

	if (to > from + TEXT_MAX)
		to = from + TEXT_MAX;
	for (int i = from; i < to; i++) {
		uint32_t c = p->c[i];

		if (p->kind[i] == 'A')
			c = utf8_lower(c);
		else if (p->kind[i] == '0')
			c = '0';
		h = (h ^ c) * 16777619u;
	}
	return h;
}

static uint32_t
shape_hash(const struct split_page *p, int from, int to)
{
	uint32_t h = 2166136261u;
	char last = 0;

	if (to > from + TEXT_MAX)
		to = from + TEXT_MAX;
	for (int i = from; i < to; i++) {
		if (p->kind[i] != last || i == from + 1)
			h = (h ^ (unsigned char)p->kind[i]) * 16777619u;
		last = p->kind[i];
	}
	return h;
}

static int
size_class(int n)
{
	return n < 4 ? n : n < 7 ? 4 : n < 12 ? 5 : n < 20 ? 6 : n < 35 ? 7 : 8;
}

/* The word's class elsewhere, from its letters. */
static uint32_t
class_of(const struct splitter *s, const struct split_page *p, int from, int to)
{
	char low[64];
	uint32_t class;
	int n = 0;

	for (int i = from; i < to && n < 60; i++)
		n += utf8_encode(utf8_lower(p->c[i]), low + n);
	return classes_find(&s->classes, spelling_key(SPELLING_CLASS, low, (size_t)n),
			    &class)
		   ? class + 1
		   : 0;
}

struct rows {
	uint32_t *row, mask;
	int n;
};

static void
add(struct rows *r, uint32_t a, uint32_t b)
{
	uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u +
		     (uint64_t)r->n * 0xd6e8feb86659fd93u;

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	r->row[r->n++] = (uint32_t)(h >> 40) & r->mask;
}

static uint32_t
kinds(const struct split_page *p, int from, int n)
{
	uint32_t h = 0;

	for (int i = 0; i < n; i++)
		h = h * 131 + (unsigned char)p->kind[from + i];
	return h;
}

/* Characters on both sides; a gap's blanks are stepped over. */
static void
add_characters(struct rows *r, const struct split_page *p, int left, int i)
{
	uint32_t gap = left != i, a = p->c[left - 1], b = p->c[i];
	uint32_t ka = kinds(p, left - 2, 2), kb = kinds(p, i, 2);

	add(r, gap, a);
	add(r, gap, b);
	add(r, gap * 3 + a * 7, b);
	add(r, gap + 2 * p->c[left - 2], a * 65537 + b);
	add(r, gap + 2 * p->c[i + 1], a * 65537 + b);
	add(r, gap * 3 + ka, (unsigned char)p->kind[i]);
	add(r, gap * 3 + kb, (unsigned char)p->kind[left - 1]);
	add(r, gap * 3 + ka, kb);
	add(r, gap * 3 + kinds(p, left - 3, 3), kb);
	add(r, gap * 3 + ka, kinds(p, i, 3));
	add(r, gap * 3 + kinds(p, left - 3, 3), kinds(p, i, 3));
	add(r, gap * 3 + kinds(p, left - 4, 4), kinds(p, i, 4));
}

static void
add_words(struct rows *r, const struct splitter *s, const struct split_page *p,
	  const struct split_state *t, int left, int i)
{
	int start = t->token, rest = i, run = left, word = i, second;
	uint32_t gap = left != i, so_far, so_far_shape, follows, next, next_shape, whole;
	uint32_t before = text_hash(p, t->before[0][0], t->before[0][1]), class;

	while (rest < p->n && rest < i + TEXT_MAX && p->kind[rest] != ' ')
		rest++;
	while (run > 0 && run > left - TEXT_MAX && p->kind[run - 1] != ' ')
		run--;
	while (word < rest && is_letter(p->kind[word]))
		word++;
	so_far = text_hash(p, start, left);
	so_far_shape =
	    shape_hash(p, start, left) * 9 + (uint32_t)size_class(left - start);
	follows = text_hash(p, i, rest);
	next = text_hash(p, i, word);
	next_shape = shape_hash(p, i, word < rest ? word + 1 : word);
	whole = text_hash(p, run, left);
	class = class_of(s, p, i, word);
	add(r, gap, so_far);
	add(r, gap * 5 + p->c[i], so_far);
	add(r, gap * 5 + kinds(p, i, 2), so_far);
	add(r, gap, so_far_shape);
	add(r, gap * 5 + kinds(p, i, 2), so_far_shape);
	add(r, gap, follows);
	add(r, so_far + gap, follows);
	add(r, so_far_shape + gap, follows);
	add(r, whole + gap, follows);
	add(r, whole + gap, kinds(p, i, 2));
	add(r, gap * 5 + next_shape, next);
	add(r, so_far + gap, next_shape);
	add(r, so_far_shape + gap, next_shape);
	add(r, so_far + gap, next);
	add(r, before + gap, so_far);
	add(r, before + gap, so_far_shape * 31 + next_shape);
	add(r, before * 31 + so_far, next_shape + gap);
	add(r, shape_hash(p, t->before[0][0], t->before[0][1]) * 31 + so_far_shape,
	    next_shape + gap);
	add(r, gap * 5 + class, (unsigned char)p->kind[i]);
	add(r, gap * 5 + (class & 63), so_far_shape * 31 + (unsigned char)p->kind[i]);
	add(r, gap * 5 + class, p->c[left - 1] * 31 + (unsigned char)p->kind[i]);
	add(r, gap * 5 + class_of(s, p, start, left), class);
	for (second = word; second < p->n && p->kind[second] == ' '; second++)
		;
	add(r, gap * 5 + next_shape, shape_hash(p, second, second + 3) + so_far_shape);
	add(r, gap * 5 + next, text_hash(p, second, second + 3));
	add(r,
	    shape_hash(p, t->before[1][0], t->before[1][1]) * 31 +
		shape_hash(p, t->before[0][0], t->before[0][1]),
	    next_shape + gap + so_far_shape);
}

/* What is open, how long the sentence is already. */
static void
add_sentence(struct rows *r, const struct split_page *p, const struct split_state *t,
	     int left, int i)
{
	uint32_t gap = left != i, a = p->c[left - 1], k = (unsigned char)p->kind[i];
	uint32_t size = (uint32_t)size_class(t->tokens);
	uint32_t open = (uint32_t)t->quotes * 2 + (t->brackets > 0) + 4u * t->shouts;
	uint32_t far = (uint32_t)size_class((p->n - i) / 8);

	add(r, gap * 8 + open, a * 512 + k);
	add(r, gap * 16 + size, a * 512 + k);
	add(r, gap * 16 + size, text_hash(p, t->token, left));
	add(r, gap * 16 + far, a * 512 + k);
	add(r, gap * 16 + (i - left > 1), a * 512 + k);
	add(r, gap * 16 + open, text_hash(p, t->token, left) + p->c[i]);
	add(r, gap * 512 + open, kinds(p, left - 2, 2) * 31 + kinds(p, i, 2));
}

int
split_features(const struct splitter *s, const struct split_page *p,
	       const struct split_state *state, int i, uint32_t row[SPLIT_FEATURES])
{
	struct rows r = { row, (1u << s->bits) - 1, 0 };
	int left = i;

	while (left > 0 && p->kind[left - 1] == ' ')
		left--;
	add_characters(&r, p, left, i);
	add_words(&r, s, p, state, left, i);
	add_sentence(&r, p, state, left, i);
	return r.n;
}

enum split
split_boundary(const struct splitter *s, const struct split_page *p,
	       const struct split_state *state, int i, struct split_run *run)
{
	uint32_t row[SPLIT_FEATURES];
	int score[SPLITS] = { 0 }, n, best;
	bool gap = p->kind[i - 1] == ' ';
	enum split what;

	if (!split_asks(s, p, i, run, &what))
		return what == SPLIT_INSIDE && i - state->token >= SPLIT_RUN_MAX
			   ? SPLIT_TOKEN
			   : what;
	if (i - state->token >= SPLIT_RUN_MAX)
		return SPLIT_TOKEN;
	n = split_features(s, p, state, i, row);
	for (int k = 0; k < n; k++)
		for (int c = 0; c < SPLITS; c++)
			score[c] += s->w[row[k] * SPLITS + (uint32_t)c];
	best = gap ? SPLIT_TOKEN : 0;
	for (int c = best + 1; c < SPLITS; c++)
		if (score[c] > score[best])
			best = c;
	return (enum split)best;
}
