/*
 * A walk over the bytes.  What is open is a bit in a stack (1: object), so
 * there is no recursion for hostile brackets to overflow.
 */
#include "record/json_check.h"

#include <stdint.h>
#include <string.h>

#include "record/plain.h"
#include "text/utf8.h"

enum { DEEPEST = 512 };

struct walk {
	const char *p, *end;
	int depth;
	uint64_t wide; /* above ASCII anywhere */
	uint64_t objects[DEEPEST / 64];
};

static void
blanks(struct walk *w)
{
	while (w->p < w->end && (*w->p == ' ' || *w->p == '\t'))
		w->p++;
}

static bool
take(struct walk *w, char c)
{
	if (w->p == w->end || *w->p != c)
		return false;
	w->p++;
	return true;
}

static bool
word(struct walk *w, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(w->end - w->p) < n || memcmp(w->p, s, n))
		return false;
	w->p += n;
	return true;
}

static bool
escape(struct walk *w)
{
	if (w->p == w->end)
		return false;
	if (*w->p != 'u')
		return *w->p && strchr("\"\\/bfnrt", *w->p++);
	w->p++;
	for (int i = 0; i < 4; i++)
		if (w->p == w->end || !*w->p ||
		    !strchr("0123456789abcdefABCDEF", *w->p++))
			return false;
	return true;
}

static bool
string(struct walk *w)
{
	if (!take(w, '"'))
		return false;
	while ((w->p = plain_run(w->p, w->end, &w->wide)) < w->end) {
		char c = *w->p++;

		if (c == '"')
			return true;
		if (c != '\\' || !escape(w))
			return false;
	}
	return false;
}

static bool
digits(struct walk *w)
{
	const char *from = w->p;

	while (w->p < w->end && *w->p >= '0' && *w->p <= '9')
		w->p++;
	return w->p > from;
}

static bool
number(struct walk *w)
{
	take(w, '-');
	if (!take(w, '0') && !digits(w))
		return false;
	if (take(w, '.') && !digits(w))
		return false;
	if (take(w, 'e') || take(w, 'E')) {
		if (!take(w, '+'))
			take(w, '-');
		return digits(w);
	}
	return true;
}

static bool
in_object(const struct walk *w)
{
	int top = w->depth - 1;

	return w->objects[top / 64] >> (top % 64) & 1;
}

static bool
name(struct walk *w)
{
	blanks(w);
	if (!string(w))
		return false;
	blanks(w);
	return take(w, ':');
}

static bool
push(struct walk *w, bool object)
{
	uint64_t bit = UINT64_C(1) << (w->depth % 64);

	if (w->depth == DEEPEST)
		return false;
	if (object)
		w->objects[w->depth / 64] |= bit;
	else
		w->objects[w->depth / 64] &= ~bit;
	w->depth++;
	return true;
}

/* A value up to its first inner value: "[[{"a":1" in one call. */
static bool
value(struct walk *w)
{
	for (;;) {
		blanks(w);
		if (w->p == w->end)
			return false;
		if (*w->p == '"')
			return string(w);
		if (*w->p == 't' || *w->p == 'f' || *w->p == 'n')
			return word(w, *w->p == 't'   ? "true"
				       : *w->p == 'f' ? "false"
						      : "null");
		if (*w->p != '{' && *w->p != '[')
			return number(w);
		if (!push(w, *w->p++ == '{'))
			return false;
		blanks(w);
		if (take(w, in_object(w) ? '}' : ']')) {
			w->depth--;
			return true;
		}
		if (in_object(w) && !name(w))
			return false;
	}
}

bool
json_is_line(const char *json, size_t n)
{
	struct walk w = { .p = json, .end = json + n };

	if (!value(&w))
		return false;
	for (blanks(&w); w.depth > 0; blanks(&w)) {
		if (take(&w, ',')) {
			if ((in_object(&w) && !name(&w)) || !value(&w))
				return false;
		} else if (take(&w, in_object(&w) ? '}' : ']')) {
			w.depth--;
		} else {
			return false;
		}
	}
	return w.p == w.end && (!w.wide || utf8_is_valid(json, n));
}
