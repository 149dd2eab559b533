/* Lines on standard output: whole ones, whatever stops it in between. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/lib/sink_contract.h"

extern const struct sink_type sink_stdout_type;

static const char *settings[4];

/* Standard output goes to a file until it is put back. */
static int
divert(char *path)
{
	int fd = mkstemp(path), kept = dup(STDOUT_FILENO);

	assert_true(fd >= 0 && kept >= 0);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	return kept;
}

static void
put_back(int kept)
{
	dup2(kept, STDOUT_FILENO);
	close(kept);
}

static const char *
text_of(const char *path)
{
	static char text[4096];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static struct sink *
open_sink(const char *values)
{
	struct sink_start start = {
		.name = "stdout", .state = ".", .cluster = "c", .conf = settings
	};
	struct bus_position p = { "t", 0, 5 };
	struct sink *s;
	struct err err;

	assert_int_equal(opt_set(opt_find(sink_stdout_type.opts, "values"), settings,
				 values, &err),
			 0);
	assert_int_equal(sink_open(&s, &sink_stdout_type, &start, &err), 0);
	assert_int_equal(sink_claim(s, &p, 1, &err), 0);
	assert_int_equal(p.offset, 5); /* it has none of its own */
	return s;
}

static int
write_and_flush(struct sink *s, const char *const *values, size_t n, struct err *err)
{
	struct bus_position p = { "t", 0, 99 };

	for (size_t i = 0; i < n; i++) {
		struct bus_record r = { "t", 0, 5 + (int64_t)i, .value = values[i],
					.value_size = strlen(values[i]) };

		assert_int_equal(sink_write(s, &r, err), 0);
	}
	return sink_flush(s, &p, 1, err);
}

static void
lines_go_out_at_the_flush(void **state)
{
	static const char *const values[] = { "{}", "[1]" };
	char path[] = "/tmp/newswire-stdout-test.XXXXXX";
	int kept = divert(path);
	struct sink *s = open_sink("bare");
	struct bus_record r = { "t", 0, 1, .value = "7", .value_size = 1 };
	struct err err;

	(void)state;
	assert_int_equal(sink_write(s, &r, &err), 0);
	assert_string_equal(text_of(path), "");
	sink_undo(s);
	assert_int_equal(write_and_flush(s, values, LENGTH(values), &err), 0);
	sink_close(s);
	put_back(kept);
	assert_string_equal(text_of(path), "{}\n[1]\n");
	unlink(path);
}

static void
a_line_that_was_begun_is_ended_first(void **state)
{
	static const char *const values[] = { "\"one\"", "\"two and more\"",
					      "\"three\"" };
	char path[] = "/tmp/newswire-stdout-test.XXXXXX";
	struct rlimit whole, small;
	int kept = divert(path);
	struct sink *s = open_sink("bare");
	struct err err;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
	small = whole;
	small.rlim_cur = 10; /* in the middle of the second line */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(write_and_flush(s, values, LENGTH(values), &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	assert_int_equal(write_and_flush(s, values + 1, 2, &err), 0);
	sink_close(s);
	put_back(kept);
	assert_string_equal(text_of(path),
			    "\"one\"\n\"two and more\"\n\"two and more\"\n\"three\"\n");
	unlink(path);
}

static void
a_closed_pipe_is_the_end(void **state)
{
	static const char *const values[] = { "{}" };
	int ends[2], kept = dup(STDOUT_FILENO), failed;
	struct sink *s;
	struct err err;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	s = open_sink("lines");
	failed = write_and_flush(s, values, 1, &err);
	sink_close(s);
	put_back(kept);
	assert_int_equal(failed, -1);
	assert_int_equal(err.class, ERR_FATAL);
}

static void
a_full_pipe_is_waited_for(void **state)
{
	static char big[200000];
	const char *large[] = { big };
	int ends[2];
	size_t seen = 0;
	ssize_t n;
	char chunk[4096];
	pid_t child;
	int status;

	(void)state;
	memset(big, '7', sizeof(big) - 1);
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		struct err err;
		struct sink *s;
		int failed;

		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
		s = open_sink("bare");
		failed = write_and_flush(s, large, 1, &err);
		sink_close(s);
		_exit(failed ? 1 : 0);
	}
	close(ends[1]);
	while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
		seen += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(seen, sizeof(big));
}

/* ---- the contract: standard output is a file meanwhile ---- */

static char contract_path[] = "/tmp/sink_stdout_test.XXXXXX";
static int kept_stdout;

static void
wipe(void)
{
	assert_int_equal(ftruncate(STDOUT_FILENO, 0), 0);
}

/* The last that begins in a line of text: the write of a process that was killed may
 * end in the middle of one, and cmocka's own words are there too. */
static const char *
last_begun(const char *line)
{
	const char *found = NULL;

	while ((line = strstr(line, "{\"topic\":")))
		found = line++;
	return found;
}

static void
look(struct buf *out)
{
	static const char format[] = "{\"topic\":\"test.enriched\",\"partition\":%d,"
				     "\"offset\":%lld,";
	FILE *f = fopen(contract_path, "r");
	char *line = NULL;
	size_t room = 0;

	assert_non_null(f);
	while (getline(&line, &room, f) > 0) {
		const char *from = last_begun(line);
		long long offset;
		int partition;

		if (!from)
			continue;
		assert_int_equal(sscanf(from, format, &partition, &offset), 2);
		assert_non_null(strstr(from, "}\n"));
		sink_line_record(out, partition, offset);
	}
	free(line);
	fclose(f);
}

static int
begin_contract(void **state)
{
	static const struct sink_subject subject = { .type = &sink_stdout_type,
						     .conf = settings,
						     .wipe = wipe,
						     .look = look,
						     .takes_any = true };
	struct err err;

	(void)state;
	sink_subject = &subject;
	kept_stdout = divert(contract_path);
	assert_int_equal(fcntl(STDOUT_FILENO, F_SETFL,
			       fcntl(STDOUT_FILENO, F_GETFL) | O_APPEND),
			 0);
	return opt_set(opt_find(sink_stdout_type.opts, "values"), settings, "lines",
		       &err);
}

static int
end_contract(void **state)
{
	(void)state;
	fflush(stdout);
	put_back(kept_stdout);
	return unlink(contract_path);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest contract[] = { SINK_EXTERNAL_CONTRACT };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_go_out_at_the_flush),
		cmocka_unit_test(a_line_that_was_begun_is_ended_first),
		cmocka_unit_test(a_closed_pipe_is_the_end),
		cmocka_unit_test(a_full_pipe_is_waited_for),
	};

	sink_contract_arguments(argc, argv);
	return cmocka_run_group_tests(contract, begin_contract, end_contract) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
