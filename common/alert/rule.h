/*
 * Rules: what a person wants to hear of, one section of a file each.
 *
 *	[PRK missiles]
 *	type = PRODUCE, ASSAULT
 *	actor = North Korea
 *	words = missile* OR rocket*
 *	again = sources >= 3
 *
 * Read whole or not at all.  Everything of a file is freed together.
 */
#ifndef ALERT_RULE_H
#define ALERT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/codes.h"
#include "alert/query.h"
#include "alert/regex.h"

enum { RULES_MOST = 100000, RULE_NAME_BYTES = 100, AGAIN_MOST = 8, NEEDS_MOST = 100 };

/* What a rule may ask of by lists of codes, any of which will do. */
enum rule_part {
	PART_TYPE, /* these are of one and the same event */
	PART_MODE,
	PART_CONTEXT,
	PART_ACTOR,
	PART_RECIPIENT,
	PART_PLACE,
	PART_SOURCE, /* this is of the article */
	PARTS,
};
extern const char *const rule_parts[PARTS + 1];

enum rule_on { ON_STORY, ON_ARTICLE, ON_EVENT };
extern const char *const rule_ons[];

enum rule_priority { PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH, PRIORITY_URGENT };
extern const char *const rule_priorities[];

/* What keeps an event out unless the rule says otherwise; bits. */
enum rule_aux {
	AUX_NEGATION = 1 << 0,
	AUX_HYPOTHETICAL = 1 << 1,
	AUX_HISTORICAL = 1 << 2,
	AUX_FUTURE = 1 << 3,
};
extern const char *const rule_auxes[];

struct code_list {
	const char **items;
	size_t count, room;
};

struct circle {
	double lat, lon, km;
	const char *text;
	struct circle *next;
};

struct rule {
	const char *name;
	int line;
	struct code_list parts[PARTS];
	const char *texts[PARTS]; /* as they were written; NULL: not asked */
	struct circle *near;      /* also places: one of both will do */
	const struct query *words;
	struct regex *regex;
	const char *words_text;
	struct jq_filter *where;
	const char *where_text;
	int urgency; /* the least urgent that will do; 0: any */
	double
	    score; /* below 0: at most this; above: at least, whatever its sign; 0: any */
	int casualties; /* dead and injured; 0: any */
	unsigned aux;   /* of those that may be */

	enum rule_on on;
	enum rule_priority priority;
	int64_t max_age_ms;
	struct again {
		int articles[AGAIN_MOST], sources[AGAIN_MOST]; /* rising */
		size_t article_count, source_count;
		bool on_casualties, on_score;
	} again;
	struct needs { /* so many articles within the time, of any story */
		int count; /* 0: one will do */
		int64_t within_ms;
	} needs;
	int64_t hold_ms; /* how long it is silent once it has told; 0: not at all */
	struct quiet {   /* minutes of the day, local time; both 0: never */
		int from, to;
	} quiet;
	int64_t recover_ms; /* nothing has matched for so long: it is over; 0: not told */
	struct escalate {
		int64_t after_ms; /* 0: never */
		const char *channel;
	} escalate;
	struct expect { /* not of articles: a source that must be heard of */
		int64_t every_ms; /* 0: it is a rule of articles */
		const char *source, *code; /* as written, folded */
	} expect;
	struct code_list channels;
};

struct rules {
	struct arena arena;
	struct terms terms;
	struct rule *items;
	size_t count;
};

/* Borrows codes.  ERR_USAGE begins "PATH:LINE:COLUMN: ". */
int rules_open(struct rules **rules, const char *path, const struct codes *codes,
	       struct err *err) MUST_CHECK;

/* The same of a text; path is for messages. */
int rules_read(struct rules **rules, const char *path, const char *text, size_t n,
	       const struct codes *codes, struct err *err) MUST_CHECK;
void rules_free(struct rules *r);

/* Whether it asks of an event; else of the article alone. */
bool rule_is_of_events(const struct rule *r);

#endif
