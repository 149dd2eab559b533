/*
 * Members come in any order, most often in that of the rows, so the row that
 * is looked at first is the one behind the last.  Values are stored by memcpy,
 * as field.c fetches them.
 */
#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "record/enriched.h"
#include "record/field.h"

enum { MOST_ROWS = 64 };

/* A bit a row. */
struct seen {
	uint64_t first, second; /* second: of a pair */
	uint64_t null_first, null_second;
};

static void
store(void *base, size_t at, const void *value, size_t size)
{
	memcpy((char *)base + at, value, size);
}

static int
bad(const struct field *f, struct cursor *c, const char *what)
{
	return err_set(c->err, ERR_REJECT, "%s is %s", f->name, what);
}

static bool
is_number(struct cursor *c)
{
	char is = cursor_peek(c);

	return is == '-' || (is >= '0' && is <= '9');
}

static int
read_text(const struct field *f, void *base, struct cursor *c)
{
	const char *text = NULL;
	char is = cursor_peek(c);
	int failed = 0;

	if (is == '"')
		failed = cursor_text(c, &text);
	else if (is == 'n' && f->kind == FIELD_TEXT_NULL)
		failed = cursor_null(c);
	else
		return bad(f, c, "no text");
	store(base, f->at, &text, sizeof(text));
	return failed;
}

static int
read_whole(const struct field *f, struct cursor *c, int64_t most, int64_t *value)
{
	struct number n;

	if (!is_number(c))
		return bad(f, c, "no whole number");
	if (cursor_number(c, &n))
		return -1;
	*value = n.whole;
	return n.is_whole && n.whole >= 0 && n.whole <= most
		   ? 0
		   : bad(f, c, "no whole number");
}

static int
read_int(const struct field *f, void *base, struct cursor *c)
{
	int64_t value;
	int to = f->none;

	if (f->kind == FIELD_INT_NULL && cursor_peek(c) == 'n') {
		if (cursor_null(c))
			return -1;
	} else {
		if (read_whole(f, c, INT_MAX, &value))
			return -1;
		to = (int)value;
		if (f->kind != FIELD_INT && to == f->none)
			return err_set(c->err, ERR_REJECT, "%s is %d", f->name, to);
	}
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
read_long(const struct field *f, void *base, struct cursor *c)
{
	int64_t value;
	long to;

	if (read_whole(f, c, LONG_MAX, &value))
		return -1;
	to = (long)value;
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
read_bool(const struct field *f, void *base, struct cursor *c)
{
	char is = cursor_peek(c);
	bool to;

	if (is != 't' && is != 'f')
		return bad(f, c, "neither true nor false");
	if (cursor_bool(c, &to))
		return -1;
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
read_real(const struct field *f, void *base, struct cursor *c)
{
	struct number n;

	if (!is_number(c))
		return bad(f, c, "no number");
	if (cursor_number(c, &n))
		return -1;
	store(base, f->at, &n.real, sizeof(n.real));
	return 0;
}

static int
bad_pair(const struct field *f, struct cursor *c)
{
	return err_set(c->err, ERR_REJECT, "%s and %s are not two numbers or two nulls",
		       f->name, f->second);
}

/* One of the two; whether they agree can be said when the object ends. */
static int
read_half(const struct field *f, void *base, struct cursor *c, size_t at, uint64_t bit,
	  uint64_t *null)
{
	struct number n = { .real = 0 };

	if (cursor_peek(c) == 'n') {
		*null |= bit;
		return cursor_null(c);
	}
	if (!is_number(c))
		return bad_pair(f, c);
	if (cursor_number(c, &n))
		return -1;
	store(base, at, &n.real, sizeof(n.real));
	return 0;
}

static int
end_pair(const struct field *f, void *base, struct cursor *c, const struct seen *seen,
	 uint64_t bit)
{
	bool there = !(seen->null_first & bit);

	if (!(seen->first & seen->second & bit) || there != !(seen->null_second & bit))
		return bad_pair(f, c);
	store(base, f->at_count, &there, sizeof(there));
	return 0;
}

static bool
is_named(const char *name, const struct slice *s)
{
	return !strncmp(name, s->text, s->size) && !name[s->size];
}

static int
read_word(const struct field *f, void *base, struct cursor *c)
{
	struct slice word;
	unsigned to = 0;
	bool flag;

	if (cursor_peek(c) != '"')
		return bad(f, c, "no text");
	if (cursor_string(c, &word))
		return -1;
	while (f->words[to] && !is_named(f->words[to], &word))
		to++;
	if (!f->words[to])
		return err_set(c->err, ERR_REJECT, "%s is \"%.*s\"", f->name,
			       word.size < 40 ? (int)word.size : 40, word.text);
	flag = to;
	if (f->size == sizeof(flag))
		store(base, f->at, &flag, sizeof(flag));
	else
		store(base, f->at, &to, sizeof(to));
	return 0;
}

/* Room for one more of `count` items, or NULL: a list is most often short. */
static void *
room_for(struct cursor *c, void *items, size_t count, size_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return items;
	*room = *room ? *room * 2 : 2;
	more = arena_alloc(c->arena, *room * size);
	if (more && count > 0)
		memcpy(more, items, count * size);
	return more;
}

static int
read_names(const struct field *f, void *base, struct cursor *c)
{
	struct names names = { .count = 0 };
	const char **items = NULL;
	size_t room = 0;
	bool first = true;
	int more;

	if (cursor_peek(c) != '[')
		return bad(f, c, "no list");
	if (cursor_bracket(c, '['))
		return -1;
	for (; (more = cursor_item(c, &first)) > 0; names.count++) {
		items = room_for(c, items, names.count, &room, sizeof(*items));
		if (!items)
			return arena_check(c->arena, c->err);
		if (cursor_peek(c) != '"')
			return err_set(c->err, ERR_REJECT, "%s[%zu] is no text", f->name,
				       names.count);
		if (cursor_text(c, &items[names.count]))
			return -1;
	}
	names.items = items;
	store(base, f->at, &names, sizeof(names));
	return more;
}

static int
read_one(const struct field *f, void *base, struct cursor *c)
{
	void *one;

	if (cursor_peek(c) == 'n')
		return cursor_null(c);
	one = arena_calloc(c->arena, f->size);
	if (!one)
		return arena_check(c->arena, c->err);
	if (fields_read(f->fields, one, c))
		return err_context(c->err, "%s", f->name);
	store(base, f->at, &one, sizeof(one));
	return 0;
}

static int
read_list(const struct field *f, void *base, struct cursor *c)
{
	size_t count = 0, room = 0;
	char *items = NULL;
	bool first = true;
	int more;

	if (cursor_peek(c) != '[')
		return bad(f, c, "no list");
	if (cursor_bracket(c, '['))
		return -1;
	for (; (more = cursor_item(c, &first)) > 0; count++) {
		items = room_for(c, items, count, &room, f->size);
		if (!items)
			return arena_check(c->arena, c->err);
		memset(items + count * f->size, 0, f->size);
		if (fields_read(f->fields, items + count * f->size, c))
			return err_context(c->err, "%s[%zu]", f->name, count);
	}
	store(base, f->at, &items, sizeof(items));
	store(base, f->at_count, &count, sizeof(count));
	return more;
}

static int
read_value(const struct field *f, void *base, struct cursor *c)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_TEXT_NULL:
	case FIELD_TEXT_MAYBE:
		return read_text(f, base, c);
	case FIELD_INT:
	case FIELD_INT_NULL:
	case FIELD_INT_MAYBE:
		return read_int(f, base, c);
	case FIELD_LONG:
		return read_long(f, base, c);
	case FIELD_BOOL:
		return read_bool(f, base, c);
	case FIELD_REAL:
	case FIELD_REAL_MAYBE:
		return read_real(f, base, c);
	case FIELD_WORD:
		return read_word(f, base, c);
	case FIELD_NAMES:
		return read_names(f, base, c);
	case FIELD_OBJECT:
		return fields_read(f->fields, base, c)
			   ? err_context(c->err, "%s", f->name)
			   : 0;
	case FIELD_ONE:
		return read_one(f, base, c);
	case FIELD_LIST:
	case FIELD_LIST_MAYBE:
		return read_list(f, base, c);
	case FIELD_CUSTOM:
	case FIELD_CUSTOM_MAYBE:
		return f->read(base, c);
	case FIELD_PAIR:
	case FIELD_OTHERS:
		break;
	}
	assert(!"a pair is read by halves, others by their name");
	return -1;
}

static int
absent(const struct field *f, void *base, struct cursor *c)
{
	switch (f->kind) {
	case FIELD_INT_MAYBE:
		store(base, f->at, &f->none, sizeof(f->none));
		return 0;
	case FIELD_TEXT_MAYBE:
	case FIELD_REAL_MAYBE:
	case FIELD_LIST_MAYBE:
	case FIELD_CUSTOM_MAYBE:
	case FIELD_OTHERS:
		return 0;
	case FIELD_PAIR:
		return bad_pair(f, c);
	case FIELD_TEXT:
	case FIELD_TEXT_NULL:
	case FIELD_INT:
	case FIELD_INT_NULL:
	case FIELD_LONG:
	case FIELD_BOOL:
	case FIELD_REAL:
	case FIELD_WORD:
	case FIELD_NAMES:
	case FIELD_OBJECT:
	case FIELD_ONE:
	case FIELD_LIST:
	case FIELD_CUSTOM:
		break;
	}
	return bad(f, c, "not there");
}

/* The row of that name, looked for from `from` on; the row of others; else NULL. */
static const struct field *
find(const struct field *fields, const struct field *from, const struct slice *name,
     bool *second)
{
	const struct field *f = from;

	do {
		if (!f->name)
			f = fields;
		*second = f->second && is_named(f->second, name);
		if (*second || (f->kind != FIELD_OTHERS && is_named(f->name, name)))
			return f;
		f++;
	} while (f != from && (f->name || from != fields));
	for (f = fields; f->name && f->kind != FIELD_OTHERS; f++)
		;
	*second = false;
	return f->name ? f : NULL;
}

static int
read_member(const struct field *f, bool second, size_t row, void *base, struct cursor *c,
	    struct seen *seen)
{
	uint64_t bit = UINT64_C(1) << row, *which = second ? &seen->second : &seen->first;

	if (*which & bit)
		return err_set(c->err, ERR_REJECT, "JSON: \"%s\" twice",
			       second ? f->second : f->name);
	*which |= bit;
	if (f->kind == FIELD_PAIR)
		return read_half(f, base, c, second ? f->at_second : f->at, bit,
				 second ? &seen->null_second : &seen->null_first);
	return read_value(f, base, c);
}

int
fields_read(const struct field *fields, void *base, struct cursor *c)
{
	const struct field *f, *from = fields;
	struct seen seen = { 0 };
	struct slice name;
	bool first = true, second;
	int more, rc = 0;

	if (cursor_peek(c) != '{')
		return err_set(c->err, ERR_REJECT, "no object");
	if (cursor_bracket(c, '{'))
		return -1;
	while (!rc && (more = cursor_member(c, &first, &name)) > 0) {
		f = find(fields, from, &name, &second);
		if (!f)
			return err_set(c->err, ERR_REJECT, "unknown member \"%.*s\"",
				       name.size < 40 ? (int)name.size : 40, name.text);
		if (f->kind == FIELD_OTHERS) {
			rc = f->read_other(base, &name, c);
			continue;
		}
		assert(f - fields < MOST_ROWS);
		rc = read_member(f, second, (size_t)(f - fields), base, c, &seen);
		from = f->second && !second ? f : f + 1;
	}
	if (rc || more < 0)
		return -1;
	for (f = fields; f->name && !rc; f++) {
		uint64_t bit = UINT64_C(1) << (f - fields);

		if (!((seen.first | seen.second) & bit))
			rc = absent(f, base, c);
		else if (f->kind == FIELD_PAIR)
			rc = end_pair(f, base, c, &seen, bit);
	}
	return rc;
}
