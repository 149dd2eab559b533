#include "story/compare.h"

enum { GLANCE = 4 }; /* articles that say enough of a story that is far off */

double
compare_article(const struct measure *m, const struct store *s, const struct layout *a,
		uint32_t story, uint32_t but)
{
	double sum = 0;
	int n = 0;

	for (uint32_t at = s->clusters[story].newest; at != STORE_NONE && n < COMPARED;
	     at = s->members[at].older) {
		struct aspect b;

		if (at == but)
			continue;
		b = store_aspect(s, &s->members[at]);
		sum += measure_pair(m, a, &b);
		if (++n == GLANCE && sum < n * m->join / 4)
			break;
	}
	return n ? sum / n : 0;
}

double
compare_stories(const struct measure *m, const struct store *s, uint32_t a, uint32_t b)
{
	double sum = 0;
	int n = 0;

	for (uint32_t at = s->clusters[a].newest; at != STORE_NONE && n < COMPARED;
	     at = s->members[at].older) {
		struct aspect x = store_aspect(s, &s->members[at]);
		struct layout l;

		measure_lay_out(&l, &x);
		sum += compare_article(m, s, &l, b, STORE_NONE);
		n++;
	}
	return n ? sum / n : 0;
}

bool
compare_first(struct store *s, uint32_t story, double score)
{
	struct cluster *c = &s->clusters[story];

	if (c->members != 1)
		return false;
	undo_keep(&s->undo, &s->members[c->newest].central, sizeof(uint32_t));
	s->members[c->newest].central = store_millionths(score);
	return true;
}
