#include "alert/ini.h"

#include <string.h>

#include "text/utf8.h"

static int
refuse(struct ini_text *at, int line, const char *begin, const char *where,
       struct err *err, const char *what)
{
	*at = (struct ini_text){ where, 0, line,
				 1 + (int)utf8_count(begin, (size_t)(where - begin)) };
	return err_set(err, ERR_USAGE, "%s", what);
}

int
ini_open(struct ini *i, const char *text, size_t n, struct ini_text *at, struct err *err)
{
	size_t good = utf8_valid_prefix(text, n);
	const char *nul = memchr(text, '\0', good), *bad = nul ? nul : text + good;
	const char *line = text;
	int number = 1;

	*i = (struct ini){ .p = text, .end = text + n };
	if (bad == i->end && (!n || text[n - 1] == '\n'))
		return 0;
	for (const char *p = text; p < bad; p++)
		if (*p == '\n') {
			line = p + 1;
			number++;
		}
	return refuse(at, number, line, bad, err,
		      nul        ? "a NUL byte"
		      : good < n ? "bytes that are no UTF-8"
				 : "the last line has no end: is it being written?");
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct ini_text
trimmed(const struct ini *i, const char *line, const char *begin, const char *end)
{
	while (begin < end && is_blank(*begin))
		begin++;
	while (end > begin && is_blank(end[-1]))
		end--;
	return (struct ini_text){ begin, (size_t)(end - begin), i->line,
				  1 + (int)utf8_count(line, (size_t)(begin - line)) };
}

static int
read_line(const struct ini *i, const char *line, const char *end, struct ini_line *out,
	  struct ini_text *at, struct err *err)
{
	struct ini_text all = trimmed(i, line, line, end);
	const char *equals;

	if (all.text[0] == '[') {
		if (all.text[all.size - 1] != ']')
			return refuse(at, i->line, line, all.text + all.size, err,
				      "] is missing");
		out->section = trimmed(i, line, all.text + 1, all.text + all.size - 1);
		out->key = out->value = (struct ini_text){ 0 };
		if (!out->section.size)
			return refuse(at, i->line, line, all.text, err,
				      "a rule needs a name: [NAME]");
		return 1;
	}
	equals = memchr(all.text, '=', all.size);
	if (!equals)
		return refuse(at, i->line, line, all.text, err,
			      "neither [NAME] nor KEY = VALUE");
	out->key = trimmed(i, line, all.text, equals);
	out->value = trimmed(i, line, equals + 1, end);
	if (!out->section.text)
		return refuse(at, i->line, line, all.text, err,
			      "this stands in no rule: [NAME] comes first");
	if (!out->value.size)
		return refuse(at, i->line, line, equals + 1, err, "the value is missing");
	return 1;
}

int
ini_next(struct ini *i, struct ini_line *out, struct ini_text *at, struct err *err)
{
	while (i->p < i->end) {
		const char *line = i->p,
			   *end = memchr(line, '\n', (size_t)(i->end - line));
		const char *p = line;

		i->p = end + 1;
		i->line++;
		while (p < end && is_blank(*p))
			p++;
		if (p < end && *p != '#' && *p != ';')
			return read_line(i, line, end, out, at, err);
	}
	return 0;
}

struct ini_text
ini_within(const struct ini_text *value, size_t byte)
{
	return (struct ini_text){ value->text + byte, value->size - byte, value->line,
				  value->column + (int)utf8_count(value->text, byte) };
}
