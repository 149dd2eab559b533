/*
 * When: the time nearest to the trigger in the tree, one in a clause of its
 * own counting as farther; else the article's date, for what is told as past.
 * A TIMEX3 value becomes its first and last day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/coding.h"
#include "time/date.h"

#define FAR      8
#define NEVER	 1000
#define OLD_DAYS 400 /* what lies further back is history in an article of today */

struct days {
	struct date first, last;
};

static struct date
add_days(struct date d, int n)
{
	return date_of_days(date_days(d) + n);
}

static struct days
months(int year, int month, int count)
{
	struct days out = { .first = { year, month, 1 } };
	struct date next = date_add_months(out.first, count);

	out.last = add_days(next, -1);
	return out;
}

static struct days
week_of(int year, int week)
{
	struct date fourth = { year, 1, 4 }; /* always in week 1 */
	struct days out;

	out.first = add_days(fourth, 1 - date_weekday(fourth) + 7 * (week - 1));
	out.last = add_days(out.first, 6);
	return out;
}

static int
season_month(const char *code)
{
	static const char *const seasons[] = { "SP", "SU", "FA", "WI" };

	for (int i = 0; i < 4; i++)
		if (!strncmp(code, seasons[i], 2))
			return 3 + 3 * i;
	return 0;
}

/* 2025, 2025-08, 2025-08-31T..., 2025-W35, 2025-Q3, 2025-H1, 2025-SU, 199, 19. */
static int
days_of_value(const char *v, struct days *out)
{
	size_t digits = strspn(v, "0123456789");
	int year = 0, n;

	if (!date_parse(&out->first, v)) {
		out->last = out->first;
		return 0;
	}
	if (digits < 2 || digits > 4 || sscanf(v, "%4d", &year) != 1)
		return -1;
	while (digits++ < 4 && !v[digits - 1])
		year *= 10;
	digits = strspn(v, "0123456789");
	if (digits < 4) {
		int span = digits == 3 ? 10 : 100;

		if (v[digits])
			return -1;
		year = digits == 3 ? atoi(v) * 10 : atoi(v) * 100;
		if (year < 1)
			return -1;
		*out = months(year, 1, 12 * span);
		return 0;
	}
	if (year < 1)
		return -1;
	if (!v[4])
		*out = months(year, 1, 12);
	else if (sscanf(v + 4, "-W%2d", &n) == 1 && n >= 1 && n <= 53)
		*out = week_of(year, n);
	else if (sscanf(v + 4, "-Q%1d", &n) == 1 && n >= 1 && n <= 4)
		*out = months(year, 3 * n - 2, 3);
	else if (sscanf(v + 4, "-H%1d", &n) == 1 && n >= 1 && n <= 2)
		*out = months(year, 6 * n - 5, 6);
	else if (sscanf(v + 4, "-%2d", &n) == 1 && n >= 1 && n <= 12)
		*out = months(year, n, 1);
	else if (v[4] == '-' && season_month(v + 5))
		*out = months(year, season_month(v + 5), 3);
	else
		return -1;
	return 0;
}

static bool
is_dated(const struct timex *t, struct days *out)
{
	return (t->type == TIMEX_DATE || t->type == TIMEX_TIME) && t->value &&
	       !days_of_value(t->value, out);
}

/*
 * What it costs to go from a word to its head: little within a clause, more
 * where another begins.  What a relative clause says of an actor (which left
 * the talks in 2024) is never the event's.
 */
static int
step_cost(const struct token *t)
{
	static const struct {
		const char *deprel;
		int cost;
	} steps[] = {
		{ "acl:relcl", NEVER }, { "advcl:relcl", FAR }, { "acl", 3 },
		{ "advcl", FAR },	{ "ccomp", 2 * FAR },	{ "parataxis", 2 * FAR },
		{ "csubj", FAR },	{ "conj", 4 },		{ "appos", 4 },
		{ "nmod", 3 },
	};

	for (size_t i = 0; i < LENGTH(steps); i++)
		if (t->deprel && !strncmp(t->deprel, steps[i].deprel,
					  strlen(steps[i].deprel)))
			return steps[i].cost;
	return 1;
}

enum { PATH = 24 };

/* The words from one up to the root of its sentence, and what it costs to come there. */
struct path {
	int token[PATH], cost[PATH], count;
};

static struct path
path_up(const struct chunks *c, int token)
{
	int first = c->sentence->first, end = first + c->sentence->count, cost = 0;
	struct path p = { .count = 0 };

	while (token >= first && token < end && p.count < PATH) {
		p.token[p.count] = token;
		p.cost[p.count++] = cost;
		cost += step_cost(&c->document->tokens[token]);
		token = c->document->tokens[token].head;
	}
	return p;
}

/* In "the 2019 attack that killed him" the attack's time is that of killed too. */
static void
enter_relative(const struct chunks *c, struct path *from)
{
	for (int i = 0; i + 1 < from->count; i++)
		if (step_cost(&c->document->tokens[from->token[i]]) == NEVER) {
			from->cost[i + 1] = from->cost[i] + FAR;
			for (int k = i + 2; k < from->count; k++)
				from->cost[k] += 5 * FAR - NEVER;
			return;
		}
}

/* Over the word where both paths meet. */
static int
distance(const struct chunks *c, const struct path *from, int token)
{
	struct path to = path_up(c, token);

	for (int i = 0; i < from->count; i++)
		for (int k = 0; k < to.count; k++)
			if (from->token[i] == to.token[k])
				return from->cost[i] + to.cost[k];
	return NEVER;
}

/*
 * since 2019, until Friday, after the 2019 war, from a year ago: what bounds the
 * deed or what it is held against, not its date.
 */
static bool
is_bound(const struct chunks *c, int trigger, int token)
{
	static const char *const words[] = { "since",  "until", "till", "after",
					     "before", "from",	"than" };
	enum { OF_NOUN = 5 }; /* after the 2019 war, and yet from talks on Friday */
	const struct token *tokens = c->document->tokens;
	int first = c->sentence->first, steps = 0;

	for (size_t i = 0; i < LENGTH(words); i++)
		if (chunks_is(c, token - 1, words[i]))
			return true;
	for (int k = token; k >= first && k != trigger && steps < 4; steps++) {
		size_t known = tokens[k].time == tokens[token].time ? LENGTH(words)
								    : OF_NOUN;

		for (int i = k - 5 < first ? first : k - 5; i < k; i++)
			for (size_t n = 0; n < known; n++)
				if (tokens[i].head == k && tokens[i].deprel &&
				    !strcmp(tokens[i].deprel, "case") &&
				    !strcmp(tokens[i].norm, words[n]))
					return true;
		k = tokens[k].head;
	}
	return false;
}

/* detained, had detained, was or has been detained */
static bool
is_told_as_past(const struct found *f)
{
	const struct syntax *s = &f->chunks->tree;

	if (syntax_has(s, f->token, "VBD"))
		return true;
	for (int k = syntax_first(s, f->token); k >= 0; k = syntax_next(s, k))
		if ((syntax_rel(s, k) == REL_AUX || syntax_rel(s, k) == REL_PASSIVE) &&
		    (syntax_has(s, k, "VBD") || chunks_is_kind(f->chunks, k, KIND_HAVE)))
			return syntax_has(s, f->token, "VBN");
	return false;
}

/* What is to come has no day behind, what a past tense tells none ahead. */
static bool
is_other_way(const struct found *f, const struct days *days, const struct date *published)
{
	if (!published || f->pattern->is_noun)
		return false;
	if (f->aux & (AUX_FUTURE | AUX_HYPOTHETICAL))
		return date_days(days->last) < date_days(*published);
	return is_told_as_past(f) && date_days(days->first) > date_days(*published);
}

/* "said on Monday that he will go on Friday" has two: each verb its own. */
static int
nearest_time(const struct found *f, const struct date *published, struct days *days)
{
	const struct chunks *c = f->chunks;
	struct path from = path_up(c, f->token);
	int best = -1, gap = NEVER;

	enter_relative(c, &from);
	for (int i = c->sentence->first; i < c->sentence->first + c->sentence->count;
	     i++) {
		int t = c->document->tokens[i].time, away;
		struct days d;

		if (t < 0 || is_bound(c, f->token, i) ||
		    !is_dated(&c->document->times[t], &d) ||
		    is_other_way(f, &d, published))
			continue;
		away = distance(c, &from, i);
		if (away >= gap)
			continue;
		best = t;
		gap = away;
		*days = d;
	}
	return best;
}

static const char *
print(struct coding *g, struct date d)
{
	char text[DATE_TEXT];

	return arena_strdup(g->arena, date_text(d, text));
}

static void
set_days(struct coding *g, struct event *e, int t, const struct days *days)
{
	e->date = print(g, days->first);
	e->date_end = NULL;
	if (date_days(days->last) != date_days(days->first))
		e->date_end = print(g, days->last);
	e->date_value = g->document->times[t].value;
	e->date_text = g->document->times[t].span.text;
}

/*
 * "The visit on August 31 came ...": the next sentence takes up what was told
 * first in this one, by a noun with the time on it.
 */
static int
time_taken_up(const struct coding *g, const struct found *f, struct days *days)
{
	const struct chunks *c = f->chunks + 1;
	const struct token *tokens = g->document->tokens;
	int first, t;

	if (c >= g->chunks + g->piece_count || f->chunks->sentence->in_headline ||
	    (f > g->found && f[-1].chunks == f->chunks))
		return -1;
	first = c->sentence->first;
	if (!chunks_is(c, first, "the") && !chunks_is(c, first, "that"))
		return -1;
	for (int i = first + 2; i < first + 6 && i < first + c->sentence->count; i++) {
		int noun = tokens[i].head;

		t = tokens[i].time;
		if (t >= 0 && noun > first && noun < i && tokens[noun].time < 0 &&
		    tokens[noun].upos && !strcmp(tokens[noun].upos, "NOUN") &&
		    !is_bound(c, noun, i) && is_dated(&g->document->times[t], days))
			return t;
	}
	return -1;
}

void
date_event(struct coding *g, struct found *f)
{
	struct event *e = &f->event;
	struct date published;
	struct days days;
	bool dated = g->document->published &&
		     !date_parse(&published, g->document->published);
	int t = nearest_time(f, dated ? &published : NULL, &days);

	if (t < 0)
		t = time_taken_up(g, f, &days);
	if (t < 0) {
		if (!(f->aux & (AUX_FUTURE | AUX_HYPOTHETICAL)))
			e->date = e->date_value = g->document->published;
		return;
	}
	set_days(g, e, t, &days);
	if (!dated)
		return;
	if (date_days(days.last) < date_days(published) - OLD_DAYS)
		f->aux |= AUX_HISTORICAL;
	if (date_days(days.first) > date_days(published))
		f->aux |= AUX_FUTURE;
}
