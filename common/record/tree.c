#include "record/tree.h"

#include <errno.h>

/* A tree takes some hundred bytes an object, 40 a value: this ceiling means 200 MB. */
enum { HEAVIEST = 4 << 20, OBJECT_WEIGHT = 8 };

static bool
is_heavy(const char *json, size_t n)
{
	size_t weight = 0;

	for (size_t i = 0; i < n; i++)
		weight += json[i] == ','                     ? 1
			  : json[i] == '{' || json[i] == '[' ? OBJECT_WEIGHT
							     : 0;
	return weight > HEAVIEST;
}

json_t *
tree_load(const char *json, size_t n, struct err *err)
{
	json_error_t error;
	json_t *tree;

	if (is_heavy(json, n)) {
		err_set(err, ERR_REJECT, "JSON of more values than any record has");
		return NULL;
	}
	errno = 0;
	tree = json_loadb(json, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	/* jansson 2.14 says "invalid token" or nothing where it found no memory. */
	if (!tree && errno == ENOMEM)
		err_set(err, ERR_FATAL, "no memory for a record of %zu bytes", n);
	else if (!tree)
		err_set(err, ERR_REJECT, "JSON: %s, byte %d", error.text, error.position);
	return tree;
}

json_t *
tree_read(struct cursor *c)
{
	struct slice s;

	return cursor_skip(c, &s) ? NULL : tree_load(s.text, s.size, c->err);
}

int
tree_text(const char **text, json_t *value, struct arena *arena, struct err *err)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t n = json_dumpb(value, NULL, 0, flags);
	char *to = arena_alloc(arena, n + 1);

	*text = to;
	if (!to)
		return arena_check(arena, err);
	if (n == 0 || json_dumpb(value, to, n, flags) != n)
		return err_set(err, ERR_FATAL, "no memory to write JSON");
	to[n] = '\0';
	return 0;
}

bool
tree_has_null(json_t *value)
{
	const char *name;
	json_t *item;
	size_t i;

	json_object_foreach(value, name, item)
	{
		if (tree_has_null(item))
			return true;
	}
	json_array_foreach(value, i, item)
	{
		if (tree_has_null(item))
			return true;
	}
	return json_is_null(value);
}
