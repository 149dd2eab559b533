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
has_place_prep(const struct chunks *c, int token)
{
	int i = c->of_token[token - c->sentence->first];

	if (i < 0)
		return false;
	for (int k = c->items[i].first; k < token;
	     k++) /* in Israel's parliament: no place */
		if (chunks_is(c, k, "'s"))
			return false;
	if (token + 1 < c->items[i].end && chunks_is(c, token + 1, "'s"))
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

static bool
is_in_clause(const struct chunks *c, int trigger, int token)
{
	int from = trigger < token ? trigger : token,
	    to = trigger < token ? token : trigger;

	for (int i = from; i < to; i++) {
		int k = c->of_token[i - c->sentence->first];

		if (k >= 0 &&
		    (c->items[k].kind == CHUNK_SUB || c->items[k].kind == CHUNK_REL ||
		     c->items[k].kind == CHUNK_BREAK))
			return false;
	}
	return true;
}

static int
nearest_place(const struct chunks *c, int trigger, bool in_clause)
{
	const struct document *d = c->document;
	int best = -1, gap = 0;

	for (int i = c->sentence->first; i < c->sentence->first + c->sentence->count;
	     i++) {
		int away = i > trigger ? i - trigger : 2 * (trigger - i);

		if (!is_place(d, d->tokens[i].entity) ||
		    (i > c->sentence->first &&
		     d->tokens[i - 1].entity == d->tokens[i].entity) ||
		    (best >= 0 && away >= gap) || !has_place_prep(c, i) ||
		    (in_clause && !is_in_clause(c, trigger, i)))
			continue;
		best = i;
		gap = away;
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

/* his trip to Beijing, where he will attend a parade */
static int
place_of_where(const struct found *f)
{
	const struct chunks *c = f->chunks;
	const struct chunk *before = chunks_at(c, f->chunk - 1);

	if (before && before->kind == CHUNK_NOUN && c->items[f->chunk].is_infinitive &&
	    is_place(c->document, c->document->tokens[before->end - 1].entity))
		return before->end - 1; /* a trip to Beijing to watch a parade */
	for (int i = f->chunk, steps = 0; i > 0 && steps < 8; i--, steps++) {
		int t;

		if (c->items[i].kind != CHUNK_SUB)
			continue;
		t = c->items[i].first - 1;
		if (t > c->sentence->first && c->document->tokens[t].entity < 0)
			t--; /* the comma */
		return chunks_is(c, c->items[i].head, "where") &&
			       t >= c->sentence->first &&
			       is_place(c->document, c->document->tokens[t].entity)
			   ? t
			   : -1;
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
	int token = nearest_place(f->chunks, f->token, true);
	struct actor *a;

	if (token < 0)
		token = place_of_where(f);
	if (token < 0)
		token = place_of_slots(f);
	if (token < 0)
		token = nearest_place(f->chunks, f->token, false);
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
