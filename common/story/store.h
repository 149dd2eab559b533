/*
 * The articles and stories of a window, in arrays that are taken at birth and
 * never move: every change is kept for undo first.  An article lies in a ring,
 * its fixed part in one and its terms, sketch and texts in another, so the
 * oldest makes room for the newest and memory has a bound.
 */
#ifndef STORY_STORE_H
#define STORY_STORE_H

#include "story/article.h"
#include "story/measure.h"
#include "story/remember.h"
#include "story/undo.h"

#define STORE_NONE UINT32_MAX

struct member { /* an article */
	uint64_t uri; /* its hash */
	int64_t time_ms, offset;
	uint32_t story;	       /* STORE_NONE: it left, or is withdrawn */
	uint32_t older, newer; /* in its story */
	uint32_t source;
	uint32_t at;	   /* of its bytes in the ring, in units of 8 */
	uint32_t next_uri; /* in the chain of its hash: member + 1 */
	int32_t partition;
	struct happening main;
	uint32_t central; /* millionths: how near the others of its story it was when it came */
	uint64_t joined; /* by number of joining: the newest of a story comes first */
	uint8_t terms, runs;
	bool known; /* by its uri */
};

struct cluster { /* a story */
	uint64_t id;
	uint64_t born; /* by number of arrival */
	uint64_t twin; /* the id of the story that it is another day of; 0: none */
	int64_t first, last;
	uint32_t newest, oldest; /* member */
	uint32_t members;	 /* in the window */
	uint32_t articles;	 /* of its life */
	uint32_t sources, source_head; /* blocks of the pool */
	uint32_t headline;	 /* member that gives it, STORE_NONE: none */
	uint32_t next_free;
	uint32_t next_id; /* in the chain of its id: cluster + 1 */
	bool used;
	bool noted; /* what is not of one article is remembered elsewhere */
};

enum { SOURCES = 14 };

struct sources {
	uint32_t next, count, items[SOURCES];
};

/* The texts of an article, in the ring; valid until it leaves. */
struct member_texts {
	const char *uri, *version, *versioncreated, *headline; /* "": none */
	long epoch;
};

struct store {
	struct undo undo;
	uint32_t most; /* articles; a power of two */
	uint64_t begin, end; /* members by number of arrival: at number % most */
	uint64_t bytes_begin, bytes_end, bytes_room; /* units of 8 */
	struct member *members;
	uint64_t *bytes;
	uint32_t *uris; /* by hash: member + 1 */
	uint32_t *ids;	/* by id: cluster + 1 */
	struct cluster *clusters;
	uint32_t cluster_count, free_cluster;
	struct sources *sources;
	uint32_t sources_count, free_sources;
	uint32_t stories; /* alive */
	uint64_t joins;
};

void store_init(struct store *s, uint32_t most);
void store_release(struct store *s);

uint32_t store_millionths(double share);
uint64_t store_hash(const char *uri);
uint32_t store_find(const struct store *s, const char *uri); /* member, or STORE_NONE */
uint32_t store_find_story(const struct store *s, uint64_t id); /* likewise */
struct member_texts store_texts(const struct store *s, const struct member *m);
struct aspect store_aspect(const struct store *s, const struct member *m);
void store_sketch(const struct store *s, const struct member *m, struct sketch *sketch);

/* Whether there is room for it without taking the oldest away. */
bool store_has_room(const struct store *s, const struct story_article *a);
uint32_t store_oldest(const struct store *s); /* STORE_NONE: there is none */

/* Adds the article to the story; STORE_NONE: it is withdrawn, and only its version is known. */
uint32_t store_add(struct store *s, const struct story_article *a, const struct vector *v,
		   uint32_t story, double score);
/* expired: its time is over, and the story goes on counting it. */
void store_remove(struct store *s, uint32_t member, bool expired);
void store_move(struct store *s, uint32_t member, uint32_t story);

const uint32_t *store_runs(const struct store *s, const struct member *m);
const uint32_t *store_sources(const struct store *s, uint32_t story, struct arena *arena,
			      size_t *n); /* in the arena; NULL: it is full */
bool store_has_source(const struct store *s, uint32_t story, uint32_t source);
/*
 * A name for a story that still says so when its place is another's: for an
 * index that is not told of its end.
 */
uint32_t store_handle(const struct store *s, uint32_t story);
uint32_t store_of_handle(const struct store *s, uint32_t handle); /* STORE_NONE: it ended */

uint32_t store_story(struct store *s, uint64_t id); /* a new one */

/*
 * A restart: articles are added in the order of their numbers, each after
 * store_go_to(), then put into their stories in the order in which they joined;
 * then what those articles that have left have left behind.
 */
void store_go_to(struct store *s, uint64_t order);
void store_rejoin(struct store *s, uint32_t member, uint32_t story, uint64_t joined);
void store_note(struct store *s, uint32_t story, const struct story_note *n);

#endif
