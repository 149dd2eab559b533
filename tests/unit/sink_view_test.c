/*
 * Files of events, one suite for each shape: the rows of every record once and
 * all together, whatever is killed.
 */
#include <inttypes.h>
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
#include "record/lines.h"
#include "sink/append.h"
#include "tests/lib/sink_contract.h"
#include "tests/lib/tree.h"

extern const struct sink_type sink_csv_type, sink_jsonl_type;

struct settings { /* laid out by the type's rows */
	uint64_t bytes[16];
};

/* Where the id of an event stands, and what it is made of there. */
struct shape {
	const char *name, *suffix, *head;
	const struct sink_type *type;
	const char *before;
	bool hashed;
};

static const struct shape shapes[] = {
	{ "gdelt", ".csv.gz", NULL, &sink_csv_type, "", true },
	{ "polecat", ".txt.gz", "Event ID\tEvent Date\t", &sink_csv_type, "", false },
	{ "plover", ".jsonl.gz", NULL, &sink_jsonl_type, "{\"id\":\"", false },
};

static char directory[] = "/tmp/newswire-view-test.XXXXXX";
static char path[sizeof(directory) + 8];
static struct settings settings;
static const struct shape *shape;
static struct sink_subject subject;

static void
set(const char *name, const char *value)
{
	struct err err;

	assert_int_equal(opt_set(opt_find(shape->type->opts, name), &settings, value,
				 &err),
			 0);
}

static void
check(void)
{
	struct sink_start start = { .name = "a", .state = directory, .conf = &settings };
	struct err err;
	FILE *out = fopen("/dev/null", "w");

	if (shape->type->check(&start, out, &err))
		fail_msg("%s", err.text);
	fclose(out);
}

/* What a round of kills leaves is as its manifests say. */
static void
wipe(void)
{
	if (!access(path, F_OK))
		check();
	tree_remove(path);
}

/* GDELT's number of an id, by a sum of our own: FNV-1a over it, halved. */
static uint64_t
number_of(const char *id)
{
	unsigned __int128 h = UINT64_C(14695981039346656037);

	for (; *id; id++)
		h = ((h ^ (unsigned char)*id) * UINT64_C(1099511628211)) & UINT64_MAX;
	return (uint64_t)h / 2;
}

static bool
is_row_of(const char *line, const struct step *s, bool replayed, int event)
{
	char id[64], number[32];
	size_t n = strlen(shape->before);

	snprintf(id, sizeof(id), "%s%s#%d", replayed ? "replayed " : "", s->headline,
		 event);
	snprintf(number, sizeof(number), "%" PRIu64 "\t", number_of(id));
	if (strncmp(line, shape->before, n))
		return false;
	if (shape->hashed)
		return !strncmp(line + n, number, strlen(number));
	return !strncmp(line + n, id, strlen(id)) &&
	       (line[n + strlen(id)] == '\t' || line[n + strlen(id)] == '"');
}

static const struct step *
step_of(const char *line, int partition, bool *replayed)
{
	for (int i = 0; i < 2 * EACH; i++) {
		*replayed = i >= EACH;
		if (is_row_of(line, &script[partition][i % EACH], *replayed, 0))
			return &script[partition][i % EACH];
	}
	fail_msg("no first row of a record of partition %d: '%s'", partition, line);
	return NULL;
}

/* A record's rows stand together, in their order. */
static void
look_at_rows(struct lines *lines, int partition, struct buf *out)
{
	struct buf line;
	struct err err;
	int rc;

	buf_init(&line, 1 << 16);
	if (shape->head) {
		assert_int_equal(lines_next(lines, &line, &err), 1);
		assert_memory_equal(line.data, shape->head, strlen(shape->head));
	}
	while ((rc = lines_next(lines, &line, &err)) > 0) {
		bool replayed;
		const struct step *s = step_of(line.data, partition, &replayed);

		for (int i = 1; i < s->article.events; i++) {
			assert_int_equal(lines_next(lines, &line, &err), 1);
			assert_true(is_row_of(line.data, s, replayed, i));
		}
		sink_line_record(out, partition,
				 s->record.offset + (replayed ? 2 * EACH : 0));
	}
	assert_int_equal(rc, 0);
	buf_release(&line);
}

static int
look_at_file(const FTSENT *e, void *out)
{
	size_t n = strlen(e->fts_name), m = strlen(shape->suffix);
	struct lines lines;
	struct err err;

	if (e->fts_info != FTS_F || n < m || strcmp(e->fts_name + n - m, shape->suffix))
		return 0;
	assert_int_equal(lines_open(&lines, e->fts_path, &err), 0);
	look_at_rows(&lines, atoi(e->fts_name), out);
	lines_close(&lines);
	return 1;
}

static void
look(struct buf *out)
{
	tree_each(path, look_at_file, out);
}

static void
choose(const struct shape *chosen)
{
	struct err err;

	shape = chosen;
	assert_true(sizeof(settings) >= shape->type->conf_size);
	assert_int_equal(opt_defaults(shape->type->opts, &settings, &err), 0);
	set("path", path);
	set("roll_records", "20");
	set("shape", shape->name);
	subject = (struct sink_subject){ .type = shape->type,
					 .conf = &settings,
					 .wipe = wipe,
					 .look = look,
					 .full_at = 600,
					 .events = true };
	sink_subject = &subject;
}

static int
start(void **state)
{
	(void)state;
	choose(shape ? shape + 1 : shapes);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	wipe();
	return 0;
}

static void
what_does_not_go_together_is_refused(void **state)
{
	static const struct {
		const struct sink_type *type;
		const char *name, *value, *fields, *says;
	} cases[] = {
		{ &sink_csv_type, "shape", "plover", NULL, "a sink of type jsonl" },
		{ &sink_csv_type, "shape", "icews", NULL,
		  "shape is plover, gdelt or polecat, not 'icews'" },
		{ &sink_jsonl_type, "shape", "gdelt", NULL, "a sink of type csv" },
		{ &sink_jsonl_type, "shape", "plover", "events", "takes whole records" },
		{ &sink_jsonl_type, "values", "naked", NULL, "naked" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct settings own = { 0 };
		struct sink_start how = { .name = "a",
					  .state = directory,
					  .cluster = "c",
					  .conf = &own,
					  .fields = cases[i].fields };
		struct sink *s;
		struct err err;

		assert_int_equal(opt_defaults(cases[i].type->opts, &own, &err), 0);
		assert_int_equal(opt_set(opt_find(cases[i].type->opts, cases[i].name),
					 &own, cases[i].value, &err),
				 0);
		if (!sink_open(&s, cases[i].type, &how, &err))
			fail_msg("%s = %s is taken", cases[i].name, cases[i].value);
		assert_int_equal(err.class, ERR_USAGE);
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest contract[] = {
		SINK_APPEND_CONTRACT,
		cmocka_unit_test(a_former_owner_stores_nothing),
		cmocka_unit_test(
		    what_is_stored_of_a_log_goes_on_where_that_was_carried_to),
		cmocka_unit_test(a_full_disk_is_tried_again_and_nothing_is_half_stored),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_go_together_is_refused),
	};
	int failed = 0;

	sink_contract_arguments(argc, argv);
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/a", directory);
	for (size_t i = 0; i < LENGTH(shapes); i++)
		failed +=
		    cmocka_run_group_tests_name(shapes[i].name, contract, start, stop);
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	return failed || rmdir(directory);
}
