/*
 * The text is read whole and cut in place: cells point into it.  People edit
 * these files, so every complaint says where.
 */
#include "base/table.h"

#include <assert.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utf8proc.h>

#include "base/mem.h"

enum { TABLE_MAX = 256 << 20 };

static int
read_fd(struct table *t, int fd, struct err *err)
{
	struct stat st;
	size_t size = 0;
	ssize_t got;

	if (fstat(fd, &st) != 0)
		return err_errno(err, ERR_USAGE, "%s", t->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_USAGE, "%s: not a file", t->path);
	if (st.st_size > TABLE_MAX)
		return err_set(err, ERR_USAGE, "%s: more than %d MB", t->path,
			       TABLE_MAX >> 20);
	t->text = must_alloc((size_t)st.st_size + 1);
	do {
		got = read(fd, t->text + size, (size_t)st.st_size - size);
		if (got < 0)
			return err_errno(err, ERR_USAGE, "%s", t->path);
		size += (size_t)got;
	} while (got > 0);
	if (memchr(t->text, '\0', size))
		return err_set(err, ERR_USAGE, "%s: a NUL byte in it", t->path);
	return 0;
}

static int
read_text(struct table *t, struct err *err)
{
	/* O_NONBLOCK: a FIFO in the file's place must not hang us at start. */
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc;

	if (fd < 0)
		return err_errno(err, ERR_USAGE, "%s", t->path);
	rc = read_fd(t, fd, err);
	close(fd);
	return rc;
}

/* Cuts the text at the next `stop`; NULL after the last piece. */
static char *
next_piece(char **rest, char stop)
{
	char *piece = *rest, *end;

	if (!piece)
		return NULL;
	end = strchr(piece, stop);
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return piece;
}

static bool
is_utf8(const char *line)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)line;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	for (; *p; p += n) {
		n = *p < 0x80 ? 1 : utf8proc_iterate(p, -1, &c);
		if (n <= 0)
			return false;
	}
	return true;
}

/* The next line that says something; *number counts all of them. */
static char *
next_line(char **rest, int *number)
{
	char *line;
	size_t n;

	while ((line = next_piece(rest, '\n'))) {
		++*number;
		n = strlen(line);
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		if (n > 0 && line[0] != '#')
			return line;
	}
	return NULL;
}

static int
check_columns(const struct table *t, char *line, int number, struct err *err)
{
	const char *name;
	size_t i;

	for (i = 0; (name = next_piece(&line, '\t')); i++) {
		if (i == t->columns)
			return err_set(err, ERR_USAGE, "%s:%d: unknown column \"%s\"",
				       t->path, number, name);
		if (strcmp(name, t->names[i]) != 0)
			return err_set(err, ERR_USAGE,
				       "%s:%d: column %zu is \"%s\" and should be \"%s\"",
				       t->path, number, i + 1, name, t->names[i]);
	}
	if (i < t->columns)
		return err_set(err, ERR_USAGE, "%s:%d: no column \"%s\"", t->path, number,
			       t->names[i]);
	return 0;
}

static int
add_row(struct table *t, char *line, int number, struct err *err)
{
	const char **row = t->cells + t->rows * t->columns;
	const char *cell;
	size_t i;

	for (i = 0; (cell = next_piece(&line, '\t')); i++) {
		if (i == t->columns)
			return err_set(err, ERR_USAGE,
				       "%s:%d: a cell after the last column, %s: \"%s\"",
				       t->path, number, t->names[i - 1], cell);
		if (!is_utf8(cell))
			return err_set(err, ERR_USAGE, "%s:%d: %s: not UTF-8", t->path,
				       number, t->names[i]);
		row[i] = cell;
	}
	while (i < t->columns)
		row[i++] = "";
	t->lines[t->rows++] = number;
	return 0;
}

static int
read_rows(struct table *t, struct err *err)
{
	size_t most = 1;
	char *rest = t->text, *line;
	int number = 0;

	for (const char *p = rest; (p = strchr(p, '\n')); p++)
		most++;
	t->cells = must_alloc(most * t->columns * sizeof(*t->cells));
	t->lines = must_alloc(most * sizeof(*t->lines));
	if (strncmp(rest, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	line = next_line(&rest, &number);
	if (!line)
		return err_set(err, ERR_USAGE, "%s: no line that names the columns",
			       t->path);
	if (check_columns(t, line, number, err) != 0)
		return -1;
	while ((line = next_line(&rest, &number))) {
		if (add_row(t, line, number, err) != 0)
			return -1;
	}
	return 0;
}

int
table_open(struct table *t, const char *directory, const char *name,
	   const char *const *columns, size_t n, struct err *err)
{
	assert(n > 0);
	*t = (struct table){ .columns = n, .names = columns };
	t->path = must_printf("%s/%s", directory, name);
	if (read_text(t, err) == 0 && read_rows(t, err) == 0)
		return 0;
	table_close(t);
	return -1;
}

void
table_close(struct table *t)
{
	free(t->path);
	free(t->text);
	free(t->cells);
	free(t->lines);
	*t = (struct table){ 0 };
}

const char *
table_cell(const struct table *t, size_t row, size_t column)
{
	assert(row < t->rows && column < t->columns);
	return t->cells[row * t->columns + column];
}

int
table_bad(const struct table *t, size_t row, size_t column, struct err *err,
	  const char *format, ...)
{
	va_list ap;
	char why[sizeof(err->text)];

	assert(row < t->rows && column < t->columns);
	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	return err_set(err, ERR_USAGE, "%s:%d: %s: %s", t->path, t->lines[row],
		       t->names[column], why);
}
