/* Units: which one, how many, how long ago, how often; and times that are none. */
#include "language/time_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A rule without a unit has the word year in it. */
static int
unit_number(const struct match *m)
{
	return has(m, TERM_UNIT)    ? match_number(m, TERM_UNIT)
	       : has(m, TERM_UNITS) ? match_number(m, TERM_UNITS)
				    : UNIT_YEAR;
}

static enum unit
unit_of(const struct match *m)
{
	return (enum unit)(unit_number(m) % UNIT_MANY);
}

static bool
is_many(const struct match *m)
{
	return unit_number(m) >= UNIT_MANY;
}

/* What a unit counts from that is told by the text: days from a day. */
static struct date
told(const struct scan *s, enum unit unit)
{
	return unit >= UNIT_MONTH ? s->told : s->last;
}

/* arg: ago, later, earlier, hence */
static bool
make_away(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	enum unit unit = unit_of(m);
	double n = has(m, TERM_N) ? m->term[TERM_N].n : 1;
	bool later = !strcmp(arg, "later"), hence = !strcmp(arg, "hence");
	bool ago = !strcmp(arg, "ago"), one_year = unit == UNIT_YEAR && n == 1;
	int whole = n < 100000 ? (int)(n + 0.5) : 100000;

	if (n < 0)
		return value_text(h, TIMEX_DATE,
				  later || hence ? "FUTURE_REF" : "PAST_REF");
	if (unit < UNIT_DAY && later)
		return value_duration(h, unit, n);
	if (one_year && s->quarter && !later && !hence)
		return value_quarter(h, s->quarter - 4);
	if (ago || hence || (!later && unit >= UNIT_QUARTER) || s->is_history)
		return value_shift(h, s, s->base, unit, hence || later ? whole : -whole);
	return value_shift(h, s, told(s, unit), unit, later ? whole : -whole);
}

/* last week, this year; arg "told": of the day last told; "+": a number beside */
static bool
make_which(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	enum unit unit = unit_of(m);
	int n = has(m, TERM_WHICH) ? match_which(m) : 0;

	if (is_many(m) || unit < UNIT_DAY)
		return false;
	if (!strncmp(arg, "told", 4))
		return value_shift(h, s, told(s, unit), unit, atoi(arg + 4) + n);
	return value_shift(h, s, s->base, unit, atoi(arg) + n);
}

static bool
make_weekend(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int n = match_which(m), weeks = n;

	if (!strcmp(arg, "the"))
		weeks = scan_tense(s, m->a) == TENSE_FUTURE || date_weekday(s->base) >= 6
			    ? 0
			    : -1;
	value_week(h, value_days_off(s->base, 7 * weeks));
	strcat(h->value, "-WE");
	return true;
}

static bool
make_duration(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	double n = has(m, TERM_N) ? m->term[TERM_N].n : *arg ? atof(arg) : 1;
	enum unit unit = unit_of(m);

	(void)s;
	if (has(m, TERM_N) && m->term[TERM_N].article &&
	    (unit == UNIT_SECOND || (unit == UNIT_QUARTER && n == 1)))
		return false;
	return value_duration(h, unit, n + (strcmp(arg, "half") ? 0 : 0.5));
}

static bool
make_set(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	int each = m->term[TERM_EACH].at;
	double n = has(m, TERM_N) && m->term[TERM_N].n > 0 ? m->term[TERM_N].n
		   : *arg                                  ? atof(arg)
							   : 1;
	enum unit unit =
	    has(m, TERM_EACH) ? (enum unit)match_number(m, TERM_EACH) : unit_of(m);

	if (has(m, TERM_EACH) && each + 1 < s->count && s->p[each + 1].capital &&
	    each > 0 && (s->p[each].capital || s->p[each - 1].capital))
		return false; /* the Daily Star, the Communist Party daily Granma */
	value_duration(h, unit, n);
	h->type = TIMEX_SET;
	return true;
}

/* every Friday, Sunday nights, every March, every summer */
static bool
make_each(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	(void)s;
	(void)arg;
	h->type = TIMEX_SET;
	if (has(m, TERM_DOW))
		snprintf(h->value, sizeof h->value, "XXXX-WXX-%d%s",
			 match_number(m, TERM_DOW),
			 has(m, TERM_PART) ? match_part(m) : "");
	else if (has(m, TERM_MON))
		snprintf(h->value, sizeof h->value, "XXXX-%02d",
			 match_number(m, TERM_MON));
	else if (has(m, TERM_SEASON))
		snprintf(h->value, sizeof h->value, "XXXX%s",
			 match_season(m));
	else if (has(m, TERM_PART))
		snprintf(h->value, sizeof h->value, "XXXX-XX-XX%s", match_part(m));
	else
		snprintf(h->value, sizeof h->value, "XXXX-WXX-WE");
	return true;
}

static bool
make_period(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	(void)s;
	(void)m;
	return value_text(h, TIMEX_DURATION, arg);
}

static bool
make_ref(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	(void)s;
	(void)m;
	return value_text(h, TIMEX_DATE, arg);
}

/* For what looks like a time and is none: it keeps shorter rules off. */
static bool
make_none(struct scan *s, const struct match *m, const char *arg, struct hit *h)
{
	(void)s;
	(void)m;
	(void)arg;
	h->value[0] = '\0';
	return true;
}

const struct time_maker time_units[] = {
	{ "away", make_away },       { "which", make_which },
	{ "weekend", make_weekend }, { "duration", make_duration },
	{ "set", make_set },         { "each", make_each },
	{ "period", make_period },   { "ref", make_ref },
	{ "none", make_none },       { 0 },
};
