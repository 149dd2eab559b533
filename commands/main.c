/*
 * newswire: finds the command, reads the configuration, fills the command's
 * settings from file, environment and flags, runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/command.h"
#include "ops/log.h"
#include "ops/sections.h"
#include "ops/stop.h"

extern const struct command *const command_types[]; /* generated */

struct newswire_conf {
	const char *config, *prefix, *state, *log, *lexicon;
	int64_t max_log_bytes;
	bool verbose, quiet;
};

static const struct opt newswire_opts[] = {
	OPT(struct newswire_conf, prefix, "news", 0, 0, "first part of every topic and group"),
	OPT(struct newswire_conf, state, NULL, 0, 0,
	    "directory for state (root: /var/lib/newswire; else $XDG_STATE_HOME/newswire)"),
	OPT(struct newswire_conf, log, NULL, 0, 0, "file of the embedded log (STATE/log.db)"),
	OPT(struct newswire_conf, max_log_bytes, "10000000000", 0, INT64_MAX,
	    "embedded log: above this, senders wait for the slowest group"),
	OPT(struct newswire_conf, lexicon, NULL, 0, 0, "directory of the lexicon"),
	OPT(struct newswire_conf, verbose, "false", 0, 0, "say more on stderr"),
	OPT(struct newswire_conf, quiet, "false", 0, 0, "say errors only"),
	{ 0 },
};

const struct conf_section newswire_section = { .name = "newswire",
	.help = "what all commands share", .opts = newswire_opts };

static int
usage(FILE *out)
{
	fprintf(out, "newswire %s: news files to events, exactly once\n\n"
		     "usage: newswire COMMAND [--help] ...\n\n", VERSION);
	for (const struct command *const *c = command_types; *c; c++)
		fprintf(out, "  %-11s %s\n", (*c)->name, (*c)->help);
	fprintf(out, "\nTry `newswire run DIR`: everything on one machine.\n"
		     "`newswire COMMAND --help` has the flags and examples of each.\n");
	return out == stdout ? 0 : 2;
}

static int
help(const struct command *c)
{
	printf("usage: newswire %s%s%s\n\n%s\n", c->name, *c->args ? " " : "", c->args,
	    c->text ? c->text : c->help);
	if (opt_has_flags(c->opts) || (c->opts && !c->section))
		printf("\nflags:\n");
	opt_print_flags(c->opts, stdout);
	if (c->section)
		printf("\nsettings (also keys of [%s] in the configuration):\n", c->section);
	opt_print(c->opts, stdout);
	if (c->own_flags)
		c->own_flags();
	printf("\nof all commands (also keys of [newswire]):\n");
	opt_print(newswire_opts, stdout);
	printf("  %-22s the configuration file\n", "--config FILE");
	return 0;
}

static const struct command *
find(const char *name)
{
	const char *names[64], *near;
	size_t n = 0;

	for (const struct command *const *c = command_types; *c; c++) {
		if (!strcmp((*c)->name, name))
			return *c;
		if (n < LENGTH(names))
			names[n++] = (*c)->name;
	}
	near = opt_nearest(name, names, n);
	fprintf(stderr, "newswire: no command '%s'%s%s%s; `newswire --help` lists them\n", name,
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static const char *
default_state(void)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (!geteuid())
		return "/var/lib/newswire";
	if (xdg && *xdg)
		return must_printf("%s/newswire", xdg);
	return must_printf("%s/.local/state/newswire", home ? home : "/tmp");
}

/* Beside the program in a source tree or where it was installed, wherever that was moved to. */
static const char *
default_lexicon(const char *self)
{
	static const char *const places[] = { "../lexicon", "../share/newswire/lexicon" };
	const char *slash = strrchr(self, '/');

	for (size_t i = 0; i < LENGTH(places); i++) {
		char *near = must_printf("%.*s/%s", slash ? (int)(slash - self) : 1,
		    slash ? self : ".", places[i]);

		if (!access(near, F_OK))
			return near;
		free(near);
	}
	return DATADIR "/lexicon";
}

static const char *
own_path(const char *argv0)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return n > 0 ? path : argv0;
}

/* Takes the global flags out of argv and gives the value of --config. */
static const char *
global_flags(int *argc, char **argv, const char **pairs, size_t *count)
{
	const char *config = NULL;
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		const char *word = argv[i], *value;
		const struct opt *o;
		char name[64];

		if (!strcmp(word, "--"))
			while (i < *argc)
				argv[kept++] = argv[i++];
		if (i >= *argc)
			break;
		value = strchr(word, '=');
		snprintf(name, sizeof(name), "%.*s", value ? (int)(value - word) : 63, word);
		o = strncmp(name, "--", 2) ? NULL : opt_find(newswire_opts, name + 2);
		if (!o && strcmp(name, "--config")) {
			argv[kept++] = argv[i];
			continue;
		}
		value = value ? value + 1 : o && o->kind == OPT_BOOL ? "true"
		    : i + 1 < *argc				     ? argv[++i]
								     : "";
		if (!o)
			config = value;
		else if (*count < 32) {
			pairs[(*count)++] = o->name;
			pairs[(*count)++] = value;
		}
	}
	*argc = kept;
	return config;
}

static int
configure(struct program *p, int *argc, char **argv, struct err *err)
{
	struct newswire_conf conf = { 0 };
	const char *pairs[34];
	size_t count = 0, n;
	const struct conf_section *const *sections = sections_all(&n);
	const char *config = global_flags(argc, argv, pairs, &count);

	if (conf_open(&p->conf, config, err) || conf_check(p->conf, sections, n, err) ||
	    conf_fill(p->conf, "newswire", NULL, newswire_opts, &conf, err))
		return -1;
	for (size_t i = 0; i < count; i += 2)
		if (opt_set(opt_find(newswire_opts, pairs[i]), &conf, pairs[i + 1], err))
			return -1;
	p->prefix = conf.prefix;
	p->state = conf.state && *conf.state ? conf.state : default_state();
	p->log = conf.log && *conf.log ? conf.log : must_printf("%s/log.db", p->state);
	p->max_log_bytes = conf.max_log_bytes;
	p->lexicon = conf.lexicon && *conf.lexicon ? conf.lexicon : default_lexicon(p->self);
	p->verbosity = conf.verbose ? 1 : conf.quiet ? -1 : 0;
	return 0;
}

/* Settings, then what they ask for: the log's level, the state directory. */
static int
prepare(const struct command *c, struct program *p, void *conf, int *argc, char **argv,
    struct err *err)
{
	if (configure(p, argc, argv, err) ||
	    (c->section ? conf_fill(p->conf, c->section, NULL, c->opts, conf, err)
			: opt_defaults(c->opts, conf, err)) ||
	    (!c->own_flags && opt_flags(c->opts, conf, argc, argv, err)))
		return -1;
	log_open(c->name, p->verbosity);
	/* With - alone it reads standard input and leaves nothing behind. */
	return c->needs_state && !(*argc == 1 && !strcmp(argv[0], "-"))
		   ? program_make_state(p, err)
		   : 0;
}

static int
run(const struct command *c, struct program *p, int argc, char **argv)
{
	void *conf = must_alloc(c->conf_size);
	struct err err;
	int status;

	if (prepare(c, p, conf, &argc, argv, &err)) {
		status = command_failed(c->name, &err);
	} else {
		stop_open();
		stop_with_parent();
		status = c->run(p, conf, argc, argv);
	}
	conf_close(p->conf);
	free(conf);
	return status;
}

int
main(int argc, char **argv)
{
	static struct program p; /* static: what it points to is the process's */
	const struct command *c;

	p.self = own_path(argv[0]);
	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version"))
		return printf("newswire %s\n", VERSION) < 0;
	c = find(argv[1]);
	if (!c)
		return 2;
	for (int i = 2; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help(c);
	return run(c, &p, argc - 2, argv + 2);
}
