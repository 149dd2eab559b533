/* Commands that take, refuse, die, hang and babble. */
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
#include "tests/lib/sink_alone.h"
#include "tests/lib/sink_contract.h"
#include "time/clock.h"

extern const struct sink_type sink_exec_type;

static char directory[] = "/tmp/newswire-exec-test.XXXXXX";
static char taken[sizeof(directory) + 8], command[600];
static struct exec_settings {
	const char *command, *values;
} settings = { command, "lines" };

/* Writes down the place of each line, which is short enough for one write. */
static const char taker[] =
    "while IFS= read -r line; do"
    " case $line in *no-thanks*) echo 'reject: not this'; continue;; esac;"
    " place=${line#*partition\\\":}; printf '%%s\\n' \"${place%%%%,\\\"timestamp*}\" >>%s;"
    " echo ok; done";

static void
wipe(void)
{
	remove(taken);
}

static void
look(struct buf *out)
{
	FILE *f = fopen(taken, "r");
	int partition;
	long long offset;

	while (f && fscanf(f, "%d,\"offset\":%lld\n", &partition, &offset) == 2)
		sink_line_record(out, partition, offset);
	if (f)
		fclose(f);
}

static struct sink *
open_with(const char *line, struct err *err)
{
	static struct exec_settings conf = { NULL, "bare" };
	struct sink *s;
	int64_t offset;

	conf.command = line;
	s = alone_open(&sink_exec_type, &conf, 1000, err);
	if (s)
		must(alone_claim(s, &offset, err), err);
	return s;
}

static void
each_answer_is_for_its_record(void **state)
{
	static const struct {
		const char *command;
		int n, failed;
		const char *says, *refused;
	} cases[] = {
		{ "while read -r l; do echo ok; done", 5, 0, "", "" },
		{ "while read -r l; do echo 'ok 7 stored'; done", 1, 0, "", "" },
		{ "read -r a; echo ok; read -r b; echo 'reject: too\tlong'; read -r c; echo ok", 3,
		  0, "", "1: the command refused it: too long\n" },
		{ "while read -r l; do echo retry later; done", 2, -1,
		  "the command wants it again: later", "" },
		{ "while read -r l; do echo yes; done", 1, -1, "it is to say ok, reject", "" },
		{ "read -r l; exit 3", 2, -1, "ended with 3, 2 records unanswered", "" },
		{ "/no/such/thing", 1, -1, "ended with 127, 1 records unanswered: is it there?",
		  "" },
		{ "kill -9 $$", 1, -1, "ended by signal 9", "" },
		{ "sleep 100", 1, -1, "does not answer in time", "" },
		{ "cat /dev/zero", 1, -1, "without an end of line", "" },
		{ "exec 1>&-; sleep 100", 1, -1, "the command was ended", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct err err = { ERR_RETRY, "" };
		struct sink *s = open_with(cases[i].command, &err);
		int failed = alone_send(s, 0, cases[i].n, &err);

		if (failed != cases[i].failed || !strstr(err.text, cases[i].says) ||
		    strcmp(alone_refused(), cases[i].refused) || err.class != ERR_RETRY)
			fail_msg("%s: %d '%s' '%s'", cases[i].command, failed, err.text,
				 alone_refused());
		sink_close(s);
	}
}

static void
a_command_that_answers_late_is_read_while_it_is_written_to(void **state)
{
	/* More than a pipe holds, either way. */
	static const char line[] =
	    "while read -r l; do echo \"ok $l $l $l $l $l $l $l $l $l $l\"; done";
	struct err err;
	struct sink *s = open_with(line, &err);

	(void)state;
	if (alone_send(s, 0, 2000, &err))
		fail_msg("%s", err.text);
	sink_close(s);
}

static void
what_was_answered_does_not_come_again(void **state)
{
	char line[300];
	struct err err;
	struct sink *s;
	long long n;
	FILE *f;
	int count = 0;

	(void)state;
	wipe();
	/* The first process ends after two. */
	snprintf(line, sizeof(line),
		 "for i in 1 2; do read -r l; echo \"$l\" >>%s; echo ok; done; [ -e %s.b ] || "
		 "{ touch %s.b; exit 1; }; while read -r l; do echo \"$l\" >>%s; echo ok; done",
		 taken, taken, taken, taken);
	s = open_with(line, &err);
	assert_int_equal(alone_send(s, 0, 5, &err), -1);
	sink_undo(s);
	if (alone_send(s, 0, 5, &err))
		fail_msg("%s", err.text);
	sink_close(s);
	f = fopen(taken, "r");
	assert_non_null(f);
	while (fscanf(f, "{\"n\":%lld}\n", &n) == 1)
		assert_int_equal(n, count++);
	fclose(f);
	assert_int_equal(count, 5);
	snprintf(line, sizeof(line), "%s.b", taken);
	remove(line);
}

static void
a_command_is_asked_for(void **state)
{
	struct err err;

	(void)state;
	assert_null(open_with("", &err));
	assert_int_equal(err.class, ERR_USAGE);
}

static int
begin_all(void **state)
{
	static struct sink_subject subject = { .type = &sink_exec_type,
					       .conf = &settings,
					       .wipe = wipe,
					       .look = look,
					       .takes_any = true,
					       .poison = "no-thanks" };

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(taken, sizeof(taken), "%s/taken", directory);
	snprintf(command, sizeof(command), taker, taken);
	sink_subject = &subject;
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	wipe();
	alone_end();
	return rmdir(directory);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_is_for_its_record),
		cmocka_unit_test(a_command_that_answers_late_is_read_while_it_is_written_to),
		cmocka_unit_test(what_was_answered_does_not_come_again),
		cmocka_unit_test(a_command_is_asked_for),
		SINK_EXTERNAL_CONTRACT,
	};

	sink_contract_arguments(argc, argv);
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
