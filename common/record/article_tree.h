/* The article as a member of another record.  For record/ only. */
#ifndef RECORD_ARTICLE_TREE_H
#define RECORD_ARTICLE_TREE_H

#include "record/article.h"
#include "record/field.h"

void article_print_as(const struct article *a, const char *name, struct buf *out);

/* Takes out of the tree what it has read.  The caller checks the arena. */
int article_from_tree(struct article *a, json_t *tree, struct arena *arena,
		      struct err *err) MUST_CHECK;

bool tree_has_null(json_t *value);

#endif
