/*
 * How times are read: pieces of tokens (mid|-|November, 12|-|14, 5:30|PM),
 * rules over them from lexicon/times.tsv, and functions that make a rule's
 * match into a value.
 */
#ifndef LANGUAGE_TIME_SCAN_H
#define LANGUAGE_TIME_SCAN_H

#include "language/calendar.h"
#include "language/reader.h"

struct piece {
	const char *norm;
	const struct word *word; /* never NULL */
	int token, from, to;     /* bytes of its token's form */
	bool capital, glued;     /* glued: no blank before it */
	unsigned begins;         /* terms that may begin here */
};

struct hit {
	int a, b; /* pieces [a, b) */
	enum timex_type type;
	char value[40];
	bool has_day; /* `day` is what the value says */
	struct date day;
	int quarter; /* year * 4 + quarter - 1, of one that is told by its name; else 0 */
};

/* What stands for itself in a rule; the names are time_term.c's. */
enum time_term {
	TERM_DAY, /* the match of a DAY rule */
	TERM_D,   /* 31, 31st, third */
	TERM_MON,
	TERM_Y,
	TERM_YY, /* '99, 17 */
	TERM_DOW,
	TERM_N,
	TERM_ORD,
	TERM_UNIT,  /* singular or plural */
	TERM_UNITS, /* plural */
	TERM_WHICH,
	TERM_SEASON,
	TERM_PART,
	TERM_SHIFT,
	TERM_CLOCK,
	TERM_ZONE,
	TERM_DECADE,
	TERM_EDGE,
	TERM_FEAST,
	TERM_NUMERIC, /* 2025-08-31, 31/8/2025 */
	TERM_EACH,
	TERM_ABOUT,   /* nearly, more than */
	TERM_CAPITAL, /* any capitalised piece */
	TERM_WORD,    /* any piece that begins with a small letter */
	TERM_END,     /* the sentence's end, or a stop */
	TERM_COUNT
};

struct slot {
	int at, end;
	double n;
	bool article;   /* the number is a or an */
	struct hit hit; /* of a DAY */
};

struct match {
	int a, b;     /* what belongs to the time; may be less than what was asked for */
	unsigned set; /* of terms */
	struct slot term[TERM_COUNT];
	struct hit told; /* of the time before it; for TAIL rules */
};

static inline bool
has(const struct match *m, enum time_term t)
{
	return m->set >> t & 1;
}

struct scan {
	struct reader *r;
	struct piece *p;  /* of the sentence */
	int count, free;  /* free: first piece that no time has yet */
	struct date base; /* the article's; in a history the last date told */
	struct date last; /* day last told; the article's at first */
	struct date told; /* the same, or the first day of a month or year last told */
	bool is_history;
	bool day_first; /* 3/4 is the third of April */
	bool bare_year; /* of a history's base only the year is known */
	bool bc;        /* and it is one before Christ */
	int quarter;    /* last told: year * 4 + quarter - 1; 0: none */
	int day_at;     /* piece at which a DAY was last looked for, and what was found */
	bool day_found;
	struct hit day;
};

struct time_rule;

typedef bool
time_make(struct scan *s, const struct match *m, const char *arg, struct hit *h);

/* Where the term that begins at piece i ends; -1: it does not begin there. */
unsigned term_begins(const struct piece *p); /* for piece.begins */
int term_at(struct scan *s, enum time_term t, int i, struct slot *slot);
enum time_term term_find(const char *name); /* TERM_COUNT: no such term */

enum rule_kind {
	RULE_DAY, /* a day; may stand in rules of the other kinds */
	RULE_TIMEX,
	RULE_TAIL, /* goes on from the time just told: May 4 [and 5] */
	RULE_KINDS
};

/* The longest match of the rules of a kind at piece i. */
bool rules_at(struct scan *s, enum rule_kind kind, int i, const struct hit *told,
	      struct hit *h);

bool rules_find(struct scan *s, int i, struct hit *h); /* of RULE_TIMEX */

enum tense { TENSE_NONE, TENSE_PAST, TENSE_FUTURE };

/* What the verb that governs the token says. */
enum tense scan_tense(const struct scan *s, int i);

/* time_number.c: what stands at a piece, outside the sentence nothing. */
bool scan_is(const struct scan *s, int i, const char *norm);
/* Which of n words; -1: none. */
int scan_one_of(const struct scan *s, int i, const char *const *words, size_t n);
enum time_word scan_kind(const struct scan *s, int i);
int scan_value(const struct scan *s, int i);
int scan_digits(const struct scan *s, int i,
		size_t most);               /* a number of up to so many, else -1 */
int scan_year(const struct scan *s, int i); /* of a four-digit piece, else 0 */
bool scan_is_glued(const struct scan *s, int i);
bool scan_is_suffix(const struct scan *s, int i); /* th of 19th */

/* Terms: where they end, -1: they do not begin there. */
int scan_word(struct scan *s, int i, enum time_word kind, struct slot *slot);
int ordinal_term(struct scan *s, int i, struct slot *slot);
int year_term(struct scan *s, int i, struct slot *slot);
int number_term(struct scan *s, int i, struct slot *slot);

#endif
