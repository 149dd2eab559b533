#include "sink/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"

enum { DATE = 12, INDENT = 4, LINE = 256 << 20 };
enum { ARTICLE_DATE, ARTICLE_HEADLINE, ARTICLE_SNIPPET, ARTICLE_EVENTS };
enum { SCHEMA_NAME, SCHEMA_TYPE, SCHEMA_COLUMNS, SCHEMA_HELP };

struct answer_format {
	const char *name;
	void (*begin)(struct answer *), (*row)(struct answer *), (*end)(struct answer *);
};

static const char *
text(const struct answer *a, int i)
{
	const char *t = (const char *)sqlite3_column_text(a->row, i);

	return t ? t : "";
}

static size_t
size(const struct answer *a, int i)
{
	return (size_t)sqlite3_column_bytes(a->row, i);
}

/* The next of the lines in *p, its length in *n; false behind the last. */
static bool
next_line(const char **p, const char **line, size_t *n)
{
	*line = *p;
	*n = strcspn(*p, "\n");
	*p += *n + ((*p)[*n] == '\n');
	return *n > 0;
}

/* ---- table ---- */

static void
begin_table(struct answer *a)
{
	grid_begin(&a->grid, a->names, a->count, a->out, a->columns);
}

/* A block, since nobody can read four narrow columns. */
static void
print_article(struct answer *a)
{
	const char *events = text(a, ARTICLE_EVENTS), *line;
	size_t n;

	fprintf(a->out, "%-*.*s", DATE, DATE - 2, text(a, ARTICLE_DATE));
	grid_cut(a->out, text(a, ARTICLE_HEADLINE), a->columns - DATE);
	fputc('\n', a->out);
	grid_wrap(a->out, text(a, ARTICLE_SNIPPET), DATE, a->columns);
	while (next_line(&events, &line, &n)) {
		char *event = must_printf("- %.*s", (int)n, line);

		fprintf(a->out, "%*s", DATE, "");
		grid_cut(a->out, event, a->columns - DATE);
		fputc('\n', a->out);
		free(event);
	}
	fputc('\n', a->out);
}

static void
print_schema(struct answer *a)
{
	char *title =
	    must_printf("%s %s%s%s", text(a, SCHEMA_TYPE), text(a, SCHEMA_NAME),
			*text(a, SCHEMA_HELP) ? ": " : "", text(a, SCHEMA_HELP));

	grid_wrap(a->out, title, 0, a->columns);
	grid_wrap(a->out, text(a, SCHEMA_COLUMNS), INDENT, a->columns);
	free(title);
}

static void
row_table(struct answer *a)
{
	switch (a->kind) {
	case ANSWER_ARTICLES:
		print_article(a);
		break;
	case ANSWER_SCHEMA:
		print_schema(a);
		break;
	case ANSWER_ROWS:
		for (size_t i = 0; i < a->count; i++)
			a->cells[i] = text(a, (int)i);
		grid_row(&a->grid, a->cells);
		break;
	}
}

static void
end_table(struct answer *a)
{
	grid_end(&a->grid);
}

/* ---- CSV (RFC 4180, with Unix lines) ---- */

static void
add_cell(struct buf *out, const char *s, size_t n)
{
	bool plain = n > 0 && s[0] != ' ' && s[n - 1] != ' ';

	for (size_t i = 0; i < n && plain; i++)
		plain = s[i] && !strchr(",\"\r\n", s[i]);
	if (plain) {
		buf_add(out, s, n);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, s[i]);
	}
	buf_addc(out, '"');
}

static void
begin_csv(struct answer *a)
{
	for (size_t i = 0; i < a->count; i++) {
		if (i > 0)
			buf_addc(&a->line, ',');
		add_cell(&a->line, a->names[i], strlen(a->names[i]));
	}
	buf_addc(&a->line, '\n');
}

/* Null is nothing, an empty text "", as PostgreSQL has it. */
static void
row_csv(struct answer *a)
{
	for (int i = 0; i < (int)a->count; i++) {
		if (i > 0)
			buf_addc(&a->line, ',');
		if (sqlite3_column_type(a->row, i) != SQLITE_NULL)
			add_cell(&a->line, text(a, i), size(a, i));
	}
	buf_addc(&a->line, '\n');
}

/* ---- JSON ---- */

static void
add_list(struct buf *out, const char *name, const char *lines)
{
	const char *line;
	size_t n;

	json_open(out, name, '[');
	while (next_line(&lines, &line, &n))
		json_bytes(out, NULL, line, n);
	json_close(out, ']');
}

/* Numbers go out as SQLite writes them, with all the digits that count. */
static void
add_value(struct answer *a, int i)
{
	const char *name = a->names[i];

	switch (sqlite3_column_type(a->row, i)) {
	case SQLITE_NULL:
		json_null_or(&a->line, name, NULL);
		break;
	case SQLITE_INTEGER:
		json_raw(&a->line, name, text(a, i));
		break;
	case SQLITE_FLOAT:
		json_null_or(&a->line, name, NULL);
		if (strstr(text(a, i), "Inf"))
			break;
		a->line.size -= strlen("null");
		buf_adds(&a->line, text(a, i));
		break;
	default:
		json_bytes(&a->line, name, text(a, i), size(a, i));
	}
}

static void
row_json(struct answer *a)
{
	json_open(&a->line, NULL, '{');
	for (int i = 0; i < (int)a->count; i++) {
		if (a->kind == ANSWER_ARTICLES && i == ARTICLE_EVENTS)
			add_list(&a->line, a->names[i], text(a, i));
		else
			add_value(a, i);
	}
	json_close(&a->line, '}');
	buf_addc(&a->line, '\n');
}

static void
nothing(struct answer *a)
{
	(void)a;
}

static const struct answer_format formats[] = {
	{ "table", begin_table, row_table, end_table },
	{ "csv", begin_csv, row_csv, nothing },
	{ "json", nothing, row_json, nothing },
};

/* ---- all of them ---- */

static int
write_line(struct answer *a, struct err *err)
{
	int failed = buf_check(&a->line, err);

	if (!failed && a->line.size > 0)
		fwrite(a->line.data, 1, a->line.size, a->out);
	buf_reset(&a->line);
	if (!failed && ferror(a->out))
		failed = err_errno(err, ERR_RETRY, "cannot write the answer");
	return failed;
}

int
answer_begin(struct answer *a, sqlite3_stmt *row, enum answer_kind kind,
	     const char *format, FILE *out, int columns, struct err *err)
{
	*a = (struct answer){ .out = out,
			      .row = row,
			      .kind = kind,
			      .columns = columns,
			      .count = (size_t)sqlite3_column_count(row) };
	for (size_t i = 0; i < LENGTH(formats); i++)
		if (!strcmp(format, formats[i].name))
			a->format = &formats[i];
	if (!a->format)
		return err_set(err, ERR_USAGE,
			       "--format: '%s' is none of table, csv, json", format);
	buf_init(&a->line, LINE);
	a->names = must_alloc((a->count + 1) * sizeof(*a->names));
	a->cells = must_alloc((a->count + 1) * sizeof(*a->cells));
	for (size_t i = 0; i < a->count; i++)
		a->names[i] = sqlite3_column_name(row, (int)i);
	a->format->begin(a);
	return write_line(a, err);
}

int
answer_row(struct answer *a, struct err *err)
{
	a->format->row(a);
	return write_line(a, err);
}

void
answer_end(struct answer *a)
{
	if (!a->names)
		return;
	a->format->end(a);
	buf_release(&a->line);
	free(a->names);
	free(a->cells);
}
