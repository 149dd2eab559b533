/* What the text format knows of the world: read at start by format_open(). */
#ifndef FORMAT_RULES_H
#define FORMAT_RULES_H

#include "format/furniture.h"
#include "text/guess.h"
#include "text/stamp.h"

struct rules {
	struct furniture *furniture;
	struct guess *guess;
	struct calendar *calendar;
};

const struct rules *format_rules(void); /* asserts that format_open() was called */

#endif
