/* What the parts of the window share while an article is added. */
#ifndef STORY_WINDOW_IN_H
#define STORY_WINDOW_IN_H

#include "story/postings.h"
#include "story/store.h"
#include "story/weigh.h"
#include "story/window.h"

struct window {
	struct store store;
	struct weigh weigh;
	struct postings postings;
	struct measure measure;
	int hours;
};

struct candidate {
	uint32_t story;
	double score;
};

struct moved {
	uint32_t member;
	const char *why;
	uint64_t from; /* the story that it was in */
};

struct change {
	enum { KEEP_MEMBER, FORGET_MEMBER, NOTE_STORY } kind;
	uint32_t member;
	const char *uri;
	uint64_t story;
	bool noted; /* the story, when it was touched */
};

struct adding {
	struct window *w;
	const struct story_article *a;
	struct arena *arena;
	struct statement *statements;
	size_t statement_count, statement_room;
	struct change *changes; /* of what is remembered */
	size_t change_count, change_room;
	struct vector v;
	struct layout layout; /* of it */
	struct candidate candidates[CANDIDATES];
	size_t candidate_count;
	uint32_t story, member;
	uint64_t again; /* the id of the story that a version stands in */
	uint64_t twin;	/* and of the one that this is another day of; 0: none */
	bool is_new;
	const char *version_of, *copy_of;
	double similarity;
	const char *why[8];
	size_t why_count;
	struct moved *moves;
	size_t move_count, move_room;
};

/* Gives all that is to be said and remembered out. */
int remember_all(struct adding *x, const struct window_out *out, struct err *err) MUST_CHECK;

#endif
