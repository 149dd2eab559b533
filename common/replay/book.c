#include "replay/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ARENA = 1 << 20 };

struct book_entry *
book_find(const struct book *b, const char *id)
{
	for (size_t i = 0; i < b->count; i++)
		if (!strcmp(b->entries[i].id, id))
			return &b->entries[i];
	return NULL;
}

static struct book_entry *
need_entry(struct book *b, const char *id)
{
	struct book_entry *e = book_find(b, id);

	if (e)
		return e;
	b->entries = must_realloc(b->entries, (b->count + 1) * sizeof(*e));
	e = &b->entries[b->count++];
	*e = (struct book_entry){ .id = must_strdup(id) };
	return e;
}

static int
note_wish(struct book *b, struct book_entry *e, const struct bus_record *r,
	  struct err *err)
{
	if (r->value)
		return replay_ask_parse(&e->wish, r->value, r->value_size, &b->arena,
					err);
	e->wish = REPLAY_GO_ON;
	return 0;
}

static void
note_state(struct book_entry *e, const struct bus_record *r)
{
	free(e->state);
	e->state = NULL;
	if (!r->value)
		return;
	e->state = must_alloc(r->value_size + 1);
	memcpy(e->state, r->value, r->value_size);
	e->size = r->value_size;
}

static int
note(void *arg, const struct bus_record *r, struct err *err)
{
	struct book *b = arg;
	const char *id;
	bool asks;

	arena_reset(&b->arena);
	id = replay_key_id(r->key, r->key_size, &asks, &b->arena);
	if (!id || (b->only && strcmp(id, b->only)))
		return 0;
	if (asks)
		return note_wish(b, need_entry(b, id), r, err)
			   ? err_context(err, "%s", r->topic)
			   : 0;
	note_state(need_entry(b, id), r);
	return 0;
}

int
book_read(struct book *b, struct err *err)
{
	return bus_read_rest(b->reader, note, b, err);
}

int
book_open(struct book *b, struct bus *bus, const char *topic, const char *only,
	  struct err *err)
{
	*b = (struct book){ .only = only };
	arena_init(&b->arena, ARENA);
	if (!bus_read_open(bus, topic, &b->reader, err) && !book_read(b, err))
		return 0;
	book_close(b);
	return err_context(err, "the state of replays");
}

void
book_close(struct book *b)
{
	bus_read_close(b->reader);
	for (size_t i = 0; i < b->count; i++) {
		free(b->entries[i].id);
		free(b->entries[i].state);
	}
	free(b->entries);
	if (b->arena.base)
		arena_release(&b->arena);
	*b = (struct book){ 0 };
}

struct bus_record
book_record(const char *topic, const char *key, const struct buf *value)
{
	return (struct bus_record){ .topic = topic,
				    .partition = -1,
				    .key = key,
				    .key_size = strlen(key),
				    .value = value->data,
				    .value_size = value->size };
}
