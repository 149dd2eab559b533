/*
 * The first rows are held until they say how wide each column is; those that
 * come later are printed as they come, so a long answer takes no memory.
 */
#include "text/grid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "text/safe.h"
#include "text/utf8.h"

enum { HELD = 500, GAP = 2, NARROWEST = 7, LEAST = 20, ELLIPSIS = 0x2026 };

static int
width_of(uint32_t c)
{
	return safe_character(c) ? utf8proc_charwidth((utf8proc_int32_t)c) : 1;
}

static int
width(const char *text)
{
	const char *end = text + strlen(text);
	int sum = 0;

	while (text < end)
		sum += width_of(utf8_next(&text, end));
	return sum;
}

/* What of the text can be seen in so many columns and one more, harmless.  Gives. */
static char *
visible(const char *text, int columns)
{
	const char *end = text ? text + strlen(text) : text;
	size_t room = 8 * (size_t)columns + 16, n = 0; /* marks take no column */
	char *to = must_alloc(room);

	for (int left = columns + 1; text < end && n + 8 < room;) {
		uint32_t c = utf8_next(&text, end);

		left -= width_of(c);
		if (left < 0)
			break;
		n += (size_t)utf8_encode(safe_character(c) ? c : ' ', to + n);
	}
	return must_realloc(to, n + 1); /* zeroed by must_alloc() */
}

/* Visible text in at most w columns; how many are left over. */
static int
print_cell(FILE *out, const char *text, int w)
{
	const char *end = text + strlen(text), *stop = text;
	char ellipsis[4];
	int left = w;
	bool cut = width(text) > w;

	while (stop < end) {
		const char *next = stop;
		int wide = width_of(utf8_next(&next, end));

		if (wide > left - cut)
			break;
		left -= wide;
		stop = next;
	}
	fwrite(text, 1, (size_t)(stop - text), out);
	if (cut)
		fwrite(ellipsis, 1, (size_t)utf8_encode(ELLIPSIS, ellipsis), out);
	return left - cut;
}

void
grid_cut(FILE *out, const char *text, int columns)
{
	char *seen = visible(text, columns);

	print_cell(out, seen, columns);
	free(seen);
}

void
grid_wrap(FILE *out, const char *text, int indent, int columns)
{
	static const char blanks[] = " \t\r\n";
	int room = columns - indent < LEAST ? LEAST : columns - indent;
	int used = -1; /* of a line that was begun */

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		size_t n = strcspn(text, blanks);
		char *copy = must_printf("%.*s", (int)n, text);
		char *word = visible(copy, room);
		int w = width(word) < room ? width(word) : room;

		if (used >= 0 && used + 1 + w > room) {
			fputc('\n', out);
			used = -1;
		}
		fprintf(out, "%*s", used >= 0 ? 1 : indent, "");
		used += 1 + w;
		print_cell(out, word, w);
		free(word);
		free(copy);
		text += n;
	}
	fputc('\n', out);
}

int
grid_terminal(int otherwise)
{
	const char *said = getenv("COLUMNS");
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 0)
		return size.ws_col;
	return said && atoi(said) > 0 ? atoi(said) : otherwise;
}

void
grid_begin(struct grid *g, const char *const *titles, size_t count, FILE *out,
	   int columns)
{
	*g = (struct grid){ .out = out,
			    .columns = columns < LEAST ? LEAST : columns,
			    .titles = titles,
			    .count = count };
	g->widths = must_alloc((count + 1) * sizeof(*g->widths));
	g->held = must_alloc((HELD * count + 1) * sizeof(*g->held));
}

static char **
row(const struct grid *g, size_t r)
{
	return g->held + r * g->count;
}

/* As wide as its widest cell; where the line is too long, the widest columns give way. */
static void
fit(struct grid *g)
{
	int sum = -GAP;

	for (size_t i = 0; i < g->count; i++) {
		g->widths[i] = width(g->titles[i]);
		for (size_t r = 0; r < g->rows; r++) {
			int w = width(row(g, r)[i]);

			g->widths[i] = w > g->widths[i] ? w : g->widths[i];
		}
		if (g->widths[i] > g->columns)
			g->widths[i] = g->columns;
		sum += g->widths[i] + GAP;
	}
	for (; sum > g->columns; sum--) {
		size_t widest = g->fixed;

		for (size_t i = g->fixed; i < g->count; i++)
			if (g->widths[i] > g->widths[widest])
				widest = i;
		if (widest == g->count || g->widths[widest] <= NARROWEST)
			break;
		g->widths[widest]--;
	}
	g->stacked = sum > g->columns;
	g->fitted = true;
}

static void
print_line(const struct grid *g, const char *const *cells)
{
	size_t last = g->count - 1;

	while (last > 0 && !cells[last][0])
		last--;
	for (size_t i = 0; i < last; i++)
		fprintf(g->out, "%*s", print_cell(g->out, cells[i], g->widths[i]) + GAP,
			"");
	print_cell(g->out, cells[last], g->widths[last]);
	fputc('\n', g->out);
}

static void
print_stack(const struct grid *g, const char *const *cells)
{
	int name = 0;

	for (size_t i = 0; i < g->count; i++) {
		int w = width(g->titles[i]);

		name = w > name ? w : name;
	}
	name = name > g->columns / 3 ? g->columns / 3 : name;
	for (size_t i = 0; i < g->count; i++) {
		if (!cells[i][0])
			continue;
		fprintf(g->out, "%*s", print_cell(g->out, g->titles[i], name) + GAP, "");
		print_cell(g->out, cells[i], g->columns - name - GAP);
		fputc('\n', g->out);
	}
	fputc('\n', g->out);
}

static void
print_row(const struct grid *g, char **cells)
{
	if (g->stacked)
		print_stack(g, (const char *const *)cells);
	else
		print_line(g, (const char *const *)cells);
	for (size_t i = 0; i < g->count; i++)
		free(cells[i]);
}

static void
print_held(struct grid *g)
{
	fit(g);
	if (g->rows > 0 && !g->stacked)
		print_line(g, g->titles);
	for (size_t r = 0; r < g->rows; r++)
		print_row(g, row(g, r));
}

void
grid_row(struct grid *g, const char *const *cells)
{
	char **to;

	if (g->rows == HELD && !g->fitted)
		print_held(g);
	to = row(g, g->fitted ? 0 : g->rows++);
	for (size_t i = 0; i < g->count; i++)
		to[i] = visible(cells[i], g->columns);
	if (g->fitted)
		print_row(g, to);
}

void
grid_end(struct grid *g)
{
	if (!g->fitted)
		print_held(g);
	free(g->held);
	free(g->widths);
}
