#include "replay/archive_files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "time/clock.h"

/* ---- which files there are ---- */

static bool
parse_hour(const char *name, int64_t *ms)
{
	char text[32];
	struct wall t;

	if (strlen(name) != 13 || name[10] != 'T')
		return false;
	snprintf(text, sizeof(text), "%s:00:00Z", name);
	if (wall_parse(&t, text))
		return false;
	*ms = t.ms;
	return true;
}

static bool
parse_name(const char *name, int *partition, int64_t *first)
{
	int used = 0;

	return sscanf(name, "%d-%" SCNd64 "%n", partition, first, &used) == 2 &&
	       *partition >= 0 && *first >= 0 &&
	       (!strcmp(name + used, ".jsonl.gz") || !strcmp(name + used, ".jsonl.zst") ||
		!strcmp(name + used, ".jsonl"));
}

static void
add(struct archive_files *files, const struct archive_file *f)
{
	if ((files->count & (files->count - 1)) == 0) /* room doubles at powers of two */
		files->items = must_realloc(files->items, (2 * files->count + 1) *
							      sizeof(*files->items));
	files->items[files->count++] = *f;
}

static int
each_name(const char *path,
	  int (*take)(struct archive_files *, const char *, const char *, struct err *),
	  struct archive_files *files, struct err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int failed = 0;

	if (!d)
		return err_errno(err, ERR_USAGE, "cannot read %s", path);
	while (!failed && (errno = 0, e = readdir(d)))
		failed = take(files, path, e->d_name, err);
	if (!failed && errno)
		failed = err_errno(err, ERR_RETRY, "cannot read %s", path);
	closedir(d);
	return failed;
}

static int
take_file(struct archive_files *files, const char *hour, const char *name,
	  struct err *err)
{
	struct archive_file f = { 0 };
	const char *slash = strrchr(hour, '/');

	(void)err;
	if (!parse_name(name, &f.partition, &f.first) ||
	    !parse_hour(slash + 1, &f.hour_ms))
		return 0;
	f.path = must_printf("%s/%s", hour, name);
	add(files, &f);
	return 0;
}

static int
take_hour(struct archive_files *files, const char *path, const char *name,
	  struct err *err)
{
	int64_t ms;
	char *hour;
	int failed;

	if (!parse_hour(name, &ms))
		return 0;
	hour = must_printf("%s/%s", path, name);
	failed = each_name(hour, take_file, files, err);
	free(hour);
	return failed;
}

static int
compare(const void *a, const void *b)
{
	const struct archive_file *x = a, *y = b;

	if (x->partition != y->partition)
		return x->partition < y->partition ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

int
archive_files_find(struct archive_files *files, const char *path, struct err *err)
{
	struct stat st;

	*files = (struct archive_files){ 0 };
	if (stat(path, &st))
		return err_errno(err, ERR_USAGE, "archive %s", path);
	if (!S_ISDIR(st.st_mode)) {
		files->is_one = true;
		add(files, &(struct archive_file){ .path = must_strdup(path) });
		return 0;
	}
	if (each_name(path, take_hour, files, err)) {
		archive_files_release(files);
		return -1;
	}
	if (files->count == 0)
		return err_set(err, ERR_USAGE,
			       "%s has no YYYY-MM-DDTHH/PARTITION-OFFSET.jsonl.gz in it; "
			       "name the directory of one topic, or one file",
			       path);
	qsort(files->items, files->count, sizeof(*files->items), compare);
	return 0;
}

void
archive_files_release(struct archive_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
	*files = (struct archive_files){ 0 };
}
