/*
 * Records come in the order of their offsets, and their hours nearly so: the
 * last offset is in one of the partition's two newest hours.
 */
#include "sink/archive.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/lines.h"
#include "sink/line.h"
#include "sink/manifest.h"

enum { HOURS = 2, NAME = 256 };

struct archive {
	const char *directory, *topic, *suffix;
	int partition;
	char hours[HOURS][NAME]; /* the newest first */
	int64_t next;            /* after the last line seen */
};

/* Calls visit for each name in the directory until it fails. */
static int
each_name(const char *directory, int (*visit)(void *, const char *, struct err *),
	  void *arg, struct err *err)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	int failed = 0;

	if (!d)
		return errno == ENOTDIR || errno == ENOENT
			   ? 0
			   : err_errno(err, ERR_RETRY, "cannot read directory %s",
				       directory);
	while (!failed && (e = readdir(d)))
		if (e->d_name[0] != '.')
			failed = visit(arg, e->d_name, err);
	closedir(d);
	return failed;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && !strcmp(name + n - m, suffix);
}

static bool
is_of(const struct archive *a, const char *name)
{
	int partition, n = 0;
	int64_t first;

	return sscanf(name, "%d-%" SCNd64 "%n", &partition, &first, &n) == 2 &&
	       partition == a->partition && name[n] == '.' &&
	       !strncmp(name + n + 1, a->suffix, strlen(a->suffix));
}

struct look {
	struct archive *archive;
	const char *hour;
	bool found;
};

static int
look_at_name(void *arg, const char *name, struct err *err)
{
	struct look *look = arg;

	if (!is_of(look->archive, name))
		return 0;
	if (ends_with(name, ".tmp"))
		return err_set(
		    err, ERR_FATAL,
		    "%s/%s/%s is unfinished and there is no .%d.position beside the "
		    "hours to say how"
		    " far it goes: put that file back, or give the sink a new path",
		    look->archive->directory, look->hour, name, look->archive->partition);
	look->found = true;
	return 0;
}

static int
look_at_hour(void *arg, const char *hour, struct err *err)
{
	struct archive *a = arg;
	struct look look = { .archive = a, .hour = hour };
	char *path = must_printf("%s/%s", a->directory, hour);
	int failed = each_name(path, look_at_name, &look, err), i = HOURS;

	free(path);
	if (failed || !look.found)
		return failed;
	while (i > 0 && strcmp(hour, a->hours[i - 1]) > 0)
		i--;
	if (i == HOURS)
		return 0;
	memmove(a->hours[i + 1], a->hours[i], (size_t)(HOURS - 1 - i) * NAME);
	snprintf(a->hours[i], NAME, "%s", hour);
	return 0;
}

static void
reach(struct archive *a, int64_t offset)
{
	if (offset >= a->next)
		a->next = offset + 1;
}

/* The offset stands at the start of each line. */
static int
read_lines(struct archive *a, const char *path, const char *prefix, struct err *err)
{
	struct lines lines;
	struct buf line;
	size_t n = strlen(prefix);
	int rc;

	buf_init(&line, LINE_CEILING);
	rc = lines_open(&lines, path, err);
	while (!rc && (rc = lines_next(&lines, &line, err)) > 0) {
		int64_t offset;

		rc = strncmp(line.data, prefix, n) != 0 ||
		     sscanf(line.data + n, "%" SCNd64, &offset) != 1;
		if (!rc)
			reach(a, offset);
	}
	lines_close(&lines);
	buf_release(&line);
	return rc ? -1 : 0;
}

static int
read_file(struct archive *a, const char *path, struct err *err)
{
	char *prefix =
	    must_printf("{\"topic\":\"%s\",\"partition\":%d,\"offset\":", a->topic,
			a->partition);
	int failed = read_lines(a, path, prefix, err);

	free(prefix);
	return failed ? err_set(err, ERR_FATAL,
				"%s does not say how far it goes, and there is no "
				".%d.position beside the"
				" hours: put that file back, or give the sink a new path",
				path, a->partition)
		      : 0;
}

struct entry {
	const char *file;
	int64_t last; /* -1: it is in no manifest */
};

static int
find_last(void *arg, const struct manifest_entry *e, struct err *err)
{
	struct entry *entry = arg;

	(void)err;
	if (!strcmp(e->file, entry->file))
		entry->last = e->last;
	return 0;
}

static int
read_name(void *arg, const char *name, struct err *err)
{
	const struct look *look = arg;
	struct archive *a = look->archive;
	struct entry entry = { .file = name, .last = -1 };
	char *path, *manifest;
	int failed;

	if (!is_of(a, name))
		return 0;
	path = must_printf("%s/%s/%s", a->directory, look->hour, name);
	manifest =
	    must_printf("%s/%s/%d.manifest", a->directory, look->hour, a->partition);
	failed = manifest_each(manifest, find_last, &entry, err);
	if (!failed && entry.last >= 0)
		reach(a, entry.last);
	else if (!failed)
		failed = read_file(a, path, err);
	free(manifest);
	free(path);
	return failed;
}

int
archive_last(const char *directory, const char *topic, int partition,
	     const char *suffix, int64_t *offset, struct err *err)
{
	struct archive a = { .directory = directory,
			     .topic = topic,
			     .suffix = suffix,
			     .partition = partition };

	if (each_name(directory, look_at_hour, &a, err))
		return -1;
	for (int i = 0; i < HOURS && a.hours[i][0]; i++) {
		struct look look = { .archive = &a, .hour = a.hours[i] };
		char *path = must_printf("%s/%s", directory, a.hours[i]);
		int failed = each_name(path, read_name, &look, err);

		free(path);
		if (failed)
			return -1;
		*offset = a.next;
	}
	return 0;
}
