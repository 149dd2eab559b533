/* A heap by time and a hash table by path over the same items. */
#include "spool/pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

void
pending_init(struct pending *p, size_t ceiling)
{
	*p = (struct pending){ .ceiling = ceiling };
	p->heap = must_alloc(ceiling * sizeof(struct pending_item *));
	p->buckets = must_alloc(ceiling * sizeof(struct pending_item *));
}

void
pending_release(struct pending *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->heap[i]);
	free(p->heap);
	free(p->buckets);
}

static bool
is_before(const struct pending_item *a, const struct pending_item *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->number < b->number;
}

static void
set(struct pending *p, size_t place, struct pending_item *item)
{
	p->heap[place] = item;
	item->place = place;
}

/* Moves the item from `place` up or down to where it belongs. */
static void
settle(struct pending *p, size_t place, struct pending_item *item)
{
	while (place && is_before(item, p->heap[(place - 1) / 2])) {
		set(p, place, p->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	for (size_t child; (child = 2 * place + 1) < p->count; place = child) {
		if (child + 1 < p->count && is_before(p->heap[child + 1], p->heap[child]))
			child++;
		if (!is_before(p->heap[child], item))
			break;
		set(p, place, p->heap[child]);
	}
	set(p, place, item);
}

static struct pending_item **
bucket(const struct pending *p, uint32_t hash)
{
	return &p->buckets[hash % p->ceiling];
}

static struct pending_item *
find(const struct pending *p, const char *path, size_t n, uint32_t hash)
{
	struct pending_item *i = *bucket(p, hash);

	while (i && (i->hash != hash || i->size != n || memcmp(i->path, path, n)))
		i = i->next;
	return i;
}

static struct pending_item *
add(struct pending *p, const char *path, size_t n, uint32_t hash)
{
	struct pending_item *item = must_alloc(sizeof(*item) + n + 1);

	memcpy(item->path, path, n);
	item->size = n;
	item->hash = hash;
	item->seen_size = -1;
	item->number = p->arrivals++;
	item->next = *bucket(p, hash);
	*bucket(p, hash) = item;
	item->place = p->count++;
	return item;
}

struct pending_item *
pending_put(struct pending *p, const char *path, size_t n, int64_t due_ms)
{
	uint32_t hash = hash_bytes(path, n);
	struct pending_item *item = find(p, path, n, hash);

	if (!item) {
		if (p->count == p->ceiling)
			return NULL;
		item = add(p, path, n, hash);
		item->due_ms = due_ms;
	}
	if (item->due_ms < due_ms)
		item->due_ms = due_ms;
	settle(p, item->place, item);
	return item;
}

struct pending_item *
pending_first(const struct pending *p)
{
	return p->count ? p->heap[0] : NULL;
}

void
pending_move(struct pending *p, struct pending_item *item, int64_t due_ms)
{
	item->due_ms = due_ms;
	settle(p, item->place, item);
}

void
pending_remove(struct pending *p, struct pending_item *item)
{
	struct pending_item **link = bucket(p, item->hash), *last;

	while (*link != item)
		link = &(*link)->next;
	*link = item->next;
	assert(p->count);
	last = p->heap[--p->count];
	if (last != item)
		settle(p, item->place, last);
	free(item);
}
