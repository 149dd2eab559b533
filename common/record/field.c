/*
 * Values are fetched by memcpy: a row knows where its field lies,
 * not its declared type, and the compiler may assume what it likes of types.
 */
#include "record/field.h"

#include <assert.h>
#include <string.h>

#include "record/enriched.h"
#include "record/json.h"

static const void *
load_pointer(const void *base, size_t at)
{
	const void *p;

	memcpy(&p, (const char *)base + at, sizeof(p));
	return p;
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
	case FIELD_CUSTOM_MAYBE:
	case FIELD_OTHERS:
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
