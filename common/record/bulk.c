#include "record/bulk.h"

#include <string.h>

#include "record/cursor.h"

static int
read_whole(struct cursor *c, int64_t *n)
{
	struct number number;

	if (cursor_number(c, &number))
		return -1;
	*n = number.is_whole ? number.whole : 0;
	return 0;
}

/* null is absent. */
static int
read_text(struct cursor *c, const char **text)
{
	return cursor_peek(c) == 'n' ? cursor_null(c) : cursor_text(c, text);
}

static int
read_key(struct cursor *c, const struct slice *name, void *arg)
{
	struct bulk_found *f = arg;

	if (slice_is(name, "version"))
		return read_text(c, &f->version);
	if (slice_is(name, "versioncreated"))
		return read_text(c, &f->versioncreated);
	if (slice_is(name, "log"))
		return read_text(c, &f->log);
	if (slice_is(name, "offset"))
		return read_whole(c, &f->offset);
	return slice_is(name, "epoch") ? read_whole(c, &f->epoch) : cursor_pass(c);
}

static int
read_source(struct cursor *c, const struct slice *name, void *arg)
{
	return slice_is(name, "nw") ? cursor_object(c, read_key, arg) : cursor_pass(c);
}

static int
read_error_type(struct cursor *c, const struct slice *name, void *arg)
{
	return slice_is(name, "type") ? read_text(c, arg) : cursor_pass(c);
}

static int
read_document(struct cursor *c, const struct slice *name, void *arg)
{
	struct bulk_found *f = arg;

	if (slice_is(name, "_index"))
		return read_text(c, &f->index);
	if (slice_is(name, "found"))
		return cursor_bool(c, &f->found);
	if (slice_is(name, "_seq_no"))
		return read_whole(c, &f->seq_no);
	if (slice_is(name, "_primary_term"))
		return read_whole(c, &f->primary_term);
	if (slice_is(name, "_source"))
		return cursor_object(c, read_source, f);
	if (slice_is(name, "error") && cursor_peek(c) == '{')
		return cursor_object(c, read_error_type, &f->error);
	return cursor_pass(c);
}

static int
read_error(struct cursor *c, const struct slice *name, void *arg)
{
	struct bulk_result *r = arg;

	if (slice_is(name, "type"))
		return read_text(c, &r->type);
	return slice_is(name, "reason") ? read_text(c, &r->reason) : cursor_pass(c);
}

static int
read_result(struct cursor *c, const struct slice *name, void *arg)
{
	struct bulk_result *r = arg;

	if (slice_is(name, "status"))
		return read_whole(c, &r->status);
	if (slice_is(name, "error") && cursor_peek(c) == '{')
		return cursor_object(c, read_error, r);
	return cursor_pass(c);
}

/* {"index": {...}}: the one member's name is what was done. */
static int
read_deed(struct cursor *c, const struct slice *name, void *arg)
{
	(void)name;
	return cursor_object(c, read_result, arg);
}

struct list {
	const char *name;
	cursor_member_f *read;
	char *items;
	size_t size, most, count;
};

static int
read_list(struct cursor *c, const struct slice *name, void *arg)
{
	struct list *list = arg;
	bool first = true;
	int more;

	if (!slice_is(name, list->name))
		return cursor_pass(c);
	if (cursor_bracket(c, '['))
		return -1;
	while ((more = cursor_item(c, &first)) == 1) {
		if (list->count == list->most)
			return err_set(c->err, ERR_RETRY, "more answers than questions");
		if (cursor_object(c, list->read, list->items + list->size * list->count))
			return -1;
		list->count++;
	}
	return more;
}

static int
read_answer(const char *json, size_t n, struct arena *arena,
	    cursor_member_f *read, void *arg, struct err *err)
{
	struct cursor c;

	cursor_init(&c, json, n, arena, err);
	if (!cursor_object(&c, read, arg) && !cursor_end(&c) && !arena_check(arena, err))
		return 0;
	err_context(err, "the store's answer cannot be read");
	err->class = ERR_RETRY;
	return -1;
}

int
bulk_read_found(const char *json, size_t n, struct arena *arena, struct bulk_found *found,
		size_t most, size_t *count, struct err *err)
{
	struct list list = { "docs", read_document, (char *)found, sizeof(*found), most, 0 };

	memset(found, 0, most * sizeof(*found));
	if (read_answer(json, n, arena, read_list, &list, err))
		return -1;
	*count = list.count;
	return 0;
}

int
bulk_read_results(const char *json, size_t n, struct arena *arena,
		  struct bulk_result *results, size_t most, size_t *count, struct err *err)
{
	struct list list = { "items", read_deed, (char *)results, sizeof(*results), most, 0 };

	memset(results, 0, most * sizeof(*results));
	if (read_answer(json, n, arena, read_list, &list, err))
		return -1;
	*count = list.count;
	return 0;
}

struct names_list {
	const char **names;
	size_t most, count;
};

static int
read_name(struct cursor *c, const struct slice *name, void *arg)
{
	struct names_list *list = arg;

	if (list->count < list->most)
		list->names[list->count++] = arena_copy(c->arena, name->text, name->size);
	return cursor_pass(c);
}

int
bulk_read_names(const char *json, size_t n, struct arena *arena, const char **names,
		size_t most, size_t *count, struct err *err)
{
	struct names_list list = { names, most, 0 };

	if (read_answer(json, n, arena, read_name, &list, err))
		return -1;
	*count = list.count;
	return 0;
}

struct wanted {
	const char *name;
	int64_t *number;
	int depth;
};

static cursor_member_f read_wanted;

static int
read_inside(struct cursor *c, struct wanted *w)
{
	bool first = true;
	int more;

	if (cursor_peek(c) == '{')
		return cursor_object(c, read_wanted, w);
	if (cursor_peek(c) != '[')
		return cursor_pass(c);
	if (cursor_bracket(c, '['))
		return -1;
	while ((more = cursor_item(c, &first)) == 1)
		if (read_inside(c, w))
			return -1;
	return more;
}

static int
read_wanted(struct cursor *c, const struct slice *name, void *arg)
{
	struct wanted *w = arg;
	char next = cursor_peek(c);
	int failed;

	if (slice_is(name, w->name) && (next == '-' || (next >= '0' && next <= '9')))
		return read_whole(c, w->number);
	if (w->depth == 16)
		return cursor_pass(c);
	w->depth++;
	failed = read_inside(c, w);
	w->depth--;
	return failed;
}

int
bulk_read_number(const char *json, size_t n, const char *name, int64_t *number,
		 struct arena *arena, struct err *err)
{
	struct wanted wanted = { name, number, 0 };

	*number = -1;
	return read_answer(json, n, arena, read_wanted, &wanted, err);
}
