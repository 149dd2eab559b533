/*
 * newswire watch: what is dropped into the spools goes to <prefix>.articles,
 * each file once.  One loop over all spools: what the inbox finds due is
 * published, one batch a round; a spool in trouble waits and the others go on.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"
#include "format/format.h"
#include "ops/health.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "ops/stop.h"
#include "spool/publish.h"
#include "spool/spools.h"
#include "time/clock.h"
#include "work/topics.h"

enum {
	MAX_PENDING = 16384, /* as many as the kernel queues events */
	ASKED_MS = 1000,
	BACK_OFF_MS = 100,
	BACK_OFF_MOST_MS = 10000,
	SAY_AGAIN_MS = 60000,
	BEAT_MS = 120000, /* a batch of the largest files */
	MAX_SPOOLS = 256,
};

struct watch_conf {
	int settle_ms, rescan_s, cut_ms, batch, health_port;
	int64_t max_file_bytes;
	const char *existing;
	bool once;
};

static const struct opt watch_opts[] = {
	OPT(struct watch_conf, settle_ms, "200", 0, 60000,
	    "quiet time before a file that was not renamed in counts as whole"),
	OPT(struct watch_conf, existing, "publish", 0, 0,
	    "publish or skip what lies there when a spool is watched first"),
	OPT(struct watch_conf, rescan_s, "60", 1, 86400,
	    "look through the directories this often, whatever events say"),
	OPT(struct watch_conf, cut_ms, "10000", 0, 86400000,
	    "time for a gzip that ends early to grow before it is rejected"),
	OPT(struct watch_conf, max_file_bytes, "33554432", 1024, INT64_C(1) << 30,
	    "larger files, also once inflated, are rejected"),
	OPT(struct watch_conf, batch, "1000", 1, 10000, "most files in one transaction"),
	OPT(struct watch_conf, health_port, "-1", -1, 65535,
	    "/metrics, /livez, /readyz on this loopback port; 0: any free one; -1: none"),
	FLAG(struct watch_conf, once, "false",
	     "end when every file that is there has its outcome; status 1 if one failed"),
	{ 0 },
};

#define COUNT(field, help)                                 \
	{                                                  \
		"newswire_watch_" #field "_total", help,   \
		    offsetof(struct publish_counts, field) \
	}

static const struct {
	const char *name, *help;
	size_t offset;
} count_rows[] = {
	COUNT(published, "files published for the first time"),
	COUNT(revised, "files published as a new version"),
	COUNT(unchanged, "files looked at that were published as they stand"),
	COUNT(skipped, "files left out because they were there before"),
	COUNT(rejected, "files set aside as dead letters"),
	COUNT(held, "times that a gzip that ends early was left to grow"),
	COUNT(unreadable, "files that may not be read"),
	COUNT(busy, "times that a file was open for writing"),
	COUNT(gone, "files that had gone before they were read"),
};

struct gauges {
	struct metric *pending, *directories, *overflows, *polling, *retries, *last;
};

struct spooled {
	const struct spool *spool;
	struct ledger *ledger;
	struct publisher *publisher;
	struct inbox *inbox;
	struct metric *counts[LENGTH(count_rows)];
	struct gauges gauges;
	int failures;           /* in a row */
	struct mono not_before; /* after a failure */
	struct mono said;       /* that failure, */
	char saying[256];       /* in these words */
	struct mono asked;      /* what others ask */
	bool done;              /* --once */
};

struct watch {
	const struct program *program;
	const struct watch_conf *conf;
	struct bus *bus;
	struct health *health;
	struct spool *found;
	struct spooled *spools;
	size_t count;
	bool failed; /* some file */
};

/* ---- counters ---- */

static struct metric *
metric(const struct spooled *s, const char *name, const char *help, enum metric_kind kind)
{
	struct metric *m = must_alloc(sizeof(*m));

	m->name = name;
	m->help = help;
	m->kind = kind;
	m->labels = must_printf("spool=\"%s\"", s->spool->name);
	metric_register(m);
	return m;
}

static void
make_metrics(struct spooled *s)
{
	struct gauges *g = &s->gauges;

	for (size_t i = 0; i < LENGTH(count_rows); i++)
		s->counts[i] =
		    metric(s, count_rows[i].name, count_rows[i].help, METRIC_COUNTER);
	g->pending = metric(s, "newswire_watch_pending_files",
			    "files that wait to be looked at", METRIC_GAUGE);
	g->directories = metric(s, "newswire_watch_directories",
				"directories that are watched", METRIC_GAUGE);
	g->overflows = metric(s, "newswire_watch_overflows_total",
			      "times that events were lost and a scan made good for it",
			      METRIC_COUNTER);
	g->polling = metric(s, "newswire_watch_polling",
			    "1 where not every directory could be watched", METRIC_GAUGE);
	g->retries = metric(s, "newswire_watch_retries_total",
			    "batches that were tried again", METRIC_COUNTER);
	g->last = metric(s, "newswire_watch_last_published_timestamp_seconds",
			 "when a file was published last", METRIC_GAUGE);
}

static void
count(struct watch *w, struct spooled *s, const struct publish_counts *c)
{
	for (size_t i = 0; i < LENGTH(count_rows); i++)
		metric_add(s->counts[i],
			   *(const long *)((const char *)c + count_rows[i].offset));
	if (c->published || c->revised)
		metric_set(s->gauges.last, wall_now().ms / 1000);
	w->failed |= c->rejected || c->unreadable;
}

static void
measure(struct spooled *s)
{
	struct inbox_counts c = inbox_counts(s->inbox);

	metric_set(s->gauges.pending, (int64_t)c.pending);
	metric_set(s->gauges.directories, (int64_t)c.directories);
	metric_set(s->gauges.overflows, c.overflows);
	metric_set(s->gauges.polling, c.polling);
}

/* ---- trouble ---- */

static int
back_off_ms(int failures)
{
	int ms = BACK_OFF_MS << (failures < 8 ? failures : 8);
	unsigned random = 0;

	ms = ms < BACK_OFF_MOST_MS ? ms : BACK_OFF_MOST_MS;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned)mono_now().ms;
	return ms / 2 + (int)(random % (unsigned)(ms / 2));
}

/* Said when it is new, and once a minute while it lasts.  0: it will be tried again. */
static int
back_off(struct spooled *s, struct err *err)
{
	bool news = strncmp(s->saying, err->text, sizeof(s->saying) - 1) != 0;

	if (err->class != ERR_RETRY)
		return -1;
	if (news || mono_since(s->said) >= SAY_AGAIN_MS) {
		log_warn("spool=%s waits: %s", s->spool->name, err->text);
		s->said = mono_now();
		snprintf(s->saying, sizeof(s->saying), "%s", err->text);
	}
	metric_add(s->gauges.retries, 1);
	s->not_before.ms = mono_now().ms + back_off_ms(s->failures++);
	return 0;
}

static void
recovered(struct spooled *s)
{
	if (s->failures)
		log_info("spool=%s goes on", s->spool->name);
	s->failures = 0;
	s->saying[0] = '\0';
}

/* ---- one spool ---- */

static bool
is_known(void *arg, const char *path, size_t n, const struct file_stat *st)
{
	return ledger_is_known(arg, path, n, st);
}

static int
open_publisher(struct watch *w, struct spooled *s, struct err *err)
{
	const struct watch_conf *c = w->conf;
	struct publish_conf conf = { .prefix = w->program->prefix,
				     .spool = s->spool->name,
				     .max_file_bytes = c->max_file_bytes,
				     .batch = c->batch,
				     .cut_ms = c->cut_ms,
				     .skip_existing = !strcmp(c->existing, "skip") };

	if (publish_open(&s->publisher, &conf, w->bus, s->ledger, err))
		return -1;
	return ledger_put_root(s->ledger, s->spool->path, err);
}

static int
open_inbox(struct watch *w, struct spooled *s, struct err *err)
{
	struct inbox_conf conf = { .path = s->spool->path,
				   .settle_ms = w->conf->settle_ms,
				   .rescan_s = w->conf->rescan_s,
				   .max_pending = MAX_PENDING,
				   .once = w->conf->once,
				   .known = is_known,
				   .arg = s->ledger };

	if (inbox_open(&s->inbox, &conf, err))
		return -1;
	log_info("spool=%s directory=%s", s->spool->name, s->spool->path);
	return 0;
}

static int
tick(struct spooled *s, struct err *err)
{
	if (!inbox_tick(s->inbox, err))
		return 0;
	inbox_close(s->inbox);
	s->inbox = NULL;
	return -1;
}

static int
look_at_asked(struct spooled *s, struct err *err)
{
	if (s->asked.ms && mono_since(s->asked) < ASKED_MS)
		return 0;
	s->asked = mono_now();
	return publish_asked(s->publisher, s->inbox, err);
}

/* A round without a file says nothing of the trouble that another had. */
static bool
went_through(const struct publish_counts *c)
{
	return c->published + c->revised + c->unchanged + c->skipped + c->rejected +
		   c->gone > 0;
}

static int
round_of(struct watch *w, struct spooled *s, struct err *err)
{
	struct publish_counts c;

	if ((!s->publisher && open_publisher(w, s, err)) ||
	    (!s->inbox && open_inbox(w, s, err)) || tick(s, err) ||
	    look_at_asked(s, err) || publish_files(s->publisher, s->inbox, &c, err))
		return -1;
	count(w, s, &c);
	measure(s);
	if (inbox_is_empty(s->inbox)) {
		if (publish_opened(s->publisher, err))
			return -1;
		s->done = w->conf->once;
	}
	if (inbox_is_empty(s->inbox) || went_through(&c))
		recovered(s);
	return 0;
}

static void
close_spool(struct watch *w, struct spooled *s)
{
	struct err err;

	publish_close(s->publisher);
	inbox_close(s->inbox);
	/* The next start need not read what we wrote. */
	if (s->publisher && !s->failures && ledger_sync(s->ledger, w->bus, false, &err))
		log_debug("%s", err.text);
	ledger_close(s->ledger);
}

/* ---- all ---- */

static int
wait_ms(const struct spooled *s)
{
	int64_t left = s->not_before.ms - mono_now().ms;

	if (s->done)
		return INT_MAX;
	if (left > 0)
		return (int)left;
	return s->inbox ? inbox_wait_ms(s->inbox) : 0;
}

static void
wait_for_work(const struct watch *w)
{
	struct pollfd fds[MAX_SPOOLS];
	int wait = ASKED_MS;

	for (size_t i = 0; i < w->count; i++) {
		const struct spooled *s = &w->spools[i];
		int ms = wait_ms(s);
		bool listens = s->inbox && s->not_before.ms <= mono_now().ms;

		fds[i] = (struct pollfd){ listens ? inbox_fd(s->inbox) : -1, POLLIN, 0 };
		wait = ms < wait ? ms : wait;
	}
	poll(fds, w->count, wait);
}

static bool
is_ready(const struct watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->spools[i].failures || !w->spools[i].inbox)
			return false;
	return true;
}

static bool
all_done(const struct watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (!w->spools[i].done)
			return false;
	return true;
}

static int
loop(struct watch *w, struct err *err)
{
	while (!stop_asked() && !all_done(w)) {
		health_beat(w->health);
		for (size_t i = 0; i < w->count; i++) {
			struct spooled *s = &w->spools[i];

			if (!s->done && s->not_before.ms <= mono_now().ms &&
			    round_of(w, s, err) && back_off(s, err))
				return err_context(err, "spool %s", s->spool->name);
		}
		health_ready(w->health, is_ready(w));
		if (!all_done(w))
			wait_for_work(w);
	}
	return 0;
}

/* The brokers may come up after us. */
static int
make_topics(struct watch *w, struct err *err)
{
	for (int failures = 0; topics_make(w->program, w->bus, err); failures++) {
		if (err->class != ERR_RETRY || stop_asked())
			return -1;
		if (!failures)
			log_warn("waits: %s", err->text);
		health_beat(w->health);
		poll(NULL, 0, back_off_ms(failures));
	}
	return 0;
}

static int
open_ledgers(struct watch *w, struct err *err)
{
	for (size_t i = 0; i < w->count; i++) {
		struct spooled *s = &w->spools[i];
		struct ledger_conf conf = { .state = w->program->state,
					    .prefix = w->program->prefix,
					    .spool = s->spool->name };

		make_metrics(s);
		if (ledger_open(&s->ledger, &conf, err))
			return -1;
	}
	return 0;
}

static int
open_spools(struct watch *w, int argc, char **argv, struct err *err)
{
	size_t n;

	if (spools_find(w->program, argc, argv, &w->found, &n, err)) {
		spools_free(w->found, n);
		w->found = NULL;
		return -1;
	}
	w->spools = must_alloc(n * sizeof(*w->spools));
	w->count = n;
	for (size_t i = 0; i < n; i++)
		w->spools[i].spool = &w->found[i];
	if (n > MAX_SPOOLS)
		return err_set(err, ERR_USAGE, "one process watches at most %d spools",
			       MAX_SPOOLS);
	return 0;
}

static int
check(const struct watch_conf *c, struct err *err)
{
	if (strcmp(c->existing, "publish") && strcmp(c->existing, "skip"))
		return err_set(err, ERR_USAGE,
			       "existing: '%s' is neither publish nor skip", c->existing);
	return 0;
}

static int
open_all(struct watch *w, int argc, char **argv, struct err *err)
{
	const struct watch_conf *c = w->conf;

	signal(SIGIO, SIG_IGN); /* it comes when a writer asks for a leased file */
	if (check(c, err) || open_spools(w, argc, argv, err) ||
	    format_open(w->program->lexicon, err) || open_ledgers(w, err))
		return -1;
	if (c->health_port >= 0) {
		if (health_open(&w->health, c->health_port, BEAT_MS, err))
			return -1;
		log_info("health=127.0.0.1:%d", health_port(w->health));
	}
	return program_bus_wait(w->program, w->health, &w->bus, err) ||
		       make_topics(w, err)
		   ? -1
		   : 0;
}

static int
run(const struct program *program, void *conf, int argc, char **argv)
{
	struct watch w = { .program = program, .conf = conf };
	struct err err;
	int failed = open_all(&w, argc, argv, &err) || loop(&w, &err);

	for (size_t i = 0; i < w.count; i++)
		close_spool(&w, &w.spools[i]);
	bus_close(w.bus);
	health_close(w.health);
	free(w.spools);
	spools_free(w.found, w.count);
	if (failed && !(stop_asked() && err.class == ERR_RETRY))
		return command_failed("watch", &err);
	return w.conf->once && w.failed;
}

extern const struct command watch_command;
const struct command watch_command = {
	.name = "watch",
	.args = "[FLAGS] DIR...",
	.help = "files that are dropped into directories to <prefix>.articles, each once",
	.text =
	    "Watches each DIR and what lies below it for .txt and .txt.gz files.  Each "
	    "file\n"
	    "becomes one article; a file that is written anew becomes its next version.\n"
	    "Without a DIR the [spool NAME] sections of the configuration are watched.\n"
	    "A file is read when nobody has it open for writing: rename it in, or write "
	    "it\n"
	    "there.  Names that begin with . or end with ~ .tmp .part are left alone.\n\n"
	    "    newswire watch /var/spool/wires\n"
	    "    newswire watch --once --existing publish articles/",
	.section = "watch",
	.opts = watch_opts,
	.conf_size = sizeof(struct watch_conf),
	.needs_state = true,
	.run = run,
};
