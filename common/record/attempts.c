#include "record/attempts.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"
#include "time/clock.h"

static const char *const states[] = {
	[LETTER_NEW] = "new", [LETTER_RETRIED] = "retried", [LETTER_DROPPED] = "dropped"
};

/* Ours were printed by us and are small; what is large or deep is nobody's history. */
static json_t *
load(const char *json, size_t n)
{
	json_error_t why;

	return json ? json_loadb(json, n, 0, &why) : NULL;
}

static bool
has_items(const char *json)
{
	json_t *root = load(json, json ? strlen(json) : 0);
	bool has = json_array_size(root) > 0;

	json_decref(root);
	return has;
}

/* Of a list of JSON, its bracket and the blanks before it: the printer sets the comma. */
static size_t
without_end(const char *list)
{
	size_t n = (size_t)(strrchr(list, ']') - list);

	while (strchr(" \t\r\n", list[n - 1]))
		n--;
	return n;
}

void
attempts_add(struct buf *out, const char *before, const struct attempt *a)
{
	if (has_items(before))
		buf_add(out, before, without_end(before));
	else
		json_open(out, NULL, '[');
	json_open(out, NULL, '{');
	json_text(out, "at", a->at);
	json_text(out, "stage", a->stage);
	json_text(out, "reason", a->reason);
	json_text(out, "text", a->text);
	json_close(out, '}');
	json_close(out, ']');
}

static const char *
member(const json_t *object, const char *name, struct arena *arena)
{
	return arena_strdup(arena, json_string_value(json_object_get(object, name)));
}

int
attempts_parse(const char *json, size_t n, struct attempt **attempts, size_t *count,
	       struct arena *arena, struct err *err)
{
	json_t *root = load(json, n);
	struct attempt *items = NULL;

	*count = json_array_size(root);
	if (*count)
		items = arena_alloc(arena, *count * sizeof(*items));
	for (size_t i = 0; items && i < *count; i++) {
		const json_t *object = json_array_get(root, i);

		items[i] = (struct attempt){ member(object, "at", arena),
					     member(object, "stage", arena),
					     member(object, "reason", arena),
					     member(object, "text", arena) };
	}
	*attempts = items;
	json_decref(root);
	return arena_check(arena, err);
}

const char *
letter_state_name(enum letter_state state)
{
	return states[state];
}

int
letter_state_find(const char *name, enum letter_state *state)
{
	for (size_t i = 0; name && i < LENGTH(states); i++) {
		if (!strcmp(name, states[i])) {
			*state = (enum letter_state)i;
			return 0;
		}
	}
	return -1;
}

void
letter_state_print(struct buf *out, const char *id, enum letter_state state,
		   int64_t at_ms, const char *to)
{
	char time[WALL_TEXT];

	json_open(out, NULL, '{');
	json_text(out, "kind", "dlq");
	json_text(out, "id", id);
	json_text(out, "at", wall_text((struct wall){ at_ms }, time));
	json_text(out, "state", states[state]);
	json_text(out, "to", to);
	json_close(out, '}');
}

int
letter_state_parse(enum letter_state *state, const char *json, size_t n, struct err *err)
{
	json_t *root = load(json, n);
	const char *name = json_string_value(json_object_get(root, "state"));
	int failed = letter_state_find(name, state);

	json_decref(root);
	if (failed)
		return err_set(err, ERR_REJECT, "no state of a dead letter");
	return 0;
}
