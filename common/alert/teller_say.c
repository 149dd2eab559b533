/* How an alert leaves, and what a rule's clocks say of it. */
#include <string.h>

#include "alert/teller_in.h"
#include "time/clock.h"

enum { HEADERS = 6 };

void
telling_init(struct telling *x, struct teller *t, int64_t now_ms, struct arena *arena,
	     const struct memory_out *out, struct err *err)
{
	*x = (struct telling){ t, now_ms, ms_text(arena, now_ms), arena, out, err };
}

int64_t
text_ms(const char *text)
{
	struct wall t;

	return text && !wall_parse(&t, text) ? t.ms : 0;
}

const char *
ms_text(struct arena *arena, int64_t ms)
{
	char text[WALL_TEXT];

	return arena_strdup(arena, wall_text((struct wall){ ms }, text));
}

struct memo
clock_of(const struct teller *t, const char *rule)
{
	const struct memo *known = memory_get(t->memory, MEMO_RULE, rule);

	return known ? *known : (struct memo){ .kind = MEMO_RULE, .id = rule };
}

bool
is_muted(const struct telling *x, const char *rule)
{
	const struct memo *m = memory_get(x->t->memory, MEMO_MUTE, rule);

	return m && (!m->until || text_ms(m->until) > x->now_ms);
}

static bool
is_quiet_hour(const struct quiet *q, int64_t now_ms)
{
	int minute = wall_local_minute((struct wall){ now_ms });

	return q->from == q->to  ? false
	       : q->from < q->to ? minute >= q->from && minute < q->to
				 : minute >= q->from || minute < q->to;
}

bool
is_silent(const struct telling *x, const struct rule *r, const struct memo *clock)
{
	return is_quiet_hour(&r->quiet, x->now_ms) || text_ms(clock->until) > x->now_ms;
}

int
say_json(struct telling *x, const struct alert *a, const char *json, size_t n)
{
	size_t rule = strlen(a->rule), story = a->story ? strlen(a->story) : 0;
	char *key = arena_alloc(x->arena, rule + 1 + story);
	struct bus_header headers[HEADERS] = {
		{ "ce_specversion", "1.0", 3 },
		{ "ce_type", "newswire.alert", 14 },
		{ "ce_source", x->t->names.source, strlen(x->t->names.source) },
		{ "ce_id", a->id, strlen(a->id) },
		{ "ce_time", a->time, strlen(a->time) },
		{ "content-type", "application/json", 16 },
	};
	struct bus_record r = { .topic = x->t->names.alerts,
				.partition = -1,
				.key = key,
				.key_size = rule + (a->story ? 1 + story : 0),
				.value = json,
				.value_size = n,
				.headers = headers,
				.header_count = HEADERS };

	if (!key)
		return arena_check(x->arena, x->err);
	memcpy(key, a->rule, rule);
	key[rule] = '\0';
	if (story)
		memcpy(key + rule + 1, a->story, story);
	x->t->counts.alerts++;
	return x->out->send(x->out->arg, &r, x->err);
}

static int
begin_escalation(struct telling *x, const struct rule *r, const struct alert *a)
{
	struct memo due = { .kind = MEMO_DUE,
			    .id = a->id,
			    .rule = a->rule,
			    .last = x->now,
			    .until = ms_text(x->arena, x->now_ms + r->escalate.after_ms),
			    .alert = x->t->json.data };

	return memory_put(x->t->memory, &due, x->out, x->err);
}

int
say(struct telling *x, const struct rule *r, const struct alert *a, struct memo *clock)
{
	struct buf *json = &x->t->json;

	buf_reset(json);
	alert_print(a, json);
	if (buf_check(json, x->err) || say_json(x, a, json->data, json->size))
		return -1;
	if (!r || (a->kind != ALERT_MATCH && a->kind != ALERT_DIGEST))
		return 0;
	if (r->hold_ms)
		clock->until = ms_text(x->arena, x->now_ms + r->hold_ms);
	return r->escalate.after_ms ? begin_escalation(x, r, a) : 0;
}
