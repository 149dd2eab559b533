#include "tests/lib/sink_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/mem.h"

enum { TEXT = 8 << 20 };

/* ---- what should be there ---- */

struct script_run
script_how(bool where)
{
	return (struct script_run){ where, sink_subject->type->kind == SINK_STATE,
				    sink_subject->takes_any, sink_subject->events };
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

/* Takes the doubles out; how many there were. */
static size_t
drop_doubles(const char **line, size_t *n)
{
	size_t kept = 0, all = *n;

	for (size_t i = 0; i < all; i++)
		if (!kept || strcmp(line[kept - 1], line[i]))
			line[kept++] = line[i];
	*n = kept;
	return all - kept;
}

/* All of `expected` and nothing else, though up to `doubles` of it twice. */
void
store_compare(struct buf *expected, size_t doubles)
{
	static const char *is[PARTITIONS * EACH * 20], *should[PARTITIONS * EACH * 2];
	struct buf seen;
	size_t n, m;

	buf_init(&seen, TEXT);
	sink_subject->look(&seen);
	n = lines(&seen, is, LENGTH(is));
	m = lines(expected, should, LENGTH(should));
	assert_in_range(drop_doubles(is, &n), 0, doubles);
	for (size_t i = 0; i < n && i < m; i++)
		assert_string_equal(is[i], should[i]);
	assert_int_equal(n, m);
	buf_release(&seen);
}

void
store_compare_script(bool where, size_t doubles)
{
	struct script_run run = script_how(where);
	struct buf expected;

	buf_init(&expected, TEXT);
	script_expect(&run, &expected);
	store_compare(&expected, doubles);
	buf_release(&expected);
}

void
store_is_sound(bool where)
{
	static const char *is[PARTITIONS * EACH * 2], *may[PARTITIONS * EACH * 2];
	struct script_run run = script_how(where);
	struct buf seen, allowed;
	size_t n, m;

	buf_init(&seen, TEXT);
	buf_init(&allowed, TEXT);
	sink_subject->look(&seen);
	script_allow(&run, &allowed);
	n = lines(&seen, is, LENGTH(is));
	m = lines(&allowed, may, LENGTH(may));
	assert_int_equal(drop_doubles(is, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (!bsearch(&is[i], may, m, sizeof(*may), by_text))
			fail_msg("nobody wrote '%s'", is[i]);
	buf_release(&seen);
	buf_release(&allowed);
}

/* ---- a consumer with its group ---- */

/* Of the first step at or after the offset. */
static int
index_of(int partition, int64_t offset)
{
	int i = 0;

	while (i < EACH && script[partition][i].record.offset < offset)
		i++;
	return i;
}

static int
refused(void *arg, const struct bus_record *r, const struct err *why, struct err *err)
{
	struct reader *reader = arg;

	(void)err;
	assert_int_equal(why->class, ERR_REJECT);
	assert_ptr_equal(r, &script[r->partition][index_of(r->partition, r->offset)].record);
	reader->dead[r->partition][index_of(r->partition, r->offset)] = true;
	return 0;
}

int
reader_open(struct reader *r, struct group *g, unsigned seed, struct how how,
	    struct err *err)
{
	struct sink_start start = { .name = "test",
				    .state = ".",
				    .cluster = how.moved ? "the cluster" : READER_CLUSTER,
				    .bus = how.moved,
				    .states = how.moved ? "t.state" : NULL,
				    .conf = sink_subject->conf,
				    .arena = &r->arena,
				    .where = how.where ? script_where : NULL,
				    .replayed = how.replayed,
				    .reject = refused,
				    .arg = r };

	*r = (struct reader){ .group = g, .seed = seed };
	arena_init(&r->arena, 64 << 20);
	return sink_open(&r->sink, sink_subject->type, &start, err);
}

int
reader_claim(struct reader *r, struct err *err)
{
	struct bus_position positions[PARTITIONS];

	for (int p = 0; p < PARTITIONS; p++)
		positions[p] =
		    (struct bus_position){ script_topic, p, r->group->committed[p] };
	if (sink_claim(r->sink, positions, PARTITIONS, err))
		return -1;
	for (int p = 0; p < PARTITIONS; p++)
		r->next[p] = index_of(p, positions[p].offset);
	return 0;
}

static int
write_one(struct reader *r, const struct bus_record *record, struct err *err)
{
	arena_reset(&r->arena);
	if (!sink_write(r->sink, record, err))
		return 0;
	if (err->class != ERR_REJECT)
		return -1;
	r->dead[record->partition][index_of(record->partition, record->offset)] = true;
	return 0;
}

int
reader_write_some(struct reader *r, struct bus_position positions[PARTITIONS], size_t *n,
		  struct err *err)
{
	*n = 0;
	memset(r->dead, 0, sizeof(r->dead));
	for (int p = 0; p < PARTITIONS; p++) {
		int stop = r->next[p] + (int)script_dice(&r->seed, AT_ONCE);

		stop = stop < EACH ? stop : EACH;
		if (stop == r->next[p])
			continue;
		for (int i = r->next[p]; i < stop; i++)
			if (write_one(r, &script[p][i].record, err))
				return -1;
		positions[(*n)++] =
		    (struct bus_position){ script_topic, p,
					   script[p][stop - 1].record.offset + 1 };
		r->next[p] = stop;
	}
	return 0;
}

int
reader_batch(struct reader *r, struct err *err)
{
	struct bus_position positions[PARTITIONS];
	size_t n;

	if (reader_write_some(r, positions, &n, err) ||
	    sink_flush(r->sink, positions, n, err))
		return -1;
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++)
			r->group->dead[p][i] |= r->dead[p][i];
	for (size_t i = 0; i < n; i++)
		r->group->committed[positions[i].partition] = positions[i].offset;
	return sink_tick(r->sink, err);
}

void
reader_undo(struct reader *r)
{
	sink_undo(r->sink);
	for (int p = 0; p < PARTITIONS; p++)
		r->next[p] = index_of(p, r->group->committed[p]);
}

bool
reader_is_done(const struct reader *r)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (r->next[p] < EACH)
			return false;
	return true;
}

void
reader_close(struct reader *r)
{
	sink_close(r->sink);
	arena_release(&r->arena);
}

/* A store outside the process may need a while after a kill: a batch has some tries. */
static int
batch_in_the_end(struct reader *r, struct err *err)
{
	int tries = 0;

	while (reader_batch(r, err)) {
		if (err->class != ERR_RETRY || tries++ == sink_subject->tries)
			return -1;
		reader_undo(r);
		usleep(20000);
	}
	return 0;
}

int
reader_run(struct group *g, unsigned seed, struct how how, struct err *err)
{
	struct reader r;
	int failed = reader_open(&r, g, seed, how, err) || reader_claim(&r, err);

	while (!failed && !reader_is_done(&r))
		failed = batch_in_the_end(&r, err);
	if (r.sink)
		reader_close(&r);
	return failed;
}

void
group_rewind(struct group *g)
{
	for (int p = 0; p < PARTITIONS; p++)
		g->committed[p] = BUS_FIRST;
}

struct group *
group_begin(void)
{
	struct group *g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(g != MAP_FAILED);
	group_rewind(g);
	script_write(sink_subject->poison);
	sink_subject->wipe();
	return g;
}

void
group_end(struct group *g, bool where, size_t doubles)
{
	struct script_run how = script_how(where);

	store_compare_script(where, doubles);
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++)
			if (g->dead[p][i] !=
			    (script_fate(&how, &script[p][i]) == FATE_DEAD))
				fail_msg("%d/%d is %s dead letter", p, i,
					 g->dead[p][i] ? "a" : "no");
	munmap(g, sizeof(*g));
}
