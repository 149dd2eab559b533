/*
 * The enriched record: an article and the events, times, quotes and entities
 * that it reports; the value of news.enriched.  Offsets are Unicode code
 * points into body_text or headline, end exclusive.  All in the arena.
 * A string must be there, unless it says here that NULL means null.
 */
#ifndef RECORD_ENRICHED_H
#define RECORD_ENRICHED_H

#include "record/article.h"
#include "record/names.h"
#include "record/story.h"

struct span {
	const char *text;
	bool in_headline;
	int start, end;
};

struct actor { /* also a location, a speaker, an attribution */
	struct span span;
	const char *name, *country, *id; /* NULL: null */
	struct names sectors;
	bool has_point; /* of a location */
	double lat, lon;
};

struct actors {
	struct actor *items;
	size_t count;
};

struct event {
	const char *id; /* from content */
	bool main;
	const char *type;
	struct names modes, contexts, aux;
	const char *cameo; /* NULL with news types */
	int quad;          /* 0: null */
	bool has_score;    /* both or, with news types, none */
	double score, goldstein;
	const char *medtop; /* NULL: null */
	struct span trigger;
	const char *lemma;
	struct actors actor, recipient;
	const struct actor *location, *attribution;           /* NULL: null */
	const char *date, *date_end, *date_value, *date_text; /* NULL: null */
	const char *quote;                                    /* NULL: null */
	int dead, injured, arrested;                          /* -1: null */
	int sentence;
	bool in_headline;
	int start, end;
	double confidence;
	const char *pattern;
};

enum timex_type { TIMEX_DATE, TIMEX_TIME, TIMEX_DURATION, TIMEX_SET };

struct timex {
	struct span span;
	enum timex_type type;
	const char *value;
};

struct quote {
	struct span span;
	const struct actor *speaker; /* NULL: null */
	bool direct;
};

enum entity_type { ENTITY_PER, ENTITY_ORG, ENTITY_LOC, ENTITY_MISC };

struct entity {
	struct span span; /* the first, fullest mention */
	enum entity_type type;
	const char *name, *country, *id; /* NULL: null */
	bool has_point;
	double lat, lon;
	struct span *mentions; /* all further ones */
	size_t mention_count;
};

struct extractor {
	const char *version, *model, *lexicon; /* the last two: NULL: null */
	long epoch;
};

struct enriched {
	struct article article;
	const char *meta; /* a JSON object's text; NULL: {} */
	struct event *events;
	size_t event_count;
	struct timex *times;
	size_t time_count;
	struct quote *quotes;
	size_t quote_count;
	struct entity *entities;
	size_t entity_count;
	const struct story *story; /* of news.stories; NULL: not there */
	struct extractor extractor;
};

int enriched_parse(struct enriched *e, const char *json, size_t n, struct arena *arena,
		   struct err *err) MUST_CHECK;
void enriched_print(const struct enriched *e, struct buf *out);

/* One of its events by itself, flat, with what says which text of which article reports it. */
void enriched_print_event(const struct enriched *e, size_t event, struct buf *out);

/* The header nw-meta as a meta; NULL where n is 0, ERR_REJECT if it is no object. */
int meta_parse(const char **meta, const char *json, size_t n, struct arena *arena,
	       struct err *err) MUST_CHECK;

#endif
