/*
 * Values are fetched and stored by memcpy: a row knows where its field lies,
 * not its declared type, and the compiler may assume what it likes of types.
 */
#include "record/field.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "record/enriched.h"
#include "record/json.h"

/* A tree takes some hundred bytes an object, 40 a value: this ceiling means 200 MB. */
enum { HEAVIEST = 4 << 20, OBJECT_WEIGHT = 8 };

static const void *
load_pointer(const void *base, size_t at)
{
	const void *p;

	memcpy(&p, (const char *)base + at, sizeof(p));
	return p;
}

static void
store(void *base, size_t at, const void *value, size_t size)
{
	memcpy((char *)base + at, value, size);
}

static void
print_int(const struct field *f, const void *at, struct buf *out)
{
	int value;

	memcpy(&value, at, sizeof(value));
	if (f->kind == FIELD_INT_NULL && value == f->none)
		json_null_or(out, f->name, NULL);
	else if (f->kind != FIELD_INT_MAYBE || value != f->none)
		json_int(out, f->name, value);
}

static double
load_real(const void *at)
{
	double value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void
print_pair(const struct field *f, const char *base, struct buf *out)
{
	if (*(const bool *)(base + f->at_count)) {
		json_double(out, f->name, load_real(base + f->at));
		json_double(out, f->second, load_real(base + f->at_second));
	} else {
		json_null_or(out, f->name, NULL);
		json_null_or(out, f->second, NULL);
	}
}

static void
print_word(const struct field *f, const char *at, struct buf *out)
{
	unsigned value = 0;

	if (f->size == sizeof(bool))
		value = *(const bool *)at;
	else
		memcpy(&value, at, sizeof(value));
	json_text(out, f->name, f->words[value]);
}

static void
print_names(const char *name, const struct names *names, struct buf *out)
{
	json_open(out, name, '[');
	for (size_t i = 0; i < names->count; i++)
		json_text(out, NULL, names->items[i]);
	json_close(out, ']');
}

static void
print_object(const char *name, const struct field *fields, const void *base,
	     struct buf *out)
{
	json_open(out, name, '{');
	fields_print(fields, base, out);
	json_close(out, '}');
}

static void
print_list(const struct field *f, const char *base, struct buf *out)
{
	const char *items = load_pointer(base, f->at);
	size_t count;

	memcpy(&count, base + f->at_count, sizeof(count));
	if (count == 0 && f->kind == FIELD_LIST_MAYBE)
		return;
	json_open(out, f->name, '[');
	for (size_t i = 0; i < count; i++)
		print_object(NULL, f->fields, items + i * f->size, out);
	json_close(out, ']');
}

static void
print_one(const struct field *f, const void *base, struct buf *out)
{
	const void *one = load_pointer(base, f->at);

	if (one)
		print_object(f->name, f->fields, one, out);
	else
		json_null_or(out, f->name, NULL);
}

static void
print_long(const char *name, const void *at, struct buf *out)
{
	long value;

	memcpy(&value, at, sizeof(value));
	json_int(out, name, value);
}

static void
print_text(const struct field *f, const void *base, struct buf *out)
{
	const char *text = load_pointer(base, f->at);

	assert(text || f->kind != FIELD_TEXT);
	if (f->kind == FIELD_TEXT_NULL)
		json_null_or(out, f->name, text);
	else
		json_text(out, f->name, text);
}

static void
field_print(const struct field *f, const char *base, struct buf *out)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_TEXT_NULL:
	case FIELD_TEXT_MAYBE:
		print_text(f, base, out);
		break;
	case FIELD_INT:
	case FIELD_INT_NULL:
	case FIELD_INT_MAYBE:
		print_int(f, base + f->at, out);
		break;
	case FIELD_LONG:
		print_long(f->name, base + f->at, out);
		break;
	case FIELD_BOOL:
		json_bool(out, f->name, *(const bool *)(base + f->at));
		break;
	case FIELD_REAL_MAYBE:
		if (load_real(base + f->at) == 0)
			break;
		/* fall through */
	case FIELD_REAL:
		json_double(out, f->name, load_real(base + f->at));
		break;
	case FIELD_PAIR:
		print_pair(f, base, out);
		break;
	case FIELD_WORD:
		print_word(f, base + f->at, out);
		break;
	case FIELD_NAMES:
		print_names(f->name, (const struct names *)(base + f->at), out);
		break;
	case FIELD_OBJECT:
		print_object(f->name, f->fields, base, out);
		break;
	case FIELD_ONE:
		print_one(f, base, out);
		break;
	case FIELD_LIST:
	case FIELD_LIST_MAYBE:
		print_list(f, base, out);
		break;
	case FIELD_CUSTOM:
		f->print(base, f->name, out);
		break;
	}
}

void
fields_print(const struct field *fields, const void *base, struct buf *out)
{
	for (const struct field *f = fields; f->name; f++)
		field_print(f, base, out);
}

static int
bad(const struct field *f, struct err *err, const char *what)
{
	return err_set(err, ERR_REJECT, "%s is %s", f->name, what);
}

static int
parse_text(const struct field *f, void *base, json_t *value, struct arena *arena,
	   struct err *err)
{
	const char *text = NULL;

	if (json_is_string(value))
		text = tree_string(value, arena);
	else if (f->kind != FIELD_TEXT_NULL || !json_is_null(value))
		return bad(f, err, "no text");
	store(base, f->at, &text, sizeof(text));
	return 0;
}

static int
parse_int(const struct field *f, void *base, json_t *value, struct err *err)
{
	json_int_t number = json_integer_value(value);
	int to = (int)number;

	if (f->kind == FIELD_INT_NULL && json_is_null(value))
		to = f->none;
	else if (!json_is_integer(value) || number < 0 || number > INT_MAX)
		return bad(f, err, "no whole number");
	else if (f->kind != FIELD_INT && to == f->none)
		return err_set(err, ERR_REJECT, "%s is %d", f->name, to);
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
parse_long(const struct field *f, void *base, json_t *value, struct err *err)
{
	json_int_t number = json_integer_value(value);
	long to = (long)number;

	if (!json_is_integer(value) || number < 0)
		return bad(f, err, "no whole number");
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
parse_bool(const struct field *f, void *base, json_t *value, struct err *err)
{
	bool to = json_is_true(value);

	if (!json_is_boolean(value))
		return bad(f, err, "neither true nor false");
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
parse_real(const struct field *f, void *base, json_t *value, struct err *err)
{
	double to = json_number_value(value);

	if (!json_is_number(value))
		return bad(f, err, "no number");
	store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
parse_pair(const struct field *f, void *base, json_t *first, json_t *second,
	   struct err *err)
{
	double a = json_number_value(first), b = json_number_value(second);
	bool there = json_is_number(first);

	if (there ? !json_is_number(second)
		  : !json_is_null(first) || !json_is_null(second))
		return err_set(err, ERR_REJECT,
			       "%s and %s are not two numbers or two nulls", f->name,
			       f->second);
	store(base, f->at, &a, sizeof(a));
	store(base, f->at_second, &b, sizeof(b));
	store(base, f->at_count, &there, sizeof(there));
	return 0;
}

static int
parse_word(const struct field *f, void *base, json_t *value, struct err *err)
{
	const char *word = json_string_value(value);
	unsigned to = 0;
	bool flag;

	if (!word)
		return bad(f, err, "no text");
	while (f->words[to] && strcmp(f->words[to], word) != 0)
		to++;
	if (!f->words[to])
		return err_set(err, ERR_REJECT, "%s is \"%.40s\"", f->name, word);
	flag = to;
	if (f->size == sizeof(flag))
		store(base, f->at, &flag, sizeof(flag));
	else
		store(base, f->at, &to, sizeof(to));
	return 0;
}

static int
parse_names(const struct field *f, void *base, json_t *value, struct arena *arena,
	    struct err *err)
{
	struct names names = { .count = json_array_size(value) };
	const char **items;

	if (!json_is_array(value))
		return bad(f, err, "no list");
	items = arena_calloc(arena, names.count * sizeof(*items));
	if (!items)
		return arena_check(arena, err);
	for (size_t i = 0; i < names.count; i++) {
		if (!json_is_string(json_array_get(value, i)))
			return err_set(err, ERR_REJECT, "%s[%zu] is no text", f->name, i);
		items[i] = tree_string(json_array_get(value, i), arena);
	}
	names.items = items;
	store(base, f->at, &names, sizeof(names));
	return 0;
}

static int
parse_one(const struct field *f, void *base, json_t *value, struct arena *arena,
	  struct err *err)
{
	void *one;

	if (json_is_null(value))
		return 0;
	one = arena_calloc(arena, f->size);
	if (!one)
		return arena_check(arena, err);
	if (fields_parse(f->fields, one, value, arena, err) != 0)
		return err_context(err, "%s", f->name);
	store(base, f->at, &one, sizeof(one));
	return 0;
}

static int
parse_list(const struct field *f, void *base, json_t *value, struct arena *arena,
	   struct err *err)
{
	size_t count = json_array_size(value);
	char *items;

	if (!json_is_array(value))
		return bad(f, err, "no list");
	items = arena_calloc(arena, count * f->size);
	if (!items)
		return arena_check(arena, err);
	for (size_t i = 0; i < count; i++) {
		if (fields_parse(f->fields, items + i * f->size, json_array_get(value, i),
				 arena, err) != 0)
			return err_context(err, "%s[%zu]", f->name, i);
	}
	store(base, f->at, &items, sizeof(items));
	store(base, f->at_count, &count, sizeof(count));
	return 0;
}

static int
absent(const struct field *f, void *base, struct err *err)
{
	if (f->kind == FIELD_INT_MAYBE)
		store(base, f->at, &f->none, sizeof(f->none));
	else if (f->kind != FIELD_TEXT_MAYBE && f->kind != FIELD_REAL_MAYBE &&
		 f->kind != FIELD_LIST_MAYBE)
		return bad(f, err, "not there");
	return 0;
}

int
field_parse(const struct field *f, void *base, json_t *value, struct arena *arena,
	    struct err *err)
{
	if (!value && f->kind != FIELD_CUSTOM)
		return absent(f, base, err);
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_TEXT_NULL:
	case FIELD_TEXT_MAYBE:
		return parse_text(f, base, value, arena, err);
	case FIELD_INT:
	case FIELD_INT_NULL:
	case FIELD_INT_MAYBE:
		return parse_int(f, base, value, err);
	case FIELD_LONG:
		return parse_long(f, base, value, err);
	case FIELD_BOOL:
		return parse_bool(f, base, value, err);
	case FIELD_REAL:
	case FIELD_REAL_MAYBE:
		return parse_real(f, base, value, err);
	case FIELD_WORD:
		return parse_word(f, base, value, err);
	case FIELD_NAMES:
		return parse_names(f, base, value, arena, err);
	case FIELD_OBJECT:
		return fields_parse(f->fields, base, value, arena, err) == 0
			   ? 0
			   : err_context(err, "%s", f->name);
	case FIELD_ONE:
		return parse_one(f, base, value, arena, err);
	case FIELD_LIST:
	case FIELD_LIST_MAYBE:
		return parse_list(f, base, value, arena, err);
	case FIELD_CUSTOM:
		return f->parse(base, value, arena, err);
	case FIELD_PAIR:
		break;
	}
	assert(!"a pair is read by fields_parse()");
	return -1;
}

static bool
is_known(const struct field *fields, const char *name)
{
	for (const struct field *f = fields; f->name; f++) {
		if (strcmp(f->name, name) == 0 ||
		    (f->second && strcmp(f->second, name) == 0))
			return true;
	}
	return false;
}

int
fields_parse(const struct field *fields, void *base, json_t *object, struct arena *arena,
	     struct err *err)
{
	const char *name;
	json_t *value;
	int rc = 0;

	if (!json_is_object(object))
		return err_set(err, ERR_REJECT, "no object");
	for (const struct field *f = fields; f->name && rc == 0; f++) {
		value = json_object_get(object, f->name);
		if (f->kind == FIELD_PAIR)
			rc = parse_pair(f, base, value,
					json_object_get(object, f->second), err);
		else
			rc = field_parse(f, base, value, arena, err);
	}
	if (rc != 0)
		return -1;
	json_object_foreach(object, name, value)
	{
		if (!is_known(fields, name))
			return err_set(err, ERR_REJECT, "unknown member \"%.40s\"", name);
	}
	return 0;
}

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
	tree = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(tree))
		return tree;
	/* jansson 2.14 says "invalid token" or nothing where it found no memory. */
	if (!tree && errno == ENOMEM)
		err_set(err, ERR_FATAL, "no memory for a record of %zu bytes", n);
	else if (!tree)
		err_set(err, ERR_REJECT, "JSON: %s, byte %d", error.text, error.position);
	else
		err_set(err, ERR_REJECT, "JSON, but no object");
	json_decref(tree);
	return NULL;
}

const char *
tree_string(json_t *string, struct arena *arena)
{
	return arena_copy(arena, json_string_value(string), json_string_length(string));
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
