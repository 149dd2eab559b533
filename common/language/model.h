/*
 * A model file: named sections behind a checksum, mapped read-only, so that
 * all processes of a machine share its pages.  Sections point into the map and
 * live as long as it.  tools/train writes it, model_builder alone knows how.
 */
#ifndef LANGUAGE_MODEL_H
#define LANGUAGE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct model;

/* NULL: the file cannot be read, is none of ours, cut short, damaged, or of another
 * version. */
struct model *model_open(const char *path, struct err *err);
void model_close(struct model *m);

/* ERR_USAGE if there is none, or it is smaller than `least` bytes. */
int model_section(const struct model *m, const char *name, size_t least, const void **at,
		  size_t *size, struct err *err) MUST_CHECK;

/* Sections are put in order of adding; bytes are copied. */
struct model_builder {
	struct buf bytes, index;
	int count;
};
void model_begin(struct model_builder *b);
void model_add(struct model_builder *b, const char *name, const void *bytes, size_t n);
/* Adds all sections of a model but those whose name begins with `but`. */
void model_copy(struct model_builder *b, const struct model *m, const char *but);
int model_write(struct model_builder *b, const char *path, struct err *err) MUST_CHECK;

/*
 * A section from 64-bit keys to numbers: {slots, rows, columns, 0}, then slots
 * of {the key's upper half, row + 1}, then the rows.  One that is not there is
 * taken for another once in 2^32 or so.
 */
struct keyed {
	const uint32_t *slots;
	uint32_t mask, count;
	int columns; /* of the rows; 0: none */
	const signed char *rows;
};
int keyed_open(struct keyed *k, const struct model *m, const char *name,
	       struct err *err) MUST_CHECK;
void keyed_add(struct model_builder *b, const char *name, const uint64_t *key,
	       const uint32_t *value, uint32_t count, const signed char *rows,
	       uint32_t row_count, int columns);

static inline int
keyed_find(const struct keyed *k, uint64_t key) /* -1: not there */
{
	uint32_t check = (uint32_t)(key >> 32), i = (uint32_t)key & k->mask;

	for (; k->slots[2 * i + 1]; i = (i + 1) & k->mask)
		if (k->slots[2 * i] == check)
			return (int)(k->slots[2 * i + 1] - 1);
	return -1;
}

/*
 * The same in four bytes a key, for the classes of words: {slots, classes, 0,
 * 0}, the classes' own numbers, then slots of {21 bits of the key, class + 1}.
 */
enum { CLASS_BITS = 11 };
struct classes {
	const uint32_t *number, *slots;
	uint32_t count, mask;
};
int classes_open(struct classes *c, const struct model *m, const char *name,
		 struct err *err) MUST_CHECK;
void classes_add(struct model_builder *b, const char *name, const struct classes *c);
/* class[i] is of key[i]; gives the slots, all else is borrowed. */
void classes_build(struct classes *c, const uint64_t *key, const uint32_t *class,
		   uint32_t keys, const uint32_t *number, uint32_t count);

static inline bool
classes_find(const struct classes *c, uint64_t key, uint32_t *number)
{
	uint32_t check = (uint32_t)(key >> (32 + CLASS_BITS)),
		 i = (uint32_t)key & c->mask;
	uint32_t class;

	for (; c->slots[i]; i = (i + 1) & c->mask)
		if (c->slots[i] >> CLASS_BITS == check) {
			class = (c->slots[i] & ((1u << CLASS_BITS) - 1)) - 1;
			if (class >= c->count)
				return false;
			*number = c->number[class];
			return true;
		}
	return false;
}

/* A section of strings, each NUL-ended: their addresses, in memory of the process. */
const char **
strings_open(const struct model *m, const char *name, int *count, struct err *err);

#endif
