/*
 * What the tables in lexicon/ say about words, types and triggers, indexed by
 * word form.  Read whole at start and checked: every code that a row uses is
 * defined, every message has path, line and column.  Never changes after
 * that, so any thread may read it.
 */
#ifndef EVENT_LEXICON_H
#define EVENT_LEXICON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "record/enriched.h"

/* Closed classes and marks of words: the rows of grammar.tsv. */
enum kind {
	KIND_ABROAD = 1 << 9,   /* foreign, western: not of the article's country */
	KIND_DET = 1 << 0,     /* the, this, several */
	KIND_OWN = 1 << 1,     /* his, its, their */
	KIND_PRONOUN = 1 << 2, /* he, them, who says nothing of the clause */
	KIND_PERCEIVE = 1 << 4, /* show: its object does what its participle says */
	KIND_HAVE = 1 << 5,
	KIND_QUANTITY = 1 << 6, /* dozens: of those who are meant */
	KIND_WILL = 1 << 7,
	KIND_MODAL = 1 << 8, /* could, may, would */
	KIND_NOT = 1 << 10,
	KIND_SUB = 1 << 12, /* because, when: opens a clause */
	KIND_REL = 1 << 13, /* who, which */
	KIND_IF = 1 << 14,
	KIND_SPEECH = 1 << 16,   /* say, report, according */
	KIND_SUPPORT = 1 << 17,  /* launch, hold: lends its subject to a noun */
	KIND_DEAD = 1 << 18,     /* kill, die */
	KIND_HURT = 1 << 19,     /* injure, wound */
	KIND_HELD = 1 << 20,     /* arrest, detain */
	KIND_PLANNED = 1 << 21,  /* planned, upcoming */
	KIND_POSSIBLE = 1 << 22, /* alleged, possible */
	KIND_PERSON = 1 << 23,   /* he, she, his */
	KIND_THING = 1 << 24,    /* it, its */
	KIND_GROUP = 1 << 25,    /* they, their */
	KIND_SPEAKER = 1 << 26,  /* I, we, our */
	KIND_PLACE = 1 << 27,    /* in, at, near */
	KIND_CONTROL = 1 << 30, /* urge: its object does what its infinitive says */
};

enum form {
	FORM_BASE = 1 << 0,
	FORM_S = 1 << 1,
	FORM_PAST = 1 << 2,
	FORM_DONE = 1 << 3,
	FORM_ING = 1 << 4,
	FORM_ONE = 1 << 5, /* of a noun */
	FORM_MANY = 1 << 6,
};

/* Where a participant of a trigger is found; prepositions from SLOT_BY on. */
enum slot {
	SLOT_NONE,
	SLOT_SUBJECT,
	SLOT_OBJECT,
	SLOT_OWNER,  /* Iran's attack, Iranian attack, his trip */
	SLOT_CLAUSE, /* the subject of the clause that a noun hangs in: left for talks */
	SLOT_INFINITIVE, /* whom the infinitive after it is about: agreed to meet X */
	SLOT_BY,
	SLOT_OF,
	SLOT_ON,
	SLOT_AGAINST,
	SLOT_WITH,
	SLOT_TO,
	SLOT_FOR,
	SLOT_IN,
	SLOT_FROM,
	SLOT_AT,
	SLOT_OVER,
	SLOT_BETWEEN,
	SLOT_INTO,
	SLOT_AS,
	SLOT_ABOUT,
	SLOT_BEHIND,
	SLOT_COUNT,
};

#define SLOT_CHOICES  5
#define NEEDS         3
#define TRIGGER_WORDS 5
#define MODES         2

struct type {
	const char *name, *cameo, *medtop;
	int quad;
	double score;
	bool is_political;
};

struct mode {
	const char *name;
	const struct type *type;
	double score;
};

/* That a slot is filled (or not), by a noun of one of these classes if any are named. */
struct need {
	enum slot slot;
	bool is_absent;
	uint64_t classes;
};

struct pattern {
	const char *id;
	const char *words[TRIGGER_WORDS]; /* lemma first; the others as they stand */
	int count;
	bool is_noun;
	enum slot actor[SLOT_CHOICES],
	    recipient[SLOT_CHOICES]; /* the first that is filled */
	bool is_reciprocal;          /* all take part alike: recipient column is "all" */
	struct need needs[NEEDS];
	const struct type *type;
	const struct mode *modes[MODES];
	const char *context, *cameo;
	const char *example;
	const char *need; /* the cell as it stands */
	int line;
};

struct reading {
	const struct pattern *pattern;
	unsigned form;
	struct reading *next; /* in the order of the table */
};

enum effect {
	EFFECT_NONE,
	EFFECT_REAL,
	EFFECT_FUTURE,
	EFFECT_HYPOTHETICAL,
	EFFECT_NEGATION,
};

struct agent {
	struct names sectors;
	bool is_group;   /* rebels, a ministry: not one person */
	bool is_generic; /* leader, official: the words before it say of what */
};

struct word {
	uint32_t kinds;
	unsigned forms; /* as a verb and as a noun that we know */
	uint64_t classes, contexts;
	const char *verb, *noun; /* lemma */
	enum effect effect;
	const struct agent *agent;
	struct reading *readings;
};

struct lexicon;

struct lexicon *
lexicon_new(const char *directory, struct err *err); /* gives; NULL on error */
void lexicon_free(struct lexicon *x);

/* NULL: nothing is known of it. */
const struct word *lexicon_word(const struct lexicon *x, const char *norm);
const struct agent *lexicon_agent(const struct lexicon *x, const char *norm);
const struct type *lexicon_type(const struct lexicon *x, const char *name);
const struct mode *
lexicon_mode(const struct lexicon *x, const char *type, const char *name);

/* What an event and the one that is its content are together; NULL: the outer alone. */
struct outcome {
	const struct type *type;
	const struct mode *mode; /* NULL: none */
};
const struct outcome *lexicon_nested(const struct lexicon *x, const struct type *outer,
				     const struct type *inner);

uint64_t lexicon_class(const struct lexicon *x, const char *name); /* 0: unknown */
const char *lexicon_context(const struct lexicon *x, unsigned bit);
unsigned lexicon_context_count(const struct lexicon *x);
double
lexicon_goldstein(const struct lexicon *x, const char *cameo); /* by code, else by root */
bool lexicon_has_sector(const struct lexicon *x, const char *code);

size_t lexicon_pattern_count(const struct lexicon *x);
const struct pattern *lexicon_pattern(const struct lexicon *x, size_t i);
const char *lexicon_hash(const struct lexicon *x);

#endif
