/* Files of JSON Lines: whole or absent, and each record in one of them. */
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
#include "sink/line.h"
#include "tests/lib/sink_contract.h"
#include "tests/lib/tree.h"
#include "time/clock.h"

extern const struct sink_type sink_jsonl_type;

struct jsonl_settings { /* laid out by the type's rows */
	uint64_t bytes[16];
};

static char directory[] = "/tmp/newswire-jsonl-test.XXXXXX";
static char path[sizeof(directory) + 8];
static struct jsonl_settings settings;
static const char *suffix = ".jsonl.gz";
static bool sound; /* no fact of this group damages anything */

static struct sink_start
start_of(const char *cluster)
{
	return (struct sink_start){
		.name = "a", .state = directory, .cluster = cluster, .conf = &settings
	};
}

/* What --check says; "" if all is well. */
static const char *
faults(void)
{
	static char said[4096];
	struct sink_start start = start_of("c");
	struct err err;
	FILE *out = fmemopen(said, sizeof(said), "w");

	assert_non_null(out);
	if (!sink_jsonl_type.check(&start, out, &err))
		rewind(out);
	else
		fprintf(out, "%s", err.text);
	fputc('\0', out);
	fclose(out);
	return said;
}

/* What a round of kills leaves is as its manifests say. */
static void
wipe(void)
{
	if (sound && !access(path, F_OK))
		assert_string_equal(faults(), "");
	tree_remove(path);
}

static void
look_at_lines(struct lines *lines, const char *name, struct buf *out)
{
	int partition, n = 0, rc;
	int64_t first, offset;
	struct buf line;
	struct err err;

	buf_init(&line, 1 << 20);
	assert_int_equal(sscanf(name, "%d-%" SCNd64 ".jsonl", &partition, &first), 2);
	while ((rc = lines_next(lines, &line, &err)) > 0) {
		int p;

		assert_int_equal(sscanf(line.data,
					"{\"topic\":\"test.enriched\",\"partition\":%d,"
					"\"offset\":%" SCNd64,
					&p, &offset),
				 2);
		assert_int_equal(p, partition);
		assert_true(n++ > 0 || offset == first);
		sink_line_record(out, p, offset);
	}
	assert_int_equal(rc, 0);
	assert_true(n > 0);
	buf_release(&line);
}

static int
look_at_file(const FTSENT *e, void *out)
{
	size_t n = strlen(e->fts_name), m = strlen(suffix);
	struct lines lines;
	struct err err;

	if (e->fts_info != FTS_F || n < m || strcmp(e->fts_name + n - m, suffix))
		return 0;
	assert_int_equal(lines_open(&lines, e->fts_path, &err), 0);
	look_at_lines(&lines, e->fts_name, out);
	lines_close(&lines);
	return 1;
}

static void
look(struct buf *out)
{
	tree_each(path, look_at_file, out);
}

static void
set(const char *name, const char *value)
{
	const struct opt *o = opt_find(sink_jsonl_type.opts, name);
	struct err err;

	assert_int_equal(opt_set(o, &settings, value, &err), 0);
}

static struct bus_record
record(int64_t offset, const char *time, const char *value)
{
	struct wall t;

	assert_int_equal(wall_parse(&t, time), 0);
	return (struct bus_record){
		"test.enriched",           3,    offset, t.ms, "k", 1, value,
		value ? strlen(value) : 0, NULL, 0
	};
}

static struct sink *
open_sink(const char *cluster)
{
	struct sink_start start = start_of(cluster);
	struct sink *s;
	struct err err;

	if (sink_open(&s, &sink_jsonl_type, &start, &err))
		fail_msg("%s", err.text);
	return s;
}

static int
claim(struct sink *s, int64_t *offset, struct err *err)
{
	struct bus_position p = { "test.enriched", 3, INT64_MAX };
	int failed = sink_claim(s, &p, 1, err);

	*offset = p.offset;
	return failed;
}

static void
must_write(struct sink *s, const struct bus_record *r)
{
	struct err err;

	if (sink_write(s, r, &err))
		fail_msg("%s", err.text);
}

static void
must_flush(struct sink *s, int64_t next)
{
	struct bus_position p = { "test.enriched", 3, next };
	struct err err;

	if (sink_flush(s, &p, 1, &err))
		fail_msg("%s", err.text);
}

/* The whole text of a file, "" if there is none. */
static const char *
text_of(const char *name)
{
	static char text[4096];
	char full[256];
	struct unpacker *u;
	struct err err;
	long n = 0;

	snprintf(full, sizeof(full), "%s/test.enriched/%s", path, name);
	if (!unpacker_open(&u, full, &err)) {
		n = unpacker_read(u, text, sizeof(text) - 1, &err);
		assert_true(n >= 0);
		unpacker_close(u);
	}
	text[n] = '\0';
	return text;
}

static void
the_hour_of_a_record_names_its_directory(void **state)
{
	static const struct {
		const char *time, *name;
	} cases[] = {
		{ "2026-11-24T08:59:59Z", "2026-11-24T08/3-1.jsonl.gz" },
		{ "2026-11-24T09:00:00Z", "2026-11-24T09/3-2.jsonl.gz" },
		{ "2026-11-24T08:59:58Z", "2026-11-24T08/3-1.jsonl.gz" },
		{ "1970-01-01T00:00:00Z", "1970-01-01T00/3-4.jsonl.gz" },
	};
	struct sink *s;
	struct err err;
	int64_t offset;

	(void)state;
	wipe();
	s = open_sink("c");
	assert_int_equal(claim(s, &offset, &err), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct bus_record r = record((int64_t)i + 1, cases[i].time, "{}");

		must_write(s, &r);
	}
	must_flush(s, 5);
	sink_close(s);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char is[32];

		snprintf(is, sizeof(is), "\"offset\":%d,", (int)i + 1);
		if (!strstr(text_of(cases[i].name), is))
			fail_msg("no %s in %s", is, cases[i].name);
	}
}

static void
a_line_gives_the_bytes_back_whatever_they_are(void **state)
{
	static const struct {
		const char *value, *line;
	} cases[] = {
		{ "{\"a\": [1, \"\xc3\xa9\"]}",
		  "\"value\":{\"a\": [1, \"\xc3\xa9\"]}}\n" },
		{ "{\"a\":\n1}",
		  "\"value\":\"{\\\"a\\\":\\n1}\",\"value_as\":\"text\"}\n" },
		{ "no JSON", "\"value\":\"no JSON\",\"value_as\":\"text\"}\n" },
		{ "\"text\"", "\"value\":\"text\"}\n" },
		{ "\xff\xfe", "\"value\":\"//4=\",\"value_as\":\"base64\"}\n" },
		{ "", "\"value\":\"\",\"value_as\":\"text\"}\n" },
		{ NULL, "\"value\":null}\n" },
	};
	static const struct bus_header headers[] = { { "h", "\xff", 1 },
						     { "h", "v", 1 },
						     { "none", NULL, 0 } };
	static const char start_of_line[] =
	    "{\"topic\":\"test.enriched\",\"partition\":3,\"offset\":7,\"timestamp\":"
	    "1795507200000,"
	    "\"key\":\"k\",\"headers\":[[\"h\",\"/"
	    "w==\",\"base64\"],[\"h\",\"v\"],[\"none\",null]],";
	struct buf line;

	(void)state;
	buf_init(&line, 1 << 20);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct bus_record r = record(7, "2026-11-24T08:00:00Z", cases[i].value);

		r.headers = headers;
		r.header_count = LENGTH(headers);
		buf_reset(&line);
		line_print(&r, false, &line);
		assert_memory_equal(line.data, start_of_line, strlen(start_of_line));
		assert_string_equal(line.data + strlen(start_of_line), cases[i].line);
	}
	buf_release(&line);
}

static void
bare_values_stand_alone(void **state)
{
	struct bus_record one = record(1, "2026-11-24T08:00:00Z", "{\"a\":1}");
	struct bus_record two = record(2, "2026-11-24T08:00:00Z", "text");
	struct sink *s;
	struct err err;
	int64_t offset;

	(void)state;
	wipe();
	set("values", "bare");
	s = open_sink("c");
	set("values", "lines");
	assert_int_equal(claim(s, &offset, &err), 0);
	must_write(s, &one);
	must_write(s, &two);
	must_flush(s, 3);
	sink_close(s);
	assert_string_equal(text_of("2026-11-24T08/3-1.jsonl.gz"),
			    "{\"a\":1}\n\"text\"\n");
}

static void
a_lone_record_can_be_seen_after_roll_ms_without_another(void **state)
{
	struct bus_record r = record(1, "2026-11-24T08:00:00Z", "{}");
	struct sink *s;
	struct err err;
	int64_t offset;

	(void)state;
	wipe();
	s = open_sink("c");
	assert_int_equal(claim(s, &offset, &err), 0);
	must_write(s, &r);
	must_flush(s, 2);
	assert_int_equal(sink_tick(s, &err), 0);
	assert_string_equal(text_of("2026-11-24T08/3-1.jsonl.gz"), "");
	set("roll_ms", "0");
	assert_int_equal(sink_tick(s, &err), 0);
	set("roll_ms", "30000");
	assert_non_null(strstr(text_of("2026-11-24T08/3-1.jsonl.gz"), "\"offset\":1,"));
	sink_close(s);
}

static void
replayed_records_are_passed_over_unless_asked_for(void **state)
{
	static const char other[] = "{\"effects\":[\"b\"]}",
			  ours[] = "{\"effects\":[\"b\",\"a\"]}";
	const struct bus_header mark = { "nw-replay", other, sizeof(other) - 1 };
	const struct bus_header meant = { "nw-replay", ours, sizeof(ours) - 1 };
	struct bus_record old = record(1, "2026-11-24T08:00:00Z", "{}");
	struct bus_record live = record(2, "2026-11-24T08:00:00Z", "{}");
	struct bus_record named = record(3, "2026-11-24T08:00:00Z", "{}");
	struct sink *s;
	struct err err;
	int64_t offset;

	(void)state;
	old.headers = &mark;
	named.headers = &meant;
	old.header_count = named.header_count = 1;
	wipe();
	s = open_sink("c");
	assert_int_equal(claim(s, &offset, &err), 0);
	must_write(s, &old);
	must_write(s, &live);
	must_write(s, &named);
	must_flush(s, 4);
	sink_close(s);
	assert_string_equal(text_of("2026-11-24T08/3-1.jsonl.gz"), "");
	assert_non_null(strstr(text_of("2026-11-24T08/3-2.jsonl.gz"), "\"offset\":2,"));
	assert_non_null(strstr(text_of("2026-11-24T08/3-2.jsonl.gz"), "\"offset\":3,"));
}

/* A directory with records 1 and 4, the second in a file that is whole or not. */
static void
store_two(bool whole)
{
	struct bus_record one = record(1, "2026-11-24T08:00:00Z", "{}");
	struct bus_record two = record(4, "2026-11-24T09:00:00Z", "{}");
	struct sink *s;
	struct err err;
	int64_t offset;
	char name[256], aside[300];

	wipe();
	s = open_sink("c");
	assert_int_equal(claim(s, &offset, &err), 0);
	must_write(s, &one);
	must_write(s, &two);
	must_flush(s, 5);
	sink_close(s);
	snprintf(name, sizeof(name), "%s/test.enriched/2026-11-24T09/3-4.jsonl.gz", path);
	snprintf(aside, sizeof(aside), "%s.tmp", name);
	if (!whole)
		assert_int_equal(rename(name, aside), 0);
}

static void
without_its_positions_it_goes_on_from_what_the_files_hold(void **state)
{
	static const struct {
		bool whole, bare;
		const char *says; /* NULL: goes on */
	} cases[] = {
		{ true, false, NULL },
		{ false, false, "3-4.jsonl.gz.tmp is unfinished" },
		{ true, true, "does not say how far it goes" },
	};
	char position[256], manifest[256];

	(void)state;
	snprintf(position, sizeof(position), "%s/test.enriched/.3.position", path);
	snprintf(manifest, sizeof(manifest), "%s/test.enriched/2026-11-24T09/3.manifest",
		 path);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink *s;
		struct err err;
		int64_t offset;

		set("values", cases[i].bare ? "bare" : "lines");
		store_two(cases[i].whole);
		set("values", "lines");
		assert_int_equal(remove(position), 0);
		assert_int_equal(remove(manifest), 0);
		s = open_sink("c");
		if (!cases[i].says) {
			assert_int_equal(claim(s, &offset, &err), 0);
			assert_int_equal(offset, 5);
		} else {
			assert_int_equal(claim(s, &offset, &err), -1);
			assert_int_equal(err.class, ERR_FATAL);
			assert_non_null(strstr(err.text, cases[i].says));
		}
		sink_close(s);
	}
}

static void
a_manifest_says_how_far_values_alone_go(void **state)
{
	char position[256];
	struct sink *s;
	struct err err;
	int64_t offset;

	(void)state;
	snprintf(position, sizeof(position), "%s/test.enriched/.3.position", path);
	set("values", "bare");
	store_two(true);
	assert_int_equal(remove(position), 0);
	s = open_sink("c");
	assert_int_equal(claim(s, &offset, &err), 0);
	assert_int_equal(offset, 5);
	sink_close(s);
	set("values", "lines");
}

/* What a user, a disk or a kill does to a store of two files. */
static void
what_has_changed_is_said(void **state)
{
	static const char one[] = "2026-11-24T08/3-1.jsonl.gz",
			  named[] = "2026-11-24T08/3.manifest";
	static const struct {
		const char *file, *text; /* NULL: gone */
		long at;		 /* -1: the end */
		const char *says;	 /* NULL: all is well */
	} cases[] = {
		{ one, NULL, 0, "2026-11-24T08/3-1.jsonl.gz is gone\n" },
		{ one, "x", -1, "3-1.jsonl.gz has another size than it had\n" },
		{ one, "x", 20, "3-1.jsonl.gz has other bytes than it had\n" },
		{ named, NULL, 0, "3-1.jsonl.gz is in no manifest\n" },
		{ named, "x", 5, "no line of a manifest: {\"filx" },
		{ named, "{\"file\":\"3-4", -1, NULL },
		{ "2026-11-24T08/3-9.jsonl.gz.tmp", "", -1, NULL },
		{ "2026-11-24T08/3-9.jsonl.zst", "", -1, "is in no manifest" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char name[256];
		FILE *f;

		store_two(true);
		assert_string_equal(faults(), "");
		snprintf(name, sizeof(name), "%s/test.enriched/%s", path, cases[i].file);
		if (!cases[i].text) {
			assert_int_equal(remove(name), 0);
		} else {
			f = fopen(name, cases[i].at < 0 ? "a" : "r+");
			assert_non_null(f);
			if (cases[i].at > 0)
				fseek(f, cases[i].at, SEEK_SET);
			fputs(cases[i].text, f);
			fclose(f);
		}
		if (!cases[i].says)
			assert_string_equal(faults(), "");
		else if (!strstr(faults(), cases[i].says))
			fail_msg("'%s' does not say '%s'", faults(), cases[i].says);
	}
}

/* A kill between the rename and the line, and one within the line. */
static void
a_file_that_its_manifest_does_not_name_is_named_by_the_next_owner(void **state)
{
	char manifest[256];

	(void)state;
	snprintf(manifest, sizeof(manifest), "%s/test.enriched/2026-11-24T09/3.manifest",
		 path);
	for (int torn = 0; torn < 2; torn++) {
		struct sink *s;
		struct err err;
		int64_t offset;

		store_two(true);
		assert_int_equal(truncate(manifest, torn ? 30 : 0), 0);
		assert_non_null(strstr(faults(), "is in no manifest"));
		s = open_sink("c");
		assert_int_equal(claim(s, &offset, &err), 0);
		assert_string_equal(faults(), "");
		sink_close(s);
	}
}

/* compress was changed while a file was unfinished. */
static void
what_was_begun_in_one_way_is_ended_in_it(void **state)
{
	struct bus_record one = record(1, "2026-11-24T08:00:00Z", "{}");
	struct bus_record two = record(2, "2026-11-24T08:00:00Z", "{}");
	struct sink *first, *second;
	struct err err;
	int64_t offset;

	(void)state;
	wipe();
	first = open_sink("c");
	assert_int_equal(claim(first, &offset, &err), 0);
	must_write(first, &one);
	must_flush(first, 2);
	set("compress", "zstd");
	second = open_sink("c");
	assert_int_equal(claim(second, &offset, &err), 0);
	assert_int_equal(offset, 2);
	must_write(second, &two);
	must_flush(second, 3);
	sink_close(second);
	sink_close(first);
	set("compress", "gzip");
	assert_string_equal(faults(), "");
	assert_non_null(strstr(text_of("2026-11-24T08/3-1.jsonl.gz"), "\"offset\":1,"));
	assert_non_null(strstr(text_of("2026-11-24T08/3-2.jsonl.zst"), "\"offset\":2,"));
}

static void
a_level_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *compress, *level, *says;
	} cases[] = {
		{ "gzip", "10", "gzip has levels 1 to 9, not 10" },
		{ "lz4", "1", "compress is gzip, zstd or none, not 'lz4'" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink_start start = start_of("c");
		struct sink *s;
		struct err err;

		set("compress", cases[i].compress);
		set("level", cases[i].level);
		assert_int_equal(sink_open(&s, &sink_jsonl_type, &start, &err), -1);
		assert_int_equal(err.class, ERR_USAGE);
		assert_non_null(strstr(err.text, cases[i].says));
	}
	set("compress", "gzip");
	set("level", "0");
}

static void
what_cannot_be_gone_on_with_is_said(void **state)
{
	static const struct {
		const char *file, *text, *cluster, *says;
	} cases[] = {
		{ ".3.position", NULL, "d", "is of another log (c, this one is d)" },
		{ ".3.position", "", "c", "is no file of positions" },
		{ ".3.position", "cluster c\noffset 5\n", "c", "is damaged" },
		{ ".3.position", "cluster c\noffset 5\nepoch 1\nquark 7\n", "c",
		  "cannot read 'quark 7'" },
		{ ".3.position",
		  "cluster c\noffset 5\nepoch 1\npart 2026-11-24T09 jsonl.gz 4 4 100000 1 0 0\n",
		  "c",
		  "has lost bytes" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sink *s;
		struct err err;
		int64_t offset;
		char name[256];
		FILE *f;

		store_two(false);
		snprintf(name, sizeof(name), "%s/test.enriched/%s", path, cases[i].file);
		if (cases[i].text) {
			assert_non_null(f = fopen(name, "w"));
			fputs(cases[i].text, f);
			fclose(f);
		}
		s = open_sink(cases[i].cluster);
		assert_int_equal(claim(s, &offset, &err), -1);
		assert_int_equal(err.class, ERR_FATAL);
		if (!strstr(err.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
		sink_close(s);
	}
}

static void
a_batch_of_many_hours_leaves_few_files_open(void **state)
{
	struct sink *s;
	struct err err;
	int64_t offset;
	struct buf seen;
	int n = 0;

	(void)state;
	wipe();
	s = open_sink("c");
	assert_int_equal(claim(s, &offset, &err), 0);
	for (int i = 0; i < 48; i++) {
		char time[32];
		struct bus_record r;

		snprintf(time, sizeof(time), "2026-11-%02dT%02d:00:00Z", 1 + i / 24,
			 i % 24);
		r = record(i, time, "{}");
		must_write(s, &r);
	}
	must_flush(s, 48);
	buf_init(&seen, 1 << 20);
	look(&seen);
	for (const char *p = seen.data; *p; p++)
		n += *p == '\n';
	assert_int_equal(n, 46);
	buf_release(&seen);
	sink_close(s);
}

static int
start_contract(void **state)
{
	(void)state;
	wipe();
	sound = true;
	return 0;
}

static int
start_contract_of_zstd(void **state)
{
	set("compress", "zstd");
	suffix = ".jsonl.zst";
	return start_contract(state);
}

static int
stop_contract(void **state)
{
	(void)state;
	wipe();
	sound = false;
	set("compress", "gzip");
	suffix = ".jsonl.gz";
	return 0;
}

static void
begin(void)
{
	static const struct sink_subject subject = { .type = &sink_jsonl_type,
						     .conf = &settings,
						     .wipe = wipe,
						     .look = look,
						     .full_at = 900,
						     .takes_any = true };
	struct err err;

	if (!mkdtemp(directory) || sizeof(settings) < sink_jsonl_type.conf_size ||
	    opt_defaults(sink_jsonl_type.opts, &settings, &err))
		exit(1);
	snprintf(path, sizeof(path), "%s/a", directory);
	set("path", path);
	set("roll_records", "20");
	sink_subject = &subject;
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
		cmocka_unit_test(the_hour_of_a_record_names_its_directory),
		cmocka_unit_test(a_line_gives_the_bytes_back_whatever_they_are),
		cmocka_unit_test(bare_values_stand_alone),
		cmocka_unit_test(a_lone_record_can_be_seen_after_roll_ms_without_another),
		cmocka_unit_test(replayed_records_are_passed_over_unless_asked_for),
		cmocka_unit_test(
		    without_its_positions_it_goes_on_from_what_the_files_hold),
		cmocka_unit_test(a_manifest_says_how_far_values_alone_go),
		cmocka_unit_test(what_has_changed_is_said),
		cmocka_unit_test(
		    a_file_that_its_manifest_does_not_name_is_named_by_the_next_owner),
		cmocka_unit_test(what_was_begun_in_one_way_is_ended_in_it),
		cmocka_unit_test(a_level_that_is_none_is_refused),
		cmocka_unit_test(what_cannot_be_gone_on_with_is_said),
		cmocka_unit_test(a_batch_of_many_hours_leaves_few_files_open),
	};
	int failed;

	sink_contract_arguments(argc, argv);
	begin();
	failed =
	    cmocka_run_group_tests_name("gzip", contract, start_contract, stop_contract) +
	    cmocka_run_group_tests_name("zstd", contract, start_contract_of_zstd,
					stop_contract) +
	    cmocka_run_group_tests(tests, NULL, NULL);
	wipe();
	return failed || rmdir(directory);
}
