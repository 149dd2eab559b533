#include "sink/words.h"

#include <string.h>

#include "base/mem.h"
#include "text/utf8.h"

enum { MOST = 64, TEXT = 64 << 10 };

struct item {
	const char *text;
	size_t size;
	const char *column; /* NULL: any */
	bool without, prefix, or ;
};

struct items {
	struct item list[MOST];
	size_t count, wanted;
};

static bool
has_letter(const struct item *item)
{
	const char *p = item->text, *end = p + item->size;

	while (p < end) {
		uint32_t c = utf8_next(&p, end);

		if (utf8_is_letter(c) || utf8_is_digit(c))
			return true;
	}
	return false;
}

/* headline:word; what else stands before a colon is a word. */
static const char *
take_column(const char **p)
{
	static const char *const columns[] = { "headline", "body" };

	for (size_t i = 0; i < LENGTH(columns); i++) {
		size_t n = strlen(columns[i]);

		if (strncmp(*p, columns[i], n) || (*p)[n] != ':')
			continue;
		*p += n + 1;
		return columns[i];
	}
	return NULL;
}

static void
take_text(const char **p, struct item *item)
{
	static const char blanks[] = " \t\n\r\v\f";
	bool quoted = **p == '"';

	*p += quoted;
	item->text = *p;
	item->size = quoted ? strcspn(*p, "\"") : strcspn(*p, blanks);
	*p += item->size;
	*p += quoted && **p == '"';
	item->prefix = **p == '*';
	if (item->prefix)
		++*p;
	if (!quoted && item->size > 1 && item->text[item->size - 1] == '*') {
		item->size--;
		item->prefix = true;
	}
}

static int
take_items(const char *p, struct items *items, struct err *err)
{
	bool or = false;

	for (p += strspn(p, " \t\n\r\v\f"); *p; p += strspn(p, " \t\n\r\v\f")) {
		struct item item = { .or = or };

		item.without = *p == '-' && p[1];
		p += item.without;
		item.column = take_column(&p);
		take_text(&p, &item);
		or = item.size == 2 && !strncmp(item.text, "OR", 2) && !item.without;
		if (or || !has_letter(&item))
			continue;
		if (items->count == MOST)
			return err_set(err, ERR_USAGE, "more than %d words", MOST);
		items->list[items->count++] = item;
		items->wanted += !item.without;
	}
	if (items->wanted > 0)
		return 0;
	return err_set(err, ERR_USAGE,
		       "no word to look for: say at least one that articles should have");
}

static void
print_item(const struct item *item, struct buf *out)
{
	if (item->column)
		buf_printf(out, "%s:", item->column);
	buf_addc(out, '"');
	for (size_t i = 0; i < item->size; i++) {
		if (item->text[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, item->text[i]);
	}
	buf_adds(out, item->prefix ? "\"*" : "\"");
}

static void
print_wanted(const struct items *items, struct buf *out)
{
	const char *before = "((";

	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->list[i];

		if (item->without)
			continue;
		buf_adds(out, item->or &&*before != '(' ? " OR " : before);
		print_item(item, out);
		before = ") AND (";
	}
	buf_adds(out, "))");
}

static void
print_unwanted(const struct items *items, struct buf *out)
{
	for (size_t i = 0; i < items->count; i++) {
		if (!items->list[i].without)
			continue;
		buf_adds(out, " NOT ");
		print_item(&items->list[i], out);
	}
}

int
words_match(const char *words, struct buf *out, struct err *err)
{
	struct items items = { .count = 0 };

	if (strlen(words) > TEXT || !utf8_is_valid(words, strlen(words)))
		return err_set(err, ERR_USAGE,
			       "no words that can be read: UTF-8 of at most "
			       "%d kB",
			       TEXT >> 10);
	if (take_items(words, &items, err))
		return -1;
	print_wanted(&items, out);
	print_unwanted(&items, out);
	return buf_check(out, err);
}

bool
words_are_spaceless(const char *words)
{
	const char *end = words + strlen(words);

	while (words < end)
		if (utf8_is_spaceless(utf8_next(&words, end)))
			return true;
	return false;
}
