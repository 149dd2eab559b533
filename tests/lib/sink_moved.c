/*
 * A sink with positions of its own, whose log is carried to a cluster: offsets
 * are others there, and each record is stored once all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/copied.h"
#include "tests/lib/sink_reader.h"

enum { OFFSETS = 4 * EACH };

static struct err err;

/* Records elsewhere, with a gap behind every tenth; odd, so that none is an old offset. */
static int64_t
moved_to(int i)
{
	return 2 * (3 + i + i / 10) + 1;
}

static void
send_places(struct bus_member *m)
{
	for (int p = 0; p < PARTITIONS; p++) {
		struct copied_place place = { 0 };
		char *key = must_printf("copy/%s/%s/%d", READER_CLUSTER, script_topic, p);
		struct bus_record r = { .topic = "t.state", .partition = -1, .key = key };
		struct buf value;

		for (int i = 0; i < EACH; i++)
			copied_place_add(&place, script[p][i].record.offset, moved_to(i));
		buf_init(&value, 1 << 20);
		copied_place_print(&place, key + 5, &value);
		r.key_size = strlen(key);
		r.value = value.data;
		r.value_size = value.size;
		OK(bus_send(m, &r, &err));
		buf_release(&value);
		copied_place_release(&place);
		free(key);
	}
}

/* So many that no offset of the script is behind the topic's end. */
static void
send_filling(struct bus_member *m)
{
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < OFFSETS; i++) {
			struct bus_record r = { .topic = script_topic,
						.partition = p,
						.value = "",
						.value_size = 0 };

			OK(bus_send(m, &r, &err));
		}
}

static struct bus *
carry(const char *path)
{
	struct bus_conf conf = { .log = path, .cluster = "t" };
	struct bus_topic topics[] = { { script_topic, PARTITIONS, -1, false },
				      { "t.state", 2, -1, true } };
	struct bus_role role = { .id = "t.copy" };
	struct bus_member *m;
	struct bus *bus;

	OK(bus_open(&bus, &conf, &err));
	OK(bus_topics(bus, topics, 2, false, NULL, NULL, &err));
	OK(bus_join(bus, &role, &m, &err));
	OK(bus_begin(m, &err));
	send_places(m);
	send_filling(m);
	OK(bus_commit(m, NULL, 0, &err));
	bus_leave(m);
	return bus;
}

/* Half of the script; of the last batch the group does not hear. */
static void
store_half(struct group *g, int stored[PARTITIONS])
{
	struct bus_position positions[PARTITIONS];
	struct reader r;
	size_t n;

	OK(reader_open(&r, g, 7, (struct how){ 0 }, &err) || reader_claim(&r, &err));
	for (int i = 0; i < 6; i++)
		OK(reader_batch(&r, &err));
	do
		OK(reader_write_some(&r, positions, &n, &err));
	while (!n);
	OK(sink_flush(r.sink, positions, n, &err));
	for (int p = 0; p < PARTITIONS; p++)
		stored[p] = r.next[p];
	assert_false(reader_is_done(&r));
	reader_close(&r);
}

static void
move_script(struct group *g, int64_t was[PARTITIONS][EACH])
{
	for (int p = 0; p < PARTITIONS; p++) {
		int committed = 0;

		while (committed < EACH &&
		       script[p][committed].record.offset < g->committed[p])
			committed++;
		g->committed[p] = committed ? moved_to(committed - 1) + 1 : BUS_FIRST;
		for (int i = 0; i < EACH; i++) {
			was[p][i] = script[p][i].record.offset;
			script[p][i].record.offset = moved_to(i);
		}
	}
}

/* The first so many steps of each partition; NULL: all, as the other facts have them. */
static void
move_back(int64_t was[PARTITIONS][EACH], const int *most)
{
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < (most ? most[p] : EACH); i++)
			script[p][i].record.offset = was[p][i];
}

/* What was stored of the log is known by the offsets that it had there. */
void
what_is_stored_of_a_log_goes_on_where_that_was_carried_to(void **state)
{
	char directory[] = "/tmp/sink_moved.XXXXXX", path[64], command[64];
	int64_t was[PARTITIONS][EACH];
	int stored[PARTITIONS];
	struct group *g = group_begin();
	struct how there = { 0 };

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	store_half(g, stored);
	there.moved = carry(path);
	move_script(g, was);
	OK(reader_run(g, 8, there, &err));
	OK(reader_run(g, 9, there, &err)); /* from then on as ever */
	bus_close(there.moved);
	move_back(was, stored);
	group_end(g, false, 0);
	move_back(was, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}
