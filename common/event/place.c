/*
 * Where: the place name behind in, at or near that stands nearest to the
 * trigger in its clause; else one that the event happens to; else such a
 * place in the sentence; else the dateline.
 */
#include <string.h>

#include "event/coding.h"

static bool
is_place(const struct document *d, int entity)
{
	enum known_kind kind;

	if (entity < 0 || d->entities[entity].type != ENTITY_LOC)
		return false;
	kind = d->known[entity].kind;
	return kind != KNOWN_NATIONALITY;
}

/* Is the name behind a preposition of place: in the town of X, near X? */
static bool
has_place_prep(const struct coding *g, const struct chunks *c, int token)
{
	int i = c->of_token[token - c->sentence->first];

	if (i < 0)
		return false;
	for (int k = c->items[i].first; k < token;
	     k++) /* in Israel's parliament: no place, but in Russia's far east */
		if (chunks_is(c, k, "'s"))
			return false;
	if (token + 1 < c->items[i].end && chunks_is(c, token + 1, "'s") &&
	    !(noun_classes(g, c, i) & g->classes.place))
		return false;
	for (int steps = 0; steps < 3 && i > 0; steps++, i -= 2) {
		const struct chunk *prep = &c->items[i - 1];

		if (prep->kind != CHUNK_PREP)
			return false;
		if (chunks_is_kind(c, prep->head, KIND_PLACE))
			return true;
		if (clause_slot(c, i - 1) != SLOT_OF || i < 2) /* in the town of X */
			return false;
	}
	return false;
}

enum {
	CLIMB = 12,
	FAR = 1000,
	CLAUSE = 100, /* the cost of a step out of a clause or into one */
	STEP = 8,     /* along the tree, in words beside each other */
};

static int
step_cost(const struct chunks *c, int token)
{
	switch (syntax_rel(&c->tree, token)) {
	case REL_RELCL:
	case REL_CCOMP:
	case REL_ADVCL:
	case REL_PARATAXIS:
		return STEP + CLAUSE;
	default:
		return STEP;
	}
}

/* Along the tree from one word up to another that is over it, or FAR. */
static int
climb_cost(const struct chunks *c, int token, int over)
{
	int cost = 0;

	for (int steps = 0; token >= 0 && steps < CLIMB; steps++) {
		if (token == over)
			return cost;
		cost += step_cost(c, token);
		token = syntax_head(&c->tree, token);
	}
	return FAR;
}

/* From the trigger up to where both meet, and down to the other word. */
static int
way_cost(const struct chunks *c, int trigger, int token)
{
	int up = 0, at = trigger;

	for (int steps = 0; at >= 0 && steps < CLIMB; steps++) {
		int down = climb_cost(c, token, at);

		if (down < FAR)
			return up + down;
		up += step_cost(c, at);
		at = syntax_head(&c->tree, at);
	}
	return FAR;
}

static int
nearest_place(const struct coding *g, const struct chunks *c, int trigger, int *cost)
{
	const struct document *d = c->document;
	int best = -1, end = c->sentence->first + c->sentence->count;

	*cost = 2 * FAR;
	for (int i = c->sentence->first; i < end; i++) {
		int away = i > trigger ? i - trigger : 2 * (trigger - i);

		if (!is_place(d, d->tokens[i].entity) ||
		    (i > c->sentence->first &&
		     d->tokens[i - 1].entity == d->tokens[i].entity) ||
		    !has_place_prep(g, c, i))
			continue;
		away += way_cost(c, trigger, chunks_at(c, chunks_of(c, i))->root);
		if (away >= *cost)
			continue;
		best = i;
		*cost = away;
	}
	return best;
}

/* Moscow invaded Ukraine, flew to Cali: where the deed goes is where it is. */
static int
place_of_slots(const struct found *f)
{
	static const enum slot slots[] = { SLOT_IN, SLOT_AT, SLOT_TO, SLOT_OBJECT,
					   SLOT_ON };
	static const char *const types[] = { "ASSAULT",  "COERCE",   "TRAVEL", "MOBILIZE",
					     "DISASTER", "CONSULT",  "AID",    "RETREAT",
					     "ACCIDENT", "OUTBREAK", "ELECT" };
	const struct chunks *c = f->chunks;
	bool goes = false;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		goes |= !strcmp(f->event.type, types[i]);
	for (size_t i = 0; i < (goes ? sizeof(slots) / sizeof(slots[0]) : 2); i++) {
		const struct group *g = &f->clause.slots[slots[i]];

		for (int k = 0; k < g->count; k++)
			for (int t = c->items[g->items[k]].end - 1;
			     t >= c->items[g->items[k]].first; t--)
				if (is_place(c->document, c->document->tokens[t].entity))
					return t;
	}
	return -1;
}

static int
last_place(const struct chunks *c, int noun)
{
	const struct chunk *k = chunks_at(c, chunks_of(c, noun));

	for (int t = k ? k->end - 1 : -1; k && t >= k->first; t--)
		if (is_place(c->document, c->document->tokens[t].entity))
			return t;
	return -1;
}

/* A name behind "to" on a trip, or the name itself. */
static int
place_of_trip(const struct chunks *c, int noun)
{
	const struct syntax *s = &c->tree;
	int found = last_place(c, noun);

	for (int k = syntax_first(s, noun); found < 0 && k >= 0; k = syntax_next(s, k))
		if (syntax_rel(s, k) == REL_NMOD || syntax_rel(s, k) == REL_OBL)
			found = last_place(c, k);
	return found;
}

static int
where_of(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;
	int k = syntax_first(s, node);

	while (k >= 0 && !chunks_is(c, k, "where"))
		k = syntax_next(s, k);
	return k;
}

/* The name right before "where", else what its clause hangs on. */
static int
place_before(const struct chunks *c, int where, int head)
{
	int t = where - 1;

	if (chunks_is(c, t, ","))
		t--;
	return t >= c->sentence->first &&
		       is_place(c->document, c->document->tokens[t].entity)
		   ? t
		   : place_of_trip(c, head);
}

/* his trip to Beijing, where he will attend a parade; a trip to Beijing to watch it */
static int
place_of_where(const struct found *f)
{
	const struct chunks *c = f->chunks;
	const struct syntax *s = &c->tree;
	int node = c->items[f->chunk].root;

	for (int steps = 0; node >= 0 && steps < CLIMB; steps++) {
		int rel = syntax_rel(s, node), head = syntax_head(s, node);
		int where = where_of(c, node);

		if (head >= 0 && where >= 0)
			return place_before(c, where, head);
		if (rel == REL_ACL && c->items[f->chunk].is_infinitive &&
		    node == c->items[f->chunk].root)
			return place_of_trip(c, head);
		node = head;
	}
	return -1;
}

static const struct actor *
place_of_entity(struct coding *g, int entity)
{
	const struct entity *e = &g->document->entities[entity];
	struct actor *a = arena_calloc(g->arena, sizeof(*a));

	if (!a)
		return NULL;
	a->span = e->span;
	a->name = e->name;
	a->country = e->country;
	a->id = e->id;
	a->has_point = e->has_point;
	a->lat = e->lat;
	a->lon = e->lon;
	return a;
}

void
place_event(struct coding *g, struct found *f)
{
	int cost, nearest = nearest_place(g, f->chunks, f->token, &cost);
	int token = cost < CLAUSE ? nearest : -1;
	struct actor *a;

	if (token < 0)
		token = place_of_where(f);
	if (token < 0)
		token = place_of_slots(f);
	if (token < 0)
		token = nearest;
	if (token < 0) {
		f->event.location =
		    g->dateline >= 0 ? place_of_entity(g, g->dateline) : NULL;
		return;
	}
	a = (struct actor *)actor_of_entity(g, f->chunks, token);
	if (a)
		a->sectors = (struct names){ 0 };
	f->event.location = a;
}
