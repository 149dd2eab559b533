/*
 * A walk over one JSON text without a tree: whoever reads knows what should
 * come, and asks for it.  As strict as jansson: UTF-8, no half surrogate, no
 * NUL, no number that does not fit; for what must stay a tree, cursor_skip()
 * gives the bytes, and jansson judges those.
 *
 * 0 or -1, with *err filled; after a failure the cursor is of no more use.
 */
#ifndef RECORD_CURSOR_H
#define RECORD_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct cursor {
	const char *begin, *p, *end;
	struct arena *arena; /* texts go there; whoever opened it checks it at the end */
	struct err *err;
	void *others; /* of a table with FIELD_OTHERS */
};

struct slice {
	const char *text; /* NULL: it did not fit the arena */
	size_t size;
};

struct number {
	bool is_whole; /* written without fraction and exponent; whole has it then */
	int64_t whole;
	double real;
};

void cursor_init(struct cursor *c, const char *json, size_t n, struct arena *arena,
		 struct err *err);
int cursor_end(struct cursor *c) MUST_CHECK; /* nothing but blanks is left */

/* The first byte of the next value, 0 where the text ends: " { [ t f n - or a digit. */
char cursor_peek(struct cursor *c);

/*
 * Objects and lists: take the bracket, then ask for the next until there is
 * none.  1: its name is taken and its value is next; 0: the end was taken.
 * *first is true before the first call.
 */
int cursor_bracket(struct cursor *c, char bracket) MUST_CHECK;
int cursor_member(struct cursor *c, bool *first, struct slice *name) MUST_CHECK;
int cursor_item(struct cursor *c, bool *first) MUST_CHECK;

/* A slice of the text itself where nothing is escaped. */
int cursor_string(struct cursor *c, struct slice *s) MUST_CHECK;
int cursor_text(struct cursor *c, const char **text) MUST_CHECK; /* with a NUL */
int cursor_number(struct cursor *c, struct number *n) MUST_CHECK;
int cursor_bool(struct cursor *c, bool *value) MUST_CHECK;
int cursor_null(struct cursor *c) MUST_CHECK;

/* Any value as its bytes, with no look at what is between its brackets. */
int cursor_skip(struct cursor *c, struct slice *s) MUST_CHECK;
int cursor_pass(struct cursor *c) MUST_CHECK; /* over it */

/* A whole object whose members come in any order: `read` takes each one's value. */
typedef int cursor_member_f(struct cursor *c, const struct slice *name, void *arg);
int cursor_object(struct cursor *c, cursor_member_f *read, void *arg) MUST_CHECK;

bool slice_is(const struct slice *s, const char *word);

#endif
