/*
 * Words are runs of letters, numbers are runs of digits with points and commas
 * between; a script without blanks gives pairs of characters.  Only the head of
 * a long text is read: what a story is about is said there, and the cost of an
 * article has a bound.
 */
#include "story/terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "record/enriched.h"
#include "text/utf8.h"

enum { SLOTS = 4 * TERMS_MOST, MOST_BYTES = 12000, MOST_WORD = 48 };

struct reading {
	struct terms *t;
	struct arena *arena;
	uint16_t slots[SLOTS]; /* index + 1 */
};

uint32_t
term_id(enum term_kind kind, const char *text, size_t n)
{
	uint32_t hash = hash_bytes(text, n);

	hash ^= hash >> 16; /* the table's own bits and these are not the same */
	return (uint32_t)kind << TERM_HASH_BITS |
	       (hash * UINT32_C(0x9e3779b1) >> (32 - TERM_HASH_BITS));
}

static void
add(struct reading *r, enum term_kind kind, const char *text, size_t n, float weight)
{
	uint32_t id = term_id(kind, text, n), at = id * UINT32_C(0x9e3779b1) % SLOTS;
	struct terms *t = r->t;

	for (; r->slots[at]; at = (at + 1) % SLOTS)
		if (t->items[r->slots[at] - 1].id == id) {
			t->items[r->slots[at] - 1].weight += weight;
			return;
		}
	if (t->count == TERMS_MOST)
		return;
	t->items[t->count++] = (struct term){ id, weight, arena_copy(r->arena, text, n) };
	r->slots[at] = (uint16_t)t->count;
}

static bool
ends(const char *word, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n > m && !memcmp(word + n - m, end, m);
}

/* One suffix of inflection; a longer rule book gains nothing on a bag of words. */
size_t
term_stem(char *word, size_t n)
{
	if (n > 4 && ends(word, n, "ies")) {
		word[n - 3] = 'y';
		return n - 2;
	}
	if (n > 3 && ends(word, n, "s") && !ends(word, n, "ss") && !ends(word, n, "us") &&
	    !ends(word, n, "is"))
		n -= 1;
	if (n > 5 && ends(word, n, "ing"))
		n -= 3;
	else if (n > 4 && ends(word, n, "ed"))
		n -= 2;
	else
		return n > 4 && ends(word, n, "e") ? n - 1 : n;
	if (n > 3 && word[n - 1] == word[n - 2] && word[n - 1] != 'l' && word[n - 1] != 's')
		n--;
	return n > 4 && ends(word, n, "e") ? n - 1 : n;
}

static size_t
digits(const char *word, size_t n)
{
	size_t i = 0;

	while (i < n && (utf8_is_digit((unsigned char)word[i]) || word[i] == '.' || word[i] == ','))
		i++;
	return i ? i : n;
}

static void
add_word(struct reading *r, enum term_kind kind, char *word, size_t n, bool is_number,
	 float weight)
{
	if (is_number) { /* 7th is 7 */
		if (kind == TERM_WORD)
			add(r, TERM_NUMBER, word, digits(word, n), weight);
		return;
	}
	n = term_stem(word, n);
	if (n > 1)
		add(r, kind, word, n, weight);
}

/* What joins the digits of one number. */
static bool
joins(uint32_t c, const char *next, const char *end)
{
	return (c == '.' || c == ',') && next < end && *next >= '0' && *next <= '9';
}

static void
read_text(struct reading *r, enum term_kind kind, const char *p, size_t size, float weight)
{
	const char *end = p + size;
	char word[MOST_WORD + 8];
	size_t n = 0;
	bool number = false;
	uint32_t before = 0;

	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		bool digit = utf8_is_digit(c), letter = utf8_is_letter(c);

		if (utf8_is_spaceless(c)) {
			char pair[12];
			int m = before ? utf8_encode(before, pair) : 0;

			m += utf8_encode(c, pair + m);
			add(r, kind, pair, (size_t)m, weight);
			before = c;
			letter = false;
		} else {
			before = 0;
		}
		if (letter || digit || (n && number && joins(c, p, end))) {
			if (!n)
				number = digit;
			if (n < MOST_WORD)
				n += (size_t)utf8_encode(utf8_lower(c), word + n);
			continue;
		}
		if (n)
			add_word(r, kind, word, n, number, weight);
		n = 0;
	}
	if (n)
		add_word(r, kind, word, n, number, weight);
}

static size_t
head(const char *text, size_t most)
{
	size_t n = strnlen(text, most);

	return n < most ? n : utf8_valid_prefix(text, n);
}

/* A headline is written by an editor; a text without one is read as far as its first stop. */
static size_t
first_sentence(const char *body, size_t n)
{
	for (size_t i = 0; i < n && i < 240; i++)
		if (body[i] == '\n' || (body[i] == '.' && i > 40 && i + 1 < n && body[i + 1] == ' '))
			return i;
	return n < 240 ? n : utf8_valid_prefix(body, 240);
}

static void
read_article(struct reading *r, const struct article *a)
{
	const char *body = a->body_text ? a->body_text : "",
		   *title = a->headline ? a->headline : "";
	size_t n = head(body, MOST_BYTES), m = head(title, 1000);

	read_text(r, TERM_WORD, title, m, 1);
	if (!m) {
		title = body;
		m = first_sentence(body, n);
	}
	read_text(r, TERM_TITLE, title, m, 1);
	read_text(r, TERM_WORD, body, n, 1);
}

static void
read_entity(struct reading *r, const struct entity *e)
{
	const char *name = e->name ? e->name : e->span.text;
	float weight = 1 + (e->span.in_headline ? 1 : 0) +
		       (float)(e->mention_count < 8 ? e->mention_count : 8) / 2;

	if (e->type == ENTITY_LOC) {
		add(r, TERM_PLACE, name, head(name, 200), weight);
		if (e->country && strcmp(e->country, name))
			add(r, TERM_PLACE, e->country, strlen(e->country), weight / 2);
	} else {
		read_text(r, TERM_NAME, name, head(name, 200), weight);
	}
}

static void
add_pair(struct reading *r, const struct event *e, const char *role, const char *who,
	 float weight)
{
	const char *text = who ? arena_printf(r->arena, "%s %s%s", e->type, role, who) : NULL;

	if (text)
		add(r, TERM_EVENT, text, strlen(text), weight);
}

static void
add_sum(struct reading *r, const char *what, int n, float weight)
{
	const char *text = n > 0 ? arena_printf(r->arena, "%s %d", what, n) : NULL;

	if (text)
		add(r, TERM_NUMBER, text, strlen(text), weight);
}

static void
read_event(struct reading *r, const struct event *e)
{
	float weight = e->main ? 3 : 1;

	add(r, TERM_EVENT, e->type, strlen(e->type), weight);
	for (size_t i = 0; i < e->actor.count; i++) {
		const struct actor *a = &e->actor.items[i];

		add_pair(r, e, "by ", a->name ? a->name : a->country, weight);
	}
	for (size_t i = 0; i < e->recipient.count; i++) {
		const struct actor *a = &e->recipient.items[i];

		add_pair(r, e, "to ", a->name ? a->name : a->country, weight);
	}
	if (e->location)
		add_pair(r, e, "in ", e->location->name, weight);
	add_sum(r, "dead", e->dead, weight);
	add_sum(r, "injured", e->injured, weight);
	add_sum(r, "arrested", e->arrested, weight);
}

static int
by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct term *)a)->id, y = ((const struct term *)b)->id;

	return (x > y) - (x < y);
}

int
terms_read(struct terms *t, const struct enriched *e, struct arena *arena, struct err *err)
{
	struct reading *r = arena_calloc(arena, sizeof(*r));

	*t = (struct terms){ .items = arena_alloc(arena, TERMS_MOST * sizeof(*t->items)) };
	if (!r || !t->items)
		return arena_check(arena, err);
	r->t = t;
	r->arena = arena;
	read_article(r, &e->article);
	for (size_t i = 0; i < e->entity_count; i++)
		read_entity(r, &e->entities[i]);
	for (size_t i = 0; i < e->event_count; i++)
		read_event(r, &e->events[i]);
	qsort(t->items, t->count, sizeof(*t->items), by_id);
	return arena_check(arena, err);
}
