#include "record/view.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"

enum { CELL_CEILING = 1 << 20 };

static const struct view *const views[] = { &view_plover, &view_gdelt, &view_polecat };

const struct view *
view_find(const char *name, struct err *err)
{
	for (size_t i = 0; i < LENGTH(views); i++)
		if (!strcmp(views[i]->name, name))
			return views[i];
	err_set(err, ERR_USAGE, "shape is plover, gdelt or polecat, not '%s'", name);
	return NULL;
}

bool
view_date(const char *text, int *year, int *month, int *day)
{
	return text && sscanf(text, "%4d-%2d-%2d", year, month, day) == 3;
}

void
view_print_words(const struct names *names, const char *between, struct buf *out)
{
	for (size_t i = 0; i < names->count; i++) {
		if (i > 0)
			buf_adds(out, between);
		buf_adds(out, names->items[i]);
	}
}

/*
 * As RFC 4180 has it, with the view's delimiter.  A line is a row: what would
 * break it is a blank, also for readers that know no quotes.
 */
static void
print_cell(const struct view *v, const char *text, size_t n, struct buf *out)
{
	const char special[] = { v->delimiter, '"', '\0' };
	bool quoted = strpbrk(text, special) != NULL;

	if (quoted)
		buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
	}
	if (quoted)
		buf_addc(out, '"');
}

void
view_print_head(const struct view *v, struct buf *out)
{
	for (const struct view_column *c = v->columns; c->name; c++) {
		if (c > v->columns)
			buf_addc(out, v->delimiter);
		print_cell(v, c->name, strlen(c->name), out);
	}
	buf_addc(out, '\n');
}

static void
print_row(const struct view *v, const struct view_cell *cell, struct buf *out)
{
	struct buf text;

	buf_init(&text, CELL_CEILING);
	for (const struct view_column *c = v->columns; c->name; c++) {
		if (c > v->columns)
			buf_addc(out, v->delimiter);
		buf_reset(&text);
		if (c->print)
			c->print(cell, c, &text);
		if (text.size > 0)
			print_cell(v, text.data, text.size, out);
	}
	buf_addc(out, '\n');
	buf_release(&text);
}

static void
print_object(const struct view *v, const struct view_cell *cell, struct buf *out)
{
	json_open(out, NULL, '{');
	for (const struct view_column *c = v->columns; c->name; c++)
		c->print(cell, c, out);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static bool
is_real(const struct event *e)
{
	for (size_t i = 0; i < e->aux.count; i++)
		if (!strcmp(e->aux.items[i], "negation") ||
		    !strcmp(e->aux.items[i], "hypothetical"))
			return false;
	return true;
}

void
view_print(const struct view *v, const struct enriched *e, const struct view_how *how,
	   struct buf *out)
{
	for (size_t i = 0; i < e->event_count; i++) {
		const struct event *event = &e->events[i];
		struct view_cell cell = {
			e, event, { &event->actor, &event->recipient }, how
		};

		if ((v->cameo ? !event->cameo : !event->quad) ||
		    !(how->unreal || is_real(event)))
			continue;
		if (v->delimiter)
			print_row(v, &cell, out);
		else
			print_object(v, &cell, out);
	}
}
