/* The article as a member of another record.  For record/ only. */
#ifndef RECORD_ARTICLE_MEMBER_H
#define RECORD_ARTICLE_MEMBER_H

#include "record/article.h"
#include "record/cursor.h"

void article_print_as(const struct article *a, const char *name, struct buf *out);
int article_read(struct article *a, struct cursor *c) MUST_CHECK; /* checks the arena too */

#endif
