#include "story/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "story/postings.h"

enum { BYTES_AN_ARTICLE = 72, /* units of 8, on the average; larger ones take others' room */
       MOST_HEADLINE = 200, MOST_BYTES = 4096, WALK = 256 };

#define KEEP(s, place) undo_keep(&(s)->undo, &(place), sizeof(place))

uint64_t
store_hash(const char *uri)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *uri; uri++)
		h = (h ^ (unsigned char)*uri) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

uint32_t
store_millionths(double share)
{
	return (uint32_t)(share * 1e6 + 0.5);
}

void
store_init(struct store *s, uint32_t most)
{
	uint32_t room = 64;

	while (room < most)
		room *= 2;
	*s = (struct store){ .most = room,
			     .bytes_room = (uint64_t)room * BYTES_AN_ARTICLE + MOST_BYTES,
			     .free_cluster = STORE_NONE,
			     .free_sources = STORE_NONE };
	s->members = must_alloc(room * sizeof(*s->members));
	s->bytes = must_alloc(s->bytes_room * sizeof(*s->bytes));
	s->uris = must_alloc(room * sizeof(*s->uris));
	s->clusters = must_alloc((room + 1) * sizeof(*s->clusters));
	s->ids = must_alloc(room * sizeof(*s->ids));
	s->sources = must_alloc((room + room / 2 + 2) * sizeof(*s->sources));
}

void
store_release(struct store *s)
{
	undo_release(&s->undo);
	free(s->members);
	free(s->bytes);
	free(s->uris);
	free(s->clusters);
	free(s->ids);
	free(s->sources);
}

/* ---- the ring of bytes: sketch, terms, then texts with a NUL each ---- */

static size_t
units(const struct story_article *a, const struct vector *v)
{
	size_t n = sizeof(long) + a->sketch.count * 4 + v->count * 4 + strlen(a->uri) + 1 +
		   strnlen(a->version ? a->version : "", 100) + 1 +
		   strnlen(a->versioncreated ? a->versioncreated : "", 40) + 1 +
		   strnlen(a->headline ? a->headline : "", MOST_HEADLINE) + 1;

	return (n + 7) / 8;
}

/* The next place where so many units stand in one piece. */
static uint64_t
piece(const struct store *s, size_t n)
{
	uint64_t left = s->bytes_room - s->bytes_end % s->bytes_room;

	return n <= left ? s->bytes_end : s->bytes_end + left;
}

bool
store_has_room(const struct store *s, const struct story_article *a)
{
	size_t most = 64 + (strlen(a->uri) + 1024) / 8;

	return s->end - s->begin < s->most - 1 &&
	       piece(s, most) + most - s->bytes_begin <= s->bytes_room;
}

static char *
put_text(char *p, const char *text, size_t most)
{
	size_t n = strnlen(text ? text : "", most);

	memcpy(p, text ? text : "", n);
	p[n] = '\0';
	return p + n + 1;
}

static void
put_bytes(struct store *s, struct member *m, const struct story_article *a,
	  const struct vector *v)
{
	size_t n = units(a, v);
	uint64_t at = piece(s, n);
	char *p = (char *)&s->bytes[at % s->bytes_room];

	KEEP(s, s->bytes_end);
	undo_keep(&s->undo, p, n * 8);
	s->bytes_end = at + n;
	m->at = (uint32_t)(at % s->bytes_room);
	m->runs = (uint8_t)a->sketch.count;
	m->terms = (uint8_t)v->count;
	memcpy(p, &a->epoch, sizeof(long));
	p += sizeof(long);
	memcpy(p, a->sketch.items, a->sketch.count * 4);
	p += a->sketch.count * 4;
	memcpy(p, v->items, v->count * 4);
	p += v->count * 4;
	p = put_text(p, a->uri, strlen(a->uri));
	p = put_text(p, a->version, 100);
	p = put_text(p, a->versioncreated, 40);
	put_text(p, a->headline, MOST_HEADLINE);
}

struct member_texts
store_texts(const struct store *s, const struct member *m)
{
	const char *p = (const char *)&s->bytes[m->at];
	struct member_texts t;

	memcpy(&t.epoch, p, sizeof(long));
	t.uri = p + sizeof(long) + (m->runs + m->terms) * 4;
	t.version = t.uri + strlen(t.uri) + 1;
	t.versioncreated = t.version + strlen(t.version) + 1;
	t.headline = t.versioncreated + strlen(t.versioncreated) + 1;
	return t;
}

struct aspect
store_aspect(const struct store *s, const struct member *m)
{
	const uint32_t *words = (const uint32_t *)(const void *)&s->bytes[m->at];

	return (struct aspect){ words + sizeof(long) / 4 + m->runs, m->terms, m->time_ms,
				m->main };
}

void
store_sketch(const struct store *s, const struct member *m, struct sketch *sketch)
{
	sketch->count = m->runs;
	memcpy(sketch->items, (const char *)&s->bytes[m->at] + sizeof(long), m->runs * 4);
}

const uint32_t *
store_runs(const struct store *s, const struct member *m)
{
	return (const uint32_t *)(const void *)&s->bytes[m->at] + sizeof(long) / 4;
}

/* ---- by uri ---- */

uint32_t
store_find(const struct store *s, const char *uri)
{
	uint64_t hash = store_hash(uri);
	uint32_t at = s->uris[hash % s->most];

	while (at && s->members[at - 1].uri != hash)
		at = s->members[at - 1].next_uri;
	return at ? at - 1 : STORE_NONE;
}

uint32_t
store_find_story(const struct store *s, uint64_t id)
{
	uint32_t at = s->ids[id % s->most];

	while (at && s->clusters[at - 1].id != id)
		at = s->clusters[at - 1].next_id;
	return at ? at - 1 : STORE_NONE;
}

enum { PLACE_BITS = 22 };

uint32_t
store_handle(const struct store *s, uint32_t story)
{
	return story | ((uint32_t)s->clusters[story].id << PLACE_BITS &
			((UINT32_C(1) << POSTINGS_BITS) - 1));
}

uint32_t
store_of_handle(const struct store *s, uint32_t handle)
{
	uint32_t story = handle & ((1U << PLACE_BITS) - 1);

	return s->clusters[story].used && s->clusters[story].members &&
		       store_handle(s, story) == handle
		   ? story
		   : STORE_NONE;
}

static void
link_id(struct store *s, uint32_t story)
{
	uint32_t *chain = &s->ids[s->clusters[story].id % s->most];

	KEEP(s, *chain);
	s->clusters[story].next_id = *chain;
	*chain = story + 1;
}

static void
unlink_id(struct store *s, uint32_t story)
{
	uint32_t *at = &s->ids[s->clusters[story].id % s->most];

	while (*at && *at != story + 1)
		at = &s->clusters[*at - 1].next_id;
	assert(*at);
	KEEP(s, *at);
	*at = s->clusters[story].next_id;
}

static void
unlink_uri(struct store *s, uint32_t member)
{
	uint32_t *at = &s->uris[s->members[member].uri % s->most];

	while (*at && *at != member + 1)
		at = &s->members[*at - 1].next_uri;
	assert(*at);
	KEEP(s, *at);
	*at = s->members[member].next_uri;
	KEEP(s, s->members[member].known);
	s->members[member].known = false;
}

/* ---- sources of a story ---- */

bool
store_has_source(const struct store *s, uint32_t story, uint32_t source)
{
	for (uint32_t at = s->clusters[story].source_head; at; at = s->sources[at - 1].next)
		for (uint32_t i = 0; i < s->sources[at - 1].count; i++)
			if (s->sources[at - 1].items[i] == source)
				return true;
	return false;
}

const uint32_t *
store_sources(const struct store *s, uint32_t story, struct arena *arena, size_t *n)
{
	const struct cluster *c = &s->clusters[story];
	uint32_t *all = arena_alloc(arena, (c->sources + 1) * sizeof(*all));

	*n = 0;
	for (uint32_t at = c->source_head; all && at; at = s->sources[at - 1].next)
		for (uint32_t i = 0; i < s->sources[at - 1].count; i++)
			all[(*n)++] = s->sources[at - 1].items[i];
	return all;
}

static void
add_source(struct store *s, struct cluster *c, uint32_t source)
{
	struct sources *b = c->source_head ? &s->sources[c->source_head - 1] : NULL;

	if (store_has_source(s, (uint32_t)(c - s->clusters), source))
		return;
	if (!b || b->count == SOURCES) {
		uint32_t at = s->free_sources;

		if (at == STORE_NONE) {
			KEEP(s, s->sources_count);
			at = s->sources_count++;
		} else {
			KEEP(s, s->free_sources);
			s->free_sources = s->sources[at].next;
		}
		b = &s->sources[at];
		KEEP(s, *b);
		*b = (struct sources){ .next = c->source_head };
		c->source_head = at + 1;
	} else {
		KEEP(s, *b);
	}
	b->items[b->count++] = source;
	c->sources++;
}

static void
drop_source(struct store *s, struct cluster *c, uint32_t source)
{
	struct sources *first = &s->sources[c->source_head - 1];

	for (uint32_t at = c->newest; at != STORE_NONE; at = s->members[at].older)
		if (s->members[at].source == source)
			return;
	for (struct sources *b = first;; b = &s->sources[b->next - 1]) {
		for (uint32_t i = 0; i < b->count; i++)
			if (b->items[i] == source) {
				KEEP(s, *b);
				KEEP(s, *first);
				b->items[i] = first->items[--first->count];
				c->sources--;
				if (!first->count) {
					c->source_head = first->next;
					KEEP(s, s->free_sources);
					first->next = s->free_sources;
					s->free_sources = (uint32_t)(first - s->sources);
				}
				return;
			}
		if (!b->next)
			return;
	}
}

static void
free_sources(struct store *s, struct cluster *c)
{
	while (c->source_head) {
		struct sources *b = &s->sources[c->source_head - 1];
		uint32_t next = b->next;

		KEEP(s, *b);
		KEEP(s, s->free_sources);
		b->next = s->free_sources;
		s->free_sources = c->source_head - 1;
		c->source_head = next;
	}
}

/* ---- members of a story ---- */

static void
link_member(struct store *s, struct cluster *c, uint32_t at)
{
	struct member *m = &s->members[at];

	m->newer = STORE_NONE;
	m->older = c->newest;
	if (c->newest != STORE_NONE) {
		KEEP(s, s->members[c->newest].newer);
		s->members[c->newest].newer = at;
	} else {
		c->oldest = at;
	}
	c->newest = at;
	c->members++;
}

static void
unlink_member(struct store *s, struct cluster *c, struct member *m)
{
	if (m->older != STORE_NONE) {
		KEEP(s, s->members[m->older].newer);
		s->members[m->older].newer = m->newer;
	} else {
		c->oldest = m->newer;
	}
	if (m->newer != STORE_NONE) {
		KEEP(s, s->members[m->newer].older);
		s->members[m->newer].older = m->older;
	} else {
		c->newest = m->older;
	}
	c->members--;
}

static void
find_headline(struct store *s, struct cluster *c)
{
	int64_t best = -1;
	int n = 0;

	c->headline = STORE_NONE;
	for (uint32_t at = c->newest; at != STORE_NONE && n < WALK; at = s->members[at].older, n++)
		if (s->members[at].central > best && *store_texts(s, &s->members[at]).headline) {
			best = s->members[at].central;
			c->headline = at;
		}
}

static void
span(struct store *s, struct cluster *c)
{
	int n = 0;

	c->first = INT64_MAX;
	c->last = INT64_MIN;
	for (uint32_t at = c->newest; at != STORE_NONE && n < WALK; at = s->members[at].older, n++) {
		int64_t t = s->members[at].time_ms;

		c->first = t < c->first ? t : c->first;
		c->last = t > c->last ? t : c->last;
	}
}

static void
end_story(struct store *s, struct cluster *c)
{
	free_sources(s, c);
	unlink_id(s, (uint32_t)(c - s->clusters));
	KEEP(s, s->free_cluster);
	KEEP(s, s->stories);
	c->used = false;
	c->next_free = s->free_cluster;
	s->free_cluster = (uint32_t)(c - s->clusters);
	s->stories--;
}

static void
join(struct store *s, uint32_t at, uint32_t story)
{
	struct cluster *c = &s->clusters[story];
	struct member *m = &s->members[at];

	KEEP(s, *c);
	KEEP(s, s->joins);
	link_member(s, c, at);
	m->joined = ++s->joins;
	m->story = story;
	c->articles++;
	add_source(s, c, m->source);
	if (c->articles == 1 || m->time_ms < c->first)
		c->first = m->time_ms;
	if (c->articles == 1 || m->time_ms > c->last)
		c->last = m->time_ms;
	if (*store_texts(s, m).headline &&
	    (c->headline == STORE_NONE || m->central > s->members[c->headline].central))
		c->headline = at;
}

static void
leave(struct store *s, uint32_t at, bool expired)
{
	struct member *m = &s->members[at];
	struct cluster *c = &s->clusters[m->story];

	KEEP(s, *c);
	KEEP(s, *m);
	unlink_member(s, c, m);
	m->story = STORE_NONE;
	if (!c->members) {
		end_story(s, c);
		return;
	}
	if (c->headline == at)
		find_headline(s, c);
	if (expired)
		return;
	c->articles--;
	drop_source(s, c, m->source);
	if (m->time_ms == c->first || m->time_ms == c->last)
		span(s, c);
}

uint32_t
store_story(struct store *s, uint64_t id)
{
	uint32_t at = s->free_cluster;

	if (at == STORE_NONE) {
		KEEP(s, s->cluster_count);
		at = s->cluster_count++;
	} else {
		KEEP(s, s->free_cluster);
		s->free_cluster = s->clusters[at].next_free;
	}
	KEEP(s, s->stories);
	s->stories++;
	KEEP(s, s->clusters[at]);
	s->clusters[at] = (struct cluster){ .id = id,
					    .born = s->end,
					    .newest = STORE_NONE,
					    .oldest = STORE_NONE,
					    .headline = STORE_NONE,
					    .used = true };
	link_id(s, at);
	return at;
}

uint32_t
store_add(struct store *s, const struct story_article *a, const struct vector *v,
	  uint32_t story, double score)
{
	uint32_t at = (uint32_t)(s->end % s->most), *chain;
	struct member *m = &s->members[at];

	assert(s->end - s->begin < s->most);
	KEEP(s, s->end);
	KEEP(s, *m);
	s->end++;
	*m = (struct member){ .uri = store_hash(a->uri),
			      .time_ms = a->time_ms,
			      .offset = a->offset,
			      .partition = a->partition,
			      .source = a->source,
			      .main = a->main,
			      .story = STORE_NONE,
			      .known = true,
			      .central = store_millionths(score) };
	put_bytes(s, m, a, v);
	chain = &s->uris[m->uri % s->most];
	m->next_uri = *chain;
	KEEP(s, *chain);
	*chain = at + 1;
	if (story != STORE_NONE)
		join(s, at, story);
	return at;
}

uint32_t
store_oldest(const struct store *s)
{
	return s->begin < s->end ? (uint32_t)(s->begin % s->most) : STORE_NONE;
}

/* The ring's tail goes up over those that have left. */
static void
trim(struct store *s)
{
	uint64_t at, now = s->bytes_begin % s->bytes_room;

	KEEP(s, s->begin);
	KEEP(s, s->bytes_begin);
	while (s->begin < s->end && !s->members[s->begin % s->most].known)
		s->begin++;
	if (s->begin == s->end) {
		s->bytes_begin = s->bytes_end;
		return;
	}
	at = s->members[s->begin % s->most].at;
	s->bytes_begin += at >= now ? at - now : at + s->bytes_room - now;
}

void
store_remove(struct store *s, uint32_t member, bool expired)
{
	unlink_uri(s, member);
	if (s->members[member].story != STORE_NONE)
		leave(s, member, expired);
	trim(s);
}

void
store_move(struct store *s, uint32_t member, uint32_t story)
{
	leave(s, member, false);
	join(s, member, story);
}

/* ---- a restart ---- */

void
store_go_to(struct store *s, uint64_t order)
{
	assert(s->begin == s->end || order - s->begin < s->most - 1);
	if (s->begin == s->end)
		s->begin = s->end = order;
	for (; s->end < order; s->end++) /* what was replaced or left, and is not remembered */
		s->members[s->end % s->most] = (struct member){ .story = STORE_NONE,
								.at = (uint32_t)(s->bytes_end %
										 s->bytes_room) };
}

void
store_rejoin(struct store *s, uint32_t member, uint32_t story, uint64_t joined)
{
	s->joins = joined - 1;
	join(s, member, story);
}

void
store_note(struct store *s, uint32_t story, const struct story_note *n)
{
	struct cluster *c = &s->clusters[story];

	c->articles += (uint32_t)n->gone;
	c->twin = n->twin;
	c->noted = true;
	c->first = n->first < c->first ? n->first : c->first;
	c->last = n->last > c->last ? n->last : c->last;
	for (size_t i = 0; i < n->source_count; i++)
		add_source(s, c, n->sources[i]);
}
