/*
 * An array is quoted twice: its items in quotation marks, then the whole as a
 * value of COPY.
 */
#include "sink/pg_copy.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "record/enriched.h"
#include "time/date.h"

static void
add_escaped(struct buf *out, const char *text)
{
	for (;;) {
		size_t n = strcspn(text, "\\\t\n\r");

		buf_add(out, text, n);
		text += n;
		if (!*text)
			return;
		buf_addc(out, '\\');
		buf_addc(out, *text == '\t' ? 't' : *text == '\n' ? 'n' : *text == '\r' ? 'r' : '\\');
		text++;
	}
}

void
pg_copy_text(struct buf *out, const char *text)
{
	if (text)
		add_escaped(out, text);
	else
		buf_adds(out, "\\N");
}

/* A day that is in no calendar would cost the whole record. */
static void
add_date(struct buf *out, const char *text)
{
	struct date d;
	bool is_date =
	    text && strlen(text) == 10 && date_parse(&d, text) == 0 && date_is_valid(d);

	pg_copy_text(out, is_date ? text : NULL);
}

static void
add_list(struct buf *out, const struct names *names)
{
	if (!names || names->count == 0) {
		buf_adds(out, "\\N");
		return;
	}
	for (size_t i = 0; i < names->count; i++) {
		buf_adds(out, i == 0 ? "{\"" : ",\"");
		for (const char *c = names->items[i]; *c; c++) {
			char one[] = { *c, '\0' };

			if (*c == '"')
				buf_adds(out, "\\\\\"");
			else if (*c == '\\')
				buf_adds(out, "\\\\\\\\");
			else
				add_escaped(out, one);
		}
		buf_addc(out, '"');
	}
	buf_addc(out, '}');
}

static void
add_span(struct buf *out, const struct span *span)
{
	if (!span) {
		buf_adds(out, "\\N\t\\N\t\\N\t\\N");
		return;
	}
	pg_copy_text(out, span->text);
	buf_printf(out, "\t%s\t%d\t%d", span->in_headline ? "headline" : "body", span->start,
		   span->end);
}

static void
add_number(struct buf *out, int64_t n, bool is_null)
{
	if (is_null)
		buf_adds(out, "\\N");
	else
		buf_printf(out, "%" PRId64, n);
}

void
pg_copy_values(struct buf *out, const char *kinds, va_list values)
{
	for (const char *k = kinds; *k; k++) {
		int64_t n;
		double r;

		if (k > kinds)
			buf_addc(out, '\t');
		switch (*k) {
		case 't':
			pg_copy_text(out, va_arg(values, const char *));
			break;
		case 'd':
			add_date(out, va_arg(values, const char *));
			break;
		case 'i':
		case 'b':
			add_number(out, va_arg(values, int), false);
			break;
		case 'o':
			n = va_arg(values, int);
			add_number(out, n, n < 0);
			break;
		case 'l':
		case 'k':
			n = va_arg(values, int64_t);
			add_number(out, n, *k == 'k' && n == 0);
			break;
		case 'r':
			r = va_arg(values, double);
			if (isnan(r))
				buf_adds(out, "\\N");
			else
				buf_printf(out, "%.17g", r);
			break;
		case 'n':
			add_list(out, va_arg(values, const struct names *));
			break;
		case 's':
			add_span(out, va_arg(values, const struct span *));
			break;
		default:
			assert(!"a letter of row_taker");
		}
	}
}

void
pg_array_add(struct buf *out, const char *item)
{
	buf_adds(out, out->size == 0 ? "{\"" : ",\"");
	for (const char *c = item; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *c);
	}
	buf_addc(out, '"');
}

const char *
pg_array_end(struct buf *out)
{
	buf_adds(out, out->size == 0 ? "{}" : "}");
	return out->data;
}
