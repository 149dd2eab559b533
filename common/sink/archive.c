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
#include <zlib.h>

#include "base/mem.h"

enum { HOURS = 2, NAME = 256 };

struct archive {
	const char *directory, *topic;
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
	       partition == a->partition && !strncmp(name + n, ".jsonl.gz", 9);
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

/* Reads the offset at the start of each line; a line may be longer than the window. */
static int
read_lines(struct archive *a, gzFile f, const char *prefix)
{
	char window[8192];
	bool at_start = true;
	size_t n = strlen(prefix);
	int status;

	while (gzgets(f, window, sizeof(window))) {
		if (at_start) {
			int64_t offset;

			if (strncmp(window, prefix, n) ||
			    sscanf(window + n, "%" SCNd64, &offset) != 1)
				return -1;
			if (offset >= a->next)
				a->next = offset + 1;
		}
		at_start = ends_with(window, "\n");
	}
	gzerror(f, &status);
	return at_start && status == Z_OK ? 0 : -1;
}

static int
read_file(struct archive *a, const char *path, struct err *err)
{
	char *prefix =
	    must_printf("{\"topic\":\"%s\",\"partition\":%d,\"offset\":", a->topic,
			a->partition);
	gzFile f = gzopen(path, "rbe");
	int failed = f ? read_lines(a, f, prefix) : -1;

	if (f)
		gzclose(f);
	free(prefix);
	return failed ? err_set(err, ERR_FATAL,
				"%s does not say how far it goes, and there is no "
				".%d.position beside the"
				" hours: put that file back, or give the sink a new path",
				path, a->partition)
		      : 0;
}

static int
read_name(void *arg, const char *name, struct err *err)
{
	struct look *look = arg;
	char *path;
	int failed;

	if (!is_of(look->archive, name))
		return 0;
	path = must_printf("%s/%s/%s", look->archive->directory, look->hour, name);
	failed = read_file(look->archive, path, err);
	free(path);
	return failed;
}

int
archive_last(const char *directory, const char *topic, int partition, int64_t *offset,
	     struct err *err)
{
	struct archive a = { .directory = directory,
			     .topic = topic,
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
