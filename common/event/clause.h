/*
 * The clause round a verb: who does it, to what, with which prepositions,
 * under which other verb, in which mood.  The passive and the relative clause
 * are brought to the shape of the plain one, and missing subjects are filled
 * in: the second of two verbs, "who", "agreed to send", "accused Y of
 * supplying".  And the like for a noun that names a deed.
 */
#ifndef EVENT_CLAUSE_H
#define EVENT_CLAUSE_H

#include "event/chunk.h"

#define GROUP_SIZE 8

/* Noun chunks that share a role: "France, Germany and Spain". */
struct group {
	int items[GROUP_SIZE];
	int count;
};

enum aux {
	AUX_FUTURE = 1 << 0,
	AUX_HYPOTHETICAL = 1 << 1,
	AUX_NEGATION = 1 << 2,
	AUX_HISTORICAL = 1 << 3,
};

struct clause {
	int verb;     /* chunk; -1: a noun without a verb of its own */
	int noun;     /* chunk of the naming noun; -1 */
	int governor; /* chunk of the verb that this one is the content or purpose of; -1
		       */
	bool is_direct; /* agreed to send: nothing stands between */
	bool has_infinitive;
	unsigned aux;
	struct group slots[SLOT_COUNT];
	int owner_first,
	    owner_end; /* tokens of the naming noun that say whose; empty if equal */
};

/* `last` is the final token of the trigger: the object begins behind it. */
void clause_of_verb(const struct chunks *c, int verb, int last, struct clause *out);
void clause_of_noun(const struct chunks *c, int noun, int trigger, struct clause *out);

/* The subject as it stands, in the passive too. */
struct group clause_subject(const struct chunks *c, int verb);
enum slot clause_slot(const struct chunks *c, int prep); /* of a preposition's chunk */
enum slot clause_slot_of(const struct chunks *c, int token); /* by which it hangs */

#endif
