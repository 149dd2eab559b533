#include "record/copied.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/json.h"
#include "time/clock.h"

static void
begin(struct buf *out, const char *id)
{
	char time[WALL_TEXT];

	json_open(out, NULL, '{');
	json_text(out, "kind", "copy");
	json_text(out, "id", id);
	json_text(out, "at", wall_text(wall_now(), time));
}

static json_t *
load(const char *json, size_t n, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(json, n, 0, &why);

	if (json_is_object(root))
		return root;
	json_decref(root);
	err_set(err, ERR_REJECT, "no state of a copy: %s", root ? "no object" : why.text);
	return NULL;
}

static int64_t
integer(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* ---- the log ---- */

void
copied_log_print(const struct copied_log *c, const char *id, struct buf *out)
{
	begin(out, id);
	json_text(out, "state", c->done ? "done" : "running");
	json_int(out, "records", c->records);
	json_close(out, '}');
}

int
copied_log_parse(struct copied_log *c, const char *json, size_t n, struct err *err)
{
	json_t *root = load(json, n, err);
	const char *state = json_string_value(json_object_get(root, "state"));

	if (!root)
		return -1;
	*c = (struct copied_log){ .done = state && *state == 'd',
				  .records = integer(root, "records") };
	json_decref(root);
	return 0;
}

/* ---- a topic ---- */

static void
print_offsets(struct buf *out, const char *name, const int64_t *offsets, int n)
{
	json_open(out, name, '[');
	for (int i = 0; i < n; i++)
		json_int(out, NULL, offsets[i]);
	json_close(out, ']');
}

void
copied_topic_print(const struct copied_topic *c, const char *id, struct buf *out)
{
	begin(out, id);
	print_offsets(out, "begin", c->begin, c->partitions);
	print_offsets(out, "next", c->next, c->partitions);
	json_close(out, '}');
}

static int64_t *
offsets(const json_t *list, struct arena *arena)
{
	size_t n = json_array_size(list);
	int64_t *items = arena_alloc(arena, (n + 1) * sizeof(*items));

	for (size_t i = 0; items && i < n; i++)
		items[i] = json_integer_value(json_array_get(list, i));
	return items;
}

int
copied_topic_parse(struct copied_topic *c, const char *json, size_t n,
		   struct arena *arena, struct err *err)
{
	json_t *root = load(json, n, err);
	const json_t *first = json_object_get(root, "begin"),
		     *next = json_object_get(root, "next");

	if (!root)
		return -1;
	*c = (struct copied_topic){ .begin = offsets(first, arena),
				    .next = offsets(next, arena),
				    .partitions = (int)json_array_size(first) };
	if (json_array_size(first) != json_array_size(next))
		err_set(err, ERR_REJECT, "no state of a copy: begin and next differ");
	else if (!arena_check(arena, err))
		err = NULL;
	json_decref(root);
	return err ? -1 : 0;
}

/* ---- a partition ---- */

void
copied_place_print(const struct copied_place *c, const char *id, struct buf *out)
{
	begin(out, id);
	json_open(out, "runs", '[');
	for (size_t i = 0; i < c->count; i++) {
		json_open(out, NULL, '[');
		json_int(out, NULL, c->runs[i].from);
		json_int(out, NULL, c->runs[i].to);
		json_int(out, NULL, c->runs[i].count);
		json_close(out, ']');
	}
	json_close(out, ']');
	json_int(out, "end", c->end);
	json_close(out, '}');
}

/* Runs follow one another on both sides, and none is empty. */
static bool
is_in_order(const struct copied_place *c)
{
	const int64_t most = INT64_C(1) << 60;
	int64_t from = 0, to = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct copied_run *r = &c->runs[i];

		if (r->from < from || r->to < to || r->count < 1 || r->from > most ||
		    r->to > most || r->count > most)
			return false;
		from = r->from + r->count;
		to = r->to + r->count;
	}
	return c->end >= to;
}

int
copied_place_parse(struct copied_place *c, const char *json, size_t n,
		   struct arena *arena, struct err *err)
{
	json_t *root = load(json, n, err);
	const json_t *list = json_object_get(root, "runs");

	if (!root)
		return -1;
	*c = (struct copied_place){ .count = json_array_size(list),
				    .end = integer(root, "end") };
	c->runs = arena_alloc(arena, (c->count + 1) * sizeof(*c->runs));
	for (size_t i = 0; c->runs && i < c->count; i++) {
		const json_t *run = json_array_get(list, i);

		c->runs[i] =
		    (struct copied_run){ json_integer_value(json_array_get(run, 0)),
					 json_integer_value(json_array_get(run, 1)),
					 json_integer_value(json_array_get(run, 2)) };
	}
	json_decref(root);
	if (arena_check(arena, err))
		return -1;
	return is_in_order(c)
		   ? 0
		   : err_set(err, ERR_REJECT, "no state of a copy: runs out of order");
}

int64_t
copied_offset(const struct copied_place *c, int64_t offset)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct copied_run *r = &c->runs[i];

		if (offset - r->from < r->count)
			return offset <= r->from ? r->to : r->to + (offset - r->from);
	}
	return c->end;
}

void
copied_place_add(struct copied_place *c, int64_t from, int64_t to)
{
	struct copied_run *last = c->count ? &c->runs[c->count - 1] : NULL;

	c->end = to + 1;
	if (last && from == last->from + last->count && to == last->to + last->count) {
		last->count++;
		return;
	}
	if (c->count == c->room) {
		c->room = c->room ? c->room * 2 : 64;
		c->runs = must_realloc(c->runs, c->room * sizeof(*c->runs));
	}
	c->runs[c->count++] = (struct copied_run){ from, to, 1 };
}

void
copied_place_release(struct copied_place *c)
{
	free(c->runs);
	*c = (struct copied_place){ 0 };
}
