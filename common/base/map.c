/* Open addressing over indices into a dense array of entries; entries are never removed. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* FNV-1a with a final mix: keys are short words and paths. */
uint32_t
hash_bytes(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

void
map_init(struct map *m, size_t ceiling)
{
	*m = (struct map){ .ceiling = ceiling };
}

void
map_release(struct map *m)
{
	free(m->entries);
	free(m->slots);
	map_init(m, m->ceiling);
}

void
map_reset(struct map *m)
{
	m->count = 0;
	if (m->slots)
		memset(m->slots, 0, m->slot_count * sizeof(*m->slots));
}

/* The slot of the key, or the empty one where it belongs. */
static uint32_t *
find(const struct map *m, const void *key, size_t n, uint32_t hash)
{
	size_t mask = m->slot_count - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		const struct map_entry *e;

		if (!m->slots[i])
			return &m->slots[i];
		e = &m->entries[m->slots[i] - 1];
		if (e->hash == hash && e->size == n && !memcmp(e->key, key, n))
			return &m->slots[i];
	}
}

void *
map_get(const struct map *m, const void *key, size_t n)
{
	uint32_t *slot;

	if (!m->count)
		return NULL;
	slot = find(m, key, n, hash_bytes(key, n));
	return *slot ? m->entries[*slot - 1].value : NULL;
}

static void
grow(struct map *m)
{
	m->room = m->room ? m->room * 2 : 16;
	m->entries = must_realloc(m->entries, m->room * sizeof(*m->entries));
	free(m->slots);
	m->slot_count = m->room * 2;
	m->slots = must_alloc(m->slot_count * sizeof(*m->slots));
	for (size_t i = 0; i < m->count; i++) {
		const struct map_entry *e = &m->entries[i];

		*find(m, e->key, e->size, e->hash) = (uint32_t)i + 1;
	}
}

void **
map_put(struct map *m, const void *key, size_t n)
{
	uint32_t hash = hash_bytes(key, n), *slot;

	if (m->count == m->room)
		grow(m);
	slot = find(m, key, n, hash);
	if (!*slot) {
		if (m->count == m->ceiling)
			return NULL;
		m->entries[m->count] = (struct map_entry){ key, (uint32_t)n, hash, NULL };
		*slot = (uint32_t)++m->count;
	}
	return &m->entries[*slot - 1].value;
}
