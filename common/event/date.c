/*
 * When: the time nearest to the trigger, one beyond a comma or in a clause of
 * its own counting as farther; else the article's date, for what is told as
 * past.  A TIMEX3 value becomes its first and last day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/coding.h"
#include "time/date.h"

#define FAR      8
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

/* which left the talks in 2024: the time is the inner clause's. */
static int
relative_of(const struct chunks *c, int token)
{
	for (int k = c->of_token[token - c->sentence->first], steps = 0;
	     k >= 0 && steps < 12; k--, steps++) {
		if (c->items[k].kind == CHUNK_REL)
			return k;
		if (c->items[k].kind == CHUNK_COMMA || c->items[k].kind == CHUNK_BREAK ||
		    c->items[k].kind == CHUNK_SUB)
			return -1;
	}
	return -1;
}

static int
distance(const struct chunks *c, int trigger, int token)
{
	int from = trigger < token ? trigger : token,
	    to = trigger < token ? token : trigger;
	int away = to - from;

	if (relative_of(c, token) != relative_of(c, trigger))
		away += 3 * FAR;
	for (int i = from; i < to; i++) {
		int k = c->of_token[i - c->sentence->first];
		const struct chunk *chunk = chunks_at(c, k);

		if (!chunk || chunk->first != i)
			continue;
		if (chunk->kind == CHUNK_SUB || chunk->kind == CHUNK_REL ||
		    chunk->kind == CHUNK_BREAK)
			away += 2 * FAR;
		else if (chunk->kind == CHUNK_COMMA || chunk->kind == CHUNK_VERB)
			away += FAR;
	}
	return away;
}

/* the first trip since 2019, until Friday: a bound, no date of the deed. */
static bool
is_since(const struct chunks *c, int token)
{
	return chunks_is(c, token - 1, "since") || chunks_is(c, token - 1, "until") ||
	       chunks_is(c, token - 1, "till");
}

/* The verb's own aspect: "said on Monday that he will go on Friday" has two. */
static int
nearest_time(const struct found *f, struct days *days)
{
	const struct chunks *c = f->chunks;
	int best = -1, gap = 0;

	for (int i = c->sentence->first; i < c->sentence->first + c->sentence->count;
	     i++) {
		int t = c->document->tokens[i].time, away;
		struct days d;

		if (t < 0 || t == best || is_since(c, i) ||
		    !is_dated(&c->document->times[t], &d))
			continue;
		away = distance(c, f->token, i);
		if (best >= 0 && away >= gap)
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

void
date_by_mention(struct coding *g, const struct found *mention)
{
	const struct chunks *c = mention->chunks;
	struct found *told = g->count ? &g->found[g->count - 1] : NULL;
	struct days days;
	int t;

	if (!told || told->event.date_text || told->chunks + 1 != c ||
	    !chunks_is(c, c->items[mention->chunk].first, "the"))
		return;
	while (told > g->found && told[-1].chunks == told->chunks)
		told--;
	t = c->document
		->tokens[mention->token + 2 < c->sentence->first + c->sentence->count
			     ? mention->token + 2
			     : mention->token]
		.time;
	if (t >= 0 && !told->event.date_text && is_dated(&c->document->times[t], &days))
		set_days(g, &told->event, t, &days);
}

void
date_event(struct coding *g, struct found *f)
{
	struct event *e = &f->event;
	struct date published;
	struct days days;
	int t = nearest_time(f, &days);

	if (t < 0) {
		if (!(f->aux & (AUX_FUTURE | AUX_HYPOTHETICAL)))
			e->date = e->date_value = g->document->published;
		return;
	}
	set_days(g, e, t, &days);
	if (!g->document->published || date_parse(&published, g->document->published))
		return;
	if (date_days(days.last) < date_days(published) - OLD_DAYS)
		f->aux |= AUX_HISTORICAL;
	if (date_days(days.first) > date_days(published))
		f->aux |= AUX_FUTURE;
}
