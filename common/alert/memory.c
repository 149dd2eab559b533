/*
 * A memo is never changed in place: a new one takes its slot and the old one
 * goes to the log of the batch, so to abort is to put the old ones back.
 */
#include "alert/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/field.h"
#include "record/json.h"
#include "time/clock.h"

enum { MOST = 4000000, VALUE_BYTES = 1 << 20, ARENA_BYTES = 4 << 20, GONE_MOST = 1024 };

struct slot {
	struct memo *now; /* NULL: gone */
	char id[];
};

struct change {
	enum memo_kind kind;
	struct slot *slot;
	struct memo *before; /* NULL: there was none */
};

struct memory {
	const char *topic;
	struct map maps[MEMO_KINDS]; /* id to struct slot */
	size_t gone[MEMO_KINDS];
	struct change *changes;
	size_t count, room;
	struct buf value;
	struct arena arena; /* of the record that is read */
};

/* ---- as records ---- */

struct memo_text {
	const char *kind, *id, *at;
	struct memo memo;
};

static void
print_alert(const void *base, const char *name, struct buf *out)
{
	json_raw(out, name, ((const struct memo_text *)base)->memo.alert);
}

static int
read_alert(void *base, struct cursor *c)
{
	struct memo_text *t = base;
	struct slice json;

	if (cursor_skip(c, &json))
		return -1;
	t->memo.alert = json.text ? arena_copy(c->arena, json.text, json.size) : NULL;
	return 0;
}

/* clang-format off */
#define HEAD \
	TEXT(memo_text, kind, "kind"), TEXT(memo_text, id, "id"), TEXT(memo_text, at, "at")
static const struct field told_fields[] = {
	HEAD,
	TEXT(memo_text, memo.rule, "rule"),
	TEXT(memo_text, memo.last, "last"),
	INT(memo_text, memo.told.times, "times"),
	INT(memo_text, memo.told.articles, "articles"),
	INT(memo_text, memo.told.sources, "sources"),
	INT(memo_text, memo.told.casualties, "casualties"),
	REAL(memo_text, memo.told.score, "score"),
	{ 0 },
};
static const struct field rule_fields[] = {
	HEAD,
	TEXT(memo_text, memo.last, "last"),
	TEXT_NULL(memo_text, memo.until, "until"),
	BOOL(memo_text, memo.active, "active"),
	TEXT_NULL(memo_text, memo.recent, "recent"),
	{ 0 },
};
static const struct field source_fields[] = {
	HEAD,
	TEXT(memo_text, memo.last, "last"),
	{ 0 },
};
static const struct field alert_fields[] = {
	HEAD,
	TEXT(memo_text, memo.rule, "rule"),
	TEXT(memo_text, memo.last, "last"),
	TEXT_NULL(memo_text, memo.until, "until"),
	CUSTOM("alert", print_alert, read_alert),
	{ 0 },
};
static const struct field mute_fields[] = {
	HEAD,
	TEXT_NULL(memo_text, memo.until, "until"),
	TEXT(memo_text, memo.by, "by"),
	{ 0 },
};
static const struct field effect_fields[] = {
	HEAD,
	TEXT(memo_text, memo.rule, "rule"),
	TEXT(memo_text, memo.last, "last"),
	TEXT(memo_text, memo.status, "status"),
	TEXT_NULL(memo_text, memo.why, "why"),
	{ 0 },
};
/* clang-format on */

static const struct {
	const char *kind, *below; /* the key is both and the id */
	const struct field *fields;
} kinds[MEMO_KINDS] = {
	[MEMO_TOLD] = { "alert", "told/", told_fields },
	[MEMO_RULE] = { "alert", "rule/", rule_fields },
	[MEMO_SOURCE] = { "alert", "source/", source_fields },
	[MEMO_HELD] = { "alert", "held/", alert_fields },
	[MEMO_DUE] = { "alert", "due/", alert_fields },
	[MEMO_MUTE] = { "mute", "", mute_fields },
	[MEMO_EFFECT] = { "effect", "", effect_fields },
};

/* The kind of a record by its key, and its id; MEMO_KINDS: it is another's. */
static enum memo_kind
kind_of(const char *key, size_t n, const char **id, size_t *size)
{
	for (int i = 0; i < MEMO_KINDS; i++) {
		size_t head = strlen(kinds[i].kind), below = strlen(kinds[i].below);
		size_t whole = head + 1 + below;

		if (n <= whole || n - whole >= MEMO_ID_BYTES || key[head] != '/' ||
		    memcmp(key, kinds[i].kind, head) ||
		    memcmp(key + head + 1, kinds[i].below, below))
			continue;
		*id = key + whole;
		*size = n - whole;
		return (enum memo_kind)i;
	}
	return MEMO_KINDS;
}

/* ---- slots ---- */

static struct memo *
copied(const struct memo *from, const char *id)
{
	struct memo *m = must_alloc(sizeof(*m));

	*m = *from;
	m->id = id;
	m->rule = must_strdup(from->rule);
	m->last = must_strdup(from->last);
	m->until = must_strdup(from->until);
	m->recent = must_strdup(from->recent);
	m->alert = must_strdup(from->alert);
	m->by = must_strdup(from->by);
	m->status = must_strdup(from->status);
	m->why = must_strdup(from->why);
	return m;
}

static void
memo_free(struct memo *m)
{
	if (!m)
		return;
	free((char *)m->rule);
	free((char *)m->last);
	free((char *)m->until);
	free((char *)m->recent);
	free((char *)m->alert);
	free((char *)m->by);
	free((char *)m->status);
	free((char *)m->why);
	free(m);
}

static struct slot *
slot_of(struct memory *m, enum memo_kind kind, const char *id)
{
	size_t n = strlen(id);
	struct slot *s = map_get(&m->maps[kind], id, n);
	void **at;

	if (s)
		return s;
	s = must_alloc(sizeof(*s) + n + 1);
	memcpy(s->id, id, n + 1);
	at = map_put(&m->maps[kind], s->id, n);
	if (!at) {
		free(s);
		return NULL;
	}
	*at = s;
	m->gone[kind]++;
	return s;
}

static void
set(struct memory *m, enum memo_kind kind, struct slot *s, struct memo *now)
{
	m->gone[kind] += s->now != NULL;
	m->gone[kind] -= now != NULL;
	s->now = now;
}

static void
note(struct memory *m, enum memo_kind kind, struct slot *s)
{
	if (m->count == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->changes = must_realloc(m->changes, m->room * sizeof(*m->changes));
	}
	m->changes[m->count++] = (struct change){ kind, s, s->now };
}

/* A map forgets no key, so one with many that are gone is made anew. */
static void
make_room(struct memory *m, enum memo_kind kind)
{
	struct map *old = &m->maps[kind], fresh;

	if (m->gone[kind] < GONE_MOST || m->gone[kind] < old->count / 2)
		return;
	map_init(&fresh, MOST);
	for (size_t i = 0; i < old->count; i++) {
		struct slot *s = old->entries[i].value;

		if (s->now)
			*map_put(&fresh, s->id, strlen(s->id)) = s;
		else
			free(s);
	}
	map_release(old);
	*old = fresh;
	m->gone[kind] = 0;
}

struct memory *
memory_new(const char *topic)
{
	struct memory *m = must_alloc(sizeof(*m));

	m->topic = topic;
	for (int i = 0; i < MEMO_KINDS; i++)
		map_init(&m->maps[i], MOST);
	buf_init(&m->value, VALUE_BYTES);
	arena_init(&m->arena, ARENA_BYTES);
	return m;
}

void
memory_clear(struct memory *m)
{
	memory_committed(m);
	for (int i = 0; i < MEMO_KINDS; i++) {
		for (size_t k = 0; k < m->maps[i].count; k++) {
			struct slot *s = m->maps[i].entries[k].value;

			memo_free(s->now);
			free(s);
		}
		map_reset(&m->maps[i]);
		m->gone[i] = 0;
	}
}

void
memory_free(struct memory *m)
{
	if (!m)
		return;
	memory_clear(m);
	for (int i = 0; i < MEMO_KINDS; i++)
		map_release(&m->maps[i]);
	buf_release(&m->value);
	arena_release(&m->arena);
	free(m->changes);
	free(m);
}

int
memory_learn(struct memory *m, const struct bus_record *r, struct err *err)
{
	struct memo_text t = { 0 };
	const char *bytes;
	char id[MEMO_ID_BYTES];
	size_t n;
	enum memo_kind kind =
	    r->key ? kind_of(r->key, r->key_size, &bytes, &n) : MEMO_KINDS;
	struct slot *s;
	struct cursor c;

	if (kind == MEMO_KINDS)
		return 0;
	memcpy(id, bytes, n);
	id[n] = '\0';
	arena_reset(&m->arena);
	if (r->value) {
		cursor_init(&c, r->value, r->value_size, &m->arena, err);
		if (fields_read(kinds[kind].fields, &t, &c) || cursor_end(&c) ||
		    arena_check(&m->arena, err))
			return err_context(err, "%s offset %lld of partition %d",
					   r->topic, (long long)r->offset, r->partition);
	}
	s = slot_of(m, kind, id);
	if (!s)
		return err_set(err, ERR_FATAL, "more than %d subjects are remembered",
			       MOST);
	t.memo.kind = kind;
	memo_free(s->now);
	set(m, kind, s, r->value ? copied(&t.memo, s->id) : NULL);
	return 0;
}

const struct memo *
memory_get(const struct memory *m, enum memo_kind kind, const char *id)
{
	const struct slot *s = map_get(&m->maps[kind], id, strlen(id));

	return s ? s->now : NULL;
}

static int
send(struct memory *m, enum memo_kind kind, const char *id, const struct memo *memo,
     const struct memory_out *out, struct err *err)
{
	char key[MEMO_ID_BYTES + 32], at[WALL_TEXT];
	struct bus_record r = { .topic = m->topic, .partition = -1, .key = key };

	r.key_size = (size_t)snprintf(key, sizeof(key), "%s/%s%s", kinds[kind].kind,
				      kinds[kind].below, id);
	if (memo) {
		struct memo_text t = { kinds[kind].kind, strchr(key, '/') + 1,
				       wall_text(wall_now(), at), *memo };

		buf_reset(&m->value);
		json_open(&m->value, NULL, '{');
		fields_print(kinds[kind].fields, &t, &m->value);
		json_close(&m->value, '}');
		if (buf_check(&m->value, err))
			return err_context(err, "%s", key);
		r.value = m->value.data;
		r.value_size = m->value.size;
	}
	return out->send(out->arg, &r, err);
}

int
memory_put(struct memory *m, const struct memo *memo, const struct memory_out *out,
	   struct err *err)
{
	struct slot *s;

	assert(strlen(memo->id) < MEMO_ID_BYTES);
	if (send(m, memo->kind, memo->id, memo, out, err))
		return -1;
	s = slot_of(m, memo->kind, memo->id);
	if (!s)
		return err_set(err, ERR_FATAL, "more than %d subjects are remembered",
			       MOST);
	note(m, memo->kind, s);
	set(m, memo->kind, s, copied(memo, s->id));
	return 0;
}

int
memory_drop(struct memory *m, enum memo_kind kind, const char *id,
	    const struct memory_out *out, struct err *err)
{
	struct slot *s = map_get(&m->maps[kind], id, strlen(id));

	if (!s || !s->now)
		return 0;
	if (send(m, kind, id, NULL, out, err))
		return -1;
	note(m, kind, s);
	set(m, kind, s, NULL);
	return 0;
}

void
memory_committed(struct memory *m)
{
	for (size_t i = 0; i < m->count; i++)
		memo_free(m->changes[i].before);
	m->count = 0;
	for (int i = 0; i < MEMO_KINDS; i++)
		make_room(m, (enum memo_kind)i);
}

void
memory_aborted(struct memory *m)
{
	while (m->count) {
		struct change *c = &m->changes[--m->count];

		memo_free(c->slot->now);
		set(m, c->kind, c->slot, c->before);
	}
}

const struct memo *
memory_next(const struct memory *m, enum memo_kind kind, size_t *at)
{
	const struct map *map = &m->maps[kind];

	while (*at < map->count) {
		const struct slot *s = map->entries[(*at)++].value;

		if (s->now)
			return s->now;
	}
	return NULL;
}

size_t
memory_count(const struct memory *m, enum memo_kind kind)
{
	return m->maps[kind].count - m->gone[kind];
}
