#include "replay/pace.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ops/log.h"

enum {
	QUIET_MS = 10000,   /* how seldom one is asked that is not live */
	STALLED_MS = 15000, /* a session's time-out and some */
	BURST_MS = 100,
	SEEN_MS = 20, /* before a commit is seen by others, at most, about */
};

void
pace_open(struct pace *p, struct bus *bus, const struct pace_conf *conf)
{
	*p = (struct pace){
		.conf = *conf, .bus = bus, .begun = mono_now(), .log_ms = INT64_MIN
	};
	p->groups = must_alloc((conf->group_count + 1) * sizeof(*p->groups));
	for (size_t i = 0; i < conf->group_count; i++)
		p->groups[i].is_through = true;
	if (conf->max_lag && conf->max_delay_ms)
		gait_begin(&p->gait, (size_t)conf->max_lag, conf->max_delay_ms);
}

void
pace_close(struct pace *p)
{
	free(p->groups);
	*p = (struct pace){ 0 };
}

/* ---- who reads live ---- */

/* A group is live while its positions move, or while it has nothing to read. */
static void
judge(const struct pace_group *g, struct live_group *l, int64_t at)
{
	bool was = l->is_live;

	if (at != l->at || (was && l->lag == 0))
		l->moved = l->asked;
	l->at = at;
	l->is_live = at >= 0 && l->asked.ms - l->moved.ms < STALLED_MS;
	if (was && !l->is_live)
		log_warn("group %s has not moved for %d s: the replay goes on without "
			 "waiting for it",
			 g->name, STALLED_MS / 1000);
}

/* Whether all of the batch is in its topic, as far as can be seen. */
static bool
has_all(const struct pace *p, const struct pace_group *g, const struct live_group *l)
{
	const struct live_group *before = g->after ? &p->groups[g->after - 1] : NULL;

	if (before && !before->is_through)
		return false;
	return l->end - l->end_then >= (int64_t)p->count ||
	       (before && mono_since(before->through) >= SEEN_MS) ||
	       mono_since(p->sent) >= STALLED_MS;
}

/* It is through when it is where its topic ended when all had come. */
static void
follow(const struct pace *p, const struct pace_group *g, struct live_group *l)
{
	if (l->is_through)
		return;
	if (l->is_live && l->goal < 0 && has_all(p, g, l))
		l->goal = l->end;
	if (l->is_live && (l->goal < 0 || l->at + l->slack < l->goal))
		return;
	l->is_through = true;
	l->through = l->asked;
}

static int
ask_group(struct pace *p, size_t i, struct err *err)
{
	const struct pace_group *g = &p->conf.groups[i];
	struct live_group *l = &p->groups[i];
	bool is_first = l->asked.ms == 0;
	int64_t at;

	if (!l->is_live && !is_first && mono_since(l->asked) < QUIET_MS)
		return 0;
	if (is_first) {
		int n = bus_partitions(p->bus, g->topic, err);

		if (n < 0)
			return -1;
		l->slack = n;
		l->at = -1;
	}
	if (bus_standing(p->bus, g->name, g->topic, &at, &l->end, err))
		return -1;
	l->asked = mono_now();
	judge(g, l, at);
	l->lag = l->is_live && l->end - at > l->slack ? l->end - at - l->slack : 0;
	follow(p, g, l);
	return 0;
}

const struct live_group *
pace_behind(const struct pace *p, const char **name)
{
	const struct live_group *most = NULL;

	for (size_t i = 0; i < p->conf.group_count; i++) {
		const struct live_group *l = &p->groups[i];

		if (!l->is_live || (most && l->lag <= most->lag))
			continue;
		most = l;
		*name = p->conf.groups[i].name;
	}
	return most;
}

static bool
is_any_behind(const struct pace *p)
{
	for (size_t i = 0; i < p->conf.group_count; i++)
		if (!p->groups[i].is_through || p->groups[i].lag >= p->conf.max_lag)
			return true;
	return false;
}

static int
room_of_groups(struct pace *p, size_t *room, struct err *err)
{
	const struct live_group *most;
	const char *name;
	size_t next;

	if (!p->conf.max_lag)
		return 0;
	for (size_t i = 0; i < p->conf.group_count; i++)
		if (ask_group(p, i, err))
			return -1;
	most = pace_behind(p, &name);
	if (!most)
		return 0;
	if (is_any_behind(p)) {
		*room = 0;
		return 0;
	}
	next = (size_t)(p->conf.max_lag - most->lag);
	if (p->conf.max_delay_ms) {
		if (p->count)
			gait_went(&p->gait, mono_now().ms, p->count, mono_since(p->sent));
		p->count = 0;
		next = gait_next(&p->gait, mono_now().ms);
	}
	*room = next < *room ? next : *room;
	return 0;
}

void
pace_committed(struct pace *p, size_t n)
{
	p->count = n;
	p->sent = mono_now();
	for (size_t i = 0; p->conf.max_delay_ms && i < p->conf.group_count; i++) {
		struct live_group *l = &p->groups[i];

		l->is_through = !l->is_live;
		l->end_then = l->end;
		l->goal = -1;
	}
}

/* ---- so many a second ---- */

static void
room_of_rate(struct pace *p, size_t *room)
{
	double rate = (double)p->conf.rate, most = rate * BURST_MS / 1000;
	int64_t now = mono_since(p->begun);

	if (p->conf.rate == 0)
		return;
	p->allowed += (double)(now - p->counted_ms) * rate / 1000;
	p->counted_ms = now;
	most = most < 1 ? 1 : most;
	p->allowed = p->allowed > most ? most : p->allowed;
	if (p->allowed < (double)*room)
		*room = p->allowed < 1 ? 0 : (size_t)p->allowed;
}

int
pace_room(struct pace *p, size_t max, size_t *room, struct err *err)
{
	*room = max;
	room_of_rate(p, room);
	return *room ? room_of_groups(p, room, err) : 0;
}

void
pace_sent(struct pace *p, size_t n)
{
	p->allowed -= (double)n;
}

int64_t
pace_horizon(struct pace *p)
{
	return p->log_ms + (int64_t)((double)mono_since(p->begun) * p->conf.speed);
}
