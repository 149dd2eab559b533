/*
 * A rule that holds of a record is told of unless one thing or another keeps
 * it back: its article is old, the rule is muted, its subject was told of
 * before, too few articles came for it, or it is to be silent now, in which
 * case the alert waits in news.state for the digest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/teller_in.h"
#include "base/mem.h"
#include "time/clock.h"

enum { JSON_BYTES = 1 << 20 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

struct teller *
teller_new(const struct teller_names *names, int64_t keep_ms)
{
	struct teller *t = must_alloc(sizeof(*t));

	t->names = *names;
	t->keep_ms = keep_ms;
	t->memory = memory_new(names->state);
	map_init(&t->by_name, RULES_MOST);
	buf_init(&t->json, JSON_BYTES);
	return t;
}

static void
forget_rules(struct teller *t)
{
	matcher_free(t->matcher);
	rules_free(t->rules);
	free(t->expected);
	map_reset(&t->by_name);
}

void
teller_free(struct teller *t)
{
	if (!t)
		return;
	forget_rules(t);
	map_release(&t->by_name);
	memory_free(t->memory);
	buf_release(&t->json);
	free(t);
}

void
teller_rules(struct teller *t, struct rules *rules, int64_t now_ms)
{
	forget_rules(t);
	t->rules = rules;
	t->matcher = matcher_new(rules);
	t->expected = must_alloc((rules->count + 1) * sizeof(*t->expected));
	t->expected_count = 0;
	t->since_ms = now_ms;
	for (size_t i = 0; i < rules->count; i++) {
		struct rule *r = &rules->items[i];

		*map_put(&t->by_name, r->name, strlen(r->name)) = r;
		if (r->expect.every_ms)
			t->expected[t->expected_count++] = (struct expected){ .rule = r };
	}
}

struct memory *
teller_memory(struct teller *t)
{
	return t->memory;
}

const struct teller_counts *
teller_counts(const struct teller *t)
{
	return &t->counts;
}

/* ---- one match ---- */

struct seen { /* a record */
	const struct bus_record *r;
	struct enriched e;
};

/* The story that the article stood in before it was moved; NULL: it was not. */
static const char *
former_story(const struct enriched *e)
{
	static const char *const moves[] = { "merged: ", "split: ", "corrected: " };
	const char *why = e->story && e->story->why.count ? e->story->why.items[0] : "";

	for (size_t i = 0; i < LENGTH(moves); i++)
		if (!strncmp(why, moves[i], strlen(moves[i])))
			return why + strlen(moves[i]);
	return NULL;
}

/* What was told of this subject, or of the one that it was before its story was moved. */
static struct told
told_of(struct telling *x, const struct match *m, const struct enriched *e,
	const char *id)
{
	const struct memo *known = memory_get(x->t->memory, MEMO_TOLD, id);
	const char *former = known ? NULL : former_story(e);
	struct enriched before = *e;
	struct story story;
	struct when_key key;
	char former_id[ALERT_ID];

	if (former) {
		story = *e->story;
		story.id = former;
		before.story = &story;
		key = when_key(m->rule, &before, m->event, x->arena);
		if (key.bytes)
			known = memory_get(x->t->memory, MEMO_TOLD,
					   alert_id(key.bytes, key.size, 0, former_id));
	}
	return known ? known->told : (struct told){ 0 };
}

/* Adds now to the seconds of the latest matches; how many there are within the time. */
static int
count_recent(struct telling *x, const struct needs *n, struct memo *clock)
{
	long long oldest = (x->now_ms - n->within_ms) / 1000, one;
	const char *p = clock->recent ? clock->recent : "";
	int count = 1, size;
	struct buf kept;

	buf_init(&kept, 4096);
	for (; sscanf(p, "%lld%n", &one, &size) == 1; p += size)
		if (one > oldest && count < NEEDS_MOST) {
			buf_printf(&kept, "%lld ", one);
			count++;
		}
	buf_printf(&kept, "%lld", (long long)(x->now_ms / 1000));
	clock->recent = arena_strdup(x->arena, kept.data);
	buf_release(&kept);
	return count;
}

static const char *
name_or_text(const struct actor *a)
{
	return a ? a->name ? a->name : a->span.text : NULL;
}

static const struct alert_event *
event_of(const struct event *e, struct arena *arena)
{
	struct alert_event *a = e ? arena_calloc(arena, sizeof(*a)) : NULL;

	if (!a)
		return NULL;
	*a = (struct alert_event){
		.type = e->type,
		.actor = name_or_text(e->actor.count ? e->actor.items : NULL),
		.recipient = name_or_text(e->recipient.count ? e->recipient.items : NULL),
		.place = name_or_text(e->location),
		.date = e->date,
		.text = e->trigger.text,
		.casualties = e->dead < 0 && e->injured < 0 ? -1 : event_casualties(e),
	};
	return a;
}

static void
fill(struct telling *x, struct alert *a, const struct match *m, const struct seen *s,
     const char *why_now)
{
	const struct story *story = s->e.story;
	struct reasons why;
	const char **all;

	*a = (struct alert){
		.kind = ALERT_MATCH,
		.rule = m->rule->name,
		.priority = rule_priorities[m->rule->priority],
		.time = x->now,
		.story = story ? story->id : NULL,
		.uri = s->e.article.uri,
		.headline =
		    story && story->headline ? story->headline : s->e.article.headline,
		.event = event_of(m->event, x->arena),
		.articles = story ? story->articles : 1,
		.sources = story ? story->sources : 1,
		.channels = { m->rule->channels.items, m->rule->channels.count },
	};
	matcher_why(x->t->matcher, &s->e, s->r->value, s->r->value_size, m->rule,
		    m->event, x->arena, &why);
	all = arena_alloc(x->arena, (why.count + 1) * sizeof(*all));
	if (!all)
		return;
	all[0] = why_now;
	if (why.count)
		memcpy(all + 1, why.items, why.count * sizeof(*all));
	a->why = (struct names){ all, why.count + 1 };
}

static int
hold_back(struct telling *x, const struct alert *a)
{
	struct buf *json = &x->t->json;
	struct memo held = {
		.kind = MEMO_HELD, .id = a->id, .rule = a->rule, .last = x->now
	};

	x->t->counts.held++;
	buf_reset(json);
	alert_print(a, json);
	held.alert = json->data;
	return buf_check(json, x->err) || memory_put(x->t->memory, &held, x->out, x->err)
		   ? -1
		   : 0;
}

static int
keep_told(struct telling *x, const struct rule *r, const char *id,
	  const struct told *told)
{
	struct memo memo = { .kind = MEMO_TOLD,
			     .id = id,
			     .rule = r->name,
			     .told = *told,
			     .last = x->now };

	return memory_put(x->t->memory, &memo, x->out, x->err);
}

/* Told before: remembered on, where it would else be forgotten or goes by a new name. */
static int
remember_on(struct telling *x, const struct rule *r, const char *id,
	    const struct told *told)
{
	const struct memo *known = memory_get(x->t->memory, MEMO_TOLD, id);

	if (!told->times || (known && x->now_ms - text_ms(known->last) < day_ms))
		return 0;
	return keep_told(x, r, id, told);
}

static int
tell(struct telling *x, const struct match *m, const struct seen *s,
     const struct when_key *key, const struct told *told, const char *why,
     struct memo *clock)
{
	const struct rule *r = m->rule;
	char id[ALERT_ID], subject[ALERT_ID];
	struct alert a;

	fill(x, &a, m, s, why);
	a.id = alert_id(key->bytes, key->size, told->times, id);
	a.repeated = told->times > 1;
	clock->active = r->recover_ms != 0;
	if (r->needs.count)
		clock->recent = NULL; /* so many again */
	if (arena_check(x->arena, x->err) ||
	    keep_told(x, r, alert_id(key->bytes, key->size, 0, subject), told))
		return -1;
	return is_silent(x, r, clock) ? hold_back(x, &a) : say(x, r, &a, clock);
}

static bool
has_clocks(const struct rule *r)
{
	return r->needs.count || r->hold_ms || r->recover_ms;
}

/* One match; is_first: of this rule in this record. */
static int
judge(struct telling *x, const struct match *m, const struct seen *s, bool is_first)
{
	const struct rule *r = m->rule;
	struct when_key key = when_key(r, &s->e, m->event, x->arena);
	struct sight sight = { s->e.story, m->event };
	struct memo clock = clock_of(x->t, r->name);
	char id[ALERT_ID];
	struct told told;
	const char *why;
	bool enough = true, failed;

	x->t->counts.matches++;
	if (!key.bytes)
		return arena_check(x->arena, x->err);
	alert_id(key.bytes, key.size, 0, id);
	told = told_of(x, m, &s->e, id);
	if (r->needs.count && is_first)
		enough = count_recent(x, &r->needs, &clock) >= r->needs.count;
	clock.last = x->now;
	failed = enough && when_tells(r, &sight, &told, x->arena, &why)
		     ? tell(x, m, s, &key, &told, why, &clock)
		     : remember_on(x, r, id, &told);
	if (failed)
		return -1;
	return has_clocks(r) ? memory_put(x->t->memory, &clock, x->out, x->err) : 0;
}

/* ---- one record ---- */

static bool
is_kept_out(struct telling *x, const struct rule *r, const struct seen *s)
{
	if (!when_is_fresh(r, &s->e.article, s->r->time_ms, x->now_ms)) {
		x->t->counts.old++;
		return true;
	}
	if (is_muted(x, r->name)) {
		x->t->counts.muted++;
		return true;
	}
	return false;
}

int
teller_record(struct teller *t, const struct bus_record *r, int64_t now_ms,
	      struct arena *arena, const struct memory_out *out, struct err *err)
{
	struct seen s = { .r = r };
	struct matches found;
	struct telling x;
	size_t size;

	if (!r->value || bus_header(r, "nw-replay", &size))
		return 0;
	telling_init(&x, t, now_ms, arena, out, err);
	if (enriched_parse(&s.e, r->value, r->value_size, arena, err) ||
	    teller_hear(&x, &s.e.article))
		return -1;
	if (article_is_withdrawn(&s.e.article))
		return 0;
	if (matcher_find(t->matcher, &s.e, r->value, r->value_size, arena, &found, err))
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		const struct match *m = &found.items[i];
		bool is_first = !i || found.items[i - 1].rule != m->rule;

		if (!is_kept_out(&x, m->rule, &s) && judge(&x, m, &s, is_first))
			return -1;
	}
	return 0;
}
