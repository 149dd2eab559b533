/* Out of memory here means at start: another process does better than half of us. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
must_have(void *p)
{
	if (!p) {
		static const char text[] = "newswire: out of memory at start\n";

		fwrite(text, 1, sizeof(text) - 1, stderr);
		exit(75);
	}
	return p;
}

void *
must_alloc(size_t size)
{
	return must_have(calloc(1, size ? size : 1));
}

void *
must_realloc(void *p, size_t size)
{
	return must_have(realloc(p, size ? size : 1));
}

char *
must_strdup(const char *s)
{
	return s ? must_have(strdup(s)) : NULL;
}

char *
must_printf(const char *format, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, format);
	n = vasprintf(&s, format, ap);
	va_end(ap);
	return must_have(n < 0 ? NULL : s);
}

void *
must_keep(void *p)
{
	static void **kept;
	static size_t count, room;

	if (count == room) {
		room = room ? room * 2 : 16;
		kept = must_realloc(kept, room * sizeof(*kept));
	}
	return kept[count++] = p;
}
