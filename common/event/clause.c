/*
 * Clauses from the tree: the slots of a verb or of a noun that names a deed.
 * Every climb is bounded, so a sentence costs its length times a constant.
 */
#include "event/verb.h"

/*
 * What hangs on a word by prepositions, the first of each, and what hangs on
 * that: the tree may hang "to Gaza" on the food or on its shipment.
 */
static void
read_prepositions(const struct chunks *c, int token, int depth, struct clause *out)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, token); k >= 0; k = syntax_next(s, k)) {
		int rel = syntax_rel(s, k);
		enum slot slot = rel == REL_AGENT ? SLOT_BY : clause_slot_of(c, k);

		if ((rel == REL_OBL || rel == REL_NMOD || rel == REL_AGENT) &&
		    slot != SLOT_NONE && !out->slots[slot].count)
			out->slots[slot] = doer_group(c, k);
	}
	for (int k = syntax_first(s, token); depth > 0 && k >= 0; k = syntax_next(s, k)) {
		int rel = syntax_rel(s, k);

		if (k > token &&
		    (rel == REL_OBJ || rel == REL_OBL || rel == REL_IOBJ ||
		     rel == REL_NMOD || (rel == REL_XCOMP && !verb_is(c, k))))
			read_prepositions(c, k, depth - 1, out);
	}
}

/*
 * Where the tree has put it elsewhere: preposition and noun as they stand
 * behind chunk i, up to the first that is neither.
 */
static void
read_pairs(const struct chunks *c, int i, struct clause *out)
{
	for (int steps = 0; steps < CLIMB; steps++, i++) {
		const struct chunk *k = chunks_at(c, i), *n = chunks_at(c, i + 1);
		enum slot slot;

		if (k && (k->kind == CHUNK_TIME || k->kind == CHUNK_ADVERB))
			continue;
		if (!k || !n || k->kind != CHUNK_PREP ||
		    (n->kind != CHUNK_NOUN && n->kind != CHUNK_TIME))
			return;
		slot = clause_slot(c, i++);
		if (n->kind == CHUNK_NOUN && slot != SLOT_NONE && !out->slots[slot].count)
			out->slots[slot] = doer_group(c, n->root);
	}
}

static bool
is_nobody(const struct chunks *c, const struct group *g)
{
	int token = g->count ? c->items[g->items[0]].first : -1;

	return token >= 0 &&
	       (chunks_is(c, token, "nobody") || chunks_is(c, token, "none") ||
		chunks_is(c, token, "no") || chunks_is(c, token, "neither"));
}

/* The verb whose content this one is: urged X to leave, accused X of leaving. */
static void
find_governor(const struct chunks *c, int node, struct clause *out)
{
	struct link link;
	int head = head_of(c, node);

	for (int steps = 0; rel_of(c, node) == REL_CONJ && steps < CLIMB; steps++) {
		if (verb_subject(c, node) >= 0 || !verb_is(c, head) ||
		    !has_tag(c, node, "VB"))
			return;
		node = head;
		head = head_of(c, node);
	}
	link = verb_link(c, node);
	head = link.head;
	switch (link.rel) {
	case REL_XCOMP:
	case REL_CCOMP:
		out->governor = verb_index(c, head);
		out->is_direct = dependent(c, head, REL_OBJ) < 0 &&
				 (link.rel == REL_XCOMP || verb_is_participle(c, node) ||
				  has_tag(c, node, "VB"));
		break;
	case REL_ADVCL:
		if (verb_is_infinitive(c, node) ||
		    (verb_mark(c, node) >= 0 && verb_is_participle(c, node)))
			out->governor = verb_index(c, head);
		break;
	case REL_ACL:
		if (verb_is_infinitive(c, node))
			out->governor = verb_index(c, verb_over(c, head));
		break;
	default:
		break;
	}
}

/* The infinitive behind a verb, on it or on its object: -1. */
static int
infinitive_under(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k)) {
		int rel = syntax_rel(s, k);
		int acl;

		if ((rel == REL_XCOMP || rel == REL_ADVCL || rel == REL_CCOMP) &&
		    k > node && verb_is_infinitive(c, k))
			return k;
		acl = rel == REL_OBJ ? syntax_child(s, k, REL_ACL) : -1;
		if (acl >= 0 && verb_is_infinitive(c, acl))
			return acl;
	}
	return -1;
}

static bool
is_pronoun(const struct chunks *c, int noun)
{
	return c->items[noun].end - c->items[noun].first == 1 &&
	       chunks_is_kind(c, c->items[noun].first, KIND_PRONOUN);
}

/* Whom the infinitive is about: its object, else what its preposition has. */
static void
read_infinitive(const struct chunks *c, int node, struct clause *out)
{
	int inner = infinitive_under(c, node), further;
	struct group *to = &out->slots[SLOT_INFINITIVE];
	struct clause clause = { .verb = -1 };

	if (inner < 0)
		return;
	out->has_infinitive = true;
	if (mood_has_condition(c, inner))
		out->aux |= AUX_HYPOTHETICAL;
	*to = doer_patient(c, inner);
	/* threatened to use it to destroy X */
	further = infinitive_under(c, inner);
	if (further >= 0 && mood_has_condition(c, further))
		out->aux |= AUX_HYPOTHETICAL;
	if (to->count == 1 && is_pronoun(c, to->items[0]) && further >= 0)
		*to = doer_patient(c, further);
	if (to->count)
		return;
	read_prepositions(c, inner, 1, &clause);
	for (int s = SLOT_BY; s < SLOT_COUNT && !to->count; s++)
		*to = clause.slots[s];
}

static void
group_drop(struct group *g, int noun)
{
	int kept = 0;

	for (int i = 0; i < g->count; i++)
		if (g->items[i] != noun)
			g->items[kept++] = g->items[i];
	g->count = kept;
}

/* Of "voice concern over X" and "call for X": what stands behind the phrase. */
static void
read_behind(const struct chunks *c, int last, struct clause *out)
{
	if (rel_of(c, last) == REL_CASE)
		out->slots[SLOT_OBJECT] = doer_group(c, head_of(c, last));
	else
		group_drop(&out->slots[SLOT_OBJECT], chunks_of(c, last));
}

void
clause_of_verb(const struct chunks *c, int verb, int last, struct clause *out)
{
	int node = verb_node(c, verb), indirect;

	*out = (struct clause){ .verb = verb, .noun = -1, .governor = -1 };
	out->aux = mood_of(c, node);
	if (!(chunks_word(c, node)->kinds & KIND_SPEECH) && mood_has_condition(c, node))
		out->aux |= AUX_HYPOTHETICAL;
	out->slots[SLOT_SUBJECT] = doer_of(c, node);
	out->slots[SLOT_OBJECT] = doer_patient(c, node);
	find_governor(c, node, out);
	read_infinitive(c, node, out);
	read_prepositions(c, node, 2, out);
	read_pairs(c,
		   (out->slots[SLOT_OBJECT].count &&
			    out->slots[SLOT_OBJECT].items[0] > verb
			? out->slots[SLOT_OBJECT].items[out->slots[SLOT_OBJECT].count - 1]
			: verb) +
		       1,
		   out);
	indirect = dependent(c, node, REL_IOBJ);
	if (indirect >= 0 && dependent(c, node, REL_OBJ) >= 0 &&
	    !out->slots[SLOT_TO].count)
		out->slots[SLOT_TO] = doer_group(c, indirect);
	if (last != c->items[verb].head)
		read_behind(c, last, out);
	if (is_nobody(c, &out->slots[SLOT_SUBJECT]) ||
	    is_nobody(c, &out->slots[SLOT_OBJECT]))
		out->aux |= AUX_NEGATION;
}

/* a series of attacks, the start of talks: what holds the noun stands where it would. */
static int
holder(const struct chunks *c, int token)
{
	for (int steps = 0; steps < CLIMB; steps++) {
		int head = head_of(c, token);

		if (rel_of(c, token) == REL_CONJ && head >= 0 && !verb_is(c, head)) {
			token = head;
			continue;
		}
		if (rel_of(c, token) != REL_NMOD || head < 0 ||
		    clause_slot_of(c, token) != SLOT_OF || chunks_word(c, head)->readings)
			break;
		token = head;
	}
	return token;
}

/* The verb lends a noun that is its object its subject, and its mood. */
static void
lend_verb(const struct chunks *c, int verb, bool is_done, struct clause *out)
{
	out->aux |= mood_of(c, verb);
	if (!is_done) {
		read_prepositions(c, verb, 1, out);
		return;
	}
	if (chunks_word(c, verb)->kinds & KIND_SUPPORT)
		out->slots[SLOT_SUBJECT] = doer_of(c, verb);
	out->verb = verb_index(c, verb);
}

/* an attack carried out by X */
static void
read_participle(const struct chunks *c, int token, struct clause *out)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, token); k >= 0; k = syntax_next(s, k))
		if (syntax_rel(s, k) == REL_ACL && verb_is_passive(c, k) &&
		    !out->slots[SLOT_BY].count)
			out->slots[SLOT_BY] = doer_agent(c, k);
}

void
clause_of_noun(const struct chunks *c, int noun, int trigger, struct clause *out)
{
	const struct chunk *k = &c->items[noun];
	int up = holder(c, k->root), verb = verb_over(c, up);
	int rel = rel_of(c, up);

	*out =
	    (struct clause){ .verb = -1, .noun = noun, .governor = verb_index(c, verb) };
	out->owner_first = k->first;
	out->owner_end = trigger;
	if (trigger > k->first) {
		out->slots[SLOT_OWNER].items[0] = noun;
		out->slots[SLOT_OWNER].count = 1;
	}
	out->aux = mood_of_noun(c, k, trigger);
	read_prepositions(c, k->root, 2, out);
	read_participle(c, k->root, out);
	if (up != k->root)
		read_prepositions(c, up, 1, out);
	read_pairs(c, noun + 1, out);
	if (verb < 0)
		return;
	if (head_of(c, up) == verb && (rel == REL_OBJ || rel == REL_NSUBJ ||
				       rel == REL_SUBJECT_PASSIVE || rel == REL_XCOMP))
		lend_verb(c, verb, rel == REL_OBJ || verb_is_passive(c, verb), out);
	if (rel == REL_OBL || rel == REL_NMOD)
		out->slots[SLOT_CLAUSE] = doer_subject(c, verb);
}
