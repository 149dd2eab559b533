/* What an inbox finds, when it says so, and what it leaves out; real files, real inotify.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "spool/dirs.h"
#include "spool/inbox.h"
#include "spool/pending.h"
#include "spool/whole.h"
#include "time/clock.h"

enum { DEADLINE_MS = 10000, SETTLE_MS = 50 };

static char spool[] = "/tmp/inbox_test_XXXXXX";
static struct inbox *inbox;
static struct arena arena;
static char got[65536]; /* paths that came out, each with a newline */
static size_t got_count;

/* ---- a spool for each test ---- */

static int
delete_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int
make_spool(void **state)
{
	(void)state;
	strcpy(spool + strlen(spool) - 6, "XXXXXX");
	arena_init(&arena, 64 << 20);
	got[0] = '\0';
	got_count = 0;
	return mkdtemp(spool) && !chdir(spool) ? 0 : -1;
}

static int
remove_spool(void **state)
{
	(void)state;
	inbox_close(inbox);
	inbox = NULL;
	arena_release(&arena);
	return nftw(spool, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
open_inbox(struct inbox_conf conf)
{
	struct err err;

	conf.path = spool;
	conf.settle_ms = SETTLE_MS;
	conf.rescan_s = conf.rescan_s ? conf.rescan_s : 3600;
	conf.max_pending = conf.max_pending ? conf.max_pending : 1000;
	assert_int_equal(inbox_open(&inbox, &conf, &err), 0);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* One round of what watch does. */
static void
turn(void)
{
	struct inbox_file file;
	struct err err;
	struct pollfd p = { inbox_fd(inbox), POLLIN, 0 };
	int wait = inbox_wait_ms(inbox);

	poll(&p, 1, wait < 20 ? wait : 20);
	assert_int_equal(inbox_tick(inbox, &err), 0);
	while (inbox_next(inbox, &arena, &file)) {
		if (strlen(got) + file.size + 2 < sizeof(got)) {
			strcat(got, file.path);
			strcat(got, "\n");
		}
		got_count++;
	}
	arena_reset(&arena);
}

static void
wait_for(size_t count)
{
	struct mono start = mono_now();

	while (got_count < count && mono_since(start) < DEADLINE_MS)
		turn();
	assert_int_equal(got_count, count);
}

static void
wait_for_first_scan(void)
{
	struct mono start = mono_now();

	while (!inbox_counts(inbox).scans && mono_since(start) < DEADLINE_MS)
		turn();
	assert_true(inbox_counts(inbox).scans > 0);
}

/* Nothing comes, and a file that does come later shows that the inbox has been awake. */
static void
assert_silent(void)
{
	size_t before = got_count;

	write_file(".last", "x");
	assert_int_equal(rename(".last", "last.txt"), 0);
	wait_for(before + 1);
	assert_non_null(strstr(got, "last.txt\n"));
}

/* ---- what is found ---- */

static void
what_is_there_is_found_by_the_scan(void **state)
{
	(void)state;
	assert_int_equal(mkdir("a", 0755) | mkdir("a/b", 0755), 0);
	write_file("one.txt", "1");
	write_file("a/two.TXT", "2");
	write_file("a/b/three.txt.gz", "3");
	open_inbox((struct inbox_conf){ .once = true });
	wait_for(3);
	assert_non_null(strstr(got, "one.txt\n"));
	assert_non_null(strstr(got, "a/two.TXT\n"));
	assert_non_null(strstr(got, "a/b/three.txt.gz\n"));
	turn();
	assert_true(inbox_is_empty(inbox));
}

static void
names_of_unfinished_work_are_left_out(void **state)
{
	static const char *const names[] = { ".hidden.txt", "old.txt~", "x.txt.tmp",
					     "x.txt.part",  "noext",    "x.pdf",
					     "txt",         ".txt" };

	(void)state;
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	assert_int_equal(mkdir(".git", 0755) | mkdir("in.tmp", 0755), 0);
	write_file(".git/x.txt", "x");
	write_file("in.tmp/x.txt", "x");
	for (size_t i = 0; i < LENGTH(names); i++)
		write_file(names[i], "x");
	assert_silent();
	assert_int_equal(got_count, 1);
}

static void
events_tell_of_every_way_in(void **state)
{
	(void)state;
	write_file(".moved", "x");
	write_file(".linked", "x");
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	write_file("written.txt", "x");
	wait_for(1);
	assert_int_equal(rename(".moved", "moved.txt"), 0);
	wait_for(2);
	assert_int_equal(link(".linked", "linked.txt"), 0);
	wait_for(3);
	assert_int_equal(symlink("/nowhere", "dangling.txt"), 0);
	wait_for(4);
	assert_int_equal(mkfifo("fifo.txt", 0600), 0);
	wait_for(5);
	assert_int_equal(chmod("written.txt", 0), 0);
	wait_for(6);
}

static void
a_new_directory_is_watched_and_then_read(void **state)
{
	(void)state;
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	assert_int_equal(mkdir("new.txt", 0755), 0); /* a directory, whatever its name */
	write_file("new.txt/early.txt", "x");
	wait_for(1);
	assert_non_null(strstr(got, "new.txt/early.txt\n"));
	write_file("new.txt/late.txt", "x");
	wait_for(2);
	assert_non_null(strstr(got, "new.txt/late.txt\n"));
}

static void
a_moved_directory_has_its_new_name(void **state)
{
	(void)state;
	assert_int_equal(mkdir("a", 0755) | mkdir("a/deep", 0755), 0);
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	assert_int_equal(inbox_counts(inbox).directories, 3);
	assert_int_equal(rename("a", "b"), 0);
	write_file("b/deep/x.txt", "x");
	wait_for(1);
	assert_string_equal(got, "b/deep/x.txt\n");
	write_file("b/deep/y.txt", "x");
	wait_for(2);
	assert_string_equal(got, "b/deep/x.txt\nb/deep/y.txt\n");
}

static void
a_link_to_a_directory_leads_nowhere(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc", "out"), 0);
	assert_int_equal(symlink(".", "loop"), 0);
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	assert_silent();
	assert_int_equal(got_count, 1);
}

/* ---- when ---- */

static void
a_file_that_is_still_written_waits(void **state)
{
	struct mono start = mono_now();
	int fd;

	(void)state;
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	fd = open("slow.txt", O_WRONLY | O_CREAT, 0644);
	while (mono_since(start) <
	       6 * SETTLE_MS) { /* the writer's own time, not a wait */
		assert_int_equal(write(fd, "x", 1), 1);
		turn();
		assert_int_equal(got_count, 0);
	}
	close(fd);
	wait_for(1);
}

static void
a_renamed_file_is_due_at_once(void **state)
{
	struct mono start;

	(void)state;
	write_file(".x", "x");
	open_inbox((struct inbox_conf){ .settle_ms = 0 });
	wait_for_first_scan();
	start = mono_now();
	assert_int_equal(rename(".x", "x.txt"), 0);
	turn();
	assert_int_equal(got_count, 1);
	assert_true(mono_since(start) < DEADLINE_MS);
}

static bool
know_all_but_b(void *arg, const char *path, size_t n, const struct file_stat *st)
{
	(void)arg;
	assert_int_equal(strlen(path), n);
	assert_true(st->size == 1);
	return strcmp(path, "b.txt") != 0;
}

static void
what_is_known_as_it_stands_is_left_out(void **state)
{
	(void)state;
	write_file("a.txt", "x");
	write_file("b.txt", "x");
	open_inbox((struct inbox_conf){ .known = know_all_but_b, .once = true });
	wait_for(1);
	assert_string_equal(got, "b.txt\n");
	turn();
	assert_true(inbox_is_empty(inbox));
}

/* ---- limits ---- */

static void
more_than_fits_is_found_again_by_a_scan(void **state)
{
	char name[32];

	(void)state;
	open_inbox((struct inbox_conf){ .max_pending = 10 });
	wait_for_first_scan();
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "%03d.txt", i);
		write_file(name, "x");
	}
	/* Nobody says that they are known, so some come twice; each comes. */
	for (struct mono start = mono_now(); mono_since(start) < DEADLINE_MS;) {
		bool all = true;

		turn();
		for (int i = 0; i < 200 && all; i++) {
			snprintf(name, sizeof(name), "%03d.txt\n", i);
			all = strstr(got, name) != NULL;
		}
		if (all)
			return;
		assert_true(inbox_counts(inbox).pending <= 10);
	}
	fail_msg("some of 200 files were never found");
}

static void
the_scan_pauses_when_no_more_can_wait(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%03d.txt", i);
		write_file(name, "x");
	}
	open_inbox((struct inbox_conf){ .max_pending = 7, .once = true });
	wait_for(100);
	turn();
	assert_true(inbox_is_empty(inbox));
	assert_int_equal(inbox_counts(inbox).overflows, 0);
}

static void
a_spool_that_is_moved_away_says_so(void **state)
{
	char aside[64];
	struct err err;
	struct mono start = mono_now();
	int failed = 0;

	(void)state;
	open_inbox((struct inbox_conf){ 0 });
	wait_for_first_scan();
	snprintf(aside, sizeof(aside), "%s.aside", spool);
	assert_int_equal(rename(spool, aside), 0);
	while (!failed && mono_since(start) < DEADLINE_MS)
		failed = inbox_tick(inbox, &err);
	assert_int_equal(rename(aside, spool), 0);
	assert_int_equal(failed, -1);
	assert_int_equal(err.class, ERR_RETRY);
}

static void
a_missing_spool_is_said_with_its_path(void **state)
{
	struct inbox_conf conf = { .path = "/nowhere/at/all", .max_pending = 10 };
	struct err err;

	(void)state;
	assert_int_equal(inbox_open(&inbox, &conf, &err), -1);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

/* ---- the queue ---- */

static void
pending_gives_in_order_of_time_each_path_once(void **state)
{
	static const int due[] = { 50, 10, 40, 10, 30, 20 };
	struct pending p;
	char name[8];
	int64_t last = 0;

	(void)state;
	pending_init(&p, 6);
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		assert_non_null(pending_put(&p, name, 2, due[i]));
	}
	assert_null(pending_put(&p, "f6", 2, 1));
	assert_non_null(pending_put(&p, "f1", 2, 35)); /* again: later */
	assert_non_null(pending_put(&p, "f0", 2, 5));  /* again: not earlier */
	assert_string_equal(pending_first(&p)->path, "f3");
	for (int i = 0; i < 6; i++) {
		assert_true(pending_first(&p)->due_ms >= last);
		last = pending_first(&p)->due_ms;
		pending_remove(&p, pending_first(&p));
	}
	assert_null(pending_first(&p));
	assert_int_equal(last, 50);
	pending_release(&p);
}

static void
pending_stays_in_order_through_many_changes(void **state)
{
	struct pending p;
	char name[16];
	unsigned random = 1;

	(void)state;
	pending_init(&p, 500);
	for (int i = 0; i < 20000; i++) {
		random = random * 1103515245 + 12345;
		snprintf(name, sizeof(name), "%u", random >> 16 & 1023);
		if (!(random >> 14 & 3) && pending_first(&p))
			pending_remove(&p, p.heap[random % p.count]);
		else
			pending_put(&p, name, strlen(name), random >> 8 & 4095);
		for (size_t j = 1; j < p.count; j += 7) {
			assert_true(p.heap[(j - 1) / 2]->due_ms <= p.heap[j]->due_ms);
			assert_int_equal(p.heap[j]->place, j);
		}
	}
	assert_true(p.count > 100);
	pending_release(&p);
}

static void
dirs_know_names_by_number(void **state)
{
	struct dirs d = { 0 };
	char name[16];
	size_t at = 0;
	int taken = 0;

	(void)state;
	for (int i = 300; i > 0; i--) {
		snprintf(name, sizeof(name), i % 3 ? "x/%d" : "y/%d", i);
		dirs_put(&d, i, name);
	}
	dirs_put(&d, 7, "x");
	assert_string_equal(dirs_path(&d, 7), "x");
	assert_string_equal(dirs_path(&d, 300), "y/300");
	assert_null(dirs_path(&d, 301));
	while (dirs_take(&d, "x", &at) >= 0)
		taken++;
	assert_int_equal(taken, 200);
	assert_null(dirs_path(&d, 8));
	assert_string_equal(dirs_path(&d, 9), "y/9");
	dirs_release(&d);
}

/* ---- whole ---- */

static struct whole whole;

static enum whole_what
read_seen(const char *path, const struct file_stat *regular)
{
	int root = open(spool, O_RDONLY | O_DIRECTORY);
	struct err err;

	assert_int_equal(whole_read(&whole, root, path, regular, &err), 0);
	close(root);
	return whole.what;
}

static enum whole_what
read_whole(const char *path)
{
	return read_seen(path, NULL);
}

static void
a_file_is_read_as_what_it_is(void **state)
{
	static const struct {
		const char *path;
		enum whole_what what;
	} cases[] = {
		{ "small.txt", WHOLE_READ },
		{ "empty.txt", WHOLE_READ },
		{ "large.txt", WHOLE_LARGE },
		{ "missing.txt", WHOLE_GONE },
		{ "small.txt/x.txt", WHOLE_GONE },
		{ "dir.txt", WHOLE_GONE },
		{ "dir.txt/in/small.txt", WHOLE_READ },
		{ "dir.txt//in/./small.txt", WHOLE_READ },
		{ "dir.txt/in/missing.txt", WHOLE_GONE },
		{ "dir.txt/in/out/x.txt", WHOLE_ODD },
		{ "link.txt", WHOLE_ODD },
		{ "fifo.txt", WHOLE_ODD },
		{ "out/x.txt", WHOLE_ODD },
		{ "dir.txt/../../x.txt", WHOLE_UNREADABLE },
		{ "dir.txt/../small.txt", WHOLE_UNREADABLE },
		{ "../x.txt", WHOLE_UNREADABLE },
		{ "/etc/hostname", WHOLE_UNREADABLE },
	};
	static const struct file_stat seen = { 1, 2, 3, 4 };

	(void)state;
	whole_init(&whole, 100000);
	write_file("small.txt", "hello");
	write_file("empty.txt", "");
	write_file("large.txt", "");
	assert_int_equal(truncate("large.txt", 100000), 0);
	assert_int_equal(mkdir("dir.txt", 0755), 0);
	assert_int_equal(mkdir("dir.txt/in", 0755), 0);
	write_file("dir.txt/in/small.txt", "hello");
	assert_int_equal(symlink("/etc", "dir.txt/in/out"), 0);
	assert_int_equal(symlink("small.txt", "link.txt"), 0);
	assert_int_equal(symlink("/etc", "out"), 0);
	assert_int_equal(mkfifo("fifo.txt", 0600), 0);
	write_file("../x.txt", "out of the spool");
	for (size_t i = 0; i < LENGTH(cases) * 2; i++) {
		/* Seen as a regular file, and another thing by now. */
		const struct file_stat *regular = i % 2 ? &seen : NULL;
		enum whole_what what = read_seen(cases[i / 2].path, regular);

		if (what != cases[i / 2].what)
			fail_msg("%s: %d, not %d (%s)", cases[i / 2].path, what,
				 cases[i / 2].what, whole.why);
	}
	assert_int_equal(unlink("../x.txt"), 0);
	assert_int_equal(read_whole("small.txt"), WHOLE_READ);
	assert_memory_equal(whole.bytes.data, "hello", 5);
	assert_int_equal(whole.digest[0], 0x2c); /* of sha256("hello") */
	assert_int_equal(read_whole("large.txt"), WHOLE_LARGE);
	assert_int_equal(whole.bytes.size, WHOLE_HEAD);
	whole_release(&whole);
}

static void
a_file_open_for_writing_is_busy(void **state)
{
	int fd;

	(void)state;
	signal(SIGIO, SIG_IGN);
	whole_init(&whole, 1000);
	fd = open("x.txt", O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "part", 4), 4);
	assert_int_equal(read_whole("x.txt"), WHOLE_BUSY);
	close(fd);
	assert_int_equal(read_whole("x.txt"), WHOLE_READ);
	assert_true(whole.leased);
	/* And our lease is gone: a writer gets in without waiting for it. */
	fd = open("x.txt", O_WRONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	close(fd);
	whole_release(&whole);
}

/* Not ours, so no lease; no permission, so no bytes.  Only root can become another. */
static void
without_a_lease_or_permission_it_says_so(void **state)
{
	int status = -1;
	pid_t child;

	(void)state;
	if (geteuid())
		skip();
	write_file("x.txt", "x");
	write_file("secret.txt", "x");
	assert_int_equal(chmod(spool, 0755) | chmod("secret.txt", 0600), 0);
	child = fork();
	if (!child) {
		whole_init(&whole, 1000);
		if (setgid(65534) || setuid(65534))
			_exit(1);
		if (read_whole("x.txt") != WHOLE_READ || whole.leased)
			_exit(2);
		_exit(read_whole("secret.txt") == WHOLE_UNREADABLE ? 0 : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
names_are_said_in_printable_form(void **state)
{
	static const struct {
		const char *path, *text;
	} cases[] = {
		{ "plain name.txt", "plain name.txt" },
		{ "a\nb.txt", "a\\x0ab.txt" },
		{ "caf\xc3\xa9.txt", "caf\xc3\xa9.txt" },
		{ "caf\xe9.txt", "caf\\xe9.txt" },
		{ "back\\slash.txt", "back\\x5cslash.txt" },
		{ "\x1b[31m.txt", "\\x1b[31m.txt" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(file_text(cases[i].path, strlen(cases[i].path), text,
					      sizeof(text)),
				    cases[i].text);
	assert_string_equal(file_text("0123456789", 10, text, 8), "012");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_spool, remove_spool)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_is_found_by_the_scan),
		TEST(names_of_unfinished_work_are_left_out),
		TEST(events_tell_of_every_way_in),
		TEST(a_new_directory_is_watched_and_then_read),
		TEST(a_moved_directory_has_its_new_name),
		TEST(a_link_to_a_directory_leads_nowhere),
		TEST(a_file_that_is_still_written_waits),
		TEST(a_renamed_file_is_due_at_once),
		TEST(what_is_known_as_it_stands_is_left_out),
		TEST(more_than_fits_is_found_again_by_a_scan),
		TEST(the_scan_pauses_when_no_more_can_wait),
		TEST(a_spool_that_is_moved_away_says_so),
		TEST(a_missing_spool_is_said_with_its_path),
		TEST(pending_gives_in_order_of_time_each_path_once),
		TEST(pending_stays_in_order_through_many_changes),
		TEST(dirs_know_names_by_number),
		TEST(a_file_is_read_as_what_it_is),
		TEST(a_file_open_for_writing_is_busy),
		TEST(without_a_lease_or_permission_it_says_so),
		TEST(names_are_said_in_printable_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
