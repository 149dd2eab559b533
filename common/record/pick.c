/*
 * The paths are a tree of names; the value is walked once beside it.  That it
 * is JSON is made sure of first, so the walk itself looks at nothing but
 * quotes, brackets and commas.
 */
#include "record/pick.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json_check.h"

struct pick {
	char *name;
	bool whole; /* all that is below */
	struct pick *members, *next;
};

/* ---- the paths ---- */

static struct pick *
member(const struct pick *p, const char *name, size_t n)
{
	struct pick *m = p->members;

	while (m && (strncmp(m->name, name, n) || m->name[n]))
		m = m->next;
	return m;
}

static struct pick *
add_member(struct pick *p, const char *name, size_t n)
{
	struct pick *m = member(p, name, n);

	if (m)
		return m;
	m = must_alloc(sizeof(*m));
	m->name = must_printf("%.*s", (int)n, name);
	m->next = p->members;
	p->members = m;
	return m;
}

/* One path of n bytes; a dot before it, as in jq, does no harm. */
static int
add_path(struct pick *p, const char *path, size_t n, struct err *err)
{
	const char *s = path, *end = path + n;

	s += n > 1 && *s == '.';
	for (;;) {
		size_t size = 0;

		while (s + size < end && s[size] != '.')
			size++;
		if (size == 0)
			return err_set(err, ERR_USAGE,
				       "'%.*s' is no path; one is: article.uri", (int)n,
				       path);
		p = add_member(p, s, size);
		s += size;
		if (s == end)
			break;
		s++;
	}
	p->whole = true;
	return 0;
}

int
pick_new(struct pick **pick, const char *paths, struct err *err)
{
	static const char between[] = ", \t\n";
	struct pick *p = must_alloc(sizeof(*p));

	for (const char *s = paths + strspn(paths, between); *s;
	     s += strspn(s, between)) {
		size_t n = strcspn(s, between);

		if (add_path(p, s, n, err)) {
			pick_free(p);
			return -1;
		}
		s += n;
	}
	if (!p->members) {
		pick_free(p);
		return err_set(err, ERR_USAGE,
			       "no path; some are: article.uri, events.type");
	}
	*pick = p;
	return 0;
}

void
pick_free(struct pick *p)
{
	while (p) {
		struct pick *next = p->next;

		pick_free(p->members);
		free(p->name);
		free(p);
		p = next;
	}
}

/* ---- the walk, over what is known to be JSON ---- */

struct walk {
	const char *p, *end;
};

static void
blanks(struct walk *w)
{
	while (w->p < w->end && (*w->p == ' ' || *w->p == '\t'))
		w->p++;
}

static void
skip_string(struct walk *w)
{
	for (w->p++; *w->p != '"'; w->p++)
		w->p += *w->p == '\\';
	w->p++;
}

static bool
ends_word(char c)
{
	return c == ',' || c == ':' || c == ' ' || c == '\t' || c == ']' || c == '}';
}

static void
skip_value(struct walk *w)
{
	int depth = 0;

	do {
		char c = *w->p;

		if (c == '"') {
			skip_string(w);
		} else if (c == '{' || c == '[') {
			depth++;
			w->p++;
		} else if (ends_word(c)) {
			depth -= c == '}' || c == ']';
			w->p++;
		} else {
			while (w->p < w->end && !ends_word(*w->p))
				w->p++;
		}
	} while (depth > 0);
}

/* The member's name with its colon goes out if there is a path to it. */
static const struct pick *
copy_name(struct walk *w, const struct pick *p, struct buf *out)
{
	const char *name = w->p;
	const struct pick *m;

	skip_string(w);
	m = member(p, name + 1, (size_t)(w->p - name) - 2);
	if (m) {
		buf_add(out, name, (size_t)(w->p - name));
		buf_addc(out, ':');
	}
	blanks(w);
	w->p++;
	blanks(w);
	return m;
}

static bool copy(struct walk *w, const struct pick *p, struct buf *out);

static void
copy_inner(struct walk *w, const struct pick *p, struct buf *out)
{
	bool object = *w->p == '{';
	size_t begin = out->size + 1;

	buf_addc(out, *w->p++);
	for (blanks(w); *w->p != (object ? '}' : ']'); blanks(w)) {
		const struct pick *inner = p;
		size_t mark = out->size;

		if (*w->p == ',') {
			w->p++;
			blanks(w);
		}
		if (mark > begin)
			buf_addc(out, ',');
		if (object)
			inner = copy_name(w, p, out);
		if (!inner)
			skip_value(w);
		if (!inner || !copy(w, inner, out))
			out->size = mark;
	}
	buf_addc(out, *w->p++);
}

/* False: no path leads to this. */
static bool
copy(struct walk *w, const struct pick *p, struct buf *out)
{
	const char *from = w->p;

	if (!p->whole && (*from == '{' || *from == '[')) {
		copy_inner(w, p, out);
		return true;
	}
	skip_value(w);
	if (p->whole)
		buf_add(out, from, (size_t)(w->p - from));
	return p->whole;
}

int
pick_print(const struct pick *p, const char *json, size_t n, struct buf *out,
	   struct err *err)
{
	struct walk w = { json, json + n };

	if (!json_is_line(json, n))
		return err_set(err, ERR_REJECT, "not JSON on one line");
	blanks(&w);
	if (!copy(&w, p, out))
		return err_set(err, ERR_REJECT, "not a JSON object");
	return buf_check(out, err);
}
