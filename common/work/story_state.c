/*
 * The topic is compacted, but the broker does that late: the newest record of
 * a key counts, and a window is put together once all is read.
 */
#include "work/story_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/mem.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "time/clock.h"

enum { ARENA = 16 << 20, MOST_KEYS = 1 << 26, BEAT_EVERY = 1000 };

static const char member_key[] = "member/", note_key[] = "story/";

struct loading {
	struct map members, notes; /* key to what free() takes; NULL: forgotten */
	struct arena arena;
	void (*beat)(void *);
	void *arg;
	size_t count;
};

static bool
begins(const struct bus_record *r, const char *with)
{
	size_t n = strlen(with);

	return r->key && r->key_size > n && !memcmp(r->key, with, n);
}

/* Keys are the map's own. */
static void **
place(struct map *m, const struct bus_record *r)
{
	size_t before = m->count;
	void **at = map_put(m, r->key, r->key_size);

	if (at && m->count > before) {
		char *key = must_alloc(r->key_size + 1);

		memcpy(key, r->key, r->key_size);
		m->entries[before].key = key;
	}
	return at;
}

static void *
parse(struct loading *l, const struct bus_record *r, bool is_member, struct err *err)
{
	struct remembered article;
	struct story_note note;

	arena_reset(&l->arena);
	if (is_member)
		return remembered_parse(&article, r->value, r->value_size, &l->arena, err)
			   ? NULL
			   : remembered_copy(&article);
	return note_parse(&note, r->value, r->value_size, &l->arena, err)
		   ? NULL
		   : note_copy(&note);
}

static int
load(void *arg, const struct bus_record *r, struct err *err)
{
	struct loading *l = arg;
	bool is_member = begins(r, member_key);
	void **at;

	if (++l->count % BEAT_EVERY == 0)
		l->beat(l->arg);
	if (!is_member && !begins(r, note_key))
		return 0;
	at = place(is_member ? &l->members : &l->notes, r);
	if (!at)
		return err_set(err, ERR_FATAL, "more than %d articles are remembered",
			       MOST_KEYS);
	free(*at);
	*at = NULL;
	if (!r->value)
		return 0;
	*at = parse(l, r, is_member, err);
	if (*at)
		return 0;
	if (err->class == ERR_FATAL)
		return -1;
	log_warn("state partition=%d offset=%" PRId64 " is passed over: %s", r->partition,
		 r->offset, err->text);
	return 0;
}

/* Those that are there, at the front. */
static size_t
gather(const struct map *m, void **out)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->entries[i].value)
			out[n++] = m->entries[i].value;
	return n;
}

static void
release(struct map *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->entries[i].value);
		free((void *)(uintptr_t)m->entries[i].key);
	}
	map_release(m);
}

static struct window *
restore(const struct loading *l, struct window_conf conf, const char *lexicon,
	struct err *err)
{
	void **articles = must_alloc((l->members.count + 1) * sizeof(*articles)),
	     **notes = must_alloc((l->notes.count + 1) * sizeof(*notes));
	size_t n = gather(&l->members, articles), m = gather(&l->notes, notes);
	struct window *w = window_new(&conf, lexicon, err);

	if (w) {
		window_restore(w, (struct remembered *const *)articles, n,
			       (struct story_note *const *)notes, m);
		log_info("articles=%u stories=%u are known", window_size(w).articles,
			 window_size(w).stories);
	}
	free(articles);
	free(notes);
	return w;
}

/* The former owner's last commit is seen a moment later, and others write there too. */
static int
wait_settled(struct bus *bus, const char *topic, struct err *err)
{
	static const struct timespec pause = { 0, 50000000 };
	bool settled = false;

	for (int i = 0; i < 200 && !settled && !stop_asked(); i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (bus_settled(bus, topic, &settled, err))
			return -1;
	}
	return settled ? 0
		       : err_set(err, ERR_RETRY, "%s: a transaction on it does not end",
				 topic);
}

struct window *
story_state_read(struct bus *bus, const char *topic, struct window_conf conf,
		 const char *lexicon, void (*beat)(void *), void *arg, struct err *err)
{
	struct loading l = { .beat = beat, .arg = arg };
	struct window *w = NULL;

	map_init(&l.members, MOST_KEYS);
	map_init(&l.notes, MOST_KEYS);
	arena_init(&l.arena, ARENA);
	if (!wait_settled(bus, topic, err) && !bus_read_all(bus, topic, load, &l, err))
		w = restore(&l, conf, lexicon, err);
	release(&l.members);
	release(&l.notes);
	arena_release(&l.arena);
	return w;
}

/* ---- writing ---- */

static struct bus_record
record(const char *topic, const struct buf *key, const struct buf *json)
{
	return (struct bus_record){ .topic = topic,
				    .partition = -1,
				    .key = key->data,
				    .key_size = key->size,
				    .value = json->size ? json->data : NULL,
				    .value_size = json->size };
}

static const char *
now(char text[WALL_TEXT])
{
	return wall_text(wall_now(), text);
}

struct bus_record
story_state_member(const char *topic, const char *uri, const struct remembered *r,
		   struct buf *key, struct buf *json)
{
	char at[WALL_TEXT];

	buf_reset(key);
	buf_reset(json);
	buf_adds(key, member_key);
	buf_adds(key, uri);
	if (r)
		remembered_print(r, now(at), json);
	return record(topic, key, json);
}

struct bus_record
story_state_note(const char *topic, uint64_t id, const struct story_note *n,
		 struct buf *key, struct buf *json)
{
	char at[WALL_TEXT], name[17];

	snprintf(name, sizeof(name), "%016" PRIx64, id);
	buf_reset(key);
	buf_reset(json);
	buf_adds(key, note_key);
	buf_adds(key, name);
	if (n)
		note_print(n, now(at), json);
	return record(topic, key, json);
}
