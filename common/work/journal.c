#include "work/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/stop.h"
#include "time/clock.h"

enum { SUSPECTS = 32, CRASHES = 2, KILLS = 6, TICK_MS = 250, MAGIC = 0x6e776a32 };

enum cause { CAUSE_NONE, CAUSE_CRASH, CAUSE_HANG };

struct place {
	char topic[250]; /* Kafka's limit is 249 */
	int partition;
	int64_t offset;
};

struct suspect {
	struct place place;
	int crashes, hangs, kills;
};

struct file {
	uint32_t magic;
	volatile sig_atomic_t in, cause;
	struct place place;                /* of the record in hand */
	struct suspect suspects[SUSPECTS]; /* crashes + hangs + kills 0: empty */
	char cluster[80]; /* whose offsets these are; "": not known */
	uint32_t turn; /* which one a newcomer replaces when all are taken */
};

struct journal {
	struct file *file;
	char *directory, *prefix, *name;
	struct suspect others[SUSPECTS];
	size_t other_count;
	int budget_ms, drain_ms;
	volatile int64_t started, stopped; /* CLOCK_MONOTONIC of journal_enter(), of the
					      first tick after a stop */
};

static struct journal *live; /* signals have no argument */

static void
on_crash(int signal)
{
	if (live)
		live->file->cause = CAUSE_CRASH;
	raise(signal); /* SA_RESETHAND: the default now, with its core */
}

static void
end(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(75);
	_exit(75);
}

static void
on_tick(int signal)
{
	int64_t now = mono_now().ms;

	(void)signal;
	if (!live || !live->file->in)
		return;
	if (now - live->started >= live->budget_ms) {
		live->file->cause = CAUSE_HANG;
		end("newswire: a record took longer than budget_ms\n");
	}
	if (!stop_asked())
		return;
	if (!live->stopped)
		live->stopped = now;
	else if (now - live->stopped >= live->drain_ms)
		end("newswire: stopping took longer than drain_ms\n");
}

static void
install_handlers(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction act = { .sa_handler = on_crash,
				 .sa_flags = SA_RESETHAND | SA_ONSTACK };
	static char memory[1 << 16]; /* an overflown stack is a crash too */
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < LENGTH(crashes); i++)
		sigaction(crashes[i], &act, NULL);
	act = (struct sigaction){ .sa_handler = on_tick, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &act, NULL);
}

static bool
same_place(const struct place *p, const char *topic, int partition, int64_t offset)
{
	return p->offset == offset && p->partition == partition &&
	       !strcmp(p->topic, topic);
}

static bool
is_empty(const struct suspect *s)
{
	return !s->crashes && !s->hangs && !s->kills;
}

static struct suspect *
suspect_for(struct file *f, const struct place *p)
{
	struct suspect *free_one = NULL;

	for (size_t i = 0; i < SUSPECTS; i++) {
		struct suspect *s = &f->suspects[i];

		if (is_empty(s))
			free_one = free_one ? free_one : s;
		else if (same_place(&s->place, p->topic, p->partition, p->offset))
			return s;
	}
	if (!free_one)
		free_one = &f->suspects[f->turn++ % SUSPECTS];
	*free_one = (struct suspect){ .place = *p };
	return free_one;
}

/* The former process of this slot died with a record in hand. */
static void
charge(struct file *f)
{
	struct suspect *s = suspect_for(f, &f->place);

	switch ((enum cause)f->cause) {
	case CAUSE_CRASH:
		s->crashes++;
		break;
	case CAUSE_HANG:
		s->hangs++;
		break;
	case CAUSE_NONE:
		s->kills++;
		break;
	}
	f->in = f->cause = 0;
}

static struct file *
map_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	struct file *f = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(*f)))
		f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return f == MAP_FAILED ? NULL : f;
}

int
journal_open(struct journal **journal, const char *state, const char *group, int slot,
	     int budget_ms, int drain_ms, struct err *err)
{
	struct journal *j = must_alloc(sizeof(*j));
	char *path;

	j->directory = must_strdup(state);
	j->prefix = must_printf("journal.%s.", group);
	j->name = must_printf("%s%d", j->prefix, slot);
	j->budget_ms = budget_ms;
	j->drain_ms = drain_ms;
	path = must_printf("%s/%s", state, j->name);
	j->file = map_file(path);
	if (!j->file) {
		err_errno(err, ERR_USAGE, "cannot map %s", path);
		free(path);
		journal_close(j);
		return -1;
	}
	free(path);
	if (j->file->magic != MAGIC)
		memset(j->file, 0, sizeof(*j->file));
	j->file->magic = MAGIC;
	if (j->file->in)
		charge(j->file);
	live = j;
	install_handlers();
	journal_learn(j);
	*journal = j;
	return 0;
}

void
journal_of(struct journal *j, const char *cluster)
{
	struct file *f = j->file;

	if (*f->cluster && strcmp(f->cluster, cluster))
		memset(f->suspects, 0, sizeof(f->suspects));
	snprintf(f->cluster, sizeof(f->cluster), "%s", cluster);
	journal_learn(j);
}

void
journal_close(struct journal *j)
{
	if (!j)
		return;
	live = NULL;
	if (j->file)
		munmap(j->file, sizeof(*j->file));
	free(j->directory);
	free(j->prefix);
	free(j->name);
	free(j);
}

static void
count(const struct suspect *list, size_t n, const char *topic, int partition,
      int64_t offset, struct suspect *sum)
{
	for (size_t i = 0; i < n; i++) {
		if (!same_place(&list[i].place, topic, partition, offset))
			continue;
		sum->crashes += list[i].crashes;
		sum->hangs += list[i].hangs;
		sum->kills += list[i].kills;
	}
}

const char *
journal_verdict(const struct journal *j, const char *topic, int partition, int64_t offset)
{
	struct suspect sum = { 0 };

	count(j->file->suspects, SUSPECTS, topic, partition, offset, &sum);
	count(j->others, j->other_count, topic, partition, offset, &sum);
	if (sum.crashes + sum.hangs >= CRASHES)
		return sum.hangs > sum.crashes ? "hang" : "crash";
	return sum.kills >= KILLS ? "kill" : NULL;
}

void
journal_enter(struct journal *j, const char *topic, int partition, int64_t offset)
{
	struct place *p = &j->file->place;

	if (strcmp(p->topic, topic))
		snprintf(p->topic, sizeof(p->topic), "%s", topic);
	p->partition = partition;
	p->offset = offset;
	j->started = mono_now().ms;
	j->file->in = 1;
}

void
journal_leave(struct journal *j)
{
	j->file->in = 0;
}

void
journal_forget(struct journal *j, const char *topic, int partition, int64_t offset)
{
	for (size_t i = 0; i < SUSPECTS; i++) {
		struct suspect *s = &j->file->suspects[i];

		if (!is_empty(s) && s->place.partition == partition &&
		    s->place.offset < offset && !strcmp(s->place.topic, topic))
			memset(s, 0, sizeof(*s));
	}
}

static void
learn_from(struct journal *j, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct file f;

	if (fd < 0)
		return;
	if (read(fd, &f, sizeof(f)) == sizeof(f) && f.magic == MAGIC &&
	    !strcmp(f.cluster, j->file->cluster)) {
		if (f.in && f.cause)
			charge(&f); /* nobody has started that slot again yet */
		for (size_t i = 0; i < SUSPECTS && j->other_count < SUSPECTS; i++)
			if (!is_empty(&f.suspects[i]))
				j->others[j->other_count++] = f.suspects[i];
	}
	close(fd);
}

void
journal_learn(struct journal *j)
{
	DIR *d = opendir(j->directory);
	const struct dirent *e;

	j->other_count = 0;
	while (d && (e = readdir(d))) {
		char *path;

		if (strncmp(e->d_name, j->prefix, strlen(j->prefix)) ||
		    !strcmp(e->d_name, j->name))
			continue;
		path = must_printf("%s/%s", j->directory, e->d_name);
		learn_from(j, path);
		free(path);
	}
	if (d)
		closedir(d);
}

void
journal_watch(struct journal *j, bool on)
{
	struct itimerval t = { 0 };

	(void)j;
	t.it_interval.tv_usec = t.it_value.tv_usec = on ? TICK_MS * 1000 : 0;
	setitimer(ITIMER_REAL, &t, NULL);
}
