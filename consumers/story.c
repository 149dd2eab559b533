/* newswire story: enriched records in, the same with the story that they belong to out. */
#include <string.h>

#include "ops/command.h"
#include "work/story.h"
#include "work/story_lines.h"

static int
run_lines(const struct program *program, const struct story_conf *conf)
{
	struct window_conf window = { (uint32_t)conf->articles, conf->window_hours };
	struct window *w;
	struct err err;
	bool some = false;
	int failed;

	w = window_new(&window, program->lexicon, &err);
	if (!w)
		return command_failed("story", &err);
	failed = story_lines(w, &some, &err);
	window_free(w);
	return failed ? command_failed("story", &err) : some;
}

static int
run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct story_conf *conf = arg;
	struct err err;

	if (argc == 1 && !strcmp(argv[0], "-"))
		return run_lines(program, conf);
	if (argc) {
		err_set(&err, ERR_USAGE, "takes `-` or nothing; see --help");
		return command_failed("story", &err);
	}
	return story_run(program, conf);
}

extern const struct command story_command;
const struct command story_command = {
	.name = "story",
	.args = "[-]",
	.help = "group articles into stories: one occurrence, one story",
	.text = "Reads PREFIX.enriched, writes PREFIX.stories: each article with the story "
		"that it\n"
		"belongs to.  An article whose story changes later (two stories turn out "
		"to be one)\n"
		"is stated again with the reason in story.why.  One owner reads all "
		"partitions;\n"
		"start a second one and it stands by.\n\n"
		"`-` reads enriched records from standard input, one a line, and needs no "
		"bus:\n\n"
		"    newswire extract *.txt | newswire story - | jq .story",
	.section = "story",
	.opts = story_opts,
	.conf_size = sizeof(struct story_conf),
	.needs_state = true,
	.run = run,
};
