/*
 * A record's struct and its JSON, told once: one row a member, in the order
 * in which they are written.  The same rows print and read, so the two
 * cannot disagree; the macros refuse a row whose field has another type.
 */
#ifndef RECORD_FIELD_H
#define RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "record/cursor.h"

enum field_kind {
	FIELD_TEXT,
	FIELD_TEXT_NULL,  /* null where the pointer is NULL */
	FIELD_TEXT_MAYBE, /* absent where it is NULL */
	FIELD_INT,
	FIELD_INT_NULL,  /* null where it is `none` */
	FIELD_INT_MAYBE, /* absent where it is `none` */
	FIELD_LONG,
	FIELD_BOOL,
	FIELD_REAL,
	FIELD_REAL_MAYBE, /* absent where it is 0 */
	FIELD_PAIR,       /* two members, both numbers or both null, as a bool says */
	FIELD_WORD,       /* an enum by its names; a bool too */
	FIELD_NAMES,
	FIELD_OBJECT, /* members of the same struct that stand in an object of their own
		       */
	FIELD_ONE,    /* a pointer to a struct; null where it is NULL */
	FIELD_LIST,
	FIELD_LIST_MAYBE, /* absent where it is empty */
	FIELD_CUSTOM,
	FIELD_CUSTOM_MAYBE,
	FIELD_OTHERS, /* members that have no row; the last */
};

struct field {
	const char *name, *second; /* second: of a pair */
	enum field_kind kind;
	size_t at, at_second, at_count; /* at_count: of a list; of a pair its bool */
	int none;
	const char *const *words; /* NULL-ended */
	const struct field *fields;
	size_t size; /* of an item, of a word's type */
	void (*print)(const void *base, const char *name, struct buf *out);
	int (*read)(void *base, struct cursor *c);
	int (*read_other)(void *base, const struct slice *name, struct cursor *c);
};

#define FIELD_AT(S, f, type) _Generic(((struct S *)0)->f, type : offsetof(struct S, f))

/* clang-format off */
#define TEXT(S, f, as)       { .name = as, .kind = FIELD_TEXT, .at = FIELD_AT(S, f, const char *) }
#define TEXT_NULL(S, f, as)  { .name = as, .kind = FIELD_TEXT_NULL, .at = FIELD_AT(S, f, const char *) }
#define TEXT_MAYBE(S, f, as) { .name = as, .kind = FIELD_TEXT_MAYBE, .at = FIELD_AT(S, f, const char *) }
#define INT(S, f, as)        { .name = as, .kind = FIELD_INT, .at = FIELD_AT(S, f, int) }
#define INT_NULL(S, f, as, null) \
	{ .name = as, .kind = FIELD_INT_NULL, .at = FIELD_AT(S, f, int), .none = null }
#define INT_MAYBE(S, f, as, absent) \
	{ .name = as, .kind = FIELD_INT_MAYBE, .at = FIELD_AT(S, f, int), .none = absent }
#define LONG(S, f, as)       { .name = as, .kind = FIELD_LONG, .at = FIELD_AT(S, f, long) }
#define BOOL(S, f, as)       { .name = as, .kind = FIELD_BOOL, .at = FIELD_AT(S, f, bool) }
#define REAL(S, f, as)       { .name = as, .kind = FIELD_REAL, .at = FIELD_AT(S, f, double) }
#define REAL_MAYBE(S, f, as) { .name = as, .kind = FIELD_REAL_MAYBE, .at = FIELD_AT(S, f, double) }
#define PAIR(S, flag, f, as, g, also) \
	{ .name = as, .second = also, .kind = FIELD_PAIR, .at = FIELD_AT(S, f, double), \
	  .at_second = FIELD_AT(S, g, double), .at_count = FIELD_AT(S, flag, bool) }
#define WORD(S, f, type, as, list) \
	{ .name = as, .kind = FIELD_WORD, .at = FIELD_AT(S, f, type), .words = list, \
	  .size = sizeof(type) }
#define NAMES(S, f, as)      { .name = as, .kind = FIELD_NAMES, .at = FIELD_AT(S, f, struct names) }
#define OBJECT(as, rows)     { .name = as, .kind = FIELD_OBJECT, .fields = rows }
#define ONE(S, f, type, as, rows) \
	{ .name = as, .kind = FIELD_ONE, .at = FIELD_AT(S, f, const type *), \
	  .fields = rows, .size = sizeof(type) }
#define LIST(S, f, n, type, as, rows) LIST_OF(FIELD_LIST, S, f, n, type, as, rows)
#define LIST_MAYBE(S, f, n, type, as, rows) LIST_OF(FIELD_LIST_MAYBE, S, f, n, type, as, rows)
#define LIST_OF(how, S, f, n, type, as, rows) \
	{ .name = as, .kind = how, .at = FIELD_AT(S, f, type *), \
	  .at_count = FIELD_AT(S, n, size_t), .fields = rows, .size = sizeof(type) }
#define CUSTOM(as, printer, reader) \
	{ .name = as, .kind = FIELD_CUSTOM, .print = printer, .read = reader }
#define CUSTOM_MAYBE(as, printer, reader) \
	{ .name = as, .kind = FIELD_CUSTOM_MAYBE, .print = printer, .read = reader }
#define OTHERS(printer, reader) \
	{ .name = "", .kind = FIELD_OTHERS, .print = printer, .read_other = reader }
/* clang-format on */

void fields_print(const struct field *fields, const void *base, struct buf *out);

/*
 * Into a zeroed struct: every member is there, once, has its type and is
 * known, else ERR_REJECT says which is not.  Copies go to the cursor's arena:
 * check it at the end.
 */
int fields_read(const struct field *fields, void *base, struct cursor *c) MUST_CHECK;

#endif
