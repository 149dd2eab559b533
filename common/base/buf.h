/*
 * Bytes that grow, up to a ceiling given at birth.  Past it (or out of
 * memory) the buffer is `full`, further appends do nothing, and buf_check()
 * says so: append freely, check once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct buf {
	char *data; /* NULL until the first append or reserve; then always NUL-ended */
	size_t size, room, ceiling;
	bool full;
};

void buf_init(struct buf *b, size_t ceiling);
void buf_release(struct buf *b);
void buf_reset(struct buf *b);

/* Makes room for n more bytes: a place to write them, or NULL.  buf_added() then says how many. */
char *buf_reserve(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *bytes, size_t n);
static inline void
buf_addc(struct buf *b, char c)
{
	if (b->size + 1 < b->room && b->size < b->ceiling && !b->full) {
		b->data[b->size++] = c;
		b->data[b->size] = '\0';
	} else {
		buf_add(b, &c, 1);
	}
}
void buf_adds(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* -1 and ERR_REJECT if the buffer ran full. */
int buf_check(const struct buf *b, struct err *err) MUST_CHECK;

#endif
