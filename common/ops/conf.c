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

const char *
conf_text(const struct conf *c, const char *section, const char *name, const char *key,
    enum conf_source *source)
{
	char *group = group_name(section, name), *var = variable(group, key);
	const char *text = getenv(var);
	char *value = text ? NULL : g_key_file_get_value(c->file, group, key, NULL);

	*source = text ? CONF_ENVIRONMENT : value ? CONF_FILE : CONF_NONE;
	text = g_intern_string(text ? text : value);
	g_free(value);
	free(var);
	free(group);
	return text;
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
		failed = o->only_flag ? 0 : fill_row(c, group, o, base, err);
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
		if (sections[i]->named ? group[length] == ' ' && group[length + 1]
				       : !group[length])
			return sections[i];
	}
	return NULL;
}

int
conf_rows(const struct conf *c, const struct conf_section *s, const char *name,
	  const struct opt *rows[2], struct err *err)
{
	enum conf_source source;
	const char *type;

	rows[0] = s->opts;
	rows[1] = NULL;
	if (!s->of_type)
		return 0;
	type = conf_text(c, s->name, name, "type", &source);
	if (s->of_type(type ? type : name, &rows[1], err))
		return err_context(err, "[%s %s]", s->name, name);
	return 0;
}

static const struct opt *
find_key(const struct opt *const rows[2], const char *key)
{
	for (int i = 0; i < 2; i++)
		for (const struct opt *o = rows[i]; o && o->name; o++)
			if (!o->only_flag && !strcmp(o->name, key))
				return o;
	return NULL;
}

static int
unknown_key(const struct conf *c, const char *group, const char *key,
	    const struct opt *const rows[2], struct err *err)
{
	const char *names[128], *near;
	size_t n = 0;

	for (int i = 0; i < 2; i++)
		for (const struct opt *o = rows[i]; o && o->name; o++)
			if (!o->only_flag && n < LENGTH(names))
				names[n++] = o->name;
	near = opt_nearest(key, names, n);
	return err_set(err, ERR_USAGE, "%s: [%s] has no key '%s'%s%s%s", c->path, group,
		       key, near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "");
}

static int
check_keys(const struct conf *c, const char *group, const struct conf_section *s,
	   struct err *err)
{
	const struct opt *rows[2];
	char **keys;
	int bad = 0;

	if (conf_rows(c, s, s->named ? group + strlen(s->name) + 1 : NULL, rows, err))
		return err_context(err, "%s", c->path);
	keys = g_key_file_get_keys(c->file, group, NULL, NULL);
	for (char **k = keys; k && *k && !bad; k++)
		if (!find_key(rows, *k))
			bad = unknown_key(c, group, *k, rows, err);
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
			      near ? "; did you mean [" : "", near ? near : "",
			      near ? "]?" : "");
	}
	g_strfreev(groups);
	return bad;
}

static bool
is_variable_of(const char *var, const char *group, const struct opt *const rows[2])
{
	bool is = false;

	for (int i = 0; i < 2; i++) {
		for (const struct opt *o = rows[i]; !is && o && o->name; o++) {
			char *name = variable(group, o->name);

			is = !o->only_flag && !strcmp(var, name);
			free(name);
		}
	}
	return is;
}

static bool
is_of_name(const struct conf *c, const char *var, const struct conf_section *s,
	   const char *name)
{
	char *group = group_name(s->name, name);
	const struct opt *rows[2];
	struct err err;
	bool is;

	if (conf_rows(c, s, name, rows, &err))
		rows[1] = NULL; /* of no known type: that is said where it is used */
	is = is_variable_of(var, group, rows);
	free(group);
	return is;
}

/*
 * NEWSWIRE_SINK_A_B_PATH may be `path` of [sink a b] or [sink a_b], or `b_path`
 * of [sink a]: the file's names first, then every way to cut it.
 */
static bool
is_of_named(const struct conf *c, const char *var, const struct conf_section *s)
{
	char *prefix = variable(s->name, "");
	size_t n, length = strlen(prefix);
	const char *const *names = conf_names(c, s->name, &n);
	bool is = false;

	for (size_t i = 0; i < n && !is; i++)
		is = is_of_name(c, var, s, names[i]);
	for (size_t i = length; !is && !strncmp(var, prefix, length) && var[i]; i++) {
		char *name = g_ascii_strdown(var + length, (gssize)(i - length));

		is = var[i] == '_' && is_of_name(c, var, s, name);
		g_free(name);
	}
	free(prefix);
	return is;
}

static bool
is_read_by(const struct conf *c, const char *var, const struct conf_section *s)
{
	const struct opt *rows[2] = { s->opts, NULL };
	char *prefix;
	bool is;

	if (s->named)
		return is_of_named(c, var, s);
	if (!s->open)
		return is_variable_of(var, s->name, rows);
	prefix = variable(s->name, "");
	is = !strncmp(var, prefix, strlen(prefix));
	free(prefix);
	return is;
}

static int
unknown_variable(const char *var, const struct conf_section *const *sections, size_t n,
		 struct err *err)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(free);
	const char *near;

	for (size_t i = 0; i < n; i++)
		for (const struct opt *o = sections[i]->opts; o && o->name; o++)
			if (!sections[i]->named && !o->only_flag)
				g_ptr_array_add(names,
						variable(sections[i]->name, o->name));
	near = opt_nearest(var, (const char *const *)names->pdata, names->len);
	err_set(err, ERR_USAGE, "environment: nothing reads %s%s%s%s", var,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	g_ptr_array_free(names, TRUE);
	return -1;
}

int
conf_check_environment(const struct conf *c, const struct conf_section *const *sections,
		       size_t n, struct err *err)
{
	static const char *const others[] = { "NEWSWIRE_CONFIG", "NEWSWIRE_CACHE" };
	int bad = 0;

	for (char **e = environ; *e && !bad; e++) {
		char *var = g_strndup(*e, strcspn(*e, "="));
		bool is = strncmp(var, "NEWSWIRE_", 9) != 0;

		for (size_t i = 0; i < LENGTH(others) && !is; i++)
			is = !strcmp(var, others[i]);
		for (size_t i = 0; i < n && !is; i++)
			is = is_read_by(c, var, sections[i]);
		if (!is)
			bad = unknown_variable(var, sections, n, err);
		g_free(var);
	}
	return bad;
}
