/* What is due though no record came: digests, escalations, ends, silent sources. */
#include <string.h>

#include "alert/teller_in.h"
#include "base/mem.h"
#include "time/clock.h"

enum { DIGEST_MOST = 50, SWEEP_MS = 60 * 1000, SWEEP_MOST = 1000, HEARD_MS = 60 * 1000 };

static const struct rule *
rule_of(const struct teller *t, const char *name)
{
	return map_get(&t->by_name, name, strlen(name));
}

static const char *
priority_of(const struct rule *r)
{
	return rule_priorities[r ? r->priority : PRIORITY_NORMAL];
}

static const char *
id_of(struct telling *x, const char *what, const char *of, int64_t times)
{
	const char *key = arena_printf(x->arena, "%s/%s", what, of);
	char id[ALERT_ID];

	return key ? arena_strdup(x->arena, alert_id(key, strlen(key), times, id)) : NULL;
}

static struct names
one_reason(struct telling *x, const char *text)
{
	const char **items = arena_alloc(x->arena, sizeof(*items));

	if (!items)
		return (struct names){ 0 };
	*items = text;
	return (struct names){ items, 1 };
}

/* An alert of a rule itself, of no story. */
static struct alert
alert_of_rule(struct telling *x, const struct rule *r, const char *name,
	      enum alert_kind kind, const char *why)
{
	return (struct alert){
		.kind = kind,
		.rule = name,
		.priority = priority_of(r),
		.time = x->now,
		.why = one_reason(x, why),
		.channels = { r ? r->channels.items : NULL, r ? r->channels.count : 0 },
	};
}

/* ---- what was held back ---- */

static int
say_digest(struct telling *x, const struct rule *r, struct alert *items, size_t count,
	   size_t all)
{
	struct memo clock = clock_of(x->t, items[0].rule);
	struct alert a = items[0];

	if (all > 1) {
		a = alert_of_rule(x, r, items[0].rule, ALERT_DIGEST,
				  arena_printf(x->arena, "%zu held back", all));
		a.id = id_of(x, "digest", items[0].id, (int64_t)all);
		a.items = arena_calloc(x->arena, count * sizeof(*a.items));
		a.item_count = a.items ? count : 0;
		a.more = (int)(all - count);
		a.channels = items[0].channels;
		for (size_t i = 0; i < a.item_count; i++) {
			const struct alert *one = &items[i];

			a.items[i] =
			    (struct alert_item){ one->id, one->time, one->headline,
						 one->story, one->uri };
			a.articles += one->articles;
			a.sources = a.sources > one->sources ? a.sources : one->sources;
		}
	}
	if (arena_check(x->arena, x->err) || say(x, r, &a, &clock))
		return -1;
	clock.last = clock.last ? clock.last : x->now;
	return r && r->hold_ms ? memory_put(x->t->memory, &clock, x->out, x->err) : 0;
}

/* All that waits of this rule: said as one, and forgotten. */
static int
release_held(struct telling *x, const struct rule *r, const char *name)
{
	struct memory *memory = x->t->memory;
	struct alert *items = arena_calloc(x->arena, DIGEST_MOST * sizeof(*items));
	size_t at = 0, count = 0, all = 0;
	const struct memo *m;

	if (!items)
		return arena_check(x->arena, x->err);
	while ((m = memory_next(memory, MEMO_HELD, &at))) {
		if (strcmp(m->rule, name))
			continue;
		if (count < DIGEST_MOST &&
		    alert_parse(&items[count++], m->alert, strlen(m->alert), x->arena,
				x->err))
			return -1;
		all++;
		if (memory_drop(memory, MEMO_HELD, m->id, x->out, x->err))
			return -1;
	}
	return say_digest(x, r, items, count, all);
}

static int
look_at_held(struct telling *x)
{
	const struct memo *m;
	size_t at = 0;

	while ((m = memory_next(x->t->memory, MEMO_HELD, &at))) {
		const struct rule *r = rule_of(x->t, m->rule);
		struct memo clock = clock_of(x->t, m->rule);

		if (r && (is_silent(x, r, &clock) || is_muted(x, r->name)))
			continue;
		if (release_held(x, r, arena_strdup(x->arena, m->rule)))
			return -1;
	}
	return 0;
}

/* ---- what nobody has acknowledged ---- */

static int
escalate(struct telling *x, const struct memo *m)
{
	const struct rule *r = rule_of(x->t, m->rule);
	const char **channel = arena_alloc(x->arena, sizeof(*channel));
	struct memo unused = { 0 };
	struct alert a;

	if (!channel || alert_parse(&a, m->alert, strlen(m->alert), x->arena, x->err))
		return channel ? -1 : arena_check(x->arena, x->err);
	if (r && r->escalate.after_ms && !is_muted(x, r->name)) {
		*channel = r->escalate.channel;
		a.id = id_of(x, "escalate", a.id, 1);
		a.kind = ALERT_ESCALATE;
		a.time = x->now;
		a.channels = (struct names){ channel, 1 };
		if (arena_check(x->arena, x->err) || say(x, r, &a, &unused))
			return -1;
	}
	return memory_drop(x->t->memory, MEMO_DUE, m->id, x->out, x->err);
}

static int
look_at_due(struct telling *x)
{
	const struct memo *m;
	size_t at = 0;

	while ((m = memory_next(x->t->memory, MEMO_DUE, &at)))
		if (text_ms(m->until) <= x->now_ms && escalate(x, m))
			return -1;
	return 0;
}

/* ---- what is over ---- */

static int
end_of(struct telling *x, const struct rule *r, struct memo clock, const char *why)
{
	struct alert a = alert_of_rule(x, r, r->name, ALERT_RECOVER, why);

	a.id = id_of(x, "recover", r->name, text_ms(clock.last) / 1000);
	clock.active = false;
	if (arena_check(x->arena, x->err))
		return -1;
	if (!is_muted(x, r->name) && say(x, r, &a, &clock))
		return -1;
	return memory_put(x->t->memory, &clock, x->out, x->err);
}

static int
look_at_ends(struct telling *x)
{
	const struct memo *m;
	size_t at = 0;

	while ((m = memory_next(x->t->memory, MEMO_RULE, &at))) {
		const struct rule *r = m->active ? rule_of(x->t, m->id) : NULL;

		if (r && r->recover_ms && x->now_ms - text_ms(m->last) >= r->recover_ms &&
		    end_of(x, r, *m, arena_printf(x->arena, "nothing since %s", m->last)))
			return -1;
	}
	return 0;
}

/* ---- sources ---- */

static int
keep_heard(struct telling *x, struct expected *e)
{
	struct memo memo = { .kind = MEMO_SOURCE,
			     .id = e->rule->expect.code,
			     .last = x->now };

	if (x->now_ms - e->kept_ms < HEARD_MS)
		return 0;
	e->kept_ms = x->now_ms;
	return memory_put(x->t->memory, &memo, x->out, x->err);
}

/* Every article is a sign of life of its source, old or withdrawn as it may be. */
int
teller_hear(struct telling *x, const struct article *a)
{
	char code[CODE_BYTES];

	if (!x->t->expected_count || !a->infosource)
		return 0;
	code_of_name(a->infosource, strlen(a->infosource), code);
	for (size_t i = 0; i < x->t->expected_count; i++) {
		struct expected *e = &x->t->expected[i];
		struct memo clock;

		if (strcmp(e->rule->expect.code, code))
			continue;
		e->heard_ms = x->now_ms;
		clock = clock_of(x->t, e->rule->name);
		if (clock.active && end_of(x, e->rule, clock,
					   arena_printf(x->arena, "%s is heard again",
							e->rule->expect.source)))
			return -1;
		if (keep_heard(x, e))
			return -1;
	}
	return 0;
}

static int
say_silence(struct telling *x, const struct expected *e, int64_t heard_ms)
{
	const struct rule *r = e->rule;
	struct memo clock = clock_of(x->t, r->name);
	const char *why =
	    heard_ms ? arena_printf(x->arena, "nothing from %s since %s",
				    r->expect.source, ms_text(x->arena, heard_ms))
		     : arena_printf(x->arena, "nothing from %s yet", r->expect.source);
	struct alert a = alert_of_rule(x, r, r->name, ALERT_SILENCE, why);

	a.id = id_of(x, "silence", r->name, x->now_ms / 1000);
	clock.active = true;
	clock.last = x->now;
	return arena_check(x->arena, x->err) || say(x, r, &a, &clock) ||
		       memory_put(x->t->memory, &clock, x->out, x->err)
		   ? -1
		   : 0;
}

static int
look_at_sources(struct telling *x)
{
	for (size_t i = 0; i < x->t->expected_count; i++) {
		const struct expected *e = &x->t->expected[i];
		const struct memo *m =
		    memory_get(x->t->memory, MEMO_SOURCE, e->rule->expect.code);
		int64_t kept_ms = m ? text_ms(m->last) : 0,
			heard_ms = e->heard_ms > kept_ms ? e->heard_ms : kept_ms,
			from_ms = heard_ms > x->t->since_ms ? heard_ms : x->t->since_ms;

		if (x->now_ms - from_ms < e->rule->expect.every_ms ||
		    clock_of(x->t, e->rule->name).active || is_muted(x, e->rule->name))
			continue;
		if (say_silence(x, e, heard_ms))
			return -1;
	}
	return 0;
}

/* ---- what may be forgotten ---- */

static int
sweep(struct telling *x)
{
	static const enum memo_kind old[] = { MEMO_TOLD, MEMO_RULE, MEMO_SOURCE };
	int dropped = 0;

	if (x->now_ms - x->t->swept_ms < SWEEP_MS)
		return 0;
	x->t->swept_ms = x->now_ms;
	for (size_t i = 0; i < LENGTH(old); i++) {
		const struct memo *m;
		size_t at = 0;

		while (dropped < SWEEP_MOST &&
		       (m = memory_next(x->t->memory, old[i], &at)))
			if (!m->active && x->now_ms - text_ms(m->last) > x->t->keep_ms &&
			    ++dropped &&
			    memory_drop(x->t->memory, old[i], m->id, x->out, x->err))
				return -1;
	}
	return 0;
}

int
teller_clock(struct teller *t, int64_t now_ms, bool is_caught_up, struct arena *arena,
	     const struct memory_out *out, struct err *err)
{
	struct telling x;

	telling_init(&x, t, now_ms, arena, out, err);
	return look_at_held(&x) || look_at_due(&x) || look_at_ends(&x) ||
		       (is_caught_up && look_at_sources(&x)) || sweep(&x)
		   ? -1
		   : 0;
}
