/* What is common to all sinks: where they start, whose they are, how they are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sink/sink.h"

/* A sink in memory, whose owner and offset a test sets. */
static struct {
	int64_t offset, epoch;
	int claims, writes, stored;
	bool fail_flush;
} memory;

static int
toy_open(void *state, const struct sink_start *start, struct err *err)
{
	(void)state;
	(void)start;
	(void)err;
	return 0;
}

static int
toy_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	(void)state;
	memory.claims++;
	for (size_t i = 0; i < n; i++) {
		if (places[i].epoch && places[i].epoch != memory.epoch)
			return sink_fenced(&places[i], err);
		if (!places[i].epoch)
			places[i].epoch = ++memory.epoch;
		places[i].offset = memory.offset;
	}
	return 0;
}

static int
toy_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	(void)state;
	(void)r;
	(void)err;
	memory.writes++;
	memory.stored += stored;
	return 0;
}

static int
toy_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	(void)state;
	assert_int_equal(n, 1);
	memory.offset =
	    places[0].offset; /* as where a COMMIT is done and its answer is lost */
	return memory.fail_flush ? err_set(err, ERR_RETRY, "no answer") : 0;
}

static void
toy_undo(void *state)
{
	(void)state;
}

static const struct sink_type toy = { .name = "toy",
				      .kind = SINK_STATE,
				      .state_size = 1,
				      .open = toy_open,
				      .claim = toy_claim,
				      .write = toy_write,
				      .flush = toy_flush,
				      .undo = toy_undo,
				      .close = toy_undo };

static struct sink *
open_toy(struct bus *bus)
{
	struct sink_start start = {
		.name = "toy", .state = ".", .cluster = "c", .bus = bus
	};
	struct sink *s;
	struct err err;

	if (sink_open(&s, &toy, &start, &err))
		fail_msg("%s", err.text);
	return s;
}

static void
reading_starts_at_the_smaller_of_two_positions(void **state)
{
	static const struct {
		int64_t group, own, start;
	} cases[] = {
		{ BUS_FIRST, BUS_FIRST, BUS_FIRST },
		{ 5, BUS_FIRST, BUS_FIRST }, /* the store is new: it fills again */
		{ BUS_FIRST, 5, BUS_FIRST },
		{ 5, 3, 3 }, /* the store is an older copy */
		{ 3, 5, 3 }, /* killed between flush and commit */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct bus_position p = { "t", 0, cases[i].group };
		struct sink *s = open_toy(NULL);
		struct err err;

		memory.offset = cases[i].own;
		assert_int_equal(sink_claim(s, &p, 1, &err), 0);
		assert_int_equal(p.offset, cases[i].start);
		sink_close(s);
	}
}

static void
what_is_stored_is_said_to_be(void **state)
{
	struct bus_position p = { "t", 0, 1 };
	struct sink *s = open_toy(NULL);
	struct err err;

	(void)state;
	memory.offset = 3;
	memory.writes = memory.stored = 0;
	assert_int_equal(sink_claim(s, &p, 1, &err), 0);
	for (int64_t o = 1; o < 5; o++)
		assert_int_equal(sink_write(s, &(struct bus_record){ "t", 0, o }, &err),
				 0);
	assert_int_equal(memory.writes, 4);
	assert_int_equal(memory.stored, 2);
	/* The group's position is behind: the sink's own does not go back. */
	p.offset = 2;
	assert_int_equal(sink_flush(s, &p, 1, &err), 0);
	assert_int_equal(memory.offset, 3);
	sink_close(s);
}

static void
after_a_lost_answer_the_sink_is_asked_how_far_it_is(void **state)
{
	struct bus_position p = { "t", 0, 0 };
	struct sink *s = open_toy(NULL);
	struct err err;

	(void)state;
	memory.offset = 0;
	assert_int_equal(sink_claim(s, &p, 1, &err), 0);
	assert_int_equal(sink_write(s, &(struct bus_record){ "t", 0, 0 }, &err), 0);
	memory.fail_flush = true;
	p.offset = 1;
	assert_int_equal(sink_flush(s, &p, 1, &err), -1);
	memory.fail_flush = false;
	sink_undo(s);
	memory.claims = memory.stored = 0;
	assert_int_equal(sink_write(s, &(struct bus_record){ "t", 0, 0 }, &err), 0);
	assert_int_equal(memory.claims, 1);
	assert_int_equal(memory.stored, 1);
	/* And if it was another's meanwhile, this is the end. */
	sink_undo(s);
	memory.epoch++;
	assert_int_equal(sink_write(s, &(struct bus_record){ "t", 0, 1 }, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	sink_close(s);
}

/* An embedded log with a topic of three records. */
static struct bus *
three_records(const char *directory)
{
	static const char *const sends[] = { "t" };
	struct bus_conf conf = { .log = must_printf("%s/log.db", directory),
				 .cluster = "test" };
	struct bus_topic topic = { "t", 1, -1, false };
	struct bus_role role = { .id = "test", .sends = sends, .send_count = 1 };
	struct bus_member *m;
	struct bus *bus;
	struct err err;

	assert_int_equal(bus_open(&bus, &conf, &err), 0);
	assert_int_equal(bus_topics(bus, &topic, 1, false, NULL, NULL, &err), 0);
	assert_int_equal(bus_join(bus, &role, &m, &err), 0);
	assert_int_equal(bus_begin(m, &err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bus_send(m,
					  &(struct bus_record){ "t", -1, .value = "v",
								.value_size = 1 },
					  &err),
				 0);
	assert_int_equal(bus_commit(m, NULL, 0, &err), 0);
	bus_leave(m);
	free((char *)conf.log);
	return bus;
}

static void
a_sink_beyond_the_end_of_its_topic_stops_with_advice(void **state)
{
	char directory[] = "/tmp/newswire-sink-test.XXXXXX";
	struct bus_position p = { "t", 0, BUS_FIRST };
	struct bus *bus;
	struct sink *s;
	struct err err;
	char *remove_all;

	(void)state;
	assert_non_null(mkdtemp(directory));
	bus = three_records(directory);
	s = open_toy(bus);
	memory.offset = 3;
	assert_int_equal(sink_claim(s, &p, 1, &err), 0);
	memory.offset = 4;
	assert_int_equal(sink_claim(s, &p, 1, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(
	    strstr(err.text, "stored t/0 up to offset 4, but the topic ends at 3"));
	sink_close(s);
	bus_close(bus);
	remove_all = must_printf("rm -rf %s", directory);
	assert_int_equal(system(remove_all), 0);
	free(remove_all);
}

static void
a_new_sink_begins_at_its_time_and_an_old_one_where_it_stands(void **state)
{
	static const struct {
		int64_t group, own, from, start;
		bool keeps_none;
	} cases[] = {
		{ BUS_FIRST, BUS_FIRST, 0, BUS_FIRST },
		{ BUS_FIRST, BUS_FIRST, 1, 0 },
		{ BUS_FIRST, BUS_FIRST, BUS_END, 3 },
		{ 2, BUS_FIRST, BUS_END, 3 }, /* the store was made anew */
		{ 2, 1, BUS_END, 1 },
		{ BUS_FIRST, 1, BUS_END, BUS_FIRST },
		{ BUS_FIRST, BUS_FIRST, BUS_END, 3, true },
		{ 2, BUS_FIRST, BUS_END, 2, true }, /* only the group knows */
		{ 2, BUS_FIRST, 0, 2, true },
	};
	char directory[] = "/tmp/newswire-sink-test.XXXXXX", *remove_all;
	struct bus *bus;

	(void)state;
	assert_non_null(mkdtemp(directory));
	bus = three_records(directory);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink_type type = toy;
		struct sink_start start = { .name = "toy",
					    .state = ".",
					    .cluster = "c",
					    .bus = bus,
					    .from = cases[i].from };
		struct bus_position p = { "t", 0, cases[i].group };
		struct sink *s;
		struct err err;

		type.claim = cases[i].keeps_none ? NULL : toy_claim;
		memory.offset = cases[i].own;
		assert_int_equal(sink_open(&s, &type, &start, &err), 0);
		assert_int_equal(sink_claim(s, &p, 1, &err), 0);
		if (p.offset != cases[i].start)
			fail_msg("case %zu begins at %d", i, (int)p.offset);
		sink_close(s);
	}
	bus_close(bus);
	remove_all = must_printf("rm -rf %s", directory);
	assert_int_equal(system(remove_all), 0);
	free(remove_all);
}

/* ---- a sink whose store answers by item, and forgets nothing ---- */

struct caller {
	struct sink *sink;
	int64_t refused[8], sent[8];
	size_t refusals, count;
	int64_t fails_at, refuses;
	int beats, left;
};

struct outside {
	struct caller *caller; /* the sink_start's conf */
	struct sink *sink;
	const struct bus_record *batch[8];
	size_t count;
};

static int
outside_open(void *state, const struct sink_start *start, struct err *err)
{
	struct outside *o = state;

	(void)err;
	o->caller = (struct caller *)start->conf;
	o->sink = start->sink;
	return 0;
}

static int
outside_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct outside *o = state;

	(void)err;
	if (!stored)
		o->batch[o->count++] = r;
	return 0;
}

static int
outside_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct outside *o = state;
	struct caller *c = o->caller;
	struct err why;

	(void)places;
	(void)n;
	c->left = sink_left_ms(o->sink);
	for (size_t i = 0; i < o->count; i++) {
		const struct bus_record *r = o->batch[i];

		if (r->offset == c->fails_at)
			return err_set(err, ERR_RETRY, "the line is dead");
		if (r->offset == c->refuses) {
			err_set(&why, ERR_REJECT, "too long");
			if (sink_reject(o->sink, r, &why, err))
				return -1;
			continue;
		}
		c->sent[c->count++] = r->offset;
		sink_done(o->sink, r);
	}
	o->count = 0;
	return 0;
}

static void
outside_undo(void *state)
{
	((struct outside *)state)->count = 0;
}

static const struct sink_type outside = { .name = "outside",
					  .kind = SINK_APPEND,
					  .effect = SINK_EXTERNAL,
					  .state_size = sizeof(struct outside),
					  .open = outside_open,
					  .write = outside_write,
					  .flush = outside_flush,
					  .undo = outside_undo,
					  .close = outside_undo };

static int
note_refusal(void *arg, const struct bus_record *r, const struct err *why,
	     struct err *err)
{
	struct caller *c = arg;

	(void)err;
	assert_string_equal(why->text, "too long");
	c->refused[c->refusals++] = r->offset;
	return 0;
}

static void
note_beat(void *arg)
{
	((struct caller *)arg)->beats++;
}

static void
open_outside(struct caller *c, int flush_ms)
{
	struct sink_start start = { .name = "o",
				    .state = ".",
				    .cluster = "c",
				    .conf = c,
				    .reject = note_refusal,
				    .beat = note_beat,
				    .flush_ms = flush_ms,
				    .arg = c };
	struct bus_position p = { "t", 0, 1 };
	struct err err;

	assert_int_equal(sink_open(&c->sink, &outside, &start, &err), 0);
	assert_int_equal(sink_claim(c->sink, &p, 1, &err), 0);
}

/* Records from offset `from` up to `to`, flushed together. */
static int
send(struct caller *c, const struct bus_record *records, int from, int to,
     struct err *err)
{
	struct bus_position p = { "t", 0, to };

	for (int i = from; i < to; i++)
		assert_int_equal(sink_write(c->sink, &records[i], err), 0);
	return sink_flush(c->sink, &p, 1, err);
}

static const struct bus_record five[] = {
	{ "t", 0, 0 }, { "t", 0, 1 }, { "t", 0, 2 }, { "t", 0, 3 }, { "t", 0, 4 },
};

static void
what_the_store_refuses_goes_to_the_caller_and_the_rest_is_stored(void **state)
{
	struct caller c = { .fails_at = -1, .refuses = 2 };
	struct err err;

	(void)state;
	open_outside(&c, 0);
	assert_int_equal(send(&c, five, 1, 5, &err), 0);
	assert_int_equal(c.refusals, 1);
	assert_int_equal(c.refused[0], 2);
	assert_int_equal(c.count, 3);
	sink_close(c.sink);
}

static void
what_is_done_is_not_done_again_after_a_failure(void **state)
{
	struct caller c = { .fails_at = 4, .refuses = -1 };
	struct err err;

	(void)state;
	open_outside(&c, 0);
	assert_int_equal(send(&c, five, 1, 5, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(c.sink);
	c.fails_at = -1;
	/* In smaller pieces this time: what is done in the second is known still. */
	assert_int_equal(send(&c, five, 1, 2, &err), 0);
	assert_int_equal(send(&c, five, 2, 5, &err), 0);
	assert_int_equal(c.count, 4);
	for (size_t i = 0; i < c.count; i++)
		assert_int_equal(c.sent[i], i + 1);
	sink_close(c.sink);
}

static void
whoever_gives_a_partition_back_forgets_what_was_done(void **state)
{
	struct caller c = { .fails_at = 4, .refuses = -1 };
	struct bus_position p = { "t", 0, 1 };
	struct err err;

	(void)state;
	open_outside(&c, 0);
	assert_int_equal(send(&c, five, 1, 5, &err), -1);
	assert_int_equal(c.count, 3);
	sink_undo(c.sink);
	sink_release(c.sink, &p, 1);
	assert_int_equal(sink_claim(c.sink, &p, 1, &err), 0);
	c.fails_at = -1;
	assert_int_equal(send(&c, five, 1, 5, &err), 0);
	assert_int_equal(c.count, 3 + 4);
	sink_close(c.sink);
}

static void
a_slow_store_is_given_its_time_and_we_are_seen_to_live(void **state)
{
	struct caller c = { .fails_at = -1, .refuses = -1 };
	struct err err;

	(void)state;
	open_outside(&c, 100);
	assert_int_equal(send(&c, five, 1, 2, &err), 0);
	assert_in_range(c.left, 1, 100);
	assert_int_equal(c.beats, 1);
	usleep(110 * 1000);
	assert_int_equal(sink_left_ms(c.sink), 0);
	assert_int_equal(send(&c, five, 2, 3, &err), 0);
	assert_in_range(c.left, 1, 100);
	sink_close(c.sink);
}

static void
a_name_is_a_section_or_a_type(void **state)
{
	static const struct {
		const char *name, *flag, *type, *topic, *says;
	} cases[] = {
		{ "jsonl", "--level=3", "jsonl", NULL, NULL },
		{ "archive", "--path=/a", "jsonl", "news.articles", NULL },
		{ "archive", "--topic=x", "jsonl", "x", NULL },
		{ "sqlte", NULL, NULL, NULL,
		  "sink sqlte: no sink of type 'sqlte'; did you mean 'sqlite'?" },
		{ "sqlite", "--fields=a.b", NULL, NULL, "stores whole records" },
		{ "jsonl", "--from=never", NULL, NULL, "from: 'never' is no time" },
		{ "jsonl", "--to=2026-13-01", NULL, NULL, "to: '2026-13-01' is no time" },
		{ "odd", NULL, NULL, NULL, "sink odd: no sink of type 'zzz'" },
		{ "sqlite", "--level=3", NULL, NULL, "unknown flag --level" },
	};
	char path[] = "/tmp/newswire-sink-conf.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct conf *conf;
	struct err err;

	(void)state;
	assert_non_null(f);
	fprintf(f, "[sink archive]\ntype = jsonl\ntopic = news.articles\n[sink "
		   "odd]\ntype = zzz\n");
	fclose(f);
	assert_int_equal(conf_open(&conf, path, &err), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *argv[] = { (char *)cases[i].flag, NULL };
		int argc = cases[i].flag != NULL;
		struct sink_conf c = { 0 };
		int failed = sink_configure(&c, conf, cases[i].name, &argc, argv, &err);

		assert_int_equal(failed, cases[i].says ? -1 : 0);
		if (failed) {
			assert_non_null(strstr(err.text, cases[i].says));
			sink_conf_release(&c);
			continue;
		}
		assert_string_equal(c.chosen->name, cases[i].type);
		assert_int_equal(argc, 0);
		if (cases[i].topic)
			assert_string_equal(c.topic, cases[i].topic);
		else
			assert_null(c.topic);
		sink_conf_release(&c);
	}
	conf_close(conf);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_starts_at_the_smaller_of_two_positions),
		cmocka_unit_test(what_is_stored_is_said_to_be),
		cmocka_unit_test(after_a_lost_answer_the_sink_is_asked_how_far_it_is),
		cmocka_unit_test(a_sink_beyond_the_end_of_its_topic_stops_with_advice),
		cmocka_unit_test(
		    a_new_sink_begins_at_its_time_and_an_old_one_where_it_stands),
		cmocka_unit_test(
		    what_the_store_refuses_goes_to_the_caller_and_the_rest_is_stored),
		cmocka_unit_test(what_is_done_is_not_done_again_after_a_failure),
		cmocka_unit_test(whoever_gives_a_partition_back_forgets_what_was_done),
		cmocka_unit_test(a_slow_store_is_given_its_time_and_we_are_seen_to_live),
		cmocka_unit_test(a_name_is_a_section_or_a_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
