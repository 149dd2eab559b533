#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t ceiling)
{
	*b = (struct buf){ .ceiling = ceiling };
}

void
buf_release(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->size = b->room = 0;
}

void
buf_reset(struct buf *b)
{
	b->size = 0;
	b->full = false;
	if (b->data)
		b->data[0] = '\0';
}

char *
buf_reserve(struct buf *b, size_t n)
{
	size_t room = b->room ? b->room : 256;
	char *data;

	if (b->full || n > b->ceiling - b->size) {
		b->full = true;
		return NULL;
	}
	if (b->size + n + 1 <= b->room)
		return b->data + b->size;
	while (room < b->size + n + 1)
		room *= 2;
	data = realloc(b->data, room);
	if (!data) {
		b->full = true;
		return NULL;
	}
	if (!b->data)
		data[0] = '\0';
	b->data = data;
	b->room = room;
	return b->data + b->size;
}

void
buf_added(struct buf *b, size_t n)
{
	assert(b->size + n < b->room);
	b->size += n;
	b->data[b->size] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *p = buf_reserve(b, n);

	if (!p)
		return;
	if (n)
		memcpy(p, bytes, n);
	buf_added(b, n);
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	char small[128], *p;
	int n;

	va_start(ap, format);
	n = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	if (n < 0 || !(p = buf_reserve(b, (size_t)n)))
		return;
	va_start(ap, format);
	vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	buf_added(b, (size_t)n);
}

int
buf_check(const struct buf *b, struct err *err)
{
	if (!b->full)
		return 0;
	return err_set(err, ERR_REJECT, "more than %zu bytes", b->ceiling);
}
