/*
 * A text is looked up word by word: one look for the word, one for each
 * length that some prefix has.  What nobody asks for costs its hash.
 */
#include "alert/terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/reader.h"
#include "text/utf8.h"

enum { GAP = 1000 }; /* between texts: more than any NEAR */

void
terms_init(struct terms *t)
{
	*t = (struct terms){ 0 };
	map_init(&t->words, TERMS_MOST);
	map_init(&t->prefixes, TERMS_MOST);
}

void
terms_release(struct terms *t)
{
	map_release(&t->words);
	map_release(&t->prefixes);
	free(t->items);
}

long
term_weight(const struct terms *t, int term)
{
	int size = t->items[term].size;

	return (long)t->items[term].uses * (size < 4 ? 50 : size < 6 ? 5 : 1);
}

static bool
is_word(uint32_t c)
{
	return utf8_is_letter(c) || utf8_is_digit(c);
}

/* A longer run than a word may have is cut, alike in query and text. */
static size_t
take_run(const char **p, const char *end, char word[TERM_BYTES])
{
	const char *begin = *p, *at = begin;
	char folded[256];
	bool is_plain = true;
	size_t n;

	while (*p < end) {
		uint32_t c = utf8_next(&at, end);

		if (!is_word(c))
			break;
		if (utf8_is_spaceless(c) && *p > begin)
			break;
		is_plain = is_plain && c < 0x80;
		*p = at;
		if (utf8_is_spaceless(c))
			break;
	}
	n = (size_t)(*p - begin);
	if (!is_plain) {
		n = fold(begin, n, folded, sizeof(folded));
		begin = folded;
	}
	if (n >= TERM_BYTES)
		n = TERM_BYTES - 1;
	for (size_t i = 0; i < n; i++)
		word[i] =
		    (char)(begin[i] >= 'A' && begin[i] <= 'Z' ? begin[i] + 32 : begin[i]);
	return n;
}

size_t
term_next(const char **p, const char *end, char word[TERM_BYTES])
{
	while (*p < end) {
		const char *at = *p;
		size_t n;

		if (!is_word(utf8_next(&at, end))) {
			*p = at;
			continue;
		}
		n = take_run(p, end, word);
		if (n) /* a mark by itself folds to nothing */
			return n;
	}
	return 0;
}

int
terms_add(struct terms *t, const char *word, size_t n, bool is_prefix,
	  struct arena *arena)
{
	struct map *m = is_prefix ? &t->prefixes : &t->words;
	void *known = map_get(m, word, n), **place;
	int number = (int)((uintptr_t)known - 1);
	char *key;

	if (known) {
		t->items[number].uses++;
		return number;
	}
	key = arena_copy(arena, word, n);
	if (!key || t->count >= TERMS_MOST || !(place = map_put(m, key, n)))
		return -1;
	if (!(t->count & (t->count - 1)))
		t->items = must_realloc(t->items, (t->count ? 2 * t->count : 1) *
						      sizeof(*t->items));
	t->items[t->count] = (struct term_use){ .size = (int)n, .uses = 1 };
	*place = (void *)(uintptr_t)++t->count;
	if (is_prefix)
		t->lengths |= UINT64_C(1) << n;
	return (int)t->count - 1;
}

void
scan_init(struct scan *s, const struct terms *t)
{
	*s = (struct scan){ .terms = t };
	s->places = must_alloc((t->count + 1) * sizeof(*s->places));
	s->found = must_alloc((t->count + 1) * sizeof(*s->found));
}

void
scan_release(struct scan *s)
{
	free(s->places);
	free(s->found);
}

void
scan_reset(struct scan *s)
{
	for (size_t i = 0; i < s->found_count; i++)
		s->places[s->found[i]] = (struct places){ 0 };
	s->found_count = 0;
	s->next = 0;
}

static void
add_place(struct scan *s, const void *number, int at, struct arena *arena)
{
	int term = (int)((uintptr_t)number - 1);
	struct places *p = &s->places[term];
	int *room;

	if (!number)
		return;
	room = arena_grow(arena, p->at, p->count, &p->room, sizeof(*p->at));
	if (!room)
		return;
	p->at = room;
	if (!p->count)
		s->found[s->found_count++] = term;
	p->at[p->count++] = at;
}

void
scan_text(struct scan *s, const char *text, size_t n, struct arena *arena)
{
	const char *p = text, *end = text + n;
	char word[TERM_BYTES];
	size_t size;

	while ((size = term_next(&p, end, word))) {
		int at = s->next++;

		add_place(s, map_get(&s->terms->words, word, size), at, arena);
		for (uint64_t l = s->terms->lengths; l; l &= l - 1) {
			size_t length = (size_t)__builtin_ctzll(l);

			if (length > size)
				break;
			add_place(s, map_get(&s->terms->prefixes, word, length), at,
				  arena);
		}
	}
	s->next += GAP;
}
