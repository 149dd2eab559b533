/*
 * How many were killed, hurt, held: the number in the noun group that the
 * verb of death, injury or arrest acts on, never one that merely stands near.
 * "20 to 30" is 20; "dozens" is no number; "a soldier" is one; "nobody" none.
 */
#include <stdlib.h>
#include <string.h>

#include "event/coding.h"

#define UNKNOWN -1
#define MANY    1000000000

static const struct {
	const char *word;
	int value;
} number_words[] = {
	{ "no", 0 },          { "nobody", 0 },
	{ "none", 0 },        { "one", 1 },
	{ "two", 2 },         { "three", 3 },
	{ "four", 4 },        { "five", 5 },
	{ "six", 6 },         { "seven", 7 },
	{ "eight", 8 },       { "nine", 9 },
	{ "ten", 10 },        { "eleven", 11 },
	{ "twelve", 12 },     { "thirteen", 13 },
	{ "fourteen", 14 },   { "fifteen", 15 },
	{ "sixteen", 16 },    { "seventeen", 17 },
	{ "eighteen", 18 },   { "nineteen", 19 },
	{ "twenty", 20 },     { "thirty", 30 },
	{ "forty", 40 },      { "fifty", 50 },
	{ "sixty", 60 },      { "seventy", 70 },
	{ "eighty", 80 },     { "ninety", 90 },
	{ "dozen", 12 },      { "hundred", 100 },
	{ "thousand", 1000 }, { "million", 1000000 },
};

static int
word_value(const char *s)
{
	for (size_t i = 0; i < sizeof(number_words) / sizeof(number_words[0]); i++)
		if (!strcmp(number_words[i].word, s))
			return number_words[i].value;
	return UNKNOWN;
}

/* 1,200 */
static int
digits_value(const char *s)
{
	long value = 0;

	for (; *s; s++) {
		if (*s >= '0' && *s <= '9')
			value = value * 10 + (*s - '0');
		else if (*s != ',')
			return UNKNOWN;
		if (value > MANY)
			return UNKNOWN;
	}
	return (int)value;
}

/* twenty-two */
static int
token_value(const char *s)
{
	const char *dash = strchr(s, '-');
	char tens[16];

	if (*s >= '0' && *s <= '9')
		return digits_value(s);
	if (dash && (size_t)(dash - s) < sizeof(tens) && word_value(dash + 1) > 0) {
		memcpy(tens, s, (size_t)(dash - s));
		tens[dash - s] = '\0';
		if (word_value(tens) >= 20)
			return word_value(tens) + word_value(dash + 1);
	}
	return word_value(s);
}

static bool
is_scale(int value)
{
	return value == 12 || value == 100 || value == 1000 || value == 1000000;
}

/* A unit behind the number makes it no number of people: 15 miles, 20 percent, 30 years.
 */
static bool
counts_people(const struct coding *g, const struct chunks *c, int token)
{
	uint64_t unit = lexicon_class(g->lexicon, "unit");

	return !(chunks_word(c, token + 1)->classes & unit) &&
	       !chunks_is(c, token + 1, "%") && c->document->tokens[token].time < 0;
}

/* The first number of [from, to); scales multiply: two hundred. */
static int
number_within(const struct coding *g, const struct chunks *c, int from, int to)
{
	for (int i = from; i < to; i++) {
		const char *s = c->document->tokens[i].norm;
		int value = token_value(s);

		if (value >= 20 && value < 100 && i + 2 < to &&
		    chunks_is(c, i + 1, "-")) {
			int units = token_value(c->document->tokens[i + 2].norm);

			value += units > 0 && units < 10 ? units : 0;
			i += 2;
		}
		if (value == UNKNOWN || !counts_people(g, c, i) ||
		    c->document->tokens[i].entity >= 0)
			continue;
		while (i + 1 < to &&
		       is_scale(token_value(c->document->tokens[i + 1].norm)) &&
		       strcmp(c->document->tokens[i + 1].norm, "12")) {
			int scale = token_value(c->document->tokens[++i].norm);

			value = value > MANY / scale ? UNKNOWN : value * scale;
			if (value == UNKNOWN)
				break;
		}
		return value;
	}
	return UNKNOWN;
}

/* The noun group itself: "nine people", "a soldier", "Kim", "six of the victims". */
static int
number_of_noun(const struct coding *g, const struct chunks *c, int noun)
{
	const struct chunk *k = &c->items[noun];
	const struct chunk *next = chunks_at(c, noun + 2);
	int value = number_within(g, c, k->first, k->end);
	const struct word *head = chunks_word(c, k->end - 1);
	int entity = c->document->tokens[k->end - 1].entity;

	if (value != UNKNOWN)
		return value;
	if (next && c->items[noun + 1].kind == CHUNK_PREP && next->kind == CHUNK_NOUN &&
	    chunks_is(c, c->items[noun + 1].head, "than")) /* more than 120 */
		return number_within(g, c, next->first, next->end);
	if (entity >= 0)
		return c->document->entities[entity].type == ENTITY_PER ? 1 : UNKNOWN;
	if (!chunks_is_plural(c, k->end - 1) && head->agent && !head->agent->is_group)
		return 1;
	return UNKNOWN;
}

static int
number_of_group(const struct coding *g, const struct chunks *c, const struct group *group)
{
	int sum = 0;

	for (int i = 0; i < group->count; i++) {
		int n = number_of_noun(g, c, group->items[i]);

		if (n == UNKNOWN)
			return UNKNOWN;
		sum = sum > MANY - n ? MANY : sum + n;
	}
	return group->count ? sum : UNKNOWN;
}

static bool
can_have_victims(const struct event *e)
{
	static const char *const types[] = { "ASSAULT",  "ACCIDENT", "DISASTER",
					     "OUTBREAK", "DIE",      "INJURE",
					     "PROTEST",  "COERCE" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(e->type, types[i]))
			return true;
	return false;
}

static void
set_count(struct event *e, uint32_t kinds, int n)
{
	if (kinds & KIND_DEAD && e->dead < 0)
		e->dead = n;
	if (kinds & KIND_HURT && e->injured < 0)
		e->injured = n;
	if (kinds & KIND_HELD && e->arrested < 0)
		e->arrested = n;
}

/* The verb's own event, and the quake or attack of the sentence that it tells the outcome
 * of. */
static void
give(struct coding *g, size_t from, int chunk, uint32_t kinds, int n)
{
	bool is_first = true;

	for (size_t i = from; i < g->count; i++) {
		struct event *e = &g->found[i].event;

		if (g->found[i].chunk == chunk)
			set_count(e, kinds, n);
		else if (is_first && can_have_victims(e) &&
			 !(chunks_word(g->found[i].chunks, g->found[i].token)->kinds &
			   (KIND_DEAD | KIND_HURT | KIND_HELD))) {
			set_count(e, kinds, n);
			is_first = false;
		}
	}
}

static void
count_of_verb(struct coding *g, const struct chunks *c, size_t from, int verb)
{
	const struct chunk *v = &c->items[verb];
	uint32_t kinds =
	    chunks_word(c, v->head)->kinds & (KIND_DEAD | KIND_HURT | KIND_HELD);
	struct clause clause;
	const struct group *who;
	int n;

	if (!kinds)
		return;
	clause_of_verb(c, verb, v->head, &clause);
	who = &clause.slots[SLOT_OBJECT];
	if (!who->count)
		who = &clause.slots[SLOT_SUBJECT]; /* nine people died */
	n = number_of_group(g, c, who);
	if (clause.aux & AUX_NEGATION)
		return;
	if (n != UNKNOWN)
		give(g, from, verb, kinds, n);
}

/* leaving nine dead; 20 wounded; a death toll of 31; eight arrests */
static void
count_of_words(struct coding *g, const struct chunks *c, size_t from)
{
	int first = c->sentence->first, end = first + c->sentence->count;

	for (int i = first; i < end; i++) {
		uint32_t kinds =
		    chunks_word(c, i)->kinds & (KIND_DEAD | KIND_HURT | KIND_HELD);
		int chunk = c->of_token[i - first], n = UNKNOWN;

		if (chunks_is(c, i, "toll") && i > first &&
		    chunks_is(c, i - 1, "death")) {
			kinds = KIND_DEAD;
			n = number_within(g, c, i + 1, i + 9 < end ? i + 9 : end);
		} else if (kinds && chunk >= 0 && c->items[chunk].kind == CHUNK_NOUN) {
			int low = c->items[chunk].first;

			n = number_within(g, c, i - 3 > low ? i - 3 : low, i);
		}
		if (n != UNKNOWN)
			give(g, from, -1, kinds, n);
	}
}

void
count_casualties(struct coding *g, size_t from)
{
	const struct chunks *c;

	if (from == g->count)
		return;
	c = g->found[from].chunks;
	for (int i = 0; i < c->count; i++)
		if (c->items[i].kind == CHUNK_VERB)
			count_of_verb(g, c, from, i);
	count_of_words(g, c, from);
}
