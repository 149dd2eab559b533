/*
 * Whether it happens: future, hypothetical, negated, by a verb's own group and
 * by what it hangs under.  operators.tsv says what a verb makes of the
 * infinitive under it.
 */
#include "event/verb.h"

static unsigned
effect_aux(enum effect effect)
{
	switch (effect) {
	case EFFECT_NONE:
	case EFFECT_HYPOTHETICAL:
		return AUX_HYPOTHETICAL;
	case EFFECT_REAL:
		return 0;
	case EFFECT_FUTURE:
		return AUX_FUTURE;
	case EFFECT_NEGATION:
		return AUX_NEGATION;
	}
	return 0;
}

static enum effect
effect_of(const struct chunks *c, int token)
{
	return token < 0 ? EFFECT_NONE : chunks_word(c, token)->effect;
}

bool
mood_has_condition(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k)) {
		int mark = syntax_rel(s, k) == REL_ADVCL ? verb_mark(c, k) : -1;

		if (mark >= 0 &&
		    (chunks_is(c, mark, "if") || chunks_is(c, mark, "unless")))
			return true;
	}
	return false;
}

static unsigned
own_aux(const struct chunks *c, int node)
{
	const struct chunk *v = verb_group(c, node);
	int mark = verb_mark(c, node);
	unsigned aux = 0;

	if (v && (v->is_future || v->is_would))
		aux |= AUX_FUTURE;
	if (v && v->is_modal && !v->is_would)
		aux |= AUX_HYPOTHETICAL;
	if (v && v->is_negated)
		aux |= AUX_NEGATION;
	if (mark >= 0 && chunks_is(c, mark, "without"))
		aux |= AUX_NEGATION;
	if (mark >= 0 && chunks_is_kind(c, mark, KIND_IF))
		aux |= AUX_HYPOTHETICAL;
	return aux;
}

/* a planned trip to the capital to meet */
static bool
is_planned(const struct chunks *c, int token)
{
	const struct chunk *k = chunks_at(c, chunks_of(c, token));

	for (int t = k ? k->first : 0; k && t < k->end; t++)
		if (chunks_is_kind(c, t, KIND_PLANNED))
			return true;
	return false;
}

static unsigned aux_of(const struct chunks *c, int node, int depth);

/* Under a verb: did not fail to, failed to; two make none. */
static unsigned
governed_aux(const struct chunks *c, int governor, bool over_object, int depth)
{
	enum effect effect = effect_of(c, governor);
	unsigned aux = aux_of(c, governor, depth + 1);

	if (effect == EFFECT_NEGATION)
		return aux ^ AUX_NEGATION;
	return (aux & ~(unsigned)(over_object ? AUX_NEGATION : 0)) | effect_aux(effect);
}

/* ability to strike, pledge to send, a plan to build */
static unsigned
adnominal_aux(const struct chunks *c, int noun, int depth)
{
	int verb = verb_over(c, noun);

	if (effect_of(c, noun) != EFFECT_NONE)
		return effect_aux(effect_of(c, noun));
	if (verb < 0 || is_planned(c, noun))
		return AUX_FUTURE;
	return governed_aux(c, verb, true, depth);
}

/* aimed at boosting, barred from entering; "by" and "after" tell of a deed. */
static unsigned
participle_aux(const struct chunks *c, int node, int depth)
{
	struct link link = verb_link(c, node);
	int head = link.head;
	enum slot slot = clause_slot_of(c, node);
	enum effect effect = effect_of(c, head);

	if (link.rel == REL_XCOMP || link.rel == REL_CCOMP)
		return aux_of(c, head, depth + 1) |
		       (effect == EFFECT_NONE ? 0 : effect_aux(effect));
	if (slot == SLOT_OF && !verb_is(c, head))
		return effect == EFFECT_NONE ? 0 : effect_aux(effect);
	if ((slot == SLOT_AT || slot == SLOT_FROM || slot == SLOT_ON) &&
	    effect != EFFECT_NONE)
		return effect_aux(effect);
	return 0;
}

/* will detain and charge: the second verb under the same mood. */
static unsigned
twin_aux(const struct chunks *c, int node, int depth)
{
	const struct chunk *v = verb_group(c, node);
	int cc = dependent(c, node, REL_CC);
	unsigned aux;

	if (!verb_is(c, head_of(c, node)) || (v && v->has_auxiliary) ||
	    verb_subject(c, node) >= 0 ||
	    !(has_tag(c, node, "VB") || verb_is_participle(c, node) ||
	      verb_is_passive(c, node)))
		return 0;
	aux = aux_of(c, head_of(c, node), depth + 1);
	return cc >= 0 && (chunks_is(c, cc, "or") || chunks_is(c, cc, "nor"))
		   ? aux
		   : aux & ~(unsigned)AUX_NEGATION;
}

static unsigned
aux_of(const struct chunks *c, int node, int depth)
{
	unsigned aux = own_aux(c, node);
	struct link link = verb_link(c, node);
	int head = link.head;

	if (depth > DEPTH)
		return aux;
	switch (link.rel) {
	case REL_XCOMP:
	case REL_ADVCL:
		if (verb_is_infinitive(c, node))
			return aux | governed_aux(c, head,
						  dependent(c, head, REL_OBJ) >= 0 ||
						      dependent(c, head, REL_IOBJ) >= 0,
						  depth);
		break;
	case REL_ACL:
		if (verb_is_infinitive(c, node))
			return aux | adnominal_aux(c, head, depth);
		break;
	case REL_CONJ:
		return aux | twin_aux(c, node, depth);
	case REL_CCOMP:
		if (effect_of(c, head) == EFFECT_NEGATION) /* denied that */
			aux |= AUX_NEGATION;
		break;
	default:
		if (verb_is_infinitive(c, node)) /* EU to send */
			return aux | AUX_FUTURE;
		break;
	}
	return verb_is_participle(c, node) ? aux | participle_aux(c, node, depth) : aux;
}

unsigned
mood_of_noun(const struct chunks *c, const struct chunk *k, int trigger)
{
	unsigned aux = 0;

	for (int t = k->first; t < trigger; t++) {
		if (chunks_is_kind(c, t, KIND_PLANNED))
			aux |= AUX_FUTURE;
		if (chunks_is_kind(c, t, KIND_POSSIBLE))
			aux |= AUX_HYPOTHETICAL;
		if (chunks_is(c, t, "no"))
			aux |= AUX_NEGATION;
	}
	return aux;
}

unsigned
mood_of(const struct chunks *c, int node)
{
	return aux_of(c, node, 0);
}
