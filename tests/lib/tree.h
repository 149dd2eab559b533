/* The files below a directory of a test. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <sys/types.h>
#include <fts.h>

/* Calls visit for everything below top, and top itself; the sum of what it gives. */
int tree_each(const char *top, int (*visit)(const FTSENT *, void *), void *arg);

void tree_remove(const char *top); /* also one that is not there */

#endif
