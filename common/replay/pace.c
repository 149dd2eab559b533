#include "replay/pace.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ops/log.h"

enum {
	LOOK_MS = 1000,     /* whether a group that is behind moves */
	QUIET_MS = 10000,   /* how seldom one is asked that is not live */
	STALLED_MS = 15000, /* a session's time-out and some */
	BURST_MS = 100,
};

void
pace_open(struct pace *p, struct bus *bus, const struct pace_conf *conf)
{
	*p = (struct pace){
		.conf = *conf, .bus = bus, .begun = mono_now(), .log_ms = INT64_MIN
	};
	p->groups = must_alloc((conf->group_count + 1) * sizeof(*p->groups));
	for (size_t i = 0; i < conf->group_count; i++)
		p->groups[i].committed = -1;
}

void
pace_close(struct pace *p)
{
	free(p->groups);
	*p = (struct pace){ 0 };
}

/* ---- who reads live ---- */

static int
sum_committed(struct pace *p, const struct pace_group *g, int64_t *sum, struct err *err)
{
	int n = bus_partitions(p->bus, g->topic, err);

	*sum = -1;
	for (int i = 0; i < n; i++) {
		int64_t at;

		if (bus_committed(p->bus, g->name, g->topic, i, &at, err))
			return -1;
		if (at >= 0)
			*sum = (*sum < 0 ? 0 : *sum) + at;
	}
	return n < 0 ? -1 : 0;
}

/* A group is live while its positions move, or while it has nothing to read. */
static int
look(struct pace *p, size_t i, struct err *err)
{
	const struct pace_group *g = &p->conf.groups[i];
	struct live_group *l = &p->groups[i];
	int64_t sum;
	bool was = l->is_live, is_first = l->looked.ms == 0;

	l->looked = mono_now();
	if (sum_committed(p, g, &sum, err))
		return -1;
	if (is_first || sum != l->committed || (was && l->lag == 0))
		l->moved = l->looked;
	l->committed = sum;
	l->is_live = sum >= 0 && mono_since(l->moved) < STALLED_MS;
	if (was && !l->is_live)
		log_warn("group %s has not moved for %d s: the replay goes on without "
			 "waiting for it",
			 g->name, STALLED_MS / 1000);
	return 0;
}

static int
ask_group(struct pace *p, size_t i, struct err *err)
{
	const struct pace_group *g = &p->conf.groups[i];
	struct live_group *l = &p->groups[i];
	bool is_due =
	    !l->looked.ms || mono_since(l->looked) >= (l->is_live ? LOOK_MS : QUIET_MS);

	if (!l->is_live && !is_due)
		return 0;
	if (is_due && look(p, i, err))
		return -1;
	if (l->is_live)
		return bus_lag(p->bus, g->name, g->topic, &l->lag, err);
	l->lag = 0;
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

static int
room_of_groups(struct pace *p, size_t *room, struct err *err)
{
	const struct live_group *most;
	const char *name;

	if (!p->conf.max_lag)
		return 0;
	for (size_t i = 0; i < p->conf.group_count; i++)
		if (ask_group(p, i, err))
			return -1;
	most = pace_behind(p, &name);
	if (!most)
		return 0;
	if (most->lag >= p->conf.max_lag)
		*room = 0;
	else if ((uint64_t)(p->conf.max_lag - most->lag) < *room)
		*room = (size_t)(p->conf.max_lag - most->lag);
	return 0;
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
