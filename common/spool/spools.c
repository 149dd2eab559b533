#include "spool/spools.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

struct spool_conf {
	const char *path;
};

static const struct opt spool_opts[] = {
	OPT(struct spool_conf, path, NULL, 0, 0, "directory to watch"),
	{ 0 },
};

const struct conf_section spool_section = {
	.name = "spool", .help = "a watched directory", .named = true, .opts = spool_opts
};

static int
check_name(const char *name, struct err *err)
{
	size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-");

	if (*name && !name[good] && good <= 64 && *name != '.')
		return 0;
	return err_set(err, ERR_USAGE,
		       "'%s' cannot name a spool: letters, digits, . _ - are allowed; "
		       "give its directory a "
		       "name with a section: [spool NAME] path = DIR",
		       name);
}

static bool
holds(const char *path, const char *other)
{
	size_t n = strlen(path);

	return !strncmp(path, other, n) &&
	       (!other[n] || other[n] == '/' || path[n - 1] == '/');
}

static int
check_apart(const struct spool *a, const struct spool *b, struct err *err)
{
	const struct spool *outer = holds(a->path, b->path) ? a : b,
			   *inner = outer == a ? b : a;

	if (!strcmp(a->name, b->name))
		return err_set(
		    err, ERR_USAGE,
		    "two spools are called '%s' (%s and %s); give one a section: "
		    "[spool NAME] path = DIR",
		    b->name, a->path, b->path);
	if (!holds(outer->path, inner->path))
		return 0;
	return err_set(err, ERR_USAGE,
		       "spool '%s' (%s) is within spool '%s' (%s): its files would be "
		       "published twice; watch one of the two, or move one",
		       inner->name, inner->path, outer->name, outer->path);
}

/* Resolves `path` and adds the spool; name NULL: the directory's. */
static int
add(struct spool **spools, size_t *n, const char *name, const char *path, struct err *err)
{
	char *real = realpath(path, NULL);
	struct spool *s;
	struct stat st;

	if (!real || stat(real, &st)) {
		free(real);
		return err_errno(err, ERR_USAGE, "cannot watch %s", path);
	}
	*spools = must_realloc(*spools, (*n + 1) * sizeof(**spools));
	s = &(*spools)[(*n)++];
	*s = (struct spool){ must_strdup(name ? name : strrchr(real, '/') + 1), real };
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, "cannot watch %s: it is no directory",
			       path);
	for (size_t i = 0; i + 1 < *n; i++)
		if (check_apart(&(*spools)[i], s, err))
			return -1;
	return check_name(s->name, err);
}

static int
section_path(const struct program *p, const char *name, const char **path,
	     struct err *err)
{
	struct spool_conf conf = { 0 };

	if (conf_fill(p->conf, "spool", name, spool_opts, &conf, err))
		return -1;
	if (!conf.path || !*conf.path)
		return err_set(err, ERR_USAGE, "[spool %s] has no path", name);
	*path = conf.path;
	return 0;
}

static int
from_sections(const struct program *p, struct spool **spools, size_t *n, struct err *err)
{
	size_t count;
	const char *const *names = conf_names(p->conf, "spool", &count);

	for (size_t i = 0; i < count; i++) {
		const char *path;

		if (section_path(p, names[i], &path, err) ||
		    add(spools, n, names[i], path, err))
			return -1;
	}
	if (*n)
		return 0;
	return err_set(err, ERR_USAGE,
		       "no directory: name one, or write a section [spool NAME]");
}

static bool
is_same(const char *path, const char *other)
{
	struct stat a, b;

	return !stat(path, &a) && !stat(other, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* The section whose path leads to the same directory; NULL: none. */
static const char *
name_of(const struct program *p, const char *directory)
{
	size_t count;
	const char *const *names = conf_names(p->conf, "spool", &count);
	const char *path;
	struct err err;

	for (size_t i = 0; i < count; i++)
		if (!section_path(p, names[i], &path, &err) && is_same(path, directory))
			return names[i];
	return NULL;
}

int
spools_find(const struct program *p, int argc, char **argv, struct spool **spools,
	    size_t *n, struct err *err)
{
	*spools = NULL;
	*n = 0;
	if (!argc)
		return from_sections(p, spools, n, err);
	for (int i = 0; i < argc; i++)
		if (add(spools, n, name_of(p, argv[i]), argv[i], err))
			return -1;
	return 0;
}

void
spools_free(struct spool *spools, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(spools[i].name);
		free(spools[i].path);
	}
	free(spools);
}
