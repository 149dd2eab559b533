/*
 * Rules against pieces.  Of all rules of a kind that match at a piece the
 * longest wins, the first of the table among equals.  A rule is bounded and
 * so is each term, so a piece costs a bounded number of steps.
 */
#include "language/time_rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "language/time_value.h"

enum {
	RULE_ELEMENTS = 12,
	RULE_WORDS = 24,
	RULES_MAX = 400,
};

struct element {
	enum time_term term; /* TERM_COUNT: one of the words */
	struct word *words[RULE_WORDS];
	int count;
	bool optional, without;
};

struct time_rule {
	int kind; /* enum rule_kind */
	struct element elements[RULE_ELEMENTS];
	int count, open, close; /* elements [open, close) are the time */
	time_make *make;
	const char *arg;
	unsigned terms; /* that it may begin with */
	int words;      /* elements [0, words) are those that it may begin with */
};

struct time_rules {
	struct table table;
	struct time_rule items[RULES_MAX];
	int count;
};

static const char *const kinds[RULE_KINDS] = { "DAY", "TIMEX", "TAIL" };

static bool
parse_words(struct element *e, struct words *w, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "|");

		if (!n || e->count == RULE_WORDS)
			return false;
		e->words[e->count++] = words_add(w, text, n);
		text += n;
		text += *text == '|';
	}
	return e->count > 0;
}

static bool
parse_element(struct element *e, struct words *w, char *text)
{
	size_t n = strlen(text);

	if (n > 1 && text[n - 1] == '?') {
		e->optional = true;
		text[--n] = '\0';
	}
	if (n > 1 && *text == '!') {
		e->without = true;
		text++;
	}
	e->term = *text >= 'A' && *text <= 'Z' ? term_find(text) : TERM_COUNT;
	if (e->term != TERM_COUNT)
		return true;
	return (*text < 'A' || *text > 'Z') && parse_words(e, w, text);
}

static int
parse_pattern(struct time_rule *r, struct words *w, const struct table *t, size_t row,
	      struct err *err)
{
	const char *cell = table_cell(t, row, 1);
	int failed = 0;

	r->open = -1;
	r->close = -1;
	while (!failed && *(cell += strspn(cell, " "))) {
		size_t n = strcspn(cell, " ");
		char *text = must_printf("%.*s", (int)n, cell);

		if (!strcmp(text, "["))
			r->open = r->count;
		else if (!strcmp(text, "]"))
			r->close = r->count;
		else if (r->count == RULE_ELEMENTS)
			failed = table_bad(t, row, 1, err, "over %d words and terms",
					   RULE_ELEMENTS);
		else if (!parse_element(&r->elements[r->count++], w, text) ||
			 (r->kind == RULE_DAY &&
			  r->elements[r->count - 1].term == TERM_DAY))
			failed = table_bad(t, row, 1, err, "\"%s\" is no term", text);
		free(text);
		cell += n;
	}
	if (r->open < 0)
		r->open = 0;
	if (r->close < 0)
		r->close = r->count;
	if (!failed && r->open >= r->close)
		failed = table_bad(t, row, 1, err, "nothing belongs to the time");
	return failed;
}

static time_make *
find_make(const char *name)
{
	const struct time_maker *const lists[] = { time_days, time_years, time_units };

	for (size_t i = 0; i < LENGTH(lists); i++)
		for (const struct time_maker *m = lists[i]; m->name; m++)
			if (!strcmp(m->name, name))
				return m->make;
	return NULL;
}

static int
parse_row(struct time_rules *rules, struct words *w, size_t row, struct err *err)
{
	const struct table *t = &rules->table;
	struct time_rule *r = &rules->items[rules->count];
	const char *make = table_cell(t, row, 2);
	size_t n = strcspn(make, " ");
	char *name;

	while (r->kind < RULE_KINDS && strcmp(kinds[r->kind], table_cell(t, row, 0)))
		r->kind++;
	if (r->kind == RULE_KINDS)
		return table_bad(t, row, 0, err, "is none of DAY, TIMEX, TAIL");
	if (rules->count + 1 == RULES_MAX)
		return table_bad(t, row, 0, err, "over %d rules", RULES_MAX);
	name = must_printf("%.*s", (int)n, make);
	r->make = find_make(name);
	free(name);
	if (!r->make)
		return table_bad(t, row, 2, err, "no such way to make a value");
	r->arg = make[n] ? make + n + 1 : "";
	rules->count++;
	return parse_pattern(r, w, t, row, err);
}

/* Words that a rule may begin with; what terms begin with is known by its class. */
static void
mark_beginnings(struct time_rule *r)
{
	for (int k = 0; k < r->count; k++) {
		struct element *e = &r->elements[k];

		r->words = k + 1;
		if (e->term != TERM_COUNT)
			r->terms |= 1U << e->term;
		for (int i = 0; i < e->count; i++)
			e->words[i]->begins_time = true;
		if (!e->optional && !e->without)
			return;
	}
}

struct time_rules *
time_rules_new(struct words *w, const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "kind",    "pattern", "make",
					       "example", "time",    "value" };
	struct time_rules *rules = must_alloc(sizeof *rules);
	int failed = table_open(&rules->table, lexicon, "times.tsv", columns,
				LENGTH(columns), err);

	for (size_t i = 0; !failed && i < rules->table.rows; i++)
		failed = parse_row(rules, w, i, err);
	for (int i = 0; !failed && i < rules->count; i++)
		mark_beginnings(&rules->items[i]);
	if (!failed)
		return rules;
	time_rules_free(rules);
	return NULL;
}

void
time_rules_free(struct time_rules *rules)
{
	if (!rules)
		return;
	table_close(&rules->table);
	free(rules);
}

static bool
is_word_of(const struct element *e, const struct word *word)
{
	for (int i = 0; i < e->count; i++)
		if (e->words[i] == word)
			return true;
	return false;
}

/* Where the element that begins at piece i ends; -1: it does not begin there. */
static int
element_at(struct scan *s, const struct element *e, int i, struct slot *slot)
{
	if (e->term != TERM_COUNT)
		return term_at(s, e->term, i, slot);
	return i < s->count && is_word_of(e, s->p[i].word) ? i + 1 : -1;
}

/*
 * The elements from k on at piece i, optional ones taken where that leads to a
 * match.  A term that stands twice in a rule is the first of the two.
 */
static bool
match_from(struct scan *s, const struct time_rule *r, int k, int i, struct match *m)
{
	const struct element *e = &r->elements[k];
	unsigned set = m->set;
	struct slot slot = { .at = i };
	int end;

	if (k == r->open)
		m->a = i;
	if (k == r->close)
		m->b = i;
	if (k == r->count)
		return m->a >= s->free;
	end = element_at(s, e, i, &slot);
	if (e->without)
		return end < 0 && match_from(s, r, k + 1, i, m);
	if (end >= 0) {
		slot.end = end;
		if (e->term != TERM_COUNT && !(set >> e->term & 1)) {
			m->set |= 1U << e->term;
			m->term[e->term] = slot;
		}
		if (match_from(s, r, k + 1, end, m))
			return true;
		m->set = set;
		if (k == r->open)
			m->a = i;
		if (k == r->close)
			m->b = i;
	}
	return e->optional && match_from(s, r, k + 1, i, m);
}

static bool
may_begin(const struct time_rule *r, const struct piece *p)
{
	if (r->terms & p->begins)
		return true;
	for (int k = 0; p->word->begins_time && k < r->words; k++)
		if (is_word_of(&r->elements[k], p->word))
			return true;
	return false;
}

bool
rules_at(struct scan *s, enum rule_kind kind, int i, const struct hit *told,
	 struct hit *h)
{
	const struct time_rules *rules = s->r->times;
	struct match m;
	int longest = -1;

	for (int k = 0; k < rules->count; k++) {
		const struct time_rule *r = &rules->items[k];
		struct hit found = { 0 };

		if (r->kind != (int)kind || !may_begin(r, &s->p[i]))
			continue;
		m.set = 0;
		if (told)
			m.told = *told;
		if (!match_from(s, r, 0, i, &m) || m.b - i <= longest)
			continue;
		found.a = m.a;
		found.b = m.b;
		if (!r->make(s, &m, r->arg, &found))
			continue;
		longest = found.b - i;
		*h = found;
	}
	return longest >= 0;
}

/* One that only begins with its neighbour gives way to a longer one of its own. */
bool
rules_find(struct scan *s, int i, struct hit *h)
{
	struct hit own;

	if (!rules_at(s, RULE_TIMEX, i, NULL, h))
		return false;
	if (h->a > i && rules_at(s, RULE_TIMEX, h->a, NULL, &own) && own.b > h->b)
		*h = own;
	return true;
}
