/*
 * Are the files of an append sink what their manifests say?  May run beside
 * the sink: a file can be seen a moment before its manifest names it, both under
 * the partition's lock, so one that is missing there is looked for again after
 * the lock was ours.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "sink/append.h"
#include "sink/manifest.h"

struct total { /* of a topic's partition */
	char *topic;
	int partition;
	int64_t files, records, bytes, first, last;
};

struct check {
	FILE *out;
	struct total *totals;
	size_t count;
	int64_t faults;
};

/* Where we are: PATH/TOPIC/HOUR. */
struct place {
	struct check *check;
	const char *path, *topic;
	int partition;
	int64_t last; /* offset of the manifest's line before */
};

static struct total *
total_of(struct check *c, const char *topic, int partition)
{
	struct total *t = c->totals;

	for (size_t i = 0; i < c->count; i++, t++)
		if (t->partition == partition && !strcmp(t->topic, topic))
			return t;
	c->totals = must_realloc(c->totals, (c->count + 1) * sizeof(*t));
	t = &c->totals[c->count++];
	*t = (struct total){ must_strdup(topic), partition, .first = INT64_MAX };
	return t;
}

static void
fault(struct check *c, const char *directory, const char *name, const char *what)
{
	fprintf(c->out, "%s/%s %s\n", directory, name, what);
	c->faults++;
}

static int
check_entry(void *arg, const struct manifest_entry *e, struct err *err)
{
	struct place *p = arg;
	struct total *t = total_of(p->check, p->topic, p->partition);
	struct manifest_entry now;
	char *path = must_printf("%s/%s", p->path, e->file);
	bool there;
	int failed = manifest_measure(path, &now, &there, err);

	free(path);
	if (failed)
		return -1;
	if (!there)
		fault(p->check, p->path, e->file, "is gone");
	else if (now.bytes != e->bytes)
		fault(p->check, p->path, e->file, "has another size than it had");
	else if (strcmp(now.sha256, e->sha256))
		fault(p->check, p->path, e->file, "has other bytes than it had");
	if (e->first <= p->last || e->last < e->first)
		fault(p->check, p->path, e->file, "has offsets of the file before it");
	p->last = e->last;
	t->files++;
	t->records += e->records;
	t->bytes += e->bytes;
	t->first = e->first < t->first ? e->first : t->first;
	t->last = e->last > t->last ? e->last : t->last;
	return 0;
}

static int
is_named(const struct place *p, const char *name, bool *yes, struct err *err)
{
	char *manifest = must_printf("%s/%d.manifest", p->path, p->partition);
	char *lock = must_printf("%s/../.%d.lock", p->path, p->partition);
	int failed = manifest_has(manifest, name, yes, err), fd;

	if (!failed && !*yes && (fd = open(lock, O_RDONLY | O_CLOEXEC)) >= 0) {
		flock(fd, LOCK_SH);
		failed = manifest_has(manifest, name, yes, err);
		close(fd);
	}
	free(lock);
	free(manifest);
	return failed;
}

/* A name: of a manifest, a file, or one of the sink's own. */
static int
check_name(struct place *p, const char *name, struct err *err)
{
	char *path = must_printf("%s/%s", p->path, name);
	int64_t first;
	int n = 0, failed = 0;
	bool known;

	p->last = -1;
	if (sscanf(name, "%d.manifest%n", &p->partition, &n) == 1 && n && !name[n]) {
		failed = manifest_each(path, check_entry, p, err);
		if (failed && err->class == ERR_REJECT) {
			fault(p->check, p->path, name, err->text);
			failed = 0;
		}
	} else if (sscanf(name, "%d-%" SCNd64 ".%n", &p->partition, &first, &n) == 2 &&
		   n && strlen(name) < MANIFEST_NAME && !strstr(name, ".tmp")) {
		failed = is_named(p, name, &known, err);
		if (!failed && !known)
			fault(p->check, p->path, name, "is in no manifest");
		else if (failed && err->class == ERR_REJECT)
			failed = 0; /* said for the manifest */
	}
	free(path);
	return failed;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, that do not begin with a dot; none if it is none. */
static int
list(const char *path, char ***names, size_t *n, struct err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;

	*names = NULL;
	*n = 0;
	if (!d)
		return errno == ENOTDIR
			   ? 0
			   : err_errno(err, ERR_USAGE, "cannot read %s", path);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		*names = must_realloc(*names, (*n + 1) * sizeof(**names));
		(*names)[(*n)++] = must_strdup(e->d_name);
	}
	closedir(d);
	if (*n)
		qsort(*names, *n, sizeof(**names), compare);
	return 0;
}

/* depth 0: of topics; 1: of hours; 2: of files. */
static int
check_directory(struct check *c, const char *path, const char *topic, int depth,
		struct err *err)
{
	struct place place = { .check = c, .path = path, .topic = topic };
	char **names;
	size_t n;
	int failed = list(path, &names, &n, err);

	for (size_t i = 0; i < n; i++) {
		char *below = must_printf("%s/%s", path, names[i]);

		if (!failed)
			failed = depth == 2
				     ? check_name(&place, names[i], err)
				     : check_directory(c, below, depth ? topic : names[i],
						       depth + 1, err);
		free(below);
		free(names[i]);
	}
	free(names);
	return failed;
}

static void
print_totals(struct check *c)
{
	fprintf(c->out, "%-32s %9s %7s %11s %14s %11s %11s\n", "topic", "partition",
		"files", "records", "bytes", "first", "last");
	for (size_t i = 0; i < c->count; i++) {
		const struct total *t = &c->totals[i];

		fprintf(c->out,
			"%-32s %9d %7" PRId64 " %11" PRId64 " %14" PRId64 " %11" PRId64
			" %11" PRId64 "\n",
			t->topic, t->partition, t->files, t->records, t->bytes, t->first,
			t->last);
	}
}

int
append_check(const struct sink_start *start, FILE *out, struct err *err)
{
	struct check c = { .out = out };
	char *path = append_directory(start);
	int failed = check_directory(&c, path, NULL, 0, err);

	if (!failed)
		print_totals(&c);
	if (!failed && c.faults)
		failed = err_set(err, ERR_REJECT, "%s: %" PRId64 " fault%s", path,
				 c.faults, c.faults == 1 ? "" : "s");
	for (size_t i = 0; i < c.count; i++)
		free(c.totals[i].topic);
	free(c.totals);
	free(path);
	return failed;
}
