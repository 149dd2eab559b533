#include "work/story.h"

const struct opt story_opts[] = {
	OPT(struct story_conf, articles, "200000", 64, 1 << 22,
	    "the most articles that the window holds; memory is taken as it fills, about 700 bytes each"),
	OPT(struct story_conf, window_hours, "72", 1, 8760,
	    "hours of event time that a story waits for its next article"),
	{ 0 },
};

int
story_run(const struct program *p, const struct story_conf *conf)
{
	(void)p;
	(void)conf;
	return 2;
}
