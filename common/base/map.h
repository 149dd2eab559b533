/*
 * A hash table from byte strings to pointers, with a ceiling on its entries.
 * Keys are borrowed: they live at least as long as the map (an arena, a
 * table read at start).  Iteration is in the order of insertion, so output
 * made from a map is the same on every run.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
	const char *key;
	uint32_t size;
	uint32_t hash;
	void *value;
};

struct map {
	struct map_entry *entries; /* [0, count), in order of insertion */
	size_t count, room, ceiling;
	uint32_t *slots; /* index + 1 of an entry; 0 is empty */
	size_t slot_count;
};

void map_init(struct map *m, size_t ceiling);
void map_release(struct map *m);
void map_reset(struct map *m);

void *map_get(const struct map *m, const void *key, size_t n); /* NULL if there is none */

/* The place of the key's value (NULL in it when new), or NULL at the ceiling. */
void **map_put(struct map *m, const void *key, size_t n);

uint32_t hash_bytes(const void *bytes, size_t n);

#endif
