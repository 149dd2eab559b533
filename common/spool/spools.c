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

static int
resolve(const char *path, const char **real, struct err *err)
{
	struct stat st;

	*real = realpath(path, NULL);
	if (!*real || stat(*real, &st))
		return err_errno(err, ERR_USAGE, "cannot watch %s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, "cannot watch %s: it is no directory",
			       path);
	return 0;
}

static int
add(struct spool **spools, size_t *n, const char *name, const char *path, struct err *err)
{
	if (check_name(name, err))
		return -1;
	for (size_t i = 0; i < *n; i++) {
		if (!strcmp((*spools)[i].name, name))
			return err_set(
			    err, ERR_USAGE,
			    "two spools are called '%s' (%s and %s); give one a section: "
			    "[spool NAME] path = DIR",
			    name, (*spools)[i].path, path);
	}
	*spools = must_realloc(*spools, (*n + 1) * sizeof(**spools));
	(*spools)[(*n)++] = (struct spool){ name, path };
	return 0;
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

		if (section_path(p, names[i], &path, err) || resolve(path, &path, err) ||
		    add(spools, n, names[i], path, err))
			return -1;
	}
	if (*n)
		return 0;
	return err_set(err, ERR_USAGE,
		       "no directory: name one, or write a section [spool NAME]");
}

/* The section whose path leads to the same directory; NULL: none. */
static const char *
name_of(const struct program *p, const char *real)
{
	size_t count;
	const char *const *names = conf_names(p->conf, "spool", &count);
	struct err err;

	for (size_t i = 0; i < count; i++) {
		const char *path, *other;
		bool same;

		if (section_path(p, names[i], &path, &err))
			continue;
		other = realpath(path, NULL);
		same = other && !strcmp(other, real);
		free((void *)(uintptr_t)other);
		if (same)
			return names[i];
	}
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
	for (int i = 0; i < argc; i++) {
		const char *path, *name;

		if (resolve(argv[i], &path, err))
			return -1;
		name = name_of(p, path);
		if (add(spools, n, name ? name : strrchr(path, '/') + 1, path, err))
			return -1;
	}
	return 0;
}
