#include "alert/when.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "time/clock.h"

enum { KEY_CEILING = 64 << 10 };
static const int64_t ahead_ms = INT64_C(24) * 3600 * 1000;

/* The highest step that was reached since; 0: none. */
static int
reached(const int *steps, size_t count, int before, int now)
{
	int step = 0;

	for (size_t i = 0; i < count; i++)
		if (steps[i] > before && steps[i] <= now)
			step = steps[i];
	return step;
}

static const char *
again(const struct again *a, const struct told *told, const struct told *now,
      struct arena *arena)
{
	int step = reached(a->articles, a->article_count, told->articles, now->articles);

	if (step)
		return arena_printf(arena, "again: articles %d", now->articles);
	step = reached(a->sources, a->source_count, told->sources, now->sources);
	if (step)
		return arena_printf(arena, "again: sources %d", now->sources);
	if (a->on_casualties && now->casualties > told->casualties)
		return arena_printf(arena, "again: casualties %d", now->casualties);
	if (a->on_score && now->score > told->score)
		return arena_printf(arena, "again: score %g", now->score);
	return NULL;
}

static int
larger(int a, int b)
{
	return a > b ? a : b;
}

/* What grows only grows: a correction downwards and up again is not told twice. */
bool
when_tells(const struct rule *r, const struct sight *s, struct told *told,
	   struct arena *arena, const char **why)
{
	struct told now = {
		.times = told->times + 1,
		.articles = s->story ? s->story->articles : 1,
		.sources = s->story ? s->story->sources : 1,
		.casualties = s->event ? event_casualties(s->event) : 0,
		.score = s->event && s->event->has_score ? fabs(s->event->score) : 0,
	};

	*why = told->times ? again(&r->again, told, &now, arena) : "first sight";
	if (!*why)
		return false;
	now.articles = larger(now.articles, told->articles);
	now.sources = larger(now.sources, told->sources);
	now.casualties = larger(now.casualties, told->casualties);
	now.score = now.score > told->score ? now.score : told->score;
	*told = now;
	return true;
}

static void
add_part(struct buf *key, const char *text)
{
	buf_addc(key, '\0');
	buf_adds(key, text ? text : "");
}

static const char *
actor_of(const struct actors *l)
{
	return !l->count          ? NULL
	       : l->items[0].name ? l->items[0].name
				  : l->items[0].span.text;
}

struct when_key
when_key(const struct rule *r, const struct enriched *e, const struct event *event,
	 struct arena *arena)
{
	struct when_key key = { 0 };
	struct buf bytes;

	buf_init(&bytes, KEY_CEILING);
	buf_adds(&bytes, r->name);
	add_part(&bytes, e->story ? e->story->id : e->article.uri);
	if (r->on == ON_ARTICLE)
		add_part(&bytes, e->article.uri);
	if (r->on == ON_EVENT && event) {
		add_part(&bytes, event->type);
		add_part(&bytes, actor_of(&event->actor));
		add_part(&bytes, actor_of(&event->recipient));
		add_part(&bytes, !event->location        ? NULL
				 : event->location->name ? event->location->name
							 : event->location->span.text);
		add_part(&bytes, event->date);
	}
	if (!bytes.full)
		key = (struct when_key){ arena_copy(arena, bytes.data, bytes.size),
					 bytes.size };
	buf_release(&bytes);
	return key;
}

bool
when_is_fresh(const struct rule *r, const struct article *a, int64_t published_ms,
	      int64_t now_ms)
{
	const char *text = a->versioncreated ? a->versioncreated : a->firstcreated;
	struct wall t;

	if (!text || wall_parse(&t, text))
		t.ms = published_ms;
	return t.ms > now_ms - r->max_age_ms && t.ms <= now_ms + ahead_ms;
}

int
event_casualties(const struct event *e)
{
	return (e->dead > 0 ? e->dead : 0) + (e->injured > 0 ? e->injured : 0);
}
