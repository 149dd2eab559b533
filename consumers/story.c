/* newswire story: enriched records in, the same with the story that they belong to out. */
#include <string.h>

#include "ops/command.h"
#include "ops/opt.h"
#include "work/story_lines.h"

struct story_conf { /* [story] */
	int64_t articles;
	int window_hours;
};

static const struct opt story_opts[] = {
	OPT(struct story_conf, articles, "200000", 64, 1 << 22,
	    "the most articles that the window holds, about 900 bytes each once it is full"),
	OPT(struct story_conf, window_hours, "72", 1, 8760,
	    "hours of event time that a story waits for its next article"),
	{ 0 },
};

static int
run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct story_conf *conf = arg;
	struct window_conf size = { (uint32_t)conf->articles, conf->window_hours };
	struct window *w;
	struct err err;
	bool some = false;
	int failed;

	if (argc != 1 || strcmp(argv[0], "-") != 0) {
		err_set(&err, ERR_USAGE, "takes `-`: enriched records on standard input; see "
					 "newswire story --help");
		return command_failed("story", &err);
	}
	w = window_new(&size, program->lexicon, &err);
	if (!w)
		return command_failed("story", &err);
	failed = story_lines(w, &some, &err);
	window_free(w);
	return failed ? command_failed("story", &err) : some;
}

extern const struct command story_command;
const struct command story_command = {
	.name = "story",
	.args = "-",
	.help = "group articles into stories: one occurrence, one story",
	.text =
	    "Reads enriched records, one a line, and writes each with its `story`.  An "
	    "article\n"
	    "whose story changes later (two stories turn out to be one) is written again, "
	    "with\n"
	    "the reason in story.why.\n\n"
	    "    newswire extract *.txt | newswire story - | jq '.story | {id, why}'",
	.section = "story",
	.opts = story_opts,
	.conf_size = sizeof(struct story_conf),
	.run = run,
};
