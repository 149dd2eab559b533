/* newswire story: enriched records in, the same with the story that they belong to out. */
#include <string.h>

#include "ops/command.h"
#include "work/story.h"
#include "work/story_lines.h"

static int
run_lines(const struct program *program, const struct story_conf *conf)
{
	struct window_conf size = story_window(conf);
	struct window *w;
	struct err err;
	bool some = false;
	int failed;

	w = window_new(&size, program->lexicon, &err);
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
	if (!argc)
		return story_run(program, conf);
	err_set(&err, ERR_USAGE,
		"takes `-`, or nothing: then it works off the topic; see newswire story --help");
	return command_failed("story", &err);
}

extern const struct command story_command;
const struct command story_command = {
	.name = "story",
	.args = "[-]",
	.help = "group articles into stories: one occurrence, one story",
	.text =
	    "Reads PREFIX.enriched, writes PREFIX.stories: each article with the story that "
	    "it\n"
	    "belongs to.  One whose story changes later (two stories turn out to be one) is\n"
	    "stated again, with the reason in story.why.  One worker reads all; start a "
	    "second\n"
	    "one and it stands by.\n\n"
	    "With `-` it reads enriched records from standard input, one a line, and needs "
	    "no log:\n\n"
	    "    newswire extract *.txt | newswire story - | jq '.story | {id, why}'",
	.section = "story",
	.opts = story_opts,
	.conf_size = sizeof(struct story_conf),
	.needs_state = true,
	.run = run,
};
