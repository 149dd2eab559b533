#include "event/verb.h"

#include <string.h>

bool
verb_is(const struct chunks *c, int token)
{
	const struct chunk *k = chunks_at(c, chunks_of(c, token));

	if (k && k->kind == CHUNK_NOUN && k->root == token && has_tag(c, token, "VBG"))
		return false; /* stop fighting */
	return token >= 0 &&
	       (syntax_is(&c->tree, token, "VERB") || dependent(c, token, REL_COP) >= 0);
}

/* The word that its dependents hang on: of "is ready", ready. */
int
verb_node(const struct chunks *c, int verb)
{
	int head = c->items[verb].head;

	return rel_of(c, head) == REL_COP && head_of(c, head) >= 0 ? head_of(c, head)
								   : head;
}

/* The chunk that tells of a node's tense and mood; NULL: none does. */
const struct chunk *
verb_group(const struct chunks *c, int node)
{
	int copula = chunks_is_done(c, node) ? -1 : dependent(c, node, REL_COP);
	const struct chunk *k = chunks_at(c, chunks_of(c, copula >= 0 ? copula : node));

	return k && k->kind == CHUNK_VERB ? k : NULL;
}

int
verb_index(const struct chunks *c, int node)
{
	int copula =
	    node < 0 || chunks_is_done(c, node) ? -1 : dependent(c, node, REL_COP);
	int k = chunks_of(c, copula >= 0 ? copula : node);

	return k >= 0 && c->items[k].kind == CHUNK_VERB ? k : -1;
}

int
verb_mark(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;
	int found = -1; /* the last: out of */

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k))
		if ((syntax_rel(s, k) == REL_CASE || syntax_rel(s, k) == REL_MARK) &&
		    !syntax_is(s, k, "PART") && k < node)
			found = k;
	return found;
}

bool
verb_is_infinitive(const struct chunks *c, int node)
{
	const struct chunk *v = verb_group(c, node);

	return v && v->is_infinitive;
}

bool
verb_is_participle(const struct chunks *c, int node)
{
	const struct chunk *v = verb_group(c, node);

	return has_tag(c, node, "VBG") && (!v || !v->has_auxiliary);
}

bool
verb_is_relative(const struct chunks *c, int token)
{
	const struct chunk *k = chunks_at(c, chunks_of(c, token));

	return k && k->kind == CHUNK_REL;
}

static bool
is_time(const struct chunks *c, int token)
{
	const struct chunk *k = chunks_at(c, chunks_of(c, token));

	return k && k->kind == CHUNK_TIME;
}

/* as, before, since: with a noun a preposition, with a clause a conjunction. */
static bool
may_open_clause(const struct chunks *c, int mark)
{
	static const char *const words[] = { "after", "as",   "before",
					     "since", "than", "until" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (chunks_is(c, mark, words[i]))
			return true;
	return false;
}

/* "days before Lee was set to meet him": the noun right before a finite verb. */
static int
noun_before(const struct chunks *c, const struct chunk *v)
{
	const struct chunk *n;
	int i = chunks_of(c, v->first) - 1, mark;

	while (i > 0 && c->items[i].kind == CHUNK_ADVERB)
		i--;
	n = chunks_at(c, i);
	if (!n || n->kind != CHUNK_NOUN || n->root > v->head)
		return -1;
	mark = verb_mark(c, n->root);
	if (mark < 0 && rel_of(c, n->first - 1) == REL_MARK) /* it is the verb's */
		mark = n->first - 1;
	return mark >= 0 && may_open_clause(c, mark) ? n->root : -1;
}

/* Kim, 40, last left: a subject only if there is no better */
static bool
is_bare_adjective(const struct syntax *s, int token)
{
	return syntax_is(s, token, "ADJ") && syntax_first(s, token) < 0;
}

/* A noun before a finite verb that the tree hangs on it as something else. */
static int
bare_subject(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;
	const struct chunk *v = verb_group(c, node);
	int found = -1;

	if (!v || !v->is_finite)
		return -1;
	for (int k = syntax_first(s, node); k >= 0 && k < v->first;
	     k = syntax_next(s, k)) {
		const struct chunk *n = chunks_at(c, chunks_of(c, k));
		int rel = syntax_rel(s, k);

		if (n && n->kind == CHUNK_NOUN && !is_bare_adjective(s, k) &&
		    verb_mark(c, k) < 0 && rel != REL_OBJ && rel != REL_POSS &&
		    rel != REL_ADVCL)
			found = k;
	}
	return found >= 0 ? found : noun_before(c, v);
}

int
verb_subject(const struct chunks *c, int node)
{
	const struct syntax *s = &c->tree;
	int found = -1, other;

	for (int k = syntax_first(s, node); k >= 0; k = syntax_next(s, k)) {
		int rel = syntax_rel(s, k);

		if ((rel == REL_NSUBJ || rel == REL_SUBJECT_PASSIVE ||
		     rel == REL_CSUBJ) &&
		    !chunks_is(c, k, "whom") && !is_time(c, k))
			found = k; /* the nearer of two */
	}
	if (found >= 0 && !is_bare_adjective(s, found))
		return found;
	other = bare_subject(c, node);
	return other >= 0 ? other : found;
}

static bool
is_object(const struct chunks *c, int noun)
{
	int rel = rel_of(c, noun);

	return (rel == REL_OBJ || rel == REL_IOBJ || rel == REL_SUBJECT_PASSIVE) &&
	       verb_is(c, head_of(c, noun));
}

static bool
is_finite_form(const struct chunks *c, int node)
{
	const struct chunk *v = verb_group(c, node);

	return v && v->is_finite && !v->is_infinitive && !has_tag(c, node, "VB");
}

struct link
verb_link(const struct chunks *c, int node)
{
	struct link l = { head_of(c, node), rel_of(c, node) };
	const struct document *d = c->document;

	if (l.rel == REL_ACL && verb_mark(c, node) >= 0 && verb_is_participle(c, node) &&
	    is_object(c, l.head) && d->tokens[l.head].entity >= 0)
		return (struct link){ head_of(c, l.head), REL_ADVCL };
	if (l.rel == REL_OBJ && verb_is_participle(c, node)) /* began shooting */
		l.rel = REL_XCOMP;
	if (l.rel == REL_XCOMP && l.head >= 0 && !verb_is(c, l.head))
		l.rel = REL_ACL;
	/* signed plans aimed at boosting output and approved: like with like */
	if (l.rel == REL_CONJ && is_finite_form(c, node))
		for (int over = l.head, steps = 0; over >= 0 && steps < CLIMB; steps++) {
			if (verb_is(c, over) && is_finite_form(c, over)) {
				l.head = over;
				break;
			}
			over = head_of(c, over);
		}
	return l;
}

static bool is_passive(const struct chunks *c, int node, int depth);

/* Teachers struck in Lisbon: no man arrested, for the sentence has no other verb. */
static bool
is_whole_clause(const struct chunks *c, int node)
{
	if (c->sentence->in_headline || rel_of(c, head_of(c, node)) != REL_ROOT)
		return false;
	for (int i = 0; i < c->count; i++)
		if (c->items[i].kind == CHUNK_VERB && c->items[i].is_finite)
			return false;
	return true;
}

static bool
is_past_participle(const struct chunks *c, int node)
{
	return has_tag(c, node, "VBN") || dependent(c, node, REL_SUBJECT_PASSIVE) >= 0 ||
	       chunks_word(c, node)->forms & FORM_DONE;
}

/* arrested in a raid, jailed for life: a past participle without "have". */
static bool
is_bare_passive(const struct chunks *c, int node, int depth)
{
	const struct chunk *v = verb_group(c, node);

	if (!has_tag(c, node, "VBN") && !has_tag(c, node, "VBD"))
		return false;
	if (v && v->has_auxiliary)
		return false;
	switch (rel_of(c, node)) {
	case REL_ACL:
		return verb_subject(c, node) < 0 && dependent(c, node, REL_OBJ) < 0 &&
		       !is_whole_clause(c, node);
	case REL_CONJ:
		if (verb_subject(c, node) >= 0 || !has_tag(c, node, "VBN") ||
		    dependent(c, node, REL_OBJ) >= 0)
			return false;
		return !verb_is(c, head_of(c, node)) ||
		       is_passive(c, head_of(c, node), depth + 1);
	case REL_ADVCL:
		if (has_tag(c, node, "VBD")) /* with missiles reportedly deployed there */
			return verb_subject(c, node) < 0 &&
			       dependent(c, node, REL_OBJ) < 0 &&
			       verb_mark(c, node) < 0 && is_past_participle(c, node);
		return true;
	case REL_XCOMP:
		return has_tag(c, node, "VBN");
	default: /* headlines tell of the present, their past forms are passives */
		if (c->sentence->in_headline)
			return dependent(c, node, REL_OBJ) < 0 &&
			       is_past_participle(c, node);
		return verb_subject(c, node) < 0 && has_tag(c, node, "VBN");
	}
}

static bool
is_passive(const struct chunks *c, int node, int depth)
{
	if (depth > DEPTH)
		return false;
	return dependent(c, node, REL_PASSIVE) >= 0 || chunks_is_done(c, node) ||
	       is_bare_passive(c, node, depth);
}

/* Of a noun: the verb that it is the object or subject of; -1. */
int
verb_over(const struct chunks *c, int token)
{
	for (int steps = 0; token >= 0 && steps < CLIMB; steps++) {
		int head = head_of(c, token);

		if (head < 0 || verb_is(c, head))
			return head;
		token = head;
	}
	return -1;
}

static enum slot
slot_of_word(const char *word)
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
		if (!strcmp(word, rows[i].word))
			return rows[i].slot;
	return SLOT_NONE;
}

enum slot
clause_slot(const struct chunks *c, int prep)
{
	return slot_of_word(c->document->tokens[c->items[prep].head].norm);
}

enum slot
clause_slot_of(const struct chunks *c, int token)
{
	int mark = verb_mark(c, token);
	int prep = mark < 0 ? -1 : chunks_of(c, mark);

	if (prep >= 0 && c->items[prep].kind == CHUNK_PREP)
		return clause_slot(c, prep);
	return mark < 0 ? SLOT_NONE : slot_of_word(c->document->tokens[mark].norm);
}

bool
verb_is_passive(const struct chunks *c, int node)
{
	return is_passive(c, node, 0);
}
