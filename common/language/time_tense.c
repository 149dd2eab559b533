/*
 * Which way a time lies: the verb that lies nearest before it, else behind.
 * "He said the talks will open on Monday": the near verb counts, not the first.
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

enum tense
scan_tense(const struct scan *s, int i)
{
	int found;

	for (int k = i - 1; k >= 0 && k > i - 4; k--)
		if ((scan_is(s, k, "until") || scan_is(s, k, "till")) && k > 0)
			return TENSE_FUTURE;
	for (int k = i - 1; k >= 0 && k > i - REACH; k--)
		if ((found = direction(s, k)))
			return found > 0 ? TENSE_FUTURE : TENSE_PAST;
	for (int k = i + 1; k < s->count && k < i + REACH; k++)
		if ((found = direction(s, k)))
			return found > 0 ? TENSE_FUTURE : TENSE_PAST;
	return TENSE_NONE;
}
