/*
 * Prints the configuration in force, as a file that says the same when it is
 * read in again.  Asks nobody: no broker, no database.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/command.h"
#include "ops/sections.h"

static const char *const source_names[] = {
	[CONF_NONE] = "default", [CONF_FILE] = "file", [CONF_ENVIRONMENT] = "environment"
};

struct config_conf {
	bool check, secrets;
};

static const struct opt config_opts[] = {
	FLAG(struct config_conf, check, "false", "say what is wrong, print nothing else"),
	FLAG(struct config_conf, secrets, "false",
	     "print passwords instead of hiding them"),
	{ 0 },
};

/* In lower case: a key or a value with one of these is not shown. */
static const char *const secret_words[] = { "password",   "passphrase", "secret", "token",
					    "credential", "jaas",       "key.pem" };

static bool
has_word(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

/* postgresql://user:word@host, "host=h password=word" */
static bool
is_secret(const char *key, const char *value)
{
	static const char *const in_value[] = { "password=", "authorization:",
						"bearer " };
	const char *url = strstr(value, "://"), *at = url ? strchr(url, '@') : NULL;
	const char *colon = url ? strchr(url + 3, ':') : NULL;

	return has_word(key, secret_words, LENGTH(secret_words)) ||
	       has_word(value, in_value, LENGTH(in_value)) || (at && colon && colon < at);
}

/* What the program made of its own section: flags, and defaults that depend on the
 * machine. */
static const char *
in_force(const struct program *p, const char *key)
{
	static char number[32];

	if (!strcmp(key, "prefix"))
		return p->prefix;
	if (!strcmp(key, "state"))
		return p->state;
	if (!strcmp(key, "log"))
		return p->log;
	if (!strcmp(key, "lexicon"))
		return p->lexicon;
	if (strcmp(key, "max_log_bytes"))
		return NULL;
	snprintf(number, sizeof(number), "%" PRId64, p->max_log_bytes);
	return number;
}

static void
print_value(const struct config_conf *c, const char *key, const char *value)
{
	if (*value && !c->secrets && is_secret(key, value))
		printf("#%s = hidden; --secrets shows it\n", key);
	else if (strpbrk(value, "\n\r") || isspace((unsigned char)*value))
		printf(
		    "#%s cannot stand in a file: it starts with a blank or has lines\n",
		    key);
	else
		printf("%s = %s\n", key, value);
}

static void
print_row(const struct program *p, const struct config_conf *c,
	  const struct conf_section *s, const char *name, const struct opt *o)
{
	enum conf_source source;
	const char *text = conf_text(p->conf, s->name, name, o->name, &source);
	const char *now = strcmp(s->name, "newswire") ? NULL : in_force(p, o->name);
	const char *from = source_names[source];

	text = text ? text : o->value;
	if (now && (!text || !*text))
		from = "default or flag";
	else if (now && strcmp(now, text))
		from = "flag";
	printf("# %s [%s]\n", o->help, from);
	text = now ? now : text;
	if (text)
		print_value(c, o->name, text);
	else
		printf("#%s =\n", o->name);
}

/* Values of the wrong kind or out of range: the rows are filled somewhere and thrown
 * away. */
static int
check_values(const struct program *p, const struct conf_section *s, const char *name,
	     const struct opt *rows, struct err *err)
{
	size_t size = 0;
	void *scratch;
	int bad;

	for (const struct opt *o = rows; o && o->name; o++)
		if (o->offset + sizeof(int64_t) > size)
			size = o->offset + sizeof(int64_t);
	scratch = must_alloc(size + 1);
	bad = conf_fill(p->conf, s->name, name, rows, scratch, err);
	free(scratch);
	return bad;
}

static int
section(const struct program *p, const struct config_conf *c,
	const struct conf_section *s, const char *name, struct err *err)
{
	const struct opt *rows[2];

	if (conf_rows(p->conf, s, name, rows, err))
		return -1;
	for (int i = 0; i < 2; i++)
		if (check_values(p, s, name, rows[i], err))
			return -1;
	if (!c)
		return 0;
	printf("\n# %s\n[%s%s%s]\n", s->help, s->name, name ? " " : "", name ? name : "");
	for (int i = 0; i < 2; i++)
		for (const struct opt *o = rows[i]; o && o->name; o++)
			if (!o->only_flag)
				print_row(p, c, s, name, o);
	return 0;
}

static bool
has_rows(const struct opt *o)
{
	for (; o && o->name; o++)
		if (!o->only_flag)
			return true;
	return false;
}

/* The file's pair and the variable's are two of one name; each key is printed once. */
static void
open_section(const struct program *p, const struct config_conf *c,
	     const struct conf_section *s)
{
	size_t n;
	const struct conf_pair *pairs = conf_pairs(p->conf, s->name, &n);

	if (!c || !n)
		return;
	printf("\n# %s\n[%s]\n", s->help, s->name);
	for (size_t i = 0; i < n; i++) {
		enum conf_source source;
		const char *text =
		    conf_text(p->conf, s->name, NULL, pairs[i].name, &source);
		bool again = false;

		for (size_t j = 0; j < i && !again; j++)
			again = !strcmp(pairs[i].name, pairs[j].name);
		if (again)
			continue;
		printf("# [%s]\n", source_names[source]);
		print_value(c, pairs[i].name, text ? text : pairs[i].value);
	}
}

/* Checks the section (c NULL) or prints it. */
static int
each(const struct program *p, const struct config_conf *c, const struct conf_section *s,
     struct err *err)
{
	const char *const *names;
	size_t n;

	if (s->open) {
		open_section(p, c, s);
		return 0;
	}
	if (!s->named)
		return has_rows(s->opts) ? section(p, c, s, NULL, err) : 0;
	names = conf_names(p->conf, s->name, &n);
	for (size_t i = 0; i < n; i++)
		if (section(p, c, s, names[i], err))
			return -1;
	return 0;
}

static int
config_run(const struct program *p, void *conf, int argc, char **argv)
{
	const struct config_conf *c = conf;
	const char *file = conf_path(p->conf);
	const struct conf_section *const *all;
	struct err err;
	size_t n;

	if (argc) {
		err_set(&err, ERR_USAGE, "'%s' is too much; see --help", argv[0]);
		return command_failed("config", &err);
	}
	all = sections_all(&n);
	if (conf_check_environment(p->conf, all, n, &err))
		return command_failed("config", &err);
	for (size_t i = 0; i < n; i++)
		if (each(p, NULL, all[i], &err))
			return command_failed("config", &err);
	if (c->check)
		return printf("%s: nothing wrong\n", file ? file : "no file") < 0;
	printf("# newswire %s, file: %s\n", VERSION, file ? file : "none");
	for (size_t i = 0; i < n; i++)
		if (each(p, c, all[i], &err))
			return command_failed("config", &err);
	return 0;
}

const struct conf_section kafka_section = {
	.name = "kafka",
	.help =
	    "to librdkafka unchanged; without bootstrap.servers the embedded log is used",
	.open = true
};

const struct command config_command = {
	.name = "config",
	.args = "[--check] [--secrets]",
	.help = "print or check the configuration",
	.text = "Prints every setting with its value and where that comes from: default, "
		"file,\n"
		"environment or flag.  What it prints can be used as a file.  Unknown "
		"sections,\n"
		"keys and NEWSWIRE_ variables are errors.  No broker is asked.\n\n"
		"  newswire config >newswire.conf     a file to start from\n"
		"  newswire config --check            status 2 and a sentence if "
		"anything is wrong",
	.opts = config_opts,
	.conf_size = sizeof(struct config_conf),
	.run = config_run,
};
