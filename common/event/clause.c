/*
 * Clauses by walking over chunks.  Every walk is bounded, so a sentence of
 * any length costs its length times a constant.
 *
 * The subject of a verb lies to its left, but "the head of the company, a
 * former minister, on Monday denied" puts much between them: prepositions
 * are walked over to the noun that they hang on, commas are jumped back over
 * in pairs.
 */
#include "event/clause.h"

#include <string.h>

#define WALK  40 /* chunks */
#define DEPTH 6  /* of subjects taken from other verbs */

static enum chunk_kind
kind_at(const struct chunks *c, int i)
{
	const struct chunk *k = chunks_at(c, i);

	return k ? k->kind : CHUNK_BREAK;
}

static bool
is_light(enum chunk_kind k)
{
	return k == CHUNK_TIME || k == CHUNK_ADVERB;
}

/* The next chunk left of i that is no time and no adverb. */
static int
left_of(const struct chunks *c, int i)
{
	for (i--; i >= 0 && is_light(kind_at(c, i)); i--)
		;
	return i;
}

static int
right_of(const struct chunks *c, int i)
{
	for (i++; i < c->count && is_light(kind_at(c, i)); i++)
		;
	return i;
}

static const struct word *
verb_word(const struct chunks *c, int verb)
{
	return chunks_word(c, c->items[verb].head);
}

/* on Monday: its noun is a time. */
static bool
is_time_prep(const struct chunks *c, int prep)
{
	return kind_at(c, prep) == CHUNK_PREP && kind_at(c, prep + 1) == CHUNK_TIME;
}

/* "as", "than", "like" open something new: what stands before them is not governed by it.
 */
static bool
is_bridge(const struct chunks *c, int prep)
{
	int token = c->items[prep].head;

	return !chunks_is(c, token, "as") && !chunks_is(c, token, "than") &&
	       !chunks_is(c, token, "like") && !chunks_is(c, token, "after") &&
	       !chunks_is(c, token, "before") && !chunks_is(c, token, "since");
}

static bool
is_pronoun(const struct chunks *c, int noun)
{
	return c->items[noun].end - c->items[noun].first == 1 &&
	       chunks_is_kind(c, c->items[noun].first, KIND_PRONOUN);
}

int
clause_head(const struct chunks *c, int noun)
{
	for (int steps = 0; steps < WALK && !is_pronoun(c, noun); steps++) {
		int prep = left_of(c, noun), up;

		while (is_time_prep(c, prep)) /* the strike on Monday of ... */
			prep = left_of(c, prep);
		if (kind_at(c, prep) != CHUNK_PREP || !is_bridge(c, prep))
			break;
		up = left_of(c, prep);
		if (kind_at(c, up) != CHUNK_NOUN)
			break;
		noun = up;
	}
	return noun;
}

static void
group_add(struct group *g, int noun)
{
	if (g->count < GROUP_SIZE)
		g->items[g->count++] = noun;
}

static bool
opens_with_det(const struct chunks *c, int noun)
{
	return chunks_is_kind(c, c->items[noun].first, KIND_DET | KIND_OWN);
}

/* rescued 31 people, and the coast guard left: the people are another verb's, not of the
 * list. */
static bool
is_object_of_other(const struct chunks *c, int noun, bool over_comma)
{
	int left = left_of(c, noun);

	return kind_at(c, left) == CHUNK_VERB &&
	       (over_comma || !(verb_word(c, left)->kinds & KIND_SPEECH));
}

/* France, Germany and Spain: leftwards from the last, which stands first in the group. */
static void
collect_left(const struct chunks *c, int noun, struct group *out)
{
	bool is_list = false;

	group_add(out, noun);
	for (int steps = 0; steps < WALK; steps++) {
		int and = noun - 1, up;
		enum chunk_kind k = kind_at(c, and);

		if (k == CHUNK_AND && kind_at(c, and-1) == CHUNK_COMMA)
			and--;
		if (k != CHUNK_AND && !(k == CHUNK_COMMA && is_list))
			return;
		up = and-1;
		if (kind_at(c, up) != CHUNK_NOUN)
			return;
		if (clause_head(c, up) != up) {
			if (opens_with_det(c, noun) ||
			    opens_with_det(c, clause_head(c, up)))
				up = clause_head(c, up);
			else
				return;
		}
		if (is_object_of_other(c, up, k != kind_at(c, noun - 1)))
			return;
		is_list = true;
		group_add(out, up);
		noun = up;
	}
}

static bool
has_finite_verb(const struct chunks *c, int noun)
{
	int next = right_of(c, noun);

	return kind_at(c, next) == CHUNK_VERB && c->items[next].is_finite;
}

/* plans aimed at, men arrested in: a past form alone with a preposition behind it. */
static bool
is_participle(const struct chunks *c, int verb)
{
	const struct chunk *v = &c->items[verb];
	enum chunk_kind next = kind_at(c, right_of(c, verb));

	return !v->has_auxiliary && v->form & FORM_DONE &&
	       (next == CHUNK_PREP ||
		(next == CHUNK_VERB && c->items[right_of(c, verb)].is_infinitive));
}

static bool
ends_list(const struct chunks *c, int noun)
{
	int next = right_of(c, noun);

	return kind_at(c, next) == CHUNK_VERB && c->items[next].is_finite &&
	       !is_participle(c, next);
}

/* said Kim had met, but: signed plans aimed at output */
static bool
opens_clause(const struct chunks *c, int verb, int noun)
{
	return verb_word(c, verb)->kinds & KIND_SPEECH ? has_finite_verb(c, noun)
						       : ends_list(c, noun);
}

/* The same rightwards; a last noun that has a verb of its own is no part of the list. */
static void
collect_right(const struct chunks *c, int noun, struct group *out)
{
	group_add(out, noun);
	for (int steps = 0; steps < WALK; steps++) {
		int and = noun + 1, next;

		if (kind_at(c, and) == CHUNK_COMMA && kind_at(c, and+1) == CHUNK_AND)
			and++;
		if (kind_at(c, and) != CHUNK_AND && kind_at(c, and) != CHUNK_COMMA)
			return;
		next = and+1;
		if (kind_at(c, next) != CHUNK_NOUN || ends_list(c, next))
			return;
		if (kind_at(c, and) ==
		    CHUNK_COMMA) { /* a list only if an "and" follows */
			int probe = next + 1;

			while (kind_at(c, probe) == CHUNK_COMMA &&
			       kind_at(c, probe + 1) == CHUNK_NOUN && probe < next + WALK)
				probe += 2;
			if (kind_at(c, probe) != CHUNK_AND &&
			    kind_at(c, probe + 1) != CHUNK_AND)
				return;
		}
		group_add(out, next);
		noun = next;
	}
}

static struct group subject_of(const struct chunks *c, int verb, int depth);

/* The verb of the clause that i stands in, to the left of it; -1. */
static int
verb_before(const struct chunks *c, int i)
{
	for (int steps = 0; steps < WALK && --i >= 0; steps++) {
		if (kind_at(c, i) == CHUNK_VERB)
			return i;
		if (kind_at(c, i) == CHUNK_BREAK || kind_at(c, i) == CHUNK_SUB)
			return -1;
	}
	return -1;
}

static int
finite_verb_before(const struct chunks *c, int i)
{
	for (int steps = 0; steps < WALK && --i >= 0; steps++)
		if (kind_at(c, i) == CHUNK_VERB && c->items[i].is_finite)
			return i;
	return -1;
}

/* The same, within what no comma and no "and" has ended. */
static bool
has_own_verb_after(const struct chunks *c, int i)
{
	for (int steps = 0; steps < WALK && ++i < c->count; steps++) {
		enum chunk_kind k = kind_at(c, i);

		if (k == CHUNK_VERB && c->items[i].is_finite)
			return true;
		if (k != CHUNK_NOUN && k != CHUNK_PREP && !is_light(k) && k != CHUNK_VERB)
			return false;
	}
	return false;
}

static int
finite_verb_after(const struct chunks *c, int i)
{
	for (int steps = 0; steps < WALK && ++i < c->count; steps++)
		if (kind_at(c, i) == CHUNK_VERB && c->items[i].is_finite)
			return i;
	return -1;
}

static struct group
no_group(void)
{
	return (struct group){ .count = 0 };
}

static struct group
one_group(int noun)
{
	struct group g = { .count = 0 };

	group_add(&g, noun);
	return g;
}

/* The object of a verb: the noun group behind it, or its subject if it is passive. */
static struct group
object_of(const struct chunks *c, int verb, int depth)
{
	struct group g = { .count = 0 };
	int next = right_of(c, verb);

	if (c->items[verb].is_passive)
		return subject_of(c, verb, depth + 1);
	if (kind_at(c, next) == CHUNK_PREP && verb_word(c, verb)->kinds & KIND_CONTROL)
		next = right_of(c, next); /* called on X to leave */
	if (kind_at(c, next) == CHUNK_NOUN)
		collect_right(c, next, &g);
	return g;
}

/* , 58, | , who leads the party, | , a former minister, : back to before the first comma.
 */
static int
comma_pair(const struct chunks *c, int comma)
{
	bool has_verb = false;

	for (int i = comma - 1, steps = 0; i > 0 && steps < WALK; i--, steps++) {
		enum chunk_kind k = kind_at(c, i), opener = kind_at(c, i + 1);

		if (k == CHUNK_BREAK)
			return -1;
		if (k == CHUNK_VERB)
			has_verb |= c->items[i].is_finite && opener != CHUNK_PREP;
		if (k != CHUNK_COMMA)
			continue;
		if (opener == CHUNK_PREP && kind_at(c, i + 2) == CHUNK_REL)
			opener = CHUNK_REL;
		if (!has_verb || opener == CHUNK_REL || opener == CHUNK_SUB)
			return i;
		return -1;
	}
	return -1;
}

/* Egypt's coach, Ahmed Roushdy, said: the name within the commas says more than what it
 * explains. */
static bool
is_person_name(const struct chunks *c, int noun)
{
	const struct token *head = &c->document->tokens[c->items[noun].head];

	return head->entity >= 0 &&
	       c->document->entities[head->entity].type == ENTITY_PER;
}

static struct group
subject_over_comma(const struct chunks *c, int verb, int comma, int depth)
{
	int pair = comma_pair(c, comma), up, earlier;
	struct group g = { .count = 0 };

	if (!c->items[verb].is_finite && finite_verb_before(c, verb) >= 0)
		pair = -1; /* X left, accusing Y */
	if (pair > 0) {
		up = left_of(c, pair);
		if (kind_at(c, up) == CHUNK_NOUN) {
			int inner = right_of(c, pair);

			if (kind_at(c, inner) == CHUNK_NOUN && is_person_name(c, inner) &&
			    !is_person_name(c, up))
				return one_group(inner);
			collect_left(c, clause_head(c, up), &g);
			return g;
		}
	}
	earlier = finite_verb_before(c, verb);
	if (earlier >= 0)
		return subject_of(c, earlier, depth + 1);
	up = left_of(c, comma);
	if (kind_at(c, up) == CHUNK_NOUN && c->items[verb].is_finite)
		collect_left(c, clause_head(c, up), &g);
	return g;
}

static struct group
subject_of_relative(const struct chunks *c, int rel)
{
	int up = left_of(c, rel);

	if (kind_at(c, up) == CHUNK_PREP) /* with whom */
		up = left_of(c, up);
	if (kind_at(c, up) == CHUNK_COMMA)
		up = left_of(c, up);
	if (kind_at(c, up) != CHUNK_NOUN)
		return no_group();
	if (chunks_is(c, c->items[rel].head, "who") && clause_head(c, up) != up &&
	    kind_at(c, rel - 1) == CHUNK_COMMA && !is_person_name(c, up))
		up = clause_head(c, up);
	return one_group(up);
}

/* accused Y of supplying, barred Y from entering: Y does it; after attacking: the subject
 * does. */
static struct group
subject_of_gerund(const struct chunks *c, int verb, int prep, int depth)
{
	int governor = verb_before(c, prep), token = c->items[prep].head;
	struct group g = { .count = 0 };

	if (governor < 0) {
		governor = finite_verb_after(c, verb);
		return governor < 0 ? g : subject_of(c, governor, depth + 1);
	}
	if (chunks_is(c, token, "of") || chunks_is(c, token, "from") ||
	    chunks_is(c, token, "for"))
		g = object_of(c, governor, depth);
	return g.count ? g : subject_of(c, governor, depth + 1);
}

static int
infinitive_governor(const struct chunks *c, int verb, int *object)
{
	int i = left_of(c, verb);

	*object = -1;
	if (kind_at(c, i) == CHUNK_VERB)
		return i;
	if (kind_at(c, i) != CHUNK_NOUN)
		return verb_before(c, verb);
	*object = i;
	return verb_before(c, i);
}

static struct group
subject_of_infinitive(const struct chunks *c, int verb, int depth)
{
	int object, governor = infinitive_governor(c, verb, &object);

	if (governor < 0) {
		struct group g = { .count = 0 };

		/* A headline's "EU to send": nothing but the noun stands before it. */
		if (object >= 0 && finite_verb_before(c, verb) < 0)
			collect_left(c, clause_head(c, object), &g);
		return g;
	}
	if (object >= 0 && verb_word(c, governor)->kinds & KIND_CONTROL &&
	    !c->items[governor].is_passive)
		return object_of(c, governor, depth);
	return subject_of(c, governor, depth + 1);
}

static bool
are_alike(const struct chunk *a, const struct chunk *b)
{
	if (a->is_infinitive || b->is_infinitive)
		return a->is_infinitive == b->is_infinitive;
	return a->is_finite == b->is_finite;
}

/*
 * X praised those who helped, and said; X signed plans aimed at output and
 * approved: the verb of the same form, not that of a clause within.
 */
static int
twin_verb(const struct chunks *c, int verb, int and)
{
	const struct chunk *v = &c->items[verb];
	bool over_comma = kind_at(c, and-1) == CHUNK_COMMA;

	for (int i = and-1, steps = 0; i >= 0 && steps < WALK; i--, steps++) {
		if (kind_at(c, i) == CHUNK_BREAK)
			break;
		if (kind_at(c, i) != CHUNK_VERB || !are_alike(&c->items[i], v))
			continue;
		if (is_participle(c, i) && !c->items[i].is_passive &&
		    kind_at(c, left_of(c, i)) == CHUNK_NOUN &&
		    finite_verb_before(c, i) >= 0)
			continue;
		if (over_comma && kind_at(c, left_of(c, i)) == CHUNK_REL &&
		    finite_verb_before(c, i) >= 0)
			continue;
		return i;
	}
	return verb_before(c, and);
}

static struct group
subject_after_verb(const struct chunks *c, int verb, int depth)
{
	int governor = left_of(c, verb);

	return subject_of(c, governor, depth + 1);
}

/* A ferry carrying traders capsized: the ferry. */
static int
over_participle(const struct chunks *c, int noun)
{
	int verb = left_of(c, noun), up;

	if (kind_at(c, verb) != CHUNK_VERB || c->items[verb].has_auxiliary ||
	    c->items[verb].is_infinitive || !(c->items[verb].form & FORM_ING))
		return noun;
	up = left_of(c, verb);
	if (kind_at(c, up) != CHUNK_NOUN || finite_verb_before(c, verb) >= 0)
		return noun;
	return clause_head(c, up);
}

/* Kim at a secret place inspecting missiles: the one that can do it. */
static bool
is_animate(const struct chunks *c, int noun)
{
	int head = c->items[noun].end - 1;

	return chunks_word(c, head)->agent || c->document->tokens[head].entity >= 0 ||
	       is_pronoun(c, noun);
}

static struct group
subject_of(const struct chunks *c, int verb, int depth)
{
	int left = left_of(c, verb);
	const struct chunk *v = &c->items[verb];
	struct group g = { .count = 0 };

	if (depth > DEPTH)
		return g;
	if (v->is_infinitive)
		return subject_of_infinitive(c, verb, depth);
	while (is_time_prep(c, left)) /* Kim on Monday denied */
		left = left_of(c, left);
	switch (kind_at(c, left)) {
	case CHUNK_NOUN:
		if (v->form & FORM_ING && !v->has_auxiliary)
			return one_group(is_animate(c, left) ? left
							     : clause_head(c, left));
		collect_left(c, over_participle(c, clause_head(c, left)), &g);
		return g;
	case CHUNK_COMMA:
		return subject_over_comma(c, verb, left, depth);
	case CHUNK_REL:
		return subject_of_relative(c, left);
	case CHUNK_VERB:
		return subject_after_verb(c, verb, depth);
	case CHUNK_PREP:
		return subject_of_gerund(c, verb, left, depth);
	case CHUNK_AND:
		left = twin_verb(c, verb, left);
		return left < 0 ? g : subject_of(c, left, depth + 1);
	case CHUNK_SUB:
	case CHUNK_TIME:
	case CHUNK_ADVERB:
		left = verb_before(c, verb);
		if (left < 0 && kind_at(c, left_of(c, verb)) == CHUNK_SUB)
			left = finite_verb_before(c, verb);
		return left < 0 ? g : subject_of(c, left, depth + 1);
	case CHUNK_BREAK:
		left = finite_verb_after(c, verb);
		return left < 0 || v->is_finite ? g : subject_of(c, left, depth + 1);
	}
	return g;
}

struct group
clause_subject(const struct chunks *c, int verb)
{
	return subject_of(c, verb, 0);
}

enum slot
clause_slot(const struct chunks *c, int prep)
{
	static const struct {
		const char *word;
		enum slot slot;
	} rows[] = {
		{ "by", SLOT_BY },           { "of", SLOT_OF },
		{ "on", SLOT_ON },           { "upon", SLOT_ON },
		{ "against", SLOT_AGAINST }, { "with", SLOT_WITH },
		{ "to", SLOT_TO },           { "for", SLOT_FOR },
		{ "in", SLOT_IN },           { "inside", SLOT_IN },
		{ "across", SLOT_IN },       { "from", SLOT_FROM },
		{ "at", SLOT_AT },           { "near", SLOT_AT },
		{ "over", SLOT_OVER },       { "between", SLOT_BETWEEN },
		{ "among", SLOT_BETWEEN },   { "into", SLOT_INTO },
		{ "as", SLOT_AS },           { "about", SLOT_ABOUT },
		{ "behind", SLOT_BEHIND },   { "alongside", SLOT_WITH },
		{ "outside", SLOT_AT },      { "towards", SLOT_TO },
		{ "toward", SLOT_TO },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (chunks_is(c, c->items[prep].head, rows[i].word))
			return rows[i].slot;
	return SLOT_NONE;
}

/* A comma that another clause or verb follows ends this one. */
static bool
ends_clause(const struct chunks *c, int i)
{
	int next = right_of(c, i);

	switch (kind_at(c, i)) {
	case CHUNK_VERB:
		return true;
	case CHUNK_SUB:
	case CHUNK_REL:
	case CHUNK_BREAK:
		return true;
	case CHUNK_COMMA:
	case CHUNK_AND:
		return kind_at(c, next) != CHUNK_PREP;
	case CHUNK_NOUN:
		return kind_at(c, next) == CHUNK_VERB && c->items[next].is_finite;
	case CHUNK_PREP:
	case CHUNK_TIME:
	case CHUNK_ADVERB:
		return false;
	}
	return true;
}

/* PREP NOUN pairs from i on, the first of each preposition. */
static void
read_prepositions(const struct chunks *c, int i, struct clause *out)
{
	for (int steps = 0; i < c->count && steps < WALK; i++, steps++) {
		enum slot slot;
		int noun;

		if (kind_at(c, i) == CHUNK_PREP) {
			noun = right_of(c, i);
			slot = clause_slot(c, i);
			if (kind_at(c, noun) != CHUNK_NOUN)
				continue;
			if (slot != SLOT_NONE && !out->slots[slot].count)
				collect_right(c, noun, &out->slots[slot]);
			i = noun;
			if (slot != SLOT_NONE && out->slots[slot].items[0] == noun)
				i = out->slots[slot].items[out->slots[slot].count - 1];
		} else if (ends_clause(c, i)) {
			return;
		}
	}
}

static unsigned
own_aux(const struct chunks *c, int verb)
{
	const struct chunk *v = &c->items[verb];
	int left = left_of(c, verb);
	unsigned aux = 0;

	if (v->is_future || v->is_would)
		aux |= AUX_FUTURE;
	if (v->is_modal && !v->is_would)
		aux |= AUX_HYPOTHETICAL;
	if (v->is_negated)
		aux |= AUX_NEGATION;
	if (kind_at(c, left) == CHUNK_PREP &&
	    chunks_is(c, c->items[left].head, "without"))
		aux |= AUX_NEGATION;
	return aux;
}

/* will attack if provoked */
static unsigned
condition_aux(const struct chunks *c, int verb)
{
	for (int i = verb + 1, steps = 0; i < c->count && steps < 12; i++, steps++) {
		if (kind_at(c, i) == CHUNK_SUB)
			return chunks_is(c, c->items[i].head, "if") ||
				       chunks_is(c, c->items[i].head, "unless")
				   ? AUX_HYPOTHETICAL
				   : 0;
		if (kind_at(c, i) == CHUNK_BREAK || kind_at(c, i) == CHUNK_REL)
			return 0;
	}
	return 0;
}

/* if X attacks: the clause's own opener makes it a supposition. */
static unsigned
opener_aux(const struct chunks *c, int verb)
{
	for (int i = verb - 1, steps = 0; i >= 0 && steps < 12; i--, steps++) {
		if (kind_at(c, i) == CHUNK_SUB)
			return chunks_is_kind(c, c->items[i].head, KIND_IF)
				   ? AUX_HYPOTHETICAL
				   : 0;
		if (kind_at(c, i) == CHUNK_VERB || kind_at(c, i) == CHUNK_BREAK)
			return 0;
	}
	return 0;
}

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

/* a planned trip to the capital to meet */
static bool
is_planned(const struct chunks *c, int noun)
{
	const struct chunk *k = &c->items[clause_head(c, noun)];

	for (int t = k->first; t < k->end; t++)
		if (chunks_is_kind(c, t, KIND_PLANNED))
			return true;
	return false;
}

static unsigned aux_of(const struct chunks *c, int verb, int depth);

static unsigned
infinitive_aux(const struct chunks *c, int verb, int depth)
{
	int object, governor = infinitive_governor(c, verb, &object);
	enum effect effect = EFFECT_FUTURE;
	unsigned aux;

	if (object >= 0 && chunks_word(c, c->items[object].head)->effect != EFFECT_NONE) {
		effect = chunks_word(c, c->items[object].head)->effect;
		return effect_aux(effect);
	}
	if (governor < 0) /* EU to send */
		return AUX_FUTURE;
	if (object >= 0 && is_planned(c, object))
		return AUX_FUTURE;
	aux = aux_of(c, governor, depth + 1);
	effect = verb_word(c, governor)->effect;
	/* did not fail to, failed to: two make none */
	if (effect == EFFECT_NEGATION)
		return aux ^ AUX_NEGATION;
	return (aux & ~(unsigned)(object >= 0 ? AUX_NEGATION : 0)) | effect_aux(effect);
}

/* began shelling, stopped buying, denied attacking; and a second verb under the same
 * mood. */
static unsigned
bare_aux(const struct chunks *c, int verb, int depth)
{
	const struct chunk *v = &c->items[verb];
	int left = left_of(c, verb);

	if (v->has_auxiliary)
		return 0;
	if (kind_at(c, left) == CHUNK_VERB && v->form & FORM_ING) {
		enum effect effect = verb_word(c, left)->effect;

		return aux_of(c, left, depth + 1) |
		       (effect == EFFECT_NONE ? 0 : effect_aux(effect));
	}
	if (kind_at(c, left) == CHUNK_PREP && v->form & FORM_ING) {
		int over = verb_before(c, left);
		enum effect effect = over < 0 ? EFFECT_NONE : verb_word(c, over)->effect;

		/* aimed at boosting, barred from entering; "by" and "after" tell of a
		 * deed */
		if (clause_slot(c, left) == SLOT_OF &&
		    kind_at(c, left_of(c, left)) == CHUNK_NOUN)
			return over < 0
				   ? 0
				   : aux_of(c, over, depth + 1) & ~(unsigned)AUX_NEGATION;
		if (clause_slot(c, left) == SLOT_AT ||
		    clause_slot(c, left) == SLOT_FROM || clause_slot(c, left) == SLOT_ON)
			return effect == EFFECT_NONE ? 0 : effect_aux(effect);
		return 0;
	}
	if (kind_at(c, left) == CHUNK_AND) {
		int twin = verb_before(c, left);

		if (twin >= 0 && v->form & FORM_BASE && !(v->form & (FORM_PAST | FORM_S)))
			return aux_of(c, twin, depth + 1) & ~(unsigned)AUX_NEGATION;
	}
	return 0;
}

static unsigned
aux_of(const struct chunks *c, int verb, int depth)
{
	unsigned aux = own_aux(c, verb) | opener_aux(c, verb);

	if (depth > DEPTH)
		return aux;
	return aux | (c->items[verb].is_infinitive ? infinitive_aux(c, verb, depth)
						   : bare_aux(c, verb, depth));
}

/* The verb whose content this one is: urged X to leave, accused X of leaving. */
static void
find_governor(const struct chunks *c, int verb, struct clause *out)
{
	int left = left_of(c, verb), object;

	if (c->items[verb].is_infinitive) {
		out->governor = infinitive_governor(c, verb, &object);
		out->is_direct = object < 0;
	} else if (kind_at(c, left) == CHUNK_PREP && c->items[verb].form & FORM_ING) {
		out->governor = verb_before(c, left);
	} else if (kind_at(c, left) == CHUNK_VERB && c->items[verb].form & FORM_ING) {
		out->governor = left;
		out->is_direct = true;
	} else if (kind_at(c, left) == CHUNK_AND && verb_before(c, left) >= 0 &&
		   c->items[verb].form == FORM_BASE) {
		struct clause twin = { .governor = -1 };

		if (c->items[verb_before(c, left)].is_infinitive)
			find_governor(c, verb_before(c, left), &twin);
		out->governor = twin.governor;
	}
}

/* Whom the infinitive behind the verb is about: its object, else what its preposition
 * has. */
static void
read_infinitive(const struct chunks *c, int verb, struct clause *out)
{
	int i = right_of(c, verb);
	struct clause inner = { .verb = -1 };

	for (int steps = 0; steps < 6 && i < c->count && kind_at(c, i) != CHUNK_VERB;
	     steps++) {
		if (kind_at(c, i) != CHUNK_NOUN && kind_at(c, i) != CHUNK_PREP)
			return;
		i = right_of(c, i);
	}
	if (kind_at(c, i) != CHUNK_VERB || !c->items[i].is_infinitive)
		return;
	out->has_infinitive = true;
	out->slots[SLOT_INFINITIVE] = object_of(c, i, 0);
	/* threatened to use it to destroy X */
	if (out->slots[SLOT_INFINITIVE].count == 1 &&
	    is_pronoun(c, out->slots[SLOT_INFINITIVE].items[0])) {
		int further = right_of(c, right_of(c, i));

		if (kind_at(c, further) == CHUNK_VERB && c->items[further].is_infinitive)
			out->slots[SLOT_INFINITIVE] = object_of(c, further, 0);
	}
	if (out->slots[SLOT_INFINITIVE].count)
		return;
	read_prepositions(c, i + 1, &inner);
	for (int s = SLOT_BY; s < SLOT_COUNT && !out->slots[SLOT_INFINITIVE].count; s++)
		out->slots[SLOT_INFINITIVE] = inner.slots[s];
}

/* In the passive the subject slot is what is acted on; the doer stands behind "by". */
static void
turn_passive(struct clause *out)
{
	out->slots[SLOT_OBJECT] = out->slots[SLOT_SUBJECT];
	out->slots[SLOT_SUBJECT] = out->slots[SLOT_BY];
}

/* Is it the only verb that what stands to its left can have? */
static bool
is_main_verb(const struct chunks *c, int verb)
{
	int head = clause_head(c, left_of(c, verb)), before = left_of(c, head);

	if (has_own_verb_after(c, verb) ||
	    (kind_at(c, before) == CHUNK_PREP && finite_verb_before(c, before) >= 0 &&
	     (chunks_is(c, c->items[before].head, "like") ||
	      chunks_is(c, c->items[before].head, "including"))))
		return false;
	if (kind_at(c, before) != CHUNK_VERB || verb_word(c, before)->kinds & KIND_SPEECH)
		return true;
	return !c->items[before].is_finite && finite_verb_before(c, before) < 0;
}

/* the man arrested on Friday, sanctions imposed over: a past form alone that no object
 * follows. */
static bool
is_reduced_passive(const struct chunks *c, int verb, int next)
{
	const struct chunk *v = &c->items[verb];
	int left;

	if (v->has_auxiliary || v->is_infinitive || !(v->form & FORM_DONE))
		return false;
	if (kind_at(c, next) == CHUNK_NOUN)
		return false;
	if (kind_at(c, next) == CHUNK_PREP && clause_slot(c, next) == SLOT_BY)
		return true;
	if (!(v->form & FORM_PAST))
		return true;
	left = left_of(c, verb);
	if (kind_at(c, left) != CHUNK_NOUN || is_pronoun(c, left))
		return false;
	/* Headlines tell in the present: "Leader sentenced" is a passive. */
	return c->sentence->in_headline ||
	       ((has_own_verb_after(c, verb) ||
		 kind_at(c, left_of(c, left)) == CHUNK_PREP ||
		 kind_at(c, left_of(c, left)) == CHUNK_VERB) &&
		!is_main_verb(c, verb));
}

static bool
is_nobody(const struct chunks *c, const struct group *g)
{
	int token = g->count ? c->items[g->items[0]].first : -1;

	return token >= 0 &&
	       (chunks_is(c, token, "nobody") || chunks_is(c, token, "none") ||
		chunks_is(c, token, "no") || chunks_is(c, token, "neither"));
}

void
clause_of_verb(const struct chunks *c, int verb, int last, struct clause *out)
{
	int from =
	    last >= c->items[verb].end ? c->of_token[last - c->sentence->first] : verb;
	int next = right_of(c, from);

	*out = (struct clause){ .verb = verb, .noun = -1, .governor = -1 };
	out->aux = aux_of(c, verb, 0);
	if (!(verb_word(c, verb)->kinds & KIND_SPEECH))
		out->aux |= condition_aux(c, verb);
	out->slots[SLOT_SUBJECT] = subject_of(c, verb, 0);
	find_governor(c, verb, out);
	read_infinitive(c, verb, out);
	if (kind_at(c, next) == CHUNK_NOUN && !opens_clause(c, verb, next)) {
		collect_right(c, next, &out->slots[SLOT_OBJECT]);
		next =
		    out->slots[SLOT_OBJECT].items[out->slots[SLOT_OBJECT].count - 1] + 1;
	}
	read_prepositions(c, next, out);
	if (c->items[verb].is_passive) {
		turn_passive(out);
	} else if (from == verb && is_reduced_passive(c, verb, right_of(c, from))) {
		if (kind_at(c, left_of(c, verb)) == CHUNK_NOUN)
			out->slots[SLOT_SUBJECT] = one_group(left_of(c, verb));
		turn_passive(out);
	}
	if (is_nobody(c, &out->slots[SLOT_SUBJECT]))
		out->aux |= AUX_NEGATION;
}

/* The verb that a noun chunk is the object or the subject of. */
static int
verb_over(const struct chunks *c, int noun, bool *is_subject)
{
	int left = left_of(c, noun), right = right_of(c, noun);

	*is_subject = false;
	if (kind_at(c, left) == CHUNK_VERB)
		return left;
	for (int steps = 0; steps < 8 && kind_at(c, right) == CHUNK_PREP; steps++)
		right = right_of(c, right_of(c, right));
	if (kind_at(c, right) == CHUNK_VERB && clause_head(c, noun) == noun) {
		*is_subject = true;
		return right;
	}
	return -1;
}

static void
lend_verb(const struct chunks *c, int verb, bool is_subject, struct clause *out)
{
	const struct chunk *v = &c->items[verb];

	out->aux |= aux_of(c, verb, 0);
	if (!is_subject || v->is_passive) {
		struct clause over;

		clause_of_verb(c, verb, v->head, &over);
		if (verb_word(c, verb)->kinds & KIND_SUPPORT)
			out->slots[SLOT_SUBJECT] = over.slots[SLOT_SUBJECT];
		out->verb = verb;
	}
	if (is_subject)
		read_prepositions(c, verb + 1, out);
}

static unsigned
adjective_aux(const struct chunks *c, const struct chunk *k, int trigger)
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

void
clause_of_noun(const struct chunks *c, int noun, int trigger, struct clause *out)
{
	const struct chunk *k = &c->items[noun];
	bool is_subject;
	int verb = verb_over(c, noun, &is_subject);

	*out =
	    (struct clause){ .verb = -1, .noun = noun, .governor = verb_before(c, noun) };
	out->owner_first = k->first;
	out->owner_end = trigger;
	if (trigger > k->first)
		out->slots[SLOT_OWNER] = one_group(noun);
	out->aux = adjective_aux(c, k, trigger);
	read_prepositions(c, noun + 1, out);
	if (verb >= 0)
		lend_verb(c, verb, is_subject, out);
	if (out->governor >= 0 && kind_at(c, left_of(c, noun)) == CHUNK_PREP)
		out->slots[SLOT_CLAUSE] = subject_of(c, out->governor, 0);
}
