/* A server that refuses, rests, dies in mid-answer, and counts what it is sent. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "tests/lib/httpd.h"
#include "tests/lib/sink_alone.h"
#include "time/clock.h"
#include "sink/sink.h"

extern const struct sink_type sink_webhook_type;

static char url[64];
static struct webhook_settings {
	const char *url, *secret, *user, *header, *ca, *values;
	int batch, rest_ms;
} settings;

static struct sink *
open_sink(int batch)
{
	settings = (struct webhook_settings){ url, "key", "", "", "", "bare", batch, 200 };
	return alone_ready(&sink_webhook_type, &settings, 3000);
}

static void
must_send(struct sink *s, int from, int to)
{
	struct err err;

	must(alone_send(s, from, to, &err), &err);
}

/* ---- */

static void
a_call_says_what_it_is_and_is_signed(void **state)
{
	const struct httpd_request *r;
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[128], hex[65] = "";
	unsigned n;
	long time;

	(void)state;
	httpd_forget();
	struct sink *s = open_sink(1);
	must_send(s, 4, 5);
	sink_close(s);
	assert_int_equal(httpd_count(), 1);
	r = httpd_request(0);
	assert_string_equal(r->method, "POST");
	assert_string_equal(r->body, "{\"n\":4}");
	assert_string_equal(r->key, "t/0/4");
	assert_string_equal(r->event, "urn:%C3%A9#1");
	assert_int_equal(sscanf(r->signature, "t=%ld,v1=", &time), 1);
	snprintf(text, sizeof(text), "%ld.%s", time, r->body);
	HMAC(EVP_sha256(), "key", 3, (unsigned char *)text, strlen(text), sum, &n);
	for (unsigned i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	assert_string_equal(strstr(r->signature, "v1=") + 3, hex);
}

static void
a_list_holds_what_waits_up_to_the_batch(void **state)
{
	(void)state;
	httpd_forget();
	struct sink *s = open_sink(3);
	must_send(s, 0, 5);
	sink_close(s);
	assert_int_equal(httpd_count(), 2);
	assert_string_equal(httpd_request(0)->body, "[{\"n\":0},{\"n\":1},{\"n\":2}]");
	assert_string_equal(httpd_request(0)->key, "t/0/0-2/3");
	assert_string_equal(httpd_request(1)->body, "[{\"n\":3},{\"n\":4}]");
}

static void
an_answer_decides_over_the_record(void **state)
{
	static const struct {
		int status;
		int failed;
		enum err_class class;
		const char *says;
	} cases[] = {
		{ 204, 0, ERR_RETRY, "" },
		{ 302, -1, ERR_RETRY, "its new place" },
		{ 400, 0, ERR_REJECT, "0: the webhook answered 400 no such thing" },
		{ 401, -1, ERR_RETRY, "give it `user`" },
		{ 404, -1, ERR_RETRY, "is `url` right?" },
		{ 409, -1, ERR_RETRY, "409" },
		{ 422, 0, ERR_REJECT, "422" },
		{ 429, -1, ERR_RETRY, "429" },
		{ 500, -1, ERR_RETRY, "500" },
		{ 503, -1, ERR_RETRY, "503" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct httpd_answer a = { cases[i].status, NULL, "no such\nthing" };
		struct sink *s = open_sink(1);
		struct err err = { ERR_RETRY, "" };
		int failed;

		httpd_forget();
		httpd_script(&a, 1);
		failed = alone_send(s, 0, 1, &err);
		if (failed != cases[i].failed || (failed && err.class != cases[i].class) ||
		    !strstr(failed ? err.text : alone_refused(), cases[i].says))
			fail_msg("%d: %d %s %s", cases[i].status, failed, err.text, alone_refused());
		sink_close(s);
	}
}

static void
of_a_list_that_is_refused_only_the_bad_record_is(void **state)
{
	/* 0-3, 0-1 and 2-3, then each of 2 and 3 */
	static const struct httpd_answer answers[] = { { 413 }, { 200 }, { 400 }, { 200 }, { 422 } };
	static const char *const keys[] = { "t/0/0-3/4", "t/0/0-1/2", "t/0/2-3/2", "t/0/2",
					    "t/0/3" };

	(void)state;
	httpd_forget();
	httpd_script(answers, LENGTH(answers));
	struct sink *s = open_sink(4);
	must_send(s, 0, 4);
	sink_close(s);
	assert_int_equal(httpd_count(), LENGTH(keys));
	for (size_t i = 0; i < LENGTH(keys); i++)
		assert_string_equal(httpd_request(i)->key, keys[i]);
	assert_string_equal(alone_refused(), "3: the webhook answered 422\n");
}

static void
what_was_answered_is_not_sent_again_when_a_later_one_fails(void **state)
{
	static const struct httpd_answer answers[] = { { 200 }, { 200 }, { 503 } };
	struct err err;

	(void)state;
	httpd_forget();
	httpd_script(answers, LENGTH(answers));
	struct sink *s = open_sink(1);
	assert_int_equal(alone_send(s, 0, 4, &err), -1);
	sink_undo(s);
	must_send(s, 0, 4);
	sink_close(s);
	assert_int_equal(httpd_count(), 5);
	for (int i = 0; i < 5; i++) {
		static const char *const keys[] = { "t/0/0", "t/0/1", "t/0/2", "t/0/2", "t/0/3" };

		assert_string_equal(httpd_request((size_t)i)->key, keys[i]);
	}
}

static void
a_server_that_keeps_failing_is_left_alone_for_a_while(void **state)
{
	static const struct httpd_answer five[] = { { 500 }, { 500 }, { 500 }, { 500 }, { 500 } };
	struct err err;
	int64_t began;

	(void)state;
	httpd_forget();
	httpd_script(five, LENGTH(five));
	struct sink *s = open_sink(1);
	for (size_t i = 0; i < LENGTH(five); i++) {
		assert_int_equal(alone_send(s, 0, 1, &err), -1);
		sink_undo(s);
	}
	began = mono_now().ms;
	for (int i = 0; i < 10; i++) {
		if (!alone_send(s, 0, 1, &err))
			fail_msg("called after %d ms", (int)(mono_now().ms - began));
		assert_non_null(strstr(err.text, "failed 5 times in a row"));
		sink_undo(s);
	}
	assert_int_equal(httpd_count(), 5);
	/* rest_ms is 200 here */
	while (alone_send(s, 0, 1, &err)) {
		assert_true(mono_now().ms - began < 10000);
		sink_undo(s);
		usleep(10000);
	}
	sink_close(s);
	assert_int_equal(httpd_count(), 6);
}

static void
a_server_that_asks_for_time_gets_it(void **state)
{
	static const struct httpd_answer busy = { 429, "3600" };
	struct err err;

	(void)state;
	httpd_forget();
	httpd_script(&busy, 1);
	struct sink *s = open_sink(1);
	assert_int_equal(alone_send(s, 0, 1, &err), -1);
	sink_undo(s);
	assert_int_equal(alone_send(s, 0, 1, &err), -1);
	sink_close(s);
	assert_int_equal(httpd_count(), 1);
}

static void
slow_cut_and_absent_answers_are_tried_again(void **state)
{
	static const struct httpd_answer slow = { 200, .delay_ms = 4000 },
					 cut = { 200, .hang_up = true };
	struct webhook_settings gone = { "http://127.0.0.1:1/secret", "", "", "", "",
					 "bare", 1, 0 };
	struct err err;
	int64_t offset, began = mono_now().ms;

	(void)state;
	httpd_forget();
	httpd_script(&slow, 1);
	struct sink *s = open_sink(1);
	assert_int_equal(alone_send(s, 0, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_true(mono_now().ms - began >= 2500);
	sink_undo(s);
	httpd_script(&cut, 1);
	assert_int_equal(alone_send(s, 0, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	must_send(s, 0, 1);
	sink_close(s);

	s = alone_open(&sink_webhook_type, &gone, 3000, &err);
	assert_non_null(s);
	assert_int_equal(alone_claim(s, &offset, &err), 0);
	assert_int_equal(alone_send(s, 0, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_null(strstr(err.text, "secret")); /* the path is often the password */
	sink_close(s);
}

static void
a_url_is_asked_for(void **state)
{
	static const char *const bad[] = { "", "news", "ftp://h/x", "file:///etc/passwd" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct webhook_settings conf = { bad[i], "", "", "", "", "bare", 1, 0 };

		assert_null(alone_open(&sink_webhook_type, &conf, 3000, &err));
		assert_int_equal(err.class, ERR_USAGE);
	}
}

/* ---- kills ---- */

enum { KILLS = 100, MOST = 256 };

static void
run_from(int64_t *committed)
{
	struct sink *s = open_sink(3);
	struct err err;

	while (*committed < MOST) {
		int from = (int)*committed, to = from + 7 < MOST ? from + 7 : MOST;

		if (alone_send(s, from, to, &err)) {
			fprintf(stderr, "%s\n", err.text);
			_exit(3);
		}
		*committed = to;
	}
	_exit(0);
}

/* True when it came to its end. */
static bool
run_until_killed(int64_t *committed, long us)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct itimerval after = { .it_value = { us / 1000000, us % 1000000 } };

		signal(SIGALRM, SIG_DFL);
		setitimer(ITIMER_REAL, &after, NULL);
		run_from(committed);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return false;
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

/* Every record at least once, and each key with one body, always. */
static void
check_calls(void)
{
	bool seen[MOST] = { false };

	for (size_t i = 0; i < httpd_count(); i++) {
		const struct httpd_request *r = httpd_request(i);

		for (size_t k = 0; k < i; k++)
			if (!strcmp(httpd_request(k)->key, r->key))
				assert_string_equal(httpd_request(k)->body, r->body);
		for (const char *at = r->body; (at = strstr(at, "\"n\":")); at += 4)
			seen[atoi(at + 4)] = true;
	}
	for (int i = 0; i < MOST; i++)
		if (!seen[i])
			fail_msg("record %d was never sent", i);
}

static void
every_record_is_sent_whatever_is_killed(void **state)
{
	int64_t *committed = mmap(NULL, sizeof(*committed), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int kills = 0, doubled = 0;
	unsigned dice = 1;

	(void)state;
	assert_true(committed != MAP_FAILED);
	while (kills < KILLS) {
		httpd_forget();
		*committed = 0;
		do {
			dice = dice * 1103515245 + 12345;
			if (run_until_killed(committed, 1000 + (dice >> 8) % 40000))
				break;
			kills++;
		} while (true);
		check_calls();
		doubled += (int)httpd_count();
	}
	print_message("%d kills, %d calls\n", kills, doubled);
	munmap(committed, sizeof(*committed));
}

static void
without_a_kill_nothing_is_sent_twice(void **state)
{
	(void)state;
	httpd_forget();
	struct sink *s = open_sink(1);
	for (int i = 0; i < MOST; i += 16)
		must_send(s, i, i + 16);
	sink_close(s);
	assert_int_equal(httpd_count(), MOST);
}

static int
begin_all(void **state)
{
	(void)state;
	httpd_start(url, sizeof(url));
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	httpd_stop();
	alone_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_says_what_it_is_and_is_signed),
		cmocka_unit_test(a_list_holds_what_waits_up_to_the_batch),
		cmocka_unit_test(an_answer_decides_over_the_record),
		cmocka_unit_test(of_a_list_that_is_refused_only_the_bad_record_is),
		cmocka_unit_test(what_was_answered_is_not_sent_again_when_a_later_one_fails),
		cmocka_unit_test(a_server_that_keeps_failing_is_left_alone_for_a_while),
		cmocka_unit_test(a_server_that_asks_for_time_gets_it),
		cmocka_unit_test(slow_cut_and_absent_answers_are_tried_again),
		cmocka_unit_test(a_url_is_asked_for),
		cmocka_unit_test(without_a_kill_nothing_is_sent_twice),
		cmocka_unit_test(every_record_is_sent_whatever_is_killed),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
