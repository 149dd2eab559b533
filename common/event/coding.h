/* What the parts of the coder share while one document is coded. */
#ifndef EVENT_CODING_H
#define EVENT_CODING_H

#include "event/clause.h"

/* Classes of nouns that the coder itself knows, beside those of classes.tsv. */
struct builtin {
	uint64_t person, body, place, country, number, measure;
};

/* What the text has said of an entity: "Canadian official Denise Arcand". */
struct role {
	const char *country;
	struct names sectors;
};

struct found {
	struct event event;
	const struct pattern *pattern;
	const struct chunks *chunks;
	struct clause clause;
	int token, chunk;
	unsigned aux;
	bool is_dropped;
};

struct coding {
	const struct lexicon *lexicon;
	const struct document *document;
	struct builtin classes;
	struct arena *arena;
	struct utf8_cursor body, headline;
	struct sentence *pieces; /* the sentences, those too long cut */
	int *sentence_of;
	size_t piece_count;
	struct chunks *chunks; /* of each piece */
	struct role *roles;    /* of each entity */
	int home; /* entity: where the article is from, or what it is most about; -1 */
	bool is_resolving; /* a pronoun, so that none leads to another */
	int dateline;      /* entity of the place that the body opens with; -1 */
	struct found *found;
	size_t count, room;
};

/* actor.c */
void roles_read(struct coding *g);
/* NULL: no actor; loose: "U.S. policy" stands for the U.S. */
const struct actor *
actor_of_noun(struct coding *g, const struct chunks *c, int noun, bool is_loose);
const struct actor *actor_of_entity(struct coding *g, const struct chunks *c, int token);
struct actors actors_of_group(struct coding *g, const struct chunks *c,
			      const struct group *group, bool is_loose);
/* Whose attack it is: what stands before the trigger in its noun group. */
struct actors
actors_of_owner(struct coding *g, const struct chunks *c, const struct clause *clause);
struct actors actors_join(struct coding *g, struct actors a, struct actors b);
bool actors_share(const struct actors *a, const struct actors *b);
struct span noun_words(struct coding *g, const struct chunks *c, int noun);
uint64_t noun_classes(const struct coding *g, const struct chunks *c, int noun);

/* place.c, date.c, attribution.c, count.c, dedup.c */
void place_event(struct coding *g, struct found *f);
void date_event(struct coding *g, struct found *f);
void attribute_event(struct coding *g, struct found *f);
void count_casualties(struct coding *g,
		      size_t from); /* of the events since, of one sentence */
void dedup_events(struct coding *g);

#endif
