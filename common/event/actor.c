/*
 * A noun group to who it is.  In this order: a pronoun stands for the last
 * fitting name; a name for itself; a common noun that acts ("police",
 * "officials") for its sector, with the country of the words before it, else
 * of the place behind it, else of the article.  What none of these tells is
 * no actor.
 */
#include <string.h>

#include "event/coding.h"

#define ACTORS 12

static const struct token *
token_at(const struct chunks *c, int i)
{
	return &c->document->tokens[i];
}

static const struct known *
known_of(const struct chunks *c, int entity)
{
	return &c->document->known[entity];
}

static bool
is_nationality(const struct chunks *c, int entity)
{
	return known_of(c, entity)->kind == KNOWN_NATIONALITY;
}

static struct names
one_name(struct coding *g, const char *code)
{
	const char **items = arena_alloc(g->arena, sizeof(*items));

	if (!items)
		return (struct names){ 0 };
	items[0] = code;
	return (struct names){ items, 1 };
}

static struct names
sectors_of_entity(struct coding *g, const struct chunks *c, int entity)
{
	const struct known *k = known_of(c, entity);

	if (k->sectors.count)
		return k->sectors;
	if (g->roles[entity].sectors.count)
		return g->roles[entity].sectors;
	if (k->kind == KNOWN_COUNTRY || k->kind == KNOWN_SEAT ||
	    k->kind == KNOWN_NATIONALITY)
		return one_name(g, "GOV");
	return (struct names){ 0 };
}

static const char *
country_of_entity(const struct coding *g, const struct chunks *c, int entity)
{
	const struct entity *e = &c->document->entities[entity];

	return e->country ? e->country : g->roles[entity].country;
}

static struct actor *
new_actor(struct coding *g, const struct chunks *c, int first, int end, int entity)
{
	struct actor *a = arena_calloc(g->arena, sizeof(*a));

	if (!a)
		return NULL;
	a->span = chunks_span(c, first, end, g->arena);
	if (entity >= 0) {
		const struct entity *e = &c->document->entities[entity];

		a->name = e->name ? e->name : e->span.text;
		a->country = country_of_entity(g, c, entity);
		a->id = e->id;
		a->sectors = sectors_of_entity(g, c, entity);
		a->has_point = e->has_point;
		a->lat = e->lat;
		a->lon = e->lon;
	}
	return a;
}

const struct actor *
actor_of_entity(struct coding *g, const struct chunks *c, int token)
{
	int entity = token_at(c, token)->entity, first = token, end = token + 1;
	int low = c->sentence->first, high = low + c->sentence->count;

	while (first > low && token_at(c, first - 1)->entity == entity)
		first--;
	while (end < high && token_at(c, end)->entity == entity)
		end++;
	return new_actor(g, c, first, end, entity);
}

/* BRUSSELS, Nov 20 -: the place that the text comes from has done nothing yet. */
static bool
is_in_dateline(const struct coding *g, const struct chunks *c, int noun)
{
	int entity = token_at(c, c->items[noun].first)->entity;

	return noun < 2 && entity >= 0 && entity == g->dateline &&
	       !c->sentence->in_headline &&
	       (c == g->chunks || (c - 1)->sentence->in_headline);
}

/* Can the noun group be what "he", "it" or "they" stands for? */
static bool
can_stand_for(const struct coding *g, const struct chunks *c, int noun, uint32_t kind)
{
	const struct chunk *k = &c->items[noun], *prep = chunks_at(c, noun - 1);
	uint64_t classes = k->kind == CHUNK_NOUN ? noun_classes(g, c, noun) : 0;
	bool is_person = classes & g->classes.person && !(classes & g->classes.body);
	bool is_plural = chunks_is_plural(c, k->end - 1);

	if (!classes || is_in_dateline(g, c, noun) ||
	    (k->end - k->first == 1 && chunks_is_kind(c, k->first, KIND_PRONOUN)))
		return false;
	if (kind & KIND_PERSON)
		return is_person && !is_plural;
	if (prep && prep->kind == CHUNK_PREP)
		return false;
	if (kind & KIND_GROUP && is_person && is_plural)
		return true;
	return classes & (g->classes.body | g->classes.country);
}

/* The first fitting noun group before the token in its sentence, else of the three before
 * it. */
static const struct actor *
antecedent(struct coding *g, const struct chunks *c, int token, uint32_t kind)
{
	const struct chunks *first = g->chunks;

	for (int back = 0; back < 4; back++, c--) {
		int end = back ? c->count : c->of_token[token - c->sentence->first];

		for (int i = 0; i < end; i++) {
			const struct actor *a;

			if (!can_stand_for(g, c, i, kind))
				continue;
			a = actor_of_noun(g, c, i, false);
			if (a)
				return a;
		}
		if (c == first ||
		    (c - 1)->sentence->in_headline != c->sentence->in_headline)
			break;
	}
	return NULL;
}

/* Villagers, nurses, the union in an article from Peru are of Peru. */
static const char *
country_of_dateline(const struct coding *g, const struct chunks *c)
{
	return g->dateline < 0 || g->home < 0 ? NULL : country_of_entity(g, c, g->home);
}

/* Whom the language layer knows a pronoun or a title to mean; NULL: it does not. */
static const struct actor *
actor_meant(struct coding *g, const struct chunks *c, int token)
{
	int to = token_at(c, token)->refers, noun;
	bool was_resolving = g->is_resolving;
	const struct actor *who;

	while (to >= 0 && to < c->sentence->first && c > g->chunks)
		c--;
	while (to >= c->sentence->first + c->sentence->count &&
	       c + 1 < g->chunks + g->piece_count)
		c++;
	noun = to < 0 ? -1 : chunks_of(c, to);
	if (noun < 0 || c->items[noun].kind != CHUNK_NOUN)
		return NULL;
	g->is_resolving = true; /* what it stands for is found without pronouns */
	who = actor_of_noun(g, c, noun, false);
	g->is_resolving = was_resolving;
	return who;
}

static const struct actor *
actor_of_pronoun(struct coding *g, const struct chunks *c, int token)
{
	uint32_t kinds = chunks_word(c, token)->kinds;
	int quote = token_at(c, token)->quote;
	const struct actor *who;
	struct actor *a;

	if (kinds & KIND_SPEAKER)
		return quote >= 0 ? c->document->quotes[quote].speaker : NULL;
	if (!(kinds & (KIND_PERSON | KIND_THING | KIND_GROUP)) || g->is_resolving)
		return NULL;
	who = actor_meant(g, c, token);
	g->is_resolving = true; /* what it stands for is found without pronouns */
	if (!who)
		who = antecedent(g, c, token, kinds);
	g->is_resolving = false;
	a = who ? arena_calloc(g->arena, sizeof(*a)) : NULL;
	if (!a)
		return NULL;
	*a = *who;
	a->span = chunks_span(c, token, token + 1, g->arena);
	if (!a->name)
		a->name = who->span.text;
	return a;
}

/* The agent that the words ending at `end` name: "foreign minister" before "minister". */
static const struct agent *
agent_at(const struct chunks *c, int first, int end)
{
	const struct lexicon *x = c->lexicon;

	if (end - first > 1) {
		char two[96];
		size_t a = strlen(token_at(c, end - 2)->norm);
		size_t b = strlen(token_at(c, end - 1)->norm);

		if (a + b + 2 <= sizeof(two)) {
			memcpy(two, token_at(c, end - 2)->norm, a);
			two[a] = ' ';
			memcpy(two + a + 1, token_at(c, end - 1)->norm, b + 1);
			if (lexicon_agent(x, two))
				return lexicon_agent(x, two);
		}
	}
	return chunks_word(c, end - 1)->agent;
}

static bool
is_owner_mark(const struct chunks *c, int token)
{
	return chunks_is(c, token, "'s") || chunks_is(c, token, "'");
}

/* An entity of the words [first, end) that has a country; the last of them counts most.
 */
static int
entity_within(const struct coding *g, const struct chunks *c, int first, int end)
{
	for (int i = end - 1; i >= first; i--) {
		int e = token_at(c, i)->entity;

		if (e >= 0 && country_of_entity(g, c, e))
			return e;
	}
	return -1;
}

/* officials in Seoul, the president of France: the name behind the group. */
static int
entity_behind(const struct coding *g, const struct chunks *c, int noun)
{
	for (int i = noun, steps = 0; steps < 3; steps++, i += 2) {
		const struct chunk *prep = chunks_at(c, i + 1),
				   *next = chunks_at(c, i + 2);
		enum slot slot;
		int e;

		if (!prep || !next || prep->kind != CHUNK_PREP ||
		    next->kind != CHUNK_NOUN)
			return -1;
		slot = clause_slot(c, i + 1);
		if (slot != SLOT_OF && slot != SLOT_IN && slot != SLOT_FROM &&
		    slot != SLOT_FOR && slot != SLOT_AT && slot != SLOT_TO &&
		    slot != SLOT_BY)
			return -1;
		e = entity_within(g, c, next->first, next->end);
		if (e >= 0 &&
		    (slot != SLOT_TO || chunks_is(c, c->items[noun].head, "ambassador")))
			return e;
	}
	return -1;
}

static bool
acts_for_a_state(const struct names *sectors)
{
	static const char *const state[] = { "GOV", "MIL", "COP", "LEG",
					     "JUD", "OPP", "SPY" };

	for (size_t i = 0; i < sectors->count; i++)
		for (size_t k = 0; k < sizeof(state) / sizeof(state[0]); k++)
			if (!strcmp(sectors->items[i], state[k]))
				return true;
	return false;
}

/* A spokesman, the minister: of whoever acted last; the police: of the article's country.
 */
static const char *
country_from_text(struct coding *g, const struct chunks *c, int token,
		  const struct agent *agent)
{
	const struct actor *who = NULL;

	if (!acts_for_a_state(&agent->sectors))
		return country_of_dateline(g, c);
	if (agent->is_generic && !g->is_resolving) {
		g->is_resolving = true;
		who = antecedent(g, c, token, KIND_THING);
		g->is_resolving = false;
	}
	if (who && who->country)
		return who->country;
	return g->home < 0 ? NULL : country_of_entity(g, c, g->home);
}

/* rebel leader, union official: the sector of the word before a leader or member. */
static struct names
sectors_of_agent(struct coding *g, const struct chunks *c, int first, int head,
		 const struct agent *agent, int entity)
{
	if (agent->is_generic) {
		for (int i = head - 1; i >= first; i--) {
			const struct agent *a = chunks_word(c, i)->agent;

			if (a && a->sectors.count && !a->is_generic &&
			    token_at(c, i)->entity < 0)
				return a->sectors;
		}
		if (entity >= 0 && known_of(c, entity)->kind == KNOWN_ORGANISATION)
			return sectors_of_entity(g, c, entity);
	}
	return agent->sectors;
}

static int
skip_determiner(const struct chunks *c, int first, int end)
{
	static const char *const words[] = { "the",   "a",     "an",  "this", "that",
					     "these", "those", "his", "her",  "its",
					     "their", "our",   "my",  "your", "some" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && first + 1 < end; i++)
		if (chunks_is(c, first, words[i]))
			return first + 1;
	return first;
}

static int
head_end(const struct chunks *c, const struct chunk *k)
{
	int end = k->end;

	while (end - 1 > k->first && is_owner_mark(c, end - 1))
		end--;
	return end;
}

/* EU ministers: of a body that has no country, so of none. */
static bool
has_body_within(const struct chunks *c, int first, int end)
{
	for (int i = first; i < end; i++)
		if (token_at(c, i)->entity >= 0)
			return true;
	return false;
}

/* the company, the ministry: the last body named before it whose name or kind allows it.
 */
static void
name_body(struct coding *g, const struct chunks *c, struct actor *a, int token)
{
	const char *word = token_at(c, token)->norm;

	for (int back = 0, i = token - 1; i >= 0 && back < 150; i--, back++) {
		int e = c->document->tokens[i].entity;
		const struct entity *entity = e < 0 ? NULL : &c->document->entities[e];

		if (!entity || entity->type != ENTITY_ORG)
			continue;
		if (a->sectors.count && !strcasestr(entity->span.text, word) &&
		    strcmp(a->sectors.items[0], "BUS"))
			continue;
		a->name = entity->name ? entity->name : entity->span.text;
		a->id = entity->id;
		if (country_of_entity(g, c, e))
			a->country = country_of_entity(g, c, e);
		if (!a->sectors.count)
			a->sectors = sectors_of_entity(g, c, e);
		return;
	}
}

/* Western officials, foreign journalists: not of the article's country. */
static bool
is_from_abroad(const struct chunks *c, int first, int end)
{
	for (int i = first; i < end; i++)
		if (chunks_is_kind(c, i, KIND_ABROAD))
			return true;
	return false;
}

static const struct actor *
actor_of_agent(struct coding *g, const struct chunks *c, int noun, int end,
	       const struct agent *agent)
{
	const struct chunk *k = &c->items[noun];
	int first = skip_determiner(c, k->first, end);
	int entity = entity_within(g, c, k->first, end - 1);
	struct actor *a = new_actor(g, c, first, end, -1);
	const struct actor *who =
	    entity < 0 && !g->is_resolving ? actor_meant(g, c, end - 1) : NULL;

	if (!a)
		return NULL;
	if (who && (who->name || who->country)) { /* the president, the agency */
		struct span words = a->span;

		*a = *who;
		a->span = words;
		if (!a->name)
			a->name = who->span.text;
		if (!a->sectors.count)
			a->sectors = agent->sectors;
		return a;
	}
	if (entity < 0)
		entity = entity_behind(g, c, noun);
	a->country = entity >= 0 ? country_of_entity(g, c, entity) : NULL;
	a->sectors = sectors_of_agent(g, c, k->first, end - 1, agent, entity);
	if (!a->country && !has_body_within(c, k->first, end - 1) &&
	    !is_from_abroad(c, k->first, end - 1))
		a->country = country_from_text(g, c, end - 1, agent);
	if (agent->is_group && !a->name && chunks_is(c, k->first, "the"))
		name_body(g, c, a, end - 1);
	return a;
}

/* the offer of the government, attacks by rebels */
static const struct actor *
actor_behind(struct coding *g, const struct chunks *c, int noun)
{
	const struct chunk *prep = chunks_at(c, noun + 1), *next = chunks_at(c, noun + 2);
	enum slot slot;

	if (!prep || !next || prep->kind != CHUNK_PREP || next->kind != CHUNK_NOUN)
		return NULL;
	slot = clause_slot(c, noun + 1);
	if (slot != SLOT_OF && slot != SLOT_BY && slot != SLOT_FROM)
		return NULL;
	return actor_of_noun(g, c, noun + 2, false);
}

/* U.S. policy, Ukrainian targets: whose it is stands for it. */
static const struct actor *
actor_of_thing(struct coding *g, const struct chunks *c, int noun, int end)
{
	const struct chunk *k = &c->items[noun];
	int entity = entity_within(g, c, k->first, end),
	    first = skip_determiner(c, k->first, end);

	if (entity < 0)
		entity = entity_behind(g, c, noun);
	if (entity < 0 && chunks_is_kind(c, k->first, KIND_OWN))
		return actor_of_pronoun(g, c, k->first);
	return entity < 0 ? actor_behind(g, c, noun)
			  : new_actor(g, c, first, end, entity);
}

/* Myanmar's Foreign Ministry: a name that says of what kind, and words before it of which
 * country. */
static const struct actor *
actor_of_name(struct coding *g, const struct chunks *c, int noun, int head)
{
	struct actor *a = (struct actor *)actor_of_entity(g, c, head);
	int first = head, entity = token_at(c, head)->entity;

	if (!a)
		return NULL;
	while (first > c->items[noun].first && token_at(c, first - 1)->entity == entity)
		first--;
	/* Foreign Ministry, Foreign Secretary Straw: words of the name itself */
	for (int i = first; i <= head && !a->sectors.count; i++) {
		const struct agent *agent = agent_at(c, first, i + 1);

		if (agent && acts_for_a_state(&agent->sectors))
			a->sectors = agent->sectors;
	}
	entity = entity_within(g, c, c->items[noun].first, first);
	if (!a->country && entity >= 0)
		a->country = country_of_entity(g, c, entity);
	/* Finance Minister Mario Marcel, journalist Carmen Vela, at home */
	if (!a->country && a->sectors.count && !a->id)
		a->country = country_of_dateline(g, c);
	return a;
}

/* the Dutch, Palestinians, 160 Israelis: not the adjective alone. */
static bool
is_people(const struct chunks *c, int noun, int head)
{
	const char *form = token_at(c, head)->form;

	return chunks_is(c, c->items[noun].first, "the") || form[strlen(form) - 1] == 's';
}

/* Tens of thousands marched: people, if nothing else is said. */
static const struct actor *
actor_of_number(struct coding *g, const struct chunks *c, int noun, int end)
{
	static const char *const civilians[] = { "CVL" };
	struct actor *a = new_actor(g, c, c->items[noun].first, end, -1);

	if (!a)
		return NULL;
	a->sectors = (struct names){ civilians, 1 };
	a->country = country_of_dateline(g, c);
	return a;
}

struct span
noun_words(struct coding *g, const struct chunks *c, int noun)
{
	const struct chunk *k = &c->items[noun];

	return chunks_span(c, skip_determiner(c, k->first, k->end), head_end(c, k),
			   g->arena);
}

const struct actor *
actor_of_noun(struct coding *g, const struct chunks *c, int noun, bool is_loose)
{
	const struct chunk *k = &c->items[noun];
	int end = head_end(c, k), head = end - 1, entity = token_at(c, head)->entity;
	const struct agent *agent;

	if (chunks_is_kind(c, k->first, KIND_PRONOUN) && k->end - k->first == 1)
		return actor_of_pronoun(g, c, k->first);
	if (entity >= 0 && (!is_nationality(c, entity) || is_people(c, noun, head)))
		return actor_of_name(g, c, noun, head);
	agent = agent_at(c, k->first, end);
	if (agent)
		return actor_of_agent(g, c, noun, end, agent);
	if (noun + 2 < c->count && chunks_word(c, head)->classes & g->classes.measure &&
	    c->items[noun + 1].kind == CHUNK_PREP &&
	    clause_slot(c, noun + 1) == SLOT_OF && c->items[noun + 2].kind == CHUNK_NOUN)
		return actor_of_noun(g, c, noun + 2,
				     is_loose); /* hundreds of protesters */
	for (int i = k->first; i < end; i++)    /* Anouar Tazi, 34 */
		if (token_at(c, i)->entity >= 0 &&
		    c->document->entities[token_at(c, i)->entity].type == ENTITY_PER &&
		    !(i + 1 < end && is_owner_mark(c, i + 1)) && !is_loose &&
		    i + 2 >= end)
			return actor_of_entity(g, c, i);
	if (!is_loose && noun_classes(g, c, noun) & g->classes.measure &&
	    chunks_is_plural(c, head))
		return actor_of_number(g, c, noun, end);
	return is_loose ? actor_of_thing(g, c, noun, end) : NULL;
}

static void
push(struct actors *list, const struct actor *a)
{
	if (a && list->items && list->count < ACTORS)
		list->items[list->count++] = *a;
}

static struct actors
new_list(struct coding *g)
{
	struct actors list = { .items =
				   arena_alloc(g->arena, ACTORS * sizeof(*list.items)) };

	return list;
}

/* Groups collected leftwards stand in reverse: the list is in the order of the text. */
struct actors
actors_of_group(struct coding *g, const struct chunks *c, const struct group *group,
		bool is_loose)
{
	struct actors list = new_list(g);
	bool is_reversed = group->count > 1 && group->items[0] > group->items[1];

	for (int i = 0; i < group->count; i++) {
		int at = is_reversed ? group->count - 1 - i : i;

		push(&list, actor_of_noun(g, c, group->items[at], is_loose));
	}
	return list;
}

struct actors
actors_of_owner(struct coding *g, const struct chunks *c, const struct clause *clause)
{
	struct actors list = new_list(g);

	for (int i = clause->owner_first; i < clause->owner_end; i++) {
		const struct agent *agent = chunks_word(c, i)->agent;
		int entity = token_at(c, i)->entity;

		if (entity >= 0) {
			push(&list, actor_of_entity(g, c, i));
			while (i + 1 < clause->owner_end &&
			       token_at(c, i + 1)->entity == entity)
				i++;
		} else if (agent && (agent->sectors.count || is_owner_mark(c, i + 1))) {
			struct actors one = list;

			/* Turkish police raid: the nationality belongs to the police */
			if (one.count && i > clause->owner_first &&
			    token_at(c, i - 1)->entity >= 0)
				list.count--;
			push(&list, actor_of_agent(g, c, clause->noun, i + 1, agent));
		} else if (chunks_is_kind(c, i, KIND_OWN)) {
			push(&list, actor_of_pronoun(g, c, i));
		}
	}
	return list;
}

struct actors
actors_join(struct coding *g, struct actors a, struct actors b)
{
	struct actors list = new_list(g);

	for (size_t i = 0; i < a.count; i++)
		push(&list, &a.items[i]);
	for (size_t i = 0; i < b.count; i++)
		push(&list, &b.items[i]);
	return list;
}

static bool
is_same(const struct actor *a, const struct actor *b)
{
	if (!strcmp(a->span.text, b->span.text))
		return true;
	if (a->name && b->name)
		return !strcmp(a->name, b->name);
	if (a->country && b->country)
		return !strcmp(a->country, b->country);
	return false;
}

bool
actors_share(const struct actors *a, const struct actors *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (is_same(&a->items[i], &b->items[k]))
				return true;
	return false;
}

uint64_t
noun_classes(const struct coding *g, const struct chunks *c, int noun)
{
	const struct chunk *k = &c->items[noun];
	int end = head_end(c, k), entity = token_at(c, end - 1)->entity;
	const struct agent *agent = agent_at(c, k->first, end);
	uint64_t classes = chunks_word(c, end - 1)->classes;
	const struct chunk *next = chunks_at(c, noun + 2);

	if (agent)
		classes |= agent->is_group ? g->classes.body | g->classes.person
					   : g->classes.person;
	if (k->end - k->first == 1 && chunks_is_kind(c, k->first, KIND_PRONOUN))
		classes |= chunks_is_kind(c, k->first, KIND_THING) ? g->classes.body
								   : g->classes.person;
	if (strchr("0123456789", token_at(c, end - 1)->norm[0]))
		classes |= g->classes.number;
	if (chunks_is_kind(c, end - 1, KIND_DET)) /* some of, most of */
		classes |= g->classes.measure;
	if (entity >= 0) {
		enum entity_type type = c->document->entities[entity].type;
		enum known_kind kind = known_of(c, entity)->kind;

		classes |= type == ENTITY_PER ? g->classes.person : 0;
		classes |= type == ENTITY_LOC ? g->classes.place : 0;
		classes |= type == ENTITY_ORG ? g->classes.body : 0;
		if (kind == KNOWN_COUNTRY || kind == KNOWN_SEAT)
			classes |= g->classes.body | g->classes.country;
	}
	if (classes & g->classes.measure && next && next->kind == CHUNK_NOUN &&
	    c->items[noun + 1].kind == CHUNK_PREP && clause_slot(c, noun + 1) == SLOT_OF)
		classes |= noun_classes(g, c, noun + 2) & ~g->classes.measure;
	return classes;
}

/* The title words before a name and the words between commas behind it say what one is.
 */
static void
note_role(struct coding *g, const struct chunks *c, int entity, int noun, int end)
{
	struct role *r = &g->roles[entity];
	const struct chunk *k = &c->items[noun];
	const struct agent *agent = NULL;
	int at = end, of;

	for (; at > k->first && !agent; at--)
		agent = agent_at(c, k->first, at);
	if (!r->sectors.count && agent)
		r->sectors = agent->sectors;
	if (r->country)
		return;
	of = entity_within(g, c, k->first, end);
	if (of < 0 && noun >= 0 && end == head_end(c, k))
		of = entity_behind(g, c, noun);
	if (of >= 0 && of != entity)
		r->country = country_of_entity(g, c, of);
}

static void
roles_of_chunk(struct coding *g, const struct chunks *c, int noun)
{
	const struct chunk *k = &c->items[noun], *comma, *after;
	int end = head_end(c, k), first = end - 1, entity = token_at(c, end - 1)->entity;

	if (entity < 0 || c->document->entities[entity].type == ENTITY_LOC ||
	    known_of(c, entity)->kind == KNOWN_NATIONALITY)
		return;
	while (first > k->first && token_at(c, first - 1)->entity == entity)
		first--;
	if (first > k->first)
		note_role(g, c, entity, noun, first);
	comma = chunks_at(c, noun + 1);
	after = chunks_at(c, noun + 2);
	if (comma && after && comma->kind == CHUNK_COMMA && after->kind == CHUNK_NOUN)
		note_role(g, c, entity, noun + 2, head_end(c, after));
	comma = chunks_at(c, noun - 1);
	after = chunks_at(c, noun - 2);
	if (first == k->first && comma && after && comma->kind == CHUNK_COMMA &&
	    after->kind == CHUNK_NOUN)
		note_role(g, c, entity, noun - 2, head_end(c, after));
}

void
roles_read(struct coding *g)
{
	for (size_t s = 0; s < g->piece_count; s++)
		for (int i = 0; i < g->chunks[s].count; i++)
			if (g->chunks[s].items[i].kind == CHUNK_NOUN)
				roles_of_chunk(g, &g->chunks[s], i);
}
