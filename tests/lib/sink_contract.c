#include "tests/lib/sink_contract.h"

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
#include "tests/lib/sink_reader.h"

enum { TEXT = 8 << 20 };

const struct sink_subject *sink_subject;
static int kills_wanted = 100;

void
sink_contract_arguments(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "--kills"))
			kills_wanted = atoi(argv[i + 1]);
}

/* ---- kills ---- */

/* As from outside: SIGALRM's own end would have valgrind count what is lost. */
static void
die(int signal)
{
	(void)signal;
	raise(SIGKILL);
}

/* True if it came to its end; false if it was killed on its way. */
static bool
run_until_killed(struct group *g, unsigned seed, struct how how, long most_us)
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
		status = reader_run(g, seed, how, &err);
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

static int64_t
progress(const struct group *g)
{
	int64_t sum = 0;

	for (int p = 0; p < PARTITIONS; p++)
		sum += g->committed[p];
	return sum;
}

/*
 * From the empty store to the end; how many kills that took.  Whoever is killed
 * before it has done anything gets more time, and less where few kills came of
 * it: the machine may be slow, and a store outside slow to connect to.
 */
static int
one_round(struct group *g, unsigned round, struct how how, bool once, long *most_us)
{
	int64_t before = progress(g);
	int kills = 0;

	while (!run_until_killed(g, 104729 * round + 7919 * (unsigned)kills, how,
				 *most_us)) {
		kills++;
		if (progress(g) == before)
			*most_us += *most_us / 4;
		before = progress(g);
		if (once)
			store_is_sound(how.where);
	}
	if (kills < 6 && *most_us > 20000)
		*most_us -= *most_us / 4;
	return kills;
}

static void
run_with_kills(int wanted, struct how how, bool once)
{
	long most_us = 100000;
	int kills = 0;

	for (unsigned round = 1; kills < wanted; round++) {
		struct group *g = group_begin();
		int killed = one_round(g, round, how, once, &most_us);

		group_end(g, how.where, once ? 0 : (size_t)killed * PARTITIONS * AT_ONCE);
		kills += killed;
	}
}

void
each_record_is_held_once_whatever_is_killed(void **state)
{
	(void)state;
	run_with_kills(kills_wanted, (struct how){ 0 }, true);
}

void
each_record_comes_at_least_once_whatever_is_killed(void **state)
{
	struct group *g;
	struct err err;

	(void)state;
	run_with_kills(kills_wanted, (struct how){ 0 }, false);
	g = group_begin();
	OK(reader_run(g, 9, (struct how){ 0 }, &err));
	group_end(g, false, 0);
}

void
where_chooses_and_what_it_cannot_tell_is_a_dead_letter(void **state)
{
	(void)state;
	run_with_kills(kills_wanted / 5, (struct how){ .where = true },
		       sink_subject->type->effect == SINK_IDEMPOTENT);
}

/* ---- two owners ---- */

struct two {
	struct group *group;
	struct reader former, owner;
	struct bus_position positions[PARTITIONS]; /* what the former has yet to flush */
	size_t n;
};

static void
begin_two(struct two *t)
{
	struct how plain = { 0 };
	struct err err;

	t->group = group_begin();
	OK(reader_open(&t->former, t->group, 1, plain, &err) ||
	   reader_claim(&t->former, &err));
	OK(reader_batch(&t->former, &err));
	OK(reader_open(&t->owner, t->group, 2, plain, &err) ||
	   reader_claim(&t->owner, &err));
	for (t->n = 0; t->n == 0;)
		OK(reader_write_some(&t->former, t->positions, &t->n, &err));
}

static void
end_two(struct two *t)
{
	reader_close(&t->former);
	reader_close(&t->owner);
	group_end(t->group, false, 0);
}

void
a_former_owner_stores_nothing(void **state)
{
	struct two t;
	struct err err;

	(void)state;
	begin_two(&t);
	assert_int_equal(sink_flush(t.former.sink, t.positions, t.n, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.text, "taken over"));
	sink_undo(t.former.sink);
	while (!reader_is_done(&t.owner))
		OK(reader_batch(&t.owner, &err));
	end_two(&t);
}

void
a_former_owner_changes_nothing_newer(void **state)
{
	struct two t;
	struct err err;

	(void)state;
	begin_two(&t);
	while (!reader_is_done(&t.owner))
		OK(reader_batch(&t.owner, &err));
	if (sink_flush(t.former.sink, t.positions, t.n, &err))
		assert_int_equal(err.class, ERR_FATAL);
	end_two(&t);
}

/* ---- a store that fails ---- */

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
	struct group *g = group_begin();
	struct reader r;
	struct err err;
	int failures = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	OK(reader_open(&r, g, 3, (struct how){ 0 }, &err) || reader_claim(&r, &err));
	limit_files((rlim_t)sink_subject->full_at);
	while (failures < 3 && !reader_is_done(&r)) {
		if (!reader_batch(&r, &err))
			continue;
		assert_int_equal(err.class, ERR_RETRY);
		failures++;
		reader_undo(&r);
	}
	assert_int_equal(failures, 3);
	limit_files(RLIM_INFINITY);
	store_is_sound(false);
	while (!reader_is_done(&r))
		OK(reader_batch(&r, &err));
	reader_close(&r);
	group_end(g, false, 0);
}

/* It fails three times in a row each time, in the middle of a batch or at its start. */
void
a_store_that_goes_away_is_waited_for_and_nothing_comes_twice(void **state)
{
	enum { OUTAGES = 5, TRIES = 3 };
	struct group *g = group_begin();
	struct reader r;
	struct err err;
	int outages = 0, failures = 0;

	(void)state;
	OK(reader_open(&r, g, 8, (struct how){ 0 }, &err) || reader_claim(&r, &err));
	while (!reader_is_done(&r)) {
		if (outages < OUTAGES && failures == 0)
			sink_subject->away((int)script_dice(&r.seed, 20));
		if (!reader_batch(&r, &err))
			continue;
		assert_int_equal(err.class, ERR_RETRY);
		reader_undo(&r);
		if (++failures == TRIES) {
			sink_subject->away(-1);
			outages++;
			failures = 0;
			OK(reader_batch(&r, &err));
		}
	}
	sink_subject->away(-1);
	assert_int_equal(outages, OUTAGES);
	reader_close(&r);
	group_end(g, false, 0);
}

/* ---- twice ---- */

void
records_that_come_again_change_nothing(void **state)
{
	struct group *g = group_begin();
	struct err err;

	(void)state;
	OK(reader_run(g, 4, (struct how){ 0 }, &err));
	store_compare_script(false, 0);
	group_rewind(g);
	OK(reader_run(g, 5, (struct how){ 0 }, &err));
	group_end(g, false, 0);
}

void
what_was_undone_was_never_there(void **state)
{
	struct group *g = group_begin();
	struct bus_position positions[PARTITIONS];
	struct reader r;
	struct err err;

	(void)state;
	OK(reader_open(&r, g, 6, (struct how){ 0 }, &err) || reader_claim(&r, &err));
	for (int i = 0; i < 1000 && !reader_is_done(&r); i++) {
		size_t n;

		OK(reader_write_some(&r, positions, &n, &err));
		reader_undo(&r);
		OK(reader_batch(&r, &err));
	}
	reader_close(&r);
	group_end(g, false, 0);
}

/*
 * The script once more, behind itself: the same versions, with other
 * headlines, marked as a replay.
 */
static int
replay(struct reader *r, struct err *err)
{
	static const struct bus_header mark[] = { { "ce_type", "newswire.enriched", 17 },
						  { "nw-replay", "{}", 2 } };
	static struct bus_record records[EACH];
	static struct buf values[EACH];

	for (int p = 0; p < PARTITIONS; p++) {
		struct bus_position position = { script_topic, p, 4 * EACH };

		for (int i = 0; i < EACH; i++) {
			const struct step *s = &script[p][i];
			struct sink_article a = s->article;
			char headline[64];

			snprintf(headline, sizeof(headline), "replayed %s", s->headline);
			a.headline = headline;
			buf_init(&values[i], 1 << 20);
			sink_article_print(&a, &values[i]);
			records[i] = s->record;
			records[i].offset += 2 * EACH;
			records[i].value = values[i].data;
			records[i].value_size = values[i].size;
			records[i].headers = mark;
			records[i].header_count = 2;
			if (s->kind != STEP_ARTICLE)
				continue;
			arena_reset(&r->arena);
			if (sink_write(r->sink, &records[i], err))
				return -1;
		}
		if (sink_flush(r->sink, &position, 1, err))
			return -1;
		for (int i = 0; i < EACH; i++)
			buf_release(&values[i]);
	}
	return 0;
}

static void
begin_replay(struct reader *r, struct group *g, bool asked_for)
{
	struct err err;

	OK(reader_run(g, 7, (struct how){ 0 }, &err));
	OK(reader_open(r, g, 7, (struct how){ .replayed = asked_for }, &err));
	OK(reader_claim(r, &err) || replay(r, &err));
	reader_close(r);
}

void
a_replay_never_beats_an_equal_record(void **state)
{
	struct group *g = group_begin();
	struct reader r;

	(void)state;
	begin_replay(&r, g, false);
	group_end(g, false, 0);
}

void
a_replay_is_passed_over_unless_asked_for(void **state)
{
	struct script_run run = script_how(false);
	struct group *g = group_begin();
	struct reader r;
	struct buf expected;

	(void)state;
	begin_replay(&r, g, false);
	group_end(g, false, 0);
	g = group_begin();
	begin_replay(&r, g, true);
	buf_init(&expected, TEXT);
	script_expect(&run, &expected);
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++)
			if (script[p][i].kind == STEP_ARTICLE &&
			    script_fate(&run, &script[p][i]) == FATE_STORED)
				sink_line_record(&expected, p,
						 script[p][i].record.offset + 2 * EACH);
	store_compare(&expected, 0);
	buf_release(&expected);
	munmap(g, sizeof(*g));
}
