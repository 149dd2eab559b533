/* How near an article is to a story, and a story to another: the mean of what the measure says
 * of pairs of their newest articles. */
#ifndef STORY_COMPARE_H
#define STORY_COMPARE_H

#include "story/store.h"

enum { COMPARED = 16 }; /* articles of a story, at most */

/* but: a member that is passed over, or STORE_NONE.  0 where there is nothing to compare with. */
double compare_article(const struct measure *m, const struct store *s, const struct layout *a,
		       uint32_t story, uint32_t but);
double compare_stories(const struct measure *m, const struct store *s, uint32_t a, uint32_t b);

/* A story's first article is as central as the second finds it.  Whether that changed. */
bool compare_first(struct store *s, uint32_t story, double score);

#endif
