/* Settings and clocks: rows in, fields out, and every wrong word has a sentence. */
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
#include "ops/conf.h"
#include "ops/log.h"
#include "time/clock.h"

struct toy {
	const char *path;
	int settle_ms;
	int64_t most;
	double share;
	bool deep;
};

static const struct opt toy_opts[] = {
	OPT(struct toy, path, NULL, 0, 0, "where"),
	OPT(struct toy, settle_ms, "200", 0, 60000, "quiet time"),
	OPT(struct toy, most, "5000000000", 0, INT64_MAX, "bytes"),
	OPT(struct toy, share, "0.5", 0, 0, "share"),
	OPT(struct toy, deep, "true", 0, 0, "with subdirectories"),
	{ 0 },
};

static void
defaults_come_from_the_rows(void **state)
{
	struct toy t = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(opt_defaults(toy_opts, &t, &err), 0);
	assert_null(t.path);
	assert_int_equal(t.settle_ms, 200);
	assert_true(t.most == 5000000000);
	assert_true(t.share == 0.5);
	assert_true(t.deep);
}

static void
a_wrong_value_names_row_value_and_range(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} cases[] = {
		{ "settle_ms", "70000", "settle_ms: 70000 is outside 0 .. 60000" },
		{ "settle_ms", "12x", "settle_ms: '12x' is no whole number" },
		{ "settle_ms", "", "settle_ms: '' is no whole number" },
		{ "share", "nan", "share: 'nan' is no number" },
		{ "deep", "perhaps", "deep: 'perhaps' is neither true nor false" },
		{ "most", "99999999999999999999",
		  "most: '99999999999999999999' is no whole number" },
	};
	struct toy t = { 0 };
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(opt_set(opt_find(toy_opts, cases[i].name), &t,
					 cases[i].value, &err),
				 -1);
		assert_string_equal(err.text, cases[i].says);
		assert_int_equal(err.class, ERR_USAGE);
	}
}

static void
what_is_printed_can_be_read_in_again(void **state)
{
	struct toy a = {
		.path = "/a b", .settle_ms = 7, .most = -3, .share = 0.1, .deep = false
	};
	struct toy b = { 0 };
	char text[64];
	struct err err;

	(void)state;
	a.most = 3;
	for (const struct opt *o = toy_opts; o->name; o++)
		assert_int_equal(opt_set(o, &b, opt_get(o, &a, text, sizeof(text)), &err),
				 0);
	assert_string_equal(b.path, a.path);
	assert_int_equal(b.settle_ms, 7);
	assert_true(b.most == 3 && b.share == 0.1 && !b.deep);
}

static void
flags_leave_the_words_behind(void **state)
{
	char a[] = "DIR", b[] = "--settle-ms", c[] = "5", d[] = "--no-deep",
	     e[] = "--path=x", f[] = "--", g[] = "--deep";
	char *argv[] = { a, b, c, d, e, f, g, NULL };
	int argc = 7;
	struct toy t = { .deep = true };
	struct err err;

	(void)state;
	assert_int_equal(opt_flags(toy_opts, &t, &argc, argv, &err), 0);
	assert_int_equal(argc, 2);
	assert_string_equal(argv[0], "DIR");
	assert_string_equal(argv[1], "--deep"); /* after "--" a word is a word */
	assert_int_equal(t.settle_ms, 5);
	assert_false(t.deep);
	assert_string_equal(t.path, "x");
}

static void
an_unknown_flag_is_told_the_nearest(void **state)
{
	char a[] = "--setle-ms=3";
	char *argv[] = { a, NULL };
	int argc = 1;
	struct toy t = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(opt_flags(toy_opts, &t, &argc, argv, &err), -1);
	assert_non_null(strstr(err.text, "did you mean --settle_ms?"));
}

/* A configuration file of this text; the path is the caller's to unlink. */
static const char *
file_of(const char *text)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/newswire-ops-test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static void
the_environment_goes_over_the_file(void **state)
{
	const char *path =
	    file_of("[spool reuters]\npath = /in\nsettle_ms=9\n[kafka]\na.b=c d\n");
	struct conf *conf;
	struct toy t = { 0 };
	struct err err;
	size_t n;
	const struct conf_pair *pairs;

	(void)state;
	assert_int_equal(conf_open(&conf, path, &err), 0);
	setenv("NEWSWIRE_SPOOL_REUTERS_SETTLE_MS", "11", 1);
	setenv("NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS", "h:1", 1);
	assert_int_equal(conf_fill(conf, "spool", "reuters", toy_opts, &t, &err), 0);
	assert_string_equal(t.path, "/in");
	assert_int_equal(t.settle_ms, 11);
	assert_string_equal(conf_names(conf, "spool", &n)[0], "reuters");
	assert_int_equal(n, 1);
	pairs = conf_pairs(conf, "kafka", &n);
	assert_int_equal(n, 2);
	assert_string_equal(pairs[0].value, "c d");
	assert_string_equal(pairs[1].name, "bootstrap.servers");
	unsetenv("NEWSWIRE_SPOOL_REUTERS_SETTLE_MS");
	unsetenv("NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS");
	conf_close(conf);
	unlink(path);
}

static void
unknown_sections_and_keys_are_errors_with_the_nearest_name(void **state)
{
	static const struct conf_section spool = { .name = "spool",
						   .named = true,
						   .opts = toy_opts };
	static const struct conf_section kafka = { .name = "kafka", .open = true };
	static const struct conf_section *const all[] = { &spool, &kafka };
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[spool a]\npath=x\n[kafka]\nany.thing=1\n", NULL },
		{ "[spool a]\nsetle_ms=1\n", "did you mean 'settle_ms'?" },
		{ "[kafak]\na=1\n", "did you mean [kafka]?" },
		{ "[spool]\npath=x\n", "no section [spool]" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *path = file_of(cases[i].text);
		struct conf *conf;
		struct err err;

		assert_int_equal(conf_open(&conf, path, &err), 0);
		assert_int_equal(conf_check(conf, all, LENGTH(all), &err),
				 cases[i].says ? -1 : 0);
		if (cases[i].says)
			assert_non_null(strstr(err.text, cases[i].says));
		conf_close(conf);
		unlink(path);
	}
}

static const struct opt deep_opts[] = { OPT(struct toy, deep, "true", 0, 0, "deep"),
					{ 0 } };
static const struct opt once_opts[] = {
	OPT(struct toy, settle_ms, "1", 0, 0, "quiet time"),
	FLAG(struct toy, deep, "false", "this call alone"),
	{ 0 }
};

static int
toy_type(const char *type, const struct opt **rows, struct err *err)
{
	*rows = !strcmp(type, "deep") ? deep_opts : NULL;
	if (strcmp(type, "deep") && strcmp(type, "flat"))
		return err_set(err, ERR_USAGE, "no type '%s'", type);
	return 0;
}

static const struct opt sink_opts[] = {
	{ "type", NULL, "its type", offsetof(struct toy, path), OPT_STRING, 0, 0, false },
	{ 0 }
};
static const struct conf_section sink = {
	.name = "sink", .named = true, .opts = sink_opts, .of_type = toy_type
};
static const struct conf_section once = { .name = "once", .opts = once_opts };
static const struct conf_section *const typed[] = { &sink, &once };

static void
a_sections_type_brings_its_own_keys(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[sink deep]\ndeep=no\n", NULL },
		{ "[sink a]\ntype=deep\ndeep=no\n", NULL },
		{ "[sink a]\ntype=flat\n", NULL },
		{ "[sink a]\ntype=flat\ndeep=no\n", "[sink a] has no key 'deep'" },
		{ "[sink a]\ntype=dep\n", "[sink a]: no type 'dep'" },
		{ "[sink a]\n", "[sink a]: no type 'a'" },
		{ "[once]\nsettle_ms=1\n", NULL },
		{ "[once]\ndeep=true\n", "[once] has no key 'deep'" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *path = file_of(cases[i].text);
		struct conf *conf;
		struct err err;
		int bad;

		assert_int_equal(conf_open(&conf, path, &err), 0);
		bad = conf_check(conf, typed, LENGTH(typed), &err);
		if (!bad != !cases[i].says)
			fail_msg("%s: %s", cases[i].text, bad ? err.text : "taken");
		if (bad)
			assert_non_null(strstr(err.text, cases[i].says));
		conf_close(conf);
		unlink(path);
	}
}

static void
a_variable_that_no_section_reads_is_an_error(void **state)
{
	static const struct {
		const char *name, *says;
	} cases[] = {
		{ "NEWSWIRE_ONCE_SETTLE_MS", NULL },
		{ "NEWSWIRE_SINK_A_B_DEEP", NULL }, /* of [sink a b] in the file */
		{ "NEWSWIRE_SINK_DEEP_DEEP",
		  NULL }, /* of `sink deep`, which needs no section */
		{ "NEWSWIRE_SINK_FLAT_TYPE", NULL },
		{ "NEWSWIRE_CONFIG", NULL },
		{ "NEWSWIRE_SINK_FLAT_DEEP", "nothing reads NEWSWIRE_SINK_FLAT_DEEP" },
		{ "NEWSWIRE_ONCE_SETLE_MS", "did you mean NEWSWIRE_ONCE_SETTLE_MS?" },
		{ "NEWSWIRE_ONCE_DEEP", "nothing reads NEWSWIRE_ONCE_DEEP" },
		{ "NEWSWIRE_", "nothing reads NEWSWIRE_" },
		{ "NEWSWIRE_SINK_", "nothing reads NEWSWIRE_SINK_" },
	};
	const char *path = file_of("[sink a b]\ntype=deep\n");
	struct conf *conf;
	struct err err;

	(void)state;
	assert_int_equal(conf_open(&conf, path, &err), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		int bad;

		setenv(cases[i].name, "1", 1);
		bad = conf_check_environment(conf, typed, LENGTH(typed), &err);
		unsetenv(cases[i].name);
		if (!bad != !cases[i].says)
			fail_msg("%s: %s", cases[i].name, bad ? err.text : "taken");
		if (bad)
			assert_non_null(strstr(err.text, cases[i].says));
	}
	conf_close(conf);
	unlink(path);
}

static void
a_flag_of_one_call_is_not_read_from_the_file(void **state)
{
	const char *path = file_of("[once]\nsettle_ms=3\ndeep=true\n");
	enum conf_source source;
	struct conf *conf;
	struct toy t = { .deep = true };
	struct err err;

	(void)state;
	assert_int_equal(conf_open(&conf, path, &err), 0);
	assert_int_equal(conf_fill(conf, "once", NULL, once_opts, &t, &err), 0);
	assert_int_equal(t.settle_ms, 3);
	assert_false(t.deep);
	assert_string_equal(conf_text(conf, "once", NULL, "settle_ms", &source), "3");
	assert_int_equal(source, CONF_FILE);
	assert_null(conf_text(conf, "once", NULL, "path", &source));
	assert_int_equal(source, CONF_NONE);
	conf_close(conf);
	unlink(path);
}

static void
times_in_any_zone_become_utc_and_wrong_ones_are_refused(void **state)
{
	static const struct {
		const char *text, *utc;
	} cases[] = {
		{ "2026-11-24", "2026-11-24T00:00:00Z" },
		{ "2026-11-24T08:15:30Z", "2026-11-24T08:15:30Z" },
		{ "2026-11-24T08:15:30.123Z", "2026-11-24T08:15:30Z" },
		{ "2026-11-24 08:15", "2026-11-24T08:15:00Z" },
		{ "2026-11-24T08:15:30+09:00", "2026-11-23T23:15:30Z" },
		{ "2026-11-24T08:15:30-0330", "2026-11-24T11:45:30Z" },
		{ "2024-02-29T00:00:00+01", "2024-02-28T23:00:00Z" },
		{ "2026-02-29", NULL },
		{ "2026-13-01", NULL },
		{ "2026-11-24T25:00", NULL },
		{ "24 November 2026", NULL },
		{ "2026-11-24T08:15:30 or so", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char text[WALL_TEXT];
		struct wall t;

		if (wall_parse(&t, cases[i].text)) {
			if (cases[i].utc)
				fail_msg("refused %s", cases[i].text);
			continue;
		}
		if (!cases[i].utc)
			fail_msg("took %s", cases[i].text);
		assert_string_equal(wall_text(t, text), cases[i].utc);
	}
}

/* What was logged ends as one line, whatever a stranger's name holds. */
static void
a_line_of_the_log_stays_one_line(void **state)
{
	char line[256] = "";
	int fds[2], kept = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	log_warn("path=%s", "a\nb\x1b[2Jc\x7f\xc3\xa9");
	dup2(kept, STDERR_FILENO);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	assert_non_null(strstr(line, "path=a?b?[2Jc?\xc3\xa9\n"));
	close(fds[0]);
	close(fds[1]);
	close(kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_come_from_the_rows),
		cmocka_unit_test(a_wrong_value_names_row_value_and_range),
		cmocka_unit_test(what_is_printed_can_be_read_in_again),
		cmocka_unit_test(flags_leave_the_words_behind),
		cmocka_unit_test(an_unknown_flag_is_told_the_nearest),
		cmocka_unit_test(the_environment_goes_over_the_file),
		cmocka_unit_test(
		    unknown_sections_and_keys_are_errors_with_the_nearest_name),
		cmocka_unit_test(a_sections_type_brings_its_own_keys),
		cmocka_unit_test(a_variable_that_no_section_reads_is_an_error),
		cmocka_unit_test(a_flag_of_one_call_is_not_read_from_the_file),
		cmocka_unit_test(a_line_of_the_log_stays_one_line),
		cmocka_unit_test(times_in_any_zone_become_utc_and_wrong_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
