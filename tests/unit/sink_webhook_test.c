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
#include "time/clock.h"
#include "sink/sink.h"

extern const struct sink_type sink_webhook_type;

static char url[64];
static struct webhook_settings {
	const char *url, *secret, *user, *header, *ca, *values;
	int batch, rest_ms;
} settings;
static struct arena arena;
static char refused[512];

static int
refuse(void *arg, const struct bus_record *r, const struct err *why, struct err *err)
{
	size_t n = strlen(refused);

	(void)arg;
	(void)err;
	snprintf(refused + n, sizeof(refused) - n, "%d: %s\n", (int)r->offset, why->text);
	return 0;
}

static struct sink *
open_with(const struct webhook_settings *conf, struct err *err)
{
	struct sink_start start = { .name = "a",
				    .state = "/nowhere",
				    .cluster = "c",
				    .conf = conf,
				    .arena = &arena,
				    .flush_ms = 3000,
				    .reject = refuse };
	struct sink *s = NULL;

	refused[0] = '\0';
	return sink_open(&s, &sink_webhook_type, &start, err) ? NULL : s;
}

static struct sink *
open_sink(int batch)
{
	struct bus_position p = { "t", 0, 0 };
	struct err err;
	struct sink *s;

	settings = (struct webhook_settings){ url, "key", "", "", "", "bare", batch, 200 };
	s = open_with(&settings, &err);
	if (!s || sink_claim(s, &p, 1, &err))
		fail_msg("%s", err.text);
	return s;
}

/* Records of {"n":OFFSET}, made once, since they live until the flush. */
enum { MOST = 256 };
static char values[MOST][16];
static struct bus_record records[MOST];

static void
make_records(void)
{
	static const struct bus_header headers[] = { { "ce_id", "urn:\xc3\xa9#1", 8 },
						     { "nw-file", "x", 1 } };

	for (int i = 0; i < MOST; i++) {
		snprintf(values[i], sizeof(values[i]), "{\"n\":%d}", i);
		records[i] = (struct bus_record){
			"t", 0, i, 0, "k", 1, values[i], strlen(values[i]), headers, 2
		};
	}
}

static int
flush(struct sink *s, int64_t next, struct err *err)
{
	struct bus_position p = { "t", 0, next };

	return sink_flush(s, &p, 1, err);
}

static int
send(struct sink *s, int from, int to, struct err *err)
{
	for (int i = from; i < to; i++) {
		arena_reset(&arena);
		if (sink_write(s, &records[i], err))
			return -1;
	}
	return flush(s, to, err);
}

static void
must_send(struct sink *s, int from, int to)
{
	struct err err;

	if (send(s, from, to, &err))
		fail_msg("%s", err.text);
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
		failed = send(s, 0, 1, &err);
		if (failed != cases[i].failed || (failed && err.class != cases[i].class) ||
		    !strstr(failed ? err.text : refused, cases[i].says))
			fail_msg("%d: %d %s %s", cases[i].status, failed, err.text, refused);
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
	assert_string_equal(refused, "3: the webhook answered 422\n");
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
	assert_int_equal(send(s, 0, 4, &err), -1);
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
		assert_int_equal(send(s, 0, 1, &err), -1);
		sink_undo(s);
	}
	began = mono_now().ms;
	for (int i = 0; i < 10; i++) {
		if (!send(s, 0, 1, &err))
			fail_msg("called after %d ms", (int)(mono_now().ms - began));
		assert_non_null(strstr(err.text, "failed 5 times in a row"));
		sink_undo(s);
	}
	assert_int_equal(httpd_count(), 5);
	/* rest_ms is 200 here */
	while (send(s, 0, 1, &err)) {
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
	assert_int_equal(send(s, 0, 1, &err), -1);
	sink_undo(s);
	assert_int_equal(send(s, 0, 1, &err), -1);
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
	struct bus_position p = { "t", 0, 0 };
	struct err err;
	int64_t began = mono_now().ms;

	(void)state;
	httpd_forget();
	httpd_script(&slow, 1);
	struct sink *s = open_sink(1);
	assert_int_equal(send(s, 0, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_true(mono_now().ms - began >= 2500);
	sink_undo(s);
	httpd_script(&cut, 1);
	assert_int_equal(send(s, 0, 1, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	sink_undo(s);
	must_send(s, 0, 1);
	sink_close(s);

	s = open_with(&gone, &err);
	assert_non_null(s);
	assert_int_equal(sink_claim(s, &p, 1, &err), 0);
	assert_int_equal(send(s, 0, 1, &err), -1);
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

		assert_null(open_with(&conf, &err));
		assert_int_equal(err.class, ERR_USAGE);
	}
}

/* ---- kills ---- */

enum { KILLS = 100 };

static void
run_from(int64_t *committed)
{
	struct sink *s = open_sink(3);
	struct err err;

	while (*committed < MOST) {
		int from = (int)*committed, to = from + 7 < MOST ? from + 7 : MOST;

		if (send(s, from, to, &err)) {
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
	arena_init(&arena, 1 << 20);
	make_records();
	httpd_start(url, sizeof(url));
	return 0;
}

static int
end_all(void **state)
{
	(void)state;
	httpd_stop();
	arena_release(&arena);
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
