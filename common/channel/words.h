/*
 * An alert in words: what a person reads of it, and templates in which
 * %{name} stands for a part of it.
 */
#ifndef CHANNEL_WORDS_H
#define CHANNEL_WORDS_H

#include "channel/channel.h"

/* One line: "[high] PRK missiles: Kim inspects a plant". */
void words_subject(const struct letter *l, struct buf *out);

/* The same, and what is to be said of it, some lines. */
void words_message(const struct letter *l, struct buf *out);

/* Of a template of JSON: what is put in is escaped, and stands in a string of it. */
void words_fill(const char *template, const struct letter *l, struct buf *out);

/* ERR_USAGE: a name that is none, with those that are. */
int words_check(const char *template, struct err *err) MUST_CHECK;

#endif
