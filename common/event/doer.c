/*
 * Who does it (`doer`) and whom or what it is done to (`patient`), whatever the
 * voice; a verb without a subject of its own has that of the word that it
 * hangs on: the other verb of "and", the noun before "who" or a participle,
 * the object or the subject of "urged X to", "agreed to", "accused X of".
 */
#include "event/verb.h"

static struct group
no_group(void)
{
	return (struct group){ .count = 0 };
}

static void
group_add(struct group *g, int noun)
{
	for (int i = 0; i < g->count; i++)
		if (g->items[i] == noun)
			return;
	if (g->count < GROUP_SIZE)
		g->items[g->count++] = noun;
}

static bool
is_person_name(const struct chunks *c, int token)
{
	int e = token < 0 ? -1 : c->document->tokens[token].entity;

	return e >= 0 && c->document->entities[e].type == ENTITY_PER;
}

/* The noun that the clause of "who" is about, which the tree may miss; -1. */
static int
antecedent(const struct chunks *c, int token)
{
	int node = token, before = chunks_of(c, token) - 1;

	for (int steps = 0; node >= 0 && steps < CLIMB; steps++) {
		if (rel_of(c, node) == REL_RELCL)
			return head_of(c, node);
		node = head_of(c, node);
	}
	while (before > 0 && (c->items[before].kind == CHUNK_COMMA ||
			      c->items[before].kind == CHUNK_PREP))
		before--;
	return before >= 0 && c->items[before].kind == CHUNK_NOUN ? c->items[before].root
								  : -1;
}

/* Egypt's coach, Ahmed Roushdy, said: the name says more than what it explains. */
static int
best_name(const struct chunks *c, int token)
{
	int appos = dependent(c, token, REL_APPOS);

	return appos >= 0 && is_person_name(c, appos) && !is_person_name(c, token)
		   ? appos
		   : token;
}

/* dozens of people: the people do it */
static int
those_meant(const struct chunks *c, int token)
{
	const struct syntax *s = &c->tree;

	for (int steps = 0; steps < CLIMB && chunks_is_kind(c, token, KIND_QUANTITY);
	     steps++) {
		int k = syntax_first(s, token);

		while (k >= 0 &&
		       !(syntax_rel(s, k) == REL_NMOD && clause_slot_of(c, k) == SLOT_OF))
			k = syntax_next(s, k);
		if (k < 0)
			break;
		token = k;
	}
	return token;
}

static void
add_nominal(const struct chunks *c, int token, struct group *out)
{
	const struct chunk *k;

	if (token >= 0 && verb_is_relative(c, token))
		token = antecedent(c, token);
	if (token < 0)
		return;
	token = best_name(c, those_meant(c, token));
	k = chunks_at(c, chunks_of(c, token));
	if (k && k->kind == CHUNK_NOUN)
		group_add(out, chunks_of(c, token));
}

/* The tree hangs the third on the first, or on the second. */
static void
add_conjuncts(const struct chunks *c, int token, int depth, struct group *out)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, token); depth < DEPTH && k >= 0;
	     k = syntax_next(s, k))
		if (syntax_rel(s, k) == REL_CONJ && !verb_is(c, k)) {
			add_nominal(c, k, out);
			add_conjuncts(c, k, depth + 1, out);
		}
}

/* France, Germany and Spain */
struct group
doer_group(const struct chunks *c, int token)
{
	struct group g = { .count = 0 };

	if (token >= 0 && verb_is_relative(c, token))
		token = antecedent(c, token);
	if (token < 0)
		return g;
	add_nominal(c, token, &g);
	add_conjuncts(c, token, 0, &g);
	return g;
}

static struct group doer(const struct chunks *c, int node, int depth);

static struct group patient(const struct chunks *c, int node, int depth);

static struct group
surface_subject(const struct chunks *c, int node, int depth)
{
	return verb_is_passive(c, node) ? patient(c, node, depth + 1)
					: doer(c, node, depth + 1);
}

/* agreed to, was forced to, urged X to, called on X to: who is to do it */
static struct group
controller(const struct chunks *c, int governor, int depth)
{
	const struct syntax *s = &c->tree;
	int object = dependent(c, governor, REL_OBJ);
	bool controls = chunks_is_kind(c, governor, KIND_CONTROL);

	if (object >= 0 && verb_is_participle(c, object)) /* what was begun */
		object = -1;
	if (object < 0 || dependent(c, governor, REL_IOBJ) >= 0)
		object = dependent(c, governor, REL_IOBJ) >= 0
			     ? dependent(c, governor, REL_IOBJ)
			     : object;
	if (object >= 0 && !chunks_is(c, governor, "promised"))
		return doer_group(c, object);
	for (int k = syntax_first(s, governor); k >= 0 && controls; k = syntax_next(s, k))
		if (syntax_rel(s, k) == REL_OBL && k > governor && verb_mark(c, k) >= 0 &&
		    clause_slot_of(c, k) != SLOT_IN)
			return doer_group(c, k);
	return surface_subject(c, governor, depth);
}

/* accused Y of supplying, barred Y from entering: Y does it; after attacking: the subject
 * does. */
static struct group
doer_of_adverbial(const struct chunks *c, int node, int depth)
{
	int governor = verb_link(c, node).head, mark = verb_mark(c, node);
	struct group g = { .count = 0 };

	if (mark >= 0 && (chunks_is(c, mark, "of") || chunks_is(c, mark, "from") ||
			  chunks_is(c, mark, "for") || chunks_is(c, mark, "into")))
		g = patient(c, governor, depth + 1);
	/* show X inspecting it */
	if (mark < 0 && verb_is_participle(c, node) &&
	    chunks_is_kind(c, governor, KIND_PERCEIVE))
		g = patient(c, governor, depth + 1);
	return g.count ? g : surface_subject(c, governor, depth);
}

static bool
follows_comma(const struct chunks *c, int node)
{
	const struct chunk *v = verb_group(c, node);

	return v && (chunks_is(c, v->first - 1, ",") || chunks_is(c, node - 1, ","));
}

/* men riding a bike; struck a depot, killing ten: after a comma what the subject did. */
static struct group
doer_of_adnominal(const struct chunks *c, int node, int depth)
{
	int noun = head_of(c, node), verb = verb_over(c, noun);
	int owner = dependent(c, noun, REL_POSS);
	bool is_subject = rel_of(c, noun) == REL_NSUBJ;

	/* show X at a plant inspecting it: not the plant does */
	if (!verb_is_infinitive(c, node) && rel_of(c, noun) == REL_OBL &&
	    verb_is_participle(c, node) &&
	    (clause_slot_of(c, noun) == SLOT_AT || clause_slot_of(c, noun) == SLOT_IN)) {
		struct group g = patient(c, verb, depth + 1);

		return g.count ? g : surface_subject(c, verb, depth);
	}
	if (!verb_is_infinitive(c, node))
		return verb >= 0 && !is_subject && follows_comma(c, node) && node > verb
			   ? surface_subject(c, verb, depth)
			   : doer_group(c, noun);
	if (owner >= 0)
		return doer_group(c, owner);
	if (verb < 0 || (is_subject && chunks_of(c, noun) + 1 == chunks_of(c, node)))
		return doer_group(c, noun); /* a headline's "EU to send" */
	return surface_subject(c, verb, depth);
}

struct group
doer_agent(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k))
		if (syntax_rel(s, k) == REL_AGENT ||
		    (syntax_rel(s, k) == REL_OBL && clause_slot_of(c, k) == SLOT_BY))
			return doer_group(c, k);
	return no_group();
}

static struct group
doer(const struct chunks *c, int node, int depth)
{
	struct link link = verb_link(c, node);
	int subject = verb_subject(c, node), head = link.head;

	if (depth > DEPTH || node < 0)
		return no_group();
	if (verb_is_passive(c, node))
		return doer_agent(c, node);
	if (subject >= 0)
		return doer_group(c, subject);
	switch (link.rel) {
	case REL_CONJ:
		return verb_is(c, head) ? surface_subject(c, head, depth) : no_group();
	case REL_XCOMP:
		return controller(c, head, depth);
	case REL_ADVCL:
		return doer_of_adverbial(c, node, depth);
	case REL_ACL:
		return doer_of_adnominal(c, node, depth);
	case REL_RELCL:
		return doer_group(c, head);
	case REL_CCOMP: /* denied attacking */
		return verb_is_participle(c, node) || verb_is_infinitive(c, node)
			   ? surface_subject(c, head, depth)
			   : no_group();
	default:
		return no_group();
	}
}

/* with missiles (reportedly) deployed there; -1 */
static int
noun_right_before(const struct chunks *c, int node)
{
	int i = chunks_of(c, node) - 1;

	while (i > 0 && c->items[i].kind == CHUNK_ADVERB)
		i--;
	return i >= 0 && c->items[i].kind == CHUNK_NOUN ? c->items[i].root : -1;
}

static struct group
patient_of_passive(const struct chunks *c, int node, int depth)
{
	struct link link = verb_link(c, node);
	int subject = verb_subject(c, node), head = link.head;

	if (subject >= 0)
		return doer_group(c, subject);
	switch (link.rel) {
	case REL_ACL:
	case REL_RELCL:
		return doer_group(c, head);
	case REL_ADVCL:
		if (noun_right_before(c, node) >= 0)
			return doer_group(c, noun_right_before(c, node));
		return verb_is(c, head) ? surface_subject(c, head, depth) : no_group();
	case REL_CONJ:
		return verb_is(c, head) ? surface_subject(c, head, depth) : no_group();
	case REL_XCOMP:
		return controller(c, head, depth);
	default:
		return no_group();
	}
}

/* An oblique without a preposition that is no time: "killing at least 12 people". */
static int
bare_oblique(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k)) {
		const struct chunk *n = chunks_at(c, chunks_of(c, k));

		if (syntax_rel(s, k) == REL_OBL && k > node && n &&
		    n->kind == CHUNK_NOUN &&
		    (verb_mark(c, k) < 0 ||
		     chunks_of(c, verb_mark(c, k)) == chunks_of(c, k)))
			return k;
	}
	return -1;
}

static bool
is_noun(const struct chunks *c, int token)
{
	const struct chunk *k = chunks_at(c, chunks_of(c, token));

	return token >= 0 && k && k->kind == CHUNK_NOUN && !verb_is(c, token);
}

/* Kivu, where nurses struck: no object of theirs */
static bool
has_where(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k))
		if (has_tag(c, k, "WRB"))
			return true;
	return false;
}

static struct group
patient(const struct chunks *c, int node, int depth)
{
	int object = dependent(c, node, REL_OBJ), subject;

	if (depth > DEPTH || node < 0)
		return no_group();
	if (verb_is_passive(c, node))
		return patient_of_passive(c, node, depth);
	if (object < 0)
		object = dependent(c, node, REL_IOBJ);
	if (object < 0)
		object = bare_oblique(c, node);
	if (object < 0 && is_noun(c, dependent(c, node, REL_XCOMP)))
		object = dependent(c, node, REL_XCOMP);
	if (object >= 0)
		return doer_group(c, object);
	subject = verb_subject(c, node);
	if (rel_of(c, node) == REL_RELCL && subject >= 0 && !has_where(c, node) &&
	    !verb_is_relative(c, subject) && dependent(c, node, REL_CCOMP) < 0 &&
	    dependent(c, node, REL_XCOMP) < 0)
		return doer_group(c, head_of(c, node)); /* the man whom police held */
	return no_group();
}

struct group
clause_subject(const struct chunks *c, int verb)
{
	return surface_subject(c, verb_node(c, verb), 0);
}

struct group
doer_of(const struct chunks *c, int node)
{
	return doer(c, node, 0);
}

struct group
doer_patient(const struct chunks *c, int node)
{
	return patient(c, node, 0);
}

struct group
doer_subject(const struct chunks *c, int node)
{
	return surface_subject(c, node, 0);
}
