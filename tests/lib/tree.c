#include "tests/lib/tree.h"

#include <assert.h>
#include <stdio.h>

int
tree_each(const char *top, int (*visit)(const FTSENT *, void *), void *arg)
{
	char *roots[] = { (char *)top, NULL };
	FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int n = 0;

	assert(f);
	while ((e = fts_read(f)))
		n += visit(e, arg);
	fts_close(f);
	return n;
}

static int
remove_one(const FTSENT *e, void *arg)
{
	(void)arg;
	if (e->fts_info != FTS_D)
		remove(e->fts_path);
	return 1;
}

void
tree_remove(const char *top)
{
	tree_each(top, remove_one, NULL);
}
