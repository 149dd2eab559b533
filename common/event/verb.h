/*
 * What the tree of a sentence says of a verb: its group, what it hangs on and
 * by what, its subject where it has one of its own, its voice.  A node is the
 * token that the others hang on: of "is ready", ready.
 */
#ifndef EVENT_VERB_H
#define EVENT_VERB_H

#include "event/clause.h"

#define DEPTH 6 /* words asked in turn */
#define CLIMB 12

static inline int
rel_of(const struct chunks *c, int token)
{
	return syntax_rel(&c->tree, token);
}

static inline int
head_of(const struct chunks *c, int token)
{
	return syntax_head(&c->tree, token);
}

static inline int
dependent(const struct chunks *c, int token, int rel)
{
	return syntax_child(&c->tree, token, rel);
}

static inline bool
has_tag(const struct chunks *c, int token, const char *xpos)
{
	return syntax_has(&c->tree, token, xpos);
}

bool verb_is(const struct chunks *c, int token);  /* or what a copula makes one */
int verb_node(const struct chunks *c, int verb);  /* of a chunk */
int verb_index(const struct chunks *c, int node); /* its chunk, -1 */
/* The chunk that tells of a node's tense and mood; NULL: none does. */
const struct chunk *verb_group(const struct chunks *c, int node);
int verb_mark(const struct chunks *c,
	      int node); /* the preposition or conjunction before it, -1 */
bool verb_is_infinitive(const struct chunks *c, int node);
bool
verb_is_participle(const struct chunks *c, int node); /* in -ing, without auxiliary */
bool verb_is_passive(const struct chunks *c, int node);
bool verb_is_relative(const struct chunks *c, int token); /* who, which */
int verb_subject(const struct chunks *c, int node);       /* its own, -1 */
int verb_over(const struct chunks *c, int token); /* that a noun hangs under, -1 */

/*
 * By what a verb hangs on what.  Of "accused X of supplying" the tree may hang
 * the last on X: it is the accusation's like "urged X to" is.
 */
struct link {
	int head, rel;
};
struct link verb_link(const struct chunks *c, int node);

/* doer.c: who does it, and whom or what it is done to, in either voice; a noun and those
 * beside it. */
struct group doer_of(const struct chunks *c, int node);
struct group doer_patient(const struct chunks *c, int node);
struct group doer_subject(const struct chunks *c, int node); /* as it stands */
struct group doer_agent(const struct chunks *c, int node);   /* of a passive */
struct group doer_group(const struct chunks *c, int noun);

/* mood.c: enum aux */
unsigned mood_of(const struct chunks *c, int node);
unsigned mood_of_noun(const struct chunks *c, const struct chunk *noun, int trigger);
bool mood_has_condition(const struct chunks *c, int node);

#endif
