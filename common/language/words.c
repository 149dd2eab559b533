#include "language/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "language/calendar.h"
#include "language/reader.h"

enum { WORDS_MAX = 1 << 20 };

static const struct {
	const char *name;
	enum word_class class;
} names[] = {
	{ "title", WORD_TITLE },
	{ "first", WORD_FIRST },
	{ "particle", WORD_PARTICLE },
	{ "company", WORD_COMPANY },
	{ "body", WORD_BODY },
	{ "feature", WORD_FEATURE },
	{ "say", WORD_SAY },
	{ "common", WORD_COMMON },
	{ "before-place", WORD_PLACE_BEFORE },
	{ "man", WORD_MAN },
	{ "woman", WORD_WOMAN },
	{ "other", WORD_OTHER },
	{ "report", WORD_REPORT },
	{ "intend", WORD_INTEND },
	{ "claim", WORD_CLAIM },
	{ "sure", WORD_SURE },
	{ "source", WORD_SOURCE },
	{ "person", WORD_PERSON },
	{ "event", WORD_EVENT },
};

const struct word *
words_find(const struct words *w, const char *norm, size_t n)
{
	const struct word *word = map_get(&w->map, norm, n);

	return word ? word : &w->unknown;
}

struct word *
words_add(struct words *w, const char *norm, size_t n)
{
	struct word *word = map_get(&w->map, norm, n);
	char *key;

	if (word)
		return word;
	word = must_alloc(sizeof *word);
	key = must_alloc(n + 1);
	memcpy(key, norm, n);
	word->norm = key;
	word->id = ++w->count;
	*map_put(&w->map, key, n) = word;
	return word;
}

static void
add_all(struct words *w, const char *list, uint32_t class)
{
	char norm[NORM_MAX];

	while (*(list += strspn(list, " "))) {
		size_t n = strcspn(list, " ");

		words_add(w, norm, fold(list, n > 200 ? 200 : n, norm, sizeof norm))
		    ->classes |= class;
		list += n;
	}
}

static uint32_t
class_of(const char *name)
{
	for (size_t i = 0; i < LENGTH(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].class;
	return 0;
}

static int
read_classes(struct words *w, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "class", "words" };
	struct table t;
	int failed = 0;

	if (table_open(&t, lexicon, "words.tsv", columns, LENGTH(columns), err))
		return -1;
	for (size_t i = 0; i < t.rows && !failed; i++) {
		uint32_t class = class_of(table_cell(&t, i, 0));

		if (!class)
			failed = table_bad(&t, i, 0, err, "no such class of words");
		else
			add_all(w, table_cell(&t, i, 1), class);
	}
	table_close(&t);
	return failed;
}

static int
read_bodies(struct words *w, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "word", "sectors", "state" };
	struct table t;

	if (table_open(&t, lexicon, "bodies.tsv", columns, LENGTH(columns), err))
		return -1;
	for (size_t i = 0; i < t.rows; i++) {
		const char *text = table_cell(&t, i, 0);
		struct word *word = words_add(w, text, strlen(text));

		if (!word->sectors)
			word->sectors = must_strdup(table_cell(&t, i, 1));
		word->of_state = !strcmp(table_cell(&t, i, 2), "yes");
	}
	table_close(&t);
	return 0;
}

int
words_read(struct words *w, const char *lexicon, struct err *err)
{
	*w = (struct words){ .unknown = { .norm = "" } };
	map_init(&w->map, WORDS_MAX);
	if (read_classes(w, lexicon, err) || read_bodies(w, lexicon, err))
		return -1;
	calendar_words(w);
	return 0;
}

void
words_release(struct words *w)
{
	for (size_t i = 0; i < w->map.count; i++) {
		struct word *word = w->map.entries[i].value;

		free((char *)word->norm);
		free((char *)word->sectors);
		free(word);
	}
	map_release(&w->map);
}

void
read_words(struct reader *r)
{
	struct document *d = r->d;

	r->word = arena_alloc(r->arena, d->token_count * sizeof *r->word + 1);
	for (size_t i = 0; r->word && i < d->token_count; i++)
		r->word[i] =
		    words_find(r->words, d->tokens[i].norm, strlen(d->tokens[i].norm));
}
