/*
 * What a record has of what rules ask for, and so which rules are looked at.
 * The events of a record are bits: each code that some rule has becomes the
 * set of events that have it.
 */
#include "alert/match_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

enum { TIMED = 16 };

struct matcher *
matcher_new(const struct rules *rules)
{
	struct matcher *m = must_alloc(sizeof(*m));

	m->rules = rules;
	index_init(&m->index, rules);
	scan_init(&m->scan, &rules->terms);
	m->costs = must_alloc((rules->count + 1) * sizeof(*m->costs));
	m->seen = must_alloc((rules->count + 1) * sizeof(*m->seen));
	m->sets = must_alloc((m->index.atom_count + 1) * sizeof(*m->sets));
	m->has.items = must_alloc((m->index.atom_count + 1) * sizeof(int));
	m->candidates.items = must_alloc((rules->count + 1) * sizeof(int));
	return m;
}

void
matcher_free(struct matcher *m)
{
	if (!m)
		return;
	scan_release(&m->scan);
	index_release(&m->index);
	free(m->costs);
	free(m->seen);
	free(m->sets);
	free(m->has.items);
	free(m->candidates.items);
	free(m);
}

const struct rule_cost *
matcher_cost(const struct matcher *m, const struct rule *r)
{
	return &m->costs[r - m->rules->items];
}

size_t
matcher_unindexed(const struct matcher *m)
{
	return m->index.always.count;
}

/* ---- what the record has ---- */

static void
set_bit(struct matcher *m, int atom, size_t event, struct arena *arena)
{
	if (atom == NOT_ASKED)
		return;
	if (!m->sets[atom]) {
		m->sets[atom] = arena_calloc(arena, m->set_words * sizeof(uint64_t));
		if (!m->sets[atom])
			return;
		m->has.items[m->has.count++] = atom;
	}
	m->sets[atom][event / 64] |= UINT64_C(1) << event % 64;
}

static void
set_code(struct matcher *m, enum rule_part part, const char *code, size_t event,
	 struct arena *arena)
{
	set_bit(m, index_atom(&m->index, part, code), event, arena);
}

static void
set_names(struct matcher *m, enum rule_part part, const struct names *names, size_t event,
	  struct arena *arena)
{
	for (size_t i = 0; i < names->count; i++)
		set_code(m, part, names->items[i], event, arena);
}

static void
set_actor(struct matcher *m, enum rule_part part, const struct actor *a, size_t event,
	  struct arena *arena)
{
	const char *name = a->name ? a->name : a->span.text;
	char code[CODE_BYTES];

	code_of_name(name, strlen(name), code);
	set_code(m, part, code, event, arena);
	if (a->country)
		set_code(m, part, a->country, event, arena);
	for (size_t i = 0; i < a->sectors.count && part != PART_PLACE; i++) {
		const char *sector = a->sectors.items[i];
		char *both =
		    arena_printf(arena, "%s/%s", a->country ? a->country : "", sector);

		if (!both)
			return;
		set_code(m, part, both, event, arena);
		set_code(m, part, strchr(both, '/'), event, arena);
	}
	if (part == PART_PLACE && a->has_point)
		set_bit(m, index_square(&m->index, a->lat, a->lon), event, arena);
}

static void
set_actors(struct matcher *m, enum rule_part part, const struct actors *l, size_t event,
	   struct arena *arena)
{
	for (size_t i = 0; i < l->count; i++)
		set_actor(m, part, &l->items[i], event, arena);
}

static void
forget_record(struct matcher *m)
{
	for (size_t i = 0; i < m->has.count; i++)
		m->sets[m->has.items[i]] = NULL;
	m->has.count = 0;
	scan_reset(&m->scan);
}

static void
take_record(struct matcher *m, const struct record *r)
{
	const struct article *a = &r->e->article;
	char code[CODE_BYTES];

	forget_record(m);
	m->set_words = r->e->event_count / 64 + 1;
	for (size_t i = 0; i < r->e->event_count; i++) {
		const struct event *e = &r->e->events[i];

		set_code(m, PART_TYPE, e->type, i, r->arena);
		set_names(m, PART_MODE, &e->modes, i, r->arena);
		set_names(m, PART_CONTEXT, &e->contexts, i, r->arena);
		set_actors(m, PART_ACTOR, &e->actor, i, r->arena);
		set_actors(m, PART_RECIPIENT, &e->recipient, i, r->arena);
		if (e->location)
			set_actor(m, PART_PLACE, e->location, i, r->arena);
	}
	if (a->infosource) {
		code_of_name(a->infosource, strlen(a->infosource), code);
		set_code(m, PART_SOURCE, code, 0, r->arena);
	}
	m->all = all_events(m, r->e, r->arena);
	m->left = arena_calloc(r->arena, m->set_words * sizeof(*m->left));
	if (!m->rules->terms.count)
		return;
	if (a->headline)
		scan_text(&m->scan, a->headline, strlen(a->headline), r->arena);
	if (a->body_text)
		scan_text(&m->scan, a->body_text, strlen(a->body_text), r->arena);
}

/* ---- which rules are tried ---- */

static bool
is_let_in(const struct matcher *m, const struct guard *g)
{
	for (int i = 0; i < g->count; i++)
		if (g->is_term ? m->scan.places[g->items[i]].count > 0
			       : m->sets[g->items[i]] != NULL)
			return true;
	return !g->items;
}

static void
add_candidates(struct matcher *m, const struct numbers *l)
{
	for (size_t i = 0; i < l->count; i++) {
		int rule = l->items[i];

		if (m->seen[rule] == m->now)
			continue;
		m->seen[rule] = m->now;
		if (!is_let_in(m, &m->index.guards[rule]))
			continue;
		m->candidates.items[m->candidates.count++] = rule;
	}
}

static void
choose(struct matcher *m)
{
	m->candidates.count = 0;
	if (!++m->now) { /* after four thousand million records */
		memset(m->seen, 0, m->rules->count * sizeof(*m->seen));
		m->now = 1;
	}
	add_candidates(m, &m->index.always);
	for (size_t i = 0; i < m->has.count; i++)
		add_candidates(m, &m->index.of_atom[m->has.items[i]]);
	for (size_t i = 0; i < m->scan.found_count; i++)
		add_candidates(m, &m->index.of_term[m->scan.found[i]]);
}

static void
choose_all(struct matcher *m)
{
	for (m->candidates.count = 0; m->candidates.count < m->rules->count;
	     m->candidates.count++)
		m->candidates.items[m->candidates.count] = (int)m->candidates.count;
}

static int
by_rule(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	return x->rule != y->rule     ? (x->rule > y->rule) - (x->rule < y->rule)
	       : x->event == y->event ? 0
				      : (x->event > y->event) - (x->event < y->event);
}

/* The clock costs as much as a look, so it is asked in one record of TIMED. */
static void
try_candidates(struct matcher *m, const struct record *x, struct matches *out)
{
	bool is_timed = m->records++ % TIMED == 0;
	int64_t then = is_timed ? mono_ns() : 0, now;

	for (size_t i = 0; i < m->candidates.count; i++) {
		int rule = m->candidates.items[i];

		try_rule(m, &m->rules->items[rule], x, out);
		m->costs[rule].looks++;
		if (is_timed) {
			now = mono_ns();
			m->costs[rule].ns += TIMED * (now - then);
			then = now;
		}
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), by_rule);
}

static int
find(struct matcher *m, const struct record *x, bool by_index, struct matches *out,
     struct err *err)
{
	*out = (struct matches){ 0 };
	take_record(m, x);
	if (by_index)
		choose(m);
	else
		choose_all(m);
	try_candidates(m, x, out);
	return arena_check(x->arena, err);
}

int
matcher_find(struct matcher *m, const struct enriched *e, const char *json, size_t n,
	     struct arena *arena, struct matches *out, struct err *err)
{
	struct record x = { e, json, n, arena };

	return find(m, &x, true, out, err);
}

int
matcher_find_slowly(struct matcher *m, const struct enriched *e, const char *json,
		    size_t n, struct arena *arena, struct matches *out, struct err *err)
{
	struct record x = { e, json, n, arena };

	return find(m, &x, false, out, err);
}
