/* newswire alert: rules of what to hear of, over the stories that come, or tried on articles. */
#include <stdio.h>
#include <string.h>

#include "alert/trial.h"
#include "event/event.h"
#include "format/articles.h"
#include "ops/command.h"
#include "work/alert_worker.h"
#include "work/channel_worker.h"

enum { ARENA_MB = 1024, LINE_MAX_BYTES = 32 << 20, FILE_MAX_BYTES = 64 << 20 };

struct test {
	const struct program *program;
	struct trial *trial;
	struct extract
	    *extract; /* NULL until an article needs it: reading it takes long */
	struct arena arena;
	struct buf json;
	const char *file;
	long line;
	bool failed;
};

static void
complain(struct test *t, const struct err *err)
{
	command_failed("alert", err);
	t->failed = true;
}

static int
try_parsed(void *arg, const struct parsed *parsed, struct err *err)
{
	struct test *t = arg;
	struct enriched e;

	if (!t->extract && !(t->extract = extract_new(t->program->lexicon, 1, err)))
		return -1;
	if (extract_article(t->extract, &parsed->article, parsed->meta, &e, &t->arena,
			    err))
		return -1;
	buf_reset(&t->json);
	enriched_print(&e, &t->json);
	if (buf_check(&t->json, err))
		return -1;
	return trial_article(t->trial, t->file, &e, t->json.data, t->json.size, &t->arena,
			     err);
}

static int
try_record(struct test *t, const char *line, size_t n, struct err *err)
{
	struct enriched e;
	const char *name;

	arena_reset(&t->arena);
	name = arena_printf(&t->arena, "%s:%ld", t->file, t->line);
	if (enriched_parse(&e, line, n, &t->arena, err))
		return err_context(err, "%s:%ld", t->file, t->line);
	return trial_article(t->trial, name ? name : t->file, &e, line, n, &t->arena,
			     err);
}

/* Records of news.enriched or news.stories, one a line. */
static void
try_records(struct test *t, FILE *f)
{
	struct buf line;
	struct err err;
	int c;

	buf_init(&line, LINE_MAX_BYTES);
	do {
		c = getc_unlocked(f);
		if (c != '\n' && c != EOF) {
			buf_addc(&line, (char)c);
			continue;
		}
		t->line++;
		if (line.size &&
		    (buf_check(&line, &err) || try_record(t, line.data, line.size, &err)))
			complain(t, &err);
		buf_reset(&line);
	} while (c != EOF);
	buf_release(&line);
}

static bool
is_records(const char *file)
{
	static const char end[] = ".jsonl";
	size_t n = strlen(file);

	return !strcmp(file, "-") ||
	       (n > strlen(end) && !strcmp(file + n - strlen(end), end));
}

static void
try_file(struct test *t, const char *file)
{
	bool is_stdin = !strcmp(file, "-");
	struct err err;
	FILE *f;

	t->file = is_stdin ? "standard input" : file;
	t->line = 0;
	arena_reset(&t->arena);
	if (!is_records(file)) {
		if (articles_of_file(file, NULL, FILE_MAX_BYTES, &t->arena, try_parsed, t,
				     &err))
			complain(t, &err);
		return;
	}
	f = is_stdin ? stdin : fopen(file, "r");
	if (!f) {
		err_errno(&err, ERR_USAGE, "%s", file);
		complain(t, &err);
		return;
	}
	try_records(t, f);
	if (!is_stdin)
		fclose(f);
}

static int
run_test(struct test *t, const struct alert_conf *conf, int argc, char **argv)
{
	struct codes *codes;
	struct rules *rules = NULL;
	struct err err;
	int status = 2;

	codes = codes_new(t->program->lexicon, &err);
	if (!codes || rules_open(&rules, conf->test, codes, &err) ||
	    format_open(t->program->lexicon, &err)) {
		status = command_failed("alert", &err);
		goto out;
	}
	t->trial = trial_new(rules, !conf->only_fires, stdout);
	for (int i = 0; i < argc; i++)
		try_file(t, argv[i]);
	if (argc)
		trial_end(t->trial);
	else
		printf("%s: %zu rules, nothing wrong\n", conf->test, rules->count);
	status = fflush(stdout) ? 75 : t->failed;
out:
	trial_free(t->trial);
	rules_free(rules);
	codes_free(codes);
	return status;
}

static int
test_rules(const struct program *program, const struct alert_conf *conf, int argc,
	   char **argv)
{
	struct test t = { .program = program };
	int status;

	arena_init(&t.arena, (size_t)ARENA_MB << 20);
	buf_init(&t.json, (size_t)ARENA_MB << 19);
	status = run_test(&t, conf, argc, argv);
	extract_free(t.extract);
	buf_release(&t.json);
	arena_release(&t.arena);
	return status;
}

static int
alert_run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct alert_conf *conf = arg;
	struct err err;

	if (conf->test)
		return test_rules(program, conf, argc, argv);
	if (conf->channel && !argc)
		return channel_worker_run(program, conf->channel);
	if (argc)
		err_set(&err, ERR_USAGE,
			"%s: files are for --test RULES FILE...; see newswire alert --help",
			argv[0]);
	else if (!*conf->rules)
		err_set(&err, ERR_USAGE,
			"which rules?  --rules FILE, or `rules` in [alert]; see newswire "
			"alert --help");
	else
		return alert_worker_run(program, conf);
	return command_failed("alert", &err);
}

extern const struct command alert_command;
const struct command alert_command = {
	.name = "alert",
	.args = "[--rules FILE | --channel NAME | --test RULES [FILE...]]",
	.help = "alerts from stories, by rules of what to hear of",
	.text =
	    "Reads PREFIX.stories, writes PREFIX.alerts: what the rules say is worth "
	    "telling, once.\n"
	    "The rules are read again on SIGHUP; a file with an error in it changes "
	    "nothing.\n\n"
	    "With --channel NAME it sends what PREFIX.alerts has for [channel NAME], a "
	    "process\n"
	    "for each, so that one that fails holds up no other.\n\n"
	    "With --test nothing is sent: for each article of FILE... it says which rules "
	    "would\n"
	    "fire and why, and what the others lack.  FILE is an article of any format, or\n"
	    "FILE.jsonl or -: records of PREFIX.enriched or PREFIX.stories, one a line.\n"
	    "Without a FILE it only checks the rules.\n\n"
	    "    newswire alert --test rules.conf article.txt\n"
	    "    newswire extract *.txt | newswire alert --only-fires --test rules.conf "
	    "-",
	.section = "alert",
	.opts = alert_opts,
	.conf_size = sizeof(struct alert_conf),
	.run = alert_run,
};
