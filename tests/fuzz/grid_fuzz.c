/* Any bytes in a table: no line is wider than it may be, and nothing in it is obeyed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "tests/fuzz/fuzz.h"
#include "text/grid.h"
#include "text/utf8.h"

static void
check(const char *text, size_t size, int columns)
{
	const char *end = text + size;
	int width = 0;

	assert(utf8_is_valid(text, size));
	while (text < end) {
		uint32_t c = utf8_next(&text, end);

		assert(c == '\n' || (c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0)));
		assert(c != 0x202e && c != 0x2066);
		width = c == '\n' ? 0 : width + utf8proc_charwidth((utf8proc_int32_t)c);
		assert(width <= columns);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const titles[] = { "day", "who", "what" };
	const char *cells[3] = { "2026-11-24" };
	int columns = size ? 20 + *data % 60 : 20;
	char *bytes = malloc(size + 1), *text;
	struct grid g;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert(bytes && f);
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	cells[1] = bytes;
	cells[2] = bytes + strlen(bytes) / 2;
	grid_begin(&g, titles, 3, f, columns);
	g.fixed = 1;
	grid_row(&g, cells);
	grid_row(&g, cells);
	grid_end(&g);
	grid_cut(f, bytes, columns);
	fputc('\n', f);
	grid_wrap(f, bytes, columns % 7, columns + 7);
	fclose(f);
	check(text, n, columns + 7);
	free(text);
	free(bytes);
	return 0;
}
