#include "bus/moves.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/copied.h"

enum { ROOM = 1 << 30 }; /* address space */

struct move {
	const char *key; /* copy/LOG/TOPIC/PARTITION */
	struct copied_place place;
	struct move *next;
};

struct moves {
	struct bus *bus;
	char *states;
	bool is_read;
	struct arena arena;
	struct move *first;
};

struct moves *
moves_new(struct bus *bus, const char *states)
{
	struct moves *m = must_alloc(sizeof(*m));

	m->bus = bus;
	m->states = must_strdup(states);
	arena_init(&m->arena, ROOM);
	return m;
}

void
moves_free(struct moves *m)
{
	if (!m)
		return;
	arena_release(&m->arena);
	free(m->states);
	free(m);
}

/* What is no place of a copy is passed over: a later one of the same key is found first. */
static int
note(void *arg, const struct bus_record *r, struct err *err)
{
	struct moves *m = arg;
	const size_t n = sizeof(COPIED_KIND) - 1;
	struct move *move;

	if (!r->value || r->key_size < n || memcmp(r->key, COPIED_KIND, n))
		return 0;
	move = arena_calloc(&m->arena, sizeof(*move));
	if (!move)
		return arena_check(&m->arena, err);
	move->key = arena_copy(&m->arena, r->key, r->key_size);
	if (copied_place_parse(&move->place, r->value, r->value_size, &m->arena, err) ||
	    !move->place.runs)
		return arena_check(&m->arena, err);
	move->next = m->first;
	m->first = move;
	return 0;
}

static int
read_states(struct moves *m, struct err *err)
{
	int partitions = bus_partitions(m->bus, m->states, err);

	if (partitions < 0 ||
	    (partitions > 0 && bus_read_all(m->bus, m->states, note, m, err)))
		return -1;
	m->is_read = true;
	return 0;
}

int
moves_find(struct moves *m, const char *log, const char *topic, int partition,
	   int64_t *offset, bool *known, struct err *err)
{
	char *key;

	*known = false;
	if (!m->is_read && read_states(m, err))
		return -1;
	key = must_printf(COPIED_KIND "%s/%s/%d", log, topic, partition);
	for (const struct move *move = m->first; move && !*known; move = move->next) {
		if (strcmp(move->key, key))
			continue;
		*offset = copied_offset(&move->place, *offset);
		*known = true;
	}
	free(key);
	return 0;
}
