/*
 * A file's bytes to its articles.  One file a format: format_NAME.c with one
 * `const struct format_type format_NAME_type`; the list is generated.
 */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include <stdint.h>

#include "record/article.h"

struct source {
	const char *spool, *path; /* path relative to the spool, for messages and dates */
	const void *bytes;	  /* inflated already */
	size_t size;
	int64_t mtime_ms;
	const char *published; /* the date where the text states none; NULL: file name, then mtime */
};

struct parsed {
	struct article article; /* without uri and version: the ledger gives those */
	const char *meta;	/* {"provenance": ..., "extra": ..., "removed": [...]} */
	const char *member;	/* of an archive; NULL */
	const char *format;	/* the type's name: format_parse() sets it */
};

/* Called once an article; a failure ends the parse and is passed on. */
typedef int format_emit_f(void *arg, const struct parsed *parsed, struct err *err);

struct format_type {
	const char *name, *help;
	int (*sniff)(const struct source *source); /* 0..100: how sure */
	int (*parse)(const struct source *source, struct arena *arena, format_emit_f *emit,
	    void *arg, struct err *err);
};

/* By the surest format.  ERR_REJECT: empty, blank, binary, unreadable ... */
int format_parse(const struct source *source, struct arena *arena, format_emit_f *emit,
    void *arg, struct err *err) MUST_CHECK;

/* The BCP 47 language of UTF-8 text; NULL: too little to tell by.  After format_open(). */
const char *format_language(const char *text, size_t n);

/* The rules of the text normaliser (lexicon/furniture.*): read once at start. */
int format_open(const char *lexicon, struct err *err) MUST_CHECK;

#endif
