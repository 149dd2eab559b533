/* "LISBON, Nov. 21 (HP) - ": where and when a text was filed, and by whom. */
#ifndef FORMAT_DATELINE_H
#define FORMAT_DATELINE_H

#include "format/rules.h"

struct filed {
	struct piece place, region, agency; /* of the text; s NULL: not there */
	struct stamp stamp;
	bool has_stamp;
};

/* At the start of a paragraph; false if there is none. */
bool dateline_find(const struct rules *rules, const char *language, const char *s,
		   size_t n, struct filed *filed);

/* Words that each begin with a capital (or have no case), particles aside; no digits. */
bool looks_like_names(const char *s, size_t n, int most_words);

/* of, und, de la, &: words inside names that are small. */
bool is_particle(const char *s, size_t n);

#endif
