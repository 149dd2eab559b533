/* newswire story -: enriched records in, the same with their story out, one line of JSON
 * each. */
#ifndef WORK_STORY_LINES_H
#define WORK_STORY_LINES_H

#include "base/err.h"
#include "story/window.h"

/*
 * From standard input to standard output.  An article that changes its story
 * later is printed again.  A line that is no record is said and passed over:
 * *failed.
 */
int story_lines(struct window *w, bool *failed, struct err *err) MUST_CHECK;

#endif
