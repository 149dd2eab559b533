/*
 * One deed told twice is one event: in the headline and in the lead, or as
 * "inspected" and then "the inspection".  The fuller telling stays and takes
 * over what only the other knows.
 */
#include <string.h>

#include "event/coding.h"

#define STEM   4 /* letters that a verb and its noun share: inspect, inspection */
#define WINDOW 60

static const char *
object_head(const struct found *f)
{
	const struct group *o = &f->clause.slots[SLOT_OBJECT];
	const struct chunk *k = o->count ? &f->chunks->items[o->items[0]] : NULL;

	return k ? f->chunks->document->tokens[k->end - 1].norm : NULL;
}

static bool
is_same_word(const struct found *a, const struct found *b)
{
	const char *x = a->event.lemma, *y = b->event.lemma;
	size_t n = 0;

	while (x[n] && x[n] == y[n])
		n++;
	return (!x[n] && !y[n]) || n >= STEM;
}

/* Nobody named on one side is no contradiction. */
static bool
are_compatible(const struct actors *a, const struct actors *b)
{
	return !a->count || !b->count || actors_share(a, b);
}

static bool
is_same_date(const struct event *a, const struct event *b)
{
	return !a->date_text || !b->date_text || !strcmp(a->date, b->date);
}

/* tested missiles last year, tested two missiles on Monday: a date that only one has
 * parts them. */
static bool
is_dated_alike(const struct found *a, const struct found *b)
{
	return a->pattern->is_noun || b->pattern->is_noun ||
	       !a->event.date_text == !b->event.date_text;
}

static bool
is_same_object(const struct found *a, const struct found *b)
{
	const char *x = object_head(a), *y = object_head(b);

	return a->pattern->is_noun || b->pattern->is_noun || !x || !y || !strcmp(x, y);
}

/* The same deed has somebody in common: as its doer, or as the one it is done to. */
static bool
share_somebody(const struct event *a, const struct event *b)
{
	size_t n = a->actor.count + a->recipient.count,
	       m = b->actor.count + b->recipient.count;

	return !n || !m || actors_share(&a->actor, &b->actor) ||
	       actors_share(&a->recipient, &b->recipient);
}

static bool
is_same_event(const struct found *a, const struct found *b)
{
	if (strcmp(a->event.type, b->event.type) ||
	    (a->aux ^ b->aux) & ~(unsigned)AUX_HISTORICAL)
		return false;
	if (!are_compatible(&a->event.actor, &b->event.actor) ||
	    !are_compatible(&a->event.recipient, &b->event.recipient) ||
	    !is_same_date(&a->event, &b->event))
		return false;
	if (a->event.in_headline != b->event.in_headline)
		return share_somebody(&a->event, &b->event);
	return is_same_word(a, b) && is_same_object(a, b) && is_dated_alike(a, b);
}

static void
take_over(struct event *to, const struct event *from)
{
	if (!to->actor.count)
		to->actor = from->actor;
	if (!to->recipient.count)
		to->recipient = from->recipient;
	if (!to->date_text && from->date_text) {
		to->date = from->date;
		to->date_end = from->date_end;
		to->date_value = from->date_value;
		to->date_text = from->date_text;
	}
	to->dead = to->dead < 0 ? from->dead : to->dead;
	to->injured = to->injured < 0 ? from->injured : to->injured;
	to->arrested = to->arrested < 0 ? from->arrested : to->arrested;
	to->main |= from->main;
}

/* A headline is told again in the first sentences, or it says something of its own. */
void
dedup_events(struct coding *g)
{
	for (size_t i = 0; i < g->count; i++) {
		struct found *b = &g->found[i];

		for (size_t k = i > WINDOW ? i - WINDOW : 0; k < i; k++) {
			struct found *a = &g->found[k];

			if (a->is_dropped || !is_same_event(a, b))
				continue;
			if (a->event.in_headline && !b->event.in_headline) {
				a->is_dropped = true;
				take_over(&b->event, &a->event);
				continue;
			}
			b->is_dropped = true;
			take_over(&a->event, &b->event);
			break;
		}
	}
}
