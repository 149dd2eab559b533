/*
 * GKeyFile reads the file: long lines whole, no inline comments.  What it
 * holds is copied out once; the rest of the program never sees GLib.
 */
#include "ops/conf.h"

#include <ctype.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

extern char **environ;

struct conf {
	GKeyFile *file;
	char *path;
	GPtrArray *kept; /* lists that were given out; their strings are interned */
};

static const char *
look(const char *path)
{
	static const char *const places[] = { "newswire.conf", "/etc/newswire/newswire.conf" };

	if (!path)
		path = getenv("NEWSWIRE_CONFIG");
	if (path && *path)
		return path;
	for (size_t i = 0; i < LENGTH(places); i++)
		if (!access(places[i], F_OK))
			return places[i];
	return NULL;
}

int
conf_open(struct conf **conf, const char *path, struct err *err)
{
	struct conf *c = must_alloc(sizeof(*c));
	GError *why = NULL;

	c->file = g_key_file_new();
	c->kept = g_ptr_array_new_with_free_func(free);
	c->path = must_strdup(look(path));
	if (c->path && !g_key_file_load_from_file(c->file, c->path, G_KEY_FILE_NONE, &why)) {
		err_set(err, ERR_USAGE, "%s: %s", c->path, why->message);
		g_error_free(why);
		conf_close(c);
		return -1;
	}
	*conf = c;
	return 0;
}

void
conf_close(struct conf *c)
{
	if (!c)
		return;
	g_key_file_free(c->file);
	g_ptr_array_free(c->kept, TRUE);
	free(c->path);
	free(c);
}

const char *
conf_path(const struct conf *c)
{
	return c->path;
}

static char *
group_name(const char *section, const char *name)
{
	return name ? must_printf("%s %s", section, name) : must_strdup(section);
}

/* NEWSWIRE_SPOOL_REUTERS_PATH for [spool reuters] path. */
static char *
variable(const char *group, const char *key)
{
	char *s = must_printf("NEWSWIRE_%s_%s", group, key);

	for (char *p = s; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
	return s;
}

static int
fill_row(const struct conf *c, const char *group, const struct opt *o, void *base,
    struct err *err)
{
	char *text = g_key_file_get_value(c->file, group, o->name, NULL);
	char *name = variable(group, o->name);
	const char *env = getenv(name);
	int failed = 0;

	if (text && opt_set(o, base, text, err))
		failed = err_context(err, "%s: [%s]", c->path, group);
	if (!failed && env && opt_set(o, base, env, err))
		failed = err_context(err, "%s", name);
	g_free(text);
	free(name);
	return failed;
}

int
conf_fill(const struct conf *c, const char *section, const char *name,
    const struct opt *opts, void *base, struct err *err)
{
	char *group = group_name(section, name);
	int failed = opt_defaults(opts, base, err);

	for (const struct opt *o = opts; !failed && o && o->name; o++)
		failed = fill_row(c, group, o, base, err);
	free(group);
	return failed;
}

bool
conf_has(const struct conf *c, const char *section, const char *name)
{
	char *group = group_name(section, name);
	bool has = g_key_file_has_group(c->file, group);

	free(group);
	return has;
}

const char *const *
conf_names(const struct conf *c, const char *section, size_t *n)
{
	size_t count, length = strlen(section);
	char **groups = g_key_file_get_groups(c->file, &count);
	const char **names = must_alloc((count + 1) * sizeof(*names));

	g_ptr_array_add(c->kept, names);
	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (!strncmp(groups[i], section, length) && groups[i][length] == ' ')
			names[(*n)++] = g_intern_string(groups[i] + length + 1);
	g_strfreev(groups);
	return names;
}

/* NEWSWIRE_KAFKA_BOOTSTRAP_SERVERS: librdkafka's keys are lower case with dots. */
static size_t
pairs_of_environment(const char *section, struct conf_pair *pairs)
{
	char *prefix = variable(section, "");
	size_t length = strlen(prefix), n = 0;

	for (char **e = environ; *e; e++) {
		char *equals = strchr(*e, '='), *name;

		if (!equals || strncmp(*e, prefix, length))
			continue;
		if (pairs) {
			name = g_ascii_strdown(*e + length, equals - *e - (long)length);
			for (char *p = name; *p; p++)
				if (*p == '_')
					*p = '.';
			pairs[n] = (struct conf_pair){ g_intern_string(name), equals + 1 };
			g_free(name);
		}
		n++;
	}
	free(prefix);
	return n;
}

const struct conf_pair *
conf_pairs(const struct conf *c, const char *section, size_t *n)
{
	size_t count = 0;
	char **keys = g_key_file_get_keys(c->file, section, &count, NULL);
	struct conf_pair *pairs =
	    must_alloc((count + pairs_of_environment(section, NULL) + 1) * sizeof(*pairs));

	g_ptr_array_add(c->kept, pairs);
	for (*n = 0; *n < count; (*n)++) {
		char *value = g_key_file_get_value(c->file, section, keys[*n], NULL);

		pairs[*n] = (struct conf_pair){ g_intern_string(keys[*n]),
			g_intern_string(value) };
		g_free(value);
	}
	g_strfreev(keys);
	*n += pairs_of_environment(section, pairs + *n);
	return pairs;
}

static const struct conf_section *
section_of(const char *group, const struct conf_section *const *sections, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(sections[i]->name);

		if (strncmp(group, sections[i]->name, length))
			continue;
		if (sections[i]->named ? group[length] == ' ' && group[length + 1] : !group[length])
			return sections[i];
	}
	return NULL;
}

static int
check_keys(const struct conf *c, const char *group, const struct conf_section *s,
    struct err *err)
{
	char **keys = g_key_file_get_keys(c->file, group, NULL, NULL);
	const char *names[128], *near;
	size_t n = 0;
	int bad = 0;

	for (const struct opt *o = s->opts; o && o->name && n < LENGTH(names); o++)
		names[n++] = o->name;
	for (char **k = keys; k && *k && !bad; k++) {
		if (opt_find(s->opts, *k))
			continue;
		near = opt_nearest(*k, names, n);
		bad = err_set(err, ERR_USAGE, "%s: [%s] has no key '%s'%s%s%s", c->path, group, *k,
		    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	g_strfreev(keys);
	return bad;
}

int
conf_check(const struct conf *c, const struct conf_section *const *sections, size_t n,
    struct err *err)
{
	char **groups = g_key_file_get_groups(c->file, NULL);
	const char *names[64], *near;
	int bad = 0;

	for (size_t i = 0; i < n && i < LENGTH(names); i++)
		names[i] = sections[i]->name;
	for (char **g = groups; *g && !bad; g++) {
		const struct conf_section *s = section_of(*g, sections, n);

		if (s) {
			bad = s->open ? 0 : check_keys(c, *g, s, err);
			continue;
		}
		near = opt_nearest(*g, names, n < LENGTH(names) ? n : LENGTH(names));
		bad = err_set(err, ERR_USAGE, "%s: no section [%s]%s%s%s", c->path, *g,
		    near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
	}
	g_strfreev(groups);
	return bad;
}
