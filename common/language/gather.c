/*
 * Mentions to entities.  Things of one name are told apart by the countries
 * that the rest of the article speaks of and by their weight; then the same
 * thing, the same words, a person's last name alone and an acronym in
 * brackets come together.  What is known of an entity holds on the article's
 * date.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "language/mention.h"

enum { STATE_REACH = 60 }; /* tokens */

struct gather {
	struct mentions *m;
	struct reader *r;
	struct document *d;
	struct map votes;  /* country: how often it is spoken of */
	struct map keys;   /* thing or words: entity + 1 */
	struct map shorts; /* last name or acronym: entity + 1 */
	int *best;         /* of each entity: its fullest mention */
	size_t best_room;
};

static void
vote(struct gather *g, const char *country)
{
	void **place = country ? map_put(&g->votes, country, strlen(country)) : NULL;

	if (place)
		*place = (void *)((size_t)*place + 1);
}

static bool
has_one_thing(const struct way *w)
{
	return !w->next || w->next->thing->country == w->thing->country;
}

/* "Springfield, Illinois": what follows decides. */
static const struct thing *
following(const struct gather *g, const struct mention *m)
{
	const struct mention *next = m + 1;

	if (next >= g->m->items + g->m->count || next->first != m->last + 2 ||
	    !next->way || strcmp(g->d->tokens[m->last + 1].norm, ","))
		return NULL;
	return next->way->thing;
}

/* Supreme Court, Labour, PTI: of a country that other words speak of. */
static bool
is_spoken_of(const struct gather *g, const struct thing *t)
{
	return t->country && map_get(&g->votes, t->country, strlen(t->country));
}

static double
score(const struct gather *g, const struct thing *t, const struct thing *after)
{
	size_t votes =
	    t->country ? (size_t)map_get(&g->votes, t->country, strlen(t->country)) : 0;
	double s = log10((double)t->weight + 10) + 0.7 * log2(1 + (double)votes);

	if (after && after->country && t->country && !strcmp(after->country, t->country))
		s += 10;
	return s;
}

static const struct thing *
choose(const struct gather *g, const struct mention *m)
{
	const struct thing *best = NULL, *after = following(g, m);
	double top = 0;

	for (const struct way *w = m->way; w; w = w->next) {
		double s = score(g, w->thing, after);

		if (w->exact && m->first == m->last &&
		    strcmp(w->exact, g->d->tokens[m->first].form))
			continue;
		if (w->is_doubtful && !is_spoken_of(g, w->thing))
			continue;
		if (!best || s > top) {
			best = w->thing;
			top = s;
		}
	}
	return best;
}

static void
choose_all(struct gather *g)
{
	for (size_t i = 0; i < g->m->count; i++) {
		const struct mention *m = &g->m->items[i];

		if (m->way && !m->way->is_doubtful && has_one_thing(m->way))
			vote(g, m->way->thing->country);
	}
	for (size_t i = 0; i < g->m->count; i++) {
		struct mention *m = &g->m->items[i];

		if (!m->way)
			continue;
		m->thing = choose(g, m);
		if (!m->thing)
			continue;
		m->type = m->thing->type;
		if (m->kind == MENTION_OUGHT)
			m->kind = MENTION_NAME;
	}
}

static int
new_entity(struct gather *g, struct mention *m, int index)
{
	struct document *d = g->d;
	struct arena *arena = g->r->arena;
	size_t n = d->entity_count, known_room = g->r->entity_room,
	       best_room = g->best_room;
	struct entity *e =
	    arena_grow(arena, d->entities, n, &g->r->entity_room, sizeof *e);
	struct known *k = arena_grow(arena, d->known, n, &known_room, sizeof *k);
	int *best = arena_grow(arena, g->best, n, &best_room, sizeof *best);

	if (!e || !k || !best)
		return -1;
	d->entities = e;
	d->known = k;
	g->best = best;
	g->best_room = best_room;
	e[n] = (struct entity){ .type = m->type };
	k[n] = (struct known){ .kind = KNOWN_NOTHING };
	best[n] = index;
	return (int)d->entity_count++;
}

static char *
words_key(const struct gather *g, const struct mention *m, size_t *size)
{
	size_t n = 2;
	char *key;

	for (int i = m->first; i <= m->last; i++)
		n += strlen(g->d->tokens[i].norm) + 1;
	key = arena_alloc(g->r->arena, n);
	if (!key)
		return NULL;
	*size = 1;
	key[0] = (char)('0' + m->type);
	for (int i = m->first; i <= m->last; i++) {
		size_t length = strlen(g->d->tokens[i].norm);

		memcpy(key + *size, g->d->tokens[i].norm, length);
		*size += length;
		key[(*size)++] = ' ';
	}
	return key;
}

/* What one place tells of a name's type holds where another only guesses. */
static void
settle_types(struct gather *g)
{
	struct map types;

	map_init(&types, g->m->count + 1);
	for (int guessed = 0; guessed <= 1; guessed++)
		for (size_t i = 0; i < g->m->count && !g->r->arena->full; i++) {
			struct mention *m = &g->m->items[i];
			size_t n;
			char *key;

			if (m->thing || m->kind != MENTION_NAME ||
			    m->guessed != guessed || !(key = words_key(g, m, &n)))
				continue;
			if (!guessed) {
				void **place = map_put(&types, key + 1, n - 1);

				if (place && !*place)
					*place = m;
			} else {
				const struct mention *like =
				    map_get(&types, key + 1, n - 1);

				m->type = like ? like->type : m->type;
			}
		}
	map_release(&types);
}

static void
place_in(struct map *map, const char *key, size_t n, int entity, bool replace)
{
	void **place = map_put(map, key, n);

	if (place && (!*place || replace))
		*place = (void *)((size_t)entity + 1);
}

static bool
family_first(const struct mention *m)
{
	static const char *const countries[] = {
		"PRK", "KOR", "CHN", "TWN", "VNM", "HKG"
	};

	for (size_t i = 0;
	     m->thing && m->thing->country && i < sizeof countries / sizeof *countries;
	     i++)
		if (!strcmp(m->thing->country, countries[i]))
			return true;
	return false;
}

/* From now on the last name alone, or the family name that comes first, is this person.
 */
static void
learn_short(struct gather *g, const struct mention *m)
{
	const struct token *t = g->d->tokens;
	const struct token *first = &t[m->first], *last = &t[m->last];
	bool is_known = m->thing != NULL;

	if (m->type != ENTITY_PER || m->first == m->last)
		return;
	place_in(&g->shorts, last->norm, strlen(last->norm), m->entity, !family_first(m));
	if (m->last - m->first == 2 && !strcmp(t[m->first + 1].norm, "-"))
		place_in(&g->shorts, first->norm, strlen(first->norm), m->entity, false);
	if (is_known ? family_first(m) : !(g->r->word[m->first]->classes & WORD_FIRST))
		place_in(&g->shorts, first->norm, strlen(first->norm), m->entity,
			 is_known);
}

/* Korean Central News Agency (KCNA): the bracket's letters are the name's initials. */
static void
learn_acronym(struct gather *g, const struct mention *m)
{
	const struct token *t = g->d->tokens;
	const char *acronym;
	size_t at = 0;

	if (m->type != ENTITY_ORG || m->first == m->last ||
	    (size_t)m->last + 3 >= g->d->token_count ||
	    strcmp(t[m->last + 1].form, "(") || strcmp(t[m->last + 3].form, ")"))
		return;
	acronym = t[m->last + 2].norm;
	for (int i = m->first; i <= m->last && acronym[at]; i++)
		if (*t[i].norm == acronym[at])
			at++;
	if (at >= 2 && !acronym[at])
		place_in(&g->shorts, acronym, at, m->entity, true);
}

static void
join_entity(struct gather *g, struct mention *m, int index, const void *key, size_t n)
{
	void **place = map_put(&g->keys, key, n);

	if (!place)
		return;
	if (!*place) {
		int e = new_entity(g, m, index);

		*place = (void *)((size_t)e + 1);
	}
	m->entity = (int)(size_t)*place - 1;
}

static void
by_thing_or_words(struct gather *g, struct mention *m, int index)
{
	size_t n = sizeof m->thing;
	char *key =
	    m->thing ? arena_copy(g->r->arena, &m->thing, n) : words_key(g, m, &n);

	if (key)
		join_entity(g, m, index, key, n);
}

/* One word: a person named in full, an organisation's letters; false where it is neither.
 */
static bool
by_short(struct gather *g, struct mention *m)
{
	const char *norm = g->d->tokens[m->first].norm;
	size_t e =
	    m->first == m->last ? (size_t)map_get(&g->shorts, norm, strlen(norm)) : 0;

	if (!e || (m->kind == MENTION_NAME && m->type != g->d->entities[e - 1].type))
		return false;
	m->entity = (int)e - 1;
	m->type = g->d->entities[e - 1].type;
	return true;
}

/* Ivanka Trump's article may say Trump and mean her, where the better known is not in it.
 */
static bool
is_full(const struct mention *m)
{
	return m->first != m->last || (m->thing && !m->way->is_short);
}

/* The country that was spoken of last, for a ministry that is said without one. */
static const char *
country_before(const struct gather *g, const struct mention *m)
{
	for (const struct mention *k = m;
	     k-- > g->m->items && m->first - k->first < STATE_REACH;) {
		if (k->thing && k->thing->country && strlen(k->thing->country) == 3 &&
		    k->thing->kind != KNOWN_NOTHING &&
		    !strstr("UNO IGO NGO IMG EUR", k->thing->country))
			return k->thing->country;
		if (k->country)
			return k->country;
	}
	return NULL;
}

/* The word that heads an organisation's name: the one before "of", else the last. */
static const struct word *
head_of(const struct gather *g, const struct mention *m)
{
	for (int i = m->first + 1; i <= m->last; i++)
		if (!strcmp(g->d->tokens[i].norm, "of"))
			return g->r->word[i - 1];
	return g->r->word[m->last];
}

/* The country that the article speaks of most. */
static const char *
country_most(const struct gather *g)
{
	const struct map_entry *best = NULL;

	for (size_t i = 0; i < g->votes.count; i++)
		if (!best || (size_t)g->votes.entries[i].value > (size_t)best->value)
			best = &g->votes.entries[i];
	return best && strlen(best->key) == 3 && !strstr("UNO IGO NGO IMG EUR", best->key)
		   ? best->key
		   : NULL;
}

static void
find_states(struct gather *g)
{
	const char *most = country_most(g);

	for (size_t i = 0; i < g->m->count; i++) {
		struct mention *m = &g->m->items[i];
		const struct thing *after =
		    m->type == ENTITY_LOC && !m->thing ? following(g, m) : NULL;

		if (m->type == ENTITY_LOC && !m->thing && !m->country) {
			m->country = after && after->country ? after->country
							     : country_before(g, m);
			m->country = m->country ? m->country : most;
		}

		if (m->type == ENTITY_ORG && !m->thing && !m->country &&
		    head_of(g, m)->of_state)
			m->country = country_before(g, m);
	}
}

static void
gather_all(struct gather *g)
{
	struct mentions *m = g->m;

	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].kind == MENTION_NAME && is_full(&m->items[i])) {
			by_thing_or_words(g, &m->items[i], (int)i);
			if (m->items[i].entity >= 0) {
				learn_short(g, &m->items[i]);
				learn_acronym(g, &m->items[i]);
			}
		}
	for (size_t i = 0; i < m->count; i++) {
		struct mention *one = &m->items[i];

		if (one->entity >= 0 || by_short(g, one))
			continue;
		if (one->kind != MENTION_OUGHT)
			by_thing_or_words(g, one, (int)i);
	}
	/* A sentence's first word is a name where the same word is one elsewhere. */
	for (size_t i = 0; i < m->count; i++) {
		struct mention *one = &m->items[i];

		for (int type = ENTITY_PER; one->entity < 0 && type <= ENTITY_MISC;
		     type++) {
			size_t n, e;
			char *key;

			one->type = (enum entity_type)type;
			key = words_key(g, one, &n);
			e = key ? (size_t)map_get(&g->keys, key, n) : 0;
			one->entity = (int)e - 1;
		}
	}
}

static struct names
names_of(struct arena *arena, const char *list)
{
	struct names n = { 0 };
	const char **items = arena_alloc(arena, (strlen(list) / 2 + 1) * sizeof *items);

	if (!items)
		return n;
	while (*(list += strspn(list, " "))) {
		size_t size = strcspn(list, " ");

		items[n.count++] = arena_copy(arena, list, size);
		list += size;
	}
	n.items = items;
	return n;
}

static void
describe(struct gather *g, struct entity *e, struct known *k, const struct mention *m)
{
	const struct thing *t = m->thing;
	const struct term *term;
	const char *sectors;
	bool is_over;

	e->name = e->span.text;
	if (!e->country)
		e->country = m->country;
	if (!t) {
		const struct word *head = m->type == ENTITY_ORG ? head_of(g, m) : NULL;

		if (head && head->sectors)
			k->sectors = names_of(g->r->arena, head->sectors);
		return;
	}
	e->name = t->name;
	e->id = t->id;
	e->country = t->country;
	e->has_point = t->has_point && t->type == ENTITY_LOC;
	e->lat = t->lat;
	e->lon = t->lon;
	k->kind = t->kind;
	sectors = t->sectors;
	term = t->kind == KNOWN_PERSON
		   ? thing_term(t, g->r->dated ? &g->r->published : NULL, &is_over)
		   : NULL;
	if (term) {
		sectors = is_over ? "ELI" : term->sectors;
		e->country = term->country;
	}
	if (sectors)
		k->sectors = names_of(g->r->arena, sectors);
}

static int
by_place(const void *a, const void *b)
{
	return ((const struct mention *)a)->first - ((const struct mention *)b)->first;
}

/* The first of the fullest mentions is the entity's own. */
static void
find_best(struct gather *g)
{
	for (size_t i = 0; i < g->d->entity_count; i++)
		g->best[i] = -1;
	for (size_t i = 0; i < g->m->count; i++) {
		const struct mention *m = &g->m->items[i], *best;

		if (m->entity < 0)
			continue;
		g->d->entities[m->entity].mention_count++;
		best = g->best[m->entity] < 0 ? NULL : &g->m->items[g->best[m->entity]];
		if (!best || m->last - m->first > best->last - best->first ||
		    (m->thing && !best->thing))
			g->best[m->entity] = (int)i;
	}
}

static void
add_mentions(struct gather *g)
{
	struct document *d = g->d;

	for (size_t i = 0; i < d->entity_count; i++) {
		struct entity *e = &d->entities[i];

		e->mentions =
		    arena_alloc(g->r->arena, e->mention_count * sizeof *e->mentions + 1);
		e->mention_count = 0;
		if (!e->mentions)
			return;
	}
	for (size_t i = 0; i < g->m->count; i++) {
		const struct mention *m = &g->m->items[i];
		struct entity *e = m->entity < 0 ? NULL : &d->entities[m->entity];
		struct span span;

		if (!e)
			continue;
		span = document_span(d, m->first, m->last, g->r->arena);
		for (int t = m->first; t <= m->last; t++)
			d->tokens[t].entity = m->entity;
		if (m->title && !d->known[m->entity].title)
			d->known[m->entity].title = m->title;
		if (!e->country)
			e->country = m->country;
		if (g->best[m->entity] == (int)i)
			e->span = span;
		else
			e->mentions[e->mention_count++] = span;
	}
}

void
names_gather(struct mentions *m)
{
	struct gather g = { .m = m, .r = m->r, .d = m->r->d };
	size_t ceiling = 4 * m->count + 16;

	map_init(&g.votes, ceiling);
	map_init(&g.keys, ceiling);
	map_init(&g.shorts, ceiling);
	if (m->count)
		qsort(m->items, m->count, sizeof *m->items, by_place);
	choose_all(&g);
	find_states(&g);
	settle_types(&g);
	gather_all(&g);
	if (!g.r->arena->full) {
		find_best(&g);
		add_mentions(&g);
	}
	if (!g.r->arena->full)
		for (size_t i = 0; i < g.d->entity_count; i++)
			describe(&g, &g.d->entities[i], &g.d->known[i],
				 &m->items[g.best[i]]);
	map_release(&g.votes);
	map_release(&g.keys);
	map_release(&g.shorts);
}

void
read_names(struct reader *r)
{
	struct mentions m = { .r = r };

	names_find(&m);
	if (!r->arena->full)
		names_gather(&m);
}
