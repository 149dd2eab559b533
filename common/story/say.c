#include "story/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "story/compare.h"
#include "time/clock.h"

enum { TERMS_SAID = 4 };

static const struct {
	const char *name;
	enum term_kind kind;
} kinds[] = {
	{ "names", TERM_NAME },	    { "events", TERM_EVENT }, { "places", TERM_PLACE },
	{ "numbers", TERM_NUMBER }, { "words", TERM_WORD },
};

static bool
has(const struct aspect *a, uint32_t term)
{
	uint32_t low = 0, high = a->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (a->items[middle] >> 8 < term)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->count && a->items[low] >> 8 == term;
}

static bool
story_has(const struct store *s, uint32_t story, uint32_t term)
{
	int n = 0;

	for (uint32_t at = s->clusters[story].newest; at != STORE_NONE && n < COMPARED;
	     at = s->members[at].older, n++) {
		struct aspect a = store_aspect(s, &s->members[at]);

		if (has(&a, term))
			return true;
	}
	return false;
}

static const char *
text_of(const struct terms *t, uint32_t id)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->count && t->items[low].id == id ? t->items[low].text : NULL;
}

static int
heaviest(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a & 255, y = *(const uint32_t *)b & 255;

	return (x < y) - (x > y);
}

void
say_matches(struct adding *x)
{
	const struct store *s = &x->w->store;
	uint32_t sorted[VECTOR_MOST];

	memcpy(sorted, x->v.items, x->v.count * sizeof(*sorted));
	qsort(sorted, x->v.count, sizeof(*sorted), heaviest);
	for (size_t k = 0; k < LENGTH(kinds); k++) {
		const char *list = NULL;
		int n = 0;

		for (uint32_t i = 0; i < x->v.count && n < TERMS_SAID; i++) {
			const char *text;

			if (term_kind(sorted[i] >> 8) != kinds[k].kind ||
			    !story_has(s, x->story, sorted[i] >> 8) ||
			    !(text = text_of(&x->a->terms, sorted[i] >> 8)))
				continue;
			list = list ? arena_printf(x->arena, "%s, %s", list, text)
				    : arena_printf(x->arena, "%s: %s", kinds[k].name, text);
			n++;
		}
		if (list)
			x->why[x->why_count++] = list;
	}
}

static const char *
time_of(int64_t ms, struct arena *arena)
{
	char *text = arena_alloc(arena, WALL_TEXT);

	return text ? wall_text((struct wall){ ms }, text) : NULL;
}

const char *
say_name(uint64_t id, struct arena *arena)
{
	return arena_printf(arena, "%016" PRIx64, id);
}

/* What is true of the story now; the rest is the article's. */
static struct story
describe(const struct window *w, uint32_t story, struct arena *arena)
{
	const struct store *s = &w->store;
	const struct cluster *c = &s->clusters[story];
	const char *headline = c->headline == STORE_NONE
				   ? NULL
				   : store_texts(s, &s->members[c->headline]).headline;

	return (struct story){
		.id = say_name(c->id, arena),
		.headline = arena_strdup(arena, headline),
		.first = time_of(c->first, arena),
		.last = time_of(c->last, arena),
		.articles = (int)c->articles,
		.sources = (int)c->sources,
	};
}

static void
say(struct adding *x, const struct statement *s)
{
	if (x->statement_count == x->statement_room) {
		struct statement *more = arena_grow(x->arena, x->statements, x->statement_count,
						    &x->statement_room, sizeof(*more));

		if (!more)
			return;
		x->statements = more;
	}
	x->statements[x->statement_count++] = *s;
}

/* Of the article that has come. */
static void
say_arrived(struct adding *x, const struct story *story)
{
	say(x, &(struct statement){ .uri = x->a->uri,
				    .partition = x->a->partition,
				    .offset = x->a->offset,
				    .arrived = true,
				    .story = *story });
}

static const char **
one_reason(struct adding *x, const char *text)
{
	const char **why = arena_alloc(x->arena, sizeof(*why));

	if (why)
		*why = text;
	return why;
}

static void
say_moved(struct adding *x, const struct moved *m)
{
	const struct store *s = &x->w->store;
	const struct member *of = &s->members[m->member];
	struct story story = describe(x->w, of->story, x->arena);

	story.why = (struct names){
		one_reason(x, arena_printf(x->arena, "%s: %s", m->why, say_name(m->from, x->arena))), 1
	};
	story.similarity = of->central / 1e6;
	say(x, &(struct statement){
		   .uri = arena_strdup(x->arena, store_texts(s, of).uri),
		   .partition = of->partition,
		   .offset = of->offset,
		   .story = story });
}

void
say_all(struct adding *x)
{
	const struct store *s = &x->w->store;
	struct story story = describe(x->w, s->members[x->member].story, x->arena);

	story.new = x->is_new;
	story.version_of = x->version_of;
	story.copy_of = x->copy_of;
	story.similarity = x->similarity;
	story.why = (struct names){ x->why, x->why_count };
	say_arrived(x, &story);
	for (size_t i = 0; i < x->move_count; i++) {
		const struct moved *m = &x->moves[i];

		if (m->member != x->member &&
		    s->clusters[s->members[m->member].story].id != m->from)
			say_moved(x, m);
	}
}

struct story
say_standing(const struct window *w, uint32_t member, struct arena *arena)
{
	const struct member *m = &w->store.members[member];
	struct story story = { .id = say_name(m->uri, arena) };

	if (m->story == STORE_NONE)
		return story;
	story = describe(w, m->story, arena);
	story.similarity = m->central / 1e6;
	return story;
}

void
say_known(struct adding *x, uint32_t member)
{
	const struct member *m = &x->w->store.members[member];
	struct story story = say_standing(x->w, member, x->arena);

	if (m->story == STORE_NONE)
		say_left(x, m->uri);
	else
		say_arrived(x, &story);
}

void
say_left(struct adding *x, uint64_t id)
{
	uint32_t at = store_find_story(&x->w->store, id);
	struct story story = { .id = say_name(id, x->arena) };

	if (at != STORE_NONE)
		story = describe(x->w, at, x->arena);
	story.why = (struct names){ one_reason(x, "withdrawn"), 1 };
	say_arrived(x, &story);
}
