/*
 * What the parts of language/ share while one article is read: the document
 * as it grows, and for each token the word of the vocabulary that it is.
 * Each part is called once, in the order below, and works in linear time.
 */
#ifndef LANGUAGE_READER_H
#define LANGUAGE_READER_H

#include <stdint.h>

#include "language/language.h"
#include "language/parser.h"
#include "language/roster.h"
#include "language/words.h"
#include "time/date.h"

struct time_rules;
struct feasts;
struct namer;

struct reader {
	const struct parser *parser;
	const struct words *words;
	const struct roster *roster;
	const struct time_rules *times;
	const struct feasts *feasts;
	const struct namer *namer;
	const struct classes *people; /* given and family names: namer.h */
	struct document *d;
	struct arena *arena;
	struct date published;
	bool dated;
	const struct word **word; /* one for each token; never NULL */
	size_t time_room, quote_room, entity_room;
};

void read_words(struct reader *r); /* fills word */
void read_times(struct reader *r); /* none in an article without a date */
void read_names(struct reader *r);
void read_ties(struct reader *r); /* trees that tear names or times are made anew */
void read_quotes(struct reader *r);

/* A token's norm into `norm`, as the tables have it; returns its length. */
enum { NORM_MAX = 1100 };
size_t fold(const char *form, size_t n, char *norm, size_t room);

#endif
