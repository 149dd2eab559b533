/*
 * Where an article stands among others: the member `story` of a record of
 * news.stories.  Strings as in enriched.h: NULL only where it says so.
 */
#ifndef RECORD_STORY_H
#define RECORD_STORY_H

#include <stdbool.h>

#include "record/field.h"
#include "record/names.h"

struct story {
	const char *id; /* for the life of the story; made of its first article's uri */
	const char *headline;     /* of the most central article; NULL: none has one */
	const char *first, *last; /* event time; NULL: the story has ended */
	int articles, sources;    /* that stand in it; a uri counts once */
	bool new;                 /* this record is the story's first */
	const char *version_of;   /* URI#VERSION that this text replaces; NULL: null */
	const char *copy_of;      /* uri of the article whose text this is; NULL: null */
	double similarity; /* to what it was put with, 0 to 1; 0: it began the story */
	struct names why;  /* "names: Pyongyang, KCNA"; reasons of a move come first */
};

extern const struct field story_fields[];

#endif
