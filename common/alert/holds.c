/*
 * Whether a rule holds of a record: an OR of sets of events for each part, an
 * AND over the parts, then event by event what no set says.  The article is
 * asked last, since words, patterns and jq cost most.
 */
#include "alert/match_in.h"

#include <string.h>

#include "alert/when.h"
#include "base/mem.h"
#include "record/jq.h"

static const char *const aux_names[] = { "negation", "hypothetical", "historical",
					 "future" };

/* Of what an event is that the rule does not allow; NULL: nothing. */
const char *
wrong_aux(const struct rule *r, const struct event *e)
{
	for (size_t i = 0; i < e->aux.count; i++)
		for (size_t k = 0; k < LENGTH(aux_names); k++)
			if (!strcmp(e->aux.items[i], aux_names[k]) && !(r->aux & 1u << k))
				return aux_names[k];
	return NULL;
}

static bool
is_strong(const struct rule *r, const struct event *e)
{
	if (r->score < 0)
		return e->has_score && e->score <= r->score;
	if (r->score > 0)
		return e->has_score && (e->score >= r->score || -e->score >= r->score);
	return true;
}

static bool
is_near(const struct rule *r, const struct event *e)
{
	for (const struct circle *c = r->near; c; c = c->next)
		if (e->location && e->location->has_point &&
		    circle_km(c, e->location->lat, e->location->lon) <= c->km)
			return true;
	return false;
}

/* The events with one of the codes; false: none.  left is narrowed. */
static bool
narrow(const struct matcher *m, const struct rule *r, enum rule_part part,
       const struct enriched *e, uint64_t *left)
{
	const struct numbers *l = &m->index.parts[r - m->rules->items][part];
	uint64_t any = 0;

	for (size_t w = 0; w < m->set_words; w++) {
		uint64_t set = 0;

		for (size_t i = 0; i < l->count; i++)
			if (m->sets[l->items[i]])
				set |= m->sets[l->items[i]][w];
		for (size_t i = 0; part == PART_PLACE && r->near && i < 64 &&
				   64 * w + i < e->event_count;
		     i++)
			if (is_near(r, &e->events[64 * w + i]))
				set |= UINT64_C(1) << i;
		left[w] &= set;
		any |= left[w];
	}
	return any != 0;
}

static enum regex_answer
ask_regex(const struct rule *r, const struct article *a)
{
	enum regex_answer head =
	    a->headline ? regex_ask(r->regex, a->headline, strlen(a->headline))
			: REGEX_NO;
	enum regex_answer body;

	if (head == REGEX_YES || !a->body_text)
		return head;
	body = regex_ask(r->regex, a->body_text, strlen(a->body_text));
	return body == REGEX_NO ? head : body;
}

/* What is asked of the article; NULL: all of it holds. */
const char *
wrong_article(struct matcher *m, const struct rule *r, const struct record *x)
{
	const struct article *a = &x->e->article;
	uint64_t source = 1;
	struct err err;
	bool yes;

	if (r->texts[PART_SOURCE]) {
		const struct numbers *l =
		    &m->index.parts[r - m->rules->items][PART_SOURCE];

		source = 0;
		for (size_t i = 0; i < l->count; i++)
			source |= m->sets[l->items[i]] != NULL;
	}
	if (!source)
		return "source";
	if (r->urgency && (!a->urgency || a->urgency > r->urgency))
		return "urgency";
	if (r->words && !query_holds(r->words, &m->scan, x->arena))
		return "words";
	if (r->regex)
		switch (ask_regex(r, a)) {
		case REGEX_YES:
			break;
		case REGEX_NO:
			return "words";
		case REGEX_GAVE_UP:
			m->costs[r - m->rules->items].gave_up++;
			return "words (gave up)";
		}
	if (!r->where)
		return NULL;
	if (!jq_filter_ask(r->where, x->json, x->size, &yes, &err))
		return yes ? NULL : "where";
	m->costs[r - m->rules->items].gave_up++;
	return "where (failed)";
}

uint64_t *
all_events(const struct matcher *m, const struct enriched *e, struct arena *arena)
{
	uint64_t *left = arena_calloc(arena, m->set_words * sizeof(*left));

	for (size_t i = 0; left && i < e->event_count; i++)
		left[i / 64] |= UINT64_C(1) << i % 64;
	return left;
}

/* The events that the rule holds of are left; the part that has none, or PARTS. */
enum rule_part
narrow_parts(const struct matcher *m, const struct rule *r, const struct enriched *e,
	     uint64_t *left)
{
	for (int p = 0; p < PART_SOURCE; p++)
		if (r->texts[p] && !narrow(m, r, (enum rule_part)p, e, left))
			return (enum rule_part)p;
	return PARTS;
}

/* What an event that has all codes lacks; NULL: nothing. */
const char *
wrong_event(const struct rule *r, const struct event *e)
{
	return wrong_aux(r, e)                       ? "aux"
	       : !is_strong(r, e)                    ? "min_score"
	       : event_casualties(e) < r->casualties ? "min_casualties"
						     : NULL;
}

static void
add_match(struct matches *out, const struct rule *r, const struct event *e,
	  struct arena *arena)
{
	struct match *items =
	    arena_grow(arena, out->items, out->count, &out->room, sizeof(*items));

	if (!items)
		return;
	out->items = items;
	out->items[out->count++] = (struct match){ r, e };
}

/* The event to tell of: the main one where it is left.  Those that will not do go. */
static const struct event *
choose_event(const struct rule *r, const struct enriched *e, uint64_t *left)
{
	const struct event *one = NULL;

	for (size_t i = 0; i < e->event_count; i++) {
		const struct event *x = &e->events[i];

		if (!has_event(left, i))
			continue;
		if (wrong_event(r, x))
			left[i / 64] &= ~(UINT64_C(1) << i % 64);
		else if (!one || (x->main && !one->main))
			one = x;
	}
	return one;
}

void
try_rule(struct matcher *m, const struct rule *r, const struct record *x,
	 struct matches *out)
{
	const struct event *one = NULL;

	if (!m->all || !m->left || r->expect.every_ms)
		return; /* the arena is full; it is asked of no article */
	if (m->index.is_of_events[r - m->rules->items]) {
		memcpy(m->left, m->all, m->set_words * sizeof(*m->left));
		if (narrow_parts(m, r, x->e, m->left) != PARTS)
			return;
		one = choose_event(r, x->e, m->left);
		if (!one)
			return;
	}
	if (wrong_article(m, r, x))
		return;
	m->costs[r - m->rules->items].matches++;
	if (r->on != ON_EVENT)
		add_match(out, r, one, x->arena);
	for (size_t i = 0; r->on == ON_EVENT && i < x->e->event_count; i++)
		if (has_event(m->left, i))
			add_match(out, r, &x->e->events[i], x->arena);
}
