/*
 * The article: IPTC ninjs 1.6, the value of news.articles.  Strings are in
 * the arena of the record or borrowed from static text; NULL: not there.
 * jansson stays inside record/.
 */
#ifndef RECORD_ARTICLE_H
#define RECORD_ARTICLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

struct article_subject {
	const char *code, *name, *rel, *scheme, *creator;
	double relevance, confidence; /* 1 to 100; 0: not said */
};

struct article {
	const char *uri;                                     /* always */
	const char *type;                                    /* NULL: text */
	const char *version, *versioncreated, *firstcreated; /* times: UTC, ...Z */
	const char *pubstatus; /* usable (also NULL), withheld, canceled */
	const char *language;
	const char *headline; /* absent where the text has none */
	const char *byline, *located, *slugline;
	const char *body_text; /* paragraphs joined by one newline */
	const char *body_html, *usageterms, *embargoed, *copyrightholder;
	const char *infosource; /* name of who supplied it, the first if several */
	const char *
	    infosources; /* all that the standard's list says, as JSON; NULL: that name */
	const char *representationtype;
	int urgency;   /* 0: none */
	int wordcount; /* -1: none */
	struct article_subject *subjects;
	size_t subject_count;
	/* Standard members that have no field here: a JSON object's text, or NULL. */
	const char *rest;
};

/* ERR_REJECT says what is wrong: NUL, lone surrogates, no uri, a member outside the
 * standard. */
int article_parse(struct article *a, const char *json, size_t n, struct arena *arena,
		  struct err *err) MUST_CHECK;
void article_print(const struct article *a, struct buf *out);
bool article_is_withdrawn(const struct article *a); /* canceled or withheld */

/* Negative, 0, positive as a is older than, as new as, newer than b (design.md, "Newer").
 */
struct version_key {
	const char *version, *versioncreated; /* may be NULL */
	long epoch;
};
int version_compare(const struct version_key *a, const struct version_key *b);

#endif
