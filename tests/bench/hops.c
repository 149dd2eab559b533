/*
 * hops log SPOOL DB LOG
 * hops kafka SPOOL DB BROKERS PREFIX
 *
 * The way of a file from a spool to a row in SQLite as it is with the libraries
 * alone: three processes, and between them what is written and read with
 * newswire, in the same transactions.  One watches the spool and sends each
 * file with two ledger records; one reads articles and sends enriched records
 * with its positions; one reads these and inserts a row with its position.
 * Nothing is parsed.  On the log, who has committed wakes the next by a pipe.
 * Runs until it is killed.
 */
#include "tests/bench/hops.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEDGER_BYTES = 150 };

char filler[FILE_MAX * GROWTH];

void
stop(const char *text)
{
	fprintf(stderr, "hops: %s\n", text);
	exit(1);
}

bool
start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		stop("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return !pid;
}

size_t
grow(const void *value, size_t size)
{
	memcpy(filler, value, size);
	return size * GROWTH;
}

static size_t
read_file(const char *spool, const char *name, char *to)
{
	char path[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", spool, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, to, FILE_MAX);
	if (n < 0)
		stop(path);
	close(fd);
	return (size_t)n;
}

void
watch(const char *spool, const struct taker *t)
{
	static char events[64 << 10] __attribute__((aligned(8))), bytes[FILE_MAX];
	int fd = inotify_init1(IN_CLOEXEC);
	ssize_t n;

	if (inotify_add_watch(fd, spool, IN_MOVED_TO) < 0)
		stop(spool);
	while ((n = read(fd, events, sizeof(events))) > 0) {
		const struct inotify_event *e;

		t->begin(t->to);
		for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
			e = (const struct inotify_event *)(events + at);
			t->put(t->to, "articles", e->name, bytes,
			       read_file(spool, e->name, bytes));
			t->put(t->to, "ledger", e->name, filler, LEDGER_BYTES);
			t->put(t->to, "ledger", e->name + 1, filler, LEDGER_BYTES);
		}
		t->commit(t->to);
	}
}

int
main(int argc, char **argv)
{
	int status;

	memset(filler, 'x', sizeof(filler));
	if (argc == 5 && !strcmp(argv[1], "log"))
		run_log(argv[2], argv[3], argv[4]);
	else if (argc == 6 && !strcmp(argv[1], "kafka"))
		run_kafka(argv[2], argv[3], argv[4], argv[5]);
	else
		stop("usage: hops log SPOOL DB LOG | hops kafka SPOOL DB BROKERS PREFIX");
	wait(&status); /* none ends by itself */
	return 1;
}
