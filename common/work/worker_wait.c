/* What a worker does while nothing works, and how far behind it is. */
#include "work/worker_parts.h"

#include <poll.h>
#include <sys/random.h>

#include "ops/log.h"
#include "ops/metric.h"
#include "ops/stop.h"

enum {
	BACK_OFF_MS = 100,
	BACK_OFF_MOST_MS = 10000,
	LAG_MS = 10000,
	LOOK_MS = 1000,
};

static struct metric m_lag = {
	.name = "newswire_lag_records",
	.kind = METRIC_GAUGE,
	.help = "records between the group's positions and the ends of its topics"
};

int
worker_back_off_ms(int failures)
{
	unsigned random = 0;
	int ms = BACK_OFF_MS << (failures < 8 ? failures : 8);

	ms = ms < BACK_OFF_MOST_MS ? ms : BACK_OFF_MOST_MS;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned)mono_now().ms;
	return ms / 2 + (int)(random % (unsigned)(ms / 2));
}

/* Keeps the membership by polling without taking records. */
int
worker_rest(struct worker *w, int ms, bool (*is_over)(struct worker *), struct err *err)
{
	struct mono start = mono_now();
	int failed = bus_pause(w->member, true, err);

	while (!failed && !stop_asked() && mono_since(start) < ms &&
	       !(is_over && is_over(w))) {
		const struct bus_record *none;
		int left = ms - (int)mono_since(start);
		size_t n;

		left = left < POLL_MS ? left : POLL_MS;
		health_beat(w->health);
		if (left > 0 && bus_poll(w->member, &none, &n, 1, left, err)) {
			failed = err->class != ERR_RETRY;
			poll(NULL, 0, left);
		}
	}
	return failed || bus_pause(w->member, false, err) ? -1 : 0;
}

static int
back_off(struct worker *w, enum act act, const struct err *why, struct err *err)
{
	int ms = worker_back_off_ms(w->failures[act]++), tries = w->failures[act];

	if (!(tries & (tries - 1))) /* the 1st, 2nd, 4th ... */
		log_warn("try=%d wait_ms=%d: %s", tries, ms, why->text);
	return worker_rest(w, ms, NULL, err);
}

/* 0: it will be tried again; -1: it is the end. */
int
worker_recover(struct worker *w, enum act act, struct err *err)
{
	struct err why = *err;

	if (why.class == ERR_REJECT)
		return err_set(err, ERR_FATAL, "a failure without a record: %s",
			       why.text);
	if (why.class != ERR_RETRY)
		return -1;
	return back_off(w, act, &why, err);
}

void
worker_wait_metrics(void)
{
	metric_register(&m_lag);
}

static int
ask_lag(const struct worker *w, int64_t *lag)
{
	struct err err;

	*lag = 0;
	for (size_t i = 0; i < w->start->topic_count; i++) {
		int64_t one;

		if (bus_lag(w->bus, w->group, w->start->topics[i], &one, &err))
			return -1;
		*lag += one;
	}
	return 0;
}

void
worker_measure_lag(struct worker *w)
{
	int64_t lag;

	if ((!w->health && !log_progress_due()) ||
	    (w->lag_asked.ms && mono_since(w->lag_asked) < LAG_MS))
		return;
	w->lag_asked = mono_now();
	if (!ask_lag(w, &lag)) /* else the gauge keeps its last value */
		metric_set(&m_lag, lag);
}

int64_t
worker_lag(const struct worker *w)
{
	(void)w;
	return metric_get(&m_lag);
}

bool
worker_is_batch_waiting(struct worker *w)
{
	int64_t lag;

	if (mono_since(w->looked) < LOOK_MS)
		return false;
	w->looked = mono_now();
	return !ask_lag(w, &lag) && lag >= (int64_t)w->batch;
}
