/*
 * Which way a time lies, by the verb that governs it: will go, is to go, plans
 * to go and is due are ahead, went and has gone behind.  Climbing from the
 * time to its verb passes over nouns (a summit on Friday) and over verbs that
 * say nothing themselves (leaving on Friday).  Where the tree has no verb, the
 * nearest word that tells of either.
 */
#include <string.h>

#include "base/mem.h"
#include "language/time_scan.h"

static bool
is_one(const char *norm, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(norm, list[i]))
			return true;
	return false;
}

/* What is so is yet to be, in any tense: was due, are scheduled, effective May 1. */
static bool
is_ahead(const char *word)
{
	static const char *const words[] = {
		"schedule", "scheduled", "expect",  "expected", "due",
		"slate",    "slated",    "plan",    "planned",  "set",
		"upcoming", "ready",     "intend",  "hope",     "effective",
		"payable",  "expire",    "suppose", "invite",   "supposed"
	};

	return is_one(word, words, LENGTH(words));
}

/* What these do to, or agree on, or order, an infinitive tells of what is to come. */
static bool
is_resolve(const char *word)
{
	static const char *const words[] = {
		"agree",     "decide",    "want",    "seek",     "vow",      "promise",
		"pledge",    "threaten",  "prepare", "propose",  "aim",      "refuse",
		"ask",       "urge",      "order",   "demand",   "go",       "need",
		"agreement", "plan",      "deal",    "decision", "proposal", "bid",
		"threat",    "intention", "offer",   "date",     "likely",   "subject",
		"call"
	};

	return is_ahead(word) || is_one(word, words, LENGTH(words));
}

static bool
is_tag(const struct token *t, const char *xpos)
{
	return t->xpos && !strcmp(t->xpos, xpos);
}

static bool
is_relation(const struct token *t, const char *deprel)
{
	return t->deprel && !strncmp(t->deprel, deprel, strlen(deprel));
}

/* the injunction issued Thursday; a decision, announced Wednesday: not "was tried and jailed" */
static bool
is_loose(const struct token *t, const struct token *tokens)
{
	return is_relation(t, "acl") || is_relation(t, "appos") ||
	       (is_relation(t, "conj") && t->head >= 0 && !is_tag(&tokens[t->head], "VBN"));
}

/* What a word's helpers and its own form say; NONE: ask the word above it. */
static enum tense
own_tense(const struct scan *s, int k)
{
	enum { HELPERS = 12 };
	const struct token *tokens = s->r->d->tokens, *t = &tokens[k];
	int first = s->p[0].token;
	bool to = false, past = is_tag(t, "VBD"), helped = false;

	for (int i = k - HELPERS < first ? first : k - HELPERS; i < k; i++) {
		const struct token *help = &tokens[i];

		if (help->head != k)
			continue;
		if (is_relation(help, "aux") && is_tag(help, "MD"))
			return TENSE_FUTURE;
		to = to || is_tag(help, "TO");
		if (!is_relation(help, "aux") && !is_relation(help, "cop"))
			continue;
		helped = true;
		past = past || is_tag(help, "VBD") ||
		       (help->lemma && !strcmp(help->lemma, "have"));
	}
	if (t->lemma && is_ahead(t->lemma) && !is_tag(t, "NN") && !is_tag(t, "NNS") &&
	    (helped || !past || strcmp(t->lemma, "set") != 0))
		return TENSE_FUTURE;
	if (past)
		return TENSE_PAST;
	if (to)
		return t->head >= first && tokens[t->head].lemma &&
			       is_resolve(tokens[t->head].lemma)
			   ? TENSE_FUTURE
			   : TENSE_NONE;
	return is_tag(t, "VBN") && !helped && is_loose(t, tokens) ? TENSE_PAST : TENSE_NONE;
}

static enum tense
tree_tense(const struct scan *s, int i)
{
	const struct token *tokens = s->r->d->tokens;
	int first = s->p[0].token, last = s->p[s->count - 1].token, k = s->p[i].token;

	for (int steps = 0; steps < 8 && k >= first && k <= last; steps++) {
		enum tense tense = own_tense(s, k);

		if (tense)
			return tense;
		k = tokens[k].head;
	}
	return TENSE_NONE;
}

/* 1: of what is to come, -1: of what was, 0: no verb. */
static int
direction(const struct scan *s, int i)
{
	static const char *const future[] = {
		"will",    "wo",       "'ll",       "shall",    "would",     "going",
		"plans",   "plan",     "scheduled", "expected", "due",       "planning",
		"slated",  "planned",  "upcoming",  "expects",  "intends",   "hopes",
		"ready",   "may",      "might",     "could",    "should",    "must",
		"ahead",   "begins",   "starts",    "invited",  "effective", "payable",
		"expires", "deadline", "supposed"
	};
	static const char *const past[] = {
		"said",   "says",   "was",   "were",    "had",   "did",  "has",
		"have",   "told",   "met",   "held",    "made",  "took", "went",
		"came",   "won",    "lost",  "began",   "fell",  "rose", "gave",
		"left",   "got",    "saw",   "found",   "sent",  "hit",  "shot",
		"broke",  "spoke",  "flew",  "struck",  "put",   "led",  "paid",
		"sold",   "bought", "wrote", "became",  "grew",  "drew", "fought",
		"kept",   "ran",    "stood", "thought", "threw", "knew", "felt",
		"brought"
	};
	const struct piece *p = &s->p[i];
	size_t n = strlen(p->norm);

	if (!strcmp(p->norm, "plan") && i > 0 &&
	    (scan_is(s, i - 1, "the") || scan_is(s, i - 1, "a") ||
	     scan_is(s, i - 1, "its") || scan_is(s, i - 1, "his")))
		return 0;
	if (!strcmp(p->norm, "set"))
		return scan_is(s, i + 1, "to") || scan_is(s, i + 1, "for") ? 1 : -1;
	if (!strcmp(p->norm, "ahead") && scan_is(s, i + 1, "of"))
		return 0;
	if (!strcmp(p->norm, "to") && scan_is(s, i + 1, "be"))
		return 1;
	if ((!strcmp(p->norm, "is") || !strcmp(p->norm, "are")) &&
	    scan_is(s, i + 1, "to"))
		return 1;
	if (is_one(p->norm, future, LENGTH(future)))
		return 1;
	if (n > 3 && !strcmp(p->norm + n - 2, "ed") && !p->capital)
		return scan_is(s, i - 1, "be") ? 0 : -1; /* will be published */
	return is_one(p->norm, past, LENGTH(past)) ? -1 : 0;
}

enum { REACH = 30 };

static enum tense
near_tense(const struct scan *s, int i)
{
	int found;

	for (int k = i - 1; k >= 0 && k > i - REACH; k--)
		if ((found = direction(s, k)))
			return found > 0 ? TENSE_FUTURE : TENSE_PAST;
	for (int k = i + 1; k < s->count && k < i + REACH; k++)
		if ((found = direction(s, k)))
			return found > 0 ? TENSE_FUTURE : TENSE_PAST;
	return TENSE_NONE;
}

enum tense
scan_tense(const struct scan *s, int i)
{
	enum tense tense;

	for (int k = i - 1; k > 0 && k > i - 4; k--)
		if (scan_is(s, k, "until") || scan_is(s, k, "till"))
			return TENSE_FUTURE;
	if (scan_is(s, i - 1, "since"))
		return TENSE_PAST;
	tense = tree_tense(s, i);
	return tense ? tense : near_tense(s, i);
}
