#include "tests/lib/sink_contract.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/enriched.h"
#include "time/clock.h"

enum { PARTITIONS = 3, EACH = 60, URIS = 24, KILLS = 100, TEXT = 8 << 20 };

const struct sink_subject *sink_subject;

static const char topic[] = "test.enriched";

/* ---- the script ---- */

struct step {
	struct bus_record record;
	struct sink_article article;
	char uri[32], version[16], headline[32];
	struct buf value;
};

static struct step script[PARTITIONS][EACH];

static unsigned
dice(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % sides;
}

void
sink_article_print(const struct sink_article *a, struct buf *out)
{
	struct actor who = { .span = { "Testers", false, 0, 7 },
			     .name = "Testers",
			     .country = "GBR" };
	struct actor whom = { .span = { "the tested", false, 16, 26 } };
	struct event events[8] = { 0 };
	struct enriched e = {
		.article = { .uri = a->uri,
			     .version = a->version,
			     .versioncreated = a->created,
			     .pubstatus = a->withdrawn ? "canceled" : "usable",
			     .headline = a->withdrawn ? NULL : a->headline,
			     .body_text =
				 a->withdrawn ? NULL : "Testers accused the tested.",
			     .wordcount = -1 },
		.meta = "{}",
		.events = events,
		.event_count = a->withdrawn ? 0 : (size_t)a->events,
		.extractor = { "1", "none", "none", a->epoch }
	};

	for (size_t i = 0; i < e.event_count; i++)
		events[i] = (struct event){ .id = "e",
					    .main = i == 0,
					    .type = "ACCUSE",
					    .actor = { &who, 1 },
					    .recipient = { &whom, 1 },
					    .trigger = { "accused", false, 8, 15 },
					    .lemma = "accuse",
					    .date = "2026-11-24",
					    .date_value = "2026-11-24",
					    .dead = -1,
					    .injured = -1,
					    .arrested = -1,
					    .end = 26,
					    .confidence = 0.5,
					    .pattern = "test" };
	enriched_print(&e, out);
}

static void
write_step(struct step *s, int partition, int i, unsigned *seed)
{
	static const struct bus_header headers[] = { { "ce_type", "newswire.enriched",
						       17 } };
	int uri = partition + PARTITIONS * (int)dice(seed, URIS / PARTITIONS);

	snprintf(s->uri, sizeof(s->uri), "urn:test:%02d", uri);
	snprintf(s->version, sizeof(s->version), "%u", 1 + dice(seed, 12));
	snprintf(s->headline, sizeof(s->headline), "at %d/%d", partition, i);
	s->article = (struct sink_article){
		s->uri, s->version,        NULL, s->headline, (int)dice(seed, 4),
		1,      dice(seed, 8) == 0
	};
	buf_init(&s->value, 1 << 20);
	sink_article_print(&s->article, &s->value);
	/* Offsets with holes, as transactions leave them; hours that interleave at their
	 * turn. */
	s->record = (struct bus_record){
		topic,         partition,
		i * 2,         INT64_C(1795507200000) + i * 240000 - dice(seed, 400000),
		s->uri,        strlen(s->uri),
		s->value.data, s->value.size,
		headers,       1
	};
}

static void
write_script(void)
{
	unsigned seed = 7;

	if (script[0][0].record.topic)
		return;
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++)
			write_step(&script[p][i], p, i, &seed);
}

/* ---- what should be there ---- */

void
sink_line_record(struct buf *out, int partition, int64_t offset)
{
	buf_printf(out, "%d/%05" PRId64 "\n", partition, offset);
}

void
sink_line_article(struct buf *out, const char *uri, const char *version,
		  const char *headline, int events, int actors)
{
	buf_printf(out, "%s version %s '%s' %d events %d actors\n", uri, version,
		   headline, events, actors);
}

void
sink_line_tombstone(struct buf *out, const char *uri, const char *version)
{
	buf_printf(out, "%s version %s withdrawn\n", uri, version);
}

/* The newest of a uri, by a rule of our own: the larger version, then the later record.
 */
static const struct step *
newest(const char *uri, int partition)
{
	const struct step *best = NULL;

	for (int i = 0; i < EACH; i++) {
		const struct step *s = &script[partition][i];

		if (!strcmp(s->uri, uri) &&
		    (!best || atoi(s->version) >= atoi(best->version)))
			best = s;
	}
	return best;
}

static void
expect_state(struct buf *out)
{
	for (int i = 0; i < URIS; i++) {
		char uri[32];
		const struct step *s;

		snprintf(uri, sizeof(uri), "urn:test:%02d", i);
		s = newest(uri, i % PARTITIONS);
		if (s && s->article.withdrawn)
			sink_line_tombstone(out, uri, s->version);
		else if (s)
			sink_line_article(out, uri, s->version, s->headline,
					  s->article.events, 2 * s->article.events);
	}
}

static void
expect_append(struct buf *out)
{
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++)
			sink_line_record(out, p, script[p][i].record.offset);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted; the number of lines. */
static size_t
lines(struct buf *text, const char **line, size_t room)
{
	size_t n = 0;
	char *save;

	if (!text->data)
		return 0;
	for (char *s = strtok_r(text->data, "\n", &save); s;
	     s = strtok_r(NULL, "\n", &save)) {
		assert_true(n < room);
		line[n++] = s;
	}
	qsort(line, n, sizeof(*line), by_text);
	return n;
}

static void
look_and_compare(bool whole)
{
	const char *is[PARTITIONS * EACH * 2], *should[PARTITIONS * EACH * 2];
	struct buf seen, expected;
	size_t n, m;

	buf_init(&seen, TEXT);
	buf_init(&expected, TEXT);
	sink_subject->look(&seen);
	if (sink_subject->type->kind == SINK_STATE)
		expect_state(&expected);
	else
		expect_append(&expected);
	n = lines(&seen, is, LENGTH(is));
	m = lines(&expected, should, LENGTH(should));
	for (size_t i = 0; whole && i < n && i < m; i++)
		assert_string_equal(is[i], should[i]);
	for (size_t i = 1; i < n; i++)
		assert_string_not_equal(is[i], is[i - 1]);
	if (whole)
		assert_int_equal(n, m);
	buf_release(&seen);
	buf_release(&expected);
}

/* ---- a consumer with its group ---- */

struct group {
	int64_t committed[PARTITIONS]; /* in memory that outlives a child */
};

struct reader {
	struct group *group;
	struct sink *sink;
	struct arena arena;
	int next[PARTITIONS]; /* index into the script */
	unsigned seed;
};

static int
index_of(int64_t offset)
{
	return offset < 0 ? 0 : (int)((offset + 1) / 2);
}

static int
open_reader(struct reader *r, struct group *g, unsigned seed, struct err *err)
{
	struct sink_start start = { .name = "test",
				    .state = ".",
				    .cluster = "a test's log",
				    .conf = sink_subject->conf,
				    .arena = &r->arena };

	*r = (struct reader){ .group = g, .seed = seed };
	arena_init(&r->arena, 64 << 20);
	return sink_open(&r->sink, sink_subject->type, &start, err);
}

static int
claim(struct reader *r, struct err *err)
{
	struct bus_position positions[PARTITIONS];

	for (int p = 0; p < PARTITIONS; p++)
		positions[p] = (struct bus_position){ topic, p, r->group->committed[p] };
	if (sink_claim(r->sink, positions, PARTITIONS, err))
		return -1;
	for (int p = 0; p < PARTITIONS; p++)
		r->next[p] = index_of(positions[p].offset);
	return 0;
}

/* Some records of each partition; *n positions with what is to be flushed. */
static int
write_some(struct reader *r, struct bus_position positions[PARTITIONS], size_t *n,
	   struct err *err)
{
	*n = 0;
	for (int p = 0; p < PARTITIONS; p++) {
		int stop = r->next[p] + (int)dice(&r->seed, 8);

		stop = stop < EACH ? stop : EACH;
		if (stop == r->next[p])
			continue;
		for (int i = r->next[p]; i < stop; i++) {
			arena_reset(&r->arena);
			if (sink_write(r->sink, &script[p][i].record, err))
				return -1;
		}
		positions[(*n)++] =
		    (struct bus_position){ topic, p,
					   script[p][stop - 1].record.offset + 1 };
		r->next[p] = stop;
	}
	return 0;
}

static int
batch(struct reader *r, struct err *err)
{
	struct bus_position positions[PARTITIONS];
	size_t n;

	if (write_some(r, positions, &n, err) || sink_flush(r->sink, positions, n, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		r->group->committed[positions[i].partition] = positions[i].offset;
	return sink_tick(r->sink, err);
}

static bool
is_done(const struct reader *r)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (r->next[p] < EACH)
			return false;
	return true;
}

static void
close_reader(struct reader *r)
{
	sink_close(r->sink);
	arena_release(&r->arena);
}

static int
run(struct group *g, unsigned seed, struct err *err)
{
	struct reader r;
	int failed = open_reader(&r, g, seed, err) || claim(&r, err);

	while (!failed && !is_done(&r))
		failed = batch(&r, err);
	if (r.sink)
		close_reader(&r);
	return failed;
}

static struct group *
new_group(void)
{
	struct group *g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(g != MAP_FAILED);
	for (int p = 0; p < PARTITIONS; p++)
		g->committed[p] = BUS_FIRST;
	return g;
}

static void
forget_group(struct group *g)
{
	munmap(g, sizeof(*g));
}

#define OK(CALL)                                  \
	do {                                      \
		if (CALL)                         \
			fail_msg("%s", err.text); \
	} while (0)

/* ---- the facts ---- */

/* As from outside: SIGALRM's own end would have valgrind count what is lost. */
static void
die(int signal)
{
	(void)signal;
	raise(SIGKILL);
}

/* True if it came to its end; false if it was killed on its way. */
static bool
run_until_killed(struct group *g, unsigned seed, long most_us)
{
	long us = 1 + (long)(seed % (unsigned long)most_us);
	struct itimerval after = { .it_value = { us / 1000000, us % 1000000 } };
	struct err err;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGALRM, die);
		setitimer(ITIMER_REAL, &after, NULL);
		status = run(g, seed, &err);
		if (status)
			fprintf(stderr, "%s\n", err.text);
		_exit(status ? 3 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return false;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

void
each_record_is_held_once_whatever_is_killed(void **state)
{
	int kills = 0;
	long most_us = 200000;

	(void)state;
	write_script();
	for (unsigned round = 1; kills < KILLS; round++) {
		struct group *g = new_group();
		struct timeval start, end;

		sink_subject->wipe();
		gettimeofday(&start, NULL);
		for (unsigned try = 0;; try++) {
			struct group before = *g;

			if (run_until_killed(g, 104729 * round + 7919 * try, most_us))
				break;
			kills++;
			if (!memcmp(&before, g, sizeof(before)))
				most_us += most_us / 4; /* a slow machine: get somewhere */
			look_and_compare(false);
		}
		gettimeofday(&end, NULL);
		look_and_compare(true);
		/* About a dozen kills a round, however quick the machine is. */
		most_us =
		    (end.tv_sec - start.tv_sec) * 1000000 + end.tv_usec - start.tv_usec;
		most_us = most_us / 6 < 20000    ? 20000
			  : most_us / 6 > 200000 ? 200000
						 : most_us / 6;
		forget_group(g);
	}
}

void
a_former_owner_stores_nothing(void **state)
{
	struct group *g = new_group();
	struct reader former, owner;
	struct bus_position positions[PARTITIONS];
	struct err err;
	size_t n = 0;

	(void)state;
	write_script();
	sink_subject->wipe();
	OK(open_reader(&former, g, 1, &err) || claim(&former, &err));
	OK(batch(&former, &err));
	OK(open_reader(&owner, g, 2, &err) || claim(&owner, &err));
	while (n == 0)
		OK(write_some(&former, positions, &n, &err));
	assert_int_equal(sink_flush(former.sink, positions, n, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.text, "taken over"));
	sink_undo(former.sink);
	while (!is_done(&owner))
		OK(batch(&owner, &err));
	close_reader(&former);
	close_reader(&owner);
	look_and_compare(true);
	forget_group(g);
}

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void
a_full_disk_is_tried_again_and_nothing_is_half_stored(void **state)
{
	struct group *g = new_group();
	struct reader r;
	struct err err;
	int failures = 0;

	(void)state;
	write_script();
	sink_subject->wipe();
	signal(SIGXFSZ, SIG_IGN);
	OK(open_reader(&r, g, 3, &err) || claim(&r, &err));
	limit_files((rlim_t)sink_subject->full_at);
	while (failures < 3 && !is_done(&r)) {
		if (!batch(&r, &err))
			continue;
		assert_int_equal(err.class, ERR_RETRY);
		failures++;
		sink_undo(r.sink);
		for (int p = 0; p < PARTITIONS; p++)
			r.next[p] = index_of(g->committed[p]);
	}
	assert_int_equal(failures, 3);
	limit_files(RLIM_INFINITY);
	look_and_compare(false);
	while (!is_done(&r))
		OK(batch(&r, &err));
	close_reader(&r);
	look_and_compare(true);
	forget_group(g);
}

void
records_that_come_again_change_nothing(void **state)
{
	struct group *g = new_group();
	struct err err;

	(void)state;
	write_script();
	sink_subject->wipe();
	OK(run(g, 4, &err));
	look_and_compare(true);
	for (int p = 0; p < PARTITIONS; p++)
		g->committed[p] = BUS_FIRST;
	OK(run(g, 5, &err));
	look_and_compare(true);
	forget_group(g);
}

void
what_was_undone_was_never_there(void **state)
{
	struct group *g = new_group();
	struct bus_position positions[PARTITIONS];
	struct reader r;
	struct err err;

	(void)state;
	write_script();
	sink_subject->wipe();
	OK(open_reader(&r, g, 6, &err) || claim(&r, &err));
	for (int i = 0; i < 1000 && !is_done(&r); i++) {
		size_t n;

		OK(write_some(&r, positions, &n, &err));
		sink_undo(r.sink);
		for (int p = 0; p < PARTITIONS; p++)
			r.next[p] = index_of(g->committed[p]);
		OK(batch(&r, &err));
	}
	close_reader(&r);
	look_and_compare(true);
	forget_group(g);
}
