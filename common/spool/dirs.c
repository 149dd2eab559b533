#include "spool/dirs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
dirs_release(struct dirs *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->items[i].path);
	free(d->items);
	*d = (struct dirs){ 0 };
}

/* The first item whose watch is not below. */
static size_t
place(const struct dirs *d, int watch)
{
	size_t low = 0, high = d->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (d->items[middle].watch < watch)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct dirs_item *
find(const struct dirs *d, int watch)
{
	size_t at = place(d, watch);

	return at < d->count && d->items[at].watch == watch ? &d->items[at] : NULL;
}

static void
drop_forgotten(struct dirs *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++)
		if (d->items[i].path)
			d->items[kept++] = d->items[i];
	d->count = kept;
}

static void
make_room(struct dirs *d)
{
	if (d->count < d->room)
		return;
	drop_forgotten(d);
	if (d->count < d->room / 2)
		return;
	d->room = d->room ? d->room * 2 : 64;
	d->items = must_realloc(d->items, d->room * sizeof(*d->items));
}

void
dirs_put(struct dirs *d, int watch, const char *path)
{
	struct dirs_item *item = find(d, watch);
	size_t at;

	if (!item) {
		make_room(d);
		at = place(d, watch);
		item = &d->items[at];
		memmove(item + 1, item, (d->count++ - at) * sizeof(*item));
		*item = (struct dirs_item){ .watch = watch };
	}
	if (!item->path || strcmp(item->path, path)) {
		free(item->path);
		item->path = must_strdup(path);
	}
}

const char *
dirs_path(const struct dirs *d, int watch)
{
	const struct dirs_item *item = find(d, watch);

	return item ? item->path : NULL;
}

void
dirs_remove(struct dirs *d, int watch)
{
	struct dirs_item *item = find(d, watch);

	if (item) {
		free(item->path);
		item->path = NULL;
	}
}

int
dirs_take(struct dirs *d, const char *path, size_t *at)
{
	size_t n = strlen(path);

	for (; *at < d->count; ++*at) {
		struct dirs_item *item = &d->items[*at];

		if (item->path && !strncmp(item->path, path, n) &&
		    (!item->path[n] || item->path[n] == '/')) {
			free(item->path);
			item->path = NULL;
			return item->watch;
		}
	}
	return -1;
}
