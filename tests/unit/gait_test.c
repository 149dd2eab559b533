/* How many records a replay sends at once beside live ones, by what a batch took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "replay/gait.h"

/* Readers that take base_ms for a commit and so many microseconds a record. */
struct readers {
	int64_t base_ms, record_us;
};

static int64_t
time_of(const struct readers *r, size_t n)
{
	return r->base_ms + (int64_t)n * r->record_us / 1000;
}

/* The size of the batches, without the few that measure, after so many. */
static size_t
walk(struct gait *g, int64_t *now, const struct readers *r, int batches)
{
	size_t last = 0;

	for (int i = 0; i < batches; i++) {
		size_t n = gait_next(g, *now);
		int64_t took = time_of(r, n);

		last = g->is_probe ? last : n;
		*now += took;
		gait_went(g, *now, n, took);
	}
	return last;
}

/* With 10 ms of work allowed at once, at most 500. */
static const struct {
	const char *name;
	struct readers readers;
	size_t least, most;
} sizes[] = {
	{ "quick readers that commit at once", { 2, 100 }, 60, 130 },
	{ "quick readers whose commits take long", { 40, 100 }, 60, 130 },
	{ "slow readers: few at once", { 2, 5000 }, 10, 13 },
	{ "readers for whom it is nothing", { 5, 0 }, 500, 500 },
};

static void
a_batch_is_work_for_the_time_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		struct gait g;
		int64_t now = 1000;
		size_t n;

		gait_begin(&g, 500, 10);
		n = walk(&g, &now, &sizes[i].readers, 200);
		if (n < sizes[i].least || n > sizes[i].most)
			fail_msg("%s: %zu", sizes[i].name, n);
	}
}

static void
readers_that_become_slower_get_less_and_more_again(void **state)
{
	static const struct readers quick = { 5, 50 }, slow = { 5, 1000 },
				    late = { 60, 50 };
	struct gait g;
	int64_t now = 1000;

	(void)state;
	gait_begin(&g, 500, 10);
	assert_in_range(walk(&g, &now, &quick, 100), 100, 300);
	assert_in_range(walk(&g, &now, &slow, 20), 10, 20);
	assert_in_range(walk(&g, &now, &quick, 100), 100, 300);
	/* When commits take longer for good, that is known after some seconds. */
	assert_in_range(walk(&g, &now, &late, 20), 10, 20);
	assert_in_range(walk(&g, &now, &late, 400), 100, 300);
}

static void
it_begins_with_few_and_grows_only_by_what_was_sent(void **state)
{
	struct gait g;
	int64_t now = 1000;

	(void)state;
	gait_begin(&g, 500, 10);
	for (int i = 0; i < 100; i++) {
		size_t n = gait_next(&g, now);

		assert_in_range(n, 1, GAIT_FEW);
		now += 5;
		gait_went(&g, now, 1, 5); /* the source had one */
	}
	gait_begin(&g, 3, 10);
	assert_in_range(walk(&g, &now, &(struct readers){ 5, 0 }, 100), 3, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_is_work_for_the_time_allowed),
		cmocka_unit_test(readers_that_become_slower_get_less_and_more_again),
		cmocka_unit_test(it_begins_with_few_and_grows_only_by_what_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
