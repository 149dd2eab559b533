/*
 * By descent, one function for each strength: or, and, not, near, operand.
 * Brackets are counted, so the C stack is not the writer's.
 */
#include <string.h>

#include "alert/query.h"

struct parser {
	const char *begin, *p, *end;
	struct terms *terms;
	struct arena *arena;
	struct err *err;
	int depth;
};

static const char near_operator[] = "NEAR"; /* /n may follow */

static struct query *parse_or(struct parser *x);

static void *
refuse(struct parser *x, const char *what)
{
	err_set(x->err, ERR_USAGE, "%s", what);
	return NULL;
}

static void
skip_blanks(struct parser *x)
{
	while (x->p < x->end && strchr(" \t", *x->p) && *x->p)
		x->p++;
}

static bool
is_end_of_word(char c)
{
	return strchr(" \t()\"", c) != NULL; /* NUL too */
}

static bool
sees(const struct parser *x, const char *operator)
{
	size_t n = strlen(operator);

	return (size_t)(x->end - x->p) >= n && !strncmp(x->p, operator, n) &&
	       (x->p + n == x->end || is_end_of_word(x->p[n]) ||
		(x->p[n] == '/' && operator== near_operator));
}

static struct query *
new_query(struct parser *x, enum query_kind kind, struct query *items)
{
	struct query *q = arena_calloc(x->arena, sizeof(*q));

	if (!q)
		return refuse(x, "the rules are too many or too long");
	q->kind = kind;
	q->items = items;
	return q;
}

/* The words of [text, end) side by side; the last one by its beginning. */
static struct query *
phrase(struct parser *x, const char *text, const char *end, bool is_prefix)
{
	struct query *q = new_query(x, QUERY_PHRASE, NULL);
	const char *p = text, *rest;
	char word[TERM_BYTES], after[TERM_BYTES];
	int *terms = NULL;
	size_t n, room = 0;

	while (q && (n = term_next(&p, end, word))) {
		rest = p;
		terms = arena_grow(x->arena, terms, q->count, &room, sizeof(*terms));
		if (!terms)
			return refuse(x, "the rules are too many or too long");
		terms[q->count] =
		    terms_add(x->terms, word, n,
			      is_prefix && !term_next(&rest, end, after), x->arena);
		if (terms[q->count] < 0)
			return refuse(x, "the rules have too many words");
		q->count++;
	}
	if (q && !q->count) {
		x->p = text;
		return refuse(x, "no letter and no digit to look for");
	}
	if (q)
		q->terms = terms;
	return q;
}

static struct query *
quoted(struct parser *x)
{
	const char *begin = x->p + 1,
		   *close = memchr(begin, '"', (size_t)(x->end - begin));
	bool is_prefix = close && close + 1 < x->end && close[1] == '*';
	struct query *q;

	if (!close)
		return refuse(x, "this quotation mark is never closed");
	q = phrase(x, begin, close, is_prefix);
	if (q)
		x->p = close + 1 + is_prefix;
	return q;
}

static struct query *
bracket(struct parser *x)
{
	const char *open = x->p;
	struct query *q;

	if (x->depth >= QUERY_DEPTH)
		return refuse(x, "too many brackets inside each other");
	x->p++;
	x->depth++;
	q = parse_or(x);
	x->depth--;
	if (!q)
		return NULL;
	if (x->p == x->end) {
		x->p = open;
		return refuse(x, "this bracket is never closed");
	}
	x->p++;
	return q;
}

static struct query *
operand(struct parser *x)
{
	static const char *const operators[] = { "AND", "OR", near_operator, "NOT" };
	const char *begin, *star;

	skip_blanks(x);
	if (x->p == x->end || *x->p == ')')
		return refuse(x, "a word, a \"phrase\" or a bracket is missing here");
	if (*x->p == '(')
		return bracket(x);
	if (*x->p == '"')
		return quoted(x);
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
		if (sees(x, operators[i]))
			return refuse(x, "a word, a \"phrase\" or a bracket is missing "
					 "before the operator");
	for (begin = x->p; x->p < x->end && !is_end_of_word(*x->p);)
		x->p++;
	star = memchr(begin, '*', (size_t)(x->p - begin));
	if (star && star + 1 < x->p) {
		x->p = star;
		return refuse(x, "* stands at the end of a word only");
	}
	return phrase(x, begin, x->p, star != NULL);
}

/* Of NEAR: a phrase, or one of several. */
static bool
is_near_able(const struct query *q)
{
	if (q->kind == QUERY_OR) {
		for (const struct query *i = q->items; i; i = i->next)
			if (!is_near_able(i))
				return false;
		return true;
	}
	return q->kind == QUERY_PHRASE;
}

static int
distance(struct parser *x)
{
	int n = 0;

	x->p += strlen(near_operator);
	if (x->p == x->end || *x->p != '/')
		return 0;
	for (x->p++; x->p < x->end && *x->p >= '0' && *x->p <= '9' && n < 10000; x->p++)
		n = 10 * n + (*x->p - '0');
	if (x->p < x->end && !is_end_of_word(*x->p))
		return 0;
	return n <= QUERY_NEAR_MOST ? n : 0;
}

static struct query *
parse_near(struct parser *x)
{
	const char *begin = x->p;
	struct query *q = operand(x), *near, **last;

	skip_blanks(x);
	if (!q || !sees(x, near_operator))
		return q;
	near = new_query(x, QUERY_NEAR, q);
	for (last = &q->next; near && sees(x, near_operator); last = &(*last)->next) {
		const char *operator= x->p;
		int within = distance(x);

		if (!within) {
			x->p = operator;
			return refuse(
			    x, "NEAR needs a distance of 1 to 500 words, as in NEAR/5");
		}
		*last = operand(x);
		if (!*last)
			return NULL;
		(*last)->within = within;
		skip_blanks(x);
	}
	for (q = near ? near->items : NULL; q; q = q->next)
		if (!is_near_able(q)) {
			x->p = begin;
			return refuse(x, "NEAR stands between words, \"phrases\" and "
					 "brackets of these with OR");
		}
	return near;
}

static struct query *
parse_not(struct parser *x)
{
	bool is_not = false;
	struct query *q;

	skip_blanks(x);
	while (sees(x, "NOT")) {
		is_not = !is_not;
		x->p += strlen("NOT");
		skip_blanks(x);
	}
	q = parse_near(x);
	return q && is_not ? new_query(x, QUERY_NOT, q) : q;
}

static struct query *
parse_and(struct parser *x)
{
	struct query *q = parse_not(x), **last;

	if (!q)
		return NULL;
	skip_blanks(x);
	if (x->p == x->end || *x->p == ')' || sees(x, "OR"))
		return q;
	last = &q->next;
	q = new_query(x, QUERY_AND, q);
	while (q && x->p < x->end && *x->p != ')' && !sees(x, "OR")) {
		if (sees(x, "AND"))
			x->p += strlen("AND");
		*last = parse_not(x);
		if (!*last)
			return NULL;
		last = &(*last)->next;
		skip_blanks(x);
	}
	return q;
}

static struct query *
parse_or(struct parser *x)
{
	struct query *q = parse_and(x), **last;

	if (!q || !sees(x, "OR"))
		return q;
	last = &q->next;
	q = new_query(x, QUERY_OR, q);
	while (q && sees(x, "OR")) {
		x->p += strlen("OR");
		*last = parse_and(x);
		if (!*last)
			return NULL;
		last = &(*last)->next;
		skip_blanks(x);
	}
	return q;
}

int
query_parse(const struct query **query, const char *text, size_t n, struct terms *t,
	    struct arena *arena, size_t *at, struct err *err)
{
	struct parser x = { .begin = text,
			    .p = text,
			    .end = text + n,
			    .terms = t,
			    .arena = arena,
			    .err = err };

	*query = parse_or(&x);
	if (*query && x.p < x.end) {
		*query = NULL;
		refuse(&x, "this bracket was never opened");
	}
	*at = (size_t)(x.p - text);
	return *query ? 0 : -1;
}
