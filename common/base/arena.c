/*
 * A bump pointer in one anonymous mapping.  A reset after an unusually large
 * record gives the pages back, so one 8 MB article does not stay resident.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 16, KEEP = 1 << 20 };

void
arena_init(struct arena *a, size_t size)
{
	a->base = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->base == MAP_FAILED) {
		fputs("newswire: no address space for an arena\n", stderr);
		exit(75);
	}
	a->used = a->high = 0;
	a->size = size;
	a->full = false;
}

void
arena_release(struct arena *a)
{
	if (a->base)
		munmap(a->base, a->size);
	a->base = NULL;
	a->size = a->used = a->high = 0;
}

void
arena_reset(struct arena *a)
{
	if (a->used > a->high)
		a->high = a->used;
	if (a->high > KEEP) {
		madvise(a->base + KEEP, a->size - KEEP, MADV_DONTNEED);
		a->high = 0;
	}
	a->used = 0;
	a->full = false;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->used };
}

void
arena_rewind(struct arena *a, struct arena_mark mark)
{
	assert(mark.used <= a->used);
	if (a->used > a->high)
		a->high = a->used;
	a->used = mark.used;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t at = (a->used + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	if (a->full || at > a->size || size > a->size - at) {
		a->full = true;
		return NULL;
	}
	a->used = at + size;
	return a->base + at;
}

void *
arena_calloc(struct arena *a, size_t size)
{
	void *p = arena_alloc(a, size);

	return p ? memset(p, 0, size) : NULL;
}

void *
arena_grow(struct arena *a, void *items, size_t count, size_t *room, size_t item_size)
{
	size_t more;
	void *p;

	if (count < *room)
		return items;
	more = *room ? *room * 2 : 8;
	/* The last thing taken grows where it lies. */
	if (items && (char *)items + *room * item_size == a->base + a->used &&
	    !a->full && *room * item_size <= a->size - a->used) {
		a->used += (more - *room) * item_size;
		if (a->used > a->size) {
			a->used -= (more - *room) * item_size;
			a->full = true;
			return NULL;
		}
		*room = more;
		return items;
	}
	p = arena_alloc(a, more * item_size);
	if (!p)
		return NULL;
	if (count)
		memcpy(p, items, count * item_size);
	*room = more;
	return p;
}

char *
arena_copy(struct arena *a, const void *bytes, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (!p)
		return NULL;
	if (n)
		memcpy(p, bytes, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_copy(a, s, strlen(s)) : NULL;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	char small[256], *p;
	int n;

	va_start(ap, format);
	n = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	if ((size_t)n < sizeof(small))
		return arena_copy(a, small, (size_t)n);
	p = arena_alloc(a, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, format);
	vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	return p;
}

int
arena_check(const struct arena *a, struct err *err)
{
	if (!a->full)
		return 0;
	return err_set(err, ERR_REJECT, "the record needs more than %zu MB of memory",
	    a->size >> 20);
}
