/* Why a rule holds of a record, or the first thing that is missing, for a person. */
#include <string.h>

#include "alert/match_in.h"
#include "alert/when.h"

static void
add_reason(struct reasons *why, struct arena *arena, const char *what, const char *text)
{
	const char **items =
	    arena_grow(arena, why->items, why->count, &why->room, sizeof(*items));

	if (!items)
		return;
	why->items = items;
	why->items[why->count] = text ? arena_printf(arena, "%s: %s", what, text) : what;
	why->count += why->items[why->count] != NULL;
}

static const char *
names_of(const struct actors *l, struct arena *arena)
{
	const char *all = NULL;

	for (size_t i = 0; i < l->count; i++) {
		const struct actor *a = &l->items[i];
		const char *name = a->name ? a->name : a->span.text;

		if (a->country)
			name = arena_printf(arena, "%s (%s)", name, a->country);
		all = all ? arena_printf(arena, "%s, %s", all, name) : name;
	}
	return all;
}

static const char *
joined(const struct names *l, struct arena *arena)
{
	const char *all = NULL;

	for (size_t i = 0; i < l->count; i++)
		all = all ? arena_printf(arena, "%s, %s", all, l->items[i]) : l->items[i];
	return all;
}

/* What the event has in a part, for a person. */
static const char *
part_of_event(const struct event *e, enum rule_part part, struct arena *arena)
{
	switch (part) {
	case PART_TYPE:
		return e->type;
	case PART_MODE:
		return joined(&e->modes, arena);
	case PART_CONTEXT:
		return joined(&e->contexts, arena);
	case PART_ACTOR:
		return names_of(&e->actor, arena);
	case PART_RECIPIENT:
		return names_of(&e->recipient, arena);
	case PART_PLACE:
		return e->location ? e->location->name ? e->location->name
						       : e->location->span.text
				   : NULL;
	case PART_SOURCE:
	case PARTS:
		break;
	}
	return NULL;
}

static void
why_event(const struct rule *r, const struct event *e, struct reasons *why,
	  struct arena *arena)
{
	for (int p = 0; p < PART_SOURCE; p++) {
		const char *text = part_of_event(e, (enum rule_part)p, arena);

		if (r->texts[p] && text)
			add_reason(why, arena, rule_parts[p], text);
	}
	if (r->score < 0 || r->score > 0)
		add_reason(why, arena, "score", arena_printf(arena, "%g", e->score));
	if (r->casualties)
		add_reason(why, arena, "casualties",
			   arena_printf(arena, "%d", event_casualties(e)));
	if (e->trigger.text)
		add_reason(why, arena, "trigger", e->trigger.text);
}

static void
why_article(const struct rule *r, const struct article *a, struct reasons *why,
	    struct arena *arena)
{
	if (r->texts[PART_SOURCE])
		add_reason(why, arena, "source", a->infosource);
	if (r->urgency)
		add_reason(why, arena, "urgency", arena_printf(arena, "%d", a->urgency));
	if (r->words_text)
		add_reason(why, arena, "words", r->words_text);
	if (r->where)
		add_reason(why, arena, "where", r->where_text);
}

static const char *
wanted(const struct rule *r, const char *what, struct arena *arena)
{
	for (int p = 0; p < PARTS; p++)
		if (!strcmp(what, rule_parts[p]))
			return r->texts[p];
	if (!strncmp(what, "words", 5))
		return r->words_text;
	if (!strncmp(what, "where", 5))
		return r->where_text;
	if (!strcmp(what, "urgency"))
		return arena_printf(arena, "%d", r->urgency);
	if (!strcmp(what, "min_score"))
		return arena_printf(arena, "%g", r->score);
	return arena_printf(arena, "%d", r->casualties);
}

/* Of the events with all codes, what the first one lacks. */
static const char *
lacks(const struct rule *r, const struct enriched *e, const uint64_t *left,
      const struct event **one, struct arena *arena)
{
	const char *first = NULL, *wrong;

	for (size_t i = 0; i < e->event_count; i++) {
		if (!has_event(left, i))
			continue;
		wrong = wrong_event(r, &e->events[i]);
		if (!wrong) {
			if (!*one || (e->events[i].main && !(*one)->main))
				*one = &e->events[i];
		} else if (!first) {
			first = strcmp(wrong, "aux")
				    ? arena_printf(arena, "%s: no such event with %s",
						   wrong, wanted(r, wrong, arena))
				    : arena_printf(arena, "aux: %s",
						   wrong_aux(r, &e->events[i]));
		}
	}
	return *one ? NULL : first;
}

/* Whether no part is asked before it. */
static bool
is_first(const struct rule *r, enum rule_part part)
{
	for (int p = 0; p < (int)part; p++)
		if (r->texts[p])
			return false;
	return true;
}

/* The event that the rule holds of, or, in *wrong, why it holds of none. */
static const struct event *
find_event(const struct matcher *m, const struct rule *r, const struct enriched *e,
	   const char **wrong, struct arena *arena)
{
	uint64_t *left = all_events(m, e, arena);
	const struct event *one = NULL;
	enum rule_part part = left ? narrow_parts(m, r, e, left) : PARTS;

	*wrong = NULL;
	if (part != PARTS)
		*wrong = arena_printf(arena, "%s: no %sevent with %s", rule_parts[part],
				      is_first(r, part) ? "" : "such ", r->texts[part]);
	else if (left)
		*wrong = lacks(r, e, left, &one, arena);
	if (!one && !*wrong)
		*wrong = "no event";
	return one;
}

bool
matcher_why(struct matcher *m, const struct enriched *e, const char *json, size_t n,
	    const struct rule *r, const struct event *event, struct arena *arena,
	    struct reasons *why)
{
	struct record x = { e, json, n, arena };
	const char *wrong = NULL;
	bool is_match = event != NULL;

	*why = (struct reasons){ 0 };
	if (r->expect.every_ms) {
		add_reason(why, arena, "expect", "it is asked of no article");
		return false;
	}
	if (!event && rule_is_of_events(r)) {
		event = find_event(m, r, e, &wrong, arena);
		if (!event) {
			add_reason(why, arena, wrong, NULL);
			return false;
		}
	}
	wrong = is_match ? NULL : wrong_article(m, r, &x);
	if (wrong) {
		add_reason(why, arena, wrong,
			   arena_printf(arena, "not %s", wanted(r, wrong, arena)));
		return false;
	}
	if (event)
		why_event(r, event, why, arena);
	why_article(r, &e->article, why, arena);
	return true;
}
